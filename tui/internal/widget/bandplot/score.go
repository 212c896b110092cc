package bandplot

import (
	"math"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Realised is how a forecast did on the dates whose values have arrived.
type Realised struct {
	Days   int       // with a value
	Within []int     // of them within the interval of each level
	WAPE   float64   // sum of absolute errors over the sum of absolute values; NaN if that is 0
	Bias   float64   // mean of forecast less value
	Levels []int     // in percent, as in the forecast
	Errors []float64 // forecast less value, by days ahead; NaN where none arrived
}

// Score compares a forecast with what came.
func Score(f forecast.SeriesForecast) Realised {
	came := Actuals(f)
	r := Realised{Levels: f.Levels, Within: make([]int, len(f.Levels)), WAPE: math.NaN()}
	var missed, size, sum float64
	for _, at := range f.Points {
		value, ok := came[at.Date]
		if !ok {
			r.Errors = append(r.Errors, math.NaN())
			continue
		}
		off := at.Mean - value
		r.Errors = append(r.Errors, off)
		r.Days++
		sum += off
		missed += math.Abs(off)
		size += math.Abs(value)
		for i := range f.Levels {
			if i < len(at.Lower) && value >= at.Lower[i] && value <= at.Upper[i] {
				r.Within[i]++
			}
		}
	}
	if r.Days > 0 {
		r.Bias = sum / float64(r.Days)
	}
	if size > 0 {
		r.WAPE = missed / size
	}
	return r
}

// Actuals returns the values by date.
func Actuals(f forecast.SeriesForecast) map[calendar.Date]float64 {
	came := make(map[calendar.Date]float64, len(f.Actuals))
	for _, o := range f.Actuals {
		came[o.Date] = o.Value
	}
	return came
}
