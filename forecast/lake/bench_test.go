package lake_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/series"
)

const (
	benchSeries = 40
	benchDays   = 3000
)

// benchOrders returns 120,000 rows of CSV up to 2026-01-15.
func benchOrders() string {
	var b strings.Builder
	b.WriteString("ds,vehicle,orders\n")
	last := calendar.Of(2026, time.January, 15)
	for d := last - benchDays + 1; d <= last; d++ {
		for i := range benchSeries {
			fmt.Fprintf(&b, "%s,vehicle-%d,%d\n", d, i, int(d)%7+i)
		}
	}
	return b.String()
}

// BenchmarkExtract extracts 120,000 rows, opening DuckDB as each step does.
func BenchmarkExtract(b *testing.B) {
	dir := b.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "data"), 0o755); err != nil {
		b.Fatal(err)
	}
	csv := filepath.Join(dir, "data", "orders.csv")
	if err := os.WriteFile(csv, []byte(benchOrders()), 0o644); err != nil {
		b.Fatal(err)
	}
	request := lake.ExtractRequest{
		Project: dir, Timezone: "Asia/Tokyo", Date: calendar.Of(2026, time.January, 15),
		Output: filepath.Join(dir, "rows.parquet"),
	}
	request.Source.Query = selectOrders
	request.Source.Series, request.Source.Time, request.Source.Value = []string{"vehicle"}, "ds", "orders"
	for _, format := range []string{"csv", "parquet"} {
		b.Run(format, func(b *testing.B) {
			request.Source.Files = map[string]string{"orders": "data/*." + format}
			if format == "parquet" {
				convert(b, csv)
			}
			for b.Loop() {
				extract(b, request)
			}
			b.ReportMetric(float64(benchSeries*benchDays), "rows/op")
		})
	}
}

func extract(b *testing.B, request lake.ExtractRequest) {
	b.Helper()
	db, err := lake.Open(b.Context(), lake.Options{Threads: 2})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	report, err := db.Extract(b.Context(), request)
	if err != nil || report.Rows != benchSeries*benchDays {
		b.Fatalf("Extract = %+v, %v; want %d rows", report, err, benchSeries*benchDays)
	}
}

// convert writes the rows of the CSV file beside it as Parquet.
func convert(b *testing.B, csv string) {
	b.Helper()
	frame := &lake.Frame{}
	var dates []calendar.Date
	var vehicles []string
	var values []int64
	last := calendar.Of(2026, time.January, 15)
	for d := last - benchDays + 1; d <= last; d++ {
		for i := range benchSeries {
			dates, vehicles, values = append(dates, d), append(vehicles, fmt.Sprintf("vehicle-%d", i)), append(values, int64(d)%7)
		}
	}
	frame.Dates("ds", dates)
	frame.Strings("vehicle", vehicles)
	frame.Ints("orders", values)
	db, err := lake.Open(b.Context(), lake.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if err := db.WriteParquet(b.Context(), strings.TrimSuffix(csv, ".csv")+".parquet", frame, lake.ParquetOptions{}); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkPanel writes and reads a panel of 40 series and 1,095 days.
func BenchmarkPanel(b *testing.B) {
	db, err := lake.Open(b.Context(), lake.Options{Threads: 2})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	const days = 1095
	day := calendar.Of(2026, time.January, 15)
	table := lake.PanelTable{Panel: series.Panel{Columns: []string{"vehicle"}}}
	for i := range benchSeries {
		one := series.Series{Key: series.MakeKey(fmt.Sprintf("v%02d", i)), Start: day - days + 1, Values: make([]float64, days)}
		table.Panel.Series = append(table.Panel.Series, one)
		table.Outliers = append(table.Outliers, make([]bool, days))
	}
	path := filepath.Join(b.TempDir(), "panel.parquet")
	b.Run("write", func(b *testing.B) {
		for b.Loop() {
			if err := db.WritePanel(b.Context(), path, table); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			panel, err := db.OpenPanel(b.Context(), path, []string{"vehicle"})
			if err != nil {
				b.Fatal(err)
			}
			for _, err := range panel.Shards(b.Context(), 1<<18) {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

// BenchmarkPublish is what happens inside the write lock of the engine, and the
// link before it.
func BenchmarkPublish(b *testing.B) {
	day := calendar.Of(2026, time.January, 15)
	l := lake.Lake{Path: b.TempDir(), Table: "demand"}
	built := b.TempDir()
	if err := os.WriteFile(filepath.Join(built, lake.PartFile), make([]byte, 50_000), 0o644); err != nil {
		b.Fatal(err)
	}
	manifest := fmt.Sprintf(`{"files": [{"path": %q, "bytes": 50000}]}`, lake.PartFile)
	if err := os.WriteFile(filepath.Join(built, lake.ManifestFile), []byte(manifest), 0o644); err != nil {
		b.Fatal(err)
	}
	if err := l.Install(day, "g1", built); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		staged, err := l.Stage(day, "g1")
		if err != nil {
			b.Fatal(err)
		}
		if err := staged.Swap(); err != nil {
			b.Fatal(err)
		}
		if err := staged.Discard(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkQuery counts over the partitions of a year.
func BenchmarkQuery(b *testing.B) {
	db, err := lake.Open(b.Context(), lake.Options{Threads: 2})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	dir := b.TempDir()
	day := calendar.Of(2026, time.January, 15)
	request := lake.QueryRequest{SQL: "SELECT dt, sum(yhat) FROM demand WHERE dt > DATE '2026-01-10' GROUP BY dt", Table: "demand"}
	frame := &lake.Frame{}
	frame.Floats("yhat", make([]float64, benchSeries*28))
	for i := range 365 {
		path := filepath.Join(dir, "dt="+(day-calendar.Date(i)).String(), "g", lake.PartFile)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := db.WriteParquet(b.Context(), path, frame, lake.ParquetOptions{}); err != nil {
			b.Fatal(err)
		}
		request.Files = append(request.Files, lake.PartitionFile{Date: day - calendar.Date(i), Path: path})
	}
	for b.Loop() {
		if got, err := db.Query(b.Context(), request); err != nil || len(got.Rows) != 5 {
			b.Fatalf("Query = %v, %v; want 5 rows", got.Rows, err)
		}
	}
}
