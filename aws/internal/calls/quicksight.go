package calls

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/quicksight"
)

// QuickSight are the calls of QuickSight that the program makes. OfQuickSight takes them from a client.
type QuickSight struct {
	createIngestion call[quicksight.CreateIngestionInput, quicksight.CreateIngestionOutput, quicksight.Options]
	listIngestions  call[quicksight.ListIngestionsInput, quicksight.ListIngestionsOutput, quicksight.Options]
}

// OfQuickSight returns the calls of a client.
func OfQuickSight(client *quicksight.Client) *QuickSight {
	return &QuickSight{
		createIngestion: client.CreateIngestion,
		listIngestions:  client.ListIngestions,
	}
}

// CreateIngestion begins to read a data set afresh.
func (c *QuickSight) CreateIngestion(ctx context.Context, in *quicksight.CreateIngestionInput, options ...func(*quicksight.Options)) (*quicksight.CreateIngestionOutput, error) {
	return c.createIngestion(ctx, in, options...)
}

// ListIngestions lists how often that was done, and how it went.
func (c *QuickSight) ListIngestions(ctx context.Context, in *quicksight.ListIngestionsInput, options ...func(*quicksight.Options)) (*quicksight.ListIngestionsOutput, error) {
	return c.listIngestions(ctx, in, options...)
}
