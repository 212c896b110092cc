package plan_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/plan"
)

// active returns an active plan over facts, oldest date first.
func active(tb testing.TB, request forecast.PlanRequest, facts ...plan.Facts) forecast.Plan {
	tb.Helper()
	if len(request.Dates) == 0 && request.Range == (calendar.Range{}) {
		request.Range = calendar.Range{From: facts[0].Date, To: facts[len(facts)-1].Date}
	}
	request.Order = forecast.OldestFirst
	p, err := plan.Make(request, facts, rulesFor(tb), noon(tb))
	if err != nil {
		tb.Fatalf("Make = %v; want nil", err)
	}
	return plan.Activate(p)
}

func snapshotOf(tb testing.TB, p forecast.Plan, facts ...plan.Facts) plan.Snapshot {
	tb.Helper()
	s := plan.Snapshot{Plan: p, Facts: map[calendar.Date]plan.Facts{}, Rules: rulesFor(tb)}
	for _, f := range facts {
		s.Facts[f.Date] = f
		if f.Last.Attempt > 0 && f.Last.Status.Open() {
			s.Open++
		}
	}
	return s
}

// settled returns the plan after the decisions, with every started row given an
// execution.
func settled(tb testing.TB, p forecast.Plan, decisions []plan.Decision) forecast.Plan {
	tb.Helper()
	for _, d := range decisions {
		if start, ok := d.(plan.StartRow); ok {
			d = start.Started("x-1")
		}
		var err error
		if p, err = plan.Settle(p, d); err != nil {
			tb.Fatalf("Settle(%+v) = %v; want nil", d, err)
		}
	}
	return p
}

