package theta_test

import (
	"encoding/json"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/internal/reference"
	"github.com/daybatch/daybatch/forecast/model/modeltest"
	"github.com/daybatch/daybatch/forecast/model/theta"
)

func TestPromises(t *testing.T) {
	t.Parallel()
	for _, m := range []model.Model{theta.New(), theta.NewStandard()} {
		t.Run(m.Name(), func(t *testing.T) {
			t.Parallel()
			modeltest.Exercise(t, m)
		})
	}
}

func load(t *testing.T) map[string]reference.Series {
	t.Helper()
	var wider fs.FS
	if dir, ok := os.LookupEnv(reference.Variable); ok {
		wider = os.DirFS(dir)
	}
	all, err := reference.LoadAll(os.DirFS("../testdata"), wider)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// The standard method is R's thetaf. R's smoothing parameter is an optimum to
// about 1e-4; where the optimum is flat that shows in the forecasts. R divides
// by the seasonal factors also where values are not positive.
func TestStandardIsRs(t *testing.T) {
	t.Parallel()
	loose := map[string]float64{"bike_registered": 2e-4, "N1402": 1e-3, "P0008": 1e-3}
	for id, s := range load(t) {
		if s.Theta == nil || (s.M > 1 && slices.Min(s.Y) <= 0) {
			continue
		}
		tolerance := 1e-4
		if v, ok := loose[id]; ok {
			tolerance = v
		}
		fitted, err := theta.NewStandard().Fit(s.Y, model.Context{Period: s.M})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s.Theta.Mean, fitted.Predict(len(s.Theta.Mean)), cmpopts.EquateApprox(tolerance, 0)); diff != "" {
			t.Errorf("%s: differs (-R +ours):\n%s", id, diff)
		}
	}
}

// The objective is no worse than that of another implementation of DOTM, whose
// results are in the wider reference only.
func TestDynamicAgainstPeer(t *testing.T) {
	t.Parallel()
	dir, ok := os.LookupEnv(reference.Variable)
	if !ok {
		t.Skip("set " + reference.Variable)
	}
	data, err := os.ReadFile(filepath.Join(dir, "dotm_ces.json"))
	if err != nil {
		t.Fatal(err)
	}
	var peers map[string]struct {
		DOTM struct{ Objective float64 }
	}
	if err := json.Unmarshal(data, &peers); err != nil {
		t.Fatal(err)
	}
	all := load(t)
	for id, peer := range peers {
		s := all[id]
		y := theta.Adjusted(s.Y, s.M)
		scale := 0.0
		for _, v := range y {
			scale += math.Abs(v) / float64(len(y))
		}
		alpha, first, weight := theta.Estimate(y)
		got := theta.Objective(y, alpha, first, weight) / scale
		if got > peer.DOTM.Objective*1.001 {
			t.Errorf("%s: objective %v; want at most %v", id, got, peer.DOTM.Objective)
		}
	}
}

// weeks returns days of demand on which the weekend sells a sixth, with noise
// that is the same every day (additive) or in proportion.
func weeks(additive, proportional float64, days int) []float64 {
	rng := rand.New(rand.NewPCG(1, 2))
	y := make([]float64, days)
	for i := range y {
		y[i] = 1200.0
		if i%7 < 5 {
			y[i] = 7200
		}
		y[i] += additive*rng.NormFloat64() + proportional*y[i]*rng.NormFloat64()
	}
	return y
}

// What an option fixes is what the model has, and no more is fixed than that.
func TestOptions(t *testing.T) {
	t.Parallel()
	y := weeks(300, .05, 20*7)
	fit := func(m theta.Model, o theta.Options) model.Fitted {
		t.Helper()
		m, err := m.With(o)
		if err != nil {
			t.Fatal(err)
		}
		fitted, err := m.Fit(y, model.Context{Period: 7})
		if err != nil {
			t.Fatal(err)
		}
		return fitted
	}
	for _, want := range []float64{1, 1.25, 2, 40} {
		p := fit(theta.New(), theta.Options{Theta: want}).Description().Parameters
		if math.Abs(p["theta"]-want) > 1e-9*want || p["alpha"] < .1 || p["alpha"] > .99 {
			t.Errorf("theta %v: parameters %v; want it, and alpha within .1 .. .99", want, p)
		}
	}
	forecasts := map[theta.Season][]float64{}
	for _, kind := range theta.Seasons() {
		for name, m := range map[string]theta.Model{"": theta.New(), "standard": theta.NewStandard()} {
			f := fit(m, theta.Options{Season: kind}).Predict(7)
			forecasts[theta.Season(name)+kind] = f
			flat := slices.Max(f)-slices.Min(f) < 1000
			if flat != (kind == theta.NoSeason) {
				t.Errorf("season %s %s: forecast %.0f", kind, name, f)
			}
		}
	}
	if slices.Equal(forecasts[theta.Additive], forecasts[theta.Multiplicative]) {
		t.Error("the additive and the multiplicative season give the same forecast")
	}
	if want := fit(theta.NewStandard(), theta.Options{}).Predict(7); !slices.Equal(forecasts["standard"+theta.Multiplicative], want) {
		t.Errorf("standard method, multiplicative = %v; want its own choice, %v", forecasts["standard"+theta.Multiplicative], want)
	}
}

