package lake

import (
	"bufio"
	"compress/gzip"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// DoubtfulDate is a date of a CSV file of which nobody can say whether it is
// day/month/year or month/day/year: no date in its column of that file has a
// first or second number above 12. The zero value is none.
type DoubtfulDate struct {
	File   string
	Line   int64 // the first one with it; 0: unknown
	Column string
	Text   string // as the file writes it
}

// String returns "data/orders.csv:2: ds "01/02/2026" can be read in two ways, ..".
// Editors take the first part.
func (d DoubtfulDate) String() string {
	place := d.File
	if d.Line > 0 {
		place = fmt.Sprintf("%s:%d", d.File, d.Line)
	}
	return fmt.Sprintf("%s: %s %q can be read in two ways, and no date in that file says which number is the day and which the month", place, d.Column, clip(d.Text))
}

// AmbiguousDate returns a date of a CSV file's column that can be read in two
// ways; DuckDB would take one of the two, file by file. There is none if every
// file can be told, if the DB's options say how dates are written, and in Parquet.
func (db *DB) AmbiguousDate(ctx context.Context, file, column string) (DoubtfulDate, error) {
	conn, err := db.connect(ctx)
	if err != nil {
		return DoubtfulDate{}, err
	}
	defer func() { _ = conn.Close() }()
	found, err := db.findAny(ctx, conn, file)
	if err != nil || found.format != formatCSV || found.dates != "" {
		return DoubtfulDate{}, err
	}
	return ambiguousDate(ctx, conn, found, column)
}

// ambiguousDate looks through all rows of a column.
func ambiguousDate(ctx context.Context, conn *sql.Conn, found source, column string) (DoubtfulDate, error) {
	reader := strings.TrimSuffix(found.reader(), ")") + ", all_varchar = true, filename = 'daybatch_file')"
	const numbers = `regexp_extract(written, '^\s*(\d{1,2})[-/. ](\d{1,2})[-/. ]\d{2,4}', ['a', 'b'])`
	//nolint:gosec // names and literals in it are quoted
	query := fmt.Sprintf(`SELECT daybatch_file, min(written) FILTER (WHERE a <> b) FROM (
		SELECT daybatch_file, %[1]s AS written, TRY_CAST(%[2]s.a AS INT) AS a, TRY_CAST(%[2]s.b AS INT) AS b FROM %[3]s)
		WHERE a IS NOT NULL GROUP BY daybatch_file HAVING max(a) <= 12 AND max(b) <= 12 AND bool_or(a <> b) ORDER BY daybatch_file LIMIT 1`,
		quoteName(column), strings.ReplaceAll(numbers, "written", quoteName(column)), reader)
	date := DoubtfulDate{Column: column}
	err := conn.QueryRowContext(ctx, query).Scan(&date.File, &date.Text)
	if errors.Is(err, sql.ErrNoRows) {
		return DoubtfulDate{}, nil
	}
	if err != nil {
		return DoubtfulDate{}, failf(forecast.ReasonData, "read dates of %s: %s", found.files[0], duckText(err))
	}
	date.Line = lineWith(date.File, date.Text)
	return date, nil
}

// checkDateOrder refuses dates of the sources that can be read in two ways. The
// project's format settles those of columns of dates; one with times of day is
// still found out by DuckDB.
func (e *extraction) checkDateOrder(ctx context.Context) error {
	for _, s := range e.sources {
		if s.format != formatCSV {
			continue
		}
		var states []fileState
		s.files, states = e.unsettled(s.files)
		if len(s.files) == 0 {
			continue
		}
		columns, err := e.dateColumns(ctx, s)
		if err != nil {
			return err
		}
		for _, column := range columns {
			date, err := ambiguousDate(ctx, e.conn, s, column)
			if err != nil {
				return err
			}
			if date.Text != "" {
				date.File = relativePath(e.request.Project, date.File)
				return failf(forecast.ReasonData, "%s: set source.date_format in the project file, for example DD/MM/YYYY, or write dates as YYYY-MM-DD", date)
			}
		}
		e.settle(s.files, states)
	}
	return nil
}

// checkPattern refuses dates of the sources that are not written as the project
// says: DuckDB takes their columns for texts.
func (e *extraction) checkPattern(ctx context.Context) error {
	for _, s := range e.sources {
		if s.dates == "" {
			continue
		}
		columns, err := describe(ctx, e.conn, "SELECT * FROM "+s.reader())
		if err != nil {
			return infrastructure("read the columns of", s.view, err)
		}
		for _, column := range columns {
			if column.Type != "VARCHAR" || !mentions(e.bound.SQL[:e.bound.Statement], column.Name) {
				continue
			}
			reader := strings.TrimSuffix(s.reader(), ")") + ", all_varchar = true, filename = 'daybatch_file')"
			//nolint:gosec // names and literals in it are quoted
			query := fmt.Sprintf(`SELECT daybatch_file, %[1]s FROM %[2]s WHERE regexp_full_match(%[1]s, '\s*\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}\s*')
				AND try_strptime(%[1]s, %[3]s) IS NULL LIMIT 1`, quoteName(column.Name), reader, quoteText(s.dates))
			var file, text string
			err := e.conn.QueryRowContext(ctx, query).Scan(&file, &text)
			if errors.Is(err, sql.ErrNoRows) {
				continue
			}
			if err != nil {
				return infrastructure("read dates of", s.view, err)
			}
			return failf(forecast.ReasonData, "%s:%d: %s %q is not written %s, as source.date_format of the project file says: correct one of the two",
				relativePath(e.request.Project, file), lineWith(file, text), column.Name, clip(text), e.request.Source.DateFormat)
		}
	}
	return nil
}

// dateColumns returns the columns of a source that DuckDB has read as dates and
// that the query speaks of.
func (e *extraction) dateColumns(ctx context.Context, s source) ([]string, error) {
	columns, err := describe(ctx, e.conn, "SELECT * FROM "+quoteName(s.view))
	if err != nil {
		return nil, infrastructure("read the columns of", s.view, err)
	}
	var names []string
	for _, column := range columns {
		timed := strings.HasPrefix(column.Type, "TIMESTAMP")
		if (timed || column.Type == "DATE" && s.dates == "") && mentions(e.bound.SQL[:e.bound.Statement], column.Name) {
			names = append(names, column.Name)
		}
	}
	return names, nil
}

// mentions reports whether a query may read a column.
func mentions(query, column string) bool {
	word := regexp.MustCompile(`(?i)(^|\W)` + regexp.QuoteMeta(column) + `($|\W)`)
	return strings.Contains(query, "*") || word.MatchString(query)
}

// judged is a file whose dates were looked at for a query.
type judged struct {
	file, query string
	pattern     calendar.Pattern
}

// unsettled returns the files that may have dates of two readings, without those
// that were found to have none and have not changed since, and how they look.
func (e *extraction) unsettled(files []string) (left []string, states []fileState) {
	for _, file := range files {
		state, ok := look([]string{file})
		if !ok {
			continue // reading the source tells
		}
		e.db.mu.Lock()
		known := e.db.settled[e.judged(file)] == state[0]
		e.db.mu.Unlock()
		switch {
		case known:
		case mayWriteDates(file):
			left, states = append(left, file), append(states, state[0])
		default:
			e.settle([]string{file}, state)
		}
	}
	return left, states
}

func (e *extraction) judged(file string) judged {
	return judged{file: file, query: e.request.Source.Query, pattern: e.request.Source.DateFormat}
}

// settle notes that the dates of files can be told, as the files looked before
// they were judged.
func (e *extraction) settle(files []string, states []fileState) {
	e.db.mu.Lock()
	defer e.db.mu.Unlock()
	if e.db.settled == nil {
		e.db.settled = make(map[judged]fileState)
	}
	for i, file := range files {
		e.db.settled[e.judged(file)] = states[i]
	}
}

// mayWriteDates reports whether the beginning of a CSV file has something like
// 01/02/2026 in it. All dates of a column are written alike, or DuckDB takes them
// for texts.
func mayWriteDates(file string) bool {
	const enough = 16 << 10
	text, done, err := openText(file)
	if err != nil {
		return true // reading the source tells what is wrong
	}
	defer done()
	head, err := io.ReadAll(io.LimitReader(text, enough))
	like := regexp.MustCompile(`(^|[^-/.0-9])\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2,4}($|[^-/.0-9])`)
	return err != nil || like.Match(head)
}

// openText opens a file as text. The caller calls done.
func openText(file string) (text io.Reader, done func(), err error) {
	opened, err := os.Open(file) //nolint:gosec // a file of the project's source
	if err != nil {
		return nil, nil, err //nolint:wrapcheck // callers look at it no closer
	}
	text, done = opened, func() { _ = opened.Close() }
	if isCompressed(file) {
		if text, err = gzip.NewReader(opened); err != nil {
			done()
			return nil, nil, err //nolint:wrapcheck // as above
		}
	}
	return text, done, nil
}

// lineWith returns the first line of a file that has a text in it, 0 if none is
// found.
func lineWith(file, text string) int64 {
	reader, done, err := openText(file)
	if err != nil {
		return 0
	}
	defer done()
	lines := bufio.NewScanner(reader)
	for n := int64(1); lines.Scan(); n++ {
		if strings.Contains(lines.Text(), text) {
			return n
		}
	}
	return 0
}
