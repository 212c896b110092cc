package lake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/lake/sqltext"
)

// preparedQuery is what DuckDB tells of a query before it runs.
type preparedQuery struct {
	columns    []string
	parameters int
}

// prepareQuery prepares a single statement. A statement that DuckDB's parser does not take for a query wraps
// forecast.ErrInvalid. Nothing of it is executed, but the types that a PIVOT
// needs are made.
func prepareQuery(ctx context.Context, conn *sql.Conn, query string) (preparedQuery, error) {
	if word := firstWord(query); !isQueryWord(word) {
		return preparedQuery{}, fmt.Errorf("%w: %s is no query: only SELECT, WITH, FROM, VALUES, TABLE, PIVOT, DESCRIBE, SHOW, SUMMARIZE and EXPLAIN are allowed", forecast.ErrInvalid, word)
	}
	var found preparedQuery
	err := conn.Raw(func(raw any) error {
		duck, ok := raw.(*duckdb.Conn)
		if !ok {
			return fmt.Errorf("connection is a %T", raw)
		}
		prepared, err := duck.PrepareContext(ctx, query)
		if err != nil {
			return err //nolint:wrapcheck // the caller says which query it is
		}
		statement, ok := prepared.(*duckdb.Stmt)
		if !ok {
			return errors.Join(fmt.Errorf("statement is a %T", prepared), prepared.Close())
		}
		found.parameters = statement.NumInput()
		found.columns, err = queryColumns(statement)
		return errors.Join(err, statement.Close())
	})
	return found, err //nolint:wrapcheck // as above
}

// queryColumns returns the columns of a statement that only reads.
func queryColumns(statement *duckdb.Stmt) ([]string, error) {
	kind, err := statement.StatementType()
	if err != nil {
		return nil, err //nolint:wrapcheck // the caller says which query it is
	}
	if kind != duckdb.STATEMENT_TYPE_SELECT && kind != duckdb.STATEMENT_TYPE_EXPLAIN {
		return nil, fmt.Errorf("%w: the statement is no query, it would change something", forecast.ErrInvalid)
	}
	count, err := statement.ColumnCount()
	if err != nil {
		return nil, err //nolint:wrapcheck // as above
	}
	columns := make([]string, count)
	for i := range columns {
		if columns[i], err = statement.ColumnName(i); err != nil {
			return nil, err //nolint:wrapcheck // as above
		}
	}
	return columns, nil
}

// firstWord returns the first word of a statement in capitals, or its first
// character if that is no word.
func firstWord(statement string) string {
	for _, token := range sqltext.Scan(statement) {
		if token.Kind != sqltext.Space {
			return strings.ToUpper(token.Text)
		}
	}
	return ""
}

// isQueryWord reports whether a statement that starts with the word can be a
// query. Some that can't be are executed when they are only prepared.
func isQueryWord(word string) bool {
	switch word {
	case "SELECT", "WITH", "FROM", "VALUES", "TABLE", "PIVOT", "UNPIVOT", "PIVOT_WIDER", "PIVOT_LONGER",
		"DESCRIBE", "DESC", "SHOW", "SUMMARIZE", "EXPLAIN", "(":
		return true
	}
	return false
}
