package lake

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
)

// usualDays is the number of dates before the date by which the usual number of
// rows is judged.
const usualDays = 28

// examples is how many bad rows a message shows.
const examples = 3

// findings are the counts over the extracted rows.
type findings struct {
	rows, series, nulls    int64
	badDates, badValues    int64
	noDates, noSeries      int64
	future, infinite       int64
	firstBadDate, firstBad sql.NullString
	first, last, firstAhed sql.NullTime
}

// check looks for rows that break a rule, worst first: what can't be read, then
// what contradicts itself, then what is not there.
func (e *extraction) check(ctx context.Context) (ExtractReport, error) {
	found, err := e.count(ctx)
	if err != nil {
		return ExtractReport{}, err
	}
	if err := e.checkCells(ctx, found); err != nil {
		return ExtractReport{}, err
	}
	if err := e.checkRows(ctx, found); err != nil {
		return ExtractReport{}, err
	}
	report := ExtractReport{
		Rows: found.rows, Series: found.series, Nulls: found.nulls,
		First: calendar.In(found.first.Time, time.UTC), Last: calendar.In(found.last.Time, time.UTC),
	}
	if err := e.usual(ctx, &report); err != nil {
		return ExtractReport{}, err
	}
	if err := e.checkDate(report); err != nil {
		return ExtractReport{}, err
	}
	if report.Nulls > 0 {
		report.Warnings = append(report.Warnings, countOf(report.Nulls, "row")+" without a value: taken as gaps")
	}
	return report, nil
}

func (e *extraction) count(ctx context.Context) (findings, error) {
	noSeries := []string{"false"}
	for _, name := range e.seriesColumns() {
		noSeries = append(noSeries, fmt.Sprintf("%s IS NULL OR trim(%s) = '' OR contains(%s, chr(31))", name, name, name))
	}
	//nolint:gosec // the names in it are our own
	query := fmt.Sprintf(`SELECT count(*), count(DISTINCT %s), count(*) FILTER (value IS NULL AND bad_value IS NULL),
		count(bad_ds), count(bad_value), count(*) FILTER (ds IS NULL AND bad_ds IS NULL), count(*) FILTER (%s),
		count(*) FILTER (ds > ?), count(*) FILTER (NOT isfinite(value)), min(bad_ds), min(bad_value),
		min(ds), max(ds), min(ds) FILTER (ds > ?) FROM %s`, e.keyExpression(), strings.Join(noSeries, " OR "), extracted)
	var f findings
	date := e.request.Date.UTC()
	err := e.conn.QueryRowContext(ctx, query, date, date).Scan(&f.rows, &f.series, &f.nulls, &f.badDates, &f.badValues,
		&f.noDates, &f.noSeries, &f.future, &f.infinite, &f.firstBadDate, &f.firstBad, &f.first, &f.last, &f.firstAhed)
	if err != nil {
		return findings{}, fmt.Errorf("check rows of %s: %w", e.request.query(), err)
	}
	return f, nil
}

// keyExpression is the series of a row as one value.
func (e *extraction) keyExpression() string {
	if len(e.request.Source.Series) == 0 {
		return "1"
	}
	return "(" + strings.Join(e.seriesColumns(), ", ") + ")"
}

// checkCells refuses what is no date or no number.
func (e *extraction) checkCells(ctx context.Context, found findings) error {
	source := e.request.Source
	switch {
	case found.badDates > 0:
		return e.badCell(ctx, source.Time, found.firstBadDate.String, "is not a date", found.badDates)
	case found.badValues > 0:
		return e.badCell(ctx, source.Value, found.firstBad.String, "is not a number", found.badValues)
	case found.noDates > 0:
		return failf(forecast.ReasonData, "%s without a date in column %s", countOf(found.noDates, "row"), source.Time)
	case found.noSeries > 0:
		return failf(forecast.ReasonData, "%s with an empty %s, which names the series: leave them out in the query, or name them",
			countOf(found.noSeries, "row"), strings.Join(source.Series, " or "))
	}
	return nil
}

// badCell names the place of a bad text if it stands in a CSV file as it is.
func (e *extraction) badCell(ctx context.Context, column, text, what string, count int64) error {
	cell, found, err := e.locate(ctx, text)
	if err != nil {
		return err
	}
	if found {
		return failf(forecast.ReasonData, "%s", cell)
	}
	return failf(forecast.ReasonData, "column %s of %s: %q %s (%s)", column, e.request.query(), clip(text), what, countOf(count, "such row"))
}

