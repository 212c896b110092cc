package lake_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
)

var reads = flag.Int("reads", 40, "reads of each kind of reader while a writer publishes")

// readers are how programs that know nothing of daybatch read a table: by a glob,
// and by the list of immutable files. Both read columns: what is answered from a
// file's footer alone can't show a mix.
func readers(l lake.Lake) map[string]string {
	const columns = `SELECT dt, count(*), count(DISTINCT generation), floor(min(yhat)), floor(max(yhat)) FROM read_parquet(%s, hive_partitioning = true) GROUP BY dt`
	return map[string]string{
		"glob": fmt.Sprintf(columns, "'"+filepath.Join(l.Path, l.Table, "dt=*", "*.parquet")+"'"),
		"list": fmt.Sprintf("SET VARIABLE f = (SELECT list(file) FROM read_csv('%s')); "+columns, l.CurrentPath(), "getvariable('f')"),
	}
}

// TestReaders reads while a writer publishes other generations of several dates
// as fast as it can, with equal and with other numbers of rows, and with columns
// that are laid out alike because they compress to the same bytes. No reader may see
// two generations of a date, a part of one, or none; a reader by a glob may fail
// at the moment of a publish, and a reader by the list may not.
func TestReaders(t *testing.T) {
	t.Parallel()
	db, first := open(t), calendar.Of(2026, 1, 13)
	const dates = 3
	for name, write := range map[string]struct {
		rows  [2]int
		frame func(generation string, rows int) *lake.Frame
	}{
		"equal": {[2]int{3000, 3000}, uneven}, "fewer": {[2]int{6000, 1500}, uneven}, "alike": {[2]int{6000, 1500}, alike},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := lake.Lake{Path: t.TempDir(), Table: "demand"}
			generations := [2]string{"g1", "g2"}
			for i, id := range generations {
				built := buildFrame(t, db, id, write.frame(id, write.rows[i]))
				for d := first; d < first+dates; d++ {
					if err := l.Install(d, id, built); err != nil {
						t.Fatal(err)
					}
				}
			}
			current := make(map[calendar.Date]string)
			flip := func(n int) error {
				d, id := first+calendar.Date(n%dates), generations[n/dates%2]
				staged, err := l.Stage(d, id)
				if err != nil {
					return err
				}
				if err := staged.Swap(); err != nil {
					return err
				}
				current[d] = id
				return l.WriteCurrent(current)
			}
			for n := range dates {
				if err := flip(n); err != nil {
					t.Fatal(err)
				}
			}
			ctx, cancel := context.WithCancel(t.Context())
			var writer sync.WaitGroup
			defer writer.Wait()
			defer cancel()
			writer.Go(func() {
				n := dates
				for ; ctx.Err() == nil; n++ {
					if err := flip(n); err != nil {
						t.Errorf("publish %d = %v; want nil", n, err)
						return
					}
				}
				t.Logf("%d publishes", n)
			})
			for kind, query := range readers(l) {
				failed := 0
				for n := range *reads {
					switch wrong, err := readTable(t.Context(), query, dates); {
					case wrong != "":
						t.Fatalf("read %d by %s: %s", n, kind, wrong)
					case err != nil && kind == "list":
						t.Fatalf("read %d by %s = %v; want nil", n, kind, err)
					case err != nil:
						failed++
					}
				}
				t.Logf("%d reads by %s, %d failed and said so", *reads, kind, failed)
			}
		})
	}
}

// uneven returns rows of columns that don't compress to nothing, as those of a
// forecast don't: their places in the file differ between generations.
func uneven(generation string, rows int) *lake.Frame {
	random := rand.New(rand.NewPCG(uint64(generation[1]), uint64(rows)))
	regions, generations := make([]string, rows), make([]string, rows)
	means := make([]float64, rows)
	for i := range means {
		regions[i], generations[i] = strconv.Itoa(random.IntN(1000)), generation
		means[i] = float64(rows) + random.Float64()/2
	}
	frame := &lake.Frame{}
	frame.Strings("region", regions)
	frame.Floats("yhat", means)
	frame.Strings("generation", generations)
	return frame
}

// readTable runs a query of readers in a DuckDB of its own and says what is wrong
// with the answer. The means of a generation are its number of rows and a fraction.
func readTable(ctx context.Context, query string, dates int) (wrong string, err error) {
	db, err := sql.Open("duckdb", "?threads=2")
	if err != nil {
		return "", err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if before, after, two := strings.Cut(query, "; "); two {
		if _, err := db.ExecContext(ctx, before); err != nil {
			return "", err
		}
		query = after
	}
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	seen := 0
	for ; rows.Next(); seen++ {
		var date any
		var count, generations int
		var least, most float64
		if err := rows.Scan(&date, &count, &generations, &least, &most); err != nil {
			return "", err
		}
		if generations != 1 || least != most || float64(count) != least {
			return fmt.Sprintf("%v has %d rows of %d generations, with %g to %g rows each", date, count, generations, least, most), nil
		}
	}
	if err := rows.Err(); err != nil {
		return "", err
	}
	if seen != dates {
		return fmt.Sprintf("%d dates; want %d", seen, dates), nil
	}
	return "", nil
}

// alike returns rows of which each column is one value: a handful of bytes,
// however many rows there are.
func alike(generation string, rows int) *lake.Frame {
	frame := &lake.Frame{}
	frame.Strings("region", slices.Repeat([]string{"r"}, rows))
	frame.Floats("yhat", slices.Repeat([]float64{float64(rows)}, rows))
	frame.Strings("generation", slices.Repeat([]string{generation}, rows))
	return frame
}
