package ces_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/ces"
)

// A forecast far ahead stays near the history: where a form's level runs on, that
// was seen for no longer than the history is.
func TestFarAhead(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 4))
	for k := range 200 {
		y := make([]float64, 20+rng.IntN(200))
		level := 100.0
		for i := range y {
			level += rng.NormFloat64()
			y[i] = level + 10*math.Sin(float64(i)) + 5*rng.NormFloat64()
		}
		f, err := ces.New().Fit(y, model.Context{Period: 7})
		if err != nil {
			t.Fatal(err)
		}
		low, high := slices.Min(y), slices.Max(y)
		for h, v := range f.Predict(2000) {
			if v < low-10*(high-low) || v > high+10*(high-low) {
				t.Fatalf("series %d of %d values from %.0f to %.0f, %s: forecast of period %d is %.0f", k, len(y), low, high, f.Description().Form, h+1, v)
			}
		}
	}
}
