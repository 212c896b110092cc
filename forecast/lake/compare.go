package lake

import (
	"context"
	"fmt"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// CompareRows counts the rows by which two Parquet files of the same columns
// differ: those that only the later file has, and those that only the earlier
// one has. A row that is there n times counts n times; a changed row counts as
// one added and one gone. DuckDB is started for it and ended.
func (db *DB) CompareRows(ctx context.Context, earlier, later string) (added, gone int64, err error) {
	return db.compareRows(ctx, earlier, later, "")
}

// CompareRowsOf is CompareRows of those rows only whose date is one of dates. A zero
// From is open.
func (db *DB) CompareRowsOf(ctx context.Context, earlier, later string, dates calendar.Range) (added, gone int64, err error) {
	where := " WHERE " + DateColumn + " <= DATE '" + dates.To.String() + "'"
	if !dates.From.IsZero() {
		where += " AND " + DateColumn + " >= DATE '" + dates.From.String() + "'"
	}
	return db.compareRows(ctx, earlier, later, where)
}

func (db *DB) compareRows(ctx context.Context, earlier, later, where string) (added, gone int64, err error) {
	opened, err := db.options.open()
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = opened.Close() }()
	query := `WITH earlier AS (SELECT * FROM read_parquet($1)` + where + `), later AS (SELECT * FROM read_parquet($2)` + where + `)
		SELECT (SELECT count(*) FROM (SELECT * FROM later EXCEPT ALL SELECT * FROM earlier)),
			(SELECT count(*) FROM (SELECT * FROM earlier EXCEPT ALL SELECT * FROM later))`
	if err := opened.QueryRowContext(ctx, query, earlier, later).Scan(&added, &gone); err != nil {
		return 0, 0, fmt.Errorf("compare %s with %s: %w", later, earlier, err)
	}
	return added, gone, nil
}
