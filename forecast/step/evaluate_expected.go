package step

import (
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/realised"
)

// expected returns where the WAPE of each day of the horizon lay at the origins,
// pooled over the series: what realised accuracy is held against.
func (e *evaluated) expected() []forecast.Band {
	horizon := e.batch.settings.Horizon
	absolute, actual := make([][]float64, horizon), make([][]float64, horizon) // by day, then origin
	for h := range horizon {
		absolute[h], actual[h] = make([]float64, len(e.origins)), make([]float64, len(e.origins))
	}
	for i := range e.series {
		one := &e.series[i]
		for k, origin := range one.table.Origins {
			at, _ := slices.BinarySearch(e.origins, origin)
			mean := one.table.Forecast(k, one.used[k])
			for h, y := range one.table.Actual(k) {
				if math.IsNaN(y) || math.IsNaN(mean[h]) {
					continue
				}
				absolute[h][at] += math.Abs(y - mean[h])
				actual[h][at] += math.Abs(y)
			}
		}
	}
	bands := make([]forecast.Band, horizon)
	for h := range bands {
		values := make([]float64, 0, len(e.origins))
		for at, total := range actual[h] {
			if total > 0 && !math.IsInf(total, 0) && !math.IsInf(absolute[h][at], 0) {
				values = append(values, absolute[h][at]/total)
			}
		}
		bands[h] = realised.BandOf(values)
	}
	return bands
}
