package ets_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/ets"
	"github.com/daybatch/daybatch/forecast/model/modeltest"
)

func form(tb testing.TB, letters string) model.Model {
	tb.Helper()
	m, err := ets.NewForm(letters)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func TestPromises(t *testing.T) {
	t.Parallel()
	t.Run("automatic", func(t *testing.T) {
		t.Parallel()
		modeltest.Exercise(t, ets.New())
	})
	for _, letters := range ets.Letters() {
		t.Run(letters, func(t *testing.T) {
			t.Parallel()
			modeltest.Exercise(t, form(t, letters))
		})
	}
}

func TestNewForm(t *testing.T) {
	t.Parallel()
	if got := len(ets.Letters()); got != 15 {
		t.Errorf("%d forms; want 15", got)
	}
	for _, bad := range []string{"", "ANM", "AMN", "MMM", "ann", "AANN", "ZZZ", "AAdM"} {
		if _, err := ets.NewForm(bad); err == nil {
			t.Errorf("NewForm(%q) = nil error", bad)
		}
	}
	fitted, err := form(t, "MAdM").Fit(modeltest.Demand(90, 7, 1), model.Context{Period: 7})
	if err != nil {
		t.Fatal(err)
	}
	if got := fitted.Description().Form; got != "ETS(M,Ad,M)" {
		t.Errorf("form = %s; want ETS(M,Ad,M)", got)
	}
}

func TestUnsuitable(t *testing.T) {
	t.Parallel()
	zero := modeltest.Demand(60, 7, 1)
	zero[30] = 0
	small := modeltest.Demand(60, 7, 1)
	small[30] = 0.001
	for _, tt := range []struct {
		name    string
		letters string
		y       []float64
		period  int
		want    error
	}{
		{"zero under a multiplicative error", "MNN", zero, 7, model.ErrUnsuitable},
		{"near zero under a multiplicative season", "MNM", small, 7, model.ErrUnsuitable},
		{"season too long", "ANA", modeltest.Demand(120, 25, 1), 25, model.ErrUnsuitable},
		{"no season", "ANA", modeltest.Demand(60, 7, 1), 1, model.ErrUnsuitable},
		{"less than two seasons", "ANA", modeltest.Demand(13, 7, 1), 7, model.ErrTooShort},
		{"more parameters than values", "AAN", modeltest.Demand(6, 7, 1), 1, model.ErrTooShort},
		{"two values", "ANN", []float64{1, 2}, 1, model.ErrTooShort},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := form(t, tt.letters).Fit(tt.y, model.Context{Period: tt.period}); !errors.Is(err, tt.want) {
				t.Errorf("Fit = %v; want %v", err, tt.want)
			}
		})
	}
}

func TestLongSeasonIsLeftOutWithAWarning(t *testing.T) {
	t.Parallel()
	fitted, err := ets.New().Fit(modeltest.Demand(400, 168, 1), model.Context{Period: 168})
	if err != nil {
		t.Fatal(err)
	}
	if d := fitted.Description(); len(d.Warnings) != 1 || d.Form[len(d.Form)-2] != 'N' {
		t.Errorf("form %s, warnings %v; want no season and one warning", d.Form, d.Warnings)
	}
}

// Zeros among demands of up to 50 drove multiplicative forms to 2e9 elsewhere.
func TestForecastsStayNearTheHistory(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		y := rapid.SliceOfN(rapid.Float64Range(0, 50), 5, 80).Draw(t, "y")
		fitted, err := ets.New().Fit(y, model.Context{Period: rapid.SampledFrom([]int{1, 4, 7, 12}).Draw(t, "period")})
		if err != nil {
			return
		}
		for i, v := range fitted.Predict(30) {
			if v < -600 || v > 600 {
				t.Errorf("%s: Predict()[%d] = %v from values within 0 and 50", fitted.Description().Form, i, v)
			}
		}
	})
}

