package plan_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/plan"
)

// TestStagedPlans takes random staged plans to their ends: whatever becomes of
// the attempts, nothing is published before the verb, then in date order, and a
// rollback takes all of it back, newest date first.
func TestStagedPlans(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(rt, "dates")
		facts := map[calendar.Date]plan.Facts{}
		var list []plan.Facts
		for i := range n {
			f := inState(t, jan(10+i), rapid.SampledFrom([]forecast.DayState{forecast.DayMissing, forecast.DaySucceeded}).Draw(rt, "state"))
			facts[f.Date], list = f, append(list, f)
		}
		request := forecast.PlanRequest{Kind: forecast.PlanBackfill, Publish: forecast.PublishStaged, Mode: forecast.ModeAll, Cause: forecast.CauseBackfill}
		w := &stagedWorld{T: rt, now: noon(t), plan: active(t, request, list...), facts: facts}
		w.plan.MaxFailures = 0
		before := currents(facts)
		w.drive(rulesFor(t))
		if len(w.order) > 0 {
			rt.Fatalf("%v were published before anybody said so", w.order)
		}
		if w.plan.State == forecast.PlanEnded {
			return // nothing was built
		}
		if w.plan.State != forecast.PlanReview {
			rt.Fatalf("plan is %s; want Review", w.plan.State)
		}
		built := countRows(w.plan, forecast.RowStaged)
		w.control(forecast.VerbPublish)
		w.drive(rulesFor(t))
		if w.plan.State != forecast.PlanEnded || !slices.IsSorted(w.order) || len(w.order) != built {
			rt.Fatalf("plan is %s, published %v of %d; want all, oldest first", w.plan.State, w.order, built)
		}
		w.order = nil
		w.control(forecast.VerbRollback)
		w.drive(rulesFor(t))
		slices.Reverse(w.order)
		if w.plan.State != forecast.PlanEnded || w.plan.Outcome != forecast.OutcomeRolledBack || !slices.IsSorted(w.order) {
			rt.Fatalf("plan is %s, %s, taken back %v; want all, newest first", w.plan.State, w.plan.Outcome, w.order)
		}
		for d, generation := range currents(facts) {
			if generation != before[d] {
				rt.Fatalf("%s is at generation %q after the rollback; want %q", d, generation, before[d])
			}
		}
	})
}

// TestDriverDiedAfterPublishing lets the driver of a staged plan publish, or take
// back, a date and die before the row says so: the next driver finds it done.
func TestDriverDiedAfterPublishing(t *testing.T) {
	t.Parallel()
	for _, replaced := range []string{"", "before"} {
		f := inState(t, jan(10), forecast.DayMissing)
		p := active(t, forecast.PlanRequest{
			Kind: forecast.PlanBackfill, Publish: forecast.PublishStaged, Mode: forecast.ModeAll, Cause: forecast.CauseBackfill,
		}, f)
		for _, c := range []struct {
			plan    forecast.PlanState
			row     forecast.RowState
			current string
			want    forecast.RowState
		}{
			{forecast.PlanPublishing, forecast.RowStaged, "built", forecast.RowSucceeded},
			{forecast.PlanPublishing, forecast.RowStaged, "another's", forecast.RowDrifted},
			{forecast.PlanRollingBack, forecast.RowSucceeded, replaced, forecast.RowRolledBack},
			{forecast.PlanRollingBack, forecast.RowSucceeded, "another's", forecast.RowDrifted},
		} {
			p.State = c.plan
			row := p.Rows[0]
			row.State, row.Generation, row.ExpectedGeneration, row.Replaced = c.row, "built", replaced, replaced
			p.Rows = []forecast.PlanRow{row}
			f.Current.Generation = c.current
			s := plan.Snapshot{Plan: p, Facts: map[calendar.Date]plan.Facts{f.Date: f}, Rules: rulesFor(t)}
			var got forecast.PlanRow
			for _, decision := range plan.Next(s, noon(t)) {
				if move, ok := decision.(plan.MoveRow); ok {
					got = move.Row
				}
			}
			if got.State != c.want || got.State == forecast.RowSucceeded && got.Replaced != replaced {
				t.Errorf("with %q current, in place of %q, a %s plan moves the row to %s, replacing %q; want %s",
					c.current, replaced, c.plan, got.State, got.Replaced, c.want)
			}
		}
	}
}

func countRows(p forecast.Plan, state forecast.RowState) int {
	n := 0
	for _, row := range p.Rows {
		if row.State == state {
			n++
		}
	}
	return n
}

func currents(facts map[calendar.Date]plan.Facts) map[calendar.Date]string {
	current := map[calendar.Date]string{}
	for d, f := range facts {
		current[d] = f.Current.Generation
	}
	return current
}

// stagedWorld carries out the decisions about one plan. Attempts end at once.
type stagedWorld struct {
	*rapid.T

	now   time.Time
	plan  forecast.Plan
	facts map[calendar.Date]plan.Facts
	order []calendar.Date // dates whose partition changed
}

func (w *stagedWorld) control(verb forecast.PlanVerb) {
	var err error
	if w.plan, err = plan.Control(w.plan, verb, "aki"); err != nil {
		w.Fatalf("%s = %v; want nil", verb, err)
	}
}

func (w *stagedWorld) drive(rules plan.Rules) {
	for range 4 * (len(w.facts) + 1) {
		for _, d := range plan.Next(plan.Snapshot{Plan: w.plan, Facts: w.facts, Rules: rules}, w.now) {
			w.carryOut(d)
		}
	}
}

func (w *stagedWorld) carryOut(d plan.Decision) {
	switch decision := d.(type) {
	case plan.StartRow:
		d = decision.Started(w.attempt(decision))
	case plan.PublishRow:
		w.point(decision.Row.Date, decision.Row.Generation)
		if w.dies() {
			return
		}
		d = decision.Published()
	case plan.RollbackRow:
		w.point(decision.Row.Date, decision.Row.Replaced)
		if w.dies() {
			return
		}
		d = decision.RolledBack()
	case plan.StopRow, plan.MoveRow, plan.MovePlan:
	}
	var err error
	if w.plan, err = plan.Settle(w.plan, d); err != nil {
		w.Fatalf("Settle(%+v) = %v; want nil", d, err)
	}
}

// dies reports whether the engine dies after what readers see has changed, and
// before its row has moved.
func (w *stagedWorld) dies() bool { return rapid.Bool().Draw(w.T, "dies") }

func (w *stagedWorld) attempt(start plan.StartRow) forecast.ExecutionID {
	e := start.Execution(forecast.ExecutionID(start.Row.Date.String()+"-new"), "forge", w.now)
	e.Generation = "new-" + start.Row.Date.String()
	status, reason := forecast.Succeeded, forecast.Reason{}
	if rapid.Bool().Draw(w.T, "fails") {
		status, reason = forecast.Failed, forecast.Reason{Class: forecast.ReasonStep, Text: "boom"}
	}
	f := w.facts[start.Row.Date]
	f.Last = plan.End(e, status, reason, w.now)
	w.facts[f.Date] = f
	return e.ID
}

func (w *stagedWorld) point(d calendar.Date, generation string) {
	w.order = append(w.order, d)
	f := w.facts[d]
	f.Current = forecast.Partition{Date: d, Generation: generation, Kind: forecast.GenerationOwn}
	w.facts[d] = f
}
