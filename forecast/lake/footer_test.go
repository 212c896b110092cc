package lake_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/daybatch/daybatch/forecast/lake"
)

// FuzzReadFooter checks that no bytes make ReadFooter panic or take its time.
func FuzzReadFooter(f *testing.F) {
	db, err := lake.Open(f.Context(), lake.Options{})
	if err != nil {
		f.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	path := filepath.Join(f.TempDir(), "x.parquet")
	frame := &lake.Frame{}
	frame.Strings("a", []string{"x", "y"})
	frame.Floats("b", []float64{1, 2})
	if err := db.WriteParquet(f.Context(), path, frame, lake.ParquetOptions{Metadata: map[string]string{"k": "v"}}); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add([]byte("PAR1\x00\x00\x00\x00PAR1"))
	f.Add([]byte{})
	for _, at := range []int{len(whole) - 9, len(whole) - 20, len(whole) - 60} {
		torn := append([]byte(nil), whole...)
		torn[at] ^= 0xff
		f.Add(torn)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		path := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		footer, err := lake.ReadFooter(path)
		if err == nil && string(file) == string(whole) && (footer.Rows != 2 || footer.RowGroups != 1 || footer.Metadata["k"] != "v") {
			t.Errorf("ReadFooter = %+v; want 2 rows in a row group, k = v", footer)
		}
	})
}
