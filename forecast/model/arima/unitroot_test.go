package arima_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/daybatch/daybatch/forecast/model/arima"
)

// The statistics are those of ur.df(x, type = "drift", lags = trunc((length(x) - 1)^(1/3)))
// in R's package urca 1.3-3.
func TestDickeyFuller(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		x    []float64
		want float64
	}{
		{[]float64{
			2.29, 1.09, 0.4, -0.02, -0.99, -1.93, -1.19, -1.3, -1.15, 1.04, 1.4, 4.11, 6.39, 6.72, 8.62, 9.08, 8.19, 7.88, 7.88, 8.86,
			9.7, 10.41, 11.72, 10.33, 11.6, 11.79, 12.54, 13.13, 12.15, 11.87,
		}, -1.7591042027},
		{[]float64{
			0.79, -0.87, -0.4, 0.19, 1.28, -0.32, -0.38, -1.43, -0.82, -0.65, 1.16, 0.94, 0.38, 1.05, 0.05, 0.01, 0.37, 1.82, 1.27, 0.86,
			-1.31, -0.07, 0.14, -0.86, -0.18, 0.1, 0.58, 0.88, 0.58, 1.28, 1.15, 1.5, 1.71, 1.21, 0.8, -0.68, -0.82, -1.11, -1.97, -1.92,
		}, -1.8117862448},
		{[]float64{1, 2, 3, 4}, 0},
		{[]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 0},
	} {
		if got := arima.DickeyFuller(tt.x); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("DickeyFuller(%v) = %.10f; want %.10f", tt.x, got, tt.want)
		}
	}
}

// A walk whose drift changes is differenced once, although KPSS refuses that; a walk of
// walks is differenced twice.
func TestSecondDifferenceNeedsTwoWitnesses(t *testing.T) {
	t.Parallel()
	const n = 1000
	random := rand.New(rand.NewPCG(5, 6))
	bent, twice := make([]float64, n), make([]float64, n)
	level, slope, other := 100.0, 0.0, 100.0
	for i := range n {
		drift := 0.0
		if i > n/2 {
			drift = 0.3
		}
		level += drift + random.NormFloat64()
		slope += random.NormFloat64()
		other += slope
		bent[i], twice[i] = level, other
	}
	if d, _ := arima.Differences(bent, 1); d != 1 {
		t.Errorf("a walk with a bent drift: %d differences; want 1", d)
	}
	if d, _ := arima.Differences(twice, 1); d != 2 {
		t.Errorf("a walk of walks: %d differences; want 2", d)
	}
}
