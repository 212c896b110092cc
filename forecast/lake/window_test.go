package lake_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/daybatch/daybatch/forecast/lake"
)

// A copy that can't be made leaves nothing behind: steps of the same directory would
// fill the disk with them.
func TestBySeriesLeavesNothing(t *testing.T) {
	t.Parallel()
	db := open(t)
	dir := t.TempDir()
	frame := &lake.Frame{}
	frame.Strings("vehicle", []string{"van", "coupe"})
	frame.Ints("file_row_number", []int64{1, 2}) // a name that DuckDB keeps for itself
	path, scratch := filepath.Join(dir, "rows.parquet"), filepath.Join(dir, "tmp")
	if err := db.WriteParquet(t.Context(), path, frame, lake.ParquetOptions{}); err != nil {
		t.Fatal(err)
	}
	if sorted, err := db.BySeries(t.Context(), path, scratch, []string{"vehicle"}); err == nil {
		t.Errorf("BySeries = %s; want an error", sorted)
	}
	left, err := os.ReadDir(scratch)
	if err != nil || len(left) > 0 {
		t.Errorf("after an error there are %v, %v; want nothing", left, err)
	}
}
