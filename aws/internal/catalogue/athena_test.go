package catalogue_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/internal/catalogue"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// fakeAthena has a function for each call; one that is not set panics.
type fakeAthena struct {
	start   func(*athena.StartQueryExecutionInput) error
	look    func(n int) (types.QueryExecution, error)
	results func(*athena.GetQueryResultsInput) (*athena.GetQueryResultsOutput, error)
	looks   int
	stopped []string
}

func (f *fakeAthena) StartQueryExecution(_ context.Context, in *athena.StartQueryExecutionInput, _ ...func(*athena.Options)) (*athena.StartQueryExecutionOutput, error) {
	if f.start != nil {
		if err := f.start(in); err != nil {
			return nil, err
		}
	}
	return &athena.StartQueryExecutionOutput{QueryExecutionId: awssdk.String("q1")}, nil
}

func (f *fakeAthena) GetQueryExecution(_ context.Context, in *athena.GetQueryExecutionInput, _ ...func(*athena.Options)) (*athena.GetQueryExecutionOutput, error) {
	f.looks++
	q, err := f.look(f.looks)
	if err != nil {
		return nil, err
	}
	q.QueryExecutionId = in.QueryExecutionId
	return &athena.GetQueryExecutionOutput{QueryExecution: &q}, nil
}

func (f *fakeAthena) StopQueryExecution(ctx context.Context, in *athena.StopQueryExecutionInput, _ ...func(*athena.Options)) (*athena.StopQueryExecutionOutput, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	f.stopped = append(f.stopped, *in.QueryExecutionId)
	return &athena.StopQueryExecutionOutput{}, nil
}

func (f *fakeAthena) GetQueryResults(_ context.Context, in *athena.GetQueryResultsInput, _ ...func(*athena.Options)) (*athena.GetQueryResultsOutput, error) {
	return f.results(in)
}

func state(s types.QueryExecutionState) types.QueryExecution {
	return types.QueryExecution{Status: &types.QueryExecutionStatus{State: s}, StatementType: types.StatementTypeDml}
}

// states looks like each of the states in turn.
func states(all ...types.QueryExecutionState) func(int) (types.QueryExecution, error) {
	return func(n int) (types.QueryExecution, error) { return state(all[min(n, len(all))-1]), nil }
}

func newAthena(f *fakeAthena) *catalogue.Athena {
	return catalogue.NewAthena(f, catalogue.AthenaOptions{
		Database: "lake", Workgroup: "team", Results: "s3://b/p/athena/", NewID: func() string { return "id" },
		Sleep: func(ctx context.Context, _ time.Duration) error { return context.Cause(ctx) },
	})
}

func request() catalogue.UnloadRequest {
	to := calendar.Of(2026, time.January, 15)
	return catalogue.UnloadRequest{
		Query: "SELECT * FROM orders WHERE ds BETWEEN {{.From}} AND {{.Date}} -- all", Window: calendar.Range{From: to - 14, To: to}, Location: "s3://b/it's/x/",
	}
}

func TestUnload(t *testing.T) {
	t.Parallel()
	var in *athena.StartQueryExecutionInput
	f := &fakeAthena{
		start: func(i *athena.StartQueryExecutionInput) error { in = i; return nil },
		look:  states(types.QueryExecutionStateQueued, types.QueryExecutionStateRunning, types.QueryExecutionStateQueued, types.QueryExecutionStateSucceeded),
	}
	if err := newAthena(f).Unload(t.Context(), request()); err != nil || f.looks != 4 {
		t.Fatalf("Unload = %v after %d looks", err, f.looks)
	}
	want := "UNLOAD (\nSELECT * FROM orders WHERE ds BETWEEN ? AND ? -- all\n) TO 's3://b/it''s/x/' WITH (format = 'PARQUET', compression = 'SNAPPY')"
	if *in.QueryString != want {
		t.Errorf("query = %s; want %s", *in.QueryString, want)
	}
	if diff := cmp.Diff([]string{"DATE '2026-01-01'", "DATE '2026-01-15'"}, in.ExecutionParameters); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if n := len(*in.ClientRequestToken); n < 32 || n > 128 || *in.QueryExecutionContext.Database != "lake" || *in.WorkGroup != "team" ||
		*in.ResultConfiguration.OutputLocation != "s3://b/p/athena/" {
		t.Errorf("request = %+v with a token of %d characters", in, n)
	}
}

