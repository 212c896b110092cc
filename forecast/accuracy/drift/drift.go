package drift

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
)

const (
	week = 7
	// weeks is how many are compared: the newest and those before it.
	weeks = 9
	// falseAlarms is the share of days on which a panel that has not changed is found
	// unlike.
	falseAlarms = 0.01
	// tests is how many numbers of a week are compared.
	tests = 6

	// What matters: a tenth of the values, five points of the zeros, a twentieth of the
	// series, half a deviation, and the customary limit of the stability index.
	leastValues, leastZeros, leastSeries, leastLevel, leastIndex = 0.10, 0.05, 0.05, 0.5, 0.2

	// named is how many series a sentence names.
	named = 3
)

// Watch gathers a panel, series by series. Make it with [NewWatch].
type Watch struct {
	date    calendar.Date
	special func(series.Key) func(calendar.Date) bool

	oldest calendar.Date // with a value; zero: there is none
	newest calendar.Date
	weeks  [weeks]counts
	series int // with a value in the nine weeks
	begun  []series.Key
	ended  []series.Key
}

// counts are those of a week.
type counts struct {
	values, zeros int
	begun, ended  int // series whose first value is of it, or whose last is of the week before
	bins          [bins]int
	sum           float64 // of the scaled differences
	n             int     // of them
}

// NewWatch returns a watch of the weeks up to a date. Special says which dates
// are no usual days of a series.
func NewWatch(date calendar.Date, special func(series.Key) func(calendar.Date) bool) *Watch {
	return &Watch{date: date, special: special}
}

// first is the first date that is looked at.
func (w *Watch) first() calendar.Date { return w.date - weeks*week + 1 }

// Add takes a series in. What it has after the date is not looked at.
func (w *Watch) Add(s series.Series) {
	var window [weeks * week]float64
	from, to := calendar.Date(0), calendar.Date(0) // of its values
	for i := range window {
		window[i] = math.NaN()
	}
	for i, v := range s.Values {
		d := s.Start + calendar.Date(i)
		if d > w.date {
			break
		}
		if math.IsNaN(v) {
			continue
		}
		if from.IsZero() {
			from = d
		}
		to = d
		if d >= w.first() {
			window[d-w.first()] = v
		}
	}
	if to.IsZero() {
		return
	}
	w.newest = max(w.newest, to)
	if w.oldest.IsZero() || from < w.oldest {
		w.oldest = from
	}
	w.count(&window)
	w.borders(s.Key, from, to)
	if from <= w.first() {
		w.distribute(&window, w.special(s.Key))
	}
}

func (w *Watch) count(window *[weeks * week]float64) {
	for i, v := range window {
		if !math.IsNaN(v) {
			w.weeks[i/week].values++
		}
		if v == 0 {
			w.weeks[i/week].zeros++
		}
	}
}

// borders notes in which week a series begins, and which one it does not reach.
func (w *Watch) borders(key series.Key, from, to calendar.Date) {
	if to < w.first()-week {
		return
	}
	w.series++
	if from > w.first() {
		k := int(from-w.first()) / week
		w.weeks[k].begun++
		if k == weeks-1 {
			w.begun = append(w.begun, key)
		}
	}
	if k := (int(to-w.first()) + week) / week; k < weeks {
		w.weeks[k].ended++
		if k == weeks-1 {
			w.ended = append(w.ended, key)
		}
	}
}

// Signals returns how the newest week is unlike, a sentence each with its numbers,
// most telling first. A panel of less than nine weeks says only how new it is.
func (w *Watch) Signals() []string {
	var found []string
	if late := w.date - w.newest; late > 0 && !w.newest.IsZero() {
		found = append(found, fmt.Sprintf("the newest value is of %s, %d days before the date", w.newest, late))
	}
	if w.oldest.IsZero() || w.oldest > w.first() {
		return found
	}
	for _, look := range []func() string{w.unlikeLevel, w.unlikeIndex, w.unlikeValues, w.unlikeZeros, w.unlikeBegun, w.unlikeEnded} {
		if text := look(); text != "" {
			found = append(found, text)
		}
	}
	return found
}

// numbers returns a number of each week.
func (w *Watch) numbers(of func(c *counts) float64) (x [weeks]float64) {
	for k := range w.weeks {
		x[k] = of(&w.weeks[k])
	}
	return x
}

func (w *Watch) unlikeValues() string {
	x := w.numbers(func(c *counts) float64 { return float64(c.values) })
	usual, chance := compare(x)
	if chance > falseAlarms/tests || math.Abs(x[weeks-1]-usual) < leastValues*usual {
		return ""
	}
	return fmt.Sprintf("%.0f values in the week up to %s, usually %.0f", x[weeks-1], w.date, usual)
}

func (w *Watch) unlikeZeros() string {
	x := w.numbers(func(c *counts) float64 { return float64(c.zeros) / float64(max(1, c.values)) })
	usual, chance := compare(x)
	if chance > falseAlarms/tests || w.weeks[weeks-1].values == 0 || math.Abs(x[weeks-1]-usual) < leastZeros {
		return ""
	}
	return fmt.Sprintf("%.0f %% of the values of the week up to %s are zero, usually %.0f %%", 100*x[weeks-1], w.date, 100*usual)
}

func (w *Watch) unlikeBegun() string {
	return w.unlikeSeries(w.numbers(func(c *counts) float64 { return float64(c.begun) }), w.begun, "began in")
}

func (w *Watch) unlikeEnded() string {
	return w.unlikeSeries(w.numbers(func(c *counts) float64 { return float64(c.ended) }), w.ended, "have no value in")
}

func (w *Watch) unlikeSeries(x [weeks]float64, keys []series.Key, what string) string {
	usual, chance := compare(x)
	if chance > falseAlarms/tests || x[weeks-1]-usual < leastSeries*float64(w.series) {
		return ""
	}
	slices.Sort(keys)
	var names []string
	for _, key := range keys[:min(len(keys), named)] {
		names = append(names, key.String())
	}
	if more := len(keys) - named; more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return fmt.Sprintf("%d of %d series %s the week up to %s, usually %.0f: %s", len(keys), w.series, what, w.date, usual, strings.Join(names, ", "))
}

// compare returns the mean of the weeks before the newest, and the chance of a
// newest one as far from it if all are of one normal distribution.
func compare(x [weeks]float64) (usual, chance float64) {
	const n = weeks - 1
	before := x[:n]
	for _, v := range before {
		usual += v / n
	}
	var squares float64
	for _, v := range before {
		squares += (v - usual) * (v - usual)
	}
	distance := math.Abs(x[n] - usual)
	if distance == 0 {
		return usual, 1
	}
	spread := math.Sqrt(squares / (n - 1) * (1 + 1.0/n))
	if spread == 0 {
		return usual, 0
	}
	return usual, 2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Survival(distance/spread)
}

// median returns the middle of values, which it sorts.
func median(values []float64) float64 {
	slices.Sort(values)
	if n := len(values); n%2 == 0 {
		return (values[n/2-1] + values[n/2]) / 2
	}
	return values[len(values)/2]
}
