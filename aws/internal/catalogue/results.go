package catalogue

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/daybatch/daybatch/aws/internal/cloud"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

const (
	// defaultLimit is the number of rows of a query without a limit.
	defaultLimit = 1000
	// resultPage is how many rows a call returns at most.
	resultPage = 1000
)

// results reads the rows of a query that succeeded, at most limit.
func (a *Athena) results(ctx context.Context, done *types.QueryExecution, limit int) (forecast.Table, error) {
	in := &athena.GetQueryResultsInput{QueryExecutionId: done.QueryExecutionId, MaxResults: awssdk.Int32(resultPage)}
	// The names of the columns are the first row of a SELECT's result, but not of
	// SHOW's and DESCRIBE's.
	header := done.StatementType == types.StatementTypeDml
	var table forecast.Table
	for {
		out, err := a.api.GetQueryResults(ctx, in)
		if err != nil {
			return forecast.Table{}, fmt.Errorf("read the rows of query %s: %w", awssdk.ToString(done.QueryExecutionId), cloud.Error(err))
		}
		if out.ResultSet == nil {
			return table, nil
		}
		if table.Columns == nil {
			table.Columns = columnsOf(out.ResultSet.ResultSetMetadata)
		}
		for _, row := range out.ResultSet.Rows {
			switch {
			case header:
				header = false
			case len(table.Rows) == limit:
				table.Truncated = true
				return table, nil
			default:
				table.Rows = append(table.Rows, cellsOf(table.Columns, row))
			}
		}
		if in.NextToken = out.NextToken; awssdk.ToString(out.NextToken) == "" {
			return table, nil
		}
	}
}

func columnsOf(metadata *types.ResultSetMetadata) []forecast.Column {
	if metadata == nil {
		return nil
	}
	columns := make([]forecast.Column, len(metadata.ColumnInfo))
	for i, info := range metadata.ColumnInfo {
		columns[i] = forecast.Column{Name: awssdk.ToString(info.Name), Type: awssdk.ToString(info.Type)}
	}
	return columns
}

// cellsOf returns the cells of a row by the types of their columns. Those of
// DESCRIBE come as one text for several columns: the others are nil.
func cellsOf(columns []forecast.Column, row types.Row) []any {
	cells := make([]any, max(len(columns), len(row.Data)))
	for i, datum := range row.Data {
		if datum.VarCharValue == nil {
			continue
		}
		kind := ""
		if i < len(columns) {
			kind = columns[i].Type
		}
		cells[i] = cellOf(kind, *datum.VarCharValue)
	}
	return cells
}

// cellOf returns a value of a type; as it is written if it can't be read.
func cellOf(kind, text string) any {
	value, err := parseCell(kind, text)
	if err != nil {
		return text
	}
	return value
}

func parseCell(kind, text string) (any, error) {
	kind, _, _ = strings.Cut(strings.ToLower(kind), "(")
	switch kind {
	case "boolean":
		return strconv.ParseBool(text) //nolint:wrapcheck // only whether it is one matters
	case "tinyint", "smallint", "integer", "int", "bigint":
		return strconv.ParseInt(text, 10, 64) //nolint:wrapcheck // as above
	case "float", "real", "double", "decimal":
		return strconv.ParseFloat(text, 64) //nolint:wrapcheck // as above
	case "date":
		return calendar.Parse(text) //nolint:wrapcheck // as above
	case "timestamp":
		return time.Parse("2006-01-02 15:04:05", text) //nolint:wrapcheck // as above; a fraction is read too
	case "timestamp with time zone":
		return parseZoned(text)
	default:
		return text, nil
	}
}

// parseZoned reads 2026-01-15 06:00:00.000 Asia/Tokyo.
func parseZoned(text string) (time.Time, error) {
	at := strings.LastIndexByte(text, ' ')
	if at < 0 {
		return time.Time{}, fmt.Errorf("read time %q: it has no zone", text)
	}
	zone, err := time.LoadLocation(text[at+1:])
	if err != nil {
		return time.Time{}, err //nolint:wrapcheck // only whether it is one matters
	}
	return time.ParseInLocation("2006-01-02 15:04:05", text[:at], zone) //nolint:wrapcheck // as above
}