// The adjoint pass is compared with central differences. Their error is about
// the cube root of the machine's precision, squared.
func TestGradient(t *testing.T) {
	t.Parallel()
	for _, letters := range ets.Letters() {
		for _, m := range []int{4, 7, 12} {
			y := modeltest.Demand(80, m, 3)
			y[10], y[41], y[42], y[79] = math.NaN(), math.NaN(), math.NaN(), math.NaN()
			s := ets.NewSlope(letters, y, m)
			got := make([]float64, len(s.X))
			s.Value(s.X)
			s.Gradient(s.X, got)
			for i, x := range s.X {
				const step = 1e-5
				s.X[i] = x + step
				up := s.Value(s.X)
				s.X[i] = x - step
				down := s.Value(s.X)
				s.X[i] = x
				want := (up - down) / (2 * step)
				if math.Abs(got[i]-want) > 1e-4*math.Max(1, math.Abs(want)) {
					t.Errorf("%s, m = %d: derivative by x[%d] = %v; want %v", letters, m, i, got[i], want)
				}
			}
		}
	}
}

// The Schur-Cohn recursion is compared with the eigenvalues of the companion
// matrix.
func TestStable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SliceOfN(rapid.Float64Range(-1.2, 1.2), 2, 13).Draw(t, "a")
		d := len(a)
		companion := mat.NewDense(d, d, nil)
		for i := range d {
			companion.Set(0, i, -a[d-1-i])
			if i > 0 {
				companion.Set(i, i-1, 1)
			}
		}
		var eigen mat.Eigen
		if !eigen.Factorize(companion, mat.EigenNone) {
			t.Skip("no eigenvalues")
		}
		radius := 0.0
		for _, v := range eigen.Values(nil) {
			radius = math.Max(radius, math.Hypot(real(v), imag(v)))
		}
		if math.Abs(radius-1) < 1e-6 {
			t.Skip("on the circle")
		}
		if got := ets.Stable(append(a, 1)); got != (radius < 1) {
			t.Errorf("stable(%v) = %v; largest root %v", a, got, radius)
		}
	})
}

// The usual box does not imply stability: with phi = 1 a season that takes what
// the level leaves and a slope that follows the level entirely are unstable.
func TestAdmissible(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		alpha, beta, gamma, phi float64
		want                    bool
	}{
		{0.3, 0.01, 0.1, 1, true},
		{0.3, 0.01, 0.1, 0.9, true},
		{0.9, 0.9, 0.0001, 1, false},
	} {
		p := map[string]float64{"alpha": tt.alpha, "beta": tt.beta, "gamma": tt.gamma, "phi": tt.phi}
		if got := ets.Admissible("AAA", p, 12); got != tt.want {
			t.Errorf("admissible(%v) = %v; want %v", p, got, tt.want)
		}
	}
}

// A change of unit changes nothing else; by a power of two not even a bit.
func TestScaleEquivariance(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		y := modeltest.Demand(rapid.IntRange(30, 90).Draw(t, "n"), 7, rapid.Uint64().Draw(t, "seed"))
		factor := math.Ldexp(1, rapid.IntRange(-40, 40).Draw(t, "exponent"))
		scaled := make([]float64, len(y))
		for i, v := range y {
			scaled[i] = v * factor
		}
		plain, err := ets.New().Fit(y, model.Context{Period: 7})
		if err != nil {
			t.Fatal(err)
		}
		other, err := ets.New().Fit(scaled, model.Context{Period: 7})
		if err != nil {
			t.Fatal(err)
		}
		want := plain.Predict(14)
		for i := range want {
			want[i] *= factor
		}
		if diff := cmp.Diff(want, other.Predict(14)); diff != "" {
			t.Errorf("%s: times %v differs (-want +got):\n%s", plain.Description().Form, factor, diff)
		}
	})
}

