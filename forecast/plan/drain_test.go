package plan_test

import (
	"slices"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/plan"
)

// TestDrain: dates that wait are cancelled while one still runs, and people are shown so
// before a driver has decided it. What another runs stays joined until the plan ends.
func TestDrain(t *testing.T) {
	t.Parallel()
	own := attempt(jan(10), 1, forecast.Executing, forecast.Train, "", "")
	missing, stopping, others := inState(t, jan(11), forecast.DayMissing), inState(t, jan(12), forecast.DayStopping), inState(t, jan(13), forecast.DayRunning)
	p := active(t, forecast.PlanRequest{
		Kind: forecast.PlanBackfill, Range: calendar.Range{From: jan(10), To: jan(13)}, Mode: forecast.ModeMissing,
	}, inState(t, jan(10), forecast.DayMissing), missing, stopping, others)
	p.Rows[0].State, p.Rows[0].Execution, own.Plan = forecast.RowRunning, own.ID, p.ID
	states := func(p forecast.Plan) []forecast.RowState {
		var all []forecast.RowState
		for _, row := range p.Rows {
			all = append(all, row.State)
		}
		return all
	}
	before := []forecast.RowState{forecast.RowRunning, forecast.RowQueued, forecast.RowBlocked, forecast.RowJoined}
	if shown := p.Shown(); !slices.Equal(states(shown), before) {
		t.Fatalf("rows of an active plan are shown as %v; want %v", states(shown), before)
	}
	p, err := plan.Control(p, forecast.VerbDrain, "kei")
	if err != nil {
		t.Fatal(err)
	}
	after := []forecast.RowState{forecast.RowRunning, forecast.RowCancelled, forecast.RowCancelled, forecast.RowJoined}
	if shown := p.Shown(); !slices.Equal(states(shown), after) || shown.Rows[1].Outcome != "the plan was drained" || !slices.Equal(states(p), before) {
		t.Errorf("rows are shown as %v, of %v; want %v, of %v", states(shown), states(p), after, before)
	}
	p = settled(t, p, plan.Next(snapshotOf(t, p, known(t, jan(10), own), missing, stopping, others), noon(t)))
	if !slices.Equal(states(p), after) || p.State != forecast.PlanDraining {
		t.Errorf("plan is %s with %v; want %s with %v", p.State, states(p), forecast.PlanDraining, after)
	}
	own.Status = forecast.Succeeded
	p = settled(t, p, plan.Next(snapshotOf(t, p, known(t, jan(10), own), missing, stopping, others), noon(t)))
	if p.State != forecast.PlanEnded || p.Rows[3].State != forecast.RowCancelled {
		t.Errorf("plan is %s with %v; want its end, and that it waits for nobody", p.State, states(p))
	}
}
