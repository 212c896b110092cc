package step_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/step"
)

// rewriteBacktest writes the rows of the backtest in another order, and those
// of the methods that rename knows only, by its names.
func (n *numeric) rewriteBacktest(t *testing.T, rename map[string]string) {
	t.Helper()
	path := filepath.Join(n.roots[forecast.Train], step.OutputDir, "model", step.BacktestFile)
	db := openLake(t)
	frame, err := db.ReadParquet(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	models := column[[]string](t, frame, lake.ModelColumn)
	rng := rand.New(rand.NewPCG(5, 6))
	var order []int
	for _, row := range rng.Perm(frame.Rows()) {
		if rename[models[row]] != "" {
			models[row] = rename[models[row]]
			order = append(order, row)
		}
	}
	out := &lake.Frame{}
	for _, name := range append([]string{lake.ModelColumn, "stand_in"}, n.definition.Source.Series...) {
		out.Strings(name, pick(column[[]string](t, frame, name), order))
	}
	for _, name := range []string{lake.MadeForColumn, lake.DateColumn} {
		out.Dates(name, pick(column[[]calendar.Date](t, frame, name), order))
	}
	for _, name := range []string{lake.MeanColumn, lake.ValueColumn} {
		out.Floats(name, pick(column[[]float64](t, frame, name), order))
	}
	out.Ints(lake.HorizonColumn, pick(column[[]int64](t, frame, lake.HorizonColumn), order))
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := db.WriteParquet(t.Context(), path, out, lake.ParquetOptions{}); err != nil {
		t.Fatal(err)
	}
}

func column[V lake.Values](t *testing.T, frame *lake.Frame, name string) V {
	t.Helper()
	values, err := lake.Column[V](frame, name)
	if err != nil {
		t.Fatal(err)
	}
	return values
}

func pick[T any](values []T, order []int) []T {
	out := make([]T, len(order))
	for i, row := range order {
		out[i] = values[row]
	}
	return out
}

func (n *numeric) metrics(t *testing.T) step.Metrics {
	t.Helper()
	if err := n.run(t, forecast.TrainEvaluation); err != nil {
		t.Fatal(err)
	}
	return decode[step.Metrics](t, n.file(t, forecast.TrainEvaluation, step.MetricsFile))
}

// trainedOn returns the steps after Train has run with the named methods.
func trainedOn(t *testing.T, methods ...string) *numeric {
	t.Helper()
	n := newNumeric(demand("a", 200, 1), demand("b", 200, 2), demand("c", 120, 3))
	n.definition.Forecast.Models = methods
	if err := n.run(t, forecast.Train); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestEvaluationDoesNotDependOnTheOrderOfRows(t *testing.T) {
	t.Parallel()
	n := trainedOn(t, "mean", "seasonal_naive")
	want := n.metrics(t)
	n.rewriteBacktest(t, map[string]string{"mean": "mean", "seasonal_naive": "seasonal_naive"})
	if diff := cmp.Diff(want, n.metrics(t)); diff != "" {
		t.Errorf("metrics of the shuffled backtest differ (-ordered +shuffled):\n%s", diff)
	}
}

// A project's own Train has methods of its own. It is they that the gate must
// see, not the baseline against itself.
func TestEvaluationOfOwnMethods(t *testing.T) {
	t.Parallel()
	n := trainedOn(t, "mean")
	want := n.metrics(t)
	n.definition.Forecast.Models = []string{"auto"}
	n.rewriteBacktest(t, map[string]string{"mean": "their_model", "seasonal_naive": "seasonal_naive"})
	got := n.metrics(t)
	if got.Measures["wape"] != want.Measures["wape"] || got.Baseline["wape"] != want.Baseline["wape"] {
		t.Errorf("wape = %v, baseline %v; want those of their model, %v, and the baseline, %v",
			got.Measures["wape"], got.Baseline["wape"], want.Measures["wape"], want.Baseline["wape"])
	}
	if got.Measures["wape"] == got.Baseline["wape"] {
		t.Error("their model and the baseline have the same error; want a case that tells them apart")
	}
}

// A project's own Train may look farther ahead than the project asks for.
func TestEvaluationRefusesALongerBacktest(t *testing.T) {
	t.Parallel()
	n := newNumeric(demand("a", 200, 1), demand("b", 200, 2))
	if err := n.run(t, forecast.Train); err != nil {
		t.Fatal(err)
	}
	n.definition.Forecast.Horizon = 7
	err := n.run(t, forecast.TrainEvaluation)
	if want := "horizon 8 is beyond forecast.horizon, which is 7"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("TrainEvaluation = %v; want an error with %q", err, want)
	}
}
