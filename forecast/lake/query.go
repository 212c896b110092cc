package lake

import (
	"context"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// PartitionFile is an immutable file of a date's generation.
type PartitionFile struct {
	Date calendar.Date
	Path string
}

// QueryRequest is a read-only query over the target table and the sources.
type QueryRequest struct {
	SQL   string
	Limit int // rows; 0: 1,000

	Table  string          // name of the view of the target table
	Files  []PartitionFile // of its current generations
	Layout Layout          // columns of the view if there are no files

	Project string            // directory that the globs are relative to
	Sources map[string]string // view name to glob, as forecast.Source.Files
}

// Query runs a read-only query. A statement that is not a query, or that reads
// other files than those of the request, wraps forecast.ErrInvalid.
func (db *DB) Query(ctx context.Context, request QueryRequest) (forecast.Table, error) {
	return forecast.Table{}, errNotBuilt
}
