package realised_test

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/realised"
	"github.com/daybatch/daybatch/forecast/series"
)

func jan(n int) calendar.Date { return calendar.Of(2026, time.January, n) }

func near() cmp.Option { return cmpopts.EquateApprox(1e-9, 1e-12) }

// row is a forecast of 100 that came to be actual.
func row(made, target calendar.Date, kind forecast.GenerationKind, actual float64) realised.Row {
	return realised.Row{
		Series: series.MakeKey("a"), Date: made, Target: target, Kind: kind, Actual: actual, Mean: 100,
		Lower: []float64{90}, Upper: []float64{110}, Generation: "g",
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	own, fallback := forecast.GenerationOwn, forecast.GenerationFallback
	rows := []realised.Row{
		row(jan(9), jan(10), own, 80), row(jan(8), jan(9), own, 100), row(jan(10), jan(11), fallback, 200),
		row(jan(8), jan(10), own, 80),
		row(jan(1), jan(2), own, 1e9), // before the targets
	}
	got := realised.Report(rows, realised.Options{
		Targets: calendar.Range{From: jan(5), To: jan(12)}, Levels: []int{80},
		Expected: expected(jan(1), 1, 0.2),
	})
	want := []forecast.HorizonAccuracy{
		{
			Horizon: 1,
			Published: forecast.RealisedMeasures{
				Measures: forecast.Measures{"wape": 120.0 / 380, "bias": -80.0 / 380, "smape": (200*20/180.0 + 0 + 200*100/300.0) / 3, "mae": 40, "coverage_80": 1.0 / 3},
				Rows:     3, Targets: 3,
			},
			Model: forecast.RealisedMeasures{
				Measures: forecast.Measures{"wape": 20.0 / 180, "bias": 20.0 / 180, "smape": 200 * 20 / 180.0 / 2, "mae": 10, "coverage_80": 0.5},
				Rows:     2, Targets: 2,
			},
			Expected: &forecast.Band{Low: 0.2, Median: 0.2, High: 0.2, Origins: 28},
		},
		{
			Horizon:   2,
			Published: forecast.RealisedMeasures{Measures: forecast.Measures{"wape": 0.25, "bias": 0.25, "smape": 200 * 20 / 180.0, "mae": 20, "coverage_80": 0}, Rows: 1, Targets: 1},
			Model:     forecast.RealisedMeasures{Measures: forecast.Measures{"wape": 0.25, "bias": 0.25, "smape": 200 * 20 / 180.0, "mae": 20, "coverage_80": 0}, Rows: 1, Targets: 1},
		},
	}
	if diff := cmp.Diff(want, got.Horizons, cmpopts.EquateApprox(1e-3, 1e-12)); diff != "" {
		t.Errorf("horizons (-want +got): %s", diff)
	}
	if got.Drift != "" {
		t.Errorf("drift = %q; want none", got.Drift)
	}
}

// pipeline is 28 days of forecasts of a week, whose error is a share of the actual
// that depends on the target date.
func pipeline(share func(target calendar.Date) float64) []realised.Row {
	var rows []realised.Row
	for made := jan(1); made < jan(28); made++ {
		for target := made + 1; target <= min(jan(28), made+7); target++ {
			rows = append(rows, row(made, target, forecast.GenerationOwn, 100/(1+share(target))))
		}
	}
	return rows
}

func options() realised.Options {
	o := realised.Options{Targets: calendar.Range{From: jan(1), To: jan(28)}, Levels: []int{80}}
	o.Expected = expected(jan(1), 7, 0.09, 0.1, 0.1, 0.11)
	return o
}

// expected are the errors of the backtests of the week up to a date, from origins at
// which they came to the given shares of the actuals, or to the only one of four.
func expected(date calendar.Date, horizon int, wapes ...float64) []forecast.OriginErrors {
	if len(wapes) == 1 {
		wapes = slices.Repeat(wapes, 4)
	}
	var list []forecast.OriginErrors
	for day := range 7 {
		for i, wape := range wapes {
			list = append(list, forecast.OriginErrors{
				Origin:   date - calendar.Date(day+horizon+7*(len(wapes)-1-i)),
				Absolute: slices.Repeat([]float64{100 * wape}, horizon), Actual: slices.Repeat([]float64{100}, horizon),
			})
		}
	}
	return list
}

func TestDrift(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		share func(target calendar.Date) float64
		want  string // in the drift; empty: there is none
	}{
		"as expected":       {func(calendar.Date) float64 { return 0.1 }, ""},
		"better":            {func(calendar.Date) float64 { return 0.01 }, ""},
		"a bad day":         {func(d calendar.Date) float64 { return map[bool]float64{true: 0.9, false: 0.1}[d == jan(27)] }, ""},
		"a little worse":    {func(calendar.Date) float64 { return 0.108 }, ""},
		"a bad week":        {func(d calendar.Date) float64 { return map[bool]float64{true: 0.25, false: 0.1}[d > jan(21)] }, "times the expected error over"},
		"worse all the way": {func(d calendar.Date) float64 { return map[bool]float64{true: 0.115, false: 0.16}[d > jan(22)] }, "times the expected error over 2"},
	} {
		got := realised.Report(pipeline(c.share), options())
		if (got.Drift == "") != (c.want == "") || !strings.Contains(got.Drift, c.want) {
			t.Errorf("%s: drift = %q; want %q", name, got.Drift, c.want)
		}
		if marked := slices.ContainsFunc(got.Horizons, func(h forecast.HorizonAccuracy) bool { return h.Drift != "" }); c.want == "" && marked {
			t.Errorf("%s: a horizon is marked", name)
		}
	}
}

