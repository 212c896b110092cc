package lake_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/series"
)

// TestParquetKeepsFrames checks that any frame reads back as it was written.
func TestParquetKeepsFrames(t *testing.T) {
	t.Parallel()
	db := open(t)
	path := filepath.Join(t.TempDir(), "frame.parquet")
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SampledFrom([]int{0, 1, 2, 100, 2047, 2048, 2049, 6000}).Draw(t, "rows")
		seed := rapid.Int64().Draw(t, "seed")
		attempt := rapid.IntRange(0, 600).Draw(t, "attempt")
		texts := rapid.SliceOfN(rapid.StringN(0, 5, 20), 5, 5).Draw(t, "texts")
		numbers := rapid.SliceOfN(rapid.Float64(), 5, 5).Draw(t, "numbers")
		var strs []string
		var floats []float64
		var ints []int64
		var bools []bool
		var dates []calendar.Date
		for i := range rows {
			strs = append(strs, strings.ReplaceAll(strings.ToValidUTF8(texts[i%5], ""), "\x00", ""))
			floats = append(floats, numbers[i%5])
			if i%7 == 3 {
				floats[i] = math.NaN()
			}
			ints = append(ints, seed-int64(i))
			bools = append(bools, i%3 == 0)
			dates = append(dates, calendar.Of(1969, 12, 1)+calendar.Date(i))
			if i%11 == 5 {
				dates[i] = 0
			}
		}
		written := &lake.Frame{}
		written.Strings(`odd "name"`, strs)
		written.Floats("f", floats)
		written.Ints("i", ints)
		written.Bools("b", bools)
		written.Dates("d", dates)
		if err := db.WriteParquet(t.Context(), path, written, lake.ParquetOptions{
			Metadata: map[string]string{"k": "it's"}, Attempt: attempt,
		}); err != nil {
			t.Fatal(err)
		}
		footer, err := lake.ReadFooter(path)
		if err != nil {
			t.Fatal(err)
		}
		if footer.Rows != int64(rows) || footer.RowGroups > 1 {
			t.Fatalf("footer = %+v; want %d rows in one row group", footer, rows)
		}
		read, err := db.ReadParquet(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(written.Names(), read.Names()); diff != "" {
			t.Fatalf("names (-written +read):\n%s", diff)
		}
		same(t, read, `odd "name"`, strs)
		same(t, read, "f", floats)
		same(t, read, "i", ints)
		same(t, read, "b", bools)
		same(t, read, "d", dates)
	})
}

func same[V lake.Values](t *rapid.T, frame *lake.Frame, name string, want V) {
	t.Helper()
	got, err := lake.Column[V](frame, name)
	if err != nil {
		t.Fatal(err)
	}
	// The diff of some thousand values takes a hundred times as long as their text.
	if fmt.Sprintf("%#v", want) == fmt.Sprintf("%#v", got) {
		return
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("column %s (-written +read):\n%s", name, diff)
	}
}

func TestFrameRefuses(t *testing.T) {
	t.Parallel()
	db, dir := open(t), t.TempDir()
	path := filepath.Join(dir, "x.parquet")
	unequal := &lake.Frame{}
	unequal.Ints("a", []int64{1, 2})
	unequal.Ints("b", []int64{1})
	twice := &lake.Frame{}
	twice.Ints("a", nil)
	twice.Ints("a", nil)
	for name, frame := range map[string]*lake.Frame{"column b has 1 values, the others 2": unequal, "two columns a": twice, "without columns": {}} {
		if err := db.WriteParquet(t.Context(), path, frame, lake.ParquetOptions{}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("WriteParquet = %v; want ..%s..", err, name)
		}
	}
	good := &lake.Frame{}
	good.Ints("a", []int64{1})
	if err := db.WriteParquet(t.Context(), path, good, lake.ParquetOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ReadParquet(t.Context(), path, "a", "b"); !errors.Is(err, lake.ErrNoColumn) {
		t.Errorf("ReadParquet(b) = %v; want ErrNoColumn", err)
	}
	if _, err := lake.Column[[]string](good, "a"); err == nil || !strings.Contains(err.Error(), "column a holds []int64, want []string") {
		t.Errorf("Column = %v; want the types", err)
	}
	if _, err := db.ReadParquet(t.Context(), filepath.Join(dir, "none.parquet")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ReadParquet = %v; want fs.ErrNotExist", err)
	}
}

// TestWriteParquetFaults checks that faults of the disk have their class, leave
// nothing behind, and leave the old file as it was.
func TestWriteParquetFaults(t *testing.T) {
	t.Parallel()
	db := open(t)
	frame := &lake.Frame{}
	frame.Ints("a", []int64{1})

	full := t.TempDir()
	path := filepath.Join(full, "part.parquet")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	// What is written under the temporary name goes to a device that is full.
	if err := os.Symlink("/dev/full", filepath.Join(full, ".part.parquet.tmp")); err != nil {
		t.Fatal(err)
	}
	err := db.WriteParquet(t.Context(), path, frame, lake.ParquetOptions{})
	if !errors.Is(err, syscall.ENOSPC) || class(err) != forecast.ReasonInfrastructure || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "free some space") {
		t.Errorf("WriteParquet on a full disk = %s: %v; want infrastructure, ENOSPC, the path and the remedy", class(err), err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "old" {
		t.Errorf("old file = %q, %v; want it as it was", text, err)
	}
	if entries, err := os.ReadDir(full); err != nil || len(entries) != 1 {
		t.Errorf("directory = %v, %v; want the old file alone", entries, err)
	}

	err = db.WriteParquet(t.Context(), filepath.Join(full, "none", "x.parquet"), frame, lake.ParquetOptions{})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("WriteParquet without a directory = %v; want fs.ErrNotExist", err)
	}
	if os.Geteuid() == 0 {
		return // root may write everywhere
	}
	if err := os.Chmod(full, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(full, 0o755) })
	err = db.WriteParquet(t.Context(), filepath.Join(full, "x.parquet"), frame, lake.ParquetOptions{})
	if !errors.Is(err, fs.ErrPermission) || class(err) != forecast.ReasonInfrastructure {
		t.Errorf("WriteParquet in a read-only directory = %s: %v; want infrastructure", class(err), err)
	}
}