// TestRowsMove takes a plan of one date through what may happen to it.
func TestRowsMove(t *testing.T) {
	t.Parallel()
	d := jan(15)
	missing, running := inState(t, d, forecast.DayMissing), inState(t, d, forecast.DayRunning)
	mine := func(f plan.Facts) func(*forecast.Plan) {
		return func(p *forecast.Plan) { p.Rows[0].State, p.Rows[0].Execution = forecast.RowRunning, f.Last.ID }
	}
	change := func(f plan.Facts, change func(*plan.Facts)) plan.Facts {
		change(&f)
		return f
	}
	interrupted := running
	interrupted.Last, interrupted.Holder = plan.Interrupt(running.Last, "serve@forge ended", noon(t)), ""
	other := func(s *plan.Snapshot) { s.Rules.Definition = "d2" }
	missingMode, allMode := backfill(forecast.ModeMissing), backfill(forecast.ModeAll)
	tests := []struct {
		name    string
		request forecast.PlanRequest
		planned plan.Facts
		change  func(*forecast.Plan)
		now     plan.Facts
		world   func(*plan.Snapshot)
		row     forecast.RowState
		plan    forecast.PlanState
		outcome forecast.Outcome
	}{
		{"starts", missingMode, missing, nil, missing, nil, forecast.RowRunning, forecast.PlanActive, ""},
		{"waits for a slot of the pipeline", missingMode, missing, nil, missing, func(s *plan.Snapshot) { s.Open = 2 }, forecast.RowQueued, forecast.PlanActive, ""},
		{"waits for who holds the date", missingMode, missing, nil, change(missing, func(f *plan.Facts) { f.Holder = "kei@anvil" }), nil, forecast.RowQueued, forecast.PlanActive, ""},
		{"joins who was faster", missingMode, missing, nil, running, nil, forecast.RowJoined, forecast.PlanActive, ""},
		{"joins nobody who runs something else", missingMode, missing, nil, change(running, func(f *plan.Facts) { f.Last.Definition = "d0" }), nil, forecast.RowQueued, forecast.PlanActive, ""},
		{"drifts by an attempt", missingMode, missing, nil, inState(t, d, forecast.DayFailed), nil, forecast.RowDrifted, forecast.PlanEnded, forecast.OutcomeFailed},
		{"drifts by a generation", missingMode, missing, nil, change(missing, func(f *plan.Facts) {
			f.Current = forecast.Partition{Generation: "g", Kind: forecast.GenerationOwn}
		}), nil, forecast.RowDrifted, forecast.PlanEnded, forecast.OutcomeFailed},
		{"does not drift by a fallback", missingMode, missing, nil, change(missing, func(f *plan.Facts) {
			f.Current = forecast.Partition{Generation: "g", Kind: forecast.GenerationFallback}
		}), nil, forecast.RowRunning, forecast.PlanActive, ""},
		{"drifts by a definition", missingMode, missing, nil, missing, other, forecast.RowDrifted, forecast.PlanEnded, forecast.OutcomeFailed},
		{"runs on", missingMode, missing, mine(running), running, nil, forecast.RowRunning, forecast.PlanActive, ""},
		{"runs on under a new definition", missingMode, missing, mine(running), running, other, forecast.RowRunning, forecast.PlanActive, ""},
		{"succeeds", missingMode, missing, mine(running), inState(t, d, forecast.DaySucceeded), nil, forecast.RowSucceeded, forecast.PlanEnded, forecast.OutcomeSucceeded},
		{"fails", missingMode, missing, mine(running), inState(t, d, forecast.DayFailed), nil, forecast.RowFailed, forecast.PlanEnded, forecast.OutcomeFailed},
		{"fails after its publish", missingMode, missing, mine(running), change(inState(t, d, forecast.DayFailed), func(f *plan.Facts) {
			f.Current = generation(f.Last)
		}), nil, forecast.RowSucceeded, forecast.PlanEnded, forecast.OutcomeSucceeded},
		{"is gated", missingMode, missing, mine(running), inState(t, d, forecast.DayGated), nil, forecast.RowGated, forecast.PlanEnded, forecast.OutcomeFailed},
		{"is stopped", missingMode, missing, mine(running), inState(t, d, forecast.DayStopped), nil, forecast.RowStopped, forecast.PlanEnded, forecast.OutcomeStopped},
		{"is interrupted and starts again", missingMode, missing, mine(running), interrupted, nil, forecast.RowRunning, forecast.PlanActive, ""},
		{"is interrupted while paused", missingMode, missing, func(p *forecast.Plan) {
			mine(running)(p)
			p.State = forecast.PlanPaused
		}, interrupted, nil, forecast.RowQueued, forecast.PlanPaused, ""},
		{"joined, ends with the other", missingMode, running, nil, inState(t, d, forecast.DaySucceeded), nil, forecast.RowSucceeded, forecast.PlanEnded, forecast.OutcomeSucceeded},
		{"blocked, stays so", missingMode, inState(t, d, forecast.DayStopping), nil, inState(t, d, forecast.DayStopping), nil, forecast.RowBlocked, forecast.PlanActive, ""},
		{"blocked, then runs", allMode, inState(t, d, forecast.DayStopping), nil, inState(t, d, forecast.DayStopped), nil, forecast.RowRunning, forecast.PlanActive, ""},
		{"blocked, then nothing is left to do", missingMode, inState(t, d, forecast.DayUnknown), nil, inState(t, d, forecast.DaySucceeded), nil, forecast.RowSkipped, forecast.PlanEnded, forecast.OutcomeSucceeded},
		{"blocked, then known to run", missingMode, inState(t, d, forecast.DayUnknown), nil, running, nil, forecast.RowJoined, forecast.PlanActive, ""},
		{"blocked, then overtaken", allMode, inState(t, d, forecast.DayStopping), nil, known(t, d, succeeded(d, 3)), nil, forecast.RowDrifted, forecast.PlanEnded, forecast.OutcomeFailed},
		{"blocked, then rolled back", allMode, change(inState(t, d, forecast.DayStopping), func(f *plan.Facts) {
			f.Current = forecast.Partition{Generation: "g2", Kind: forecast.GenerationOwn, Execution: "x-0"}
		}), nil, change(inState(t, d, forecast.DayStopped), func(f *plan.Facts) {
			f.Current = forecast.Partition{Generation: "g1", Kind: forecast.GenerationOwn, Execution: "x-0"}
		}), nil, forecast.RowDrifted, forecast.PlanEnded, forecast.OutcomeFailed},
		{"blocked, then published", allMode, inState(t, d, forecast.DayUnknown), nil, change(inState(t, d, forecast.DayFailed), func(f *plan.Facts) {
			f.Current = generation(f.Last)
		}), nil, forecast.RowRunning, forecast.PlanActive, ""},
		{"finds no rows", missingMode, missing, mine(running), inState(t, d, forecast.DayWaiting), nil, forecast.RowWaiting, forecast.PlanEnded, forecast.OutcomeFailed},
		{"gives up waiting for the source", missingMode, inState(t, d, forecast.DayWaiting), nil, inState(t, d, forecast.DayWaiting), nil, forecast.RowCancelled, forecast.PlanEnded, forecast.OutcomeStopped},
		{"waiting, then files arrive", missingMode, inState(t, d, forecast.DayWaiting), nil, change(inState(t, d, forecast.DayWaiting), func(f *plan.Facts) {
			f.Arrived = "a.csv arrived since"
		}), nil, forecast.RowRunning, forecast.PlanActive, ""},
		{"paused starts nothing", missingMode, missing, func(p *forecast.Plan) { p.State = forecast.PlanPaused }, missing, nil, forecast.RowQueued, forecast.PlanPaused, ""},
		{"drained starts nothing", missingMode, missing, func(p *forecast.Plan) { p.State = forecast.PlanDraining }, missing, nil, forecast.RowCancelled, forecast.PlanEnded, forecast.OutcomeStopped},
		{"draining waits for what runs", missingMode, missing, func(p *forecast.Plan) {
			mine(running)(p)
			p.State = forecast.PlanDraining
		}, running, nil, forecast.RowRunning, forecast.PlanDraining, ""},
		{"stopping waits for what runs", missingMode, missing, func(p *forecast.Plan) {
			mine(running)(p)
			p.State = forecast.PlanStopping
		}, running, nil, forecast.RowRunning, forecast.PlanStopping, ""},
		{"draft does nothing", missingMode, missing, func(p *forecast.Plan) { p.State = forecast.PlanDraft }, missing, nil, forecast.RowQueued, forecast.PlanDraft, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := active(t, tt.request, tt.planned)
			if tt.change != nil {
				tt.change(&p)
			}
			s := snapshotOf(t, p, tt.now)
			if tt.world != nil {
				tt.world(&s)
			}
			before := slices.Clone(p.Rows)
			got := settled(t, p, plan.Next(s, noon(t)))
			if got.Rows[0].State != tt.row || got.State != tt.plan || got.Outcome != tt.outcome {
				t.Errorf("row %s %q, plan %s %q %q; want %s, %s %q", got.Rows[0].State, got.Rows[0].Outcome, got.State, got.Outcome, got.Reason, tt.row, tt.plan, tt.outcome)
			}
			if diff := cmp.Diff(before, p.Rows); diff != "" {
				t.Errorf("the given plan changed: %s", diff)
			}
		})
	}
}

