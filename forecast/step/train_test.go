package step_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/series"
	"github.com/daybatch/daybatch/forecast/step"
)

// endingToday returns a series whose last value is that of today.
func endingToday(name string, values []float64) series.Series {
	return series.Series{Key: series.MakeKey(name, "tokyo"), Start: today - calendar.Date(len(values)) + 1, Values: values}
}

// demand returns days of noisy weekly demand up to today.
func demand(name string, days int, seed uint64) series.Series {
	rng := rand.New(rand.NewPCG(seed, 7))
	s := endingToday(name, make([]float64, days))
	level := 80 + 40*rng.Float64()
	for i := range s.Values {
		level += .3 * rng.NormFloat64()
		week := 1 + .3*math.Sin(2*math.Pi*float64((s.Start+calendar.Date(i)).Weekday())/7)
		s.Values[i] = math.Round(max(0, level*week+4*rng.NormFloat64()))
	}
	return s
}

func repeated(v float64, n int) []float64 { return slices.Repeat([]float64{v}, n) }

func oddPanel() []series.Series {
	sparse := make([]float64, 200)
	for i := 0; i < len(sparse); i += 4 {
		sparse[i] = float64(1 + i%3)
	}
	dead := append(demand("x", 120, 3).Values, repeated(0, 60)...)
	holes := demand("holes", 150, 4)
	for i := 10; i < 140; i += 9 {
		holes.Values[i] = math.NaN()
	}
	late := demand("late", 150, 5)
	for i := 140; i < 150; i++ {
		late.Values[i] = math.NaN()
	}
	panel := []series.Series{
		endingToday("constant", repeated(5, 60)), endingToday("zero", repeated(0, 60)),
		endingToday("sparse", sparse), endingToday("dead", dead), holes, late,
		endingToday("nothing", repeated(math.NaN(), 30)),
		endingToday("huge", slices.Repeat([]float64{1e300, 2e300, 0, 1e-300}, 30)), endingToday("tiny", slices.Repeat([]float64{5e-324, 0, 0, 5e-324}, 30)),
		demand("a", 400, 10), demand("b", 300, 11), demand("c", 200, 12),
	}
	jumping := make([]float64, 200)
	for i := range jumping {
		jumping[i] = float64(100+10*(i%7)) * float64(1+i/50%2)
	}
	panel = append(panel, endingToday("jumping", jumping))
	for _, days := range []int{1, 2, 3, 6, 7, 13, 14, 20, 21, 30, 41} {
		panel = append(panel, demand(fmt.Sprintf("short%02d", days), days, uint64(days)))
	}
	return panel
}

func TestStepsForecastEverySeries(t *testing.T) {
	t.Parallel()
	n := newNumeric(oddPanel()...)
	n.runAll(t)
	frame := n.forecasts(t)
	keys, err := lake.KeyColumn(frame, n.definition.Source.Series)
	if err != nil {
		t.Fatal(err)
	}
	models, err := lake.Column[[]string](frame, lake.ModelColumn)
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	rows := make(map[string]int)
	for i, key := range keys {
		got[key.Parts()[0]] = models[i]
		rows[key.Parts()[0]]++
	}
	for _, want := range []struct{ series, model string }{
		{"constant", "naive"},
		{"zero", "zero"},
		{"dead", "zero"},
		{"sparse", "tsb"},
		{"short01", "naive"}, // one value is constant
		{"short02", "weekday_ses"},
		{"short13", "weekday_ses"},
		{"short14", "ensemble_daily"},
		{"a", "ensemble_daily"},
		{"jumping", "calendar_naive"}, // clearly better: the level is that of last week
	} {
		if got[want.series] != want.model {
			t.Errorf("model of %s = %q; want %q", want.series, got[want.series], want.model)
		}
	}
	if _, ok := got["nothing"]; ok {
		t.Error("the series without an observation has a forecast; want none")
	}
	for name, count := range rows {
		if count != n.definition.Forecast.Horizon {
			t.Errorf("%s has %d rows; want %d", name, count, n.definition.Forecast.Horizon)
		}
	}
	if want := len(n.panel.Series) - 1; len(rows) != want {
		t.Errorf("%d series have a forecast; want %d", len(rows), want)
	}
	checkNested(t, frame)
}

