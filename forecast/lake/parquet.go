package lake

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// ParquetOptions say how a Parquet file is written.
type ParquetOptions struct {
	// Metadata goes to the file's key-value metadata.
	Metadata map[string]string
	// Attempt, if not 0, gives the columns a place in the file that those of
	// the 255 attempts before and after it don't use: for files that replace each
	// other under one name while others read them.
	Attempt int
}

// WriteParquet writes a frame to a Parquet file with exactly one row group:
// under a temporary name in the same directory, synced, then renamed to path.
// A file that is there is replaced. The directory must exist.
func (db *DB) WriteParquet(ctx context.Context, path string, frame *Frame, options ParquetOptions) error {
	if frame.err != nil {
		return fmt.Errorf("write %s: %w", path, frame.err)
	}
	if len(frame.columns) == 0 {
		return fmt.Errorf("write %s: a frame without columns", path)
	}
	conn, err := db.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	table := temporaryTable{name: "frame_to_write", conn: conn}
	if err := table.fill(ctx, frame); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	err = copyToParquet(ctx, conn, "FROM "+table.name, parquetTarget{
		path: path, rows: frame.Rows(), metadata: options.Metadata, attempt: options.Attempt,
	})
	return errors.Join(err, table.drop(ctx))
}

// parquetTarget is a Parquet file to write.
type parquetTarget struct {
	path     string
	rows     int
	group    int // rows of a row group; 0: all of them
	metadata map[string]string
	attempt  int
}

// groups returns how many row groups the file has.
func (t parquetTarget) groups() int {
	if t.group == 0 || t.rows == 0 {
		return 1
	}
	return (t.rows + t.group - 1) / t.group
}

// copyToParquet writes the rows of a query. The name of the temporary file can't match
// the globs that readers use.
func copyToParquet(ctx context.Context, conn *sql.Conn, query string, target parquetTarget) error {
	temporary := filepath.Join(filepath.Dir(target.path), "."+filepath.Base(target.path)+".tmp")
	statement := fmt.Sprintf("COPY (%s) TO %s (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE %d, WRITE_BLOOM_FILTER false%s)",
		query, quoteText(temporary), max(cmp.Or(target.group, target.rows), 2048), keyValues(target.metadata))
	if _, err := conn.ExecContext(ctx, statement); err != nil {
		os.Remove(temporary) //nolint:errcheck,gosec // what was written is torn either way
		return infrastructure("write", target.path, err)
	}
	footer, err := ReadFooter(temporary)
	if err == nil && (footer.RowGroups > target.groups() || footer.Rows != int64(target.rows)) {
		err = fmt.Errorf("%d rows in %d row groups, want %d rows in %d", footer.Rows, footer.RowGroups, target.rows, target.groups())
	}
	if err != nil {
		os.Remove(temporary) //nolint:errcheck,gosec // the file is not what it should be
		return fmt.Errorf("check %s: %w", target.path, err)
	}
	if target.attempt == 0 {
		return replaceFile(temporary, target.path)
	}
	apart := temporary + "2"
	err = spread(temporary, apart, target.attempt)
	os.Remove(temporary) //nolint:errcheck,gosec // its copy is what is wanted
	if err != nil {
		os.Remove(apart) //nolint:errcheck,gosec // torn
		return infrastructure("write", target.path, err)
	}
	return replaceFile(apart, target.path)
}

func keyValues(metadata map[string]string) string {
	if len(metadata) == 0 {
		return ""
	}
	pairs := make([]string, 0, len(metadata))
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		pairs = append(pairs, quoteText(key)+": "+quoteText(metadata[key]))
	}
	return ", KV_METADATA {" + strings.Join(pairs, ", ") + "}"
}

// temporaryTable is a table of one connection.
type temporaryTable struct {
	name string
	conn *sql.Conn
}

// fill makes the table and appends the frame's rows.
func (t temporaryTable) fill(ctx context.Context, frame *Frame) error {
	columns := make([]string, len(frame.columns))
	for i, column := range frame.columns {
		columns[i] = quoteName(column.name) + " " + column.sqlType()
	}
	statement := "CREATE OR REPLACE TEMP TABLE " + t.name + " (" + strings.Join(columns, ", ") + ")" //nolint:gosec // names are quoted
	if _, err := t.conn.ExecContext(ctx, statement); err != nil {
		return fmt.Errorf("make table: %w", err)
	}
	return t.add(ctx, frame)
}

// add appends the frame's rows to the table.
func (t temporaryTable) add(ctx context.Context, frame *Frame) error {
	return t.conn.Raw(func(raw any) error { //nolint:wrapcheck // appendRows has said what it did
		driverConn, ok := raw.(driver.Conn)
		if !ok {
			return fmt.Errorf("connection is a %T", raw)
		}
		return appendRows(ctx, driverConn, t.name, frame)
	})
}

func (t temporaryTable) drop(ctx context.Context) error {
	if _, err := t.conn.ExecContext(context.WithoutCancel(ctx), "DROP TABLE IF EXISTS "+t.name); err != nil {
		return fmt.Errorf("drop table: %w", err)
	}
	return nil
}

// appendRows hands the frame to DuckDB's appender, which takes rows.
func appendRows(ctx context.Context, conn driver.Conn, table string, frame *Frame) error {
	appender, err := duckdb.NewAppender(conn, "temp", "", table)
	if err != nil {
		return fmt.Errorf("append rows: %w", err)
	}
	row := make([]driver.Value, len(frame.columns))
	for i := range frame.Rows() {
		for k, column := range frame.columns {
			row[k] = column.value(i)
		}
		if err := appender.AppendRow(row...); err != nil {
			return errors.Join(fmt.Errorf("append row %d: %w", i, err), appender.Close())
		}
	}
	if err := appender.CloseWithCancel(ctx); err != nil {
		return fmt.Errorf("append rows: %w", err)
	}
	return nil
}

