package lake_test

import (
	"path/filepath"
	"testing"

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
)

// TestCompareRows counts the differences between files of rows.
func TestCompareRows(t *testing.T) {
	t.Parallel()
	db, err := lake.Open(t.Context(), lake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	write := func(name string, values ...float64) string {
		frame := &lake.Frame{}
		dates := make([]calendar.Date, len(values))
		for i := range dates {
			dates[i] = calendar.Date(20_000 + i)
		}
		frame.Dates("ds", dates)
		frame.Floats("value", values)
		path := filepath.Join(t.TempDir(), name)
		if err := db.WriteParquet(t.Context(), path, frame, lake.ParquetOptions{}); err != nil {
			t.Fatal(err)
		}
		return path
	}
	base := write("base.parquet", 1, 2, 3)
	tests := []struct {
		name        string
		later       string
		added, gone int64
	}{
		{"the same", write("same.parquet", 1, 2, 3), 0, 0},
		{"a row more", write("more.parquet", 1, 2, 3, 4), 1, 0},
		{"a row less", write("less.parquet", 1, 2), 0, 1},
		{"a changed row", write("changed.parquet", 1, 7, 3), 1, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			added, gone, err := db.CompareRows(t.Context(), base, tt.later)
			if err != nil || added != tt.added || gone != tt.gone {
				t.Errorf("CompareRows = %d added, %d gone, %v; want %d, %d", added, gone, err, tt.added, tt.gone)
			}
		})
	}
	more := write("window.parquet", 5, 2, 8, 9)
	for _, tt := range []struct {
		from, to    calendar.Date
		added, gone int64
	}{{0, 20_002, 2, 2}, {20_001, 20_002, 1, 1}, {20_001, 20_001, 0, 0}, {20_003, 20_003, 1, 0}} {
		added, gone, err := db.CompareRowsOf(t.Context(), base, more, calendar.Range{From: tt.from, To: tt.to})
		if err != nil || added != tt.added || gone != tt.gone {
			t.Errorf("CompareRowsOf(%s, %s) = %d added, %d gone, %v; want %d, %d", tt.from, tt.to, added, gone, err, tt.added, tt.gone)
		}
	}
	if _, _, err := db.CompareRows(t.Context(), base, base+".missing"); err == nil {
		t.Error("a file that is not there compares")
	}
}
