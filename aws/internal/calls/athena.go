package calls

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/athena"
)

// Athena are the calls of Athena that the program makes. OfAthena takes them from a client.
type Athena struct {
	startQueryExecution call[athena.StartQueryExecutionInput, athena.StartQueryExecutionOutput, athena.Options]
	getQueryExecution   call[athena.GetQueryExecutionInput, athena.GetQueryExecutionOutput, athena.Options]
	getQueryResults     call[athena.GetQueryResultsInput, athena.GetQueryResultsOutput, athena.Options]
	stopQueryExecution  call[athena.StopQueryExecutionInput, athena.StopQueryExecutionOutput, athena.Options]
}

// OfAthena returns the calls of a client.
func OfAthena(client *athena.Client) *Athena {
	return &Athena{
		startQueryExecution: client.StartQueryExecution,
		getQueryExecution:   client.GetQueryExecution,
		getQueryResults:     client.GetQueryResults,
		stopQueryExecution:  client.StopQueryExecution,
	}
}

// StartQueryExecution starts a query.
func (c *Athena) StartQueryExecution(ctx context.Context, in *athena.StartQueryExecutionInput, options ...func(*athena.Options)) (*athena.StartQueryExecutionOutput, error) {
	return c.startQueryExecution(ctx, in, options...)
}

// GetQueryExecution reads how far a query is.
func (c *Athena) GetQueryExecution(ctx context.Context, in *athena.GetQueryExecutionInput, options ...func(*athena.Options)) (*athena.GetQueryExecutionOutput, error) {
	return c.getQueryExecution(ctx, in, options...)
}

// GetQueryResults reads what a query answered.
func (c *Athena) GetQueryResults(ctx context.Context, in *athena.GetQueryResultsInput, options ...func(*athena.Options)) (*athena.GetQueryResultsOutput, error) {
	return c.getQueryResults(ctx, in, options...)
}

// StopQueryExecution stops a query.
func (c *Athena) StopQueryExecution(ctx context.Context, in *athena.StopQueryExecutionInput, options ...func(*athena.Options)) (*athena.StopQueryExecutionOutput, error) {
	return c.stopQueryExecution(ctx, in, options...)
}
