package conformal_test

import (
	"math"
	"testing"

	"github.com/daybatch/daybatch/forecast/backtest/conformal"
)

// The bands of a normal distribution are its quantiles, and never narrower than before.
func TestNormalBands(t *testing.T) {
	t.Parallel()
	bands := conformal.NormalBands([]float64{1, 4, 2.25, 9}, []int{80, 95})
	for k, z := range []float64{1.2815515655446, 1.9599639845401} {
		for h, deviation := range []float64{1, 2, 2, 3} {
			if got, want := bands[k].Upper[h], z*deviation; math.Abs(got-want) > 1e-9 || bands[k].Lower[h] != -got {
				t.Errorf("%d %% %d ahead: %v .. %v; want %v on either side", bands[k].Level, h+1, bands[k].Lower[h], got, want)
			}
		}
	}
}
