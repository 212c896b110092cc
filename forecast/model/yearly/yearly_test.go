package yearly_test

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

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/ces"
	"github.com/daybatch/daybatch/forecast/model/modeltest"
	"github.com/daybatch/daybatch/forecast/model/theta"
	"github.com/daybatch/daybatch/forecast/model/yearly"
)

var start = calendar.Of(2023, 3, 1)

func models() []model.Model { return []model.Model{yearly.New(), yearly.Over(theta.New())} }

// days is demand with a season of the week and one of the year.
func days(n int, noise float64, seed uint64) []float64 {
	random := rand.New(rand.NewPCG(seed, 5))
	y := make([]float64, n)
	for t := range y {
		y[t] = demand(t) * math.Exp(noise*random.NormFloat64())
	}
	return y
}

func demand(t int) float64 {
	week := []float64{1, 1.1, 1.05, 1, 1.2, .6, .5}
	year := math.Exp(.3 * math.Sin(2*math.Pi*float64(t)/365.25))
	return 200 * week[t%7] * year
}

func TestPromises(t *testing.T) {
	t.Parallel()
	for _, m := range models() {
		modeltest.Exercise(t, m)
	}
}

// Long histories are what these methods are for: zeros, gaps, a shift and an
// outlier must leave the forecasts finite, and near where the history is.
func TestLongHistories(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(y []float64){
		"plain":        func([]float64) {},
		"leading gap":  func(y []float64) { fill(y[:40], math.NaN()) },
		"gap":          func(y []float64) { fill(y[300:420], math.NaN()) },
		"closed month": func(y []float64) { fill(y[500:530], 0) },
		"shift":        func(y []float64) { scale(y[700:], 3) },
		"outlier":      func(y []float64) { y[600] *= 1000 },
		"missing day":  func(y []float64) { y[len(y)-1] = math.NaN() },
	} {
		y := days(800, .1, 1)
		change(y)
		for _, m := range models() {
			modeltest.Check(t, m, y, 7)
			fitted, err := m.Fit(y, model.Context{Period: 7, Start: start})
			if err != nil {
				t.Errorf("%s, %s: %v", name, m.Name(), err)
				continue
			}
			for i, v := range fitted.Predict(56) {
				if !(v >= 0 && v < 4*3*400) {
					t.Errorf("%s, %s: day %d = %v; want a demand as in the history", name, m.Name(), i, v)
				}
			}
		}
	}
}

func fill(y []float64, v float64) {
	for i := range y {
		y[i] = v
	}
}

func scale(y []float64, by float64) {
	for i := range y {
		y[i] *= by
	}
}

// The year is carried into a season that the last weeks don't show.
func TestYear(t *testing.T) {
	t.Parallel()
	const n = 2*365 + 250
	y := days(n, .05, 2)
	for _, m := range models() {
		fitted, err := m.Fit(y, model.Context{Period: 7, Start: start})
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		ahead := fitted.Predict(90)
		for i, v := range ahead {
			sum += math.Abs(math.Log(v/demand(n+i))) / float64(len(ahead))
		}
		if sum > .06 {
			t.Errorf("%s: mean error of the logarithm = %.3f; want at most .06 of a noise of .05", m.Name(), sum)
		}
	}
	plain, err := theta.New().Fit(y, model.Context{Period: 7, Start: start})
	if err != nil {
		t.Fatal(err)
	}
	if last := plain.Predict(90)[89]; math.Abs(math.Log(last/demand(n+89))) < .1 {
		t.Errorf("without the year the forecast is %.0f of %.0f: the test shows nothing", last, demand(n+89))
	}
}

// Without two years or dates the regression refuses, and the other method is
// used as it is.
func TestWithoutYear(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		y    []float64
		c    model.Context
		want error
	}{
		"short":    {days(729, .1, 3), model.Context{Period: 7, Start: start}, model.ErrTooShort},
		"no dates": {days(800, .1, 3), model.Context{Period: 7}, model.ErrUnsuitable},
		"hourly":   {days(960, .1, 3), model.Context{Period: 24, Start: start}, model.ErrUnsuitable},
		"shifts":   {days(960, .1, 3), model.Context{Period: 21, Start: start}, model.ErrUnsuitable}, // of eight hours
	} {
		if _, err := yearly.New().Fit(test.y, test.c); !errors.Is(err, test.want) {
			t.Errorf("%s: %v; want %v", name, err, test.want)
		}
		over, err := yearly.Over(theta.New()).Fit(test.y, test.c)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := theta.New().Fit(test.y, test.c)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(plain.Predict(30), over.Predict(30)); diff != "" || strings.HasPrefix(over.Description().Form, "year") {
			t.Errorf("%s: %s differs from the method itself:\n%s", name, over.Description().Form, diff)
		}
	}
}

