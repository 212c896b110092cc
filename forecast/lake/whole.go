package lake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// WholeWriter writes a Parquet file with one row group, as [DB.WriteParquet] does, of
// frames that come one after the other: DuckDB holds the rows, and puts on the disk
// what its memory is too small for. The bytes are those of one frame with all rows.
// The caller ends with Close or Discard.
type WholeWriter struct {
	conn    *sql.Conn
	table   temporaryTable
	path    string
	options ParquetOptions
	rows    int
	made    bool // the table
}

// NewWholeWriter begins a file.
func (db *DB) NewWholeWriter(ctx context.Context, path string, options ParquetOptions) (*WholeWriter, error) {
	conn, err := db.connect(ctx)
	if err != nil {
		return nil, err
	}
	return &WholeWriter{conn: conn, table: temporaryTable{name: "rows_to_write", conn: conn}, path: path, options: options}, nil
}

// Append takes the rows of a frame. All frames have the same columns.
func (w *WholeWriter) Append(ctx context.Context, frame *Frame) error {
	if frame.err != nil {
		return fmt.Errorf("write %s: %w", w.path, frame.err)
	}
	if len(frame.columns) == 0 {
		return fmt.Errorf("write %s: a frame without columns", w.path)
	}
	add := w.table.add
	if !w.made {
		add = w.table.fill
	}
	if err := add(ctx, frame); err != nil {
		return fmt.Errorf("write %s: %w", w.path, err)
	}
	w.made = true
	w.rows += frame.Rows()
	return nil
}

// Close writes the file and gives it its name.
func (w *WholeWriter) Close(ctx context.Context) error {
	err := copyToParquet(ctx, w.conn, "FROM "+w.table.name, parquetTarget{
		path: w.path, rows: w.rows, metadata: w.options.Metadata, attempt: w.options.Attempt,
	})
	return errors.Join(err, w.end(ctx))
}

// Discard ends a file that is not to be. After Close it does nothing.
func (w *WholeWriter) Discard(ctx context.Context) { _ = w.end(ctx) }

func (w *WholeWriter) end(ctx context.Context) error {
	if w.conn == nil {
		return nil
	}
	err := errors.Join(w.table.drop(ctx), w.conn.Close())
	w.conn = nil
	return err
}
