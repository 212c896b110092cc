package special

import (
	"fmt"
	"math"

	"github.com/daybatch/daybatch/forecast/calendar"
)

const (
	// floorShare keeps the logarithm of a closed day finite: nothing counts as
	// less than 2 % of an ordinary day.
	floorShare = .02

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
}

// Pool returns the effects of a panel. The order of the series does not matter.
func Pool(panel []Observed) Pooled {
	classes := 0
	for _, observed := range panel {
		classes = max(classes, len(observed))
	}
	p := Pooled{effect: make([]float64, classes), count: make([]int, classes)}
	for class := range classes {
		var all []float64
		for _, observed := range panel {
			if class < len(observed) {
				all = append(all, observed[class]...)
			}
		}
		p.effect[class], p.count[class] = medianOf(all), len(all)
	}
	return p
}

// Effects are the factors of the special days of one series.
type Effects struct {
	days    Days
	factors []float64 // by class
	unseen  []bool
}

// Effects shrinks the effects of a series, observed by d, to those of its
// panel. A class that nobody has seen has no effect.
func (d Days) Effects(own Observed, panel Pooled) Effects {
	e := Effects{days: d, factors: make([]float64, len(d.classes)), unseen: make([]bool, len(d.classes))}
	for class := range d.classes {
		var shared, sum float64
		var count int
		if class < len(panel.effect) {
			shared, count = panel.effect[class], panel.count[class]
		}
		n := 0
		if class < len(own) {
			n = len(own[class])
			for _, r := range own[class] {
				sum += r
			}
		}
		e.unseen[class] = count == 0 && n == 0
		e.factors[class] = math.Exp((sum + prior*shared) / float64(n+prior))
	}
	return e
}

// Apply multiplies each special day of a forecast, whose first value is for
// date from, by its effect. Negative forecasts are left alone: a factor says
// nothing about them.
func (e Effects) Apply(forecast []float64, from calendar.Date) {
	for i, v := range forecast {
		if class, ok := e.days.at(from + calendar.Date(i)); ok && v > 0 {
			forecast[i] = v * e.factors[class]
		}
	}
}

// Warnings says which special days among the n from date from are forecast as
// ordinary ones, because no series has seen their class.
func (e Effects) Warnings(from calendar.Date, n int) []string {
	var warnings []string
	for i := range n {
		date := from + calendar.Date(i)
		if class, ok := e.days.at(date); ok && e.unseen[class] {
			warnings = append(warnings, fmt.Sprintf("%s is special (%s), but no series has a day of this class: forecast as an ordinary day", date, e.days.classes[class]))
		}
	}
	return warnings
}
