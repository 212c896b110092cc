package step_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/step"
)

// orderRow is a row of an extract.
type orderRow struct {
	vehicle string
	day     calendar.Date
	value   float64
}

// preProcIn runs PreProc on rows, a window of them at a time, and returns its panel and
// what it says of it.
func preProcIn(t *testing.T, rows []orderRow, metadata map[string]string, window int) ([]byte, error) {
	t.Helper()
	root := t.TempDir()
	frame := &lake.Frame{}
	var vehicles []string
	var dates []calendar.Date
	var values []float64
	for _, row := range rows {
		vehicles, dates, values = append(vehicles, row.vehicle), append(dates, row.day), append(values, row.value)
	}
	frame.Strings("vehicle", vehicles)
	frame.Dates(lake.DateColumn, dates)
	frame.Floats(lake.ValueColumn, values)
	if err := openLake(t).WriteParquet(t.Context(), rowsFile(t, root), frame, lake.ParquetOptions{Metadata: metadata}); err != nil {
		t.Fatal(err)
	}
	return preProc(t, root, window, "vehicle")
}

// rowsFile returns the path of the rows below a root, whose directory it makes.
func rowsFile(t *testing.T, root string) string {
	t.Helper()
	dir := filepath.Join(root, step.InputDir, "rows")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, step.RowsFile)
}

// preProc runs PreProc on the rows below a root, whose series have some columns.
func preProc(t *testing.T, root string, window int, columns ...string) ([]byte, error) {
	t.Helper()
	spec := specOf(root)
	spec.Definition.Source.Series = columns
	spec.Step = forecast.PreProc
	env := step.Env{Root: root, Log: slog.New(step.LogHandler(&buffer{}, clock)), Now: clock, Workers: 1, Spec: spec}
	if err := step.PreProc(t.Context(), env.Cut(window, 0)); err != nil {
		return nil, err
	}
	panel, err := os.ReadFile(filepath.Join(root, step.OutputDir, "panel", step.PanelFile))
	if err != nil {
		t.Fatal(err)
	}
	report, err := os.ReadFile(filepath.Join(root, step.OutputDir, "panel", step.PanelReportFile))
	if err != nil {
		t.Fatal(err)
	}
	return append(panel, report...), nil
}

// someOrders are rows by series and date, with gaps, leading zeros and a series
// without a value.
func someOrders() []orderRow {
	var rows []orderRow
	for i := range 9 {
		for d := range 20 + 7*i {
			if (d+i)%11 == 5 {
				continue
			}
			value := float64((d*d + i) % 13)
			if i == 4 {
				value = math.NaN()
			}
			rows = append(rows, orderRow{fmt.Sprint("van ", i), today - calendar.Date(19+7*i-d), value})
		}
	}
	return rows
}

// However many rows PreProc holds at a time, and in whatever order a project's own
// Extract wrote them, the panel is the same.
func TestPreProcInWindows(t *testing.T) {
	t.Parallel()
	rows := someOrders()
	want, err := preProcIn(t, rows, lake.OrderedBySeries(), len(rows))
	if err != nil {
		t.Fatal(err)
	}
	for _, window := range []int{1, 7, 64} {
		got, err := preProcIn(t, rows, lake.OrderedBySeries(), window)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("in windows of %d rows: another panel, %v", window, err)
		}
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	got, err := preProcIn(t, rows, nil, 50)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("of shuffled rows: another panel, %v", err)
	}
}

// Bad rows of several series are listed as the file has them, by their rows there.
func TestPreProcListsRows(t *testing.T) {
	t.Parallel()
	rows := someOrders()
	rand.New(rand.NewPCG(3, 4)).Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	var want []string
	for n := range 14 {
		at := 3 + 10*n
		rows[at].day, rows[at].value = today+calendar.Date(n+1), 1
		if n < 10 {
			want = append(want, fmt.Sprintf("row %d, series %s, %s: is after the origin %s", at+1, rows[at].vehicle, rows[at].day, today))
		}
	}
	_, err := preProcIn(t, rows, nil, 50)
	if err == nil {
		t.Fatal("PreProc = nil; want an error")
	}
	lines := strings.Split(err.Error(), "\n  ")
	if got := strings.Join(lines[1:], "\n"); !strings.Contains(lines[0], "14 bad observations, the first 10 of them") || got != strings.Join(want, "\n") {
		t.Errorf("PreProc = %v\nwant 14 bad observations, of them\n%s", err, strings.Join(want, "\n"))
	}
	rows = someOrders()
	rows = append(rows, orderRow{rows[0].vehicle, today, 3})
	if _, err := preProcIn(t, rows, lake.OrderedBySeries(), 50); err == nil || !strings.Contains(err.Error(), "series van 0 is in two places") {
		t.Errorf("PreProc of a file with a wrong mark = %v; want what is wrong", err)
	}
}

// Texts that make one key in two ways stand apart in a sorted file: what is wrong with
// them is said, and not a mark that the file does not have.
func TestPreProcListsKeysAtFault(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	frame := &lake.Frame{}
	frame.Strings("vehicle", []string{"a\x1fb", "a", "a"})
	frame.Strings("region", []string{"c", "z", "b\x1fc"})
	frame.Dates(lake.DateColumn, []calendar.Date{today, today, today})
	frame.Floats(lake.ValueColumn, []float64{1, 2, 3})
	if err := openLake(t).WriteParquet(t.Context(), rowsFile(t, root), frame, lake.ParquetOptions{}); err != nil {
		t.Fatal(err)
	}
	_, err := preProc(t, root, 50, "vehicle", "region")
	if err == nil || !strings.Contains(err.Error(), "2 bad observations") || !strings.Contains(err.Error(), "column region contains the unit separator") {
		t.Errorf("PreProc = %v; want the two rows whose keys have a separator", err)
	}
}
