package step_test

import (
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/accuracy"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
	"github.com/daybatch/daybatch/forecast/step"
)

var updateGolden = flag.Bool("update", false, "write the golden files")

func TestGate(t *testing.T) {
	t.Parallel()
	worse := accuracy.Test{Method: accuracy.MethodBootstrap, Better: .99, Worse: .01}
	better := accuracy.Test{Method: accuracy.MethodBootstrap, Better: .01, Worse: .99}
	level := accuracy.Test{Method: accuracy.MethodBootstrap, Better: .4, Worse: .6}
	none := accuracy.Test{Method: accuracy.MethodNone, Better: 1, Worse: 1}
	const counts = "(5 origins, 120 series, 28 days"
	for _, test := range []struct {
		name     string
		gate     forecast.Gate
		origins  int
		rows     int
		test     accuracy.Test
		ratio    float64
		verdict  forecast.Verdict
		reason   string // of the failure; empty: it passes
		versus   float64
		warnings int
	}{
		{"no criteria", forecast.Gate{}, 5, 1000, worse, 1.2, forecast.VerdictPassed, "", 1.2, 0},
		{"within the limits", forecast.Gate{WAPE: .5, MASE: 1.5, Versus: "seasonal_naive"}, 5, 1000, better, .9, forecast.VerdictPassed, "", .9, 0},
		{
			"wape above",
			forecast.Gate{WAPE: .35},
			5, 1000, better, .9, forecast.VerdictFailed,
			"wape 0.412 > 0.350 " + counts + "; seasonal naive 0.388)", .9, 0,
		},
		{
			"limit below three decimals",
			forecast.Gate{WAPE: .0003},
			5, 1000, better, .9, forecast.VerdictFailed,
			"wape 0.4120 > 0.0003 " + counts + "; seasonal naive 0.388)", .9, 0,
		},
		{
			"limit next to the measure",
			forecast.Gate{WAPE: .4119},
			5, 1000, better, .9, forecast.VerdictFailed,
			"wape 0.4120 > 0.4119 " + counts + "; seasonal naive 0.388)", .9, 0,
		},
		{
			"mase above",
			forecast.Gate{WAPE: .5, MASE: 1},
			5, 1000, better, .9, forecast.VerdictFailed,
			"mase 1.200 > 1.000 " + counts + ")", .9, 0,
		},
		{
			"baseline better",
			forecast.Gate{Versus: "seasonal_naive"},
			5, 1000, worse, 1.062, forecast.VerdictFailed,
			"error 1.062 of seasonal naive's: seasonal naive is significantly better (bootstrap, p 0.010; 5 origins, 120 series, 28 days)", 1.062, 0,
		},
		{
			"both above",
			forecast.Gate{WAPE: .35, MASE: 1},
			5, 1000, better, .9, forecast.VerdictFailed,
			"wape 0.412 > 0.350 " + counts + "; seasonal naive 0.388); mase 1.200 > 1.000 " + counts + ")", .9, 0,
		},
		{"baseline luckily better", forecast.Gate{Versus: "seasonal_naive"}, 5, 1000, level, 1.03, forecast.VerdictPassed, "", 1, 1},
		{"one origin", forecast.Gate{WAPE: .35, Versus: "seasonal_naive"}, 1, 1000, none, .9, forecast.VerdictUndecided, "", .9, 1},
		{"nine rows", forecast.Gate{WAPE: .35}, 5, 9, none, .9, forecast.VerdictUndecided, "", .9, 1},
		{
			"one origin, strict",
			forecast.Gate{WAPE: .35, Strict: true},
			1, 1000, none, .9, forecast.VerdictUndecided,
			"wape 0.412 ? 0.350 (1 origin, 120 series, 28 days; seasonal naive 0.388)", .9, 1,
		},
		{"no baseline", forecast.Gate{Versus: "seasonal_naive"}, 5, 1000, none, 0, forecast.VerdictUndecided, "", 1, 1},
	} {
		e := forecast.Evaluation{
			Origins: make([]calendar.Date, test.origins), Rows: test.rows, Horizon: 28, Series: make([]forecast.SeriesAccuracy, 120),
			Measures: forecast.Measures{"wape": .412, "mase": 1.2}, Baseline: forecast.Measures{"wape": .388}, Versus: "seasonal_naive",
		}
		numbers, err := step.Judge(test.gate, &e, test.test, test.ratio)
		if e.Verdict != test.verdict {
			t.Errorf("%s: verdict = %s; want %s", test.name, e.Verdict, test.verdict)
		}
		switch failed, _ := errors.AsType[*step.Error](err); {
		case test.reason == "" && err != nil:
			t.Errorf("%s: error = %v; want none", test.name, err)
		case test.reason != "" && (failed == nil || failed.Class != forecast.ReasonGate || failed.Error() != test.reason):
			t.Errorf("%s: error = %v; want %q of class gate", test.name, err, test.reason)
		}
		want := step.GateNumbers{WAPE: .412, MASE: 1.2, VersusBaseline: test.versus}
		if test.verdict == forecast.VerdictUndecided && test.gate.WAPE > 0 && !test.gate.Strict {
			want.WAPE = min(want.WAPE, test.gate.WAPE) // the gate lets it pass
		}
		if numbers != want {
			t.Errorf("%s: numbers = %v; want %v", test.name, numbers, want)
		}
		if len(e.Warnings) != test.warnings {
			t.Errorf("%s: warnings = %q; want %d", test.name, e.Warnings, test.warnings)
		}
	}
}

