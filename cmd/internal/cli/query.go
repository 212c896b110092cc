package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/scrub"
)

// queryOptions are those of the verb query.
type queryOptions struct {
	app   *app
	sql   string
	limit int
}

func newQuery(a *app) *cobra.Command {
	opts := queryOptions{app: a}
	cmd := &cobra.Command{
		Use:   "query SQL",
		Short: "Query the forecasts and the sources",
		Long: `Run a read-only SQL query. The target table is there under its name, with the
current generation of each date, and so are the source views of the project.
SQL - reads the query from standard input.`,
		Example: `  daybatch query "SELECT made_for, sum(yhat) FROM demand_forecast GROUP BY ALL ORDER BY 1"
  daybatch query - -o csv < report.sql`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.sql = args[0]
			return runQuery(cmd.Context(), opts)
		},
	}
	cmd.Flags().IntVar(&opts.limit, "limit", 1000, "most rows to show")
	return cmd
}

func runQuery(ctx context.Context, opts queryOptions) error {
	if opts.limit < 1 {
		return usagef("--limit %d: give a number of rows", opts.limit)
	}
	if opts.sql == "-" {
		text, err := io.ReadAll(opts.app.env.Stdin)
		if err != nil {
			return fmt.Errorf("read query: %w", err)
		}
		opts.sql = string(text)
	}
	if strings.TrimSpace(opts.sql) == "" {
		return usagef("the query is empty")
	}
	return opts.app.with(ctx, reading, func(s *session) error {
		table, err := s.engine.Query(ctx, forecast.TableQuery{SQL: opts.sql, Limit: opts.limit})
		if err != nil {
			return err //nolint:wrapcheck // it says that it is about the query
		}
		return opts.app.print(tableListing(table, opts.limit))
	})
}

func tableListing(t forecast.Table, limit int) listing {
	l := listing{empty: "no rows"}
	for _, column := range t.Columns {
		title := column.Name
		if numeric(column.Type) {
			title += " "
		}
		l.header = append(l.header, scrub.Text(title))
		l.fields = append(l.fields, column.Name)
	}
	items := make([]rowItem, 0, len(t.Rows))
	for _, cells := range t.Rows {
		row, record := make([]string, len(cells)), make([]string, len(cells))
		for i, cell := range cells {
			record[i] = cellText(cell)
			row[i] = scrub.Text(record[i])
		}
		l.rows = append(l.rows, row)
		l.records = append(l.records, record)
		items = append(items, rowItem{t.Columns, cells})
	}
	l.items = items
	if t.Truncated {
		l.warnings = append(l.warnings, fmt.Sprintf("only the first %s are shown; raise --limit for more", count(limit, "row")))
	}
	return l
}

func numeric(kind string) bool {
	for _, word := range []string{"INT", "DOUBLE", "FLOAT", "DECIMAL", "REAL"} {
		if strings.Contains(strings.ToUpper(kind), word) {
			return true
		}
	}
	return false
}

// rowItem is a row as a JSON object with a field for each column.
type rowItem struct {
	columns []forecast.Column
	cells   []any
}

// MarshalJSON implements [json.Marshaler].
func (r rowItem) MarshalJSON() ([]byte, error) {
	return object(len(r.columns), func(i int) (string, any) { return r.columns[i].Name, r.cells[i] })
}

var _ json.Marshaler = rowItem{}

// cellText shows a cell; NULL is empty.
func cellText(cell any) string {
	switch v := cell.(type) {
	case nil:
		return ""
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return exact(v)
	case string:
		return v
	case calendar.Date:
		return v.String()
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	default:
		return fmt.Sprint(v)
	}
}
