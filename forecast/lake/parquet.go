package lake

import "context"

// ParquetOptions say how a Parquet file is written.
type ParquetOptions struct {
	// Metadata goes to the file's key-value metadata.
	Metadata map[string]string
}

// WriteParquet writes a frame to a Parquet file with exactly one row group:
// under a temporary name in the same directory, synced, then renamed to path.
// A file that is there is replaced. The directory must exist.
func (db *DB) WriteParquet(ctx context.Context, path string, frame *Frame, options ParquetOptions) error {
	return errNotBuilt
}

// ReadParquet reads the named columns of a Parquet file, all if none are named.
// Integers become BIGINT and FLOAT and DECIMAL become DOUBLE; a NULL becomes
// NaN, the zero Date or the empty string, and is an error in other columns. A
// column the file does not have wraps ErrNoColumn.
func (db *DB) ReadParquet(ctx context.Context, path string, columns ...string) (*Frame, error) {
	return nil, errNotBuilt
}
