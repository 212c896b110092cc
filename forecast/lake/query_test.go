package lake_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
)

// queryRequest returns a request over two dates and a source; the lake lies in
// a directory whose name looks like a hive partition and a glob.
func queryRequest(t *testing.T, db *lake.DB) lake.QueryRequest {
	t.Helper()
	day := calendar.Of(2026, 1, 15)
	dir := project(t, map[string]string{"data/orders.csv": orders(day, 3), "secret.csv": "a\n1\n"})
	l := lake.Lake{Path: filepath.Join(dir, "env=prod", "[a]*"), Table: "demand"}
	request := lake.QueryRequest{
		Table: "demand", Project: dir, Sources: map[string]string{"orders": "data/*.csv", "late": "late/*.csv"},
		Layout: lake.Layout{Series: []string{"vehicle"}, Levels: []int{80}},
	}
	for i, id := range []string{"g1", "g2"} {
		d := day - 1
		if i == 1 {
			d = day
		}
		if err := l.Install(d, id, build(t, db, id, i+1)); err != nil {
			t.Fatal(err)
		}
		request.Files = append(request.Files, lake.PartitionFile{Date: d, Path: filepath.Join(l.Generation(d, id), lake.PartFile)})
	}
	return request
}

func TestQuery(t *testing.T) {
	t.Parallel()
	db, day := open(t), calendar.Of(2026, 1, 15)
	r := queryRequest(t, db)
	tests := []struct {
		sql  string
		want [][]any
	}{
		{"SELECT dt, sum(yhat), count(*) FROM demand GROUP BY dt ORDER BY dt; -- all", [][]any{{day - 1, 1.0, int64(1)}, {day, 4.0, int64(2)}}},
		{"FROM demand SELECT generation WHERE dt = DATE '2026-01-14'", [][]any{{"g1"}}},
		{"WITH d AS (SELECT max(ds) AS m FROM orders) SELECT m, 1.5::DECIMAL(9,2), true, NULL, 2::UTINYINT, 170141183460469231731687303715884105727::HUGEINT, [1, 2] FROM d", [][]any{{day, 1.5, true, nil, int64(2), "170141183460469231731687303715884105727", "[1 2]"}}},
		{"PIVOT orders ON vehicle USING count(*) GROUP BY ds ORDER BY ds LIMIT 1", [][]any{{day - 2, int64(1), int64(1)}}},
		{"VALUES (1, 'a')", [][]any{{int64(1), "a"}}},
		{"SELECT ';' AS a, $$;$$ AS b /* ; */", [][]any{{";", ";"}}},
		{"SELECT column_name FROM (DESCRIBE demand)", [][]any{{"yhat"}, {"generation"}, {"dt"}}},
	}
	for _, test := range tests {
		r.SQL = test.sql
		got, err := db.Query(t.Context(), r)
		if err != nil {
			t.Errorf("Query(%s): %v", test.sql, err)
			continue
		}
		if diff := cmp.Diff(test.want, got.Rows); diff != "" {
			t.Errorf("Query(%s) (-want +got):\n%s", test.sql, diff)
		}
	}
	for _, sql := range []string{"DESCRIBE demand", "SHOW TABLES", "SUMMARIZE orders", "EXPLAIN SELECT 1", "EXPLAIN ANALYZE SELECT 1", "EXPLAIN (FORMAT json) FROM orders"} {
		r.SQL = sql
		if got, err := db.Query(t.Context(), r); err != nil || len(got.Rows) == 0 {
			t.Errorf("Query(%s) = %d rows, %v; want some", sql, len(got.Rows), err)
		}
	}
}

func TestQueryLimit(t *testing.T) {
	t.Parallel()
	db := open(t)
	for _, test := range []struct {
		limit, rows int
		truncated   bool
	}{{0, 1000, true}, {2, 2, true}, {1500, 1500, false}} {
		got, err := db.Query(t.Context(), lake.QueryRequest{SQL: "FROM range(1500)", Limit: test.limit})
		if err != nil || len(got.Rows) != test.rows || got.Truncated != test.truncated {
			t.Errorf("Query(limit %d) = %d rows, truncated %t, %v; want %d, %t", test.limit, len(got.Rows), got.Truncated, err, test.rows, test.truncated)
		}
	}
}

// TestQueryEmpty checks that a table without partitions has its columns.
func TestQueryEmpty(t *testing.T) {
	t.Parallel()
	r := lake.QueryRequest{SQL: "SELECT * FROM demand WHERE dt > DATE '2026-01-01' AND yhat > lo80", Table: "demand", Layout: lake.Layout{Series: []string{"vehicle"}, Levels: []int{80}}}
	got, err := open(t).Query(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, column := range got.Columns {
		names = append(names, column.Name+" "+column.Type)
	}
	want := "vehicle VARCHAR, ds DATE, yhat DOUBLE, lo80 DOUBLE, hi80 DOUBLE, horizon BIGINT, model VARCHAR, made_for DATE, forecast_kind VARCHAR, forecast_age BIGINT, generation VARCHAR, dt DATE"
	if got := strings.Join(names, ", "); got != want {
		t.Errorf("columns = %s; want %s", got, want)
	}
}

// TestQueryRefuses checks that nothing but a query over the given files runs.
func TestQueryRefuses(t *testing.T) {
	t.Parallel()
	db := open(t)
	r := queryRequest(t, db)
	source := filepath.Join(r.Project, "data", "orders.csv")
	before, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(r.Project, "secret.csv")
	for _, sql := range []string{
		"", " -- nothing", "SELECT 1; SELECT 2", "SELECT 1; DROP VIEW demand", "SELECT 'open",
		"COPY (SELECT 1) TO '" + source + "'", "COPY demand TO 'x.csv'",
		"EXPLAIN ANALYZE COPY (SELECT 1 AS a) TO '" + source + "'", "EXPLAIN ANALYZE CREATE TABLE x AS SELECT 1",
		"EXPLAIN (ANALYZE) COPY (SELECT 1 AS a) TO '" + source + "'", "explain /* x */ analyze copy (select 1) to '" + source + "'",
		"CREATE TABLE x (i INT)", "INSERT INTO demand VALUES (1)", "DELETE FROM demand", "DROP VIEW demand",
		"ATTACH 'x.db'", "INSTALL httpfs", "LOAD httpfs", "SET enable_external_access = true", "RESET threads",
		"PRAGMA enable_profiling", "CALL pragma_version()", "EXPORT DATABASE 'x'", "IMPORT DATABASE 'x'", "CHECKPOINT", "USE memory",
		"PREPARE a AS SELECT 1", "BEGIN", "VACUUM", "SELECT ?",
		"FROM '" + secret + "'", "FROM read_csv('" + secret + "')", "SELECT * FROM read_text('/etc/passwd')", "FROM glob('/etc/*')", "FROM read_blob('" + secret + "')",
		"SELECT nothing FROM demand", "SELECT * FROM nowhere", "SELEC 1",
	} {
		r.SQL = sql
		if got, err := db.Query(t.Context(), r); !errors.Is(err, forecast.ErrInvalid) {
			t.Errorf("Query(%s) = %v, %v; want ErrInvalid", sql, got.Rows, err)
		}
	}
	r.SQL = "SELECT * FROM nowhere"
	if _, err := db.Query(t.Context(), r); err == nil || !strings.Contains(err.Error(), "the tables are demand, orders") {
		t.Errorf("Query(%s) = %v; want the tables that are there", r.SQL, err)
	}
	after, err := os.ReadFile(source)
	if err != nil || string(after) != string(before) {
		t.Errorf("a refused query has changed %s: %q, %v", source, after, err)
	}
}
