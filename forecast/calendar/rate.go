package calendar

import "time"

// rate fires every n units since the start of its anchor date: minutes and
// hours of elapsed time, or civil days.
type rate struct {
	n      int64 // 0: no rate
	unit   rateUnit
	anchor Date
}

type rateUnit uint8

const (
	rateMinutes rateUnit = iota + 1
	rateHours
	rateDays
)

// seconds returns the time between firings of a rate in minutes or hours.
func (r rate) seconds() int64 {
	if r.unit == rateHours {
		return r.n * 3600
	}
	return r.n * 60
}

func (r rate) next(after time.Time, loc *time.Location) time.Time {
	if start := r.anchor.Start(loc); after.Before(start) {
		return start
	}
	if r.unit != rateDays {
		return r.atOrAfter(time.Unix(after.Unix()+1, 0), loc)
	}
	// Days that the zone skipped start together with the next, hence the loop.
	for d := r.roundUp(In(after, loc)); ; d += Date(r.n) {
		if start := d.Start(loc); start.After(after) {
			return start
		}
	}
}

// first returns the first firing of d. A date that the zone skipped has no elapsed
// time for one; the next firing counts for it if there is one for each date.
func (r rate) first(d Date, loc *time.Location) (firing time.Time, ok bool) {
	from, to := Window(d, loc)
	if r.unit == rateDays {
		return from, r.roundUp(d) == d
	}
	firing = r.atOrAfter(from, loc)
	if !from.Before(to) { // the zone skipped d
		return firing, r.seconds() <= secondsPerDay
	}
	return firing, firing.Before(to)
}

// atOrAfter returns the first firing at t or later, for minutes and hours.
func (r rate) atOrAfter(t time.Time, loc *time.Location) time.Time {
	anchor := r.anchor.Start(loc).Unix()
	periods := max(0, -floorDiv(anchor-t.Unix(), r.seconds()))
	return time.Unix(anchor+periods*r.seconds(), 0).In(loc)
}

// roundUp returns the first date of a firing at d or later, for days.
func (r rate) roundUp(d Date) Date {
	if d <= r.anchor {
		return r.anchor
	}
	return d + Date(floorMod(int64(r.anchor)-int64(d), r.n))
}
