package backtest

import "math"

// Plausible is how far the bounds of intervals may lie from a forecast: no farther than
// a forecast itself would be believed, and not below zero where the history never is. A
// history of less than two seasons does not tell how far it ranges.
type Plausible struct{ low, high float64 }

// PlausibleOf returns what is plausible by a history without outliers.
func PlausibleOf(usual []float64, period int) Plausible {
	l := rangeOf(usual)
	p := Plausible{low: max(l.low-l.reach, -math.MaxFloat64), high: min(l.high+l.reach, math.MaxFloat64)}
	if observed(usual) < 2*max(2, period) {
		p.low, p.high = -math.MaxFloat64, math.MaxFloat64
	}
	if l.low >= 0 {
		p.low = max(0, p.low)
	}
	return p
}

// Hold returns the plausible parts of bounds, which still enclose a mean that they did.
func (p Plausible) Hold(lower, mean, upper float64) (held, heldUpper float64) {
	return max(lower, min(p.low, mean)), min(upper, max(p.high, mean))
}

func observed(values []float64) int {
	n := 0
	for _, v := range values {
		if !math.IsNaN(v) {
			n++
		}
	}
	return n
}
