package special

import (
	"fmt"
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast/calendar"
)

const (
	// floorShare keeps the logarithm of a closed day finite: nothing counts as
	// less than 2 % of an ordinary day, unless all days of a class are closed.
	floorShare = .02

	// leastClosed is how many days of a class must have been seen, all of them closed,
	// for the next one to be closed: one may have been zero by chance.
	leastClosed = 2

	// prior is how many days of the panel's effect are added to those of the
	// series itself.
	prior = 2
)

// Observed holds the logarithms of the effects of a series' special days, by
// class of the [Days] that observed them.
type Observed [][]float64

// Pooled is the panel's effect of each class: the median over all special days
// of all series. The zero Pooled has seen nothing.
type Pooled struct {
	effect []float64 // logarithms, by class
	count  []int
	closed []bool // whether all were
}

// Pool returns the effects of a panel. The order of the series does not matter.
func Pool(panel []Observed) Pooled {
	classes := 0
	for _, observed := range panel {
		classes = max(classes, len(observed))
	}
	p := Pooled{effect: make([]float64, classes), count: make([]int, classes), closed: make([]bool, classes)}
	for class := range classes {
		var all []float64
		for _, observed := range panel {
			if class < len(observed) {
				all = append(all, observed[class]...)
			}
		}
		p.closed[class] = len(all) >= leastClosed && allClosed(all)
		for i, r := range all {
			all[i] = floored(r)
		}
		p.effect[class], p.count[class] = medianOf(all), len(all)
	}
	return p
}

// allClosed reports whether all days were of which these are the effects.
func allClosed(effects []float64) bool {
	return !slices.ContainsFunc(effects, func(r float64) bool { return !math.IsInf(r, -1) })
}

// floored returns an effect of at least the floor.
func floored(r float64) float64 { return max(r, math.Log(floorShare)) }

// Effects are the factors of the special days of one series.
type Effects struct {
	days    Days
	classes []effect // by class
}

// effect is the factor of a class, and what it is taken from.
type effect struct {
	factor float64
	source source
}

// source says where an effect is taken from.
type source uint8

const (
	fromPanel    source = iota // days of the same class, of the series and its panel
	fromHoliday                // holidays on working days, because nobody has seen the class
	fromHolidays               // holidays of all kinds, because nobody has seen the class
	fromNowhere                // no effect: nobody has seen anything like it
)

// instead says what a day is forecast as whose class nobody has seen.
func (s source) instead() string {
	switch s {
	case fromHoliday:
		return "a holiday on a working day"
	case fromHolidays:
		return "the holidays that were seen"
	case fromPanel, fromNowhere:
	}
	return "an ordinary day"
}

// Effects shrinks the effects of a series, observed by d, to those of its
// panel. A class of which all days were closed is closed. Of classes that nobody has seen, days off take the effect of a holiday on a
// working day, or of all the days off that were seen where a country has no such class.
// Others have none: what a first promotion does to demand, no holiday tells.
func (d Days) Effects(own Observed, panel Pooled) Effects {
	e := Effects{days: d, classes: make([]effect, len(d.classes))}
	off := d.dayOff(own, panel)
	for class, name := range d.classes {
		switch {
		case panel.seen(class) && panel.closed[class] && (class >= len(own) || allClosed(own[class])):
			e.classes[class] = effect{} // closed again
		case panel.seen(class):
			e.classes[class] = effect{factor: panel.shrink(own, class)}
		case name.DayOff():
			e.classes[class] = off
		default:
			e.classes[class] = effect{factor: 1, source: fromNowhere}
		}
	}
	return e
}

// dayOff is the effect of a day off of a class that nobody has seen.
func (d Days) dayOff(own Observed, panel Pooled) effect {
	if at, ok := slices.BinarySearch(d.classes, calendar.ClassHoliday); ok && panel.seen(at) {
		return effect{factor: panel.shrink(own, at), source: fromHoliday}
	}
	var seen []int
	for class, name := range d.classes {
		if name.DayOff() && panel.seen(class) {
			seen = append(seen, class)
		}
	}
	if len(seen) == 0 {
		return effect{factor: 1, source: fromNowhere}
	}
	return effect{factor: panel.shrink(own, seen...), source: fromHolidays}
}

// seen reports whether any series of the panel had a day of a class.
func (p Pooled) seen(class int) bool { return class < len(p.count) && p.count[class] > 0 }

// shrink returns the factor of some classes together for a series.
func (p Pooled) shrink(own Observed, classes ...int) float64 {
	sum, n := 0.0, float64(prior)
	effects := make([]float64, len(classes))
	for i, class := range classes {
		effects[i] = p.effect[class]
		if class >= len(own) {
			continue
		}
		n += float64(len(own[class]))
		for _, r := range own[class] {
			sum += floored(r)
		}
	}
	return math.Exp((sum + prior*medianOf(effects)) / n)
}

// Apply multiplies each special day of a forecast, whose first value is for
// date from, by its effect. Negative forecasts are left alone: a factor says
// nothing about them.
func (e Effects) Apply(forecast []float64, from calendar.Date) {
	for i, v := range forecast {
		if class, ok := e.days.at(from + calendar.Date(i)); ok && v > 0 {
			forecast[i] = v * e.classes[class].factor
		}
	}
}

// Closed returns which of the n days from date from are closed, from 0.
func (e Effects) Closed(from calendar.Date, n int) []int {
	var closed []int
	for i := range n {
		if class, ok := e.days.at(from + calendar.Date(i)); ok && e.classes[class].factor == 0 {
			closed = append(closed, i)
		}
	}
	return closed
}

// Factor returns the effect of a date, 1 of an ordinary day, and whether anything like it
// was seen.
func (e Effects) Factor(date calendar.Date) (factor float64, seen bool) {
	class, ok := e.days.at(date)
	if !ok {
		return 1, true
	}
	found := e.classes[class]
	return found.factor, found.source != fromNowhere
}

// Warnings says which special days among the n from date from have a class
// that no series has seen, and how they are forecast.
func (e Effects) Warnings(from calendar.Date, n int) []string {
	var warnings []string
	for i := range n {
		date := from + calendar.Date(i)
		class, ok := e.days.at(date)
		if !ok || e.classes[class].source == fromPanel {
			continue
		}
		warnings = append(warnings, fmt.Sprintf("no series has seen a day like %s (%s): forecast as %s", date, e.days.classes[class], e.classes[class].source.instead()))
	}
	return warnings
}
