package step_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/series"
	"github.com/daybatch/daybatch/forecast/step"
)

// outputs are what the numeric steps write.
func outputs() map[forecast.StepName][]string {
	return map[forecast.StepName][]string{
		forecast.Train:           {step.ModelsFile, step.BacktestFile},
		forecast.TrainEvaluation: {step.MetricsFile, step.EvaluationFile},
		forecast.Predict:         {step.ForecastFile},
	}
}

// However the panel is cut, and on however many processors, the outputs have the
// same bytes, of several row groups too.
func TestStepsDoNotDependOnShards(t *testing.T) {
	t.Parallel()
	short := []series.Series{demand("a", 23, 1), demand("b", 1, 2), demand("c", 6, 3), demand("d", 30, 4)}
	for _, test := range []struct {
		name   string
		panel  []series.Series
		group  int // rows
		shards []struct{ rows, workers int }
	}{
		{"odd", oddPanel(), 500, []struct{ rows, workers int }{{83, 1}, {333, 3}, {2000, 2}}},
		{"short", short, 20, []struct{ rows, workers int }{{1, 1}, {2, 3}, {7, 2}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			want := newNumeric(slices.Clone(test.panel)...)
			want.group = test.group
			want.runAll(t)
			footer, err := lake.ReadFooter(filepath.Join(want.roots[forecast.Train], step.OutputDir, "model", step.BacktestFile))
			if err != nil {
				t.Fatal(err)
			}
			if footer.RowGroups < 2 {
				t.Fatalf("the backtest has %d row groups; want a case with several", footer.RowGroups)
			}
			for _, shard := range test.shards {
				n := newNumeric(slices.Clone(test.panel)...)
				n.shard, n.group, n.workers = shard.rows, test.group, shard.workers
				n.runAll(t)
				for name, files := range outputs() {
					for _, file := range files {
						if !bytes.Equal(n.file(t, name, file), want.file(t, name, file)) {
							t.Errorf("%s of %d rows at a time and %d workers differs from that of one shard", file, shard.rows, shard.workers)
						}
					}
				}
			}
		})
	}
}

// Where row groups end makes no difference to the rows.
func TestStepsDoNotDependOnRowGroups(t *testing.T) {
	t.Parallel()
	one, many := newNumeric(oddPanel()...), newNumeric(oddPanel()...)
	many.group = 20
	one.runAll(t)
	many.runAll(t)
	for _, file := range []string{step.MetricsFile, step.EvaluationFile} {
		if !bytes.Equal(one.file(t, forecast.TrainEvaluation, file), many.file(t, forecast.TrainEvaluation, file)) {
			t.Errorf("%s depends on where the row groups of the backtest end", file)
		}
	}
	want, got := one.forecasts(t), many.forecasts(t)
	if !slices.Equal(column[[]float64](t, got, lake.MeanColumn), column[[]float64](t, want, lake.MeanColumn)) ||
		!slices.Equal(column[[]string](t, got, "vehicle"), column[[]string](t, want, "vehicle")) {
		t.Error("the forecast's rows depend on where its row groups end")
	}
}

// models.json may be another program's: with its series in any order, and with
// fields that nobody knows.
func TestStepsTakeModelsInAnyOrder(t *testing.T) {
	t.Parallel()
	n := newNumeric(oddPanel()...)
	n.shard = 100
	n.runAll(t)
	metrics, forecasts := n.file(t, forecast.TrainEvaluation, step.MetricsFile), n.file(t, forecast.Predict, step.ForecastFile)
	models := decode[map[string]any](t, n.file(t, forecast.Train, step.ModelsFile))
	slices.Reverse(models["series"].([]any))
	models["about"] = map[string]any{"series": []int{1, 2}}
	models["zeta"] = nil
	text, err := json.Marshal(models)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(n.roots[forecast.Train], step.OutputDir, "model", step.ModelsFile), text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []forecast.StepName{forecast.TrainEvaluation, forecast.Predict} {
		if err := n.run(t, name); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(n.file(t, forecast.TrainEvaluation, step.MetricsFile), metrics) || !bytes.Equal(n.file(t, forecast.Predict, step.ForecastFile), forecasts) {
		t.Error("the outputs depend on the order of the series in models.json")
	}
}

func TestModelsThatAreNone(t *testing.T) {
	t.Parallel()
	n := newNumeric(demand("a", 200, 1), demand("b", 200, 2))
	if err := n.run(t, forecast.Train); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(n.roots[forecast.Train], step.OutputDir, "model", step.ModelsFile)
	whole := n.file(t, forecast.Train, step.ModelsFile)
	for _, text := range []string{"", "[]", `{"series": 3}`, `{"series": [3]}`, string(whole[:len(whole)/2])} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := n.run(t, forecast.Predict); err == nil || !strings.Contains(err.Error(), step.ModelsFile) {
			t.Errorf("Predict with models.json %.20q = %v; want an error that names the file", text, err)
		}
	}
}

var errAsked = errors.New("somebody asked")

// A step that is asked to stop ends with the cause and leaves no output.
func TestStepsStop(t *testing.T) {
	t.Parallel()
	n := newNumeric(oddPanel()...)
	n.shard = 100
	if err := n.run(t, forecast.Train); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errAsked)
	for _, name := range []forecast.StepName{forecast.TrainEvaluation, forecast.Predict} {
		env := n.env(t, name)
		if err := work(name)(ctx, env); err == nil {
			t.Errorf("%s went on after it was to stop", name)
		}
		if files, _ := filepath.Glob(filepath.Join(env.Root, step.OutputDir, "*", "*")); len(files) > 0 {
			t.Errorf("%s was stopped and left %v", name, files)
		}
	}
}

// Progress counts series over all shards.
func TestProgressOverShards(t *testing.T) {
	t.Parallel()
	n := newNumeric(oddPanel()...)
	n.shard = 50
	if err := n.run(t, forecast.Train); err != nil {
		t.Fatal(err)
	}
	last := fmt.Sprintf("series=%d of=%d percent=100", len(n.panel.Series), len(n.panel.Series))
	if log := n.log.String(); !strings.Contains(log, last) {
		t.Errorf("log has no %q:\n%s", last, log)
	}
}
