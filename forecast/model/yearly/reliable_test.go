package yearly_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/yearly"
)

func TestReliability(t *testing.T) {
	t.Parallel()
	season := func(k int) float64 { return math.Sin(2 * math.Pi * float64(k) / 13) }
	parts := func(n int, level func(k int) float64, noise float64) []yearly.Part {
		random := rand.New(rand.NewPCG(uint64(n), 3))
		all := make([]yearly.Part, n)
		for k := range all {
			all[k] = yearly.NewPart(level(k)+noise*random.NormFloat64(), noise*noise)
		}
		return all
	}
	walks := func(years int) float64 {
		random := rand.New(rand.NewPCG(1, 2))
		mean, level := 0.0, 0.0
		for range 200 {
			mean += yearly.Reliability(parts(13*years, func(int) float64 { level += random.NormFloat64(); return level }, 0)) / 200
		}
		return mean
	}
	alternating := func(k int) float64 { return season(k) * float64(1-2*(k/13%2)) }
	gap := parts(52, season, 0)
	gap[5] = yearly.NewPart(math.NaN(), 0)
	for _, tt := range []struct {
		what       string
		got        float64
		least, top float64
	}{
		{"a season", yearly.Reliability(parts(26, season, 0)), 1, 1},
		{"a season and a gap", yearly.Reliability(gap), 1, 1},
		{"a season and noise", yearly.Reliability(parts(52, season, 0.1)), 0.9, 1},
		{"walks of two years", walks(2), 0, 0.25},
		{"walks of ten years", walks(10), 0, 0.35},
		{"the opposite each year", yearly.Reliability(parts(26, alternating, 0)), 0, 0},
		{"nothing", yearly.Reliability(nil), 0, 0},
		{"constant", yearly.Reliability(parts(26, func(int) float64 { return 3 }, 0)), 0, 0},
	} {
		if !(tt.got >= tt.least-1e-12 && tt.got <= tt.top+1e-12) {
			t.Errorf("reliability of %s = %v; want %v to %v", tt.what, tt.got, tt.least, tt.top)
		}
	}
}

// Of a level that walks at random a curve of the year foretells nothing, and the level
// of two years nothing that its end does not.
func TestWalksHaveNoYear(t *testing.T) {
	t.Parallel()
	const n, h, runs = 760, 28, 60
	var regression, last float64
	for seed := range uint64(runs) {
		random := rand.New(rand.NewPCG(seed, 9))
		y, level := make([]float64, n+h), 0.0
		for i := range y {
			level += 0.03 * random.NormFloat64()
			y[i] = 100 * math.Exp(level)
		}
		fitted, err := yearly.New().Fit(y[:n], model.Context{Period: 7, Start: start})
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range fitted.Predict(h) {
			regression += math.Abs(math.Log(v / y[n+i]))
			last += math.Abs(math.Log(y[n-1] / y[n+i]))
		}
	}
	if regression > 1.5*last {
		t.Errorf("the regression's error is %.2f times that of the last value; want at most 1.5", regression/last)
	} else {
		t.Logf("the regression's error is %.2f times that of the last value", regression/last)
	}
}

// Temperatures have a year, whether they are told in degrees that go below zero or not.
func TestNegativeValuesHaveAYear(t *testing.T) {
	t.Parallel()
	const n, h = 3 * 365, 90
	random := rand.New(rand.NewPCG(2, 4))
	celsius, shifted, actual := make([]float64, n), make([]float64, n), make([]float64, h)
	for i := range n + h {
		v := 5 + 15*math.Sin(2*math.Pi*float64(i)/365.25)
		if i >= n {
			actual[i-n] = v
			continue
		}
		celsius[i] = v + 2*random.NormFloat64()
		shifted[i] = celsius[i] + 1000
	}
	for _, m := range models() {
		var paths [2][]float64
		for k, y := range [][]float64{celsius, shifted} {
			fitted, err := m.Fit(y, model.Context{Period: 7, Start: start})
			if err != nil {
				t.Fatalf("%s: %v", m.Name(), err)
			}
			paths[k] = fitted.Predict(h)
		}
		for i, want := range actual {
			if got := paths[0][i]; math.Abs(got-want) > 3 {
				t.Errorf("%s: day %d = %.1f; want %.1f of a season of 15", m.Name(), i, got, want)
			}
			if math.Abs(paths[0][i]+1000-paths[1][i]) > 1 {
				t.Errorf("%s: day %d = %.1f; want what it is of values 1000 higher, %.1f", m.Name(), i, paths[0][i], paths[1][i]-1000)
			}
		}
	}
}
