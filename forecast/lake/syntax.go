package lake

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
)

// Flaw is where a query breaks the syntax.
type Flaw struct {
	At   int    // byte of the query
	Text string // what DuckDB says
}

// Syntax looks at the syntax of a query without executing it: whether it can be read,
// and where not. Tables need not be there, parameters no values.
func (db *DB) Syntax(ctx context.Context, query string) (flaw Flaw, wrong bool, err error) {
	conn, err := db.connect(ctx)
	if err != nil {
		return Flaw{}, false, err
	}
	defer func() { _ = conn.Close() }()
	var answer string
	if err := conn.QueryRowContext(ctx, "SELECT json_serialize_sql(CAST(? AS VARCHAR))::VARCHAR", query).Scan(&answer); err != nil {
		return Flaw{}, false, fmt.Errorf("read the syntax of a query: %w", err)
	}
	var said struct {
		Error    bool   `json:"error"`
		Type     string `json:"error_type"`
		Message  string `json:"error_message"`
		Position string `json:"position"`
	}
	if err := json.Unmarshal([]byte(answer), &said); err != nil {
		return Flaw{}, false, fmt.Errorf("read the syntax of a query: %w", err)
	}
	if !said.Error || said.Type != "parser" { // what is no SELECT can't be told in this way
		return Flaw{}, false, nil
	}
	at, err := strconv.Atoi(said.Position)
	if err != nil || at > len(query) {
		at = len(query)
	}
	return Flaw{At: at, Text: said.Message}, true, nil
}
