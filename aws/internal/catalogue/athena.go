package catalogue

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"
	"github.com/aws/smithy-go"

	"github.com/daybatch/daybatch/aws/internal/cloud"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// athenaAPI are the calls about queries.
type athenaAPI interface {
	StartQueryExecution(ctx context.Context, in *athena.StartQueryExecutionInput, options ...func(*athena.Options)) (*athena.StartQueryExecutionOutput, error)
	GetQueryExecution(ctx context.Context, in *athena.GetQueryExecutionInput, options ...func(*athena.Options)) (*athena.GetQueryExecutionOutput, error)
	StopQueryExecution(ctx context.Context, in *athena.StopQueryExecutionInput, options ...func(*athena.Options)) (*athena.StopQueryExecutionOutput, error)
	GetQueryResults(ctx context.Context, in *athena.GetQueryResultsInput, options ...func(*athena.Options)) (*athena.GetQueryResultsOutput, error)
}

// AthenaOptions say how queries are run.
type AthenaOptions struct {
	Database  string
	Workgroup string // empty: the account's primary one
	// Results is where Athena writes results, s3://..., unless the workgroup says
	// where; empty: it does.
	Results string
	// Sleep waits between two looks at a query.
	Sleep func(ctx context.Context, wait time.Duration) error
	// NewID returns an id that nobody else has used.
	NewID func() string
}

// Athena runs queries. NewAthena makes one.
type Athena struct {
	api     athenaAPI
	options AthenaOptions
}

// NewAthena returns what runs queries by Athena.
func NewAthena(api athenaAPI, options AthenaOptions) *Athena {
	return &Athena{api: api, options: options}
}

const (
	firstPoll = 200 * time.Millisecond
	mostPoll  = 2 * time.Second
	// stopTime is how long it may take to tell Athena that nobody waits any more.
	stopTime = 5 * time.Second
)

// QueryError says that Athena could not read or carry out a query. It wraps
// forecast.ErrInvalid if the query is at fault, forecast.ErrUnavailable if the
// service is.
type QueryError struct {
	ID    string // of Athena; empty: it could not be read
	State string // FAILED or CANCELLED
	Text  string // Athena's reason
	kind  error
}

// Error returns Athena's reason.
func (e *QueryError) Error() string {
	if e.ID == "" {
		return e.Text
	}
	return e.Text + " (query " + e.ID + ")"
}

// Unwrap returns the kind of failure, nil if it is unknown.
func (e *QueryError) Unwrap() error { return e.kind }

// UnloadRequest asks for the rows of a project's query.
type UnloadRequest struct {
	Query  string         // with {{.Date}} and {{.From}}
	Window calendar.Range // their values: To and From
	// Location is where the files are written, s3://.../; nothing may be there.
	Location string
}

// Unload writes the rows of a query as Parquet files. A query that failed may
// leave files behind.
func (a *Athena) Unload(ctx context.Context, request UnloadRequest) error {
	bound, err := bind(request.Query, request.Window)
	if err != nil {
		return err
	}
	// The line break ends a comment at the query's end.
	statement := "UNLOAD (\n" + bound.sql + "\n) TO '" + strings.ReplaceAll(request.Location, "'", "''") + "' WITH (format = 'PARQUET', compression = 'SNAPPY')"
	_, err = a.run(ctx, bound, statement, token("unload", statement))
	if err != nil {
		return fmt.Errorf("unload the query's rows: %w", err)
	}
	return nil
}

// Query runs a read-only query. A statement that would change something wraps
// forecast.ErrInvalid.
func (a *Athena) Query(ctx context.Context, query forecast.TableQuery) (forecast.Table, error) {
	read, err := readOnly(query.SQL)
	if err != nil {
		return forecast.Table{}, err
	}
	done, err := a.run(ctx, read, read.sql, token("query", read.sql, a.options.NewID()))
	if err != nil {
		return forecast.Table{}, fmt.Errorf("query: %w", err)
	}
	limit := query.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	return a.results(ctx, done, limit)
}

// CountRequest says which rows of a query are counted.
type CountRequest struct {
	Query  string
	Window calendar.Range // as of an UnloadRequest; its last date is the one whose rows are counted
	Column string         // of dates, or of what can be cast to one
}

// Count counts the rows of a date among those that a query returns. It is asked with
// the window that an Unload has: a query that looks back, by a window function or a
// join, has rows of the date only then.
func (a *Athena) Count(ctx context.Context, request CountRequest) (int64, error) {
	date := request.Window.To
	bound, err := bind(request.Query, request.Window)
	if err != nil {
		return 0, err
	}
	column := `"` + strings.ReplaceAll(request.Column, `"`, `""`) + `"`
	statement := "SELECT count(*) AS found FROM (\n" + bound.sql + "\n) AS counted WHERE CAST(" + column + " AS date) = DATE '" + date.String() + "'"
	done, err := a.run(ctx, bound, statement, token("count", statement, a.options.NewID()))
	if err != nil {
		return 0, fmt.Errorf("count the query's rows of %s: %w", date, err)
	}
	table, err := a.results(ctx, done, 1)
	if err != nil {
		return 0, err
	}
	if len(table.Rows) != 1 || len(table.Rows[0]) == 0 {
		return 0, fmt.Errorf("count the query's rows of %s: %w: Athena returned no count", date, forecast.ErrUnavailable)
	}
	n, ok := table.Rows[0][0].(int64)
	if !ok {
		return 0, fmt.Errorf("count the query's rows of %s: %w: Athena counted %v", date, forecast.ErrUnavailable, table.Rows[0][0])
	}
	return n, nil
}

