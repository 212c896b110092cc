package lake_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
)

func open(t *testing.T) *lake.DB {
	t.Helper()
	db, err := lake.Open(t.Context(), lake.Options{TempDir: filepath.Join(t.TempDir(), "spill"), Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// write writes a file below a new project directory and returns the directory.
func project(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, ".gz") {
			text = gzipped(t, text)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// orders returns CSV text of the given days up to and including last, for two
// vehicles, with the columns ds, vehicle, orders.
func orders(last calendar.Date, days int) string {
	var b strings.Builder
	b.WriteString("ds,vehicle,orders\n")
	for d := last - calendar.Date(days) + 1; d <= last; d++ {
		for _, vehicle := range []string{"coupe", "van"} {
			fmt.Fprintf(&b, "%s,%s,%d\n", d, vehicle, int(d)%7+len(vehicle))
		}
	}
	return b.String()
}

const selectOrders = "SELECT ds, vehicle, orders\nFROM orders\nWHERE ds BETWEEN {{.From}} AND {{.Date}}"

// request returns a request for 2026-01-15 over data/*.csv.
func request(t *testing.T, dir string) lake.ExtractRequest {
	t.Helper()
	return lake.ExtractRequest{
		Project: dir,
		Source: forecast.Source{
			Files: map[string]string{"orders": "data/*.csv*"}, Query: selectOrders, Path: "sql/extract.sql",
			Series: []string{"vehicle"}, Time: "ds", Value: "orders", HistoryDays: 400, MinRows: 0.5,
		},
		Timezone: "Asia/Tokyo",
		Date:     calendar.Of(2026, 1, 15),
		Output:   filepath.Join(t.TempDir(), "rows.parquet"),
	}
}

func class(err error) forecast.ReasonClass {
	if failed, ok := errors.AsType[*lake.Error](err); ok {
		return failed.Class
	}
	return ""
}

func TestExtract(t *testing.T) {
	t.Parallel()
	db, day := open(t), calendar.Of(2026, 1, 15)
	for _, name := range []string{"data/orders.csv", "data/orders.csv.gz"} {
		// Rows of later dates are there, as in a backfill: the query ends at the date.
		r := request(t, project(t, map[string]string{name: orders(day+10, 60)}))
		got, err := db.Extract(t.Context(), r)
		if err != nil {
			t.Fatalf("Extract(%s): %v", name, err)
		}
		want := lake.ExtractReport{Rows: 100, Series: 2, First: day - 49, Last: day, Today: 2, Usual: 2}
		if got.Rows != want.Rows || got.Series != want.Series || got.First != want.First || got.Last != want.Last || got.Today != want.Today || got.Usual != want.Usual || len(got.Warnings) > 0 {
			t.Errorf("Extract(%s) = %+v; want %+v", name, got, want)
		}
		frame, err := db.ReadParquet(t.Context(), r.Output)
		if err != nil {
			t.Fatal(err)
		}
		dates, err := lake.Column[[]calendar.Date](frame, "ds")
		if err != nil {
			t.Fatal(err)
		}
		if len(dates) != 100 || dates[0] != day-49 || dates[49] != day || dates[50] != day-49 {
			t.Errorf("dates of %s = %v; want 50 days for each vehicle in turn", name, dates)
		}
		if names := strings.Join(frame.Names(), " "); names != "vehicle ds value" {
			t.Errorf("columns of %s = %s; want vehicle ds value", name, names)
		}
	}
}

// TestExtractWindow checks that {{.From}} opens HistoryDays days up to and
// including the date, and that placeholders may repeat.
func TestExtractWindow(t *testing.T) {
	t.Parallel()
	db, day := open(t), calendar.Of(2026, 1, 15)
	r := request(t, project(t, map[string]string{"data/o.csv": orders(day+3, 90)}))
	r.Source.HistoryDays = 30
	r.Source.Query = "-- up to {{.Date}}\nSELECT *, {{.Date}} AS run FROM orders WHERE ds >= {{ .From }} AND ds <= {{.Date}} AND ds > {{.Date}} - INTERVAL 300 DAY; -- done\n"
	got, err := db.Extract(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if got.First != day-29 || got.Last != day {
		t.Errorf("Extract = %s .. %s; want %s .. %s", got.First, got.Last, day-29, day)
	}
}

func TestExtractRefuses(t *testing.T) {
	t.Parallel()
	db, day := open(t), calendar.Of(2026, 1, 15)
	good := orders(day, 60)
	lines := strings.SplitAfter(orders(day, 8000), "\n")
	bad := func(cell string, at int) string {
		changed := append([]string(nil), lines...)
		changed[at] = strings.Replace("2020-01-01,van,5\n", cell[:strings.IndexByte(cell, '>')], cell[strings.IndexByte(cell, '>')+1:], 1)
		return strings.Join(changed, "")
	}
	tests := []struct {
		name   string
		csv    string
		change func(*lake.ExtractRequest)
		class  forecast.ReasonClass
		want   string
	}{
		{
			"no file", good, func(r *lake.ExtractRequest) { r.Source.Files = map[string]string{"orders": "nodata/*.csv"} }, forecast.ReasonConfig,
			`source orders: no file matches nodata/*.csv in `,
		},
		{"other file", good, func(r *lake.ExtractRequest) { r.Source.Files = map[string]string{"orders": "data/"} }, forecast.ReasonConfig, "no file matches"},
		{
			"missing column", good, func(r *lake.ExtractRequest) { r.Source.Value = "sales" }, forecast.ReasonConfig,
			"sql/extract.sql has no column sales: its columns are ds, vehicle, orders",
		},
		{
			"unknown column in SQL", good, func(r *lake.ExtractRequest) { r.Source.Query = "SELECT ds,\n  vehicle, sales AS orders\nFROM orders" }, forecast.ReasonConfig,
			"run sql/extract.sql: Binder Error: Referenced column \"sales\" not found in FROM clause!\nCandidate bindings: ",
		},
		{"SQL syntax", good, func(r *lake.ExtractRequest) { r.Source.Query = "SELEC 1" }, forecast.ReasonConfig, "SELEC is no query"},
		{"SQL writes", good, func(r *lake.ExtractRequest) { r.Source.Query = "COPY orders TO 'x.csv'" }, forecast.ReasonConfig, "COPY is no query"},
		{"two statements", good, func(r *lake.ExtractRequest) { r.Source.Query = "SELECT 1;\nSELECT 2" }, forecast.ReasonConfig, "line 2, column 1: a second statement"},
		{
			"unknown placeholder", good, func(r *lake.ExtractRequest) { r.Source.Query = "SELECT *\nFROM orders WHERE ds = {{.Day}}" }, forecast.ReasonConfig,
			"line 2, column 24: {{.Day}} is unknown: there are {{.Date}} and {{.From}}",
		},
		{
			"quoted placeholder", good, func(r *lake.ExtractRequest) { r.Source.Query = "SELECT * FROM orders WHERE ds = '{{.Date}}'" }, forecast.ReasonConfig,
			"line 1, column 33: a placeholder inside quotes",
		},
		{"reserved column", good, func(r *lake.ExtractRequest) { r.Source.Series = []string{"model"} }, forecast.ReasonConfig, "series column model has the name of a column that daybatch writes"},
		{
			"bad number in row 12345", bad("5>abc", 12345), nil, forecast.ReasonData,
			`data/orders.csv:12346 (row 12345 of the data): orders "abc" is not a number (1 bad cell in the file)`,
		},
		{"bad number, aggregated", bad("5>abc", 12345), func(r *lake.ExtractRequest) {
			r.Source.Query = "SELECT ds, vehicle, sum(orders) AS orders FROM orders WHERE ds <= {{.Date}} GROUP BY ALL"
		}, forecast.ReasonData, `data/orders.csv:12346 (row 12345 of the data): orders "abc" is not a number`},
		{
			"bad date in row 12345", bad("2020-01-01>2020-13-01", 12345), nil, forecast.ReasonData,
			`data/orders.csv:12346 (row 12345 of the data): ds "2020-13-01" is not a date`,
		},
		{
			"a date written in another way", good + "31.02.2026,van,3\n", nil, forecast.ReasonData,
			`data/orders.csv:122 (row 121 of the data): ds "31.02.2026" is not a date (1 bad cell in the file)`,
		},
		{
			"bad number after the sample", strings.Join(append(append([]string{"ds,vehicle,orders\n"}, repeated(lines[1:], 3)...), "2020-01-01,van,abc\n"), ""), nil, forecast.ReasonData,
			`data/orders.csv:48002 (row 48001 of the data): orders "abc" is not a number`,
		},
		{
			"future rows", good + "2026-01-16,van,1\n2026-01-18,van,1\n", func(r *lake.ExtractRequest) { r.Source.Query = "FROM orders" }, forecast.ReasonData,
			"2 rows dated after 2026-01-15 (first 2026-01-16): the query must end at {{.Date}}",
		},
		{"no rows", "ds,vehicle,orders\n", func(r *lake.ExtractRequest) { r.Source.Query = "FROM orders" }, forecast.ReasonUpstream, "sql/extract.sql returned no rows up to 2026-01-15"},
		{"no rows of the date", orders(day-1, 60), nil, forecast.ReasonUpstream, "no rows dated 2026-01-15; the newest are of 2026-01-14"},
		{"few rows", manyVehicles(day, 2), nil, forecast.ReasonData, "only 2 rows dated 2026-01-15; the 28 dates before have 10 (median), and min_rows 0.5 asks for 5"},
		{
			"duplicates", good + "2026-01-14,van,1\n2026-01-15,van,1\n2026-01-15,van,2\n", nil, forecast.ReasonData,
			"5 rows share 2 pairs of series and date (data/orders.csv:122: 2026-01-14, van as in line 119): one row per series and date, aggregate in the query; first: van on 2026-01-14 (2 rows); van on 2026-01-15 (3 rows)",
		},
		{"no series", good + "2026-01-15,,1\n", nil, forecast.ReasonData, "1 row with an empty vehicle"},
		{"no date", good + ",van,1\n", func(r *lake.ExtractRequest) { r.Source.Query = "FROM orders" }, forecast.ReasonData, "1 row without a date in column ds"},
		{"NaN", good, func(r *lake.ExtractRequest) {
			r.Source.Query = "SELECT ds, vehicle, CASE WHEN ds = {{.Date}} THEN 'NaN'::DOUBLE ELSE orders END AS orders FROM orders"
		}, forecast.ReasonData, "2 rows with a value that is not finite; first: coupe on 2026-01-15 (nan); van on 2026-01-15 (nan)"},
		{
			"Inf", good, func(r *lake.ExtractRequest) {
				r.Source.Query = "SELECT ds, vehicle, 1e308::DOUBLE * 'inf'::DOUBLE AS orders FROM orders"
			}, forecast.ReasonData,
			"120 rows with a value that is not finite",
		},
		{"no date at all", good, func(r *lake.ExtractRequest) {
			r.Source.Query = "SELECT ds || ' or so' AS ds, vehicle, orders FROM orders"
		}, forecast.ReasonData, `column ds of sql/extract.sql: "2025-11-17 or so" is not a date (120 such rows)`},
		{"before time", good, func(r *lake.ExtractRequest) {
			r.Source.Query = "SELECT DATE '-infinity' AS ds, vehicle, orders FROM orders"
		}, forecast.ReasonData, `column ds of sql/extract.sql: "-infinity" is not a date (120 such rows)`},
		{
			"bad number below cells of two lines", "ds,vehicle,orders\n" + strings.Repeat("2026-01-15,\"van\nlong\",1\n", 20) + "2026-01-15,van,abc\n", nil, forecast.ReasonData,
			`data/orders.csv:42 (row 21 of the data): orders "abc" is not a number (1 bad cell in the file)`,
		},
		{
			"not UTF-8", good + "2026-01-15,caf\xe9,1\n", nil, forecast.ReasonData,
			"This file is not utf-8 encoded.\n  file = ",
		},
		{"zone", good, func(r *lake.ExtractRequest) { r.Timezone = "Asia/Nowhere" }, forecast.ReasonConfig, "timezone Asia/Nowhere: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := request(t, project(t, map[string]string{"data/orders.csv": test.csv}))
			r.Source.HistoryDays = 10000
			if test.change != nil {
				test.change(&r)
			}
			_, err := db.Extract(t.Context(), r)
			if err == nil || !strings.Contains(err.Error(), test.want) || class(err) != test.class {
				t.Errorf("Extract = %s: %v\nwant %s: ..%s..", class(err), err, test.class, test.want)
			}
			if _, err := os.Stat(r.Output); err == nil {
				t.Errorf("Extract left %s behind", r.Output)
			}
		})
	}
}

func repeated(lines []string, times int) []string {
	var all []string
	for range times {
		for _, line := range lines {
			if line != "" {
				all = append(all, line)
			}
		}
	}
	return all
}

// manyVehicles returns ten vehicles a day, and only so many on the last day.
func manyVehicles(last calendar.Date, onLast int) string {
	var b strings.Builder
	b.WriteString("ds,vehicle,orders\n")
	for d := last - 40; d <= last; d++ {
		for i := range 10 {
			if d < last || i < onLast {
				fmt.Fprintf(&b, "%s,v%d,3\n", d, i)
			}
		}
	}
	return b.String()
}

// TestExtractTypes checks columns whose type the first rows do not tell.
func TestExtractTypes(t *testing.T) {
	t.Parallel()
	db, day := open(t), calendar.Of(2026, 1, 15)
	var b strings.Builder
	b.WriteString("at,vehicle,orders\n")
	for i := range 30000 {
		fmt.Fprintf(&b, "%s 23:30:00,%d,%d\n", day-calendar.Date(29999-i), 7, i)
	}
	text := strings.TrimSuffix(b.String(), "29999\n") + "1.5\n"
	r := request(t, project(t, map[string]string{"data/orders.csv": text}))
	r.Source.Query, r.Source.Time, r.Source.HistoryDays = "FROM orders", "at", 0
	got, err := db.Extract(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if got.Rows != 30000 || got.Last != day {
		t.Errorf("Extract = %+v; want 30000 rows up to %s", got, day)
	}
	frame, err := db.ReadParquet(t.Context(), r.Output, "value", "vehicle")
	if err != nil {
		t.Fatal(err)
	}
	values, err := lake.Column[[]float64](frame, "value")
	if err != nil || values[29999] != 1.5 {
		t.Errorf("last value = %v, %v; want 1.5", values[29999], err)
	}
}

// TestExtractZone checks that the pipeline's zone decides the date of an
// instant, whatever type it comes in: 20:00 in London is the next day in Tokyo.
func TestExtractZone(t *testing.T) {
	t.Parallel()
	db, day := open(t), calendar.Of(2026, 1, 15)
	dir := project(t, map[string]string{"data/orders.csv": "at,vehicle,orders\n2026-01-14 20:00:00+00,van,1\n2026-01-14 10:00:00+00,van,1\n"})
	for _, moment := range []string{
		"\"at\"::TIMESTAMPTZ", "\"at\"", "strftime(\"at\" AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ')",
		"strftime(\"at\" AT TIME ZONE 'America/New_York', '%Y-%m-%d %H:%M:%S-05:00')",
		"strftime(\"at\", '%Y-%m-%d %H:%M:%S')", "\"at\"::TIMESTAMPTZ::DATE", "\"at\"::TIMESTAMP",
	} {
		r := request(t, dir)
		r.Source.Query, r.Source.Time = "SELECT "+moment+" AS moment, vehicle, orders FROM orders", "moment"
		got, err := db.Extract(t.Context(), r)
		if err != nil {
			t.Fatalf("Extract(%s): %v", moment, err)
		}
		if got.First != day-1 || got.Last != day {
			t.Errorf("Extract(%s) = %s .. %s; want %s .. %s", moment, got.First, got.Last, day-1, day)
		}
	}
}
