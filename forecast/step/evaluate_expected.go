package step

import (
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// expectations sum the errors of each day of the horizon at each origin over the
// series: what realised accuracy is held against.
type expectations struct{ origins []forecast.OriginErrors }

func newExpectations(horizon int, origins []calendar.Date) expectations {
	x := expectations{origins: make([]forecast.OriginErrors, len(origins))}
	for i, origin := range origins {
		x.origins[i] = forecast.OriginErrors{Origin: origin, Absolute: make([]float64, horizon), Actual: make([]float64, horizon)}
	}
	return x
}

func (x *expectations) add(one *judged) {
	for k, origin := range one.table.Origins {
		at, _ := slices.BinarySearchFunc(x.origins, origin, func(e forecast.OriginErrors, d calendar.Date) int { return int(e.Origin - d) })
		sums := &x.origins[at]
		mean := one.table.Forecast(k, one.used[k])
		for h, y := range one.table.Actual(k) {
			if math.IsNaN(y) || math.IsNaN(mean[h]) {
				continue
			}
			sums.Absolute[h] += math.Abs(y - mean[h])
			sums.Actual[h] += math.Abs(y)
		}
	}
}

// finite returns the sums, of which none is infinite: those say nothing, and can't be
// written.
func (x *expectations) finite() []forecast.OriginErrors {
	for _, sums := range x.origins {
		for h := range sums.Actual {
			if math.IsInf(sums.Absolute[h], 0) || math.IsInf(sums.Actual[h], 0) {
				sums.Absolute[h], sums.Actual[h] = 0, 0
			}
		}
	}
	return x.origins
}
