package step_test

import (
	"context"
	"math"
	"path/filepath"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/step"
)

// A forecast that is carried on to special days takes the effect that such days have had,
// up to the date and not after it; without observations they are ordinary days.
func TestBuildFallbackKnowsSpecialDays(t *testing.T) {
	t.Parallel()
	db, d := openLake(t), weekOf(t)
	d.Forecast.Days = map[calendar.Date]string{today + 6: "promotion"}
	var dates []calendar.Date
	var values []float64
	for day := today - 200; day <= today+5; day++ {
		value := 50.0
		if (today-day)%30 == 3 && day <= today { // today-3, -33, ...
			d.Forecast.Days[day] = "promotion"
			value = 150
		}
		if day > today {
			value = 1e6 // what came later
		}
		dates, values = append(dates, day), append(values, value)
	}
	frame := &lake.Frame{}
	keys := make([]string, len(dates))
	for i := range keys {
		keys[i] = "van"
	}
	frame.Strings(d.Source.Series[0], keys)
	frame.Dates("ds", dates)
	frame.Floats("value", values)
	rows := filepath.Join(t.TempDir(), step.RowsFile)
	if err := db.WriteParquet(t.Context(), rows, frame, lake.ParquetOptions{}); err != nil {
		t.Fatal(err)
	}
	source := writeSource(t, db, d, today-2)
	for name, c := range map[string]struct {
		seen func(context.Context) (string, error)
		want float64
	}{
		"seen":    {func(context.Context) (string, error) { return rows, nil }, 300},
		"expired": {func(context.Context) (string, error) { return "", forecast.ErrNotFound }, 100},
		"none":    {nil, 100},
	} {
		built := filepath.Join(t.TempDir(), "built")
		_, err := step.BuildFallback(t.Context(), db, built, step.Fallback{
			Plan:       forecast.FallbackPlan{Date: today, Of: today - 2, Age: 2, Source: forecast.Partition{Date: today - 2, Generation: "own"}},
			Generation: "fb", Definition: d, Source: source, Seen: c.seen,
		})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		frame, err := db.ReadParquet(t.Context(), filepath.Join(built, lake.PartFile))
		if err != nil {
			t.Fatal(err)
		}
		means := column[[]float64](t, frame, lake.MeanColumn)
		// The day is that of the week before, 100, with the effect.
		if got := means[5]; math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%s: a promotion is forecast as %v; want %v", name, got, c.want)
		}
		if got := means[6]; got != 101 {
			t.Errorf("%s: the day after it is forecast as %v; want 101", name, got)
		}
	}
	broken := step.Fallback{
		Plan:       forecast.FallbackPlan{Date: today, Of: today - 2, Age: 2, Source: forecast.Partition{Date: today - 2, Generation: "own"}},
		Generation: "fb", Definition: d, Source: source, Seen: func(context.Context) (string, error) { return "", forecast.ErrUnavailable },
	}
	if _, err := step.BuildFallback(t.Context(), db, filepath.Join(t.TempDir(), "built"), broken); err == nil {
		t.Error("BuildFallback with observations that can't be read = nil; want an error")
	}
}