// TestInterruptedRowResumes checks that finished steps are not run again.
func TestInterruptedRowResumes(t *testing.T) {
	t.Parallel()
	d := jan(15)
	f := inState(t, d, forecast.DayRunning)
	p := active(t, backfill(forecast.ModeMissing), inState(t, d, forecast.DayMissing))
	p.Rows[0].State, p.Rows[0].Execution = forecast.RowRunning, f.Last.ID
	f.Last, f.Holder = plan.Interrupt(f.Last, "serve@forge ended", noon(t)), ""
	var start plan.StartRow
	for _, decision := range plan.Next(snapshotOf(t, p, f), noon(t)) {
		if s, ok := decision.(plan.StartRow); ok {
			start = s
		}
	}
	e := start.Execution("x-3", "forge", noon(t))
	if e.Attempt != 3 || e.StartStep != forecast.Train || e.Parent != f.Last.ID || e.Date != d || e.Definition != "d1" || e.Plan != p.ID {
		t.Errorf("attempt = %+v; want a3 of the plan from Train on, with a2 as its parent", e)
	}
	want := []forecast.StepStatus{forecast.StepReused, forecast.StepReused, forecast.StepWaiting, forecast.StepWaiting, forecast.StepWaiting, forecast.StepWaiting}
	var got []forecast.StepStatus
	for _, step := range e.Steps {
		got = append(got, step.Status)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("steps (-want +got): %s", diff)
	}
	if e.Steps[0].ReusedFrom != f.Last.ID {
		t.Errorf("Extract is of %q; want %q", e.Steps[0].ReusedFrom, f.Last.ID)
	}
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	d := jan(15)
	running := attempt(d, 1, forecast.Executing, forecast.Train, "", "")
	tests := []struct {
		name string
		e    forecast.Execution
		want bool
	}{
		{"driver ended", plan.Interrupt(running, "gone", noon(t)), true},
		{"process vanished", attempt(d, 1, forecast.Failed, forecast.Train, forecast.ReasonLost, "killed"), false},
		{"stopped", attempt(d, 1, forecast.Stopped, forecast.Train, forecast.ReasonStopped, "by kei"), false},
		{"runs", running, false},
	}
	for _, tt := range tests {
		if got := plan.Interrupted(tt.e); got != tt.want {
			t.Errorf("%s: Interrupted = %t; want %t", tt.name, got, tt.want)
		}
	}
	for _, step := range plan.Interrupt(running, "gone", noon(t)).Steps {
		if step.Status.Open() {
			t.Errorf("step %s of an attempt that ended is %s", step.Name, step.Status)
		}
	}
}