func (c frameColumn) sqlType() string {
	switch c.values.(type) {
	case []string:
		return "VARCHAR"
	case []float64:
		return "DOUBLE"
	case []int64:
		return "BIGINT"
	case []bool:
		return "BOOLEAN"
	default:
		return "DATE"
	}
}

// value returns the cell of row i for the appender; nil is NULL.
func (c frameColumn) value(i int) driver.Value {
	switch values := c.values.(type) {
	case []string:
		return values[i]
	case []float64:
		if math.IsNaN(values[i]) {
			return nil
		}
		return values[i]
	case []int64:
		return values[i]
	case []bool:
		return values[i]
	case []calendar.Date:
		if values[i].IsZero() {
			return nil
		}
		return values[i].UTC()
	default:
		return nil
	}
}

// ReadParquet reads the named columns of a Parquet file, all if none are named.
// Integers become BIGINT and FLOAT and DECIMAL become DOUBLE; a NULL becomes
// NaN, the zero Date or the empty string, and is an error in other columns. A
// column the file does not have wraps ErrNoColumn.
func (db *DB) ReadParquet(ctx context.Context, path string, columns ...string) (*Frame, error) {
	return db.readParquet(ctx, path, window{}, columns)
}

// frameReaders returns a reader for each of the columns.
func frameReaders(ctx context.Context, conn *sql.Conn, source string, columns []string) ([]*columnReader, error) {
	there, err := describe(ctx, conn, "SELECT * FROM "+source)
	if err != nil {
		return nil, err
	}
	if len(columns) == 0 {
		for _, column := range there {
			columns = append(columns, column.Name)
		}
	}
	readers := make([]*columnReader, 0, len(columns))
	for _, name := range columns {
		at := slices.IndexFunc(there, func(c FileColumn) bool { return c.Name == name })
		if at < 0 {
			return nil, fmt.Errorf("column %s: %w", name, ErrNoColumn)
		}
		readers = append(readers, &columnReader{name: name, sqlType: frameType(there[at].Type)})
	}
	return readers, nil
}

// frameType returns the type by which a frame holds a column of a file.
func frameType(sqlType string) string {
	name, _, _ := strings.Cut(sqlType, "(")
	switch name {
	case "DOUBLE", "FLOAT", "DECIMAL":
		return "DOUBLE"
	case "DATE", "BOOLEAN":
		return name
	case "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER":
		return "BIGINT"
	default:
		return "VARCHAR"
	}
}

// columnReader collects a column.
type columnReader struct {
	name    string
	sqlType string
	strings []string
	floats  []float64
	ints    []int64
	bools   []bool
	dates   []calendar.Date
	// interned keeps one copy of each text: series names repeat in every row.
	interned map[string]string
}

// expression is the column as the reader's type. Dates come as day numbers,
// which are cheaper to hand over than times.
func (r *columnReader) expression() string {
	name := quoteName(r.name)
	if r.sqlType == "DATE" {
		return "CAST(" + name + " - DATE '1970-01-01' AS BIGINT)"
	}
	return "CAST(" + name + " AS " + r.sqlType + ")"
}

func (r *columnReader) append(value driver.Value) error {
	switch v := value.(type) {
	case nil:
		return r.appendNull()
	case string:
		kept, ok := r.interned[v]
		if !ok {
			if r.interned == nil {
				r.interned = make(map[string]string)
			}
			kept = strings.Clone(v)
			r.interned[kept] = kept
		}
		r.strings = append(r.strings, kept)
	case float64:
		r.floats = append(r.floats, v)
	case bool:
		r.bools = append(r.bools, v)
	case int64:
		if r.sqlType == "DATE" {
			r.dates = append(r.dates, epoch()+calendar.Date(v))
			return nil
		}
		r.ints = append(r.ints, v)
	default:
		return fmt.Errorf("column %s: unexpected %T", r.name, value)
	}
	return nil
}

func (r *columnReader) appendNull() error {
	switch r.sqlType {
	case "VARCHAR":
		r.strings = append(r.strings, "")
	case "DOUBLE":
		r.floats = append(r.floats, math.NaN())
	case "DATE":
		r.dates = append(r.dates, 0)
	default:
		return fmt.Errorf("column %s: NULL in a %s", r.name, r.sqlType)
	}
	return nil
}

func (r *columnReader) addTo(frame *Frame) {
	switch r.sqlType {
	case "VARCHAR":
		frame.Strings(r.name, r.strings)
	case "DOUBLE":
		frame.Floats(r.name, r.floats)
	case "DATE":
		frame.Dates(r.name, r.dates)
	case "BOOLEAN":
		frame.Bools(r.name, r.bools)
	default:
		frame.Ints(r.name, r.ints)
	}
}

func epoch() calendar.Date { return calendar.Of(1970, time.January, 1) }

// readRows reads a query's rows from the driver itself: database/sql would copy
// and convert every cell once more.
func readRows(ctx context.Context, conn *sql.Conn, query string, readers []*columnReader) error {
	return conn.Raw(func(raw any) error { //nolint:wrapcheck // the caller says what is read
		queryer, ok := raw.(driver.QueryerContext)
		if !ok {
			return fmt.Errorf("connection is a %T", raw)
		}
		rows, err := queryer.QueryContext(ctx, query, nil)
		if err != nil {
			return err //nolint:wrapcheck // as above
		}
		defer func() { _ = rows.Close() }()
		return collect(rows, readers)
	})
}
