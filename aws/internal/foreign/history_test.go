package foreign_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/internal/foreign"
	"github.com/daybatch/daybatch/aws/internal/runs"
	"github.com/daybatch/daybatch/forecast"
)

func TestHistory(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new")
	h := foreign.NewHistory(dir)
	run := execution("abc", 1, forecast.Succeeded).Run
	index := foreign.Index{Through: at(5), Runs: map[string]foreign.Remembered{"abc": {Run: run, Given: map[string]string{"Day": "x"}, Asked: true}}}
	details := foreign.Details{
		Run: run, Definition: foreign.Hash(definitionText(t)), Steps: []runs.Step{step("Train", forecast.StepSucceeded, 1)},
		Jobs:     map[string]runs.Detail{"Train": {Job: runs.Job{Name: "job", Instance: "ml.m5.large", Started: at(2)}, Metrics: map[string]float64{"auc": 0.8}}},
		Measures: forecast.Measures{"auc": 0.8}, Problem: "its report is damaged",
	}
	_, hash, err := h.KeepDefinition(definitionText(t))
	if err == nil {
		err = h.SetIndex(index)
	}
	if err == nil {
		err = h.Keep("abc", details)
	}
	if err != nil {
		t.Fatal(err)
	}
	again := foreign.NewHistory(dir)
	if diff := cmp.Diff(index, again.Index()); diff != "" {
		t.Errorf("index of another process (-want +got):\n%s", diff)
	}
	got, ok := again.Details("abc")
	if diff := cmp.Diff(details, got); diff != "" || !ok {
		t.Errorf("details of another process, there: %t (-want +got):\n%s", ok, diff)
	}
	if g, ok := again.Graph(hash); !ok || len(g.Steps) != 6 {
		t.Errorf("definition of another process = %+v, %t; want six steps", g, ok)
	}
	again.Index().Runs["abc"] = foreign.Remembered{}
	if again.Index().Runs["abc"].ARN == "" {
		t.Error("the index changed with a copy of it")
	}
}

// TestHistoryDamaged: what can't be read, or kept, costs a call and nothing else.
func TestHistoryDamaged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"executions.json", "execution-abc.json", "definition-abc.json"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(`{"runs": 3`), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h := foreign.NewHistory(dir)
	if index := h.Index(); len(index.Runs) > 0 || !index.Through.IsZero() {
		t.Errorf("index of a damaged file = %+v; want none", index)
	}
	if d, ok := h.Details("abc"); ok {
		t.Errorf("details of a damaged file = %+v; want none", d)
	}
	if g, ok := h.Graph("abc"); ok {
		t.Errorf("definition of a damaged file = %+v; want none", g)
	}
	nowhere := foreign.NewHistory(filepath.Join(dir, "executions.json", "below"))
	if err := nowhere.Keep("abc", foreign.Details{Run: execution("abc", 1, forecast.Failed).Run}); err == nil {
		t.Error("a file below a file was kept")
	}
	if _, ok := nowhere.Details("abc"); !ok {
		t.Error("what could not be kept on disk is forgotten at once")
	}
}

// TestHash: the same definition, spaced or ordered otherwise, is the same.
func TestHash(t *testing.T) {
	t.Parallel()
	text := definitionText(t)
	if foreign.Hash(text) != foreign.Hash(strings.Join(strings.Fields(text), " ")) || foreign.Hash(text) == foreign.Hash(strings.Replace(text, "0.75", "0.76", 1)) {
		t.Error("hashes tell spaces apart, or not what matters")
	}
}
