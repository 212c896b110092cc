package step_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/result"
	"github.com/daybatch/daybatch/forecast/series"
	"github.com/daybatch/daybatch/forecast/step"
)

// weekOf is a definition with a horizon of a week.
func weekOf(t *testing.T) forecast.Definition {
	t.Helper()
	d := specOf(t.TempDir()).Definition
	d.Forecast.Horizon, d.Forecast.Levels = 7, []int{80}
	return d
}

// writeSource writes the partition of a date with the forecast of one series, 100
// on its first day and one more on each after.
func writeSource(t *testing.T, db *lake.DB, d forecast.Definition, date calendar.Date) string {
	t.Helper()
	s := forecast.SeriesForecast{Series: series.MakeKey("van"), Date: date, Model: "ets", Levels: d.Forecast.Levels}
	for h := range d.Forecast.Horizon {
		mean := 100 + float64(h)
		s.Points = append(s.Points, forecast.Point{Date: date + calendar.Date(h) + 1, Mean: mean, Lower: []float64{mean - 1}, Upper: []float64{mean + 1}})
	}
	path := filepath.Join(t.TempDir(), lake.PartFile)
	frame := result.Partition([]forecast.SeriesForecast{s}, d, result.Stamp{Generation: "own", Kind: forecast.GenerationOwn, MadeFor: date})
	if err := db.WriteParquet(t.Context(), path, frame, lake.ParquetOptions{}); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestBuildFallback checks that every row of a fallback says what it is.
func TestBuildFallback(t *testing.T) {
	t.Parallel()
	db, d := openLake(t), weekOf(t)
	source := forecast.Partition{Date: today - 2, Generation: "own", Kind: forecast.GenerationOwn, Current: true}
	built := filepath.Join(t.TempDir(), "built")
	manifest, err := step.BuildFallback(t.Context(), db, built, step.Fallback{
		Plan:       forecast.FallbackPlan{Date: today, Action: forecast.ActionRun, Of: today - 2, Age: 2, Source: source},
		Generation: "fb", Definition: d, Source: writeSource(t, db, d, today-2), Number: 255,
	})
	if err != nil {
		t.Fatal(err)
	}
	frame, err := db.ReadParquet(t.Context(), filepath.Join(built, lake.PartFile))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(lake.Layout{Series: d.Source.Series, Levels: d.Forecast.Levels}.Columns(), frame.Names()); diff != "" {
		t.Errorf("columns (-want +got): %s", diff)
	}
	var got []string
	for i := range frame.Rows() {
		got = append(got, fmt.Sprint(cellOf[[]calendar.Date](t, frame, lake.DateColumn, i), " ", cellOf[[]float64](t, frame, lake.MeanColumn, i), " ",
			cellOf[[]int64](t, frame, lake.HorizonColumn, i), " ", cellOf[[]calendar.Date](t, frame, lake.MadeForColumn, i), " ",
			cellOf[[]string](t, frame, lake.KindColumn, i), " ", cellOf[[]int64](t, frame, lake.AgeColumn, i), " ", cellOf[[]string](t, frame, lake.GenerationColumn, i)))
	}
	want := []string{
		"2026-01-16 102 1 2026-01-13 fallback 2 fb", "2026-01-17 103 2 2026-01-13 fallback 2 fb", "2026-01-18 104 3 2026-01-13 fallback 2 fb",
		"2026-01-19 105 4 2026-01-13 fallback 2 fb", "2026-01-20 106 5 2026-01-13 fallback 2 fb",
		"2026-01-21 100 6 2026-01-13 fallback 2 fb", "2026-01-22 101 7 2026-01-13 fallback 2 fb", // a week before
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got): %s", diff)
	}
	footer, err := lake.ReadFooter(filepath.Join(built, lake.PartFile))
	if err != nil || footer.RowGroups != 1 || footer.Metadata[lake.GenerationKey] != "fb" {
		t.Errorf("footer = %+v, %v; want one row group of generation fb", footer, err)
	}
	text, err := os.ReadFile(filepath.Join(built, lake.ManifestFile))
	if err != nil {
		t.Fatal(err)
	}
	var written step.Manifest
	if err := json.Unmarshal(text, &written); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(manifest, written); diff != "" || written.Kind != forecast.GenerationFallback || written.FallbackOf != today-2 || written.Source != "own" || written.Rows != 7 {
		t.Errorf("manifest = %+v; want that of a fallback of %s, as it was returned: %s", written, today-2, diff)
	}
}

func cellOf[V lake.Values](t *testing.T, frame *lake.Frame, column string, row int) any {
	t.Helper()
	values, err := lake.Column[V](frame, column)
	if err != nil {
		t.Fatal(err)
	}
	switch values := any(values).(type) {
	case []string:
		return values[row]
	case []float64:
		return values[row]
	case []int64:
		return values[row]
	case []calendar.Date:
		return values[row]
	default:
		return nil
	}
}

func TestBuildFallbackRefused(t *testing.T) {
	t.Parallel()
	db, d := openLake(t), weekOf(t)
	source := writeSource(t, db, d, today-1)
	other := d
	other.Forecast.Levels = []int{90}
	longer := d
	longer.Forecast.Horizon = 14
	plan := forecast.FallbackPlan{Date: today, Of: today - 1, Age: 1, Source: forecast.Partition{Generation: "own"}}
	for name, c := range map[string]struct {
		fallback step.Fallback
		want     error
	}{
		"other levels":   {step.Fallback{Plan: plan, Definition: other, Source: source}, forecast.ErrInvalid},
		"other horizon":  {step.Fallback{Plan: plan, Definition: longer, Source: source}, forecast.ErrInvalid},
		"no data at all": {step.Fallback{Plan: forecast.FallbackPlan{Date: today, Model: forecast.Naive}, Definition: d}, forecast.ErrNotFound},
	} {
		dir := filepath.Join(t.TempDir(), "built")
		if _, err := step.BuildFallback(t.Context(), db, dir, c.fallback); !errors.Is(err, c.want) {
			t.Errorf("%s: BuildFallback = %v; want %v", name, err, c.want)
		}
		if _, err := os.Stat(filepath.Join(dir, lake.ManifestFile)); err == nil {
			t.Errorf("%s: it left a manifest", name)
		}
	}
}
