package lake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// ExtractRequest says what to extract.
type ExtractRequest struct {
	Project  string // directory that the globs are relative to
	Source   forecast.Source
	Timezone string // in which timestamps with a zone become dates; empty: UTC
	Date     calendar.Date
	Output   string // rows.parquet
}

// window returns the dates of the request's {{.From}} and {{.Date}}.
func (r ExtractRequest) window() calendar.Range {
	if r.Source.HistoryDays <= 0 {
		return calendar.Range{From: calendar.Of(1, 1, 1), To: r.Date}
	}
	return calendar.Range{From: r.Date - calendar.Date(r.Source.HistoryDays) + 1, To: r.Date}
}

// query names the query for messages.
func (r ExtractRequest) query() string {
	if r.Source.Path == "" {
		return "the query"
	}
	return r.Source.Path
}

// ExtractReport says what was extracted.
type ExtractReport struct {
	Rows        int64
	Series      int64
	First, Last calendar.Date
	// Today is the number of rows of the date itself, Usual the median of the
	// 28 dates before it, as far as the data goes back.
	Today    int64
	Usual    float64
	Nulls    int64 // rows without a value, which are gaps
	Warnings []string
}

// Extract runs the project's query over its source files and writes the rows:
// the series columns as VARCHAR, ds DATE, value DOUBLE, ordered by series and
// date. {{.From}} is the first of the source's HistoryDays, or 0001-01-01. The
// same files give the same rows, bit for bit, with any number of threads.
//
// Rows that break a rule are an *Error that says which and where: dated after
// the date, twice for a series and date, without series or date, a value that is
// no finite number. So is a date without rows (upstream) or with fewer than the
// source's MinRows of the usual; a negative MinRows allows both.
func (db *DB) Extract(ctx context.Context, request ExtractRequest) (ExtractReport, error) {
	if err := checkColumnNames(request.Source); err != nil {
		return ExtractReport{}, err
	}
	bound, err := BindQuery(request.Source.Query)
	if err != nil {
		return ExtractReport{}, failf(forecast.ReasonConfig, "read %s: %w", request.query(), err)
	}
	conn, err := db.connect(ctx)
	if err != nil {
		return ExtractReport{}, err
	}
	defer func() { _ = conn.Close() }()
	sources, err := findSources(ctx, conn, request.Project, request.Source.Files, request.Source.DateFormat)
	if err != nil {
		return ExtractReport{}, err
	}
	e := extraction{db: db, conn: conn, request: request, bound: bound, sources: sources}
	report, err := e.extract(ctx)
	if err = errors.Join(err, e.clean(ctx)); err != nil {
		return ExtractReport{}, err
	}
	return report, nil
}

// checkColumnNames refuses series columns that would collide with the columns
// that daybatch writes.
func checkColumnNames(source forecast.Source) error {
	taken := append(Layout{}.Columns(), ValueColumn, OutlierColumn, SpecialColumn, PartitionColumn)
	for _, name := range source.Series {
		if slices.Contains(taken, strings.ToLower(name)) {
			return failf(forecast.ReasonConfig, "series column %s has the name of a column that daybatch writes: rename it in the query, for example %s AS %s_name", name, name, name)
		}
	}
	return nil
}

// extraction is one run of Extract on one connection.
type extraction struct {
	db      *DB
	conn    *sql.Conn
	request ExtractRequest
	bound   BoundQuery
	sources []source
}

// extracted is the table of the rows before they are written: the series
// columns s0, s1, .., then ds, value, and the texts of what is no date or no
// number in bad_ds, bad_value.
const extracted = "extracted_rows"

func (e *extraction) extract(ctx context.Context) (ExtractReport, error) {
	if err := e.setZone(ctx); err != nil {
		return ExtractReport{}, err
	}
	if err := e.load(ctx); err != nil {
		return ExtractReport{}, err
	}
	if err := e.checkDateOrder(ctx); err != nil {
		return ExtractReport{}, err
	}
	report, err := e.check(ctx)
	if err != nil {
		return ExtractReport{}, err
	}
	return report, e.write(ctx, report.Rows)
}

func (e *extraction) setZone(ctx context.Context) error {
	if e.request.Timezone == "" {
		return nil
	}
	if _, err := e.conn.ExecContext(ctx, "SET TimeZone = "+quoteText(e.request.Timezone)); err != nil {
		return failf(forecast.ReasonConfig, "timezone %s: %s", e.request.Timezone, duckText(err))
	}
	return nil
}

func (e *extraction) clean(ctx context.Context) error {
	_, err := e.conn.ExecContext(context.WithoutCancel(ctx), "DROP TABLE IF EXISTS "+extracted+"; SET TimeZone = 'UTC'")
	return errors.Join(err, dropViews(ctx, e.conn, e.sources), dropLoaded(ctx, e.conn, e.sources))
}

// load runs the query into the table. If it fails, a bad cell in a CSV file is
// a better reason than what SQL says about the type of its column.
func (e *extraction) load(ctx context.Context) error {
	err := e.run(ctx)
	if err != nil && ctx.Err() == nil {
		if ragged, found := e.ragged(ctx); found {
			ragged.File = relativePath(e.request.Project, ragged.File)
			return failf(forecast.ReasonData, "%s: correct that line, or put a cell that has the separator in it into quotes", ragged)
		}
	}
	if err == nil || ctx.Err() != nil || !aboutTypes(err) {
		return e.explain(err)
	}
	cell, found, locateErr := e.locate(ctx, "")
	if locateErr != nil {
		return errors.Join(e.explain(err), locateErr)
	}
	if found {
		return failf(forecast.ReasonData, "%s\n%s: %s", cell, e.request.query(), firstLine(duckText(err)))
	}
	return errors.Join(e.decimalComma(), e.checkPattern(ctx), e.explain(err))
}