// The best level for a fixed theta is the optimum of that theta.
func TestFixedThetaIsAnOptimum(t *testing.T) {
	t.Parallel()
	y := weeks(300, 0, 60)
	free, err := theta.New().Fit(y, model.Context{Period: 1})
	if err != nil {
		t.Fatal(err)
	}
	m, err := theta.New().With(theta.Options{Theta: free.Description().Parameters["theta"]})
	if err != nil {
		t.Fatal(err)
	}
	fixed, err := m.Fit(y, model.Context{Period: 1})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(free.Predict(5), fixed.Predict(5), cmpopts.EquateApprox(.01, 0)); diff != "" {
		t.Errorf("the theta that was estimated, fixed, forecasts otherwise (-estimated +fixed):\n%s", diff)
	}
}

func TestOptionsRefused(t *testing.T) {
	t.Parallel()
	for _, o := range []theta.Options{{Theta: .5}, {Theta: math.NaN()}, {Theta: math.Inf(1)}, {Theta: -1}, {Season: "weekly"}} {
		if _, err := theta.New().With(o); err == nil {
			t.Errorf("With(%+v) = nil error", o)
		}
	}
	if _, err := theta.NewStandard().With(theta.Options{Theta: 2}); err == nil {
		t.Error("the standard method takes a theta")
	}
}

// A busy weekend is no reason to expect six times its excess on Monday.
func TestDynamicBusyWeekend(t *testing.T) {
	t.Parallel()
	y := weeks(300, 0, 52*7)
	y[len(y)-1], y[len(y)-2] = 5200, 7000
	fitted, err := theta.New().Fit(y, model.Context{Period: 7})
	if err != nil {
		t.Fatal(err)
	}
	if got := fitted.Predict(1)[0]; got < 6000 || got > 15000 {
		t.Errorf("forecast after a busy weekend = %.0f; want within 6000 .. 15000, the history has %.0f at most", got, slices.Max(y))
	}
}

// The kind of the season follows the noise.
func TestDynamicSeason(t *testing.T) {
	t.Parallel()
	for form, y := range map[string][]float64{
		"DOTM(A)": weeks(200, 0, 52*7),
		"DOTM(M)": weeks(0, .1, 52*7),
	} {
		fitted, err := theta.New().Fit(y, model.Context{Period: 7})
		if err != nil {
			t.Fatal(err)
		}
		if got := fitted.Description().Form; got != form {
			t.Errorf("form = %s; want %s", got, form)
		}
	}
}

// No random parameters are better than the concentrated search, which is
// evaluated by the recursion that forecasts.
func TestDynamicOptimum(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		y := modeltest.Demand(rapid.IntRange(8, 80).Draw(t, "n"), 5, rapid.Uint64().Draw(t, "seed"))
		alpha, first, weight := theta.Estimate(y)
		best := theta.Objective(y, alpha, first, weight)
		spread := slices.Max(y) - slices.Min(y)
		a := rapid.Float64Range(0.1, 0.99).Draw(t, "alpha")
		l := y[0] + spread*rapid.Float64Range(-1, 1).Draw(t, "first")
		w := rapid.Float64Range(0, 0.999).Draw(t, "weight")
		if other := theta.Objective(y, a, l, w); other < best*(1-1e-3) {
			t.Errorf("alpha %v, first %v, weight %v: %v; the search found %v at %v, %v, %v", a, l, w, other, best, alpha, first, weight)
		}
	})
}

