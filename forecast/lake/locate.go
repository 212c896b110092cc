package lake

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/forecast"
)

// badCell is a cell of a CSV file that is not what the rest of its column is.
type badCell struct {
	file   string
	line   int64 // in the file, from 1
	row    int64 // of the data, from 1
	at     int64 // byte of the file at which the row starts
	column string
	text   string
	what   string // "is not a number"
	count  int64  // bad cells in the file
}

// String returns "data/orders.csv:12346 (row 12345 of the data): orders "abc"
// is not a number (1 bad cell in the file)". Editors take the first part.
func (c badCell) String() string {
	return fmt.Sprintf("%s:%d (row %d of the data): %s %q %s (%s in the file)",
		c.file, c.line, c.row, c.column, clip(c.text), c.what, countOf(c.count, "bad cell"))
}

// locate looks through the CSV sources for a cell that is no date or number in a
// column of dates or numbers, and returns the first one. If text is not empty,
// only cells with this text count.
func (e *extraction) locate(ctx context.Context, text string) (badCell, bool, error) {
	for _, s := range e.sources {
		if s.format != formatCSV {
			continue
		}
		for _, file := range s.files {
			cell, found, err := locateInFile(ctx, e.conn, source{files: []string{file}, format: formatCSV, dates: s.dates}, sought{text: text})
			if err != nil || found {
				cell.file = relativePath(e.request.Project, file)
				return cell, found, err
			}
		}
	}
	return badCell{}, false, nil
}

// BadCell returns the first cell of a file's columns of texts that is not what most
// of its column are, a date or a number, and on which Extract would end. There is
// none in Parquet and in columns that DuckDB took for dates or numbers.
func (db *DB) BadCell(ctx context.Context, file string, columns ...FileColumn) (Blemish, bool, error) {
	var names []string
	for _, column := range columns {
		if column.Type == "VARCHAR" && (column.Dated || column.Numeric) {
			names = append(names, column.Name)
		}
	}
	if len(names) == 0 {
		return Blemish{}, false, nil
	}
	conn, err := db.connect(ctx)
	if err != nil {
		return Blemish{}, false, err
	}
	defer func() { _ = conn.Close() }()
	source, err := db.findAny(ctx, conn, file)
	if err != nil || source.format != formatCSV {
		return Blemish{}, false, err
	}
	for _, name := range source.files {
		one := source
		one.files = []string{name}
		cell, found, err := locateInFile(ctx, conn, one, sought{columns: names})
		if err != nil || found {
			return Blemish{File: name, Line: int(cell.line), What: fmt.Sprintf("%s %q %s", cell.column, clip(cell.text), cell.what)}, found, err
		}
	}
	return Blemish{}, false, nil
}

func relativePath(project, file string) string {
	relative, err := filepath.Rel(project, file)
	if err != nil || strings.HasPrefix(relative, "..") {
		return file
	}
	return relative
}

// sought says which bad cells count; the zero value is any.
type sought struct {
	text    string   // empty: whatever their text
	columns []string // nil: in every column
	cast    bool     // what DuckDB casts to a date is one, however it is written
}

// locateInFile reads the file by the types that most cells of its columns have,
// and asks DuckDB which cells it had to reject.
func locateInFile(ctx context.Context, conn *sql.Conn, only source, which sought) (badCell, bool, error) {
	file := only.files[0]
	description, err := describeFile(ctx, conn, only)
	if err != nil {
		return badCell{}, false, err
	}
	var types, names []string
	for i := range description.Columns {
		column := &description.Columns[i]
		if kind := column.kind(); kind != "" && (which.columns == nil || slices.Contains(which.columns, column.Name)) {
			types = append(types, quoteText(column.Name)+": '"+kind+"'")
			names = append(names, quoteName(column.Name))
		}
	}
	if len(types) == 0 {
		return badCell{}, false, nil
	}
	// A cell written in another way than the rest, 31.12.2026, must not decide how
	// DuckDB reads them all: without a format these are dates that it casts.
	dates := cmp.Or(only.dates, "%Y-%m-%d")
	which.cast = only.dates == ""
	const tables = "rejects_table = 'bad_cells', rejects_scan = 'bad_scans', rejects_limit = 0"
	query := fmt.Sprintf("SELECT count(COLUMNS([%s])) FROM read_csv(%s, store_rejects = true, %s, types = {%s}, dateformat = %s)",
		quotedTexts(names), quoteText(escapeGlob(file)), tables, strings.Join(types, ", "), quoteText(dates))
	defer dropRejects(ctx, conn)
	if err := exhaust(ctx, conn, query); err != nil {
		return badCell{}, false, failf(forecast.ReasonData, "read %s: %s", file, duckText(err))
	}
	cell, found, err := firstReject(ctx, conn, which)
	if err != nil || !found {
		return badCell{}, false, err
	}
	cell.line, err = lineOf(file, cell.at, cell.row+1)
	return cell, true, err
}

