package theta

import (
	"fmt"
	"math"

	"github.com/daybatch/daybatch/forecast/model/internal/decompose"
	"github.com/daybatch/daybatch/forecast/model/internal/sample"
)

// leastFactor is the smallest multiplicative factor by which a series may be
// divided.
const leastFactor = 0.01

// adjusted is a series without gaps and season, in units near 1.
type adjusted struct {
	values   []float64
	scale    float64
	season   season
	warnings []string
}

// adjust fills the gaps and takes out the season, if the test of the M4
// competition finds one: multiplicative, additive if a value is not positive.
func adjust(s sample.Sample, m int) adjusted {
	a := adjusted{scale: s.Scale()}
	scaled := make([]float64, len(s.Values))
	lowest := math.Inf(1)
	for t, v := range s.Values {
		scaled[t] = v / a.scale
		if scaled[t] < lowest {
			lowest = scaled[t]
		}
	}
	var missing int
	a.values, missing = decompose.Fill(scaled, m)
	if missing > s.Observed {
		a.warnings = append(a.warnings, fmt.Sprintf("%d of %d values are missing", missing, len(s.Values)))
	}
	if !decompose.Seasonal(a.values, m) {
		return a
	}
	kind := decompose.Multiplicative
	if lowest <= 0 {
		kind = decompose.Additive
	}
	factors := decompose.Classical(a.values, m, kind)
	if factors == nil {
		return a
	}
	for _, v := range factors {
		if kind == decompose.Multiplicative && v < leastFactor {
			a.warnings = append(a.warnings, "a seasonal factor is near zero: the season is left out")
			return a
		}
	}
	a.season = season{factors: factors, kind: kind}
	a.values = decompose.Adjust(a.values, factors, kind)
	return a
}