func TestScaleEquivariance(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		y := days(rapid.IntRange(730, 800).Draw(t, "n"), .2, rapid.Uint64().Draw(t, "seed"))
		factor := rapid.Float64Range(1e-6, 1e6).Draw(t, "factor")
		scaled := make([]float64, len(y))
		for i, v := range y {
			scaled[i] = v * factor
		}
		for _, m := range models() {
			a, err := m.Fit(y, model.Context{Period: 7, Start: start})
			if err != nil {
				t.Fatal(err)
			}
			b, err := m.Fit(scaled, model.Context{Period: 7, Start: start})
			if err != nil {
				t.Fatal(err)
			}
			want := a.Predict(14)
			for i := range want {
				want[i] *= factor
			}
			if diff := cmp.Diff(want, b.Predict(14), cmpopts.EquateApprox(1e-4, 0)); diff != "" {
				t.Errorf("%s: times %v differs (-want +got):\n%s", m.Name(), factor, diff)
			}
		}
	})
}

// The normal equations are those of the rows of regressors.
func TestNormalEquations(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(6, 5))
	for _, m := range []int{1, 2, 7, 31} {
		y := days(740, .1, 6)
		weights := make([]float64, len(y))
		for i := range weights {
			weights[i] = random.Float64()
		}
		moments, rows := yearly.NormalEquations(y, weights, start, m)
		if diff := cmp.Diff(rows, moments, cmpopts.EquateApprox(0, 1e-9)); diff != "" {
			t.Errorf("season of %d: moments differ from rows (-rows +moments):\n%s", m, diff)
		}
	}
}

func TestRanked(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-3, 3), 1, 50).Draw(t, "values")
		for i := range values {
			if rapid.Bool().Draw(t, "tied") {
				values[i] = math.Round(values[i])
			}
		}
		k := rapid.IntRange(0, len(values)-1).Draw(t, "k")
		want := slices.Sorted(slices.Values(values))[k]
		if got := yearly.Ranked(values, k); got != want {
			t.Errorf("ranked %d = %v; want %v", k, got, want)
		}
	})
}

func TestAppendOwnForecasts(t *testing.T) {
	t.Parallel()
	fitted, err := yearly.Over(theta.New()).Fit(days(801, .1, 4), model.Context{Period: 7, Start: start})
	if err != nil {
		t.Fatal(err)
	}
	path := fitted.Predict(30)
	fitted.(model.Appender).Append([]float64{path[0], path[1], math.NaN(), path[3]})
	if diff := cmp.Diff(path[4:], fitted.Predict(26), cmpopts.EquateApprox(1e-9, 0)); diff != "" {
		t.Errorf("differs after its own forecasts (-want +got):\n%s", diff)
	}
}

// Estimated again on more history it is what it is when estimated afresh, where the
// method under it has one optimum.
func TestRefit(t *testing.T) {
	t.Parallel()
	y := days(900, .1, 5)
	c := model.Context{Period: 7, Start: start}
	for _, m := range []model.Model{yearly.Over(theta.New()), yearly.Over(ces.New())} {
		before, err := m.Fit(y[:860], c)
		if err != nil {
			t.Fatal(err)
		}
		again, err := before.(model.Refitter).Refit(y, c)
		if err != nil {
			t.Fatal(err)
		}
		afresh, err := m.Fit(y, c)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(afresh.Predict(28), again.Predict(28), cmpopts.EquateApprox(.01, 0)); diff != "" {
			t.Errorf("%s: differs (-afresh +again):\n%s", m.Name(), diff)
		}
	}
}

// A history that gets long enough carries the year from then on, and one that does not
// goes on from the parameters of the method itself.
func TestRefitAcrossTwoYears(t *testing.T) {
	t.Parallel()
	y := days(740, .1, 5)
	c := model.Context{Period: 7, Start: start}
	m := yearly.Over(ces.New())
	fitted, err := m.Fit(y[:700], c)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		days int
		year bool
	}{{714, false}, {729, false}, {730, true}, {740, true}} {
		if fitted, err = fitted.(model.Refitter).Refit(y[:test.days], c); err != nil {
			t.Fatal(err)
		}
		if form := fitted.Description().Form; strings.HasPrefix(form, "year+") != test.year {
			t.Errorf("form after %d days = %s; want it with the year: %v", test.days, form, test.year)
		}
		afresh, err := m.Fit(y[:test.days], c)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(afresh.Predict(28), fitted.Predict(28), cmpopts.EquateApprox(.01, 0)); diff != "" {
			t.Errorf("differs after %d days (-afresh +again):\n%s", test.days, diff)
		}
	}
}

func FuzzRegression(f *testing.F) {
	f.Add([]byte("lorem ipsum"), uint8(7))
	f.Add([]byte{0, 0, 255, 249, 252, 3}, uint8(7))
	f.Fuzz(func(t *testing.T, data []byte, period uint8) {
		if len(data) == 0 {
			return
		}
		y := make([]float64, 0, 800)
		for piece := modeltest.Series(data); len(y) < 760; {
			y = append(y, piece...)
		}
		for _, m := range models() {
			modeltest.CheckIn(t, m, y, model.Context{Period: int(period) % 40, Start: start})
		}
	})
}

func BenchmarkFit(b *testing.B) {
	for _, m := range models() {
		b.Run(m.Name(), func(b *testing.B) {
			y := days(1461, .1, 1)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := m.Fit(y, model.Context{Period: 7, Start: start}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
