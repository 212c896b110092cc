package theta

import (
	"fmt"
	"math"
	"slices"

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
// competition finds one: of the kind that choose says, additive if a value is
// not positive or a factor is near zero.
func adjust(s sample.Sample, m int, choose func(y []float64, m int) decompose.Kind) adjusted {
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
	kind := decompose.Additive
	if lowest > 0 {
		kind = choose(a.values, m)
	}
	factors := decompose.Classical(a.values, m, kind)
	if kind == decompose.Multiplicative && (factors == nil || slices.Min(factors) < leastFactor) {
		kind = decompose.Additive
		factors = decompose.Classical(a.values, m, kind)
	}
	if factors == nil {
		return a
	}
	a.season = season{factors: factors, kind: kind}
	a.values = decompose.Adjust(a.values, factors, kind)
	return a
}

// classical is the choice of the M4 competition's benchmarks.
func classical([]float64, int) decompose.Kind { return decompose.Multiplicative }

// quieter returns the kind of season that leaves less noise for the line to
// follow. Dividing by the factor of a weak phase magnifies its noise: a Sunday
// with a sixth of the usual demand enters the level six times over. The
// additive season takes the place of the benchmarks' multiplicative one only if
// its noise is less at the 5 % level of an F test, for which the logarithm of
// the ratio of two variances has a standard deviation of about 2/sqrt(n).
func quieter(y []float64, m int) decompose.Kind {
	divided := noise(y, m, decompose.Multiplicative)
	subtracted := noise(y, m, decompose.Additive)
	if divided > subtracted*math.Exp(decompose.Normal95*2/math.Sqrt(float64(len(y)))) {
		return decompose.Additive
	}
	return decompose.Multiplicative
}

// noise is that of y around its trend without the season of a kind; +Inf if y
// has no such season.
func noise(y []float64, m int, kind decompose.Kind) float64 {
	factors := decompose.Classical(y, m, kind)
	if factors == nil {
		return math.Inf(1)
	}
	return decompose.Roughness(decompose.Adjust(y, factors, kind), m)
}
