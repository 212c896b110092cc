package decompose

import (
	"math"

	"github.com/daybatch/daybatch/forecast/model/internal/vector"
)

// Normal95 is the 95 % point of the normal distribution, one-sided, as the
// benchmarks of the M4 competition round it.
const Normal95 = 1.645

// Seasonal tells whether y has a season of m: n >= 3m, and the autocorrelation
// at lag m lies outside the 90 % limits of Bartlett's formula (the test of the
// M4 competition's benchmarks).
func Seasonal(y []float64, m int) bool {
	n := len(y)
	if m < 2 || n < 3*m {
		return false
	}
	r := autocorrelation(y, m)
	squares := 0.0
	for _, v := range r[:m-1] {
		squares += v * v
	}
	return math.Abs(r[m-1]) > Normal95*math.Sqrt((1+2*squares)/float64(n))
}

// autocorrelation returns the autocorrelations of y at lags 1 to m. They are
// NaN for a constant series.
func autocorrelation(y []float64, m int) []float64 {
	mean := 0.0
	for _, v := range y {
		mean += v
	}
	mean /= float64(len(y))
	z := make([]float64, len(y))
	for t, v := range y {
		z[t] = v - mean
	}
	r := make([]float64, m+1)
	for lag := range r {
		r[lag] = vector.Dot(z[lag:], z)
	}
	for lag := 1; lag <= m; lag++ {
		r[lag] /= r[0]
	}
	return r[1:]
}
