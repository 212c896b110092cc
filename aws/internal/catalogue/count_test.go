package catalogue_test

import (
	"errors"
	"slices"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/daybatch/daybatch/aws/internal/catalogue"
	"github.com/daybatch/daybatch/forecast"
)

// Count asks the query with its whole window for the rows of the last date.
func TestCount(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]int64{"7": 7, "0": 0, "": -1, "many": -1} {
		var in *athena.StartQueryExecutionInput
		f := &fakeAthena{
			start: func(i *athena.StartQueryExecutionInput) error { in = i; return nil },
			look:  states(types.QueryExecutionStateSucceeded),
			results: func(*athena.GetQueryResultsInput) (*athena.GetQueryResultsOutput, error) {
				row := func(text string) types.Row { return types.Row{Data: []types.Datum{{VarCharValue: &text}}} }
				rows := []types.Row{row("found"), row(cell)}
				return &athena.GetQueryResultsOutput{ResultSet: &types.ResultSet{
					ResultSetMetadata: &types.ResultSetMetadata{ColumnInfo: []types.ColumnInfo{{Name: awssdk.String("found"), Type: awssdk.String("bigint")}}},
					Rows:              rows[:min(2, 1+len(cell))],
				}}, nil
			},
		}
		n, err := newAthena(f).Count(t.Context(), catalogue.CountRequest{Query: request().Query, Window: request().Window, Column: `d"s`})
		if want < 0 && !errors.Is(err, forecast.ErrUnavailable) || want >= 0 && (err != nil || n != want) {
			t.Errorf("Count of %q = %d, %v; want %d", cell, n, err, want)
		}
		const query = "SELECT count(*) AS found FROM (\nSELECT * FROM orders WHERE ds BETWEEN ? AND ? -- all\n) AS counted WHERE CAST(\"d\"\"s\" AS date) = DATE '2026-01-15'"
		if *in.QueryString != query || !slices.Equal(in.ExecutionParameters, []string{"DATE '2026-01-01'", "DATE '2026-01-15'"}) {
			t.Errorf("query = %s with %q; want %s", *in.QueryString, in.ExecutionParameters, query)
		}
	}
}
