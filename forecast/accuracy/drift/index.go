package drift

import (
	"fmt"
	"math"

	"github.com/daybatch/daybatch/forecast/calendar"
)

const (
	bins = 9
	// fewest is how many values of a weekday, or of a week, say something of their
	// distribution.
	fewest = 5
	// normal makes the median of absolute values a standard deviation, of normal ones.
	normal = 1.4826
)

// edges are the limits of the bins: those of nine equally likely ones of the
// standard normal distribution.
func edges() [bins - 1]float64 {
	return [...]float64{-1.2206, -0.7647, -0.4307, -0.1397, 0.1397, 0.4307, 0.7647, 1.2206}
}

// distribute puts the values of a series on its usual days into the bins of their
// weeks.
func (w *Watch) distribute(window *[weeks * week]float64, special func(calendar.Date) bool) {
	for i := range window {
		if special(w.first() + calendar.Date(i)) {
			window[i] = math.NaN()
		}
	}
	for day := range week {
		center(window, day)
	}
	scale := scaleOf(window)
	for i, v := range window {
		if math.IsNaN(v) {
			continue
		}
		c, z := &w.weeks[i/week], 0.0
		if scale > 0 {
			z = v / scale
		}
		c.bins[bin(z)]++
		c.n++
		c.sum += max(-bound, min(bound, z))
	}
}

// center takes the median of a weekday off its values. Too few of them are left out.
func center(window *[weeks * week]float64, day int) {
	var values []float64
	for i := day; i < len(window); i += week {
		if !math.IsNaN(window[i]) {
			values = append(values, window[i])
		}
	}
	middle := math.NaN()
	if len(values) >= fewest {
		middle = median(values)
	}
	for i := day; i < len(window); i += week {
		window[i] -= middle
	}
}

// scaleOf returns how far differences lie from zero, as a standard deviation; 0 if
// they are all zero.
func scaleOf(differences *[weeks * week]float64) float64 {
	var all []float64
	var sum float64
	for _, v := range differences {
		if !math.IsNaN(v) {
			all = append(all, math.Abs(v))
			sum += math.Abs(v)
		}
	}
	if len(all) == 0 {
		return 0
	}
	if scale := normal * median(all); scale > 0 {
		return scale
	}
	return sum / float64(len(all)) // more than half are as on any such weekday
}

// bound is the largest difference that counts for the mean, in scales: one value
// is not to decide it.
const bound = 5

func bin(z float64) int {
	for k, edge := range edges() {
		if z < edge {
			return k
		}
	}
	return bins - 1
}

// index returns the stability index of a week against all others. Half a value in
// each bin keeps it finite.
func (w *Watch) index(of int) float64 {
	var rest counts
	for k := range w.weeks {
		if k == of {
			continue
		}
		for b, n := range w.weeks[k].bins {
			rest.bins[b] += n
		}
		rest.n += w.weeks[k].n
	}
	one, sum := &w.weeks[of], 0.0
	for b := range one.bins {
		p := (float64(one.bins[b]) + 0.5) / (float64(one.n) + bins/2.0)
		q := (float64(rest.bins[b]) + 0.5) / (float64(rest.n) + bins/2.0)
		sum += (p - q) * math.Log(p/q)
	}
	return sum
}

// scaled reports whether every week has values enough to say how they lie.
func (w *Watch) scaled() bool {
	for k := range w.weeks {
		if w.weeks[k].n < fewest {
			return false
		}
	}
	return true
}

// unlikeLevel compares the means of the scaled differences.
func (w *Watch) unlikeLevel() string {
	if !w.scaled() {
		return ""
	}
	x := w.numbers(func(c *counts) float64 { return c.sum / float64(c.n) })
	usual, chance := compare(x)
	shift := x[weeks-1] - usual
	if chance > falseAlarms/tests || math.Abs(shift) < leastLevel {
		return ""
	}
	direction := "higher"
	if shift < 0 {
		direction = "lower"
	}
	return fmt.Sprintf("values %.1f deviations %s in the week up to %s than on the same weekdays before", math.Abs(shift), direction, w.date)
}

// unlikeIndex compares how far each week is from the others, by the logarithm, which
// is nearer to normal. Where the level is another one that says it all.
func (w *Watch) unlikeIndex() string {
	if !w.scaled() || w.unlikeLevel() != "" {
		return ""
	}
	var x [weeks]float64
	for k := range w.weeks {
		x[k] = math.Log(w.index(k))
	}
	usual, chance := compare(x)
	index := math.Exp(x[weeks-1])
	if chance > falseAlarms/tests || x[weeks-1] < usual || index < leastIndex {
		return ""
	}
	return fmt.Sprintf("values spread unlike before in the week up to %s: stability index %.2f, usually %.2f", w.date, index, math.Exp(usual))
}