func TestMaxFailuresPause(t *testing.T) {
	t.Parallel()
	var planned, now []plan.Facts
	for n := 10; n < 18; n++ {
		planned = append(planned, inState(t, jan(n), forecast.DayMissing))
		now = append(now, planned[n-10])
	}
	request := forecast.PlanRequest{Kind: forecast.PlanBackfill, MaxFailures: 2}
	p := active(t, request, planned...)
	fail := func(i int) {
		now[i] = inState(t, jan(10+i), forecast.DayFailed)
		p.Rows[i].State, p.Rows[i].Execution = forecast.RowRunning, now[i].Last.ID
	}
	step := func() { p = settled(t, p, plan.Next(snapshotOf(t, p, now...), noon(t))) }
	fail(0)
	fail(1)
	step()
	if p.State != forecast.PlanPaused || p.Reason != "2 of 8 dates failed: resume it, or stop it" {
		t.Fatalf("after 2 failures the plan is %s %q; want Paused with the reason", p.State, p.Reason)
	}
	var err error
	if p, err = plan.Control(p, forecast.VerbResume, "aki"); err != nil || p.Reason != "" {
		t.Fatalf("Control(resume) = %q, %v; want no reason, nil", p.Reason, err)
	}
	fail(2)
	step()
	if p.State != forecast.PlanActive {
		t.Errorf("after one more failure the plan is %s; want Active", p.State)
	}
	fail(3)
	step()
	if p.State != forecast.PlanPaused {
		t.Errorf("after two more failures the plan is %s; want Paused", p.State)
	}
}

func TestStopPlanStopsWhatRuns(t *testing.T) {
	t.Parallel()
	running := inState(t, jan(10), forecast.DayRunning)
	p := active(t, forecast.PlanRequest{Kind: forecast.PlanBackfill}, inState(t, jan(10), forecast.DayMissing), inState(t, jan(11), forecast.DayMissing))
	p.Rows[0].State, p.Rows[0].Execution, p.State = forecast.RowRunning, running.Last.ID, forecast.PlanStopping
	decisions := plan.Next(snapshotOf(t, p, running, inState(t, jan(11), forecast.DayMissing)), noon(t))
	if !stops(decisions, running.Last.ID) {
		t.Errorf("Next = %+v; want a stop of %s", decisions, running.Last.ID)
	}
	running.Last.Status = forecast.Stopping
	p = settled(t, p, decisions)
	if again := plan.Next(snapshotOf(t, p, running), noon(t)); len(again) != 0 {
		t.Errorf("Next while it stops = %+v; want nothing", again)
	}
}

func TestSettleRefusesWhatCameTooLate(t *testing.T) {
	t.Parallel()
	p := active(t, backfill(forecast.ModeMissing), inState(t, jan(15), forecast.DayMissing))
	row := p.Rows[0]
	row.State = forecast.RowRunning
	for _, d := range []plan.Decision{
		plan.MoveRow{From: forecast.RowBlocked, Row: row},
		plan.MovePlan{From: forecast.PlanPaused, To: forecast.PlanEnded},
	} {
		if _, err := plan.Settle(p, d); !errors.Is(err, forecast.ErrConflict) {
			t.Errorf("Settle(%+v) = %v; want ErrConflict", d, err)
		}
	}
	if _, err := plan.Settle(p, plan.MoveRow{From: forecast.RowQueued, Row: forecast.PlanRow{Date: jan(20)}}); !errors.Is(err, forecast.ErrNotFound) {
		t.Errorf("Settle of another date = %v; want ErrNotFound", err)
	}
	if _, err := plan.Settle(p, plan.MoveRow{From: forecast.RowQueued, Row: row}); err != nil || p.Rows[0].State != forecast.RowQueued {
		t.Errorf("Settle = %v, the given row is %s; want nil, Queued", err, p.Rows[0].State)
	}
}