// ragged looks for a row with too many or too few cells in the CSV sources whose
// columns DuckDB did not find.
func (e *extraction) ragged(ctx context.Context) (Blemish, bool) {
	for _, s := range e.sources {
		if s.format != formatCSV {
			continue
		}
		columns, err := describe(ctx, e.conn, "SELECT * FROM "+s.reader())
		if err != nil {
			continue // the query's error tells
		}
		if ragged, found := (Description{Format: s.format, Files: s.files, Columns: columns}).Ragged(); found {
			return ragged, true
		}
	}
	return Blemish{}, false
}

// decimalComma refuses numbers with a decimal comma, which a query that has failed
// by the type of a column may have met.
func (e *extraction) decimalComma() error {
	for _, s := range e.sources {
		if s.format != formatCSV {
			continue
		}
		if comma, found := FindDecimalComma(s.files); found {
			comma.File = relativePath(e.request.Project, comma.File)
			return failf(forecast.ReasonData, "%s: write numbers with a decimal point, or turn them in the query: CAST(replace(x, ',', '.') AS DOUBLE)", comma)
		}
	}
	return nil
}

// explain gives an error of the query its class and place.
func (e *extraction) explain(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*Error](err); ok || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if fault(err) != nil {
		return infrastructure("run", e.request.query(), err)
	}
	return failf(forecast.ReasonConfig, "run %s: %s", e.request.query(), duckText(err))
}

func (e *extraction) run(ctx context.Context) error {
	if err := e.db.provide(ctx, e.conn, e.sources); err != nil {
		return err
	}
	// The query by itself first, so that its errors carry its own line numbers.
	query := e.bound.SQL[:e.bound.Statement]
	prepared, err := prepareQuery(ctx, e.conn, query)
	if err != nil {
		return err
	}
	if err := e.checkColumns(prepared.columns); err != nil {
		return err
	}
	window := e.request.window()
	return e.db.inOrder(ctx, e.conn, func() error {
		_, err := e.conn.ExecContext(ctx, e.statement(query),
			sql.Named(paramDate, window.To.UTC()), sql.Named(paramFrom, window.From.UTC()))
		return err //nolint:wrapcheck // explain wraps it
	})
}

// checkColumns reports which of the configured columns the query does not have.
func (e *extraction) checkColumns(columns []string) error {
	source := e.request.Source
	var missing []string
	for _, name := range slices.Concat(source.Series, []string{source.Time, source.Value}) {
		if !slices.ContainsFunc(columns, func(c string) bool { return strings.EqualFold(c, name) }) {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return failf(forecast.ReasonConfig, "%s has no column %s: its columns are %s",
		e.request.query(), strings.Join(missing, ", "), strings.Join(columns, ", "))
}

// statement wraps the query into one that makes the table.
func (e *extraction) statement(query string) string {
	source := e.request.Source
	date, value := quoteName(source.Time), quoteName(source.Value)
	cells := make([]string, 0, len(source.Series)+4)
	for i, name := range source.Series {
		cells = append(cells, fmt.Sprintf("CAST(%s AS VARCHAR) AS s%d", quoteName(name), i))
	}
	cells = append(cells, dateOf(date)+" AS day", "CAST("+date+" AS VARCHAR) AS day_text",
		"TRY_CAST("+value+" AS DOUBLE) AS value", "CAST("+value+" AS VARCHAR) AS value_text")
	columns := append(e.seriesColumns(), "CASE WHEN isfinite(day) THEN day END AS ds", "value",
		"CASE WHEN ds IS NULL THEN day_text END AS bad_ds", "CASE WHEN value IS NULL THEN value_text END AS bad_value")
	return fmt.Sprintf("CREATE OR REPLACE TEMP TABLE %s AS SELECT %s FROM (SELECT %s FROM (\n%s\n))",
		extracted, strings.Join(columns, ", "), strings.Join(cells, ", "), query)
}

// dateOf is the civil date of a column in the zone of the connection. A text
// that gives its offset from UTC is an instant; DuckDB's own cast of it to DATE
// takes the first ten characters and ignores the rest.
func dateOf(column string) string {
	return fmt.Sprintf("CASE WHEN typeof(%[1]s) = 'VARCHAR' THEN CAST(TRY_CAST(CAST(%[1]s AS VARCHAR) AS TIMESTAMPTZ) AS DATE) ELSE TRY_CAST(%[1]s AS DATE) END", column)
}

// seriesColumns returns the table's names of the series columns: s0, s1, ..
func (e *extraction) seriesColumns() []string {
	names := make([]string, len(e.request.Source.Series))
	for i := range names {
		names[i] = fmt.Sprintf("s%d", i)
	}
	return names
}

// write writes the checked rows, in groups, so that a reader needs to hold only one.
func (e *extraction) write(ctx context.Context, rows int64) error {
	var selected, order []string
	for i, name := range e.request.Source.Series {
		selected = append(selected, fmt.Sprintf("s%d AS %s", i, quoteName(name)))
		order = append(order, fmt.Sprintf("s%d", i))
	}
	query := fmt.Sprintf("SELECT %s FROM %s ORDER BY %s",
		strings.Join(append(selected, "ds", "value"), ", "), extracted, strings.Join(append(order, "ds"), ", "))
	return copyToParquet(ctx, e.conn, query, parquetTarget{path: e.request.Output, rows: int(rows), group: groupRows, metadata: OrderedBySeries()})
}
