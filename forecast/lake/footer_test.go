package lake_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/daybatch/daybatch/forecast/lake"
)

// parquet writes a small Parquet file and returns its bytes.
func parquet(tb testing.TB) []byte {
	tb.Helper()
	db, err := lake.Open(tb.Context(), lake.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	defer db.Close()
	path := filepath.Join(tb.TempDir(), "x.parquet")
	frame := &lake.Frame{}
	frame.Strings("a", []string{"x", "y"})
	frame.Floats("b", []float64{1, 2})
	if err := db.WriteParquet(tb.Context(), path, frame, lake.ParquetOptions{Metadata: map[string]string{"k": "v"}}); err != nil {
		tb.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return file
}

// TestReadFooterTorn checks that no beginning of a file passes for a whole one.
func TestReadFooterTorn(t *testing.T) {
	t.Parallel()
	whole := parquet(t)
	path := filepath.Join(t.TempDir(), "torn.parquet")
	for length := range whole {
		if err := os.WriteFile(path, whole[:length], 0o600); err != nil {
			t.Fatal(err)
		}
		if footer, err := lake.ReadFooter(path); err == nil {
			t.Fatalf("ReadFooter of %d of %d bytes = %+v; want an error", length, len(whole), footer)
		}
	}
}

// FuzzParseFooter checks that no metadata makes the parser panic or take its
// time.
func FuzzParseFooter(f *testing.F) {
	whole := parquet(f)
	length := int(binary.LittleEndian.Uint32(whole[len(whole)-8:]))
	metadata := whole[len(whole)-8-length : len(whole)-8]
	f.Add(metadata)
	for at := 0; at < length; at += 7 {
		torn := slices.Clone(metadata)
		torn[at] ^= 0xff
		f.Add(torn)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if starts, err := lake.ChunkStarts(text); err == nil && !slices.IsSorted(starts) {
			t.Errorf("ChunkStarts = %v; want them in order", starts)
		}
		footer, err := lake.ParseFooter(text)
		if slices.Equal(text, metadata) && (err != nil || footer.Rows != 2 || footer.RowGroups != 1 || footer.Metadata["k"] != "v") {
			t.Errorf("ParseFooter = %+v, %v; want 2 rows in a row group, k = v", footer, err)
		}
	})
}