func TestPanel(t *testing.T) {
	t.Parallel()
	db, path := open(t), filepath.Join(t.TempDir(), "panel.parquet")
	day := calendar.Of(2026, 1, 15)
	written := lake.PanelTable{
		Panel: series.Panel{
			Columns: []string{"region", "vehicle"},
			Range:   calendar.Range{From: day - 2, To: day},
			Series: []series.Series{
				{Key: series.MakeKey("east", "van"), Start: day - 2, Values: []float64{1, math.NaN(), 3}},
				{Key: series.MakeKey("west", "van"), Start: day, Values: []float64{5}},
			},
		},
		Outliers: [][]bool{{false, false, true}, {false}},
		Special:  map[calendar.Date]string{day - 1: "promotion"},
	}
	if err := db.WritePanel(t.Context(), path, written); err != nil {
		t.Fatal(err)
	}
	for _, rows := range []int{1, 2, 100} {
		read, err := db.OpenPanel(t.Context(), path, written.Panel.Columns)
		if err != nil {
			t.Fatal(err)
		}
		got := lake.PanelTable{Panel: series.Panel{Columns: written.Panel.Columns, Range: read.Range}, Outliers: written.Outliers, Special: read.Special}
		got.Panel.Series, err = shardsOf(t, read, rows)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(written, got, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("panel, %d rows at a time (-written +read):\n%s", rows, diff)
		}
	}
	frame, err := db.ReadParquet(t.Context(), path, lake.OutlierColumn)
	if err != nil {
		t.Fatal(err)
	}
	if flags, _ := lake.Column[[]bool](frame, lake.OutlierColumn); !slices.Equal(flags, slices.Concat(written.Outliers...)) {
		t.Errorf("outliers = %v; want %v", flags, written.Outliers)
	}
	if _, err := db.OpenPanel(t.Context(), path, []string{"vehicle", "colour"}); !errors.Is(err, lake.ErrNoColumn) {
		t.Errorf("OpenPanel(colour) = %v; want ErrNoColumn", err)
	}
}

// shardsOf reads the series of a panel.
func shardsOf(t *testing.T, panel *lake.PanelFile, rows int) ([]series.Series, error) {
	t.Helper()
	var all []series.Series
	for shard, err := range panel.Shards(t.Context(), rows) {
		if err != nil {
			return nil, err
		}
		all = append(all, shard...)
	}
	return all, nil
}

// TestReadPanelRefuses reads panels as a project's own PreProc may write them.
func TestReadPanelRefuses(t *testing.T) {
	t.Parallel()
	db, day := open(t), calendar.Of(2026, 1, 15)
	tests := []struct {
		name     string
		vehicles []string
		dates    []calendar.Date
		values   []float64
		want     string
	}{
		{"hole", []string{"a", "a"}, []calendar.Date{day - 2, day}, []float64{1, 2}, "series a has 2026-01-15 after 2026-01-13"},
		{"order", []string{"a", "b", "a"}, []calendar.Date{day - 1, day, day}, []float64{1, 2, 3}, "series a is in two places"},
		{"infinite", []string{"a"}, []calendar.Date{day}, []float64{math.Inf(-1)}, "series a, 2026-01-15: value -Inf is not finite"},
	}
	for _, test := range tests {
		frame := &lake.Frame{}
		frame.Strings("vehicle", test.vehicles)
		frame.Dates("ds", test.dates)
		frame.Floats("value", test.values)
		path := filepath.Join(t.TempDir(), "panel.parquet")
		if err := db.WriteParquet(t.Context(), path, frame, lake.ParquetOptions{}); err != nil {
			t.Fatal(err)
		}
		panel, err := db.OpenPanel(t.Context(), path, []string{"vehicle"})
		if err != nil {
			t.Fatal(err)
		}
		for _, rows := range []int{1, 100} {
			_, err := shardsOf(t, panel, rows)
			if !errors.Is(err, series.ErrInvalid) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("panel with %s, %d rows at a time: %v; want ..%s..", test.name, rows, err, test.want)
			}
		}
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	db, err := lake.Open(t.Context(), lake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := db.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	}
	if _, err := db.Describe(t.Context(), "x.csv"); err == nil {
		t.Error("Describe after Close succeeds")
	}
	if _, err := lake.Open(t.Context(), lake.Options{Threads: -1}); !errors.Is(err, forecast.ErrInvalid) {
		t.Errorf("Open(-1 threads) = %v; want ErrInvalid", err)
	}
}