// An additive form does not care where zero is. The two searches take different
// ways to the same optimum.
func TestShiftEquivariance(t *testing.T) {
	t.Parallel()
	for _, letters := range []string{"ANN", "AAN", "AAdN", "ANA", "AAA", "AAdA"} {
		t.Run(letters, func(t *testing.T) {
			t.Parallel()
			m := form(t, letters)
			for seed := range uint64(20) {
				y := modeltest.Demand(100, 7, seed)
				shifted := make([]float64, len(y))
				for i, v := range y {
					shifted[i] = v + 777
				}
				a, err := m.Fit(y, model.Context{Period: 7})
				if err != nil {
					t.Fatal(err)
				}
				b, err := m.Fit(shifted, model.Context{Period: 7})
				if err != nil {
					t.Fatal(err)
				}
				if got, want := b.(*ets.Fitted).LogLikelihood(), a.(*ets.Fitted).LogLikelihood(); math.Abs(got-want) > 1e-3 {
					t.Errorf("seed %d: log-likelihood of the shifted series = %.6f; want %.6f", seed, got, want)
				}
				want := a.Predict(14)
				for i := range want {
					want[i] += 777
				}
				if diff := cmp.Diff(want, b.Predict(14), cmpopts.EquateApprox(0, 0.2)); diff != "" {
					t.Errorf("seed %d: shifted forecasts differ (-want +got):\n%s", seed, diff)
				}
			}
		})
	}
}

// Appending new values is the recursion with the old parameters.
func TestAppendIsTheRecursion(t *testing.T) {
	t.Parallel()
	for _, letters := range ets.Letters() {
		y := modeltest.Demand(120, 7, 5)
		y[100] = math.NaN()
		p := map[string]float64{"alpha": 0.3, "beta": 0.05, "gamma": 0.2, "phi": 0.9, "l": 100, "b": 0.2}
		season := []float64{-6, 2, 3, 4, -1, -1, -1}
		if letters[len(letters)-1] == 'M' {
			season = []float64{0.9, 1, 1.1, 1.2, 0.9, 0.9, 1}
		}
		if letters[len(letters)-1] == 'N' {
			season = nil
		}
		if letters[1] == 'N' {
			p["b"], p["beta"] = 0, 0
		}
		whole, _, _ := ets.At(letters, y, p, season)
		part, _, _ := ets.At(letters, y[:80], p, season)
		part.Append(y[80:])
		if diff := cmp.Diff(whole.Predict(14), part.Predict(14), cmpopts.EquateApprox(1e-12, 0)); diff != "" {
			t.Errorf("%s: Append differs from the recursion (-want +got):\n%s", letters, diff)
		}
	}
}

// Leaving out a tenth of the values moves forecasts little.
func TestMissingValues(t *testing.T) {
	t.Parallel()
	y := modeltest.Demand(300, 7, 9)
	gaps := append([]float64(nil), y...)
	for i := 3; i < len(gaps); i += 10 {
		gaps[i] = math.NaN()
	}
	a, err := ets.New().Fit(y, model.Context{Period: 7})
	if err != nil {
		t.Fatal(err)
	}
	b, err := ets.New().Fit(gaps, model.Context{Period: 7})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a.Predict(14), b.Predict(14), cmpopts.EquateApprox(0.05, 0)); diff != "" {
		t.Errorf("forecasts with gaps differ by more than 5 %% (-full +gaps):\n%s", diff)
	}
}

func FuzzAutomatic(f *testing.F) { modeltest.Fuzz(f, ets.New()) }

func FuzzMAdM(f *testing.F) { modeltest.Fuzz(f, form(f, "MAdM")) }

func FuzzAAdA(f *testing.F) { modeltest.Fuzz(f, form(f, "AAdA")) }

// Demand that falls has not been near zero yet, and nothing says that it will be in two
// seasons. A form that was asked for is taken at its word.
func TestFallingDemandStaysAboveZero(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 3))
		y := make([]float64, 48)
		for i := range y {
			y[i] = 1000 - 17*float64(i) + 60*random.NormFloat64()
		}
		if slices.Min(y) < 50 {
			continue
		}
		c := model.Context{Period: 12}
		auto, err := ets.New().Fit(y, c)
		if err != nil {
			t.Fatal(err)
		}
		if low := slices.Min(auto.Predict(24)); low <= 0 {
			t.Errorf("seed %d: %s forecasts %.0f; want it above 0", seed, auto.Description().Form, low)
		}
		asked, err := fixed(t, "AAN").Fit(y, c)
		if err != nil {
			t.Fatal(err)
		}
		if low := slices.Min(asked.Predict(24)); low > 0 {
			t.Errorf("seed %d: %s forecasts %.0f at least; want the line below 0", seed, asked.Description().Form, low)
		}
	}
}
