package backtest

import (
	"fmt"
	"math"

	"github.com/daybatch/daybatch/forecast/backtest/weekday"
	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/naive"
)

// plausible is how many ranges of the history a forecast may leave it by.
const plausible = 10

// limits are what a forecast must keep to be believed.
type limits struct{ low, high float64 }

func limitsOf(history []float64) limits {
	l := limits{low: math.Inf(1), high: math.Inf(-1)}
	for _, v := range history {
		if !math.IsNaN(v) {
			l.low, l.high = min(l.low, v), max(l.high, v)
		}
	}
	if l.low > l.high {
		return limits{} // nothing observed: all that can be said is zero
	}
	return l
}

// check refuses a forecast that is not finite, or further from the history than
// ten times its range; a history that never moves counts as ranging from zero.
func (l limits) check(forecast []float64) error {
	reach := l.reach()
	for i, v := range forecast {
		switch {
		case math.IsNaN(v), math.IsInf(v, 0):
			return fmt.Errorf("forecast of day %d is %v", i+1, v)
		case v < l.low-reach, v > l.high+reach:
			return fmt.Errorf("forecast of day %d is %.4g, the history lies in %.4g .. %.4g", i+1, v, l.low, l.high)
		}
	}
	return nil
}

func (l limits) reach() float64 {
	if l.low == l.high {
		return plausible * math.Abs(l.high)
	}
	return plausible * (l.high - l.low)
}

// hold keeps special days, whose effect may have been learnt at another level,
// within what check believes.
func (l limits) hold(forecast []float64) {
	low, high := max(l.low-l.reach(), -math.MaxFloat64), min(l.high+l.reach(), math.MaxFloat64)
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
