package catalogue

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/quicksight/types"

	"github.com/daybatch/daybatch/aws/internal/cloud"
	"github.com/daybatch/daybatch/forecast"
)

// quicksightAPI is the call that refreshes a data set.
type quicksightAPI interface {
	CreateIngestion(ctx context.Context, in *quicksight.CreateIngestionInput, options ...func(*quicksight.Options)) (*quicksight.CreateIngestionOutput, error)
}

// Dashboard is a data set of QuickSight that is kept in SPICE. NewDashboard
// makes one.
type Dashboard struct {
	api              quicksightAPI
	account, dataSet string
}

// NewDashboard returns a data set of an account.
func NewDashboard(api quicksightAPI, account, dataSet string) *Dashboard {
	return &Dashboard{api: api, account: account, dataSet: dataSet}
}

// Refresh has the data set read afresh. The id says what for: a refresh that was
// asked for with the same id is not made again. One that the day's quota refuses
// wraps forecast.ErrUnavailable; to wait a little does not help.
func (d *Dashboard) Refresh(ctx context.Context, id string) error {
	_, err := d.api.CreateIngestion(ctx, &quicksight.CreateIngestionInput{
		AwsAccountId: &d.account, DataSetId: &d.dataSet, IngestionId: &id, IngestionType: types.IngestionTypeFullRefresh,
	})
	switch code := cloud.Code(err); {
	case err == nil, code == "ResourceExistsException":
		return nil
	case code == "LimitExceededException":
		return fmt.Errorf("refresh data set %s: %w: it has been refreshed as often as a day allows (32 times, 8 in the Standard edition): "+
			"it shows the newest partitions with its next refresh: %s", d.dataSet, forecast.ErrUnavailable, err.Error())
	default:
		return fmt.Errorf("refresh data set %s: %w", d.dataSet, cloud.Error(err))
	}
}
