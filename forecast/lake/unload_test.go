package lake_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/lake"
)

func TestWriteQuery(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "orders.csv"), []byte("ds,region,orders\n2026-01-01,east,3\n2026-01-02,west,4\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := lake.Open(t.Context(), lake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	request := func(sql string) lake.QueryRequest {
		return lake.QueryRequest{SQL: sql, Project: dir, Sources: map[string]string{"orders": "orders.csv"}}
	}
	path := filepath.Join(dir, "rows.parquet")
	if err := db.WriteQuery(t.Context(), request("SELECT region, orders FROM orders WHERE ds <= DATE '2026-01-01' -- the first"), path); err != nil {
		t.Fatal(err)
	}
	if footer, err := lake.ReadFooter(path); err != nil || footer.Rows != 1 {
		t.Errorf("written: %+v, %v; want one row", footer, err)
	}
	for _, sql := range []string{
		"DROP VIEW orders", "SELECT 1) TO '" + filepath.Join(dir, "other") + "' --", "SELECT * FROM read_csv('" + filepath.Join(dir, "*.csv") + "')",
		"SELECT * FROM nowhere", "SELECT 1; SELECT 2",
	} {
		if err := db.WriteQuery(t.Context(), request(sql), filepath.Join(dir, "refused.parquet")); !errors.Is(err, forecast.ErrInvalid) {
			t.Errorf("WriteQuery(%s) = %v; want ErrInvalid", sql, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "refused.parquet")); err == nil {
		t.Error("a query that was refused has left a file")
	}
}
