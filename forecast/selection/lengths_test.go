package selection_test

import (
	"math"
	"testing"

	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/backtest/weekday"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/modeltest"
	"github.com/daybatch/daybatch/forecast/selection"
)

// shapes are histories that users of forecasting software report.
func shapes() map[string]func(n int) []float64 {
	changed := func(change func(y []float64)) func(n int) []float64 {
		return func(n int) []float64 {
			y := modeltest.Demand(n, 7, uint64(n)+1)
			change(y)
			return y
		}
	}
	return map[string]func(n int) []float64{
		"demand":   changed(func([]float64) {}),
		"zeros":    func(n int) []float64 { return make([]float64, n) },
		"constant": changed(func(y []float64) { set(y, 7.3) }),
		"shift": changed(func(y []float64) {
			for i := range y[2*len(y)/3:] {
				y[2*len(y)/3+i] *= 10
			}
		}),
		"outlier": changed(func(y []float64) { set(y[len(y)/2:min(len(y), len(y)/2+1)], 1e6) }),
		"closing": changed(func(y []float64) { set(y[len(y)/2:], 0) }),
		"gaps": changed(func(y []float64) {
			for i := range y {
				if i%5 == 2 || i%11 < 2 {
					y[i] = math.NaN()
				}
			}
		}),
	}
}

func set(y []float64, v float64) {
	for i := range y {
		y[i] = v
	}
}

// Whatever the length and the shape of a history, a method says that it does not
// apply or forecasts numbers, the same twice, and leaves the history alone.
func TestEveryMethodAtEveryLength(t *testing.T) {
	t.Parallel()
	start := calendar.Of(2020, 1, 6)
	for _, candidate := range selection.Candidates(selection.Names()...) {
		if candidate.New == nil {
			continue // a combination of the others
		}
		t.Run(candidate.Name, func(t *testing.T) {
			t.Parallel()
			m := candidate.New(backtest.Group{Week: weekday.Flat()})
			// Two years are where a year is first estimated.
			lengths := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 13, 14, 15, 20, 21, 22, 29, 60, 200, 740}
			if candidate.Name == selection.ARIMA {
				// Beyond 150 it searches by another criterion, and nothing changes after.
				lengths = append(lengths[:len(lengths)-2], 152)
			}
			for name, shape := range shapes() {
				for _, n := range lengths {
					modeltest.CheckIn(t, m, shape(n), model.Context{Period: 7, Start: start, Seed: 1})
					if t.Failed() {
						t.Fatalf("%s failed on %d values: %s", candidate.Name, n, name)
					}
				}
			}
			n := 10_000
			if candidate.Name == selection.ARIMA {
				n = 740 // its search takes seconds beyond
			}
			modeltest.CheckIn(t, m, shapes()["demand"](n), model.Context{Period: 7, Start: start, Seed: 1})
		})
	}
}
