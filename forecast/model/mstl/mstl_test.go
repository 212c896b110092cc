package mstl_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/arima"
	"github.com/daybatch/daybatch/forecast/model/modeltest"
	"github.com/daybatch/daybatch/forecast/model/mstl"
	"github.com/daybatch/daybatch/forecast/model/theta"
)

func TestPromises(t *testing.T) {
	t.Parallel()
	for _, m := range []model.Model{mstl.New(), mstl.NewWith(arima.New()), mstl.NewAR()} {
		modeltest.Exercise(t, m)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for want, m := range map[string]model.Model{"mstl": mstl.New(), "mstl_arima": mstl.NewWith(arima.New()), "mstl_ar": mstl.NewAR()} {
		if got := m.Name(); got != want {
			t.Errorf("Name() = %s; want %s", got, want)
		}
	}
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		n, period int
		want      error
	}{{40, 1, model.ErrUnsuitable}, {14, 7, model.ErrTooShort}, {40, 24, model.ErrTooShort}} {
		if _, err := mstl.New().Fit(modeltest.Demand(test.n, 7, 1), model.Context{Period: test.period}); !errors.Is(err, test.want) {
			t.Errorf("%d values, period %d: %v; want %v", test.n, test.period, err, test.want)
		}
	}
}

// hours is hourly demand with a season of the day and one of the week.
func hours(t int, noise float64) float64 {
	day := 10 * math.Sin(2*math.Pi*float64(t)/24)
	week := 6 * math.Cos(2*math.Pi*float64(t)/168)
	return 100 + day + week + noise
}

// Both seasons are found, whatever the phase in which the history ends, and a
// period too long for the history is left out.
func TestTwoSeasons(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{6 * 168, 6*168 + 5} {
		y := make([]float64, n)
		for i := range y {
			y[i] = hours(i, 0.5*random.NormFloat64())
		}
		fitted, err := mstl.New().Fit(y, model.Context{Period: 24, Longer: []int{168, 24 * 365}})
		if err != nil {
			t.Fatal(err)
		}
		if got := fitted.Description().Form[:len("MSTL(24,168)+ETS(")]; got != "MSTL(24,168)+ETS(" {
			t.Errorf("form = %s; want MSTL(24,168)+ETS(...)", fitted.Description().Form)
		}
		sum := 0.0
		for i, v := range fitted.Predict(168) {
			sum += math.Abs(v-hours(n+i, 0)) / 168
		}
		if sum > 0.5 {
			t.Errorf("n = %d: mean error %.2f; want less than the noise, 0.5", n, sum)
		}
	}
}

// Logarithms are decomposed where the seasons grow with the level, and the values
// where they don't or where one is near zero.
func TestLogarithms(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 3))
	const n = 6 * 168
	added, multiplied := make([]float64, n), make([]float64, n)
	for i := range added {
		level, noise := 1+4*float64(i)/n, .05*random.NormFloat64()
		added[i] = hours(i, 100*level+10*noise)
		multiplied[i] = math.Pow(hours(i, 0)/100, 3) * level * math.Exp(noise)
	}
	low := slices.Clone(multiplied)
	low[100] = 1e-6
	for name, test := range map[string]struct {
		y    []float64
		want string
	}{"added": {added, "MSTL(24,168)+AR"}, "multiplied": {multiplied, "log+MSTL(24,168)+AR"}, "near zero": {low, "MSTL(24,168)+AR"}} {
		fitted, err := mstl.NewAR().Fit(test.y, model.Context{Period: 24, Longer: []int{168}})
		if err != nil {
			t.Fatal(err)
		}
		if got := fitted.Description().Form; !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: form = %s; want %s", name, got, test.want)
		}
		last := test.y[n-168]
		if got := fitted.Predict(1)[0]; !(got > last/2 && got < last*2) {
			t.Errorf("%s: forecast %v; want about %v, as a week before", name, got, last)
		}
	}
}

func TestScaleEquivariance(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		y := modeltest.Demand(rapid.IntRange(30, 90).Draw(t, "n"), 7, rapid.Uint64().Draw(t, "seed"))
		factor := math.Ldexp(1, rapid.IntRange(-40, 40).Draw(t, "exponent"))
		scaled := make([]float64, len(y))
		for i, v := range y {
			scaled[i] = v * factor
		}
		m := mstl.NewWith(theta.New())
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
			t.Errorf("times %v differs (-want +got):\n%s", factor, diff)
		}
	})
}