func TestGateWithoutValues(t *testing.T) {
	t.Parallel()
	e := forecast.Evaluation{Versus: "seasonal_naive"}
	numbers, err := step.Judge(forecast.Gate{WAPE: .3}, &e, accuracy.Test{}, 0)
	if err != nil || e.Verdict != forecast.VerdictUndecided || numbers.WAPE > .3 || numbers.MASE < 1e6 {
		t.Errorf("gate without measures = %v, %s, %v; want undecided, a wape that passes as the gate does, and a mase beyond every limit", err, e.Verdict, numbers)
	}
}

// TestConditionsAgree: who compares the numbers with the limits, as a Condition of
// SageMaker does, comes to the same as the gate.
func TestConditionsAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.SampledFrom([]float64{0, .3, 1})
		criteria := forecast.Gate{
			WAPE: limit.Draw(t, "wape limit"), MASE: limit.Draw(t, "mase limit"),
			Versus: rapid.SampledFrom([]string{"", "seasonal_naive"}).Draw(t, "versus"), Strict: rapid.Bool().Draw(t, "strict"),
		}
		e := forecast.Evaluation{
			Origins: make([]calendar.Date, rapid.IntRange(0, 3).Draw(t, "origins")), Rows: rapid.IntRange(0, 20).Draw(t, "rows"),
			Measures: forecast.Measures{}, Versus: "seasonal_naive",
		}
		for _, name := range []string{"wape", "mase"} {
			if rapid.Bool().Draw(t, "has "+name) {
				e.Measures[name] = rapid.SampledFrom([]float64{.1, .3, .5, 1, 2}).Draw(t, name)
			}
		}
		test := accuracy.Test{
			Method: rapid.SampledFrom([]accuracy.Method{accuracy.MethodNone, accuracy.MethodBootstrap}).Draw(t, "method"),
			Worse:  rapid.SampledFrom([]float64{.01, .5}).Draw(t, "worse"),
		}
		numbers, err := step.Judge(criteria, &e, test, rapid.SampledFrom([]float64{0, .8, 1, 1.2}).Draw(t, "ratio"))
		passes := (criteria.WAPE == 0 || numbers.WAPE <= criteria.WAPE) && (criteria.MASE == 0 || numbers.MASE <= criteria.MASE) &&
			(criteria.Versus == "" || numbers.VersusBaseline <= 1)
		if passes != (err == nil) {
			t.Fatalf("numbers %+v pass %v, the gate says %v", numbers, passes, err)
		}
	})
}

// A gate that fails has its files written: the screens show what it saw.
func TestEvaluationWritesBeforeItFails(t *testing.T) {
	t.Parallel()
	n := newNumeric(demand("a", 200, 1), demand("b", 200, 2), demand("c", 30, 3))
	n.definition.Gate = forecast.Gate{WAPE: .001, Versus: "seasonal_naive"}
	if err := n.run(t, forecast.Train); err != nil {
		t.Fatal(err)
	}
	err := n.run(t, forecast.TrainEvaluation)
	if step.ClassOf(err) != forecast.ReasonGate || !strings.HasPrefix(err.Error(), "wape 0.") || !strings.Contains(err.Error(), "> 0.001 (4 origins, 3 series, 14 days; seasonal naive 0.") {
		t.Fatalf("TrainEvaluation = %v (%s); want the gate's numbers", err, step.ClassOf(err))
	}
	m := decode[step.Metrics](t, n.file(t, forecast.TrainEvaluation, step.MetricsFile))
	if m.Verdict != forecast.VerdictFailed || m.Date != today || len(m.Checks) != 2 || m.Gate.WAPE != m.Measures["wape"] {
		t.Errorf("metrics.json = verdict %s, date %s, %d checks, wape %v; want failed, %s, 2, %v", m.Verdict, m.Date, len(m.Checks), m.Gate.WAPE, today, m.Measures["wape"])
	}
	for _, name := range []string{"wape", "mase", "rmsse", "bias", "coverage_80", "coverage_95", "pinball", "msis"} {
		if v, ok := m.Measures[name]; !ok || math.IsNaN(v) {
			t.Errorf("measure %s = %v, %v; want a number", name, v, ok)
		}
	}
	var share float64
	for i, s := range m.Series {
		share += s.Share
		if s.Model == "" || s.Why == "" || s.Class == "" {
			t.Errorf("series %s has model %q, class %q, why %q; want all", s.Series, s.Model, s.Class, s.Why)
		}
		if i > 0 && s.Share > m.Series[i-1].Share {
			t.Error("series are not ordered by their share of the error")
		}
	}
	if math.Abs(share-1) > 1e-9 {
		t.Errorf("shares of the error add up to %v; want 1", share)
	}
}

