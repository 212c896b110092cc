package enginetest

import (
	"errors"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// publishCases are about what readers see: rollback and staged plans.
func publishCases() []exercise {
	d := jan(10)
	return []exercise{
		{"rollback", nil, checkRollback},
		{"rollback after a staged plan's", nil, checkRollbackOfStaged},
		{"rollback refused", Script{d + 1: {forecast.Train: {{}, Hangs()}}}, checkRollbackRefused},
		{"staged", Script{d + 1: {forecast.Train: {Fails("boom")}}}, checkStaged},
		{"staged and overtaken", nil, checkStagedDrift},
		{"staged and stopped", nil, checkStagedStop},
		{"staged of nothing good", Script{d: {forecast.Train: {Fails("boom")}}}, func(t *testing.T, x *bench) {
			if p := x.run(t, staged(d, d)); p.State != forecast.PlanEnded || p.Outcome != forecast.OutcomeFailed {
				t.Errorf("plan = %s, %s; want it ended as failed", p.State, p.Outcome)
			}
		}},
	}
}

func staged(from, to calendar.Date) forecast.PlanRequest {
	request := backfillOf(from, to, forecast.ModeAll)
	request.Publish = forecast.PublishStaged
	return request
}

// current returns the current generation of a date, which is empty if none is.
func (x *bench) current(t *testing.T, d calendar.Date) string {
	t.Helper()
	list, err := x.Engine.Partitions(within(t), forecast.PartitionQuery{Range: calendar.Range{From: d, To: d}})
	if err != nil || len(list) > 1 {
		t.Fatalf("Partitions(%s) = %+v, %v; want one at most", d, list, err)
	}
	if len(list) == 0 {
		return ""
	}
	return list[0].Generation
}

func (x *bench) rollback(t *testing.T, request forecast.RollbackRequest) forecast.Partition {
	t.Helper()
	request.Actor = "aki"
	p, err := x.Engine.Rollback(within(t), request)
	if err != nil {
		t.Fatalf("Rollback(%+v) = %v; want nil", request, err)
	}
	return p
}

func checkRollback(t *testing.T, x *bench) {
	d := jan(10)
	x.run(t, runOf(d))
	first := x.current(t, d)
	x.checkNotHandedOut(t, d)
	x.run(t, rerunOf(d, forecast.StartWhole))
	second := x.current(t, d)
	if first == "" || first == second {
		t.Fatalf("generations %q and %q; want two", first, second)
	}
	x.compare(t, forecast.CompareQuery{Date: d, From: first}, first, second)
	x.compare(t, forecast.CompareQuery{Date: d}, second, first)
	x.checkHandedOut(t, d, first)
	if p := x.rollback(t, forecast.RollbackRequest{Date: d}); p.Generation != first || !p.Current || p.Attempt != 1 {
		t.Errorf("Rollback = %+v; want generation %s of a1", p, first)
	}
	day := x.day(t, d)
	if day.State != forecast.DaySucceeded || day.Partition.Generation != first || day.Attempts != 2 {
		t.Errorf("day = %s, %s, %d attempts; want Succeeded with %s, 2", day.State, day.Partition.Generation, day.Attempts, first)
	}
	if p := x.rollback(t, forecast.RollbackRequest{Date: d, Generation: second, Expected: first}); p.Generation != second {
		t.Errorf("Rollback to %s = %s", second, p.Generation)
	}
	if got := x.current(t, d); got != second {
		t.Errorf("current = %s; want %s again", got, second)
	}
	x.run(t, rerunOf(d, forecast.StartWhole))
	third := x.current(t, d)
	if third == first || third == second {
		t.Errorf("a rerun after rollbacks published nothing new: %s", third)
	}
	for _, want := range []string{second, first} {
		if p := x.rollback(t, forecast.RollbackRequest{Date: d}); p.Generation != want {
			t.Errorf("Rollback = %s; want %s: each goes further back", p.Generation, want)
		}
	}
	if p, err := x.Engine.Rollback(within(t), forecast.RollbackRequest{Date: d, Actor: "aki"}); !errors.Is(err, forecast.ErrNotFound) {
		t.Errorf("Rollback of the first = %+v, %v; want ErrNotFound: what was rolled back from is not before it", p, err)
	}
}

// checkRollbackOfStaged rolls a date back by hand after its staged plan was.
func checkRollbackOfStaged(t *testing.T, x *bench) {
	d := jan(10)
	x.run(t, runOf(d))
	first := x.current(t, d)
	x.run(t, rerunOf(d, forecast.StartWhole))
	p := x.run(t, staged(d, d))
	for _, verb := range []forecast.PlanVerb{forecast.VerbPublish, forecast.VerbRollback} {
		x.control(t, p.ID, verb)
		x.drive(t, p.ID)
	}
	if got := x.rollback(t, forecast.RollbackRequest{Date: d}); got.Generation != first {
		t.Errorf("Rollback = %s; want %s, which was before all that was rolled back", got.Generation, first)
	}
}

// compare compares two generations with the same series.
func (x *bench) compare(t *testing.T, query forecast.CompareQuery, from, to string) {
	t.Helper()
	c, err := x.Engine.Compare(within(t), query)
	if err != nil {
		t.Fatalf("Compare(%+v) = %v; want nil", query, err)
	}
	if c.From.Generation != from || c.To.Generation != to || c.To.Rows == 0 || c.TotalTo <= 0 {
		t.Errorf("Compare(%+v) = %s (%v) with %s (%v); want %s with %s", query, c.From.Generation, c.TotalFrom, c.To.Generation, c.TotalTo, from, to)
	}
	if c.Changed < len(c.Series) {
		t.Errorf("Compare(%+v) lists %d series of %d", query, len(c.Series), c.Changed)
	}
}

func checkRollbackRefused(t *testing.T, x *bench) {
	d, open := jan(10), jan(11)
	x.run(t, runOf(d))
	x.run(t, runOf(open))
	running := x.start(t, rerunOf(open, forecast.StartWhole))
	x.awaitStep(t, open, forecast.Train)
	tests := []struct {
		name    string
		request forecast.RollbackRequest
		want    error
	}{
		{"no older one", forecast.RollbackRequest{Date: d}, forecast.ErrNotFound},
		{"an unknown one", forecast.RollbackRequest{Date: d, Generation: "0123456789ab"}, forecast.ErrNotFound},
		{"not the one that was seen", forecast.RollbackRequest{Date: d, Generation: "0123456789ab", Expected: "odd"}, forecast.ErrConflict},
		{"an attempt runs", forecast.RollbackRequest{Date: open, Generation: x.current(t, open)}, forecast.ErrConflict},
		{"nothing was made", forecast.RollbackRequest{Date: jan(12)}, forecast.ErrNotFound},
	}
	for _, query := range []forecast.CompareQuery{{Date: d}, {Date: d, From: "0123456789ab"}, {Date: d, To: "0123456789ab"}, {Date: jan(12)}} {
		if _, err := x.Engine.Compare(within(t), query); !errors.Is(err, forecast.ErrNotFound) {
			t.Errorf("Compare(%+v) = %v; want ErrNotFound", query, err)
		}
	}
	for _, tt := range tests {
		if _, err := x.Engine.Rollback(within(t), tt.request); !errors.Is(err, tt.want) {
			t.Errorf("%s: Rollback = %v; want %v", tt.name, err, tt.want)
		}
	}
	x.Release(open, forecast.Train)
	x.wait(t, running)
}

// checkStaged backfills a date that is there, one that fails and one that is
// missing; readers see nothing of it until the plan is published, and everything
// as before once it is rolled back.
func checkStaged(t *testing.T, x *bench) {
	made, failing, missing := jan(10), jan(11), jan(12)
	x.run(t, runOf(made))
	before := x.current(t, made)
	p := x.run(t, staged(made, missing))
	if p.State != forecast.PlanReview {
		t.Fatalf("plan = %s %q; want Review", p.State, p.Reason)
	}
	if got := x.current(t, made); got != before || x.current(t, missing) != "" {
		t.Errorf("readers of %s see %s, of %s %q; want %s and none", made, got, missing, x.current(t, missing), before)
	}
	if day := x.day(t, missing); day.State != forecast.DayMissing {
		t.Errorf("day %s = %s %q; want Missing: its generation is staged", missing, day.State, day.Reason.Text)
	}
	row, _ := p.Row(missing)
	x.compare(t, forecast.CompareQuery{Date: missing, From: row.ExpectedGeneration, To: row.Generation}, "", row.Generation)
	x.control(t, p.ID, forecast.VerbPublish)
	if p = x.drive(t, p.ID); p.State != forecast.PlanEnded || p.Outcome != forecast.OutcomePartly {
		t.Errorf("plan = %s, %s; want it ended partly: %s failed", p.State, p.Outcome, failing)
	}
	if got := x.current(t, missing); got == "" || got != row.Generation {
		t.Errorf("current of %s = %q; want %s, as it was staged", missing, got, row.Generation)
	}
	if x.current(t, made) == before || x.current(t, failing) != "" {
		t.Errorf("after publishing %s is at %s and %s at %q", made, x.current(t, made), failing, x.current(t, failing))
	}
	x.control(t, p.ID, forecast.VerbRollback)
	if p = x.drive(t, p.ID); p.State != forecast.PlanEnded || p.Outcome != forecast.OutcomeRolledBack {
		t.Errorf("plan = %s, %s; want it rolled back", p.State, p.Outcome)
	}
	if got := x.current(t, made); got != before {
		t.Errorf("current of %s = %s; want %s as before", made, got, before)
	}
	if got := x.current(t, missing); got != "" {
		t.Errorf("current of %s = %s; want none as before", missing, got)
	}
	if _, err := x.Engine.Control(within(t), p.ID, forecast.VerbRollback, "aki"); !errors.Is(err, forecast.ErrConflict) {
		t.Errorf("a second rollback = %v; want ErrConflict", err)
	}
}

// checkStagedDrift reruns a date while it is staged: the newer attempt stays.
func checkStagedDrift(t *testing.T, x *bench) {
	d := jan(10)
	p := x.run(t, staged(d, d+1))
	x.run(t, rerunOf(d, forecast.StartWhole))
	newer := x.current(t, d)
	x.control(t, p.ID, forecast.VerbPublish)
	p = x.drive(t, p.ID)
	if row, _ := p.Row(d); row.State != forecast.RowDrifted || p.Outcome != forecast.OutcomePartly {
		t.Errorf("row = %s %q, plan %s; want Drifted, partly", row.State, row.Outcome, p.Outcome)
	}
	if got := x.current(t, d); got != newer {
		t.Errorf("current = %s; want %s of the newer attempt", got, newer)
	}
	if x.current(t, d+1) == "" {
		t.Errorf("%s is not published", d+1)
	}
	x.run(t, rerunOf(d+1, forecast.StartWhole))
	newer = x.current(t, d+1)
	x.control(t, p.ID, forecast.VerbRollback)
	if p = x.drive(t, p.ID); p.State != forecast.PlanEnded {
		t.Errorf("plan = %s; want it ended", p.State)
	}
	if got := x.current(t, d+1); got != newer {
		t.Errorf("rolling back replaced %s, which came after: current is %s", newer, got)
	}
}

// checkStagedStop discards what is staged.
func checkStagedStop(t *testing.T, x *bench) {
	d := jan(10)
	p := x.run(t, staged(d, d))
	x.control(t, p.ID, forecast.VerbStop)
	p = x.drive(t, p.ID)
	if row, _ := p.Row(d); row.State != forecast.RowCancelled || p.Outcome != forecast.OutcomeStopped {
		t.Errorf("row = %s, plan %s; want Cancelled, stopped", row.State, p.Outcome)
	}
	if got := x.current(t, d); got != "" {
		t.Errorf("current = %s; want none", got)
	}
	for _, verb := range []forecast.PlanVerb{forecast.VerbPublish, forecast.VerbRollback} {
		if _, err := x.Engine.Control(within(t), p.ID, verb, "aki"); !errors.Is(err, forecast.ErrConflict) {
			t.Errorf("%s of a stopped plan = %v; want ErrConflict", verb, err)
		}
	}
}
