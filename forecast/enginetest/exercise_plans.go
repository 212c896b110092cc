package enginetest

import (
	"errors"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// planCases are about what a plan does with dates.
func planCases() []exercise {
	d := jan(10)
	return []exercise{
		{"modes of a backfill", Script{
			jan(11): {forecast.Train: {Fails("boom"), Behaviour{}}},
			jan(12): {forecast.TrainEvaluation: {Gates("wape 0.412 > 0.350")}},
		}, checkModes},
		{"backfill in order", nil, checkOrder},
		{"explicit dates", nil, func(t *testing.T, x *bench) {
			x.run(t, runOf(d))
			request := backfillOf(0, 0, "")
			request.Dates = append(request.Dates, jan(12), d, jan(12))
			p := x.run(t, request)
			if len(p.Rows) != 2 {
				t.Errorf("%d rows; want 2", len(p.Rows))
			}
			x.wantPublished(t, d, 2, 2)
			x.wantPublished(t, jan(11), 0, 0)
			x.wantPublished(t, jan(12), 1, 1)
		}},
		{"joins a running date", always(d, forecast.Train, Hangs()), checkJoin},
		{"draft changes nothing", nil, checkDraft},
		{"draft is discarded", nil, checkDiscard},
		{"applied twice", nil, func(t *testing.T, x *bench) {
			p := x.run(t, runOf(d))
			if diff := cmp.Diff(p, x.apply(t, p.ID)); diff != "" {
				t.Errorf("applying again changed the plan: %s", diff)
			}
			if again := x.drive(t, p.ID); again.State != forecast.PlanEnded {
				t.Errorf("driving an ended plan: %s; want Ended", again.State)
			}
			x.wantPublished(t, d, 1, 1)
			plans, err := x.Engine.Plans(within(t))
			if err != nil || len(plans) != len(noise())+1 || plans[0].ID != p.ID {
				t.Errorf("Plans = %d, %v; want each plan once, the newest first", len(plans), err)
			}
		}},
		{"drifted row is not run", nil, func(t *testing.T, x *bench) {
			p := x.plan(t, backfillOf(jan(9), d, forecast.ModeMissing))
			x.run(t, runOf(d))
			p = x.drive(t, x.apply(t, p.ID).ID)
			wantRow(t, p, d, forecast.RowDrifted)
			wantRow(t, p, jan(9), forecast.RowSucceeded)
			wantPlan(t, p, forecast.PlanEnded, forecast.OutcomePartly)
			x.wantPublished(t, d, 1, 1)
		}},
		{"two engines run one date", nil, checkRace},
	}
}

func checkOrder(t *testing.T, x *bench) {
	request := backfillOf(jan(5), jan(9), forecast.ModeMissing)
	request.MaxActive = 1
	p := x.run(t, request)
	wantPlan(t, p, forecast.PlanEnded, forecast.OutcomeSucceeded)
	for i, row := range p.Rows {
		if row.Date != jan(5+i) || row.State != forecast.RowSucceeded {
			t.Errorf("row %d = %s %s; want %s Succeeded", i, row.Date, row.State, jan(5+i))
		}
		if i > 0 && x.attempts(t, row.Date)[0].Created.Before(x.attempts(t, row.Date-1)[0].Ended) {
			t.Errorf("%s began before %s had ended; want one at a time", row.Date, row.Date-1)
		}
	}
}

func checkDraft(t *testing.T, x *bench) {
	d := jan(10)
	p := x.plan(t, runOf(d))
	if p.State != forecast.PlanDraft || p.Rows[0].State != forecast.RowPlanned {
		t.Errorf("Plan = %s, row %s; want Draft, Planned", p.State, p.Rows[0].State)
	}
	x.wantState(t, d, forecast.DayMissing)
	if diff := cmp.Diff(p, x.planByID(t, p.ID)); diff != "" {
		t.Errorf("PlanByID and Plan differ: %s", diff)
	}
	plans, err := x.Engine.Plans(within(t))
	if err != nil || len(plans) != len(noise()) {
		t.Errorf("Plans = %d, %v; want only the %d applied ones", len(plans), err, len(noise()))
	}
}

// checkDiscard: a draft can be removed, a plan that was applied can't, and of those
// who apply and discard one at once one wins.
func checkDiscard(t *testing.T, x *bench) {
	d := jan(10)
	other, p := x.plan(t, runOf(jan(11))), x.plan(t, runOf(d))
	removed, err := x.Engine.Control(within(t), p.ID, forecast.VerbDiscard, "aki")
	if diff := cmp.Diff(p, removed); diff != "" || err != nil {
		t.Errorf("discarding a draft = %v; it differs (-want +got): %s", err, diff)
	}
	if _, err := x.Engine.PlanByID(within(t), p.ID); !errors.Is(err, forecast.ErrNotFound) {
		t.Errorf("PlanByID of a discarded plan = %v; want ErrNotFound", err)
	}
	if _, err := x.Engine.Apply(within(t), p.ID); !errors.Is(err, forecast.ErrNotFound) {
		t.Errorf("Apply of a discarded plan = %v; want ErrNotFound", err)
	}
	if _, err := x.Engine.Control(within(t), p.ID, forecast.VerbDiscard, "aki"); !errors.Is(err, forecast.ErrNotFound) {
		t.Errorf("discarding it again = %v; want ErrNotFound", err)
	}
	if diff := cmp.Diff(other, x.planByID(t, other.ID)); diff != "" {
		t.Errorf("the other draft (-want +got): %s", diff)
	}
	applied := x.run(t, runOf(d))
	if _, err := x.Engine.Control(within(t), applied.ID, forecast.VerbDiscard, "aki"); !errors.Is(err, forecast.ErrConflict) {
		t.Errorf("discarding a plan that was applied = %v; want ErrConflict", err)
	}
	x.planByID(t, applied.ID)
	applyOrDiscard(t, x, other.ID)
}

// applyOrDiscard applies and discards a draft at once.
func applyOrDiscard(t *testing.T, x *bench, id forecast.PlanID) {
	t.Helper()
	var group sync.WaitGroup
	var apply, discard error
	group.Go(func() { _, apply = x.Engine.Apply(within(t), id) })
	group.Go(func() { _, discard = x.Engine.Control(within(t), id, forecast.VerbDiscard, "aki") })
	group.Wait()
	_, err := x.Engine.PlanByID(within(t), id)
	switch {
	case apply == nil && errors.Is(discard, forecast.ErrConflict) && err == nil:
	case discard == nil && errors.Is(apply, forecast.ErrNotFound) && errors.Is(err, forecast.ErrNotFound):
	default:
		t.Errorf("Apply = %v, discarding at once = %v, then PlanByID = %v; want one of the two, and what follows from it", apply, discard, err)
	}
}

func checkModes(t *testing.T, x *bench) {
	x.run(t, runOf(jan(10)))
	x.run(t, runOf(jan(11)))
	x.run(t, runOf(jan(12)))
	const run, skip = forecast.ActionRun, forecast.ActionSkip
	tests := []struct {
		mode forecast.Mode
		want []forecast.Action // succeeded, failed, gated, missing
	}{
		{forecast.ModeMissing, []forecast.Action{skip, skip, skip, run}},
		{forecast.ModeMissingAndFailed, []forecast.Action{skip, run, skip, run}},
		{forecast.ModeAll, []forecast.Action{run, run, run, run}},
	}
	for _, tt := range tests {
		var got []forecast.Action
		for _, row := range x.plan(t, backfillOf(jan(10), jan(13), tt.mode)).Rows {
			got = append(got, row.Action)
			if row.Reason == "" {
				t.Errorf("mode %s: row %s has no reason", tt.mode, row.Date)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("mode %s (-want +got): %s", tt.mode, diff)
		}
	}
	p := x.run(t, backfillOf(jan(10), jan(13), forecast.ModeMissingAndFailed))
	wantPlan(t, p, forecast.PlanEnded, forecast.OutcomeSucceeded)
	x.wantPublished(t, jan(10), 1, 1)
	x.wantPublished(t, jan(11), 1, 2)
	x.wantPublished(t, jan(12), 0, 0)
	x.wantPublished(t, jan(13), 1, 1)
}

func checkJoin(t *testing.T, x *bench) {
	d := jan(10)
	first := x.start(t, runOf(d))
	x.awaitStep(t, d, forecast.Train)
	p := x.plan(t, backfillOf(d, d, forecast.ModeAll))
	if p.Rows[0].Action != forecast.ActionJoin {
		t.Fatalf("a running date is %s (%s); want JOIN", p.Rows[0].Action, p.Rows[0].Reason)
	}
	x.apply(t, p.ID)
	second := driveBeside(t, x.Engine, p.ID)
	x.Release(d, forecast.Train)
	wantPlan(t, x.wait(t, first), forecast.PlanEnded, forecast.OutcomeSucceeded)
	p = x.wait(t, second)
	wantPlan(t, p, forecast.PlanEnded, forecast.OutcomeSucceeded)
	wantRow(t, p, d, forecast.RowSucceeded)
	if attempts := x.attempts(t, d); len(attempts) != 1 || p.Rows[0].Execution != attempts[0].ID {
		t.Errorf("%d attempts, the row names %s; want one that serves both", len(attempts), p.Rows[0].Execution)
	}
	x.wantPublished(t, d, 1, 1)
}

// checkRace lets two engines run the same dates at once: each date is run by one
// of them.
func checkRace(t *testing.T, x *bench) {
	if x.Peer == nil {
		t.Skip("the engine has no peers")
	}
	request := backfillOf(jan(10), jan(15), forecast.ModeMissing)
	engines := []forecast.Engine{x.Engine, x.Peer(t)}
	ids := make([]forecast.PlanID, len(engines))
	for i := range engines {
		p, err := engines[i].Plan(within(t), request)
		if err != nil {
			t.Fatalf("Plan = %v; want nil", err)
		}
		ids[i] = p.ID
	}
	var group sync.WaitGroup
	for i, engine := range engines {
		ctx := within(t)
		group.Go(func() {
			_, err := engine.Apply(ctx, ids[i])
			if err = errors.Join(err, engine.Drive(ctx, ids[i])); err != nil {
				t.Errorf("engine %d: %v; want nil", i, err)
			}
		})
	}
	group.Wait()
	for d := jan(10); d <= jan(15); d++ {
		if n := len(x.attempts(t, d)); n != 1 {
			t.Errorf("%s has %d attempts; want 1", d, n)
		}
		x.wantPublished(t, d, 1, 1)
	}
	for _, id := range ids {
		if p := x.planByID(t, id); p.State != forecast.PlanEnded {
			t.Errorf("plan %s is %s; want Ended", id, p.State)
		}
	}
}

// controlCases are about pausing, draining and stopping.
func controlCases() []exercise {
	first, second := jan(10), jan(11)
	hang := always(first, forecast.Train, Hangs())
	return append(stopCases(first), []exercise{
		{"pause and resume", hang, func(t *testing.T, x *bench) {
			driver := x.startTwo(t)
			x.control(t, driver.id, forecast.VerbPause)
			x.Release(first, forecast.Train)
			p := x.wait(t, driver)
			wantPlan(t, p, forecast.PlanPaused, forecast.OutcomeNone)
			wantRow(t, p, first, forecast.RowSucceeded)
			wantRow(t, p, second, forecast.RowQueued)
			x.control(t, driver.id, forecast.VerbResume)
			wantPlan(t, x.drive(t, driver.id), forecast.PlanEnded, forecast.OutcomeSucceeded)
			x.wantPublished(t, second, 1, 1)
		}},
		{"drain", hang, func(t *testing.T, x *bench) {
			driver := x.startTwo(t)
			x.control(t, driver.id, forecast.VerbDrain)
			p := x.awaitRow(t, driver.id, second, forecast.RowCancelled)
			wantPlan(t, p, forecast.PlanDraining, forecast.OutcomeNone)
			wantRow(t, p, first, forecast.RowRunning)
			x.Release(first, forecast.Train)
			p = x.wait(t, driver)
			wantPlan(t, p, forecast.PlanEnded, forecast.OutcomePartly)
			wantRow(t, p, first, forecast.RowSucceeded)
			wantRow(t, p, second, forecast.RowCancelled)
		}},
		{"stop a plan", hang, func(t *testing.T, x *bench) {
			driver := x.startTwo(t)
			x.control(t, driver.id, forecast.VerbStop)
			p := x.wait(t, driver)
			wantPlan(t, p, forecast.PlanEnded, forecast.OutcomeStopped)
			wantRow(t, p, first, forecast.RowStopped)
			wantRow(t, p, second, forecast.RowCancelled)
			x.wantState(t, first, forecast.DayStopped)
			x.wantPublished(t, first, 0, 0)
			if _, err := x.Engine.Control(within(t), driver.id, forecast.VerbResume, "aki"); !errors.Is(err, forecast.ErrConflict) {
				t.Errorf("resuming an ended plan = %v; want ErrConflict", err)
			}
			x.Release(first, forecast.Train)
			x.run(t, rerunOf(second, forecast.StartWhole))
			x.wantState(t, second, forecast.DaySucceeded)
		}},
		{"max_failures pauses", Script{
			jan(5): {forecast.Extract: {Fails("a")}}, jan(6): {forecast.Extract: {Fails("b")}},
		}, func(t *testing.T, x *bench) {
			request := backfillOf(jan(5), jan(7), forecast.ModeMissing)
			request.MaxActive, request.MaxFailures = 1, 2
			p := x.run(t, request)
			wantPlan(t, p, forecast.PlanPaused, forecast.OutcomeNone)
			if p.Reason == "" {
				t.Errorf("the paused plan gives no reason")
			}
			wantRow(t, p, jan(7), forecast.RowQueued)
			x.control(t, p.ID, forecast.VerbResume)
			wantPlan(t, x.drive(t, p.ID), forecast.PlanEnded, forecast.OutcomePartly)
			x.wantPublished(t, jan(7), 1, 1)
		}},
	}...)
}

// stopCases stop a date at each of its steps.
func stopCases(d calendar.Date) []exercise {
	var cases []exercise
	for _, name := range forecast.StepNames() {
		cases = append(cases, exercise{"stop at " + string(name), always(d, name, Hangs(), Behaviour{}), func(t *testing.T, x *bench) {
			checkStop(t, x, name)
		}})
	}
	return cases
}

// startTwo drives two dates one after the other, the first of which hangs.
func (x *bench) startTwo(t *testing.T) *driving {
	t.Helper()
	request := backfillOf(jan(10), jan(11), forecast.ModeMissing)
	request.MaxActive = 1
	driver := x.start(t, request)
	x.awaitStep(t, jan(10), forecast.Train)
	return driver
}

func checkStop(t *testing.T, x *bench, at forecast.StepName) {
	d := jan(10)
	driver := x.start(t, runOf(d))
	day := x.awaitStep(t, d, at)
	answer, err := x.Engine.Stop(within(t), d, "kei")
	if err != nil || answer.TooLate || answer.Execution != day.Last.ID {
		t.Fatalf("Stop = %+v, %v; want that %s is stopped in time", answer, err, day.Last.ID)
	}
	x.Release(d, at)
	p := x.wait(t, driver)
	wantRow(t, p, d, forecast.RowStopped)
	wantPlan(t, p, forecast.PlanEnded, forecast.OutcomeStopped)
	day = x.wantState(t, d, forecast.DayStopped)
	if day.Last.Reason.Class != forecast.ReasonStopped {
		t.Errorf("reason = %+v; want class stopped", day.Last.Reason)
	}
	x.wantPublished(t, d, 0, 0)
	if _, err = x.Engine.Stop(within(t), d, "kei"); !errors.Is(err, forecast.ErrNotFound) {
		t.Errorf("Stop without an open attempt = %v; want ErrNotFound", err)
	}
	x.run(t, rerunOf(d, forecast.StartFailedStep))
	x.wantPublished(t, d, 1, 2)
}
