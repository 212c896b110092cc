package step_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/step"
)

// BenchmarkLargeRows runs the steps before and after the numeric ones over many
// series, PreProc over two years of rows and PostProc over a forecast of four weeks,
// and reports the processor time of each and the most memory that the process has held
// so far, DuckDB's included. One size and step a process tells what it needs:
//
//	go test ./forecast/step -run '^$' -bench 'LargeRows/PreProc/series=100000$' -benchtime 1x -timeout 1h
//	go test ./forecast/step -run '^$' -bench 'LargeRows/PostProc/series=100000$' -benchtime 1x -timeout 1h
func BenchmarkLargeRows(b *testing.B) {
	for _, count := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("PreProc/series=%d", count), func(b *testing.B) {
			benchmarkRows(b, forecast.PreProc, filepath.Join("rows", step.RowsFile), count, func(from, to int) *lake.Frame { return largeRows(from, to, 730) })
		})
		b.Run(fmt.Sprintf("PostProc/series=%d", count), func(b *testing.B) {
			benchmarkRows(b, forecast.PostProc, filepath.Join("forecast", step.ForecastFile), count, largeForecast)
		})
	}
}

// benchmarkRows writes the input of a step without holding it, and runs the step.
func benchmarkRows(b *testing.B, name forecast.StepName, input string, count int, rows func(from, to int) *lake.Frame) {
	b.Helper()
	const together = 300
	work := map[forecast.StepName]func(context.Context, step.Env) error{forecast.PreProc: step.PreProc, forecast.PostProc: step.PostProc}[name]
	for b.Loop() {
		root := b.TempDir()
		path := filepath.Join(root, step.InputDir, input)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			b.Fatal(err)
		}
		db, err := lake.Open(b.Context(), lake.Options{})
		if err != nil {
			b.Fatal(err)
		}
		out := db.NewParquetWriter(path, lake.OrderedBySeries())
		for first := 0; first < count; first += together {
			if err := out.Append(b.Context(), rows(first, min(count, first+together))); err != nil {
				b.Fatal(err)
			}
		}
		if err := out.Close(b.Context(), rows(0, 0)); err != nil {
			b.Fatal(err)
		}
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
		spec := specOf(root)
		spec.Step, spec.Definition.Source.Series = name, []string{"vehicle", "region"}
		spec.Definition.Forecast.Horizon, spec.Definition.Forecast.Levels = 28, []int{80, 95}
		env := step.Env{Root: root, Log: slog.New(step.LogHandler(&buffer{}, clock)), Now: clock, Workers: 2, Spec: spec}
		before := used(b)
		if err := work(b.Context(), env); err != nil {
			b.Fatal(err)
		}
		after := used(b)
		b.ReportMetric(after.cpu-before.cpu, "cpu-s")
		b.ReportMetric(before.peak, "MB-before")
		b.ReportMetric(after.peak, "MB-after")
	}
}

// largeForecast returns the forecast of the series with the given numbers.
func largeForecast(from, to int) *lake.Frame {
	const horizon = 28
	var vehicles, regions, models []string
	var dates []calendar.Date
	var horizons []int64
	columns := make([][]float64, 5) // mean, and both bounds of two levels
	for i := from; i < to; i++ {
		for h := 1; h <= horizon; h++ {
			vehicles, regions, models = append(vehicles, fmt.Sprintf("v%06d", i)), append(regions, "tokyo"), append(models, "ensemble_daily")
			dates, horizons = append(dates, today+calendar.Date(h)), append(horizons, int64(h))
			mean := 100 + float64(i%17) + float64(h%7)/3
			for k, off := range []float64{0, -8, 8, -13, 13} {
				columns[k] = append(columns[k], mean+off)
			}
		}
	}
	frame := &lake.Frame{}
	frame.Strings("vehicle", vehicles)
	frame.Strings("region", regions)
	frame.Dates(lake.DateColumn, dates)
	for k, name := range []string{lake.MeanColumn, lake.LowerColumn(80), lake.UpperColumn(80), lake.LowerColumn(95), lake.UpperColumn(95)} {
		frame.Floats(name, columns[k])
	}
	frame.Ints(lake.HorizonColumn, horizons)
	frame.Strings(lake.ModelColumn, models)
	return frame
}
