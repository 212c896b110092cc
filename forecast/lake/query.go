package lake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake/sqltext"
)

// PartitionFile is an immutable file of a date's generation.
type PartitionFile struct {
	Date calendar.Date
	Path string // absolute
}

// QueryRequest is a read-only query over the target table and the sources.
type QueryRequest struct {
	SQL   string
	Limit int // rows; 0: 1,000

	Table  string          // name of the view of the target table
	Files  []PartitionFile // of its current generations
	Layout Layout          // columns of the view if there are no files

	Project string            // directory that the globs are relative to
	Sources map[string]string // view name to glob, as forecast.Source.Files
	Dates   calendar.Pattern  // of the sources, as forecast.Source.DateFormat

	output string // the file that WriteQuery makes
}

// defaultLimit is the number of rows of a query without a limit.
const defaultLimit = 1000

// Query runs a read-only query in an instance of DuckDB of its own, which can
// read the files of the request and no others. The view of the target table has
// the column dt beside those of the files. A source whose files are not there
// has no view.
//
// A statement that is not a query, reads other files, or is wrong SQL wraps
// forecast.ErrInvalid and says so in DuckDB's words.
func (db *DB) Query(ctx context.Context, request QueryRequest) (forecast.Table, error) {
	query, err := singleQuery(request.SQL)
	if err != nil {
		return forecast.Table{}, err
	}
	opened, err := db.options.open()
	if err != nil {
		return forecast.Table{}, err
	}
	defer func() { _ = opened.Close() }()
	conn, err := opened.Conn(ctx)
	if err != nil {
		return forecast.Table{}, fmt.Errorf("connect to DuckDB: %w", err)
	}
	defer func() { _ = conn.Close() }()
	tables, err := request.seal(ctx, conn)
	if err != nil {
		return forecast.Table{}, err
	}
	prepared, err := prepareQuery(ctx, conn, query)
	if err != nil {
		return forecast.Table{}, naming(tables, err)
	}
	if prepared.parameters > 0 {
		return forecast.Table{}, fmt.Errorf("query: %w: it has parameters, for which there are no values", forecast.ErrInvalid)
	}
	limit := request.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	table, err := fetch(ctx, conn, query, limit)
	if err != nil {
		return forecast.Table{}, queryError(err)
	}
	return table, nil
}

// queryError keeps what is wrong with a query apart from faults of the machine.
func queryError(err error) error {
	if _, ok := errors.AsType[*duckdb.Error](err); !ok || fault(err) != nil || errors.Is(err, context.Canceled) {
		return fmt.Errorf("query: %w", err)
	}
	return fmt.Errorf("query: %w: %s", forecast.ErrInvalid, duckText(err))
}

// naming is queryError for a query that may name a table that isn't there: it says
// which are.
func naming(tables []string, err error) error {
	failed, ok := errors.AsType[*duckdb.Error](err)
	if ok && failed.Type == duckdb.ErrorTypeCatalog && strings.Contains(failed.Msg, "Table with name") {
		return fmt.Errorf("%w\nthe tables are %s", queryError(err), strings.Join(tables, ", "))
	}
	return queryError(err)
}

// singleQuery returns the text of the only statement, without its semicolon. The
// statement that EXPLAIN explains must be a query too: EXPLAIN ANALYZE runs it.
func singleQuery(text string) (string, error) {
	var query strings.Builder
	var words []string
	ended := false
	for _, token := range sqltext.Scan(text) {
		switch {
		case token.Kind == sqltext.Unclosed:
			return "", fmt.Errorf("query: %w: %s: %s is not closed", forecast.ErrInvalid, sqltext.Position(text, token.At), token.Text[:1])
		case token.Kind == sqltext.End:
			ended = true
			continue
		case token.Kind != sqltext.Space && ended:
			return "", fmt.Errorf("query: %w: %s: a second statement", forecast.ErrInvalid, sqltext.Position(text, token.At))
		case token.Kind != sqltext.Space:
			words = append(words, strings.ToUpper(token.Text))
		}
		if !ended {
			query.WriteString(token.Text)
		}
	}
	if len(words) == 0 {
		return "", fmt.Errorf("query: %w: it is empty", forecast.ErrInvalid)
	}
	if explained := explainedWord(words); !isQueryWord(explained) {
		return "", fmt.Errorf("query: %w: EXPLAIN of %s: explain a query", forecast.ErrInvalid, explained)
	}
	return query.String(), nil
}

// explainedWord returns the first word of the statement that is explained.
func explainedWord(words []string) string {
	if words[0] != "EXPLAIN" {
		return "SELECT"
	}
	words = words[1:]
	if len(words) > 0 && words[0] == "ANALYZE" {
		words = words[1:]
	}
	if len(words) > 0 && words[0] == "(" {
		if end := slices.Index(words, ")"); end >= 0 {
			words = words[end+1:]
		}
	}
	if len(words) == 0 || words[0] == "EXPLAIN" {
		return "EXPLAIN"
	}
	return words[0]
}

