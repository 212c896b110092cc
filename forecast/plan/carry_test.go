package plan_test

import (
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/plan"
)

// TestIdleSlots: a machine that was asked for takes a slot, though no row runs.
func TestIdleSlots(t *testing.T) {
	t.Parallel()
	for idle, want := range []int{2, 1, 0, 0} {
		facts := []plan.Facts{inState(t, jan(10), forecast.DayMissing), inState(t, jan(11), forecast.DayMissing), inState(t, jan(12), forecast.DayMissing)}
		s := snapshotOf(t, active(t, forecast.PlanRequest{Kind: forecast.PlanBackfill}, facts...), facts...)
		s.Rules.MaxActive, s.Idle, s.Open = 5, idle, idle
		starts := 0
		for _, decision := range plan.Next(s, noon(t)) {
			if _, ok := decision.(plan.StartRow); ok {
				starts++
			}
		}
		if starts != want {
			t.Errorf("%d idle: %d starts; want %d", idle, starts, want)
		}
	}
}

// TestOwnAttemptIsNotJoined: an attempt of the plan itself, whose row its driver
// could not move any more, is run and stopped as the plan's own, in every state of
// the plan.
func TestOwnAttemptIsNotJoined(t *testing.T) {
	t.Parallel()
	d := jan(15)
	for state, want := range map[forecast.PlanState]forecast.RowState{
		forecast.PlanActive: forecast.RowRunning, forecast.PlanPaused: forecast.RowRunning,
		forecast.PlanDraining: forecast.RowRunning, forecast.PlanStopping: forecast.RowRunning,
	} {
		p := active(t, backfill(forecast.ModeMissing), inState(t, d, forecast.DayMissing))
		p.State = state
		own := attempt(d, 1, forecast.Executing, forecast.Train, "", "")
		own.Plan = p.ID
		decisions := plan.Next(snapshotOf(t, p, known(t, d, own)), noon(t))
		if row := settled(t, p, decisions).Rows[0]; row.State != want || row.Execution != own.ID {
			t.Errorf("%s: row is %s of %s; want %s", state, row.State, row.Execution, want)
		}
		stops := 0
		for _, decision := range decisions {
			if _, ok := decision.(plan.StopRow); ok {
				stops++
			}
		}
		if (stops == 1) != (state == forecast.PlanStopping) {
			t.Errorf("%s: it is stopped %d times", state, stops)
		}
	}
}

// TestEndedStartsNothing: rows end, the plan pauses at its limit, and that is all.
func TestEndedStartsNothing(t *testing.T) {
	t.Parallel()
	failed, missing := inState(t, jan(10), forecast.DayFailed), inState(t, jan(11), forecast.DayMissing)
	p := active(t, forecast.PlanRequest{Kind: forecast.PlanBackfill, MaxFailures: 1}, inState(t, jan(10), forecast.DayMissing), missing)
	p.Rows[0].State, p.Rows[0].Execution = forecast.RowRunning, failed.Last.ID
	decisions := plan.Ended(snapshotOf(t, p, failed, missing), noon(t))
	got := settled(t, p, decisions)
	if len(decisions) != 2 || got.State != forecast.PlanPaused || got.Rows[0].State != forecast.RowFailed || got.Rows[1].State != forecast.RowQueued {
		t.Errorf("decisions = %+v", decisions)
	}
}