// TestPlaces has Athena complain about places in what it was sent, which are told as
// those of what a person wrote.
func TestPlaces(t *testing.T) {
	t.Parallel()
	refused := func(code, message string) *fakeAthena {
		return &fakeAthena{start: func(*athena.StartQueryExecutionInput) error {
			return &types.InvalidRequestException{Message: &message, ErrorCodeOverride: &code}
		}}
	}
	const query = "\n-- of the day\nSELECT a, b\nFROM orders WHERE ds BETWEEN {{.From}} AND {{.Date}} GRUP BY 1\n"
	unload := func(a *catalogue.Athena) error {
		r := request()
		r.Query = query
		return a.Unload(t.Context(), r)
	}
	ask := func(a *catalogue.Athena) error {
		_, err := a.Query(t.Context(), forecast.TableQuery{SQL: "  SELECT *\n FORM t;"})
		return err
	}
	failing := &fakeAthena{look: func(int) (types.QueryExecution, error) {
		q, category := state(types.QueryExecutionStateFailed), int32(2)
		q.Status.StateChangeReason = awssdk.String("COLUMN_NOT_FOUND: line 3:8: Column 'a' cannot be resolved")
		q.Status.AthenaError = &types.AthenaError{ErrorCategory: &category}
		return q, nil
	}}
	for name, tt := range map[string]struct {
		fake *fakeAthena
		run  func(*catalogue.Athena) error
		want string
	}{
		"after two parameters": {refused("InvalidRequestException", "line 4:38: mismatched input 'GRUP'. Expecting: ','"), unload, "line 4, column 54: mismatched input 'GRUP'"},
		"a parameter":          {refused("InvalidRequestException", "line 4:30: mismatched input '?'"), unload, "line 4, column 30: "},
		"before the query":     {refused("InvalidRequestException", "line 1:1: mismatched input 'UNLOAD'"), unload, "line 2, column 1: "},
		"after the query":      {refused("InvalidRequestException", "line 5:2: mismatched input ')'"), unload, "line 5, column 1: "},
		"what can't be made":   {failing, unload, "COLUMN_NOT_FOUND: line 3, column 8: Column 'a'"},
		"a question":           {refused("InvalidRequestException", "line 2:2: mismatched input 'FORM'"), ask, "line 2, column 2: mismatched input 'FORM'"},
		"its first line":       {refused("InvalidRequestException", "line 1:8: mismatched input '*'"), ask, "line 1, column 10: "},
		"no place":             {refused("InvalidRequestException", "WorkGroup team is not found."), ask, "WorkGroup team is not found."},
	} {
		err := tt.run(newAthena(tt.fake))
		if !errors.Is(err, forecast.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v; want one that wraps ErrInvalid and says %s", name, err, tt.want)
		}
	}
}

func TestUnloadFails(t *testing.T) {
	t.Parallel()
	throttled := &smithy.GenericAPIError{Code: "TooManyRequestsException"}
	failed := func(category int32, retryable bool) types.QueryExecution {
		q := state(types.QueryExecutionStateFailed)
		q.Status.StateChangeReason = awssdk.String("line 1:8: Column 'x' cannot be resolved")
		q.Status.AthenaError = &types.AthenaError{ErrorCategory: &category, Retryable: retryable}
		return q
	}
	one := func(q types.QueryExecution) func(int) (types.QueryExecution, error) {
		return func(int) (types.QueryExecution, error) { return q, nil }
	}
	for name, tt := range map[string]struct {
		fake fakeAthena
		kind error
		stop bool
	}{
		"too many queries": {fakeAthena{start: func(*athena.StartQueryExecutionInput) error { return throttled }}, forecast.ErrUnavailable, false},
		"system":           {fakeAthena{look: one(failed(1, false))}, forecast.ErrUnavailable, false},
		"user":             {fakeAthena{look: one(failed(2, false))}, forecast.ErrInvalid, false},
		"retryable":        {fakeAthena{look: one(failed(3, true))}, forecast.ErrUnavailable, false},
		"other":            {fakeAthena{look: one(failed(3, false))}, nil, false},
		"cancelled":        {fakeAthena{look: one(state(types.QueryExecutionStateCancelled))}, nil, false},
		"no permission": {fakeAthena{look: func(int) (types.QueryExecution, error) {
			return types.QueryExecution{}, &smithy.GenericAPIError{Code: "AccessDeniedException"}
		}}, forecast.ErrUnauthorised, true},
	} {
		err := newAthena(&tt.fake).Unload(t.Context(), request())
		if err == nil || tt.kind != nil && !errors.Is(err, tt.kind) || tt.stop != (len(tt.fake.stopped) == 1) {
			t.Errorf("%s: Unload = %v, stopped %q; want %v", name, err, tt.fake.stopped, tt.kind)
		}
		if tt.kind == nil && (errors.Is(err, forecast.ErrInvalid) || errors.Is(err, forecast.ErrUnavailable)) {
			t.Errorf("%s: Unload = %v; want no kind", name, err)
		}
	}
	// Throttled looks are only looks.
	f := &fakeAthena{look: func(n int) (types.QueryExecution, error) {
		if n < 3 {
			return types.QueryExecution{}, throttled
		}
		return state(types.QueryExecutionStateSucceeded), nil
	}}
	if err := newAthena(f).Unload(t.Context(), request()); err != nil {
		t.Errorf("Unload = %v", err)
	}
}

