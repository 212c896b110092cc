package lake

import (
	"context"
	"fmt"
	"path/filepath"
)

// WriteQuery runs a read-only query as [DB.Query] does and writes all of its rows
// to a Parquet file that is not there yet, in a directory that is. The query can't
// read that file. Limit is of no effect.
func (db *DB) WriteQuery(ctx context.Context, request QueryRequest, path string) error {
	query, err := singleQuery(request.SQL)
	if err != nil {
		return err
	}
	if path, err = filepath.Abs(path); err != nil {
		return fmt.Errorf("write query: %w", err)
	}
	opened, err := db.options.open()
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }()
	conn, err := opened.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect to DuckDB: %w", err)
	}
	defer func() { _ = conn.Close() }()
	request.output = path
	tables, err := request.seal(ctx, conn)
	if err != nil {
		return err
	}
	// COPY would take statements that change something too.
	if _, err := prepareQuery(ctx, conn, query); err != nil {
		return naming(tables, err)
	}
	statement := "COPY (\n" + query + "\n) TO " + quoteText(path) + " (FORMAT parquet, COMPRESSION snappy)" //nolint:gosec // it is one query, in a sealed database
	if _, err := conn.ExecContext(ctx, statement); err != nil {
		return queryError(err)
	}
	return nil
}
