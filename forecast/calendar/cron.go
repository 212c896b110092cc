package calendar

import (
	"math/bits"
	"time"
)

const (
	firstYear = 1970
	lastYear  = 2199
)

// cron fires at each of its times on each date that its months, years and day
// rule allow. The zero cron never fires.
type cron struct {
	minutes, hours, months bitset
	years                  numbers // counted from firstYear
	days                   dayRule
}

// dayRule selects days of a month.
type dayRule struct {
	kind dayKind
	set  bitset // days of the month, or weekdays with bit 1 for Sunday
	n    int    // the day, the weekday or the occurrence that the kind speaks of
}

type dayKind uint8

const (
	daysOfMonth      dayKind = iota + 1 // those in set
	lastDay                             // L
	nearestWeekday                      // nW: the working day nearest to day n, in its month
	daysOfWeek                          // those in set
	lastWeekdayOf                       // the last weekday of set in the month
	numberedWeekday                     // the n-th weekday of set in the month
	weekdayBitOffset = 1
)

// bitset is a set of small numbers.
type bitset uint64

func (b bitset) has(n int) bool { return b&(1<<n) != 0 }

// first returns the smallest number of a set that is not empty.
func (b bitset) first() int { return bits.TrailingZeros64(uint64(b)) }

// from returns b without the numbers below n.
func (b bitset) from(n int) bitset { return b &^ (1<<n - 1) }

// fires reports whether c has firings that belong to date d.
func (c *cron) fires(d Date) bool {
	year, month, day := d.Civil()
	return c.hasYear(year) && c.months.has(int(month)) && c.days.selects(d, day, monthLength(year, month))
}

// next returns the first firing after an instant. A clock time that is no later
// than the one shown at the instant has fired already, because clock times and
// the instants that they stand for grow together.
func (c *cron) next(after time.Time, loc *time.Location) (firing time.Time, ok bool) {
	today := In(after, loc)
	if c.fires(today) {
		hour, minute, _ := after.In(loc).Clock()
		if firing, ok = c.later(today, hour, minute, loc, after); ok {
			return firing, true
		}
	}
	for d, found := c.nextDate(today + 1); found; d, found = c.nextDate(d + 1) {
		if firing = d.at(c.hours.first(), c.minutes.first(), loc); firing.After(after) {
			return firing, true
		}
		if firing, ok = c.later(d, 0, 0, loc, after); ok {
			return firing, true
		}
	}
	return time.Time{}, false
}

// later returns the first firing of date d after an instant, among those later
// than hour:minute or equal to it.
func (c *cron) later(d Date, hour, minute int, loc *time.Location, after time.Time) (firing time.Time, ok bool) {
	for hours := c.hours.from(hour); hours != 0; hours &= hours - 1 {
		minutes := c.minutes
		if hours.first() == hour {
			minutes = minutes.from(minute)
		}
		for ; minutes != 0; minutes &= minutes - 1 {
			if firing = d.at(hours.first(), minutes.first(), loc); firing.After(after) {
				return firing, true
			}
		}
	}
	return time.Time{}, false
}

// nextDate returns the first date at d or later on which c fires.
func (c *cron) nextDate(d Date) (date Date, ok bool) {
	year, month, day := d.Civil()
	for ; year <= lastYear; year, month, day = year+1, time.January, 1 {
		if !c.hasYear(year) {
			continue
		}
		for ; month <= time.December; month, day = month+1, 1 {
			if date, ok = c.dayOf(year, month, day); ok {
				return date, true
			}
		}
	}
	return 0, false
}

// dayOf returns the first date of a month, from a day on, on which c fires.
func (c *cron) dayOf(year int, month time.Month, day int) (date Date, ok bool) {
	if !c.months.has(int(month)) {
		return 0, false
	}
	length := monthLength(year, month)
	for first := Of(year, month, 1); day <= length; day++ {
		if date = first + Date(day) - 1; c.days.selects(date, day, length) {
			return date, true
		}
	}
	return 0, false
}

func (c *cron) hasYear(year int) bool {
	i := year - firstYear
	return 0 <= i && year <= lastYear && c.years[i/64].has(i%64)
}

// selects reports whether r selects date d, which is a day of a month of the
// given length.
func (r dayRule) selects(d Date, day, length int) bool {
	weekday := int(d.Weekday()) + weekdayBitOffset
	switch r.kind {
	case daysOfMonth:
		return r.set.has(day)
	case lastDay:
		return day == length
	case nearestWeekday:
		return r.n <= length && day == nearest(r.n, length, (d+Date(r.n-day)).Weekday())
	case daysOfWeek:
		return r.set.has(weekday)
	case lastWeekdayOf:
		return r.set.has(weekday) && day > length-7
	case numberedWeekday:
		return r.set.has(weekday) && (day+6)/7 == r.n
	}
	return false
}

// nearest returns the working day nearest to a day that falls on a weekday, in
// the same month.
func nearest(day, length int, weekday time.Weekday) int {
	switch weekday {
	case time.Saturday:
		if day == 1 {
			return day + 2
		}
		return day - 1
	case time.Sunday:
		if day == length {
			return day - 2
		}
		return day + 1
	default:
		return day
	}
}

// monthLength returns the number of days of a month.
func monthLength(year int, month time.Month) int {
	switch month {
	case time.February:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case time.April, time.June, time.September, time.November:
		return 30
	default:
		return 31
	}
}