// Whoever gives up waiting ends the query too.
func TestCancelledQueryIsStopped(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	f := &fakeAthena{look: func(n int) (types.QueryExecution, error) {
		if n == 2 {
			cancel(why)
		}
		return state(types.QueryExecutionStateRunning), nil
	}}
	if err := newAthena(f).Unload(ctx, request()); !errors.Is(err, why) || len(f.stopped) != 1 {
		t.Errorf("Unload = %v, stopped %q; want the cause, and the query stopped", err, f.stopped)
	}
}

func row(cells ...string) types.Row {
	var r types.Row
	for _, cell := range cells {
		datum := types.Datum{VarCharValue: &cell}
		if cell == "NULL" {
			datum.VarCharValue = nil
		}
		r.Data = append(r.Data, datum)
	}
	return r
}

func columns(pairs ...string) *types.ResultSetMetadata {
	m := &types.ResultSetMetadata{}
	for i := 0; i < len(pairs); i += 2 {
		m.ColumnInfo = append(m.ColumnInfo, types.ColumnInfo{Name: &pairs[i], Type: &pairs[i+1]})
	}
	return m
}

func TestQuery(t *testing.T) {
	t.Parallel()
	pages := map[string]*athena.GetQueryResultsOutput{
		"": {NextToken: awssdk.String("2"), ResultSet: &types.ResultSet{
			ResultSetMetadata: columns("a", "bigint", "b", "double", "c", "boolean", "d", "date", "e", "timestamp", "f", "varchar", "g", "decimal(10,2)",
				"h", "timestamp with time zone", "i", "array(bigint)"),
			Rows: []types.Row{
				row("a", "b", "c", "d", "e", "f", "g", "h", "i"),
				row("1", "0.5", "true", "2026-01-15", "2026-01-15 06:00:00.250", "x", "1.25", "2026-01-15 06:00:00.000 Asia/Tokyo", "[1, 2]"),
			},
		}},
		"2": {ResultSet: &types.ResultSet{Rows: []types.Row{
			row("NULL", "NaN?", "NULL", "NULL", "NULL", "", "NULL", "NULL", "NULL"),
			row("3", "1", "false", "2026-01-16", "NULL", "y", "2", "NULL", "NULL"),
		}}},
	}
	f := &fakeAthena{
		look: states(types.QueryExecutionStateSucceeded),
		results: func(in *athena.GetQueryResultsInput) (*athena.GetQueryResultsOutput, error) {
			return pages[awssdk.ToString(in.NextToken)], nil
		},
	}
	got, err := newAthena(f).Query(t.Context(), forecast.TableQuery{SQL: "SELECT * FROM t;", Limit: 2})
	if err != nil {
		t.Fatalf("Query = %v", err)
	}
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	want := [][]any{
		{
			int64(1), 0.5, true, calendar.Of(2026, time.January, 15), time.Date(2026, time.January, 15, 6, 0, 0, 250e6, time.UTC), "x", 1.25,
			time.Date(2026, time.January, 15, 6, 0, 0, 0, tokyo), "[1, 2]",
		},
		{nil, "NaN?", nil, nil, nil, "", nil, nil, nil},
	}
	if diff := cmp.Diff(want, got.Rows); diff != "" || !got.Truncated || len(got.Columns) != 9 {
		t.Errorf("Query, truncated %t (-want +got):\n%s", got.Truncated, diff)
	}
}

// The result of SHOW has no row with the names of its columns.
func TestShow(t *testing.T) {
	t.Parallel()
	f := &fakeAthena{
		look: func(int) (types.QueryExecution, error) {
			q := state(types.QueryExecutionStateSucceeded)
			q.StatementType = types.StatementTypeUtility
			return q, nil
		},
		results: func(*athena.GetQueryResultsInput) (*athena.GetQueryResultsOutput, error) {
			return &athena.GetQueryResultsOutput{ResultSet: &types.ResultSet{ResultSetMetadata: columns("tab_name", "string"), Rows: []types.Row{row("orders")}}}, nil
		},
	}
	got, err := newAthena(f).Query(t.Context(), forecast.TableQuery{SQL: "SHOW TABLES"})
	if err != nil || len(got.Rows) != 1 || got.Rows[0][0] != "orders" || got.Truncated {
		t.Errorf("Query = %+v, %v", got, err)
	}
}

func TestQueryChangesNothing(t *testing.T) {
	t.Parallel()
	f := &fakeAthena{start: func(*athena.StartQueryExecutionInput) error { t.Error("it was started"); return nil }}
	if _, err := newAthena(f).Query(t.Context(), forecast.TableQuery{SQL: "DROP TABLE t"}); !errors.Is(err, forecast.ErrInvalid) || !strings.Contains(err.Error(), "DROP") {
		t.Errorf("Query = %v; want ErrInvalid", err)
	}
}
