package selection_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/backtest/conformal"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/model/modeltest"
	"github.com/daybatch/daybatch/forecast/selection"
	"github.com/daybatch/daybatch/forecast/series"
)

const mistakesDays, mistakesHorizon = 400, 14

// published returns the forecast of the default for daily demand by y and its 95 %
// interval, made of the errors at four origins as a batch makes it.
func published(t interface{ Fatal(...any) }, y []float64) (lower, mean, upper []float64) {
	date := calendar.Of(2026, 1, 15)
	panel := []series.Series{{Key: series.MakeKey("a"), Start: date + 1 - calendar.Date(len(y)), Values: y}}
	o := backtest.Options{
		Horizon: mistakesHorizon, Period: 7, Workers: 2, Seed: 1, Refit: backtest.RefitEach,
		Origins: append(backtest.Origins(date, mistakesHorizon, 7, 4), date),
	}
	tables, err := backtest.Run(panel, func(int) []backtest.Candidate { return selection.Candidates(selection.EnsembleDaily) }, o)
	if err != nil {
		t.Fatal(err)
	}
	table, errs := tables[0], conformal.Errors{}
	at := table.Model(selection.EnsembleDaily)
	now := len(o.Origins) - 1
	for k, origin := range o.Origins[:now] {
		row := make([]float64, mistakesHorizon)
		for h, v := range table.Actual(k) {
			row[h] = (v - table.Forecast(k, at)[h]) / table.Usual[k].Seasonal
		}
		errs.Origins, errs.Scaled = append(errs.Origins, origin), append(errs.Scaled, row)
	}
	errs.Special = make([][]int, now)
	usual := panel[0]
	usual.Values = o.Usual(usual)
	errs.Swing = conformal.NewSwing(usual, func(calendar.Date) bool { return false }, errs.Origins, mistakesHorizon, 7)
	bands, _ := conformal.NewPanel([]conformal.Errors{errs}, []int{95}, mistakesHorizon, 7).Bands(0, 0)
	plausible := backtest.PlausibleOf(usual.Values, 7)
	for h, v := range table.Forecast(now, at) {
		below, above := bands[0].At(h, nil)
		scale := table.Usual[now].Seasonal
		low, high := plausible.Hold(v+scale*below, v, v+scale*above)
		lower, mean, upper = append(lower, low), append(mean, v), append(upper, high)
	}
	return lower, mean, upper
}

// Whatever single mistakes and short runs of them are in a history, their number, size
// and place, the forecast and its bounds stay within a few typical steps of what they
// are without.
func TestMistakesMoveNoForecast(t *testing.T) {
	t.Parallel()
	clean := modeltest.Demand(mistakesDays, 7, 3)
	step := 0.0
	for i := 7; i < len(clean); i++ {
		step += math.Abs(clean[i]-clean[i-7]) / float64(len(clean)-7)
	}
	lower, mean, upper := published(t, clean)
	level := slices.Max(clean)
	rapid.Check(t, func(t *rapid.T) {
		y := slices.Clone(clean)
		mistakes := rapid.IntRange(0, 3).Draw(t, "mistakes")
		for i := range mistakes {
			at := 110*i + rapid.IntRange(50, 110).Draw(t, "place") // a year from none
			size := level * math.Pow(10, rapid.Float64Range(1.3, 9).Draw(t, "size"))
			if rapid.Bool().Draw(t, "below zero") {
				size = -size
			}
			for k := range rapid.IntRange(1, 7).Draw(t, "days") {
				y[at+k] = size * (1 + float64(k)/7)
			}
		}
		if mistakes < 3 && rapid.Bool().Draw(t, "yesterday") { // four at even distances would be demand
			y[len(y)-1] *= 1000
		}
		gotLower, got, gotUpper := published(t, y)
		for h := range got {
			for _, c := range []struct {
				name      string
				got, want float64
				most      float64
			}{{"lower bound", gotLower[h], lower[h], 4}, {"forecast", got[h], mean[h], 2}, {"upper bound", gotUpper[h], upper[h], 4}} {
				if !(math.Abs(c.got-c.want) <= c.most*step) || c.got < 0 {
					t.Fatalf("%s of day %d is %.5g; without mistakes %.5g, and a step is %.3g", c.name, h+1, c.got, c.want, step)
				}
			}
		}
	})
}

// After three weeks on a fifth of its level a series is forecast as if it had been there
// always, by every member, and also where these are not estimated anew.
func TestNewLevel(t *testing.T) {
	t.Parallel()
	date := calendar.Of(2026, 1, 15)
	moved := modeltest.Demand(mistakesDays, 7, 3)
	always := slices.Clone(moved)
	for i := range always {
		always[i] *= .2
		if i >= len(moved)-21 {
			moved[i] = always[i]
		}
	}
	for name, refit := range map[string]backtest.Refit{"each": backtest.RefitEach, "first": backtest.RefitFirst} {
		o := backtest.Options{Horizon: mistakesHorizon, Period: 7, Workers: 2, Seed: 1, Refit: refit, Origins: []calendar.Date{date - 28, date - 1, date}}
		run := func(y []float64) *backtest.Table {
			panel := []series.Series{{Key: series.MakeKey("a"), Start: date + 1 - calendar.Date(len(y)), Values: y}}
			tables, err := backtest.Run(panel, func(int) []backtest.Candidate {
				return selection.Candidates(selection.EnsembleDaily, selection.ETS)
			}, o)
			if err != nil {
				t.Fatal(err)
			}
			return tables[0]
		}
		got, want := run(moved), run(always)
		for m, model := range got.Models {
			for h, v := range got.Forecast(2, m) {
				if w := want.Forecast(2, m)[h]; math.Abs(v/w-1) > .1 {
					t.Errorf("estimated at %s origin, %s of day %d: %.4g; want about %.4g as if always on that level", name, model, h+1, v, w)
				}
			}
		}
		const told = "is on a new level since 2025-12-26: what was before counts times 0.2"
		if len(got.Warnings) != 1 || !strings.HasPrefix(got.Warnings[0], told) {
			t.Errorf("warnings = %q; want %q", got.Warnings, told)
		}
	}
}
