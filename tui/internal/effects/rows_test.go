package effects_test

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/effects"
)

func someRows() effects.Rows {
	at := time.Date(2026, time.January, 20, 6, 0, 0, 0, time.UTC)
	rows := [][]any{
		{calendar.Of(2026, time.January, 20), "a, \"b\"\n<c>", 3, int64(4), 0.1, at, true},
		{calendar.Of(2026, time.January, 19), forecast.StepName(""), 0, nil, math.NaN(), time.Time{}, false},
	}
	return effects.Rows{
		Name: "days", Len: len(rows), At: func(i int) []any { return rows[i] },
		Fields: []string{"date", "reason", "attempts", "rows", "wape", "started", "stale"},
	}
}

func TestExportRows(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := scope(t)
	for _, name := range []string{"rows.csv", "rows.csv", "rows.JSON"} {
		got := answer[effects.Exported](t, s.ExportRows(filepath.Join(dir, name), someRows()))
		if got.Lines != 2 || got.Name != name {
			t.Errorf("ExportRows(%s) = %+v; want 2 rows", name, got)
		}
	}
	file, err := os.Open(filepath.Join(dir, "rows-2.csv"))
	if err != nil {
		t.Fatalf("%v; want a second file beside the first", err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"date", "reason", "attempts", "rows", "wape", "started", "stale"},
		{"2026-01-20", "a, \"b\"\n<c>", "3", "4", "0.1", "2026-01-20T06:00:00Z", "true"},
		{"2026-01-19", "", "0", "", "", "", "false"},
	}
	if diff := cmp.Diff(want, records); diff != "" {
		t.Errorf("CSV (-want +got):\n%s", diff)
	}
	text, err := os.ReadFile(filepath.Join(dir, "rows.JSON"))
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		Items    []map[string]any
		Warnings []string
	}
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	first := map[string]any{"date": "2026-01-20", "reason": "a, \"b\"\n<c>", "attempts": 3., "rows": 4., "wape": 0.1, "started": "2026-01-20T06:00:00Z", "stale": true}
	second := map[string]any{"date": "2026-01-19", "reason": "", "attempts": 0., "rows": nil, "wape": nil, "started": nil, "stale": false}
	if diff := cmp.Diff([]map[string]any{first, second}, read.Items); diff != "" || read.Warnings == nil {
		t.Errorf("JSON, warnings %v (-want +got):\n%s", read.Warnings, diff)
	}
	if at, end := strings.Index(string(text), `"date"`), strings.Index(string(text), `"reason"`); at > end {
		t.Errorf("fields are not in their order:\n%s", text)
	}
}

func TestExportRowsFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, want := range map[string]error{"rows.xls": forecast.ErrInvalid, "rows": forecast.ErrInvalid, "absent/rows.csv": os.ErrNotExist} {
		failed, ok := scope(t).ExportRows(filepath.Join(dir, name), someRows())().(effects.Failed)
		if !ok || !errors.Is(failed.Err, want) || !strings.Contains(failed.Err.Error(), filepath.Base(name)) {
			t.Errorf("ExportRows(%s) = %v; want %v that names it", name, failed.Err, want)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%d files are left, %v; want none", len(left), err)
	}
}