// checkRows refuses rows that contradict the date or each other.
func (e *extraction) checkRows(ctx context.Context, found findings) error {
	if found.future > 0 {
		return failf(forecast.ReasonData, "%s dated after %s (first %s): the query must end at {{.Date}}",
			countOf(found.future, "row"), e.request.Date, calendar.In(found.firstAhed.Time, time.UTC))
	}
	if found.infinite > 0 {
		return e.withExamples(ctx, "NOT isfinite(value)", "CAST(value AS VARCHAR)",
			countOf(found.infinite, "row")+" with a value that is not finite")
	}
	group := strings.Join(append(e.seriesColumns(), "ds"), ", ")
	var rows, pairs int64
	err := e.conn.QueryRowContext(ctx, fmt.Sprintf(
		"SELECT coalesce(sum(n), 0)::BIGINT, count(*) FROM (SELECT count(*) AS n FROM %s GROUP BY %s HAVING count(*) > 1)",
		extracted, group)).Scan(&rows, &pairs)
	if err != nil {
		return fmt.Errorf("check rows of %s: %w", e.request.query(), err)
	}
	if pairs > 0 {
		return e.withExamples(ctx, fmt.Sprintf("true GROUP BY %s HAVING count(*) > 1", group), "count(*) || ' rows'",
			fmt.Sprintf("%s share %s of series and date%s: one row per series and date, aggregate in the query",
				countOf(rows, "row"), countOf(pairs, "pair"), e.duplicate()))
	}
	return nil
}

// duplicate names the first row that comes twice in the CSV files, if the query
// takes series and date from there as they are.
func (e *extraction) duplicate() string {
	for _, s := range e.sources {
		if s.format != formatCSV {
			continue
		}
		if twice, found := FindDuplicate(s.files, append([]string{e.request.Source.Time}, e.request.Source.Series...)); found {
			twice.File = relativePath(e.request.Project, twice.File)
			return " (" + twice.String() + ")"
		}
	}
	return ""
}

// withExamples adds the first rows that a condition selects to a message.
func (e *extraction) withExamples(ctx context.Context, condition, detail, message string) error {
	parts := append(e.seriesColumns(), "''")
	//nolint:gosec // the names and conditions in it are our own
	query := fmt.Sprintf("SELECT concat_ws(chr(31), %s), CAST(ds AS VARCHAR), %s FROM %s WHERE %s ORDER BY 1, 2 LIMIT %d",
		strings.Join(parts, ", "), detail, extracted, condition, examples)
	rows, err := e.conn.QueryContext(ctx, query)
	if err != nil {
		return fmt.Errorf("read bad rows: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var shown []string
	for rows.Next() {
		var key, date, text string
		if err := rows.Scan(&key, &date, &text); err != nil {
			return fmt.Errorf("read bad rows: %w", err)
		}
		name := series.Key(strings.TrimSuffix(key, "\x1f")).String()
		shown = append(shown, fmt.Sprintf("%s on %s (%s)", name, date, text))
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read bad rows: %w", err)
	}
	return failf(forecast.ReasonData, "%s; first: %s", message, strings.Join(shown, "; "))
}

// usual counts the rows of the date, and the median of the dates before it, on
// which dates without rows count too.
func (e *extraction) usual(ctx context.Context, report *ExtractReport) error {
	if report.Rows == 0 {
		return nil
	}
	from := max(report.First, e.request.Date-usualDays)
	query := fmt.Sprintf(`WITH days AS (SELECT CAST(unnest(generate_series(CAST($from AS DATE), CAST($date AS DATE), INTERVAL 1 DAY)) AS DATE) AS day),
		counts AS (SELECT day, count(ds) AS n FROM days LEFT JOIN %s ON ds = day GROUP BY day)
		SELECT coalesce(max(n) FILTER (day = CAST($date AS DATE)), 0), coalesce(median(n) FILTER (day < CAST($date AS DATE)), 0) FROM counts`, extracted)
	err := e.conn.QueryRowContext(ctx, query,
		sql.Named("from", from.UTC()), sql.Named("date", e.request.Date.UTC())).Scan(&report.Today, &report.Usual)
	if err != nil {
		return fmt.Errorf("count rows of %s: %w", e.request.Date, err)
	}
	return nil
}

// checkDate refuses a date without rows or with unusually few.
func (e *extraction) checkDate(report ExtractReport) error {
	source, date := e.request.Source, e.request.Date
	least := source.MinRows * report.Usual
	switch {
	case report.Rows == 0:
		return failf(forecast.ReasonUpstream, "%s returned no rows up to %s: the sources hold nothing for these dates, or a condition of the query excludes all of it",
			e.request.query(), date)
	case source.MinRows < 0:
		return nil
	case report.Today == 0:
		return failf(forecast.ReasonUpstream, "no rows dated %s; the newest are of %s", date, report.Last)
	case float64(report.Today) < least:
		return failf(forecast.ReasonData, "only %s dated %s; the 28 dates before have %g (median), and min_rows %g asks for %g",
			countOf(report.Today, "row"), date, report.Usual, source.MinRows, least)
	}
	return nil
}

// countOf returns "1 row", "12,345 rows".
func countOf(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	digits := strconv.FormatInt(n, 10)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits + " " + noun + "s"
}

// clip shortens a text from data for a message.
func clip(text string) string {
	const longest = 60
	runes := []rune(text)
	if len(runes) <= longest {
		return text
	}
	return string(runes[:longest-1]) + "…"
}
