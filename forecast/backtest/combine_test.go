package backtest_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/series"
)

// flat forecasts one number.
type flat float64

func (flat) Name() string { return "flat" }

func (f flat) Fit([]float64, model.Context) (model.Fitted, error) { return f, nil }

func (f flat) Predict(h int) []float64 { return slices.Repeat([]float64{float64(f)}, h) }

func (f flat) Description() model.Description {
	return model.Description{Form: fmt.Sprintf("flat(%g)", float64(f))}
}

func TestCombinations(t *testing.T) {
	t.Parallel()
	candidates := []backtest.Candidate{
		backtest.Of("a", flat(10)), backtest.Of("b", flat(20)), backtest.Of("c", flat(90)), backtest.Of("d", flat(28)), backtest.Of("refuses", broken("refuses")),
	}
	for _, test := range []struct {
		name string
		c    backtest.Candidate
		want float64
		form string
	}{
		{"mean", backtest.Candidate{Mean: []string{"a", "b", "c"}}, 40, "mean of flat(10), flat(20), flat(90)"},
		{"middle of four", backtest.Candidate{Mean: []string{"c", "a", "b", "d"}}, 24, "middle of flat(90), flat(10), flat(20), flat(28)"},
		{"three of four", backtest.Candidate{Mean: []string{"c", "a", "b", "refuses"}}, 40, "mean of flat(90), flat(10), flat(20)"},
		{"one does not apply", backtest.Candidate{Mean: []string{"a", "refuses", "b"}}, 15, "mean of flat(10), flat(20)"},
	} {
		test.c.Name = "all"
		table := run(t, []series.Series{demand("s", 50)}, append(slices.Clone(candidates), test.c), options(7, today))[0]
		at := table.Model("all")
		if got := table.Forecast(0, at)[3]; math.Abs(got-test.want) > 1e-9 {
			t.Errorf("%s = %v; want %v", test.name, got, test.want)
		}
		if fit := table.Fits[at]; fit.Form != test.form || len(fit.Warnings) != 0 {
			t.Errorf("%s: %q, warnings %q; want %q without warnings", test.name, fit.Form, fit.Warnings, test.form)
		}
	}
}