func TestAppendOwnForecasts(t *testing.T) {
	t.Parallel()
	fitted, err := mstl.NewWith(theta.New()).Fit(modeltest.Demand(101, 7, 3), model.Context{Period: 7})
	if err != nil {
		t.Fatal(err)
	}
	path := fitted.Predict(30)
	fitted.(model.Appender).Append([]float64{path[0], path[1], math.NaN(), path[3]})
	if diff := cmp.Diff(path[4:], fitted.Predict(26), cmpopts.EquateApprox(1e-9, 0)); diff != "" {
		t.Errorf("differs after its own forecasts (-want +got):\n%s", diff)
	}
}

// Of logarithms the states go on likewise, but the mean of what is nearer is less far
// above the median.
func TestAppendMissingToLogarithms(t *testing.T) {
	t.Parallel()
	growing := modeltest.Demand(101, 7, 3)
	for i := range growing {
		growing[i] = math.Exp(growing[i] / 20)
	}
	fitted, err := mstl.NewAR().Fit(growing, model.Context{Period: 7})
	if err != nil {
		t.Fatal(err)
	}
	if got := fitted.Description().Form; !strings.HasPrefix(got, "log+MSTL(7)+AR") {
		t.Errorf("form = %s; want that of logarithms", got)
	}
	path := fitted.Predict(30)
	fitted.(model.Appender).Append([]float64{math.NaN(), math.NaN(), math.NaN()})
	for h, got := range fitted.Predict(27) {
		if want := path[h+3]; got > want*(1+1e-9) || got < .97*want {
			t.Errorf("forecast %d ahead is %v; want %v, or little less", h+1, got, want)
		}
	}
}

func FuzzMSTL(f *testing.F) { modeltest.Fuzz(f, mstl.New()) }

func FuzzMSTLARIMA(f *testing.F) { modeltest.Fuzz(f, mstl.NewWith(arima.New())) }

func FuzzMSTLAR(f *testing.F) { modeltest.Fuzz(f, mstl.NewAR()) }

func BenchmarkFit(b *testing.B) {
	y := make([]float64, 960)
	for i := range y {
		y[i] = hours(i, float64(i*i%17))
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := mstl.New().Fit(y, model.Context{Period: 24, Longer: []int{168}}); err != nil {
			b.Fatal(err)
		}
	}
}

// A level that leapt ten days ago is that of the next four weeks.
func TestLeap(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 4))
		y := make([]float64, 400)
		for i := range y {
			y[i] = 100 + 20*float64(i%7)/6 + 5*rng.NormFloat64()
			if i >= len(y)-10 {
				y[i] += 1000
			}
		}
		f, err := mstl.New().Fit(y, model.Context{Period: 7})
		if err != nil {
			t.Fatal(err)
		}
		for h, v := range f.Predict(28) {
			if v < 900 || v > 1300 {
				t.Fatalf("%s forecasts %.0f for day %d; the last ten days have 1,100", f.Description().Form, v, h+1)
			}
		}
	}
}

// Of logarithms the mean is forecast, not the median: over many days forecasts add up to
// what is sold.
func TestLogarithmsHaveTheMean(t *testing.T) {
	t.Parallel()
	var forecast, actual float64
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 1))
		y := make([]float64, 24*50)
		for i := range y {
			y[i] = 100 * math.Exp(math.Sin(2*math.Pi*float64(i)/24)+.4*random.NormFloat64())
		}
		f, err := mstl.NewAR().Fit(y, model.Context{Period: 24})
		if err != nil {
			t.Fatal(err)
		}
		if form := f.Description().Form; !strings.HasPrefix(form, "log+") {
			t.Fatalf("form %s; want logarithms", form)
		}
		for h, v := range f.Predict(24) {
			forecast += v
			actual += 100 * math.Exp(math.Sin(2*math.Pi*float64(h)/24)+.08)
		}
	}
	if bias := forecast/actual - 1; math.Abs(bias) > .03 {
		t.Errorf("forecasts are %+.1f %% off the mean", 100*bias)
	}
}