// token returns a client token: the same for the same request.
func token(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return "daybatch-" + parts[0] + "-" + hex.EncodeToString(sum[:16])
}

// run starts a statement that was made of a query and waits for its end. If ctx ends
// first it is stopped. What Athena complains about is shown in the query.
func (a *Athena) run(ctx context.Context, query boundQuery, statement, token string) (*types.QueryExecution, error) {
	done, err := a.carryOut(ctx, statement, query.values, token)
	if failed, ok := errors.AsType[*QueryError](err); ok {
		failed.Text = query.explain(failed.Text, statement)
	}
	return done, err
}

func (a *Athena) carryOut(ctx context.Context, statement string, values []string, token string) (*types.QueryExecution, error) {
	in := &athena.StartQueryExecutionInput{
		QueryString: &statement, ClientRequestToken: &token, ExecutionParameters: values,
		QueryExecutionContext: &types.QueryExecutionContext{Database: &a.options.Database},
	}
	if a.options.Workgroup != "" {
		in.WorkGroup = &a.options.Workgroup
	}
	if a.options.Results != "" {
		in.ResultConfiguration = &types.ResultConfiguration{OutputLocation: &a.options.Results}
	}
	started, err := a.api.StartQueryExecution(ctx, in)
	if err != nil {
		return nil, startError(err)
	}
	id := awssdk.ToString(started.QueryExecutionId)
	done, err := a.wait(ctx, id)
	if _, ended := errors.AsType[*QueryError](err); err != nil && !ended {
		a.stop(ctx, id)
	}
	if err != nil && ctx.Err() != nil {
		return nil, context.Cause(ctx) //nolint:wrapcheck // the caller's own
	}
	return done, err
}

// startError tells a statement that can't be read, which is at fault, from other
// requests that Athena refuses: they have the same code.
func startError(err error) error {
	said, ok := errors.AsType[smithy.APIError](err)
	if ok && said.ErrorCode() == "InvalidRequestException" && regexp.MustCompile(`^line \d+:\d+`).MatchString(said.ErrorMessage()) {
		return &QueryError{State: string(types.QueryExecutionStateFailed), Text: said.ErrorMessage(), kind: forecast.ErrInvalid}
	}
	return fmt.Errorf("start it: %w", cloud.Error(err))
}

// stop tells Athena that nobody waits for a query any more. If that fails, the
// query runs to its end for nobody, which costs money and does no harm.
func (a *Athena) stop(ctx context.Context, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	_, _ = a.api.StopQueryExecution(ctx, &athena.StopQueryExecutionInput{QueryExecutionId: &id})
}

// wait looks at a query until it has ended. It may go back from running to
// queued.
func (a *Athena) wait(ctx context.Context, id string) (*types.QueryExecution, error) {
	for pause := firstPoll; ; pause = min(2*pause, mostPoll) {
		out, err := a.api.GetQueryExecution(ctx, &athena.GetQueryExecutionInput{QueryExecutionId: &id})
		if err != nil && !cloud.Throttled(err) {
			return nil, fmt.Errorf("look at query %s: %w", id, cloud.Error(err))
		}
		if err == nil && out.QueryExecution != nil && out.QueryExecution.Status != nil {
			switch status := out.QueryExecution.Status; status.State {
			case types.QueryExecutionStateSucceeded:
				return out.QueryExecution, nil
			case types.QueryExecutionStateFailed, types.QueryExecutionStateCancelled:
				return nil, queryError(id, status)
			default:
			}
		}
		if err := a.options.Sleep(ctx, pause); err != nil {
			return nil, err
		}
	}
}

// Categories of Athena's errors.
const (
	systemError = 1
	userError   = 2
)

func queryError(id string, status *types.QueryExecutionStatus) error {
	failed := &QueryError{ID: id, State: string(status.State), Text: awssdk.ToString(status.StateChangeReason)}
	detail := status.AthenaError
	if failed.Text == "" && detail != nil {
		failed.Text = awssdk.ToString(detail.ErrorMessage)
	}
	if failed.Text == "" {
		failed.Text = "Athena gave no reason"
	}
	if failed.State == string(types.QueryExecutionStateCancelled) {
		failed.Text = "it was cancelled: " + failed.Text
	}
	switch {
	case detail == nil:
	case detail.Retryable, awssdk.ToInt32(detail.ErrorCategory) == systemError:
		failed.kind = forecast.ErrUnavailable
	case awssdk.ToInt32(detail.ErrorCategory) == userError:
		failed.kind = forecast.ErrInvalid
	}
	return failed
}
