package lake_test

import (
	"path/filepath"
	"testing"
)

// TestDialectOf checks when the files of a source are read in one dialect.
func TestDialectOf(t *testing.T) {
	t.Parallel()
	db := open(t)
	const head = "ds,vehicle,orders\n"
	const comma = `, header = true, delim = ',', quote = '"', escape = '"'`
	tests := []struct {
		name, a, b string
		want       string
	}{
		{"alike", head + "2026-01-14,van,1\n", head + "2026-01-15,van,2\n", comma},
		{"without rows", head + "2026-01-14,van,1\n2026-01-15,van,1\n", head, comma},
		{"semicolons", "ds;orders\n2026-01-14;1\n", "ds;orders\n2026-01-15;2\n", `, header = true, delim = ';', quote = '"', escape = '"'`},
		{"other columns", head + "2026-01-14,van,1\n", "ds,orders\n2026-01-15,2\n", ""},
		{"other signs", head + "2026-01-14,van,1\n", "ds;vehicle;orders\n2026-01-15;van;2\n", ""},
		{"an empty file", head + "2026-01-14,van,1\n", "", ""},
		{"no header", "2026-01-14,1\n2026-01-15,2\n", "2026-01-14,1\n2026-01-15,2\n", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := project(t, map[string]string{"a.csv": test.a, "b.csv": test.b})
			got, err := db.DialectOf(t.Context(), filepath.Join(dir, "a.csv"), filepath.Join(dir, "b.csv"))
			if err != nil || got != test.want {
				t.Errorf("dialect = %q, %v; want %q", got, err, test.want)
			}
		})
	}
}

func TestDialectOfOneFileIsLeftToDuckDB(t *testing.T) {
	t.Parallel()
	dir := project(t, map[string]string{"a.csv": "ds,orders\n2026-01-14,1\n"})
	if got, err := open(t).DialectOf(t.Context(), filepath.Join(dir, "a.csv")); err != nil || got != "" {
		t.Errorf("dialect of one file = %q, %v; want none", got, err)
	}
}