// Wherever the valley is, the ends included, its bottom is found, and a function
// without one ends the search.
func TestRefine(t *testing.T) {
	t.Parallel()
	for _, want := range []float64{0, 1e-3, .2, .25, .5, .61, .999, 1} {
		for name, f := range map[string]func(x float64) float64{
			"parabola": func(x float64) float64 { return (x - want) * (x - want) },
			"steep":    func(x float64) float64 { return math.Exp(3*(x-want)) - 3*x },
			"kink":     func(x float64) float64 { return math.Abs(x - want) },
		} {
			if got := theta.Refine(f); math.Abs(got-want) > .02 {
				t.Errorf("%s at %v: %v", name, want, got)
			}
		}
	}
	for name, f := range map[string]func(x float64) float64{
		"flat":   func(float64) float64 { return 1 },
		"no sum": func(float64) float64 { return math.NaN() },
	} {
		if got := theta.Refine(f); !(got >= 0 && got <= 1) {
			t.Errorf("%s: %v; want an x within the ends", name, got)
		}
	}
}

// The prior moves short series and fades away in long ones.
func TestPriorFades(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		n       int
		atLeast float64
		atMost  float64
	}{{12, 0.02, 1}, {2000, 0, 0.01}} {
		moved := 0.0
		for seed := range uint64(20) {
			y := modeltest.Demand(tt.n, 5, seed)
			fitted, err := theta.New().Fit(y, model.Context{Period: 1})
			if err != nil {
				t.Fatal(err)
			}
			alpha, _, _ := theta.Estimate(y)
			moved += math.Abs(fitted.Description().Parameters["alpha"]-alpha) / 20
		}
		if moved < tt.atLeast || moved > tt.atMost {
			t.Errorf("n = %d: alpha moved by %v on average; want %v to %v", tt.n, moved, tt.atLeast, tt.atMost)
		}
	}
}

// The recursions of the line are the regression.
func TestLine(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		y := modeltest.Demand(rapid.IntRange(3, 200).Draw(t, "n"), 7, rapid.Uint64().Draw(t, "seed"))
		n := float64(len(y))
		sx, sy, sxx, sxy := 0.0, 0.0, 0.0, 0.0
		for i, v := range y {
			x := float64(i + 1)
			sx, sy, sxx, sxy = sx+x, sy+v, sxx+x*x, sxy+x*v
		}
		slope := (n*sxy - sx*sy) / (n*sxx - sx*sx)
		want := []float64{(sy - slope*sx) / n, slope}
		intercept, got := theta.Line(y)
		if diff := cmp.Diff(want, []float64{intercept, got}, cmpopts.EquateApprox(1e-8, 1e-8)); diff != "" {
			t.Errorf("line through %v differs (-regression +recursion):\n%s", y, diff)
		}
	})
}

// Forecasting is appending one's own forecasts: the mean path is a fixed point.
func TestAppendOwnForecasts(t *testing.T) {
	t.Parallel()
	for _, m := range []model.Model{theta.New(), theta.NewStandard()} {
		fitted, err := m.Fit(modeltest.Demand(100, 7, 3), model.Context{Period: 7})
		if err != nil {
			t.Fatal(err)
		}
		path := fitted.Predict(30)
		fitted.(model.Appender).Append([]float64{path[0], path[1], math.NaN(), path[3]})
		if diff := cmp.Diff(path[4:], fitted.Predict(26), cmpopts.EquateApprox(1e-9, 0)); diff != "" {
			t.Errorf("%s: differs after its own forecasts (-want +got):\n%s", m.Name(), diff)
		}
	}
}

//nolint:paralleltest // the count is that of the whole process
func TestPassAllocatesNothing(t *testing.T) {
	pass := theta.Pass(modeltest.Demand(735, 7, 1))
	if got := testing.AllocsPerRun(10, func() { pass(0.3) }); got != 0 {
		t.Errorf("%v allocations; want 0", got)
	}
}

func FuzzDynamic(f *testing.F) { modeltest.Fuzz(f, theta.New()) }

func FuzzFixed(f *testing.F) {
	m, err := theta.New().With(theta.Options{Theta: 2, Season: theta.Additive})
	if err != nil {
		f.Fatal(err)
	}
	modeltest.Fuzz(f, m)
}

func FuzzStandard(f *testing.F) { modeltest.Fuzz(f, theta.NewStandard()) }

func BenchmarkPass(b *testing.B) {
	pass := theta.Pass(modeltest.Demand(735, 7, 1))
	b.ReportAllocs()
	for b.Loop() {
		pass(0.3)
	}
}

func BenchmarkFit(b *testing.B) {
	for _, m := range []model.Model{theta.New(), theta.NewStandard()} {
		for name, n := range map[string]int{"n=115": 115, "n=735": 735, "n=5670": 5670} {
			b.Run(m.Name()+"/"+name, func(b *testing.B) {
				y := modeltest.Demand(n, 7, 1)
				b.ReportAllocs()
				for b.Loop() {
					if _, err := m.Fit(y, model.Context{Period: 7}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
