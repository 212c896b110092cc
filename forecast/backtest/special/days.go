// Package special treats special days: holidays, their neighbours, promotions,
// closures. They are known from a calendar, never found in the data.
//
// In training a special day is imputed, so that no smoother carries it into the
// weeks that follow. In the future its effect, pooled over the panel, is put on
// top of the forecast for an ordinary day. Dividing the history by estimated
// effects instead makes noisy series worse than doing nothing.
//
// Everything is estimated from the values that it is given: a caller that cuts
// them at an origin can't leak what came later.
package special

import (
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
)

const (
	// week is the distance between neighbours of the same weekday, in days.
	week = 7

	// reach is how many weeks on either side make the base of a special day:
	// enough for a steady median, and short against the year.
	reach = 5

	// enough is the number of neighbours from which a base is good for
	// estimating an effect.
	enough = 2
)

// Days says which dates are special, and of what class. The zero Days has no
// special day.
type Days struct {
	from    calendar.Date
	classes []calendar.Class // sorted; those of limited days too
	of      []int32          // class+1 by date, 0 for an ordinary day
	limited []Limited
}

// Limited are special days of some series only, such as the promotion of one
// region. What the series that have them show of their class is pooled with all
// else that is known of the class; to the other series they are ordinary days.
type Limited struct {
	Applies func(series.Key) bool
	Dates   calendar.Range
	Class   calendar.Class
}

// NewDays asks for the class of each date of a range. Dates outside the range
// are ordinary. What is limited to series is theirs once [Days.For] is asked.
func NewDays(dates calendar.Range, class func(calendar.Date) calendar.Class, limited ...Limited) Days {
	d := Days{from: dates.From, of: make([]int32, dates.Len()), limited: limited}
	for _, l := range limited {
		d.classes = append(d.classes, l.Class)
	}
	names := make([]calendar.Class, dates.Len())
	for i := range names {
		names[i] = class(dates.From + calendar.Date(i))
		if names[i] != calendar.ClassNone {
			d.classes = append(d.classes, names[i])
		}
	}
	slices.Sort(d.classes)
	d.classes = slices.Compact(d.classes)
	for i, name := range names {
		if name == calendar.ClassNone {
			continue
		}
		at, _ := slices.BinarySearch(d.classes, name)
		d.of[i] = int32(at + 1)
	}
	return d
}

// For returns the special days of a series: those of all, and over them the
// limited ones that apply to it, of which the last one counts. Effects observed by
// the days of one series may be pooled and used with those of another.
func (d Days) For(key series.Key) Days {
	limited := d.limited
	d.limited = nil
	shared := true
	for _, l := range limited {
		if !l.Applies(key) {
			continue
		}
		if shared {
			d.of, shared = slices.Clone(d.of), false
		}
		class, _ := slices.BinarySearch(d.classes, l.Class)
		first, last := max(0, int(l.Dates.From-d.from)), min(len(d.of)-1, int(l.Dates.To-d.from))
		for i := first; i <= last; i++ {
			d.of[i] = int32(class + 1)
		}
	}
	return d
}

// Special reports whether a date is a special day.
func (d Days) Special(date calendar.Date) bool {
	_, ok := d.at(date)
	return ok
}

// Ahead returns which days of a horizon from an origin are special: 0 is the day after
// the origin.
func (d Days) Ahead(origin calendar.Date, horizon int) []int {
	var days []int
	for h := range horizon {
		if d.Special(origin + calendar.Date(h+1)) {
			days = append(days, h)
		}
	}
	return days
}

// at returns the index of a date's class and whether it has one.
func (d Days) at(date calendar.Date) (class int, ok bool) {
	i := int(date - d.from)
	if i < 0 || i >= len(d.of) || d.of[i] == 0 {
		return 0, false
	}
	return int(d.of[i]) - 1, true
}

// Clean returns a copy of values, which begin at start, with each special day
// replaced by the median of the same weekday within five weeks. A special day
// without an ordinary neighbour keeps its value, a missing one stays missing.
func (d Days) Clean(values []float64, start calendar.Date) []float64 {
	clean := slices.Clone(values)
	d.visit(values, start, func(i, _ int, base float64, neighbours int) {
		if neighbours > 0 {
			clean[i] = base
		}
	})
	return clean
}

// Observe returns the effects that the special days of a series had: -Inf where it was
// closed.
func (d Days) Observe(values []float64, start calendar.Date) Observed {
	observed := make(Observed, len(d.classes))
	d.visit(values, start, func(i, class int, base float64, neighbours int) {
		if neighbours >= enough && base > 0 {
			share := values[i] / base
			if share < 0 { // a return, of a shop that was open
				share = floorShare
			}
			observed[class] = append(observed[class], math.Log(share))
		}
	})
	return observed
}

// visit calls see for each special day that has a value, with the index of the
// day and its class, the median of its neighbours and their number.
func (d Days) visit(values []float64, start calendar.Date, see func(i, class int, base float64, neighbours int)) {
	if len(d.classes) == 0 {
		return
	}
	for i, v := range values {
		class, ok := d.at(start + calendar.Date(i))
		if !ok || math.IsNaN(v) {
			continue
		}
		base, neighbours := d.base(values, start, i)
		see(i, class, base, neighbours)
	}
}

// base returns the median of the ordinary days of the same weekday around value
// i, and their number.
func (d Days) base(values []float64, start calendar.Date, i int) (median float64, neighbours int) {
	var near [2 * reach]float64
	for k := i - reach*week; k <= i+reach*week; k += week {
		if k < 0 || k >= len(values) || k == i || math.IsNaN(values[k]) {
			continue
		}
		if _, special := d.at(start + calendar.Date(k)); special {
			continue
		}
		near[neighbours] = values[k]
		neighbours++
	}
	return medianOf(near[:neighbours]), neighbours
}

// medianOf sorts values and returns their median, 0 if there is none.
func medianOf(values []float64) float64 {
	n := len(values)
	if n == 0 {
		return 0
	}
	slices.Sort(values)
	if n%2 == 1 {
		return values[n/2]
	}
	return values[n/2-1] + (values[n/2]-values[n/2-1])/2
}
