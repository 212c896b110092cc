package selection_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast/accuracy"
	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/selection"
	"github.com/daybatch/daybatch/forecast/series"
)

var today = calendar.Of(2026, 1, 15)

// tableOf returns a table with a scale of 1, a horizon of a week, and the given
// absolute errors of each method by origin, the newest a week ago.
func tableOf(names []string, errs ...[]float64) *backtest.Table {
	table := backtest.NewTable("a", backtest.Origins(today, 7, 7, len(errs[0])), 7, names)
	for k := range table.Origins {
		table.Usual[k] = accuracy.Scale{Seasonal: 1}
		for h := range table.Horizon {
			table.Actual(k)[h] = 10
			for m := range names {
				table.Forecast(k, m)[h] = 10 + errs[m][k]
			}
		}
	}
	return table
}

func TestChoose(t *testing.T) {
	t.Parallel()
	names := []string{"ensemble", "ets", "theta"}
	set := selection.Set{Default: "ensemble", Choices: names}
	failing := tableOf(names, []float64{2, 2, 2}, []float64{1, 1, 1.1}, []float64{2, 2, 2})
	failing.Failures = []backtest.Failure{{Model: "ets", Origin: failing.Origins[1], Err: errors.New("no optimum"), Instead: "seasonal_naive"}}
	for _, test := range []struct {
		name  string
		table *backtest.Table
		asOf  calendar.Date
		want  string
		why   string // of the choice
		not   string // why ets was not chosen
	}{
		{"clearly better", tableOf(names, []float64{2, 2.1, 2}, []float64{1, 1, 1.1}, []float64{3, 3, 3}), today, "ets", "scaled error 1.033, lower than ensemble's by 1.000", ""},
		{"better, but not significantly", tableOf(names, []float64{2, 2, 2}, []float64{1, 3, 1.7}, []float64{3, 3, 3}), today, "ensemble", "none of 2 others", "not significant (standard error"},
		{"better by two standard errors, of few origins", tableOf(names, []float64{2, 2, 2}, []float64{1, 1, 1.9}, []float64{3, 3, 3}), today, "ensemble", "none of 2 others", "p 0.072 > 0.025"},
		{"the same, of more origins", tableOf(names, []float64{2, 2, 2, 2, 2, 2}, []float64{1, 1, 1.9, 1, 1, 1.9}, []float64{3, 3, 3, 3, 3, 3}), today, "ets", "scaled error 1.300", ""},
		{"two better: the best", tableOf(names, []float64{3, 3.1, 3}, []float64{2, 2, 2}, []float64{1, 1, 1}), today, "theta", "scaled error 1.000", "error 2.000, theta has 1.000"},
		{"equal", tableOf(names, []float64{2, 2}, []float64{2, 2}, []float64{2, 2}), today, "ensemble", "none of 2 others", "not lower than the default's"},
		{"one origin", tableOf(names, []float64{2}, []float64{1}, []float64{1}), today, "ensemble", "1 origins are too few", "too few to compare"},
		{"known too late", tableOf(names, []float64{2, 2, 2}, []float64{1, 1, 1}, []float64{3, 3, 3}), today - 14, "ensemble", "1 origins are too few", "too few to compare"},
		{"failed", failing, today, "ensemble", "none of 2 others", "failed at " + failing.Origins[1].String() + ": no optimum"},
	} {
		got := selection.Choose(test.table, series.ClassDaily, set, test.asOf)
		if got.Model != test.want || !strings.Contains(got.Why, test.why) {
			t.Errorf("%s: Choose = %s (%s); want %s (%s)", test.name, got.Model, got.Why, test.want, test.why)
		}
		if rejected := got.Scores[1].Rejected; !strings.Contains(rejected, test.not) || (test.not == "") != (rejected == "") {
			t.Errorf("%s: ets was rejected for %q; want %q", test.name, rejected, test.not)
		}
	}
}