// Fallbacks are no drift of the model, and a series alone is not held against the
// band of all.
func TestDriftIsOfTheModel(t *testing.T) {
	t.Parallel()
	rows := pipeline(func(calendar.Date) float64 { return 0.5 })
	one := options()
	one.Query.Series = rows[0].Series
	if got := realised.Report(rows, one); got.Drift != "" || got.Horizons[0].Expected != nil {
		t.Errorf("of one series: drift %q, expected %v; want none", got.Drift, got.Horizons[0].Expected)
	}
	for i := range rows {
		rows[i].Kind = forecast.GenerationFallback
	}
	got := realised.Report(rows, options())
	if got.Drift != "" || got.Horizons[0].Model.Rows != 0 || got.Horizons[0].Published.Rows == 0 {
		t.Errorf("of fallbacks: drift %q, %+v; want no drift and nothing of the model", got.Drift, got.Horizons[0])
	}
}

// The order of the rows, and how target dates are added, change nothing.
func TestReportProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		var rows []realised.Row
		for range rapid.IntRange(1, 60).Draw(r, "rows") {
			made := jan(rapid.IntRange(1, 20).Draw(r, "made"))
			one := row(made, made+calendar.Date(rapid.IntRange(1, 7).Draw(r, "ahead")), forecast.GenerationOwn, rapid.Float64Range(-1e3, 1e3).Draw(r, "actual"))
			one.Series = series.MakeKey(rapid.SampledFrom([]string{"a", "b"}).Draw(r, "series"))
			if rapid.Bool().Draw(r, "fallback") {
				one.Kind = forecast.GenerationFallback
			}
			same := func(other realised.Row) bool {
				return other.Series == one.Series && other.Date == one.Date && other.Target == one.Target
			}
			if !slices.ContainsFunc(rows, same) {
				rows = append(rows, one)
			}
		}
		want := realised.Report(rows, options())
		shuffled := rapid.Permutation(rows).Draw(r, "order")
		if diff := cmp.Diff(want, realised.Report(shuffled, options())); diff != "" {
			r.Fatalf("in another order (-want +got): %s", diff)
		}
		table := realised.Table{Options: options()}
		for target := jan(28); target >= jan(1); target-- {
			table.Add(slices.DeleteFunc(slices.Clone(shuffled), func(one realised.Row) bool { return one.Target != target }))
		}
		if diff := cmp.Diff(want, table.Report(), near()); diff != "" {
			r.Fatalf("added by target date (-want +got): %s", diff)
		}
		for _, h := range want.Horizons {
			if h.Model.Rows > h.Published.Rows || h.Published.Rows == 0 {
				r.Fatalf("horizon %d: %d rows of the model, %d published", h.Horizon, h.Model.Rows, h.Published.Rows)
			}
		}
	})
}

func TestScore(t *testing.T) {
	t.Parallel()
	a, b := series.MakeKey("a"), series.MakeKey("b")
	actuals := realised.Observe([]series.Key{a, a, a, b}, []calendar.Date{jan(11), jan(12), jan(14), jan(11)}, []float64{1, math.NaN(), 3, 4},
		calendar.Range{From: jan(11), To: jan(13)})
	p := forecast.Partition{Date: jan(10), Generation: "g", Kind: forecast.GenerationFallback}
	points := []forecast.Point{{Date: jan(11), Mean: 10}, {Date: jan(12), Mean: 20}, {Date: jan(13), Mean: 30}, {Date: jan(14), Mean: 40}}
	got := realised.Score(p, []forecast.SeriesForecast{{Series: a, Points: points}, {Series: "unseen", Points: points}}, actuals)
	want := []realised.Row{{Series: a, Date: jan(10), Target: jan(11), Kind: forecast.GenerationFallback, Actual: 1, Mean: 10, Generation: "g"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Score (-want +got): %s", diff)
	}
}

func TestTargets(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		query    forecast.RealisedQuery
		from, to calendar.Date
	}{
		{forecast.RealisedQuery{}, jan(30) - 27, jan(30)},
		{forecast.RealisedQuery{Targets: 7}, jan(24), jan(30)},
		{forecast.RealisedQuery{To: jan(20), Targets: 7}, jan(14), jan(20)},
		{forecast.RealisedQuery{To: jan(31), Targets: 1}, jan(30), jan(30)},
	} {
		if got := realised.Targets(c.query, jan(30)); got.From != c.from || got.To != c.to {
			t.Errorf("Targets(%+v) = %s .. %s; want %s .. %s", c.query, got.From, got.To, c.from, c.to)
		}
	}
}

// TestExpectedOfNextToNothing leaves out what can't be said, instead of numbers that no
// file and no screen takes.
func TestExpectedOfNextToNothing(t *testing.T) {
	t.Parallel()
	for _, actual := range []float64{1.1125369292536007e-308, 5e-324, 1e-300, 1e-12} {
		one := row(jan(1), jan(2), forecast.GenerationOwn, actual)
		one.Series = series.MakeKey("a")
		got := realised.Report([]realised.Row{one}, options())
		if _, err := json.Marshal(got); err != nil {
			t.Errorf("a report of %g: %v", actual, err)
		}
	}
}
