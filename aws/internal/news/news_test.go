package news_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/internal/dashboard"
	"github.com/daybatch/daybatch/aws/internal/news"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/alert"
	"github.com/daybatch/daybatch/forecast/calendar"
)

var (
	date = calendar.Of(2026, time.January, 15)
	now  = time.Date(2026, time.January, 16, 12, 0, 0, 0, time.UTC)
)

func ended(ago time.Duration, class forecast.ReasonClass) record.Date {
	return record.Date{Date: date, Attempts: []record.Attempt{{Execution: forecast.Execution{
		ID: "2026-01-15-a1", Date: date, Attempt: 1, Status: forecast.Failed, Reason: forecast.Reason{Class: class}, Ended: now.Add(-ago), Plan: "p",
	}}}}
}

func published(ago time.Duration, kind forecast.GenerationKind) record.Date {
	d := ended(time.Hour, "")
	d.Attempts[0].Status, d.Attempts[0].Generation, d.Current = forecast.Succeeded, "g", "g"
	d.Generations = map[string]*record.Generation{"g": {Partition: forecast.Partition{Generation: "g", Attempt: 1, Kind: kind}}}
	d.Publications = []record.Publication{{To: "g", Kind: record.KindPublish, At: now.Add(-ago)}}
	return d
}

func backfill(state forecast.PlanState, rows int) record.Plan {
	return record.Plan{Plan: forecast.Plan{ID: "p", State: state, Rows: make([]forecast.PlanRow, rows)}, Since: now.Add(-time.Minute)}
}

// TestNotices checks what follows from the records.
func TestNotices(t *testing.T) {
	t.Parallel()
	unharmed := published(2*time.Hour, "")
	unharmed.Attempts = append(unharmed.Attempts, ended(time.Hour, forecast.ReasonRefused).Attempts...)
	held := ended(time.Hour, forecast.ReasonStep)
	held.Claim = &record.Claim{Attempt: 1}
	lost := ended(time.Hour, forecast.ReasonLost)
	told := record.Outbox{Notices: []record.Notice{{Notice: alert.Notice{Kind: alert.Failed, Date: date, Key: "k", At: now.Add(-time.Hour)}}}}
	again := told
	again.Notices = append(again.Notices, record.Notice{Notice: alert.Notice{Kind: alert.Recovered, Date: date, Key: "r"}})
	waiting := record.Outbox{Notices: []record.Notice{{Notice: alert.Notice{Kind: alert.Refresh, Key: "refresh/1"}}}}
	changed := []dashboard.Change{{Date: date, At: now.Add(-time.Minute)}}
	tests := []struct {
		name   string
		date   record.Date
		plan   record.Plan
		outbox record.Outbox
		shown  []dashboard.Change
		want   []string
	}{
		{name: "failed", date: ended(time.Hour, forecast.ReasonStep), want: []string{"2026-01-15/1/failed"}},
		{name: "refused", date: ended(time.Hour, forecast.ReasonRefused), want: []string{"2026-01-15/1/failed"}},
		{name: "refused, and as good as before", date: unharmed},
		{name: "gated", date: ended(time.Hour, forecast.ReasonGate), want: []string{"2026-01-15/1/gated"}},
		{name: "failed long ago", date: ended(25*time.Hour, forecast.ReasonStep)},
		{name: "it waits for its source", date: ended(time.Hour, forecast.ReasonUpstream)},
		{name: "its run was lost, and is repeated", date: lost},
		{name: "it goes on", date: held},
		{name: "its plan reports", date: ended(time.Hour, forecast.ReasonStep), plan: backfill(forecast.PlanActive, 2)},
		{name: "nobody was told that it was bad", date: published(time.Minute, forecast.GenerationOwn)},
		{name: "recovered", date: published(time.Minute, forecast.GenerationOwn), outbox: told, want: []string{"2026-01-15/1/recovered"}},
		{name: "published before it was bad", date: published(2*time.Hour, forecast.GenerationOwn), outbox: told},
		{name: "a fallback", date: published(time.Minute, forecast.GenerationFallback), outbox: told},
		{name: "recovered before", date: published(time.Minute, forecast.GenerationOwn), outbox: again},
		{name: "a plan ended", plan: backfill(forecast.PlanEnded, 2), want: []string{"p/Ended/1768564740000"}},
		{name: "a plan paused", plan: backfill(forecast.PlanPaused, 2), want: []string{"p/Paused/1768564740000"}},
		{name: "a plan of one date", plan: backfill(forecast.PlanEnded, 1)},
		{name: "a plan goes on", plan: backfill(forecast.PlanActive, 3)},
		{name: "dashboards are behind", shown: changed, want: []string{"refresh/1768564740000"}},
		{name: "dashboards are told already", shown: changed, outbox: record.Outbox{Refreshed: changed[0].At}},
		{name: "a refresh waits to be sent", shown: changed, outbox: waiting},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := news.State{
				Dates: map[string]record.Date{"d": tt.date}, Plans: map[string]record.Plan{"p": tt.plan}, Outbox: tt.outbox, Changes: tt.shown, Now: now,
			}
			keys := func(s news.State) []string {
				var keys []string
				for _, n := range s.Notices() {
					keys = append(keys, n.Key)
				}
				return keys
			}
			if diff := cmp.Diff(tt.want, keys(s)); diff != "" {
				t.Fatalf("Notices (-want +got): %s", diff)
			}
			var err error
			if s.Outbox, err = s.Outbox.Add(s.Notices(), now); err != nil && len(tt.want) > 0 {
				t.Fatal(err)
			}
			if more := keys(s); len(more) != 0 {
				t.Errorf("Notices that are noted = %q; want none", more)
			}
		})
	}
}
