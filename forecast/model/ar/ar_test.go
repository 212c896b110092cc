package ar_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/ar"
	"github.com/daybatch/daybatch/forecast/model/modeltest"
)

func TestPromises(t *testing.T) {
	t.Parallel()
	modeltest.Exercise(t, ar.New())
}

// process returns values of an autoregression around a level.
func process(n int, coefficients []float64, level float64, seed uint64) []float64 {
	random := rand.New(rand.NewPCG(seed, 9))
	y := make([]float64, n+100)
	for t := range y {
		y[t] = random.NormFloat64()
		for i, c := range coefficients {
			if t > i {
				y[t] += c * y[t-1-i]
			}
		}
	}
	for t := range y {
		y[t] += level
	}
	return y[100:]
}

func fit(t *testing.T, y []float64) model.Fitted {
	t.Helper()
	f, err := ar.New().Fit(y, model.Context{Period: 1})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// The coefficients and the order of a known process are found, also of one whose
// differences are autoregressive.
func TestKnownProcess(t *testing.T) {
	t.Parallel()
	y := process(4000, []float64{1.2, -.5}, 50, 1)
	d := fit(t, y).Description()
	if got := []float64{d.Parameters["phi_1"], d.Parameters["phi_2"]}; strings.Contains(d.Form, ",") || math.Abs(got[0]-1.2) > .05 || math.Abs(got[1]+.5) > .05 {
		t.Errorf("%s with %v; want 1.2 and -0.5 around a mean", d.Form, got)
	}
	for i := 1; i < len(y); i++ {
		y[i] = y[i-1] + y[i] - 50 // the same as steps
	}
	d = fit(t, y).Description()
	if got := d.Parameters["phi_1"]; !strings.HasSuffix(d.Form, ",1)") || math.Abs(got-1.2) > .05 {
		t.Errorf("%s with %v; want differences with 1.2", d.Form, got)
	}
}

// Far ahead an autoregression is at its mean, and one of differences stays where
// it is.
func TestFarAhead(t *testing.T) {
	t.Parallel()
	y := process(2000, []float64{.7}, 50, 3)
	mean := 0.0
	for _, v := range y {
		mean += v / float64(len(y))
	}
	if got := fit(t, y).Predict(300)[299]; math.Abs(got-mean) > 1e-6 {
		t.Errorf("far ahead = %v; want the mean, %v", got, mean)
	}
	for i := 1; i < len(y); i++ {
		y[i] = y[i-1] + y[i] - 50
	}
	f := fit(t, y)
	if ahead := f.Predict(300); math.Abs(ahead[299]-ahead[250]) > 1e-6 {
		t.Errorf("%s far ahead goes on from %v to %v", f.Description().Form, ahead[250], ahead[299])
	}
}

func TestShiftAndScaleEquivariance(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		y := modeltest.Demand(rapid.IntRange(10, 120).Draw(t, "n"), 7, rapid.Uint64().Draw(t, "seed"))
		shift, factor := rapid.Float64Range(-500, 500).Draw(t, "shift"), rapid.Float64Range(.01, 100).Draw(t, "factor")
		moved := make([]float64, len(y))
		for i, v := range y {
			moved[i] = v*factor + shift
		}
		a, err := ar.New().Fit(y, model.Context{})
		if err != nil {
			t.Fatal(err)
		}
		b, err := ar.New().Fit(moved, model.Context{})
		if err != nil {
			t.Fatal(err)
		}
		want := a.Predict(14)
		for i := range want {
			want[i] = want[i]*factor + shift
		}
		if diff := cmp.Diff(want, b.Predict(14), cmpopts.EquateApprox(1e-6, 1e-6)); diff != "" {
			t.Errorf("differs (-want +got):\n%s", diff)
		}
	})
}

// Forecasting is appending one's own forecasts, and a missing value is one.
func TestAppendOwnForecasts(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		f := fit(t, modeltest.Demand(100, 7, seed))
		path := f.Predict(30)
		f.(model.Appender).Append([]float64{path[0], path[1], math.NaN(), path[3]})
		if diff := cmp.Diff(path[4:], f.Predict(26), cmpopts.EquateApprox(1e-9, 0)); diff != "" {
			t.Errorf("seed %d: differs after its own forecasts (-want +got):\n%s", seed, diff)
		}
	}
}

func FuzzAR(f *testing.F) { modeltest.Fuzz(f, ar.New()) }

func BenchmarkFit(b *testing.B) {
	y := modeltest.Demand(960, 24, 1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ar.New().Fit(y, model.Context{Period: 1}); err != nil {
			b.Fatal(err)
		}
	}
}

// The variance of an autoregression of the first order is (1-phi^2h)/(1-phi^2), that of
// a random walk h, times that of the steps.
func TestVariance(t *testing.T) {
	t.Parallel()
	y := process(4000, []float64{.6}, 50, 3)
	walk, at := make([]float64, 4000), 0.
	for i, v := range process(4000, nil, 0, 4) {
		at += v
		walk[i] = at
	}
	for _, test := range []struct {
		name string
		y    []float64
		want func(h float64) float64
	}{
		{"AR(1)", y, func(h float64) float64 { return (1 - math.Pow(.6, 2*h)) / (1 - .6*.6) }},
		{"walk", walk, func(h float64) float64 { return h }},
		{"ten times as large", scaled(walk, 10), func(h float64) float64 { return 100 * h }},
		{"constant", make([]float64, 50), func(float64) float64 { return 0 }},
	} {
		f, ok := fit(t, test.y).(model.Uncertain)
		if !ok {
			t.Fatal("an autoregression does not know its variance")
		}
		for h, got := range f.Variance(12) {
			if want := test.want(float64(h + 1)); math.Abs(got-want) > .1*want {
				t.Errorf("%s: variance %d ahead is %.3f; want about %.3f", test.name, h+1, got, want)
			}
		}
	}
}

func scaled(values []float64, by float64) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = by * v
	}
	return out
}
