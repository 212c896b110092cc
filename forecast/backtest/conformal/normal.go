package conformal

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// NormalBands returns the bands of normal errors with the variances that a model gives its
// forecasts, by level, in the unit of the data: those of [SourceAnalytic] for a series
// whose model knows them. They do not get narrower with the days ahead.
func NormalBands(variances []float64, levels []int) []Band {
	bands := make([]Band, len(levels))
	for k, level := range levels {
		z := distuv.UnitNormal.Quantile(float64(100+level) / 200)
		band := Band{Level: level, Lower: make([]float64, len(variances)), Upper: make([]float64, len(variances))}
		width := 0.
		for h, v := range variances {
			width = min(max(width, z*math.Sqrt(v)), math.MaxFloat64)
			band.Lower[h], band.Upper[h] = -width, width
		}
		bands[k] = band
	}
	return bands
}
