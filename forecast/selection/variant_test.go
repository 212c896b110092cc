package selection_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/modeltest"
	"github.com/daybatch/daybatch/forecast/model/theta"
	"github.com/daybatch/daybatch/forecast/selection"
	"github.com/daybatch/daybatch/forecast/series"
)

// The name of a variant is all that a definition and a record keep of it: it must
// lead back to the model.
func TestVariants(t *testing.T) {
	t.Parallel()
	demand := modeltest.Demand(200, 7, 1)
	rare := slices.Clone(demand)
	for i := range rare {
		if i%3 != 0 {
			rare[i] = 0
		}
	}
	for _, test := range []struct {
		variant selection.Variant
		name    string
		form    string
		y       []float64
	}{
		{selection.Variant{Method: selection.ETS, Form: "AAdA"}, "ets(AAdA)", "ETS(A,Ad,A)", demand},
		{selection.Variant{Method: selection.CES, Form: "P"}, "ces(P)", "CES(P)", demand},
		{selection.Variant{Method: selection.ARIMA, Order: []int{1, 1, 1}}, "arima(1,1,1)", "ARIMA(1,1,1)", demand},
		{selection.Variant{Method: selection.ARIMA, Order: []int{1, 0, 0}, Seasonal: []int{0, 0, 0}}, "arima(1,0,0)", "ARIMA(1,0,0) with mean", demand},
		{selection.Variant{Method: selection.ARIMA, Order: []int{0, 0, 1}, Seasonal: []int{0, 1, 1}}, "arima(0,0,1)(0,1,1)", "ARIMA(0,0,1)(0,1,1)[7]", demand},
		{selection.Variant{Method: selection.Croston, Alpha: .3}, "croston(alpha=0.3)", "Croston", rare},
		{selection.Variant{Method: selection.SBA, Alpha: .3}, "sba(alpha=0.3)", "SBA", rare},
		{selection.Variant{Method: selection.TSBPlain, Alpha: .3, Beta: .04}, "tsb_plain(alpha=0.3,beta=0.04)", "TSB", rare},
		{selection.Variant{Method: selection.TSB, Alpha: .3, Beta: .04}, "tsb(alpha=0.3,beta=0.04)", "", rare},
		{selection.Variant{Method: selection.TSB, Beta: .04}, "tsb(beta=0.04)", "", rare},
		{selection.Variant{Method: selection.ADIDA, Alpha: .4}, "adida(alpha=0.4)", "ADIDA", rare},
		{selection.Variant{Method: selection.Theta, Theta: 2}, "theta(theta=2)", "DSTM", demand},
		{selection.Variant{Method: selection.Theta, Theta: 1.5, Season: theta.Additive}, "theta(theta=1.5,season=additive)", "DTM", demand},
		{selection.Variant{Method: selection.Theta, Season: theta.Multiplicative}, "theta(season=multiplicative)", "DOTM", demand},
		{selection.Variant{Method: selection.ThetaStandard, Season: theta.NoSeason}, "theta_standard(season=none)", "Theta", demand},
	} {
		if err := test.variant.Check(); err != nil || test.variant.String() != test.name {
			t.Errorf("%s: name = %s, check: %v; want no error", test.name, test.variant, err)
		}
		if err := selection.Check([]string{test.name}); err != nil {
			t.Errorf("Check(%s) = %v; want nil", test.name, err)
		}
		candidates := selection.Candidates(test.name)
		if len(candidates) != 1 || candidates[0].Name != test.name {
			t.Errorf("Candidates(%s) = %v; want it alone", test.name, candidates)
			continue
		}
		fitted, err := candidates[0].New(backtest.Group{}).Fit(test.y, model.Context{Period: 7})
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		d := fitted.Description()
		if !strings.HasPrefix(d.Form, test.form) {
			t.Errorf("%s has the form %s; want %s", test.name, d.Form, test.form)
		}
		for option, want := range map[string]float64{"alpha": test.variant.Alpha, "beta": test.variant.Beta, "theta": test.variant.Theta} {
			if got := d.Parameters[option]; want != 0 && math.Abs(got-want) > 1e-12*want {
				t.Errorf("%s has %s = %v; want %v", test.name, option, got, want)
			}
		}
	}
}

func TestVariantsRefused(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"ets(AAM)":                "unknown ETS form",
		"ets()":                   "is not a method with options",
		"ets(AAdA":                "is not a method with options",
		"ces(X)":                  `form "X" of CES is unknown`,
		"arima(1,1)":              "is not a method with options",
		"arima(1,1,1)(0,0,0)":     "is not a method with options",
		"arima(1,3,1)":            "differences and seasonal orders must be 0 to 2",
		"arima(9,1,1)":            "AR and MA must be 0 to 5",
		"croston(alpha=1.5)":      "alpha is 1.5: a smoothing parameter is above 0 and at most 1",
		"croston(alpha=NaN)":      "alpha is NaN",
		"croston(beta=0.1)":       "has not these options: it has alpha",
		"tsb(beta=0.1,alpha=0.1)": "is not a method with options",
		"tsb(alpha=0.10)":         "is not a method with options",
		"theta(AAA)":              "is not a method with options",
		"theta(theta=0.5)":        "must be from 1 to",
		"theta(theta=NaN)":        "must be from 1 to",
		"theta(season=weekly)":    `"weekly" is none of [additive multiplicative none]`,
		"theta(alpha=0.5)":        "has not these options: it has theta, season",
		"theta_standard(theta=2)": "has not these options: it has season",
		"prophet(1)":              "is not a method with options",
	} {
		if err := selection.Check([]string{"ets", name}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Check(%s) = %v; want %q", name, err, want)
		}
		if got := selection.Candidates(name); len(got) != 0 {
			t.Errorf("Candidates(%s) = %v; want none", name, got)
		}
	}
}

// Variants come at their method's place, each once, beside the method and before
// what may combine it.
func TestCandidatesWithVariants(t *testing.T) {
	t.Parallel()
	var got []string
	for _, c := range selection.Candidates("ensemble", "ets(MNM)", "croston(alpha=0.2)", "ets(ANA)", "ets(MNM)") {
		got = append(got, c.Name)
	}
	if diff := cmp.Diff([]string{"croston(alpha=0.2)", "ets", "ets(MNM)", "ets(ANA)", "ces", "theta", "ensemble"}, got); diff != "" {
		t.Errorf("candidates (-want +got):\n%s", diff)
	}
}

// The names of the textbook are its methods: what has its own name forecasts as the form
// that it is, also where a season is known.
func TestTextbookNames(t *testing.T) {
	t.Parallel()
	s := series.Series{Key: "a", Start: calendar.Of(2025, time.January, 6), Values: modeltest.Demand(120, 7, 5)}
	same := map[string]string{selection.SES: "ets(ANN)", selection.Holt: "ets(AAN)", selection.Damped: "ets(AAdN)"}
	for name, form := range same {
		for _, period := range []int{1, 7, 52} {
			o := backtest.Options{Origins: []calendar.Date{s.End()}, Horizon: 14, Period: period}
			tables, err := backtest.Run([]series.Series{s}, func(int) []backtest.Candidate { return selection.Candidates(name, form) }, o)
			if err != nil {
				t.Fatal(err)
			}
			table := tables[0]
			if len(table.Failures) > 0 {
				t.Errorf("%s with a season of %d: %v", name, period, table.Failures)
			}
			got, want := table.Forecast(0, table.Model(name)), table.Forecast(0, table.Model(form))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s differs from %s with a season of %d (-want +got):\n%s", name, form, period, diff)
			}
		}
	}
}
