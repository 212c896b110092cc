package lake

import (
	"context"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"
)

// Windows reads the named columns of a Parquet file, all if none are named, so
// many rows at a time and in the order of the file: as [DB.ReadParquet] does, for
// a file whose rows are too many to hold. DuckDB passes over the rows before a
// window without reading their values.
func (db *DB) Windows(ctx context.Context, path string, rows int, columns ...string) iter.Seq2[*Frame, error] {
	return func(yield func(*Frame, error) bool) {
		footer, err := ReadFooter(path)
		if err != nil {
			yield(nil, infrastructure("read", path, err))
			return
		}
		for from := int64(0); from < footer.Rows; from += int64(rows) {
			frame, err := db.readParquet(ctx, path, window{from: from, rows: int64(rows)}, columns)
			if !yield(frame, err) || err != nil {
				return
			}
		}
	}
}

// window is a part of a file's rows; the zero window is all of them.
type window struct {
	from, rows int64
}

// source returns what to select a window of a file from.
func (w window) source(path string) string {
	if w.rows == 0 {
		return "read_parquet(" + quoteText(escapeGlob(path)) + ", hive_partitioning = false)"
	}
	return fmt.Sprintf("%s WHERE file_row_number BETWEEN %d AND %d", numberedRows(path), w.from, w.from+w.rows-1)
}

// numberedRows is a source of a file's rows with their numbers, as
// file_row_number.
func numberedRows(path string) string {
	return "read_parquet(" + quoteText(escapeGlob(path)) + ", hive_partitioning = false, file_row_number = true)"
}

func (db *DB) readParquet(ctx context.Context, path string, part window, columns []string) (*Frame, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, infrastructure("read", path, err)
	}
	conn, err := db.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	readers, err := frameReaders(ctx, conn, window{}.source(path), columns)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	selected := make([]string, len(readers))
	for i, reader := range readers {
		selected[i] = reader.expression()
	}
	if err := readRows(ctx, conn, "SELECT "+strings.Join(selected, ", ")+" FROM "+part.source(path), readers); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	frame := &Frame{}
	for _, reader := range readers {
		reader.addTo(frame)
	}
	return frame, frame.err
}

// orderedKey marks a file whose rows of a series stand together, in its metadata.
const orderedKey = "daybatch_ordered_by"

// OrderedBySeries is the metadata of a file whose rows of a series stand
// together.
func OrderedBySeries() map[string]string { return map[string]string{orderedKey: "series"} }

// RowColumn of a copy that BySeries makes is the position of a row in the original,
// from 0.
const RowColumn = "daybatch_row"

// BySeries returns the path of a file with the rows of another, those of a series
// together and otherwise in their order: the file itself if it is marked so, else
// a sorted copy in a directory, which has a [RowColumn]. What is copied must have the
// columns of a series, and the others. DuckDB sorts on the disk what does not fit in its
// memory.
func (db *DB) BySeries(ctx context.Context, path, dir string, columns []string, others ...string) (string, error) {
	footer, err := ReadFooter(path)
	if err != nil {
		return "", infrastructure("read", path, err)
	}
	if footer.Metadata[orderedKey] == "series" || len(columns) == 0 {
		return path, nil
	}
	if err := makeDirs(dir); err != nil {
		return "", err
	}
	conn, err := db.connect(ctx)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	there, err := describe(ctx, conn, "SELECT * FROM "+window{}.source(path))
	if err == nil {
		err = lacking(there, append(slices.Clone(columns), others...))
	}
	if err != nil {
		return "", fmt.Errorf("sort %s: %w", path, err)
	}
	sorted, err := os.CreateTemp(dir, "by-series-*.parquet")
	if err != nil {
		return "", infrastructure("sort into", dir, err)
	}
	if err := sorted.Close(); err != nil {
		return "", infrastructure("sort into", dir, err)
	}
	order := make([]string, len(columns))
	for i, name := range columns {
		order[i] = quoteName(name)
	}
	query := "SELECT * RENAME (file_row_number AS " + RowColumn + ") FROM " + window{rows: footer.Rows}.source(path) +
		" ORDER BY " + strings.Join(order, ", ") + ", file_row_number"
	if _, err := conn.ExecContext(ctx, "COPY ("+query+") TO "+quoteText(sorted.Name())+" (FORMAT parquet)"); err != nil {
		os.Remove(sorted.Name()) //nolint:errcheck,gosec // torn
		return "", infrastructure("sort", path, err)
	}
	return sorted.Name(), nil
}

// lacking returns an error that wraps ErrNoColumn if a file lacks a column.
func lacking(there []FileColumn, columns []string) error {
	for _, name := range columns {
		if !slices.ContainsFunc(there, func(c FileColumn) bool { return c.Name == name }) {
			return fmt.Errorf("column %s: %w", name, ErrNoColumn)
		}
	}
	return nil
}