// TestShortPanelHasIntervals forecasts panels of which nothing tells how far values
// vary: that is no reason to claim that they don't.
func TestShortPanelHasIntervals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		panel  []series.Series
		width  bool   // of the first series
		warned string // about it; empty: not about its interval
	}{
		{"one observation each", []series.Series{endingToday("a", []float64{10}), endingToday("b", []float64{20})}, true, "its interval is as wide as if by its own size"},
		{"a few days", []series.Series{endingToday("a", []float64{10, 14, 9})}, true, "its interval goes by its steps from day to day"},
		{"a few equal days", []series.Series{endingToday("a", []float64{5, 5, 5})}, true, "its interval is as wide as if by its own size"},
		{"one observation beside others", []series.Series{endingToday("a", []float64{10}), demand("b", 60, 1)}, true, "has hardly a value to tell its level by"},
		{"three observations beside others", []series.Series{endingToday("a", []float64{10, 12, 11}), demand("b", 60, 1)}, true, ""},
		{"one observation of nothing", []series.Series{endingToday("a", []float64{0})}, false, ""},
		{"always the same", []series.Series{endingToday("a", repeated(7, 60))}, false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n := newNumeric(tt.panel...)
			n.runAll(t)
			frame := n.forecasts(t)
			checkNested(t, frame)
			var first []float64
			for _, name := range []string{"lo80", "yhat", "hi80"} {
				values, err := lake.Column[[]float64](frame, name)
				if err != nil {
					t.Fatal(err)
				}
				first = append(first, values[0])
			}
			if wide := first[0] < first[1] && first[1] < first[2]; wide != tt.width || !wide && first[0] != first[2] {
				t.Errorf("bounds and forecast %v; want a width: %t", first, tt.width)
			}
			models := decode[step.Models](t, n.file(t, forecast.Train, step.ModelsFile))
			said := strings.Join(models.Series[0].Warnings, "; ")
			if tt.warned == "" && strings.Contains(said, "interval") || !strings.Contains(said, tt.warned) {
				t.Errorf("warnings = %q; want %q", said, tt.warned)
			}
		})
	}
}

// checkNested requires finite numbers, nested bounds and no negative demand.
func checkNested(t *testing.T, frame *lake.Frame) {
	t.Helper()
	columns := make(map[string][]float64)
	for _, name := range []string{"lo95", "lo80", "yhat", "hi80", "hi95"} {
		values, err := lake.Column[[]float64](frame, name)
		if err != nil {
			t.Fatal(err)
		}
		columns[name] = values
	}
	for i := range frame.Rows() {
		row := []float64{0, columns["lo95"][i], columns["lo80"][i], columns["yhat"][i], columns["hi80"][i], columns["hi95"][i], math.MaxFloat64}
		if !slices.IsSorted(row) || slices.ContainsFunc(row, math.IsNaN) {
			t.Fatalf("row %d: bounds %v are not nested and at least 0", i, row[1:6])
		}
	}
}

func TestStepsDoNotDependOnWorkersOrOrder(t *testing.T) {
	t.Parallel()
	one := newNumeric(oddPanel()...)
	one.workers = 1
	one.runAll(t)
	three := newNumeric(oddPanel()...)
	three.workers = 3
	three.runAll(t)

	for name, file := range map[forecast.StepName]string{
		forecast.Train: step.ModelsFile, forecast.TrainEvaluation: step.MetricsFile,
	} {
		if !bytes.Equal(one.file(t, name, file), three.file(t, name, file)) {
			t.Errorf("%s made with three workers differs from that of one", file)
		}
	}
	reversed := newNumeric(oddPanel()...)
	slices.Reverse(reversed.panel.Series)
	reversed.runAll(t)
	got, want := decode[step.Models](t, reversed.file(t, forecast.Train, step.ModelsFile)), decode[step.Models](t, one.file(t, forecast.Train, step.ModelsFile))
	slices.Reverse(got.Series)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("models of the reversed panel differ (-sorted +reversed):\n%s", diff)
	}
}

