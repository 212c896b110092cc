package backtest

import (
	"fmt"
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast/backtest/weekday"
	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/naive"
)

// plausible is how many ranges of the history a forecast may leave it by.
const plausible = 10

// few is the share of the history, at each of its ends, whose values may be so far
// from all others that they don't count for what is plausible.
const few = .02

// limits are what a forecast must keep to be believed.
type limits struct{ low, high, reach float64 }

// limitsOf returns the limits by a history, which ends with a number of recent values.
//
// A value does not make others plausible that would not be so without it: the few
// values beyond the limits of the rest don't count. But the recent ones do, as a level
// may have begun with them.
func limitsOf(history []float64, recent int) limits {
	l := ordinary(history)
	for _, v := range history[max(0, len(history)-recent):] {
		if !math.IsNaN(v) {
			l.low, l.high = min(l.low, v), max(l.high, v)
		}
	}
	return l
}

// rangeOf returns the limits by all values of a history.
func rangeOf(history []float64) limits {
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range history {
		if !math.IsNaN(v) {
			low, high = min(low, v), max(high, v)
		}
	}
	if low > high {
		return limits{} // nothing observed: all that can be said is zero
	}
	return around(low, high)
}

// ordinary returns the limits without the few values that lie beyond them: those of
// the values in the middle, and of the others as far as they lie within the limits of
// those before them.
func ordinary(history []float64) limits {
	whole := rangeOf(history)
	if !crowded(history, whole) {
		return whole
	}
	sorted := slices.Sorted(func(yield func(float64) bool) {
		for _, v := range history {
			if !math.IsNaN(v) && !yield(v) {
				return
			}
		}
	})
	first := fewOf(len(sorted))
	last := len(sorted) - 1 - first
	if first >= last || sorted[first] == 0 && sorted[last] == 0 {
		return whole // of rare demand all that there is counts
	}
	for {
		l := around(sorted[first], sorted[last])
		switch {
		case first > 0 && sorted[first-1] >= l.low-l.reach:
			first--
		case last < len(sorted)-1 && sorted[last+1] <= l.high+l.reach:
			last++
		default:
			return l
		}
	}
}

// fewOf is how many of n values are few.
func fewOf(n int) int { return int(math.Ceil(few * float64(n))) }

// crowded tells whether all but a few values lie so close to each other that these
// may be implausible, which takes no sorting.
func crowded(history []float64, whole limits) bool {
	var shares [plausible + 1]int                       // of the range
	low, width := whole.low/2, whole.high/2-whole.low/2 // whose difference is a number
	if !(width > 0) || math.IsInf(width, 0) {
		return false
	}
	n := 0
	for _, v := range history {
		if !math.IsNaN(v) {
			shares[min(int((v/2-low)/width*float64(len(shares))), len(shares)-1)]++
			n++
		}
	}
	most := 0
	for i := 1; i < len(shares); i++ {
		most = max(most, shares[i-1]+shares[i]) // a range as long as a share touches two
	}
	return most >= n-2*fewOf(n)
}

// around returns the limits of a history between two values; one that never moves
// counts as ranging from zero.
func around(low, high float64) limits {
	l := limits{low: low, high: high, reach: plausible * (high - low)}
	if low == high {
		l.reach = plausible * math.Abs(high)
	}
	return l
}

// check refuses a forecast that is not finite, or further from the history than
// ten times its range.
func (l limits) check(forecast []float64) error {
	for i, v := range forecast {
		switch {
		case math.IsNaN(v), math.IsInf(v, 0):
			return fmt.Errorf("forecast of day %d is %v", i+1, v)
		case v < l.low-l.reach, v > l.high+l.reach:
			return fmt.Errorf("forecast of day %d is %.4g, the history lies in %.4g .. %.4g", i+1, v, l.low, l.high)
		}
	}
	return nil
}

// hold keeps special days, whose effect may have been learnt at another level,
// within what is plausible.
func (l limits) hold(forecast []float64) {
	low, high := max(l.low-l.reach, -math.MaxFloat64), min(l.high+l.reach, math.MaxFloat64)
	for i, v := range forecast {
		forecast[i] = min(max(v, low), high)
	}
}

// floor keeps a forecast from being negative where the history never is.
func (l limits) floor(forecast []float64) {
	if l.low < 0 {
		return
	}
	for i, v := range forecast {
		forecast[i] = max(0, v)
	}
}

// ladder returns the methods that stand in for one that can't be had, best
// first, for a history of n days: the more history, the higher it begins.
func ladder(n, period int, group Group) []model.Model {
	seasonal, level, mean, last := naive.NewSeasonal(), weekday.NewSES(group.Week), naive.NewMean(), naive.New()
	switch {
	case n < 3: // two values give no mean to trust
		return []model.Model{last}
	case n < period:
		return []model.Model{mean, last}
	case n < 2*period:
		return []model.Model{level, mean, last}
	default:
		return []model.Model{seasonal, level, mean, last}
	}
}
