package lake_test

import (
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
)

// TestExtractPlaces checks project directories of any name. One that looks like
// a partition must not replace a column of the files.
func TestExtractPlaces(t *testing.T) {
	t.Parallel()
	db, day := open(t), calendar.Of(2026, 1, 15)
	tests := []struct {
		dir, glob string
		want      int64 // series
	}{
		{"a b'c\"d ä[e]*?/", "data/*.csv", 2},
		{"vehicle=prod/", "data/*.csv", 2},
		{"", "vehicle=*/*.csv", 1},
		{"", "*/*.csv", 1},
		{"", "**/*.csv", 1},
	}
	for _, test := range tests {
		t.Run(test.dir+test.glob, func(t *testing.T) {
			t.Parallel()
			data := "data"
			if test.want == 1 {
				data = "vehicle=van" // both vehicles of the file become it
			}
			text := strings.ReplaceAll(orders(day, 60), "vehicle", "name")
			if test.want == 2 {
				text = orders(day, 60)
			}
			r := request(t, filepath.Join(project(t, map[string]string{test.dir + data + "/orders.csv": text}), test.dir))
			r.Source.Files["orders"] = test.glob
			r.Source.Query = "SELECT ds, vehicle, sum(orders) AS orders FROM orders GROUP BY ALL"
			got, err := db.Extract(t.Context(), r)
			if err != nil || got.Series != test.want {
				t.Errorf("Extract = %d series, %v; want %d", got.Series, err, test.want)
			}
		})
	}
}

// TestExtractFiles checks what CSV files look like in the field.
func TestExtractFiles(t *testing.T) {
	t.Parallel()
	db, day := open(t), calendar.Of(2026, 1, 15)
	head := "ds,vehicle,orders\n"
	tests := []struct {
		name  string
		files map[string]string
	}{
		{"byte order mark, semicolons, CRLF", map[string]string{"data/a.csv": "\ufeff" + strings.NewReplacer(",", ";", "\n", "\r\n").Replace(head+"2026-01-14,007,1.5\n2026-01-15,007,2.5\n")}},
		{"columns in another order", map[string]string{"data/a.csv": head + "2026-01-14,007,1.5\n", "data/b.csv": "orders,ds,vehicle\n2.5,2026-01-15,007\n"}},
		{"a day without rows", map[string]string{"data/a.csv": head, "data/b.csv": head + "2026-01-14,007,1.5\n2026-01-15,007,2.5\n", "data/c.csv": ""}},
		{"quotes in the smaller file only", map[string]string{"data/a.csv": head + "2026-01-14,007,1.50000000000000000\n", "data/b.csv": head + "2026-01-15,\"007\",2.5\n"}},
		{"quotes in the larger file only", map[string]string{"data/a.csv": head + "2026-01-14,007,1.5\n", "data/b.csv": head + "\"2026-01-15\",\"007\",\"2.5\"\n"}},
		{"line ends of two kinds", map[string]string{"data/a.csv": head + "2026-01-14,007,1.5\n", "data/b.csv": strings.ReplaceAll(head+"2026-01-15,007,2.5\n", "\n", "\r\n")}},
		{"compressed and not", map[string]string{"data/a.csv": head + "2026-01-14,007,1.5\n", "data/b.csv.gz": head + "2026-01-15,007,2.5\n"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := request(t, project(t, test.files))
			if _, err := db.Extract(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			frame, err := db.ReadParquet(t.Context(), r.Output)
			if err != nil {
				t.Fatal(err)
			}
			names, err := lake.Column[[]string](frame, "vehicle")
			if err != nil || strings.Join(names, " ") != "007 007" {
				t.Errorf("vehicle = %v, %v; want 007 twice, with its zeros", names, err)
			}
			dates, err := lake.Column[[]calendar.Date](frame, "ds")
			if err != nil || len(dates) != 2 || dates[0] != day-1 || dates[1] != day {
				t.Errorf("ds = %v, %v; want %s and %s", dates, err, day-1, day)
			}
			values, err := lake.Column[[]float64](frame, "value")
			if err != nil || len(values) != 2 || values[0] != 1.5 || values[1] != 2.5 {
				t.Errorf("value = %v, %v; want 1.5 and 2.5", values, err)
			}
		})
	}
}

// TestExtractTogether extracts from several sources at once, the first time that any is
// loaded.
func TestExtractTogether(t *testing.T) {
	t.Parallel()
	const together = 8
	for range 10 {
		db, day := open(t), calendar.Of(2026, 1, 15)
		var all sync.WaitGroup
		begin := make(chan struct{})
		for range together {
			r := request(t, project(t, map[string]string{"data/orders.csv": orders(day, 5)}))
			all.Go(func() {
				<-begin
				if _, err := db.Extract(t.Context(), r); err != nil {
					t.Errorf("Extract = %v; want nil", err)
				}
			})
		}
		close(begin)
		all.Wait()
	}
}
