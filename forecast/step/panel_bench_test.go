package step_test

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/selection"
	"github.com/daybatch/daybatch/forecast/step"
)

// BenchmarkLargePanel runs the numeric steps over two years of many series, by
// seasonal naive and by what daybatch chooses by itself, and reports the processor
// time of each step and the most memory that the process has held so far, DuckDB's
// included. One size a process tells what a size needs:
//
//	go test ./forecast/step -run '^$' -bench 'LargePanel/series=100000$' -benchtime 1x -timeout 1h
//	go test ./forecast/step -run '^$' -bench 'LargePanel/auto/series=10000$' -benchtime 1x -timeout 1h
func BenchmarkLargePanel(b *testing.B) {
	for _, count := range []int{1_000, 10_000, 100_000} {
		name := fmt.Sprintf("series=%d", count)
		b.Run(name, func(b *testing.B) { benchmarkLarge(b, count, selection.SeasonalNaive) })
		b.Run("auto/"+name, func(b *testing.B) { benchmarkLarge(b, count, selection.Auto) })
	}
}

func benchmarkLarge(b *testing.B, count int, model string) {
	b.Helper()
	for b.Loop() {
		n := newNumeric()
		n.definition.Forecast.Models = []string{model}
		writeLarge(b, n, count)
		for _, name := range []forecast.StepName{forecast.Train, forecast.TrainEvaluation, forecast.Predict} {
			before := used(b)
			if err := n.run(b, name); err != nil {
				b.Fatal(err)
			}
			after := used(b)
			b.ReportMetric(after.cpu-before.cpu, "cpu-s-"+string(name))
			b.ReportMetric(after.peak, "MB-after-"+string(name))
		}
	}
}

// writeLarge writes a panel without holding it.
func writeLarge(b *testing.B, n *numeric, count int) {
	b.Helper()
	const days, together = 730, 300
	root := b.TempDir()
	n.roots[forecast.PreProc] = root
	dir := filepath.Join(root, step.OutputDir, "panel")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.Fatal(err)
	}
	db, err := lake.Open(b.Context(), lake.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	out := db.NewParquetWriter(filepath.Join(dir, step.PanelFile), lake.OrderedBySeries())
	defer out.Discard()
	for first := 0; first < count; first += together {
		if err := out.Append(b.Context(), largeRows(first, min(count, first+together), days)); err != nil {
			b.Fatal(err)
		}
	}
	if err := out.Close(b.Context(), largeRows(0, 0, days)); err != nil {
		b.Fatal(err)
	}
}

// largeRows returns the rows of the series with the given numbers.
func largeRows(from, to, days int) *lake.Frame {
	var vehicles, regions []string
	var dates []calendar.Date
	var values []float64
	for i := from; i < to; i++ {
		key := demand(fmt.Sprintf("v%06d", i), days, uint64(i))
		for d, v := range key.Values {
			vehicles, regions = append(vehicles, key.Key.Parts()[0]), append(regions, key.Key.Parts()[1])
			dates, values = append(dates, key.Start+calendar.Date(d)), append(values, v)
		}
	}
	frame := &lake.Frame{}
	frame.Strings("vehicle", vehicles)
	frame.Strings("region", regions)
	frame.Dates(lake.DateColumn, dates)
	frame.Floats(lake.ValueColumn, values)
	return frame
}

// usage is what the process has used so far.
type usage struct {
	cpu  float64 // seconds
	peak float64 // the most memory held, in MB
}

func used(b *testing.B) usage {
	b.Helper()
	var of syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &of); err != nil {
		b.Fatal(err)
	}
	return usage{cpu: float64(of.Utime.Nano()+of.Stime.Nano()) / 1e9, peak: float64(of.Maxrss) / 1024}
}
