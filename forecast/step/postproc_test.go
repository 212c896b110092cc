package step_test

import (
	"encoding/json"
	"math"
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

// forecastFrame returns a forecast of two series, the second one first, which a
// test may change row by row.
func forecastFrame(change func(row int, cells map[string]any)) *lake.Frame {
	var vehicles, models []string
	var dates []calendar.Date
	var horizon []int64
	columns := map[string][]float64{}
	row := 0
	for _, vehicle := range []string{"van", "coupe"} {
		for h := range 3 {
			cells := map[string]any{
				"vehicle": vehicle, "ds": today + calendar.Date(h) + 1, "horizon": int64(h + 1), "model": "ets",
				"yhat": 10.0, "lo80": 8.0, "hi80": 12.0, "lo95": 7.0, "hi95": 13.0,
			}
			if change != nil {
				change(row, cells)
			}
			row++
			if cells["vehicle"] == "" {
				continue // taken out
			}
			vehicles = append(vehicles, cells["vehicle"].(string))
			models = append(models, cells["model"].(string))
			dates = append(dates, cells["ds"].(calendar.Date))
			horizon = append(horizon, cells["horizon"].(int64))
			for _, name := range []string{"yhat", "lo80", "hi80", "lo95", "hi95"} {
				columns[name] = append(columns[name], cells[name].(float64))
			}
		}
	}
	frame := &lake.Frame{}
	frame.Strings("model", models)
	frame.Ints("horizon", horizon)
	for _, name := range []string{"hi95", "lo95", "hi80", "lo80", "yhat"} {
		frame.Floats(name, columns[name])
	}
	frame.Dates("ds", dates)
	frame.Strings("vehicle", vehicles)
	return frame
}

func TestPostProc(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	dir := filepath.Join(root, step.InputDir, "forecast")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	db := openLake(t)
	if err := db.WriteParquet(t.Context(), filepath.Join(dir, step.ForecastFile), forecastFrame(nil), lake.ParquetOptions{}); err != nil {
		t.Fatal(err)
	}
	spec := specOf(root)
	spec.Step = forecast.PostProc
	if exit := runIn(t.Context(), t, root, &buffer{}, spec); exit.Code != 0 {
		t.Fatalf("PostProc = %+v", exit)
	}
	output := filepath.Join(root, step.OutputDir, "partition")
	footer, err := lake.ReadFooter(filepath.Join(output, lake.PartFile))
	if err != nil {
		t.Fatal(err)
	}
	if footer.RowGroups != 1 || footer.Rows != 6 || footer.Metadata[lake.GenerationKey] != "g1" {
		t.Errorf("footer = %+v; want 6 rows in one row group of generation g1", footer)
	}
	frame, err := db.ReadParquet(t.Context(), filepath.Join(output, lake.PartFile))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(frame.Names(), " "), "vehicle ds yhat lo80 hi80 lo95 hi95 horizon model made_for forecast_kind forecast_age generation"; got != want {
		t.Errorf("columns = %s; want %s", got, want)
	}
	vehicles, err := lake.Column[[]string](frame, "vehicle")
	if err != nil || strings.Join(vehicles, "+") != "coupe+coupe+coupe+van+van+van" {
		t.Errorf("vehicles = %v, %v; want them in order", vehicles, err)
	}
	text, err := os.ReadFile(filepath.Join(output, lake.ManifestFile))
	if err != nil {
		t.Fatal(err)
	}
	var manifest step.Manifest
	if err := json.Unmarshal(text, &manifest); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(output, lake.PartFile))
	if err != nil {
		t.Fatal(err)
	}
	if len(manifest.Files) != 1 || len(manifest.Files[0].SHA256) != 64 || manifest.Files[0].Bytes != info.Size() {
		t.Errorf("files of the manifest = %+v; want the part with %d bytes and its hash", manifest.Files, info.Size())
	}
	manifest.Files, manifest.Definition = nil, ""
	want := step.Manifest{
		Generation: "g1", Date: today, Execution: "e1", Attempt: 1, Rows: 6, Series: 2,
		First: today + 1, Last: today + 3, Levels: []int{80, 95},
	}
	if diff := cmp.Diff(want, manifest); diff != "" {
		t.Errorf("manifest (-want +got):\n%s", diff)
	}
}

func TestPostProcRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(row int, cells map[string]any)
		want   string
	}{
		{"NaN", func(row int, c map[string]any) { set(c, row, 4, "yhat", math.NaN()) }, "series coupe, 2026-01-17: yhat is NaN"},
		{"not nested", func(row int, c map[string]any) { set(c, row, 0, "lo95", 9.0) }, "series van, 2026-01-16: the 95 % interval 9 .. 13 does not enclose 8 .. 12"},
		{"a day is missing", func(row int, c map[string]any) { set(c, row, 2, "vehicle", "") }, "series van ends at 2026-01-17: one row for each of the 3 days after 2026-01-15"},
		{"a day inside is missing", func(row int, c map[string]any) { set(c, row, 4, "vehicle", "") }, "series coupe has a row for 2026-01-18 where that for 2026-01-17 belongs"},
		{"a day twice", func(row int, c map[string]any) { set(c, row, 1, "ds", today+1) }, "series van has a row for 2026-01-16 where that for 2026-01-17 belongs"},
		{"the past", func(row int, c map[string]any) { set(c, row, 3, "ds", today) }, "series coupe has a row for 2026-01-15 where that for 2026-01-16 belongs"},
		{"horizon", func(row int, c map[string]any) { set(c, row, 5, "horizon", int64(9)) }, "series coupe, 2026-01-18: horizon 9, want 3"},
		{"no rows", func(row int, c map[string]any) { set(c, row, row, "vehicle", "") }, "forecast.parquet has no rows"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			exit := runOn(t, forecast.PostProc, "forecast", step.ForecastFile, forecastFrame(test.change))
			if exit.Class != forecast.ReasonStep || !strings.Contains(exit.Reason, test.want) {
				t.Errorf("PostProc = %s: %s\nwant step: ..%s..", exit.Class, exit.Reason, test.want)
			}
		})
	}
	t.Run("missing column", func(t *testing.T) {
		t.Parallel()
		frame := &lake.Frame{}
		frame.Strings("vehicle", []string{"van"})
		exit := runOn(t, forecast.PostProc, "forecast", step.ForecastFile, frame)
		if want := "column ds: no such column; it needs the columns [vehicle ds yhat lo80 hi80 lo95 hi95 horizon model]"; !strings.Contains(exit.Reason, want) {
			t.Errorf("PostProc = %s; want ..%s..", exit.Reason, want)
		}
	})
}

// set changes a cell of one row.
func set(cells map[string]any, row, here int, name string, value any) {
	if row == here {
		cells[name] = value
	}
}
