package progress

import (
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// TestRemaining counts what the dates of a plan still take, on its lanes.
func TestRemaining(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 20, 6, 0, 0, 0, time.UTC)
	days := map[calendar.Date]forecast.Day{
		1: {Date: 1, Last: forecast.Execution{ID: "x", Status: forecast.Executing, Started: now.Add(-4 * time.Minute)}},
	}
	rows := func(states ...forecast.RowState) []forecast.PlanRow {
		var all []forecast.PlanRow
		for i, state := range states {
			row := forecast.PlanRow{Date: calendar.Date(i + 1), Action: forecast.ActionRun, State: state, Estimate: 10 * time.Minute}
			if state == forecast.RowRunning {
				row.Execution = "x"
			}
			all = append(all, row)
		}
		return all
	}
	running, queued, good := forecast.RowRunning, forecast.RowQueued, forecast.RowSucceeded
	for name, test := range map[string]struct {
		plan forecast.Plan
		want time.Duration
	}{
		"one runs":                 {forecast.Plan{State: forecast.PlanActive, MaxActive: 2, Rows: rows(running)}, 6 * time.Minute},
		"and two wait for it":      {forecast.Plan{State: forecast.PlanActive, MaxActive: 1, Rows: rows(running, queued, queued)}, 26 * time.Minute},
		"beside it":                {forecast.Plan{State: forecast.PlanActive, MaxActive: 2, Rows: rows(running, queued, queued)}, 16 * time.Minute},
		"they share a process":     {forecast.Plan{State: forecast.PlanActive, MaxActive: 1, Estimate: forecast.Estimate{Wall: 15 * time.Minute}, Rows: rows(good, queued, queued)}, 10 * time.Minute},
		"what waits is cancelled":  {forecast.Plan{State: forecast.PlanDraining, MaxActive: 1, Rows: rows(running, queued)}, 6 * time.Minute},
		"paused":                   {forecast.Plan{State: forecast.PlanPaused, MaxActive: 1, Rows: rows(running, queued)}, 0},
		"ended":                    {forecast.Plan{State: forecast.PlanEnded, MaxActive: 1, Rows: rows(good)}, 0},
		"nobody knows how long":    {forecast.Plan{State: forecast.PlanActive, MaxActive: 1, Rows: []forecast.PlanRow{{Action: forecast.ActionRun, State: queued}}}, 0},
		"it takes longer than was": {forecast.Plan{State: forecast.PlanActive, MaxActive: 1, Rows: []forecast.PlanRow{{Date: 1, Action: forecast.ActionRun, State: running, Execution: "x", Estimate: time.Minute}}}, 0},
	} {
		if got := remaining(test.plan, days, now); got != test.want {
			t.Errorf("%s: remaining = %s; want %s", name, got, test.want)
		}
	}
}