// What the evaluation says of an origin does not depend on what a method did
// after it: the choice there was made by what was known.
func TestEvaluationChoosesByWhatWasKnown(t *testing.T) {
	t.Parallel()
	n := newNumeric(demand("a", 200, 1))
	n.definition.Forecast.Models = []string{"mean", "seasonal_naive"}
	n.definition.Forecast.Origins = 1
	n.runAll(t)
	m := decode[step.Metrics](t, n.file(t, forecast.TrainEvaluation, step.MetricsFile))
	// The mean is the first named and so the default, and with one origin there
	// is no evidence against it although the other is far better.
	if m.Measures["wape"] < 1.5*m.Baseline["wape"] {
		t.Errorf("wape = %.3f; want that of the mean, far above the seasonal naive's %.3f", m.Measures["wape"], m.Baseline["wape"])
	}
}

func TestEvaluationOfShortPanelIsUndecided(t *testing.T) {
	t.Parallel()
	n := newNumeric(demand("a", 9, 1), demand("b", 15, 2))
	n.definition.Gate = forecast.Gate{WAPE: .3, Versus: "seasonal_naive"}
	n.runAll(t)
	m := decode[step.Metrics](t, n.file(t, forecast.TrainEvaluation, step.MetricsFile))
	if m.Verdict != forecast.VerdictUndecided || m.Rows != 0 || len(m.Warnings) == 0 {
		t.Errorf("metrics = %s, %d rows, warnings %q; want undecided, none, some", m.Verdict, m.Rows, m.Warnings)
	}
	n.definition.Gate.Strict = true
	if err := n.run(t, forecast.TrainEvaluation); step.ClassOf(err) != forecast.ReasonGate {
		t.Errorf("strict TrainEvaluation = %v; want the gate to fail", err)
	}
}

// A week that is unlike the weeks before is told, and stops nothing.
func TestEvaluationTellsOfTheInput(t *testing.T) {
	t.Parallel()
	n := newNumeric(demand("a", 120, 1), demand("b", 120, 2), demand("c", 120, 3))
	n.definition.Forecast.Models = []string{"seasonal_naive"}
	n.runAll(t)
	if m := decode[step.Metrics](t, n.file(t, forecast.TrainEvaluation, step.MetricsFile)); len(m.Input) != 0 {
		t.Errorf("input of a steady panel = %q; want nothing", m.Input)
	}
	for i := range 7 {
		values := n.panel.Series[2].Values
		values[len(values)-1-i] = 0
	}
	n.writePanel(t)
	n.runAll(t)
	m := decode[step.Metrics](t, n.file(t, forecast.TrainEvaluation, step.MetricsFile))
	if want := fmt.Sprintf("33 %% of the values of the week up to %s are zero, usually 0 %%", today); !slices.Contains(m.Input, want) {
		t.Errorf("input = %q; want %q", m.Input, want)
	}
}

func TestEvaluationJSON(t *testing.T) {
	t.Parallel()
	week := []float64{10, 12, 14, 16, 18, 9, 5}
	values := make([]float64, 70)
	for i := range values {
		values[i] = week[i%7] + float64(i*i%5)
	}
	n := newNumeric(endingToday("a", values), endingToday("b", slices.Repeat([]float64{1, 2, 3, 4, 5, 6, 8}, 10)))
	n.definition.Forecast.Models = []string{"seasonal_naive"}
	n.definition.Forecast.Holidays = ""
	n.definition.Forecast.Horizon = 7
	n.runAll(t)
	got := string(n.file(t, forecast.TrainEvaluation, step.EvaluationFile))
	path := filepath.Join("testdata", "evaluation.json")
	if *updateGolden {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("evaluation.json differs (-want +got; -update writes it):\n%s", diff)
	}
}

// Series of another Train may lack what ours writes.
func TestPredictWithoutModelOfASeries(t *testing.T) {
	t.Parallel()
	n := newNumeric(demand("a", 100, 1), demand("b", 100, 2))
	n.runAll(t)
	n.panel.Series = append(n.panel.Series, series.Series{Key: series.MakeKey("new", "tokyo"), Start: today - 4, Values: []float64{3, 4, 5, 4, 3}})
	n.writePanel(t)
	if err := n.run(t, forecast.Predict); err != nil {
		t.Fatal(err)
	}
	frame := n.forecasts(t)
	if want := 3 * n.definition.Forecast.Horizon; frame.Rows() != want {
		t.Errorf("forecast has %d rows; want %d", frame.Rows(), want)
	}
	checkNested(t, frame)
}
