package step_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/step"
)

// postProcIn runs PostProc on a forecast, a window of its rows at a time, and returns
// the partition.
func postProcIn(t *testing.T, frame *lake.Frame, metadata map[string]string, window int) ([]byte, error) {
	t.Helper()
	root := t.TempDir()
	path := filepath.Join(root, step.InputDir, "forecast", step.ForecastFile)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := openLake(t).WriteParquet(t.Context(), path, frame, lake.ParquetOptions{Metadata: metadata}); err != nil {
		t.Fatal(err)
	}
	spec := specOf(root)
	spec.Step = forecast.PostProc
	env := step.Env{Root: root, Log: slog.New(step.LogHandler(&buffer{}, clock)), Now: clock, Workers: 1, Spec: spec}
	err := step.PostProc(t.Context(), env.Cut(window, 0))
	partition, errRead := os.ReadFile(filepath.Join(root, step.OutputDir, "partition", lake.PartFile))
	if err == nil && errRead != nil {
		t.Fatal(errRead)
	}
	if err != nil && errRead == nil {
		t.Error("PostProc failed and left a partition")
	}
	return partition, err
}

// However many rows PostProc holds at a time, the partition is the same, and a window
// that ends within a series refuses no more and no less.
func TestPostProcInWindows(t *testing.T) {
	t.Parallel()
	whole := forecastFrame(nil)
	want, err := postProcIn(t, whole, nil, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, window := range []int{1, 2, 3, 4, 5} {
		got, err := postProcIn(t, whole, nil, window)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("in windows of %d rows: another partition, %v", window, err)
		}
	}
	for name, test := range map[string]struct {
		change func(row int, cells map[string]any)
		marked map[string]string
		want   string
	}{
		"a series ends early": {func(row int, cells map[string]any) { takeOut(cells, row, 2) }, nil, "series van ends at"},
		"a series twice": {func(row int, cells map[string]any) {
			cells["vehicle"] = []string{"van", "van", "van", "coupe", "coupe", "van"}[row]
		}, lake.OrderedBySeries(), ""},
		"no rows":                   {func(row int, cells map[string]any) { takeOut(cells, row, row) }, nil, "has no rows"},
		"an interval inside itself": {func(row int, cells map[string]any) { cells["lo80"] = map[bool]float64{true: 11, false: 8}[row == 4] }, nil, "does not enclose"},
	} {
		for _, window := range []int{1, 2, 100} {
			_, err := postProcIn(t, forecastFrame(test.change), test.marked, window)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s, in windows of %d rows: PostProc = %v; want %q", name, window, err, test.want)
			}
		}
	}
}

// takeOut takes a row out of a forecastFrame if it is the one to go.
func takeOut(cells map[string]any, row, gone int) {
	if row == gone {
		cells["vehicle"] = ""
	}
}

// A forecast whose series have no name, or one that would be taken for two, is refused:
// no partition can show it.
func TestPostProcRefusesKeys(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "van\x1fTokyo"} {
		frame := forecastOf([]string{"van", name}, []int{0, 1, 2, 3, 4, 5})
		if _, err := postProcIn(t, frame, nil, 100); err == nil || !strings.Contains(err.Error(), "column vehicle") {
			t.Errorf("PostProc with series %q = %v; want an error that names the column", name, err)
		}
	}
}
