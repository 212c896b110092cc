package catalogue

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/quicksight/types"

	"github.com/daybatch/daybatch/aws/internal/cloud"
	"github.com/daybatch/daybatch/aws/internal/dashboard"
	"github.com/daybatch/daybatch/forecast"
)

// quicksightAPI are the calls that refresh a data set and tell how it went.
type quicksightAPI interface {
	CreateIngestion(ctx context.Context, in *quicksight.CreateIngestionInput, options ...func(*quicksight.Options)) (*quicksight.CreateIngestionOutput, error)
	ListIngestions(ctx context.Context, in *quicksight.ListIngestionsInput, options ...func(*quicksight.Options)) (*quicksight.ListIngestionsOutput, error)
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

const (
	// ingestionPage is how many refreshes are asked for at once.
	ingestionPage = 100
	// ingestionTime is how far back refreshes are looked for.
	ingestionTime = 24 * time.Hour
)

// Refreshes returns the refreshes of the last day before now, older ones too if
// they come with them, and the newest one in any case.
func (d *Dashboard) Refreshes(ctx context.Context, now time.Time) ([]dashboard.Refresh, error) {
	in := &quicksight.ListIngestionsInput{AwsAccountId: &d.account, DataSetId: &d.dataSet, MaxResults: awssdk.Int32(ingestionPage)}
	var all []dashboard.Refresh
	for {
		out, err := d.api.ListIngestions(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("list the refreshes of data set %s: %w", d.dataSet, cloud.Error(err))
		}
		for _, i := range out.Ingestions {
			all = append(all, refreshOf(i))
		}
		in.NextToken = out.NextToken
		if awssdk.ToString(out.NextToken) == "" || past(all, now.Add(-ingestionTime)) {
			return all, nil
		}
	}
}

// past reports whether what follows is of no use: refreshes come newest first, and
// these go back far enough. That they come so is not documented: where they don't,
// all are read.
func past(all []dashboard.Refresh, since time.Time) bool {
	newestFirst := len(all) > 1 && slices.IsSortedFunc(all, func(a, b dashboard.Refresh) int { return b.Created.Compare(a.Created) })
	done := slices.ContainsFunc(all, func(r dashboard.Refresh) bool { return r.Status == dashboard.Done })
	return newestFirst && done && all[len(all)-1].Created.Before(since)
}

func refreshOf(i types.Ingestion) dashboard.Refresh {
	r := dashboard.Refresh{ID: awssdk.ToString(i.IngestionId), Created: awssdk.ToTime(i.CreatedTime)}
	switch i.IngestionStatus {
	case types.IngestionStatusInitialized, types.IngestionStatusQueued, types.IngestionStatusRunning:
	case types.IngestionStatusCompleted:
		r.Status = dashboard.Done
	case types.IngestionStatusFailed, types.IngestionStatusCancelled:
		r.Status, r.Reason = dashboard.Failed, string(i.IngestionStatus)
		if i.ErrorInfo != nil {
			r.Reason = strings.TrimSuffix(string(i.ErrorInfo.Type)+": "+awssdk.ToString(i.ErrorInfo.Message), ": ")
		}
	}
	return r
}