// seal makes the views and shuts everything else: other files, extensions,
// other databases, and the settings themselves. It returns the views.
func (r QueryRequest) seal(ctx context.Context, conn *sql.Conn) ([]string, error) {
	sources, err := r.sources(ctx, conn)
	if err != nil {
		return nil, err
	}
	tables := []string{r.Table}
	for _, s := range sources {
		if err := createView(ctx, conn, s); err != nil {
			return nil, err
		}
		tables = append(tables, s.view)
	}
	statements := []string{"CREATE TEMP VIEW " + quoteName(r.Table) + " AS " + r.view()}
	if r.Table == "" {
		statements, tables = nil, tables[1:]
	}
	var allowed []string
	for _, s := range sources {
		allowed = append(allowed, s.files...)
	}
	for _, file := range r.Files {
		allowed = append(allowed, file.Path)
	}
	if r.output != "" {
		allowed = append(allowed, r.output)
	}
	// DuckDB compares the path as it stands in the view, before it is expanded.
	for _, path := range allowed {
		allowed = append(allowed, escapeGlob(path))
	}
	statements = append(statements, "SET allowed_paths = ["+quotedList(allowed)+"]",
		"SET enable_external_access = false", "SET lock_configuration = true")
	for _, statement := range statements {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return nil, infrastructure("prepare to query", r.Table, err)
		}
	}
	return tables, nil
}

// sources finds the sources that are there.
func (r QueryRequest) sources(ctx context.Context, conn *sql.Conn) ([]source, error) {
	there := make(map[string]string, len(r.Sources))
	for view, glob := range r.Sources {
		_, err := findSource(ctx, conn, r.Project, glob)
		if failed, ok := errors.AsType[*Error](err); ok && failed.Class == forecast.ReasonConfig {
			continue
		}
		if err != nil {
			return nil, err
		}
		if view != r.Table {
			there[view] = glob
		}
	}
	return findSources(ctx, conn, r.Project, there, r.Dates)
}

// view returns the query of the target table. The date is read from the path,
// not by hive_partitioning, which would make a column of every name=value
// directory above the lake as well.
func (r QueryRequest) view() string {
	if len(r.Files) == 0 {
		return "SELECT " + strings.Join(r.Layout.empty(), ", ") + " WHERE false"
	}
	paths := make([]string, len(r.Files))
	for i, file := range r.Files {
		paths[i] = escapeGlob(file.Path)
	}
	return fmt.Sprintf(`SELECT *, CAST(regexp_extract(filename, '.*[/\\]%s([0-9]{4}-[0-9]{2}-[0-9]{2})[/\\]', 1) AS DATE) AS %s
		FROM read_parquet([%s], union_by_name = true, hive_partitioning = false)`, datePrefix, PartitionColumn, quotedList(paths))
}

// empty returns the columns of the table as NULLs of their types.
func (l Layout) empty() []string {
	columns := l.Columns()
	for i, name := range columns {
		columns[i] = "CAST(NULL AS " + l.sqlType(name) + ") AS " + quoteName(name)
	}
	return append(columns, "CAST(NULL AS DATE) AS "+PartitionColumn)
}

func (l Layout) sqlType(column string) string {
	switch {
	case slices.Contains(l.Series, column), column == ModelColumn, column == KindColumn, column == GenerationColumn:
		return "VARCHAR"
	case column == DateColumn, column == MadeForColumn:
		return "DATE"
	case column == HorizonColumn, column == AgeColumn:
		return "BIGINT"
	default:
		return "DOUBLE"
	}
}

func quotedList(values []string) string {
	quoted := make([]string, len(values))
	for i, value := range values {
		quoted[i] = quoteText(value)
	}
	return strings.Join(quoted, ", ")
}

// fetch reads up to limit rows.
func fetch(ctx context.Context, conn *sql.Conn, query string, limit int) (forecast.Table, error) {
	rows, err := conn.QueryContext(ctx, query)
	if err != nil {
		return forecast.Table{}, err //nolint:wrapcheck // Query wraps it
	}
	defer func() { _ = rows.Close() }()
	types, err := rows.ColumnTypes()
	if err != nil {
		return forecast.Table{}, err //nolint:wrapcheck // as above
	}
	table := forecast.Table{Columns: make([]forecast.Column, len(types))}
	for i, column := range types {
		table.Columns[i] = forecast.Column{Name: column.Name(), Type: column.DatabaseTypeName()}
	}
	for rows.Next() {
		if len(table.Rows) == limit {
			table.Truncated = true
			break
		}
		row := make([]any, len(types))
		targets := make([]any, len(types))
		for i := range row {
			targets[i] = &row[i]
		}
		if err := rows.Scan(targets...); err != nil {
			return forecast.Table{}, err //nolint:wrapcheck // as above
		}
		for i := range row {
			row[i] = cell(row[i], table.Columns[i].Type)
		}
		table.Rows = append(table.Rows, row)
	}
	return table, rows.Err() //nolint:wrapcheck // as above
}

// cell turns a value of the driver into one of a forecast.Table.
func cell(value any, sqlType string) any {
	switch v := value.(type) {
	case nil, bool, int64, float64, string:
		return v
	case int8:
		return int64(v)
	case int16:
		return int64(v)
	case int32:
		return int64(v)
	case uint8:
		return int64(v)
	case uint16:
		return int64(v)
	case uint32:
		return int64(v)
	case uint64:
		return integer(new(big.Int).SetUint64(v))
	case float32:
		return float64(v)
	case *big.Int:
		return integer(v)
	case duckdb.Decimal:
		return v.Float64()
	case []byte:
		return string(v)
	case time.Time:
		if sqlType == "DATE" {
			return calendar.In(v, time.UTC)
		}
		return v
	default:
		return fmt.Sprint(v)
	}
}

// integer returns v as int64, or as text where that is too small for it.
func integer(v *big.Int) any {
	if v.IsInt64() {
		return v.Int64()
	}
	return v.String()
}
