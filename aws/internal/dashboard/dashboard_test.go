package dashboard_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/aws/internal/dashboard"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

var first = calendar.Of(2026, time.January, 15)

func at(minute int) time.Time {
	return time.Date(2026, time.January, 16, 6, minute, 0, 0, time.UTC)
}

// TestNext checks when a refresh is asked for, and what the screen says then.
func TestNext(t *testing.T) {
	t.Parallel()
	published := []dashboard.Change{{Date: first, At: at(10), Run: "abc"}, {Date: first + 1, At: at(12)}}
	var many []dashboard.Refresh
	for n := range dashboard.Daily {
		many = append(many, dashboard.Refresh{ID: "other", Created: at(n - 60), Status: dashboard.Done})
	}
	failed := dashboard.Refresh{ID: "daybatch-at-20260116T061200-000", Created: at(13), Status: dashboard.Failed, Reason: "no access"}
	again := failed
	again.ID += "-2"
	third := failed
	third.ID += "-3"
	tests := []struct {
		name      string
		changes   []dashboard.Change
		refreshes []dashboard.Refresh
		next      string
		state     forecast.Dashboard
	}{
		{"nothing is published", nil, nil, "", forecast.Dashboard{}},
		{"never refreshed", published, nil, "daybatch-at-20260116T061200-000", forecast.Dashboard{Behind: 2}},
		{
			"one date is newer", published,
			[]dashboard.Refresh{{ID: "x", Created: at(11), Status: dashboard.Done}},
			"daybatch-at-20260116T061200-000",
			forecast.Dashboard{Behind: 1, Read: at(11)},
		},
		{
			"up to date", published,
			[]dashboard.Refresh{{ID: "x", Created: at(12), Status: dashboard.Done}},
			"",
			forecast.Dashboard{Read: at(12)},
		},
		{
			"one runs that shows all", published,
			[]dashboard.Refresh{{ID: "x", Created: at(13), Status: dashboard.Running}},
			"",
			forecast.Dashboard{Behind: 2, Refreshing: true},
		},
		{
			"one runs that began too early", published,
			[]dashboard.Refresh{{ID: "x", Created: at(5), Status: dashboard.Running}},
			"",
			forecast.Dashboard{Behind: 2, Refreshing: true},
		},
		{
			"the job's own, by a clock that is behind", published[:1],
			[]dashboard.Refresh{{ID: "daybatch-2026-01-15-abc", Created: at(9), Status: dashboard.Done}},
			"",
			forecast.Dashboard{Read: at(9)},
		},
		{
			"it failed", published,
			[]dashboard.Refresh{failed},
			"daybatch-at-20260116T061200-000-2",
			forecast.Dashboard{Behind: 2, Reason: "its last refresh failed: no access"},
		},
		{
			"it fails all the time", published,
			[]dashboard.Refresh{failed, again, third},
			"",
			forecast.Dashboard{Behind: 2, Reason: "its last refresh failed: no access"},
		},
		{
			"the day's are used up", published, many, "",
			forecast.Dashboard{Behind: 2, Read: at(-29), Reason: "it was refreshed 32 times in 24 hours, which is all that QuickSight allows"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := dashboard.Next(tt.changes, tt.refreshes, at(30)); got != tt.next {
				t.Errorf("Next = %q; want %q", got, tt.next)
			}
			tt.state.Name = "demand"
			if diff := cmp.Diff(tt.state, dashboard.State("demand", tt.changes, tt.refreshes, at(30))); diff != "" {
				t.Errorf("State (-want +got): %s", diff)
			}
		})
	}
}

// TestAllIsShown: whatever is published whenever, the data set has read all of it
// in the end, and with no more refreshes than there were changes.
func TestAllIsShown(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var changes []dashboard.Change
		var refreshes []dashboard.Refresh
		now := at(0)
		look := func() {
			if id := dashboard.Next(changes, refreshes, now); id != "" {
				refreshes = append(refreshes, dashboard.Refresh{ID: id, Created: now})
			}
		}
		n := rapid.IntRange(1, dashboard.Daily).Draw(t, "changes")
		for range n {
			now = now.Add(time.Duration(rapid.IntRange(1, 90).Draw(t, "seconds")) * time.Second)
			changes = append(changes, dashboard.Change{Date: first + calendar.Date(len(changes)), At: now})
			if rapid.Bool().Draw(t, "looks") {
				look()
			}
			if k := len(refreshes) - 1; k >= 0 && rapid.Bool().Draw(t, "ends") {
				refreshes[k].Status = dashboard.Done
			}
		}
		for range 2 {
			now = now.Add(2 * time.Second)
			for k := range refreshes {
				refreshes[k].Status = dashboard.Done
			}
			look()
		}
		for k := range refreshes {
			refreshes[k].Status = dashboard.Done
		}
		if state := dashboard.State("demand", changes, refreshes, now); state.Behind != 0 || len(refreshes) > n {
			t.Errorf("after %d changes and %d refreshes it is %+v; want it up to date", n, len(refreshes), state)
		}
	})
}