// lineOf returns the line of the record that starts at a byte of a file: quoted
// cells may have line ends in them. For a compressed file it is otherwise, the
// number of the record.
func lineOf(file string, at, otherwise int64) (int64, error) {
	if isCompressed(file) {
		return otherwise, nil
	}
	opened, err := os.Open(file) //nolint:gosec // a source of the project
	if err != nil {
		return 0, infrastructure("read", file, err)
	}
	defer func() { _ = opened.Close() }()
	line, block := int64(1), make([]byte, 1<<16)
	for before := io.LimitReader(opened, at); ; {
		n, err := before.Read(block)
		line += int64(bytes.Count(block[:n], []byte("\n")))
		if errors.Is(err, io.EOF) {
			return line, nil
		}
		if err != nil {
			return 0, infrastructure("read", file, err)
		}
	}
}

// quotedTexts turns quoted identifiers into a list of string literals.
func quotedTexts(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = quoteText(strings.ReplaceAll(name[1:len(name)-1], `""`, `"`))
	}
	return strings.Join(quoted, ", ")
}

func firstReject(ctx context.Context, conn *sql.Conn, which sought) (badCell, bool, error) {
	const query = `SELECT line - 1, line_byte_position, column_name, error_message, count(*) OVER () FROM bad_cells WHERE error_type = 'CAST'
		AND ($text = '' OR contains(error_message, '"' || $text || '"'))
		AND NOT ($cast AND contains(error_message, '''DATE''') AND TRY_CAST(regexp_extract(error_message, 'convert string "(.*)" to', 1) AS DATE) IS NOT NULL)
		ORDER BY line, column_idx LIMIT 1`
	var cell badCell
	var message string
	err := conn.QueryRowContext(ctx, query, sql.Named("text", which.text), sql.Named("cast", which.cast)).Scan(&cell.row, &cell.at, &cell.column, &message, &cell.count)
	if errors.Is(err, sql.ErrNoRows) {
		return badCell{}, false, nil
	}
	if err != nil {
		return badCell{}, false, fmt.Errorf("read rejected cells: %w", err)
	}
	cell.text, cell.what = readReject(message)
	return cell, true, nil
}

// readReject takes the text and the type out of DuckDB's message: Error when
// converting column "orders". Could not convert string "abc" to 'DOUBLE'.
func readReject(message string) (text, what string) {
	what = "is not a number"
	if strings.Contains(message, "'DATE'") || strings.Contains(message, "'TIMESTAMP'") {
		what = "is not a date"
	}
	_, rest, found := strings.Cut(message, `convert string "`)
	if !found {
		return message, what
	}
	if end := strings.LastIndex(rest, `" to '`); end >= 0 {
		rest = rest[:end]
	}
	return rest, what
}

// exhaust runs a query for its effect.
func exhaust(ctx context.Context, conn *sql.Conn, query string) error {
	rows, err := conn.QueryContext(ctx, query)
	if err != nil {
		return err //nolint:wrapcheck // the caller says what is read
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() { // all of it is the point
	}
	return rows.Err() //nolint:wrapcheck // as above
}

func dropRejects(ctx context.Context, conn *sql.Conn) {
	// They are temporary tables of this connection: what stays does no harm.
	_, _ = conn.ExecContext(context.WithoutCancel(ctx), "DROP TABLE IF EXISTS bad_cells; DROP TABLE IF EXISTS bad_scans")
}
