package lake_test

import (
	"testing"

	"github.com/daybatch/daybatch/forecast/lake"
)

func TestSyntax(t *testing.T) {
	t.Parallel()
	db, err := lake.Open(t.Context(), lake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	for _, tt := range []struct {
		query string
		at    int // -1: it is right
	}{
		{"SELECT a, b FROM nowhere WHERE ds <= ? AND ds > DATE '2026-01-01'", -1},
		{"WITH w AS (SELECT 1 AS one) SELECT one FROM w", -1},
		{"SHOW TABLES", -1},
		{"SELECT a FROM t WHER ds <= ?", 21},
		{"SELECT *\nFORM t", 14}, // FORM could be a name of what is selected
		{"SELECT (a FROM t", 10},
		{"SELECT a FROM", 13},
		{"SELEC a", 0},
	} {
		flaw, wrong, err := db.Syntax(t.Context(), tt.query)
		if err != nil || wrong != (tt.at >= 0) || wrong && flaw.At != tt.at {
			t.Errorf("Syntax(%q) = %+v, %t, %v; want at %d", tt.query, flaw, wrong, err, tt.at)
		}
	}
}