func TestEvaluationDoesNotSeeLaterValues(t *testing.T) {
	t.Parallel()
	panel := oddPanel()
	before := newNumeric(panel...)
	before.runAll(t)
	// Everything after the second origin changes; what was forecast from it must
	// not.
	cut := today - calendar.Date(before.definition.Forecast.Horizon+14)
	changed := make([]series.Series, len(panel))
	for i, s := range panel {
		s.Values = slices.Clone(s.Values)
		for d := max(s.Start, cut+1); d <= s.End(); d++ {
			s.Values[d-s.Start] = 1000 + float64(d%11)
		}
		changed[i] = s
	}
	after := newNumeric(changed...)
	after.runAll(t)
	want, got := backtestRows(t, before, cut), backtestRows(t, after, cut)
	if len(want) == 0 {
		t.Fatal("the backtest has no row up to the cut")
	}
	compared := 0
	for key, v := range want {
		w, ok := got[key]
		if ok && w != v {
			t.Fatalf("forecast %s = %v after later values changed; want %v", key, w, v)
		}
		if ok {
			compared++
		}
	}
	// Changed values change what other classes' methods are tried, no more.
	if 10*compared < 8*len(want) {
		t.Errorf("compared %d of %d forecasts; want most of them", compared, len(want))
	}
}

func backtestRows(t *testing.T, n *numeric, until calendar.Date) map[string]float64 {
	t.Helper()
	frame, err := openLake(t).ReadParquet(t.Context(), filepath.Join(n.roots[forecast.Train], step.OutputDir, "model", step.BacktestFile))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := lake.KeyColumn(frame, n.definition.Source.Series)
	if err != nil {
		t.Fatal(err)
	}
	origins, _ := lake.Column[[]calendar.Date](frame, lake.MadeForColumn)
	dates, _ := lake.Column[[]calendar.Date](frame, lake.DateColumn)
	models, _ := lake.Column[[]string](frame, lake.ModelColumn)
	means, _ := lake.Column[[]float64](frame, lake.MeanColumn)
	rows := make(map[string]float64)
	for i, origin := range origins {
		if origin <= until {
			rows[fmt.Sprint(keys[i], origin, dates[i], models[i])] = means[i]
		}
	}
	return rows
}

func TestTrainRefusesSettings(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		change func(*forecast.Settings)
		want   string
	}{
		{func(s *forecast.Settings) { s.Models = []string{"prophet"} }, `forecast.models: model "prophet" is unknown: known are auto, seasonal_naive`},
		{func(s *forecast.Settings) { s.Horizon = 0 }, "forecast.horizon is 0"},
		{func(s *forecast.Settings) { s.Levels = []int{95, 80} }, "forecast.levels are [95 80]"},
		{func(s *forecast.Settings) { s.Holidays = "XX" }, `forecast.holidays: holidays of "XX" are unknown`},
	} {
		n := newNumeric(demand("a", 60, 1))
		test.change(&n.definition.Forecast)
		err := n.run(t, forecast.Train)
		if err == nil || !strings.Contains(err.Error(), test.want) || step.ClassOf(err) != forecast.ReasonConfig {
			t.Errorf("Train = %v (%s); want %q of class config", err, step.ClassOf(err), test.want)
		}
	}
}

func TestTrainRestrictsModels(t *testing.T) {
	t.Parallel()
	n := newNumeric(demand("a", 200, 1), demand("b", 200, 2))
	n.definition.Forecast.Models = []string{"theta", "seasonal_naive"}
	n.runAll(t)
	for _, m := range decode[step.Models](t, n.file(t, forecast.Train, step.ModelsFile)).Series {
		if m.Default != "theta" || len(m.Scores) != 2 || m.Why == "" {
			t.Errorf("choice of %s = default %s among %d (%s); want theta among 2 with a reason", m.Series, m.Default, len(m.Scores), m.Why)
		}
	}
}

func BenchmarkSteps(b *testing.B) {
	var panel []series.Series
	for i := range 48 {
		panel = append(panel, demand(fmt.Sprintf("v%02d", i), 1100, uint64(i)))
	}
	n := newNumeric(panel...)
	n.definition.Forecast.Horizon = 28
	n.home = b
	for _, name := range []forecast.StepName{forecast.Train, forecast.TrainEvaluation, forecast.Predict} {
		b.Run(string(name), func(b *testing.B) {
			for b.Loop() {
				if err := n.run(b, name); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
