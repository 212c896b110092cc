package record_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/daybatch/daybatch/aws/internal/bucket"
	"github.com/daybatch/daybatch/aws/internal/bucket/buckettest"
	"github.com/daybatch/daybatch/aws/internal/record"
)

// TestKeptOnDisk reads of a listing what no process of the machine has read yet, or what
// has changed since, and is not misled by files that are none of it.
func TestKeptOnDisk(t *testing.T) {
	t.Parallel()
	type tally struct{ N int }
	dir := filepath.Join(t.TempDir(), "kept")
	var reads, ids atomic.Int64
	s3 := &buckettest.S3{Fault: func(c buckettest.Call) buckettest.Fault {
		if c.Name == "GetObject" {
			reads.Add(1)
		}
		return buckettest.Fault{}
	}}
	open := func() *record.Documents[tally] {
		return &record.Documents[tally]{
			Bucket: bucket.Bucket{API: s3, Name: "b"}, Prefix: "dates/", Dir: dir,
			Pause: func(context.Context, int) error { return nil }, NewID: func() string { return strconv.FormatInt(ids.Add(1), 10) },
		}
	}
	set := func(name string, n int) {
		t.Helper()
		if _, err := open().Change(t.Context(), name, func(tally) (tally, error) { return tally{n}, nil }); err != nil {
			t.Fatal(err)
		}
	}
	want := func(when string, fetched int64, a, b int) {
		t.Helper()
		reads.Store(0)
		got, err := open().List(t.Context(), "", "")
		if err != nil || got["a"].N != a || got["b"].N != b || reads.Load() != fetched {
			t.Errorf("%s: %v, %v after %d reads; want %d and %d after %d", when, got, err, reads.Load(), a, b, fetched)
		}
	}
	set("a", 1)
	set("b", 2)
	want("at first", 2, 1, 2)
	want("by another process", 0, 1, 2)
	set("a", 3)
	want("one has changed", 1, 3, 2)
	want("and was read", 0, 3, 2)
	for _, text := range []string{"", "no tag", "\"x\"\n{}"} {
		if err := os.WriteFile(filepath.Join(dir, "a.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		want("a foreign file", 1, 3, 2)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	want("the files are gone", 2, 3, 2)
}
