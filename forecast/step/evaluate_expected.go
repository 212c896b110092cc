package step

import (
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/realised"
)

// expectations sum the errors of each day of the horizon at each origin over the
// series.
type expectations struct {
	origins          []calendar.Date
	absolute, actual [][]float64 // by day, then origin
}

func newExpectations(horizon int, origins []calendar.Date) expectations {
	x := expectations{origins: origins, absolute: make([][]float64, horizon), actual: make([][]float64, horizon)}
	for h := range horizon {
		x.absolute[h], x.actual[h] = make([]float64, len(origins)), make([]float64, len(origins))
	}
	return x
}

func (x *expectations) add(one *judged) {
	for k, origin := range one.table.Origins {
		at, _ := slices.BinarySearch(x.origins, origin)
		mean := one.table.Forecast(k, one.used[k])
		for h, y := range one.table.Actual(k) {
			if math.IsNaN(y) || math.IsNaN(mean[h]) {
				continue
			}
			x.absolute[h][at] += math.Abs(y - mean[h])
			x.actual[h][at] += math.Abs(y)
		}
	}
}

// bands returns where the WAPE of each day of the horizon lay at the origins,
// pooled over the series: what realised accuracy is held against.
func (x *expectations) bands() []forecast.Band {
	bands := make([]forecast.Band, len(x.actual))
	for h := range bands {
		values := make([]float64, 0, len(x.origins))
		for at, total := range x.actual[h] {
			if total > 0 && !math.IsInf(total, 0) && !math.IsInf(x.absolute[h][at], 0) {
				values = append(values, x.absolute[h][at]/total)
			}
		}
		bands[h] = realised.BandOf(values)
	}
	return bands
}