// Where the default failed at all origins the errors under its name are those of what
// stood in for it: the first method that works takes its place.
func TestChooseWithoutTheDefault(t *testing.T) {
	t.Parallel()
	names := []string{"regression", "ets", "theta"}
	set := selection.Set{Default: "regression", Choices: names}
	failing := func(from int, failed ...string) *backtest.Table {
		table := tableOf(names, []float64{1, 1, 1}, []float64{3, 3, 3.1}, []float64{2, 2.5, 3})
		for _, name := range failed {
			for _, origin := range table.Origins[from:] {
				table.Failures = append(table.Failures, backtest.Failure{Model: name, Origin: origin, Err: errors.New("too short"), Instead: "seasonal_naive"})
			}
		}
		return table
	}
	for _, test := range []struct {
		name      string
		table     *backtest.Table
		want, why string
		rejected  string // of the regression
	}{
		{"at all origins", failing(0, "regression"), "ets", "regression failed at all origins; instead of it ets: default for daily demand", "failed at "},
		{"at some", failing(1, "regression"), "regression", "default for daily demand", ""},
		{"so did the next", failing(0, "regression", "ets"), "theta", "instead of it theta", "failed at "},
		{"so did all", failing(0, names...), "regression", "default for daily demand", ""},
	} {
		got := selection.Choose(test.table, series.ClassDaily, set, today)
		if got.Model != test.want || got.Default != test.want || !strings.Contains(got.Why, test.why) {
			t.Errorf("%s: Choose = %s, default %s (%s); want %s (%s)", test.name, got.Model, got.Default, got.Why, test.want, test.why)
		}
		if rejected := got.Scores[0].Rejected; !strings.HasPrefix(rejected, test.rejected) || (test.rejected == "") != (rejected == "") {
			t.Errorf("%s: regression was rejected for %q; want %q", test.name, rejected, test.rejected)
		}
	}
}

// A backtest that is not our own may lack methods, and forecasts of some.
func TestChooseFromPartOfABacktest(t *testing.T) {
	t.Parallel()
	set := selection.Set{Default: "ensemble", Choices: []string{"ensemble", "ets", "theta"}}
	errs := [][]float64{{2, 9, 2, 2}, {1, 1, 1, 1.1}, {3, 3, 3, 3}}
	holes := tableOf(set.Choices, errs...)
	holes.Forecast(1, 1)[0] = math.NaN() // one day
	for h := range holes.Horizon {
		holes.Forecast(1, 0)[h] = math.NaN() // all days of an origin
	}
	for _, test := range []struct {
		name    string
		table   *backtest.Table
		want    string
		origins int
	}{
		{"without the default", tableOf([]string{"ets", "theta"}, errs[1], errs[2]), "ensemble", 0},
		{"without another", tableOf([]string{"ensemble", "theta"}, errs[0], errs[2]), "ensemble", 4},
		{"without some forecasts", holes, "ets", 3},
	} {
		got := selection.Choose(test.table, series.ClassDaily, set, today)
		if got.Model != test.want || got.Origins != test.origins {
			t.Errorf("%s: Choose = %s over %d origins (%s); want %s over %d", test.name, got.Model, got.Origins, got.Why, test.want, test.origins)
		}
		for _, score := range got.Scores {
			if math.IsNaN(score.Error + score.Gain + score.StandardError) {
				t.Errorf("%s: score of %s = %v; want numbers", test.name, score.Model, score)
			}
		}
		if gain := got.Scores[1].Gain; test.want == "ets" && math.Abs(gain-2.9/3) > 1e-9 {
			t.Errorf("%s: gain = %v; want %v, over the origins that both have", test.name, gain, 2.9/3)
		}
	}
}

func TestChooseWithoutBacktest(t *testing.T) {
	t.Parallel()
	for class, want := range map[series.Class]string{
		series.ClassNoData: "zero", series.ClassAllZero: "zero", series.ClassDead: "zero", series.ClassConstant: "naive",
		series.ClassShort: "weekday_ses", series.ClassIntermittent: "tsb", series.ClassDaily: "ensemble_daily", series.ClassOther: "best",
	} {
		set := selection.SetFor(class, []int{7}, []string{"auto"})
		got := selection.Choose(backtest.NewTable("a", nil, 0, nil), class, set, today)
		if got.Model != want || got.Why == "" {
			t.Errorf("Choose for %s demand = %s (%q); want %s with a reason", class, got.Model, got.Why, want)
		}
		if len(selection.Candidates(set.Choices...)) < len(set.Choices) {
			t.Errorf("Candidates(%v) lacks some of them", set.Choices)
		}
	}
}

