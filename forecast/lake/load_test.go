package lake_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
)

// openKeeping opens a lake that keeps what it has loaded.
func openKeeping(t *testing.T, threads int) *lake.DB {
	t.Helper()
	db, err := lake.Open(t.Context(), lake.Options{TempDir: filepath.Join(t.TempDir(), "spill"), Threads: threads, Keep: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// fractions returns CSV text whose sums depend on the order of their terms.
func fractions(seed uint64, last calendar.Date, rows int) string {
	random := rand.New(rand.NewPCG(seed, 0))
	var b strings.Builder
	b.WriteString("ds,vehicle,orders\n")
	for i := range rows {
		fmt.Fprintf(&b, "%s,v%d,%g\n", last-calendar.Date(i%40), i%3, random.Float64())
	}
	return b.String()
}

// The rows of a date are the same bit for bit, with however many threads, and
// whether or not another date was extracted before.
func TestExtractIsTheSame(t *testing.T) {
	t.Parallel()
	day := calendar.Of(2026, 1, 15)
	dir := project(t, map[string]string{
		"data/a.csv": fractions(1, day, 150_000), "data/b.csv": fractions(2, day, 150_000), "data/c.csv.gz": fractions(3, day+1, 1000),
	})
	r := request(t, dir)
	r.Source.Files["orders"] = "data/*"
	r.Source.Query = "SELECT ds, vehicle, sum(orders) AS orders FROM orders WHERE ds BETWEEN {{.From}} AND {{.Date}} GROUP BY ALL"
	extract := func(db *lake.DB, d calendar.Date) []byte {
		r.Date, r.Output = d, filepath.Join(t.TempDir(), "rows.parquet")
		if _, err := db.Extract(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(r.Output)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	want := extract(open(t), day)
	for _, threads := range []int{1, 2, 4} {
		alone, err := lake.Open(t.Context(), lake.Options{Threads: threads})
		if err != nil {
			t.Fatal(err)
		}
		if got := extract(alone, day); !bytes.Equal(got, want) {
			t.Errorf("rows with %d threads differ", threads)
		}
		_ = alone.Close()
		kept := openKeeping(t, threads)
		extract(kept, day-2)
		extract(kept, day-1)
		if got := extract(kept, day); !bytes.Equal(got, want) {
			t.Errorf("rows with %d threads differ when other dates went before", threads)
		}
	}
}

// What was loaded serves as long as no file changed, also if its size and time
// are the same.
func TestExtractSeesChanges(t *testing.T) {
	t.Parallel()
	day := calendar.Of(2026, 1, 15)
	head := "ds,vehicle,orders\n"
	dir := project(t, map[string]string{"data/a.csv": head + "2026-01-14,van,1\n", "data/b.csv": head + "2026-01-15,van,2\n"})
	db := openKeeping(t, 2)
	r := request(t, dir)
	r.Source.Files["orders"] = "data/*.csv"
	values := func() string {
		if _, err := db.Extract(t.Context(), r); err != nil {
			return err.Error()
		}
		frame, err := db.ReadParquet(t.Context(), r.Output)
		if err != nil {
			return err.Error()
		}
		list, err := lake.Column[[]float64](frame, lake.ValueColumn)
		return fmt.Sprint(list, err)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(what, want string) {
		t.Helper()
		if got := values(); got != want {
			t.Errorf("%s: values = %s; want %s", what, got, want)
		}
	}
	expect("at first", "[1 2] <nil>")
	expect("again", "[1 2] <nil>")
	path := filepath.Join(dir, "data/b.csv")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	write("data/b.csv", head+"2026-01-15,van,3\n")
	if runtime.GOOS == "linux" { // elsewhere the time is all there is
		if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
			t.Fatal(err)
		}
	}
	expect("after a file of the same size and time", "[1 3] <nil>")
	write("data/c.csv", head+"2026-01-13,van,0\n")
	expect("with a new file", "[0 1 3] <nil>")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if got := values(); !strings.Contains(got, "2026-01-15") {
		t.Errorf("without the date's file: %s; want that the date has no rows", got)
	}
	write("data/b.csv", head+"2026-01-15,van,4\n")
	expect("with the file again", "[0 1 4] <nil>")
	r.Date = day - 1
	expect("of the date before", "[0 1] <nil>")
}
