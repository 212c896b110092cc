package lake_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/daybatch/daybatch/forecast/lake"
)

// TestAttemptsApart checks that the columns of two attempts begin at no byte in
// common, and that a file has all of its rows wherever they lie.
func TestAttemptsApart(t *testing.T) {
	t.Parallel()
	db := open(t)
	taken := make(map[int64]int)
	for attempt := range 256 {
		path := filepath.Join(t.TempDir(), strconv.Itoa(attempt)+".parquet")
		frame := alike("g", 10+attempt%3)
		if err := db.WriteParquet(t.Context(), path, frame, lake.ParquetOptions{Attempt: attempt + 1}); err != nil {
			t.Fatal(err)
		}
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		length := int(binary.LittleEndian.Uint32(file[len(file)-8:]))
		starts, err := lake.ChunkStarts(file[len(file)-8-length : len(file)-8])
		if err != nil || len(starts) != 3 {
			t.Fatalf("chunks of attempt %d = %v, %v; want three", attempt+1, starts, err)
		}
		for _, start := range starts {
			if other, ok := taken[start]; ok && other != attempt {
				t.Errorf("attempts %d and %d both have a column at byte %d", other+1, attempt+1, start)
			}
			taken[start] = attempt
		}
		read, err := db.ReadParquet(t.Context(), path)
		if err != nil || read.Rows() != frame.Rows() {
			t.Fatalf("rows of attempt %d = %v, %v; want %d", attempt+1, read, err, frame.Rows())
		}
		if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
			t.Errorf("directory of attempt %d = %v, %v; want the file alone", attempt+1, entries, err)
		}
	}
	if len(taken) != 3*256 {
		t.Errorf("%d places of 256 attempts; want 3 each", len(taken))
	}
}
