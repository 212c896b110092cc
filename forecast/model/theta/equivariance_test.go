package theta_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/modeltest"
	"github.com/daybatch/daybatch/forecast/model/theta"
)

func TestScaleEquivariance(t *testing.T) {
	t.Parallel()
	for _, m := range []model.Model{theta.New(), theta.NewStandard()} {
		rapid.Check(t, func(t *rapid.T) {
			y := modeltest.Demand(rapid.IntRange(10, 90).Draw(t, "n"), 7, rapid.Uint64().Draw(t, "seed"))
			factor := math.Ldexp(1, rapid.IntRange(-40, 40).Draw(t, "exponent"))
			scaled := make([]float64, len(y))
			for i, v := range y {
				scaled[i] = v * factor
			}
			a, err := m.Fit(y, model.Context{Period: 7})
			if err != nil {
				t.Fatal(err)
			}
			b, err := m.Fit(scaled, model.Context{Period: 7})
			if err != nil {
				t.Fatal(err)
			}
			want := a.Predict(14)
			for i := range want {
				want[i] *= factor
			}
			if diff := cmp.Diff(want, b.Predict(14)); diff != "" {
				t.Errorf("%s: times %v differs (-want +got):\n%s", m.Name(), factor, diff)
			}
		})
	}
}

// Without a season the methods do not care where zero is.
func TestShiftEquivariance(t *testing.T) {
	t.Parallel()
	for _, m := range []model.Model{theta.New(), theta.NewStandard()} {
		rapid.Check(t, func(t *rapid.T) {
			y := modeltest.Demand(rapid.IntRange(10, 90).Draw(t, "n"), 7, rapid.Uint64().Draw(t, "seed"))
			shift := math.Copysign(math.Ldexp(1, rapid.IntRange(0, 17).Draw(t, "exponent")), rapid.Float64Range(-1, 1).Draw(t, "sign"))
			shifted := make([]float64, len(y))
			for i, v := range y {
				shifted[i] = v + shift
			}
			a, err := m.Fit(y, model.Context{Period: 1})
			if err != nil {
				t.Fatal(err)
			}
			b, err := m.Fit(shifted, model.Context{Period: 1})
			if err != nil {
				t.Fatal(err)
			}
			want, got := a.Predict(14), b.Predict(14)
			for i := range want {
				if math.Abs(got[i]-shift-want[i]) > 1e-3 { // the search for alpha ends at 2e-4
					t.Fatalf("%s: day %d of the series shifted by %v is %v; want %v", m.Name(), i+1, shift, got[i], want[i]+shift)
				}
			}
		})
	}
}

// A trend in noise is forecast as well far from zero as near it, about as well as by
// the standard method.
func TestLevelIsNoMatter(t *testing.T) {
	t.Parallel()
	errors := func(m model.Model, level float64) float64 {
		sum := 0.0
		for seed := range uint64(60) {
			rng := rand.New(rand.NewPCG(seed, 7))
			y := make([]float64, 52)
			for i := range y {
				y[i] = level + .5*float64(i) + 3*rng.NormFloat64()
			}
			f, err := m.Fit(y[:40], model.Context{Period: 1})
			if err != nil {
				t.Fatal(err)
			}
			for h, v := range f.Predict(12) {
				sum += math.Abs(v-y[40+h]) / (12 * 60)
			}
		}
		return sum
	}
	near, standard := errors(theta.New(), 0), errors(theta.NewStandard(), 0)
	for _, level := range []float64{-1e4, 100, 1e4, 1e7} {
		if far := errors(theta.New(), level); math.Abs(far-near) > .01*near || far > 1.1*standard {
			t.Errorf("mean error at a level of %v = %.3f; want %.3f as at 0, the standard method has %.3f", level, far, near, standard)
		}
	}
}
