package step_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
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

// numeric is a project of which only the numeric steps run, on a panel that the
// test makes.
type numeric struct {
	panel      series.Panel
	definition forecast.Definition
	workers    int
	share      step.Share
	shard      int        // rows; 0: as many as the steps take
	group      int        // rows of a row group; likewise
	home       testing.TB // whose directories outlive the steps; nil: that of each step
	roots      map[forecast.StepName]string
	log        bytes.Buffer
}

func newNumeric(panel ...series.Series) *numeric {
	slices.SortFunc(panel, func(a, b series.Series) int { return strings.Compare(string(a.Key), string(b.Key)) })
	return &numeric{
		panel: series.Panel{Columns: []string{"vehicle", "region"}, Series: panel},
		definition: forecast.Definition{
			Source:   forecast.Source{Series: []string{"vehicle", "region"}},
			Forecast: forecast.Settings{Horizon: 14, Season: []float64{7, 365.25}, Holidays: "JP", Models: []string{"auto"}, Levels: []int{80, 95}, Origins: 4, Seed: 1},
		},
		workers: 2,
		roots:   make(map[forecast.StepName]string),
	}
}

// run runs a step after those that it needs have run.
func (n *numeric) run(tb testing.TB, name forecast.StepName) error {
	tb.Helper()
	env := n.env(tb, name)
	n.roots[name] = env.Root
	return work(name)(tb.Context(), env)
}

func work(name forecast.StepName) func(context.Context, step.Env) error {
	switch name {
	case forecast.Train:
		return step.Train
	case forecast.TrainEvaluation:
		return step.TrainEvaluation
	default:
		return step.Predict
	}
}

// env returns what a step needs, in a root of its own.
func (n *numeric) env(tb testing.TB, name forecast.StepName) step.Env {
	tb.Helper()
	if n.roots[forecast.PreProc] == "" {
		n.writePanel(tb)
	}
	root := n.directory(tb)
	for input, from := range step.Inputs(name) {
		if err := os.MkdirAll(filepath.Join(root, step.InputDir), 0o755); err != nil {
			tb.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(n.roots[from], step.OutputDir, input), filepath.Join(root, step.InputDir, input)); err != nil {
			tb.Fatal(err)
		}
	}
	env := step.Env{
		Root: root, Log: slog.New(step.LogHandler(&n.log, clock)), Now: clock, Workers: n.workers, Share: n.share,
		Spec: step.Spec{Step: name, Date: today, Execution: "e1", Definition: n.definition},
	}
	return env.Cut(n.shard, n.group)
}

func (n *numeric) directory(tb testing.TB) string {
	tb.Helper()
	if n.home != nil {
		return n.home.TempDir()
	}
	return tb.TempDir()
}

func (n *numeric) runAll(t *testing.T) {
	t.Helper()
	for _, name := range []forecast.StepName{forecast.Train, forecast.TrainEvaluation, forecast.Predict} {
		if err := n.run(t, name); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, n.log.String())
		}
	}
}

func (n *numeric) writePanel(tb testing.TB) {
	tb.Helper()
	root := n.directory(tb)
	dir := filepath.Join(root, step.OutputDir, "panel")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		tb.Fatal(err)
	}
	table := lake.PanelTable{Panel: n.panel}
	for _, s := range n.panel.Series {
		table.Outliers = append(table.Outliers, make([]bool, len(s.Values)))
	}
	db, err := lake.Open(tb.Context(), lake.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	defer db.Close()
	if err := db.WritePanel(tb.Context(), filepath.Join(dir, step.PanelFile), table); err != nil {
		tb.Fatal(err)
	}
	n.roots[forecast.PreProc] = root
}

func (n *numeric) file(tb testing.TB, name forecast.StepName, file string) []byte {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join(n.roots[name], step.OutputDir, step.Output(name), file))
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

func decode[T any](t *testing.T, text []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func (n *numeric) forecasts(t *testing.T) *lake.Frame {
	t.Helper()
	frame, err := openLake(t).ReadParquet(t.Context(), filepath.Join(n.roots[forecast.Predict], step.OutputDir, "forecast", step.ForecastFile))
	if err != nil {
		t.Fatal(err)
	}
	return frame
}
