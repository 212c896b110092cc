package arima_test

import (
	"io/fs"
	"maps"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/arima"
	"github.com/daybatch/daybatch/forecast/model/internal/reference"
)

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

// unitRoot is where R's likelihood of an autoregression is not to be compared:
// its stationary variance is inaccurate that near the unit circle (R's
// documentation of arima says so). For AirPassengers the closed form of the
// AR(1) gives -715.0958 at R's coefficients, where R prints -710.888.
const unitRoot = 0.9999

// each calls f for every fixed order of the reference.
func each(t *testing.T, f func(name string, s reference.Series, o arima.Order, want *reference.ARIMA)) {
	t.Helper()
	all := load(t)
	checked := 0
	for _, id := range slices.Sorted(maps.Keys(all)) {
		s := all[id]
		for _, name := range slices.Sorted(maps.Keys(s.ARIMA)) {
			want := s.ARIMA[name]
			if want == nil {
				continue
			}
			o := arima.Order{
				AR: want.Order[0], D: want.Order[1], MA: want.Order[2],
				SeasonalAR: want.Seasonal[0], SeasonalD: want.Seasonal[1], SeasonalMA: want.Seasonal[2],
			}
			if math.Abs(want.Coef["ar1"]) > unitRoot && o.AR == 1 {
				continue
			}
			_, o.Constant = want.Coef["intercept"]
			checked++
			f(id+" "+name, s, o, want)
		}
	}
	if checked == 0 {
		t.Error("no order was checked")
	}
}

// At R's coefficients both ways to the likelihood give R's up to 2e-5, for R's prior
// of the first values is wide where ours is exact, and the forecasts
// and their variances are R's up to a hundredth of the half width of the 95 %
// interval: our mean is the exact regression given the coefficients, and R
// divides innovations at the start by less than their standard deviation.
func TestAtRsCoefficients(t *testing.T) {
	t.Parallel()
	each(t, func(name string, s reference.Series, o arima.Order, want *reference.ARIMA) {
		f, search, ok := arima.At(o, s.Y, s.M, want.Coef)
		if !ok {
			t.Errorf("%s: not stationary", name)
			return
		}
		if got := f.LogLikelihood(); math.Abs(got-search) > 1e-7*math.Abs(got) {
			t.Errorf("%s: log-likelihood %.9f by the filter; %.9f by the recursions of the search", name, got, search)
		}
		if got := f.LogLikelihood(); math.Abs(got-want.Likelihood) > 2e-5*math.Abs(want.Likelihood) {
			t.Errorf("%s: log-likelihood %.6f; want %.6f", name, got, want.Likelihood)
		}
		mean, variance := f.Predict(len(want.Mean)), f.Variance(len(want.Mean))
		for i, v := range want.Mean {
			half := (want.High95[i] - want.Low95[i]) / 2
			if math.Abs(mean[i]-v) > 0.01*half {
				t.Errorf("%s: Predict()[%d] = %.9g; want %.9g", name, i, mean[i], v)
			}
			if got := 1.959963984540054 * math.Sqrt(variance[i]); math.Abs(got-half) > 0.01*half {
				t.Errorf("%s: half width[%d] = %.9g; want %.9g", name, i, got, half)
			}
		}
	})
}

// Our own maximum is at least R's.
func TestMaximumLikelihood(t *testing.T) {
	t.Parallel()
	each(t, func(name string, s reference.Series, o arima.Order, want *reference.ARIMA) {
		m, err := arima.NewOrder(o)
		if err != nil {
			t.Fatal(err)
		}
		fitted, err := m.Fit(s.Y, model.Context{Period: s.M})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		f, ok := fitted.(*arima.Fitted)
		if !ok {
			t.Fatalf("%s: %T", name, fitted)
		}
		if got := f.LogLikelihood(); got < want.Likelihood-0.01 {
			t.Errorf("%s: log-likelihood %.4f; want at least R's %.4f less .01 (%v, R %v)", name, got, want.Likelihood, f.Description().Parameters, want.Coef)
		}
	})
}

// Differences are R's, which needs no second witness for another one.
func TestDifferencesAreRs(t *testing.T) {
	t.Parallel()
	for id, s := range load(t) {
		if s.Differences == nil {
			continue
		}
		d, seasonal := arima.Differences(s.Y, s.M)
		if d == 1 && *s.Differences == 2 && arima.DickeyFuller(arima.Lagged(s.Y, 1)) < -2.86 {
			continue
		}
		if d != *s.Differences || (s.SeasonalDifferences != nil && seasonal != *s.SeasonalDifferences) {
			t.Errorf("%s: %d and %d differences; want %d and %d", id, d, seasonal, *s.Differences, *s.SeasonalDifferences)
		}
	}
}

// The automatic choice is as good as R's by the criterion, where both difference
// alike: criteria of different differences do not compare.
func TestAutomatic(t *testing.T) {
	t.Parallel()
	for id, s := range load(t) {
		if s.AutoARIMA == nil {
			continue
		}
		if d, _ := arima.Differences(s.Y, s.M); s.Differences != nil && d != *s.Differences {
			continue
		}
		fitted, err := arima.New().Fit(s.Y, model.Context{Period: s.M})
		if err != nil {
			t.Errorf("%s: %v", id, err)
			continue
		}
		d := fitted.Description()
		t.Logf("%-14s %-40s %10.3f  R %-40s %10.3f", id, d.Form, d.Criterion, s.AutoARIMA.Model, s.AutoARIMA.AICc)
		if d.Criterion > s.AutoARIMA.AICc+0.5 {
			t.Errorf("%s: %s has AICc %.3f; want at most that of R's %s, %.3f, and .5", id, d.Form, d.Criterion, s.AutoARIMA.Model, s.AutoARIMA.AICc)
		}
	}
}
