package lake

import (
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/daybatch/daybatch/forecast"
)

// Export writes a Parquet file to a writer in a format, a piece at a time. A file
// that is not there wraps forecast.ErrNotFound; one that is torn is found before
// anything is written.
func (db *DB) Export(ctx context.Context, path string, format forecast.FileFormat, to io.Writer) error {
	if !slices.Contains([]forecast.FileFormat{forecast.FormatParquet, forecast.FormatCSV}, format) {
		return fmt.Errorf("%w: %q is no format of a file: it is parquet or csv", forecast.ErrInvalid, format)
	}
	if _, err := ReadFooter(path); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is gone: %w", path, forecast.ErrNotFound)
	} else if err != nil {
		return err
	}
	if format == forecast.FormatCSV {
		return db.exportCSV(ctx, path, to)
	}
	return passFile(ctx, path, to)
}

// passFile writes the bytes of a file until ctx ends.
func passFile(ctx context.Context, path string, to io.Writer) error {
	const piece = 1 << 20
	file, err := os.Open(path) //nolint:gosec // the caller's path
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	defer func() { _ = file.Close() }()
	for {
		if ctx.Err() != nil {
			return fmt.Errorf("export %s: %w", path, context.Cause(ctx))
		}
		if _, err := io.CopyN(to, file, piece); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("export %s: %w", path, err)
		}
	}
}

// exportCSV writes the rows of a file in their order.
func (db *DB) exportCSV(ctx context.Context, path string, to io.Writer) error {
	conn, err := db.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	source := "read_parquet(" + quoteText(escapeGlob(path)) + ", hive_partitioning = false)" // its own columns, not those of its path
	columns, err := describe(ctx, conn, "SELECT * FROM "+source)
	if err != nil {
		return fmt.Errorf("export %s: %w", path, err)
	}
	names, texts := make([]string, len(columns)), make([]string, len(columns))
	for i, column := range columns {
		names[i], texts[i] = column.Name, "CAST("+quoteName(column.Name)+" AS "+csvType(column)+")"
	}
	rows, err := conn.QueryContext(ctx, "SELECT "+strings.Join(texts, ", ")+" FROM "+source) //nolint:gosec // names and path are quoted
	if err != nil {
		return infrastructure("export", path, err)
	}
	defer func() { _ = rows.Close() }()
	out := csv.NewWriter(to)
	if err := errors.Join(out.Write(names), writeCSV(out, rows, len(columns))); err != nil {
		return fmt.Errorf("export %s: %w", path, err)
	}
	return nil
}

// csvType is the type as which a column is read to become text: DuckDB writes out what
// is no fraction.
func csvType(column FileColumn) string {
	if frameType(column.Type) == "DOUBLE" {
		return "DOUBLE"
	}
	return "VARCHAR"
}

func writeCSV(out *csv.Writer, rows *sql.Rows, columns int) error {
	cells, cellsAt, record := make([]any, columns), make([]any, columns), make([]string, columns)
	for i := range cells {
		cellsAt[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(cellsAt...); err != nil {
			return err //nolint:wrapcheck // the caller names the file
		}
		for i, cell := range cells {
			record[i] = csvText(cell)
		}
		if err := out.Write(record); err != nil {
			return err //nolint:wrapcheck // as above
		}
	}
	out.Flush()
	return errors.Join(rows.Err(), out.Error())
}

// csvText is a cell as text: a number in the fewest digits that say it exactly.
func csvText(cell any) string {
	switch value := cell.(type) {
	case string:
		return value
	case float64:
		if math.IsNaN(value) || math.IsInf(value, 0) {
			return ""
		}
		return strconv.FormatFloat(value, 'g', -1, 64)
	default:
		return ""
	}
}
