package lake

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/daybatch/daybatch/forecast"
)

// FileColumn is a column of a source file.
type FileColumn struct {
	Name string
	Type string // DuckDB's name of it
	// Numeric and Dated say that the column's values are numbers, or dates or
	// timestamps, all but a few of them, also if the file has them as text.
	Numeric, Dated bool
	Distinct       int64 // estimated
	Nulls          int64
}

// kind returns the type that most of the cells have: DOUBLE, DATE, TIMESTAMP, or
// empty for texts.
func (c *FileColumn) kind() string {
	switch {
	case c.Numeric:
		return "DOUBLE"
	case c.Dated && strings.HasPrefix(c.Type, "TIMESTAMP"):
		return "TIMESTAMP"
	case c.Dated:
		return "DATE"
	}
	return ""
}

// Description is what a source file holds.
type Description struct {
	Format  string // csv or parquet
	Files   []string
	Rows    int64
	Columns []FileColumn
	Sample  [][]string // the first rows as text, at most 5; NULL is empty
}

// sampleRows is the number of rows of a Description's sample.
const sampleRows = 5

// mostly is the share of a text column's cells that must be numbers or dates for
// it to count as one of numbers or dates with mistakes.
const mostly = 0.9

// Describe reads the columns of CSV (also compressed by gzip) or Parquet files.
// The file may be a glob. A file that is not there, or is of another kind, is an
// *Error.
func (db *DB) Describe(ctx context.Context, file string) (Description, error) {
	conn, err := db.connect(ctx)
	if err != nil {
		return Description{}, err
	}
	defer func() { _ = conn.Close() }()
	found, err := db.findAny(ctx, conn, file)
	if err != nil {
		return Description{}, err
	}
	description, err := describeFile(ctx, conn, found)
	if err != nil {
		return Description{}, err
	}
	description.Sample, err = sample(ctx, conn, found)
	return description, err
}

// findAny finds a file that may be named by its path or by a glob.
func (db *DB) findAny(ctx context.Context, conn *sql.Conn, file string) (source, error) {
	if absolute, err := filepath.Abs(file); err == nil {
		file = absolute
	}
	found, err := findSource(ctx, conn, "", escapeGlob(file))
	if err != nil {
		found, err = findSource(ctx, conn, "", file)
	}
	found.dates = found.written(db.options.Dates)
	return found, err
}

// describeFile counts what each column of the source's files holds.
func describeFile(ctx context.Context, conn *sql.Conn, found source) (Description, error) {
	reader := found.reader()
	columns, err := describe(ctx, conn, "SELECT * FROM "+reader)
	if err != nil {
		return Description{}, failf(forecast.ReasonData, "read %s: %s", found.files[0], duckText(err))
	}
	description := Description{Format: found.format, Files: found.files, Columns: columns}
	counts := []string{"count(*)"}
	for _, column := range columns {
		name := quoteName(column.Name)
		counts = append(counts, "count("+name+")", "approx_count_distinct("+name+")",
			"count(TRY_CAST(CAST("+name+" AS VARCHAR) AS DOUBLE))", "count(TRY_CAST(CAST("+name+" AS VARCHAR) AS DATE))")
	}
	numbers := make([]int64, len(counts))
	targets := make([]any, len(counts))
	for i := range numbers {
		targets[i] = &numbers[i]
	}
	query := "SELECT " + strings.Join(counts, ", ") + " FROM " + reader
	if err := conn.QueryRowContext(ctx, query).Scan(targets...); err != nil {
		return Description{}, failf(forecast.ReasonData, "read %s: %s", found.files[0], duckText(err))
	}
	description.Rows = numbers[0]
	for i := range columns {
		columns[i].judge(description.Rows, numbers[1+4*i:5+4*i])
	}
	return description, nil
}

// judge fills in what a column is from its counts: cells, distinct cells, cells
// that are numbers, cells that are dates.
func (c *FileColumn) judge(rows int64, counts []int64) {
	present := counts[0]
	c.Nulls = rows - present
	c.Distinct = counts[1]
	enough := func(n int64) bool { return present > 0 && float64(n) >= mostly*float64(present) }
	switch {
	case frameType(c.Type) == "DOUBLE", frameType(c.Type) == "BIGINT", c.Type == "HUGEINT":
		c.Numeric = true
	case c.Type == "DATE", strings.HasPrefix(c.Type, "TIMESTAMP"):
		c.Dated = true
	case c.Type == "VARCHAR":
		c.Numeric = enough(counts[2])
		c.Dated = !c.Numeric && enough(counts[3])
	}
}

// describe returns the names and types of a query's columns.
func describe(ctx context.Context, conn *sql.Conn, query string) ([]FileColumn, error) {
	rows, err := conn.QueryContext(ctx, "SELECT column_name, column_type FROM (DESCRIBE "+query+")") //nolint:gosec // names and literals in it are quoted
	if err != nil {
		return nil, err //nolint:wrapcheck // the caller says what is described
	}
	defer func() { _ = rows.Close() }()
	var columns []FileColumn
	for rows.Next() {
		var column FileColumn
		if err := rows.Scan(&column.Name, &column.Type); err != nil {
			return nil, err //nolint:wrapcheck // as above
		}
		columns = append(columns, column)
	}
	return columns, rows.Err() //nolint:wrapcheck // as above
}

// sample returns the first rows as text.
func sample(ctx context.Context, conn *sql.Conn, found source) ([][]string, error) {
	rows, err := conn.QueryContext(ctx, fmt.Sprintf("SELECT coalesce(CAST(COLUMNS(*) AS VARCHAR), '') FROM %s LIMIT %d", found.reader(), sampleRows))
	if err != nil {
		return nil, fmt.Errorf("read sample: %w", err)
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		return nil, fmt.Errorf("read sample: %w", err)
	}
	var all [][]string
	for rows.Next() {
		cells := make([]string, len(names))
		targets := make([]any, len(names))
		for i := range cells {
			targets[i] = &cells[i]
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, fmt.Errorf("read sample: %w", err)
		}
		all = append(all, cells)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read sample: %w", err)
	}
	return all, nil
}