func TestSetFor(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		class   series.Class
		seasons []int
		names   []string
		want    []string
	}{
		{series.ClassDaily, []int{7}, nil, []string{"ensemble_daily", "ets", "ces", "theta", "regression", "calendar_naive"}},
		{series.ClassDaily, []int{7}, []string{"auto", "drift"}, []string{"ensemble_daily", "ets", "ces", "theta", "regression", "calendar_naive", "drift"}},
		{series.ClassDaily, []int{7}, []string{"ets", "ensemble_daily"}, []string{"ensemble_daily", "ets"}},
		{series.ClassDaily, []int{7, 365}, nil, []string{"ensemble_daily", "ets", "ces", "theta", "regression", "calendar_naive"}},
		{series.ClassDaily, []int{7, 28}, nil, []string{"ensemble_daily", "ets", "ces", "theta", "regression", "calendar_naive", "mstl"}},
		{series.ClassOther, nil, nil, []string{"best", "ets", "arima", "theta", "ces", "calendar_naive"}},
		{series.ClassOther, []int{12}, nil, []string{"best", "ets", "arima", "theta", "ces", "calendar_naive"}},
		{series.ClassOther, []int{12, 84}, nil, []string{"mstl_ar", "mstl", "calendar_naive"}},
		{series.ClassOther, []int{24}, nil, []string{"mstl_ar", "mstl", "calendar_naive"}},
		{series.ClassOther, []int{48}, nil, []string{"mstl_ar", "mstl", "calendar_naive"}},
		{series.ClassOther, []int{52}, nil, []string{"ensemble_long", "theta", "ces", "calendar_naive", "mstl", "mstl_ar"}},
		{series.ClassOther, []int{24, 168}, []string{"auto", "ets"}, []string{"mstl_ar", "mstl", "calendar_naive", "ets"}},
		{series.ClassOther, []int{24, 168}, []string{"ets", "mstl"}, []string{"ets", "mstl"}},
		{series.ClassIntermittent, []int{24, 168}, nil, []string{"mstl_ar", "calendar_naive", "imapa"}},
		{series.ClassDaily, []int{7}, []string{"theta", "ets"}, []string{"theta", "ets"}},
		{series.ClassIntermittent, []int{7}, nil, []string{"tsb", "ensemble_daily", "weekday_ses", "mean"}},
		{series.ClassIntermittent, []int{12}, nil, []string{"imapa", "adida", "tsb_plain", "weekday_ses", "mean"}},
		{series.ClassShort, []int{7}, []string{"theta"}, []string{"weekday_ses"}},
		{series.ClassShort, []int{24, 168}, nil, []string{"weekday_ses"}},
		{series.ClassShort, []int{12}, []string{"theta"}, []string{"best"}},
		{series.ClassDead, []int{7}, []string{"theta"}, []string{"zero"}},
	} {
		got := selection.SetFor(test.class, test.seasons, test.names)
		if !slices.Equal(got.Choices, test.want) || got.Default != test.want[0] {
			t.Errorf("SetFor(%s, %v, %v) = %v; want %v", test.class, test.seasons, test.names, got, test.want)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	if err := selection.Check(selection.Names()); err != nil {
		t.Errorf("Check(Names()) = %v; want nil", err)
	}
	err := selection.Check([]string{"ets", "prophet"})
	if err == nil || !strings.Contains(err.Error(), `"prophet" is unknown: known are auto`) {
		t.Errorf("Check = %v; want an error that lists the known", err)
	}
}

// A combination needs its members, which come before it.
func TestCandidates(t *testing.T) {
	t.Parallel()
	var got []string
	for _, c := range selection.Candidates("ensemble", "seasonal_naive", "ensemble") {
		got = append(got, c.Name)
	}
	if want := []string{"seasonal_naive", "ets", "ces", "theta", "ensemble"}; !slices.Equal(got, want) {
		t.Errorf("Candidates = %v; want %v", got, want)
	}
}
