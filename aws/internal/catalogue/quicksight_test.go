package catalogue_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/quicksight/types"
	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/internal/catalogue"
	"github.com/daybatch/daybatch/aws/internal/dashboard"
)

// pages answers with one refresh a page.
type pages struct {
	all   []types.Ingestion
	asked int
}

func (*pages) CreateIngestion(context.Context, *quicksight.CreateIngestionInput, ...func(*quicksight.Options)) (*quicksight.CreateIngestionOutput, error) {
	panic("nobody asked for it")
}

func (p *pages) ListIngestions(_ context.Context, in *quicksight.ListIngestionsInput, _ ...func(*quicksight.Options)) (*quicksight.ListIngestionsOutput, error) {
	p.asked++
	n, _ := strconv.Atoi(awssdk.ToString(in.NextToken)) // the first page has no token
	out := &quicksight.ListIngestionsOutput{Ingestions: p.all[n : n+1]}
	if n+1 < len(p.all) {
		out.NextToken = awssdk.String(strconv.Itoa(n + 1))
	}
	return out, nil
}

// TestRefreshes reads as many pages as it needs, whichever way they are sorted.
func TestRefreshes(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.January, 16, 6, 0, 0, 0, time.UTC)
	one := func(id string, hours int, status types.IngestionStatus) types.Ingestion {
		return types.Ingestion{IngestionId: &id, CreatedTime: awssdk.Time(now.Add(-time.Duration(hours) * time.Hour)), IngestionStatus: status}
	}
	broken := one("c", 20, types.IngestionStatusFailed)
	broken.ErrorInfo = &types.ErrorInfo{Type: types.IngestionErrorTypePermissionDenied, Message: awssdk.String("no bucket")}
	newest := []types.Ingestion{
		one("a", 1, types.IngestionStatusRunning), one("b", 2, types.IngestionStatusCompleted), broken,
		one("d", 30, types.IngestionStatusCompleted), one("e", 40, types.IngestionStatusCompleted),
	}
	want := []dashboard.Refresh{
		{ID: "a", Created: now.Add(-time.Hour)},
		{ID: "b", Created: now.Add(-2 * time.Hour), Status: dashboard.Done},
		{ID: "c", Created: now.Add(-20 * time.Hour), Status: dashboard.Failed, Reason: "PERMISSION_DENIED: no bucket"},
		{ID: "d", Created: now.Add(-30 * time.Hour), Status: dashboard.Done},
	}
	api := &pages{all: newest}
	got, err := catalogue.NewDashboard(api, "123456789012", "set").Refreshes(t.Context(), now)
	if diff := cmp.Diff(want, got); err != nil || diff != "" || api.asked != 4 {
		t.Errorf("Refreshes, newest first = %v after %d calls (-want +got): %s", err, api.asked, diff)
	}
	oldest := &pages{}
	for i := range newest {
		oldest.all = append(oldest.all, newest[len(newest)-1-i])
	}
	if got, err := catalogue.NewDashboard(oldest, "123456789012", "set").Refreshes(t.Context(), now); err != nil || len(got) != 5 {
		t.Errorf("Refreshes, oldest first = %d, %v; want all 5", len(got), err)
	}
}
