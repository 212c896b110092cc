package app_test

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/page"
)

const byDay = "SELECT * FROM demand_forecast WHERE dt > DATE '2026-01-01'  -- all columns"

// asked is a month whose table answers a query.
func asked(f *enginetest.Fake) {
	month(f)
	table := forecast.Table{Columns: []forecast.Column{
		{Name: "made_for", Type: "DATE"},
		{Name: "vehicle", Type: "VARCHAR"},
		{Name: "yhat", Type: "DOUBLE"},
		{Name: "rows", Type: "BIGINT"},
		{Name: "written", Type: "TIMESTAMP"},
		{Name: "a note that is long enough to be cut somewhere", Type: "VARCHAR"},
	}}
	for i := range 60 {
		row := []any{jan(20) - 1, "kei", 12.5 * float64(i), int64(i), time.Date(2026, time.January, 20, 6, i, 0, 0, time.UTC), "\x1b[31mred"}
		if i%3 == 0 {
			row[1], row[2], row[5] = "van \u65e5\u672c", nil, nil
		}
		table.Rows = append(table.Rows, row)
	}
	f.SetTable(byDay, table)
	f.SetTable("SELECT 1 AS dt WHERE false", forecast.Table{Columns: table.Columns})
}

// runs opens the palette and runs a query.
func runs(sql string) func(*script) {
	return func(p *script) { p.Press(":").Type("query " + sql).Press("enter") }
}

// queryViews are the forms of the page of a query.
func queryViews() []view {
	return []view{
		{"query", scene{seed: asked}, runs(byDay)},
		{"query_filter", scene{seed: asked}, func(p *script) {
			runs(byDay)(p)
			p.Press("2*right /").Type("van")
		}},
		{"query_columns", scene{seed: asked}, func(p *script) {
			runs(byDay)(p)
			p.Press("5*right 2*s j")
		}},
		{"query_empty", scene{seed: asked}, runs("SELECT 1 AS dt WHERE false")},
		{"query_error", scene{seed: asked}, runs("DROP TABLE dt")},
		{"query_loading", scene{seed: func(f *enginetest.Fake) {
			asked(f)
			f.Hold("Query")
		}}, runs(byDay)},
	}
}

// TestQuery runs a query from the palette, as it is typed, and works with its rows.
func TestQuery(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	play(t, scene{seed: asked, readOnly: true, desk: effects.Desk{Dir: dir}}, func(p *script) {
		p.Press("3*j")
		runs(byDay)(p)
		p.ExpectPage(page.Query).ExpectLine("60 rows").ExpectCursor("van").ExpectLine("made_for", "vehicle", "yhat", "rows")
		p.Press("j y")
		if want := "2026-01-19\tkei\t12.5\t1\t2026-01-20T06:01:00Z\t"; len(p.clipboard) < len(want) || p.clipboard[:len(want)] != want {
			t.Errorf("y copied %q; want the row", p.clipboard)
		}
		p.Press("ctrl+y")
		if want := "daybatch query '" + `SELECT * FROM demand_forecast WHERE dt > DATE '\''2026-01-01'\''  -- all columns'`; p.clipboard != want {
			t.Errorf("ctrl+y copied %q; want %q", p.clipboard, want)
		}
		p.Press("/").Type("kei 750").Press("enter").Expect("0 of 60 rows").Press("esc /").Type("kei 12.5").Press("enter").Expect("1/5 of 60")
		p.Press("ctrl+s").Expect("5 rows written to ", "/query.csv")
		p.Press("r").ExpectCalls("Query", 2).Press("2*esc").ExpectPage(page.Days).ExpectCursor("2026-01-17")
		p.fake.FailNext("Query", errors.New("no route to host"))
		runs(byDay)(p)
		p.Expect("The query was not answered", "no route to host").Press("r").ExpectLine("60 rows")
	})
	fields, rows := written(t, filepath.Join(dir, "query.csv"))
	if len(rows) != 5 || fields[2] != "yhat" || rows[0][2] != "12.5" {
		t.Errorf("the file has %q and %d rows, the first %q; want 5", fields, len(rows), fmt.Sprint(rows[0]))
	}
}

// TestQueryOverAllDates asks first where a query is paid by what it reads.
func TestQueryOverAllDates(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: asked}, func(p *script) {
		runs("SELECT count(*) FROM demand_forecast")(p)
		p.ExpectPage(page.Confirm).Expect("all dates may be read").Press("esc").ExpectPage(page.Days).ExpectCalls("Query", 0)
		runs("SELECT count(*) FROM demand_forecast")(p)
		p.Press("enter").ExpectPage(page.Query).ExpectCalls("Query", 1)
		p.Press("esc :").Type("query").Press("2*enter").ExpectPage(page.Palette).Expect("give a query, such as query SELECT * FROM demand_forecast")
	})
}

// The first column stays while the cursor goes over the others, and s sorts by the one
// that it is on; marks tell at which side there are more.
func TestQueryColumns(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: asked, width: 60, height: 20}, func(p *script) {
		runs(byDay)(p)
		p.ExpectLine("made_for", "vehicle", "yhat", ">").ExpectNot("<").Press("2*right s").Expect("rows by yhat").ExpectCursor("12.5").
			Press("s").Expect("rows by yhat, the largest first").Press("g").ExpectCursor("737.5")
		p.Press("3*right").ExpectLine("made_for", "<", "a note").ExpectNot("vehicle").ExpectCursor("2026-01-19").Press("/").Type("van").Press("enter").
			Expect("20 of 60 rows").ExpectLine("made_for", "<").Press("esc")
		p.Press("4*left").ExpectLine("made_for", "vehicle", ">").ExpectNot("<").Press("9*left s").Expect("rows by made_for")
		p.Resize(120, 20).ExpectLine("made_for", "vehicle", "written").ExpectNot("<", ">  ")
	})
}

// Fractions are shown as long as they are read, and copied as they are.
func TestQueryFractions(t *testing.T) {
	t.Parallel()
	const sql = "SELECT dt, yhat, share, tiny FROM demand_forecast"
	seed := func(f *enginetest.Fake) {
		f.SetTable(sql, forecast.Table{
			Columns: []forecast.Column{{Name: "dt", Type: "DATE"}, {Name: "yhat", Type: "DOUBLE"}, {Name: "share", Type: "DOUBLE"}, {Name: "tiny", Type: "DOUBLE"}},
			Rows:    [][]any{{jan(20), 39.2300876185741, 0.25, 1.5e-9}, {jan(20), 1204.5, nil, 2e-9}, {jan(20), math.NaN(), 0.5, nil}},
		})
	}
	play(t, scene{seed: seed}, func(p *script) {
		runs(sql)(p)
		p.ExpectLine("39.23", "0.25", "1.5e-09").ExpectNot("39.2300876185741").ExpectLine("1204.50", "2e-09").ExpectLine("NaN", "0.50").Press("y")
		if want := "2026-01-20\t39.2300876185741\t0.25\t1.5e-09"; p.clipboard != want {
			t.Errorf("y copied %q; want %q", p.clipboard, want)
		}
		p.Press("/").Type("39.2300876185741").Press("enter").ExpectLine("1/1 of 3")
	})
}