func TestControl(t *testing.T) {
	t.Parallel()
	verbs := []forecast.PlanVerb{forecast.VerbPause, forecast.VerbResume, forecast.VerbDrain, forecast.VerbStop}
	tests := map[forecast.PlanState][]forecast.PlanState{ // by verb; empty: a conflict
		forecast.PlanDraft:    {"", "", "", ""},
		forecast.PlanActive:   {forecast.PlanPaused, "", forecast.PlanDraining, forecast.PlanStopping},
		forecast.PlanPaused:   {"", forecast.PlanActive, forecast.PlanDraining, forecast.PlanStopping},
		forecast.PlanDraining: {"", "", "", forecast.PlanStopping},
		forecast.PlanStopping: {"", "", "", ""},
		forecast.PlanEnded:    {"", "", "", ""},
	}
	for state, want := range tests {
		for i, verb := range verbs {
			got, err := plan.Control(forecast.Plan{State: state}, verb, "aki")
			if want[i] == "" {
				if !errors.Is(err, forecast.ErrConflict) || got.State != state {
					t.Errorf("%s of a plan that is %s = %s, %v; want ErrConflict", verb, state, got.State, err)
				}
				continue
			}
			if err != nil || got.State != want[i] {
				t.Errorf("%s of a plan that is %s = %s, %v; want %s", verb, state, got.State, err, want[i])
			}
		}
	}
	if _, err := plan.Control(forecast.Plan{State: forecast.PlanActive}, "dance", "aki"); !errors.Is(err, forecast.ErrInvalid) {
		t.Errorf("Control(dance) = %v; want ErrInvalid", err)
	}
}

func TestActivateTwice(t *testing.T) {
	t.Parallel()
	p := active(t, forecast.PlanRequest{Kind: forecast.PlanBackfill},
		inState(t, jan(10), forecast.DayMissing), inState(t, jan(11), forecast.DayRunning),
		inState(t, jan(12), forecast.DaySucceeded), inState(t, jan(13), forecast.DayStopping))
	want := []forecast.RowState{forecast.RowQueued, forecast.RowJoined, forecast.RowSkipped, forecast.RowBlocked}
	for i, row := range p.Rows {
		if row.State != want[i] {
			t.Errorf("row %d is %s; want %s", i, row.State, want[i])
		}
	}
	if diff := cmp.Diff(p, plan.Activate(p)); diff != "" {
		t.Errorf("activating again changed the plan: %s", diff)
	}
}

func BenchmarkMake3650(b *testing.B) {
	facts := years(b)
	request := forecast.PlanRequest{Kind: forecast.PlanBackfill, Mode: forecast.ModeAll, Range: calendar.Range{From: facts[0].Date, To: facts[len(facts)-1].Date}}
	rules, now := rulesFor(b), noon(b)
	for b.Loop() {
		if _, err := plan.Make(request, facts, rules, now); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDay3650(b *testing.B) {
	facts := years(b)
	rules, now := rulesFor(b), noon(b)
	for b.Loop() {
		for _, f := range facts {
			if plan.Day(f, rules, now).State == "" {
				b.Fatal("a day without a state")
			}
		}
	}
}

func BenchmarkNext3650(b *testing.B) {
	facts := years(b)
	p := active(b, forecast.PlanRequest{Kind: forecast.PlanBackfill, Mode: forecast.ModeAll}, facts...)
	s := snapshotOf(b, p, facts...)
	s.Open = 0
	for b.Loop() {
		if len(plan.Next(s, noon(b))) == 0 {
			b.Fatal("nothing to do")
		}
	}
}

// years returns the facts of 3,650 dates, mixed from all states.
func years(b *testing.B) []plan.Facts {
	b.Helper()
	states := forecast.DayStates()
	var facts []plan.Facts
	for i := range 3650 {
		facts = append(facts, inState(b, jan(1-3650+i), states[i%len(states)]))
		facts[i].Owed, facts[i].Due, facts[i].NotOwed = true, facts[i].Date.UTC().Add(21*time.Hour), ""
	}
	return facts
}

func stops(decisions []plan.Decision, id forecast.ExecutionID) bool {
	return slices.ContainsFunc(decisions, func(d plan.Decision) bool {
		stop, ok := d.(plan.StopRow)
		return ok && stop.Execution == id
	})
}

// TestRests has a driver leave a plan only where nothing but a person moves it.
func TestRests(t *testing.T) {
	t.Parallel()
	running := []forecast.PlanRow{{State: forecast.RowQueued}, {State: forecast.RowRunning}}
	for _, c := range []struct {
		state forecast.PlanState
		rows  []forecast.PlanRow
		want  bool
	}{
		{forecast.PlanActive, nil, false},
		{forecast.PlanActive, running, false},
		{forecast.PlanDraining, running, false},
		{forecast.PlanPaused, running, false},
		{forecast.PlanPaused, running[:1], true},
		{forecast.PlanReview, nil, true},
		{forecast.PlanEnded, nil, true},
	} {
		if got := plan.Rests(forecast.Plan{State: c.state, Rows: c.rows}); got != c.want {
			t.Errorf("Rests(%v, %v) = %v; want %v", c.state, c.rows, got, c.want)
		}
	}
}
