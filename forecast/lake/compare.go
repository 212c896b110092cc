package lake

import (
	"context"
	"fmt"
)

// CompareRows counts the rows by which two Parquet files of the same columns
// differ: those that only the later file has, and those that only the earlier
// one has. A row that is there n times counts n times; a changed row counts as
// one added and one gone. DuckDB is started for it and ended.
func (db *DB) CompareRows(ctx context.Context, earlier, later string) (added, gone int64, err error) {
	opened, err := db.options.open()
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = opened.Close() }()
	const query = `WITH earlier AS (SELECT * FROM read_parquet($1)), later AS (SELECT * FROM read_parquet($2))
		SELECT (SELECT count(*) FROM (SELECT * FROM later EXCEPT ALL SELECT * FROM earlier)),
			(SELECT count(*) FROM (SELECT * FROM earlier EXCEPT ALL SELECT * FROM later))`
	if err := opened.QueryRowContext(ctx, query, earlier, later).Scan(&added, &gone); err != nil {
		return 0, 0, fmt.Errorf("compare %s with %s: %w", later, earlier, err)
	}
	return added, gone, nil
}
