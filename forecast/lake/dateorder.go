package lake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/daybatch/daybatch/forecast"
)

// AmbiguousDate returns a date of a CSV file's column, as the file writes it, of
// which nobody can say whether it is day/month/year or month/day/year: no date of
// that file has a first or second number above 12. DuckDB would take one of the
// two, file by file. It is empty if every file can be told, and for Parquet.
func (db *DB) AmbiguousDate(ctx context.Context, file, column string) (string, error) {
	conn, err := db.connect(ctx)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	found, err := findAny(ctx, conn, file)
	if err != nil || found.format != formatCSV {
		return "", err
	}
	reader := strings.TrimSuffix(found.reader(), ")") + ", all_varchar = true, filename = 'daybatch_file')"
	const numbers = `regexp_extract(written, '^\s*(\d{1,2})[-/. ](\d{1,2})[-/. ]\d{2,4}', ['a', 'b'])`
	//nolint:gosec // names and literals in it are quoted
	query := fmt.Sprintf(`SELECT min(written) FILTER (WHERE a <> b) FROM (
		SELECT daybatch_file, %[1]s AS written, TRY_CAST(%[2]s.a AS INT) AS a, TRY_CAST(%[2]s.b AS INT) AS b FROM %[3]s)
		WHERE a IS NOT NULL GROUP BY daybatch_file HAVING max(a) <= 12 AND max(b) <= 12 AND bool_or(a <> b) ORDER BY daybatch_file LIMIT 1`,
		quoteName(column), strings.ReplaceAll(numbers, "written", quoteName(column)), reader)
	var text string
	err = conn.QueryRowContext(ctx, query).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", failf(forecast.ReasonData, "read dates of %s: %s", file, duckText(err))
	}
	return text, nil
}
