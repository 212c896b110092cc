package catalogue

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

func window() calendar.Range {
	to := calendar.Of(2026, time.January, 15)
	return calendar.Range{From: to - 14, To: to}
}

func TestBind(t *testing.T) {
	t.Parallel()
	const date, from = "DATE '2026-01-15'", "DATE '2026-01-01'"
	for _, tt := range []struct {
		query, want string
		values      []string
	}{
		{"SELECT 1", "SELECT 1", nil},
		{"SELECT * FROM t WHERE d <= {{.Date}};  ", "SELECT * FROM t WHERE d <= ?", []string{date}},
		{"SELECT * FROM t WHERE d <= {{ .Date }} AND d >= {{.From}} AND e < {{.Date}}", "SELECT * FROM t WHERE d <= ? AND d >= ? AND e < ?", []string{date, from, date}},
		{"SELECT * FROM t WHERE d > date_add('day', -7, {{.Date}})", "SELECT * FROM t WHERE d > date_add('day', -7, ?)", []string{date}},
		{"WITH a AS (SELECT * FROM t where d = {{.Date}}) SELECT * FROM a", "WITH a AS (SELECT * FROM t where d = ?) SELECT * FROM a", []string{date}},
		{"SELECT (SELECT max(x) FROM u WHERE d = {{.Date}}) FROM t", "SELECT (SELECT max(x) FROM u WHERE d = ?) FROM t", []string{date}},
		{"SELECT '?' FROM t WHERE x = 'where' -- {{.Date}} ?\n AND d = {{.From}}", "SELECT '?' FROM t WHERE x = 'where' -- {{.Date}} ?\n AND d = ?", []string{from}},
	} {
		got, err := bind(tt.query, window())
		if err != nil || got.sql != tt.want || !cmp.Equal(got.values, tt.values) {
			t.Errorf("bind(%q) = %q %q, %v; want %q %q", tt.query, got.sql, got.values, err, tt.want, tt.values)
		}
	}
}

func TestBindRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ query, want string }{
		{"SELECT {{.Date}} AS d\nFROM t", "line 1, column 8: {{.Date}} stands outside WHERE"},
		{"SELECT * FROM t WHERE a = 1\nGROUP BY {{.Date}}", "line 2, column 10"},
		{"SELECT * FROM t JOIN u ON t.d = {{.Date}}", "outside WHERE"},
		{"SELECT * FROM t WHERE x IN (SELECT {{.Date}})", "outside WHERE"},
		{"SELECT * FROM (SELECT * FROM u WHERE d = 1) x, f({{.Date}})", "outside WHERE"},
		{"SELECT * FROM t WHERE d = '{{.Date}}'", "inside quotes"},
		{"SELECT * FROM t WHERE d = {{.Today}}", "{{.Today}} is unknown"},
		{"SELECT * FROM t WHERE d = ?", "a parameter without a value"},
		{"SELECT 1; SELECT 2", "a second statement"},
		{"SELECT 'x", "is not closed"},
		{" -- nothing\n;", "empty"},
	} {
		got, err := bind(tt.query, window())
		if !errors.Is(err, forecast.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("bind(%q) = %+v, %v; want %s", tt.query, got, err, tt.want)
		}
	}
}

func TestReadOnly(t *testing.T) {
	t.Parallel()
	for _, query := range []string{
		"select 1", "/* a */ WITH x AS (SELECT 1) SELECT * FROM x;", "(SELECT 1) UNION (SELECT 2)", "SHOW TABLES", "describe t", "VALUES 1",
		"SELECT 'DROP TABLE t; --'",
	} {
		if _, err := readOnly(query); err != nil {
			t.Errorf("readOnly(%q) = %v", query, err)
		}
	}
	for _, query := range []string{
		"", "-- SELECT", "DROP TABLE t", "INSERT INTO t SELECT 1", "UNLOAD (SELECT 1) TO 's3://b/x/'", "CREATE TABLE x AS SELECT 1", "SELECT 1; DROP TABLE t",
		"EXPLAIN ANALYZE DELETE FROM t", "MSCK REPAIR TABLE t", "PREPARE p FROM SELECT 1", "((DELETE FROM t))", "SELECT 'x", `"SELECT" 1`, "EXECUTE p",
	} {
		if got, err := readOnly(query); !errors.Is(err, forecast.ErrInvalid) {
			t.Errorf("readOnly(%q) = %q, %v; want ErrInvalid", query, got.sql, err)
		}
	}
}
