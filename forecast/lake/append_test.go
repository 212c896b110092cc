package lake_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
)

// groupOf returns rows as steps have them, with texts that repeat.
func groupOf(first, rows int) *lake.Frame {
	names, dates, values := make([]string, rows), make([]calendar.Date, rows), make([]float64, rows)
	for i := range rows {
		names[i] = fmt.Sprintf("van %03d", (first+i)/7)
		dates[i] = calendar.Of(2026, 1, 1) + calendar.Date((first+i)%7)
		values[i] = float64(first+i) / 3
	}
	frame := &lake.Frame{}
	frame.Strings("vehicle", names)
	frame.Dates("ds", dates)
	frame.Floats("value", values)
	return frame
}

// A file of many row groups has the rows of all, in order, and the same bytes
// again; also of more groups than the short form of a list counts.
func TestParquetWriter(t *testing.T) {
	t.Parallel()
	db := open(t)
	for _, groups := range []int{0, 1, 3, 20} {
		dir := t.TempDir()
		paths := []string{filepath.Join(dir, "a.parquet"), filepath.Join(dir, "b.parquet")}
		for _, path := range paths {
			w := db.NewParquetWriter(path, map[string]string{"made": "here"})
			for g := range groups {
				if err := w.Append(t.Context(), groupOf(100*g, 100)); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := os.Stat(path); err == nil {
				t.Errorf("%d groups: the file has its name before it is whole", groups)
			}
			if err := w.Close(t.Context(), groupOf(0, 0)); err != nil {
				t.Fatal(err)
			}
			w.Discard()
		}
		footer, err := lake.ReadFooter(paths[0])
		if err != nil {
			t.Fatal(err)
		}
		if footer.Rows != int64(100*groups) || footer.RowGroups != groups || footer.Metadata["made"] != "here" {
			t.Errorf("footer = %+v; want %d groups of 100 rows, made here", footer, groups)
		}
		frame, err := db.ReadParquet(t.Context(), paths[0])
		if err != nil {
			t.Fatal(err)
		}
		want := groupOf(0, 100*groups)
		for _, name := range []string{"vehicle", "ds", "value"} {
			if diff := cmp.Diff(cells(t, want, name), cells(t, frame, name)); diff != "" {
				t.Errorf("%d groups: column %s (-want +got):\n%s", groups, name, diff)
			}
		}
		one, err := os.ReadFile(paths[0])
		if err != nil {
			t.Fatal(err)
		}
		if other, _ := os.ReadFile(paths[1]); !bytes.Equal(one, other) {
			t.Errorf("%d groups: the same frames made other bytes", groups)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
			t.Errorf("%d groups: %v are left", groups, left)
		}
	}
}

// cells returns a column as text.
func cells(t *testing.T, frame *lake.Frame, name string) []string {
	t.Helper()
	texts := make([]string, 0, frame.Rows())
	if names, err := lake.Column[[]string](frame, name); err == nil {
		return append(texts, names...)
	}
	if dates, err := lake.Column[[]calendar.Date](frame, name); err == nil {
		for _, date := range dates {
			texts = append(texts, date.String())
		}
		return texts
	}
	values, err := lake.Column[[]float64](frame, name)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range values {
		texts = append(texts, fmt.Sprint(v))
	}
	return texts
}

func TestParquetWriterDiscard(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := open(t).NewParquetWriter(filepath.Join(dir, "a.parquet"), nil)
	if err := w.Append(t.Context(), groupOf(0, 10)); err != nil {
		t.Fatal(err)
	}
	w.Discard()
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%v are left of a discarded file", left)
	}
}

func TestWindows(t *testing.T) {
	t.Parallel()
	db, path := open(t), filepath.Join(t.TempDir(), "a.parquet")
	if err := db.WriteParquet(t.Context(), path, groupOf(0, 5000), lake.ParquetOptions{}); err != nil {
		t.Fatal(err)
	}
	want := cells(t, groupOf(0, 5000), "value")
	for _, rows := range []int{1999, 2048, 5000, 9000} {
		var got []string
		for frame, err := range db.Windows(t.Context(), path, rows, "value") {
			if err != nil {
				t.Fatal(err)
			}
			if frame.Rows() > rows {
				t.Errorf("a window of %d rows has %d", rows, frame.Rows())
			}
			got = append(got, cells(t, frame, "value")...)
		}
		if !slices.Equal(got, want) {
			t.Errorf("windows of %d rows have other rows than the file", rows)
		}
	}
}

// Rows in any order come by series, those of one in the order they had.
func TestBySeries(t *testing.T) {
	t.Parallel()
	db, dir := open(t), t.TempDir()
	path := filepath.Join(dir, "a.parquet")
	frame := &lake.Frame{}
	frame.Strings("vehicle", []string{"b", "a", "b", "a"})
	frame.Floats("value", []float64{4, 3, 2, 1})
	if err := db.WriteParquet(t.Context(), path, frame, lake.ParquetOptions{}); err != nil {
		t.Fatal(err)
	}
	sorted, err := db.BySeries(t.Context(), path, filepath.Join(dir, "tmp"), []string{"vehicle"})
	if err != nil {
		t.Fatal(err)
	}
	read, err := db.ReadParquet(t.Context(), sorted)
	if err != nil {
		t.Fatal(err)
	}
	if got := cells(t, read, "value"); !slices.Equal(got, []string{"3", "1", "4", "2"}) || len(read.Names()) != 3 {
		t.Errorf("sorted rows = %v, columns %v; want 3 1 4 2, those of the file and %s", got, read.Names(), lake.RowColumn)
	}
	if got, err := lake.Column[[]int64](read, lake.RowColumn); err != nil || !slices.Equal(got, []int64{1, 3, 0, 2}) {
		t.Errorf("positions = %v, %v; want 1 3 0 2", got, err)
	}
	if _, err := db.BySeries(t.Context(), path, dir, []string{"vehicle"}, "ds"); !errors.Is(err, lake.ErrNoColumn) {
		t.Errorf("BySeries without column ds = %v; want %v", err, lake.ErrNoColumn)
	}
	if err := db.WriteParquet(t.Context(), path, frame, lake.ParquetOptions{Metadata: lake.OrderedBySeries()}); err != nil {
		t.Fatal(err)
	}
	if same, err := db.BySeries(t.Context(), path, dir, []string{"vehicle"}); err != nil || same != path {
		t.Errorf("BySeries of a file marked as ordered = %s, %v; want the file itself", same, err)
	}
}
