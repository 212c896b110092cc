package plan_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/plan"
)

func backfill(mode forecast.Mode) forecast.PlanRequest {
	return forecast.PlanRequest{Kind: forecast.PlanBackfill, Range: calendar.Range{From: jan(15), To: jan(15)}, Mode: mode}
}

func named(kind forecast.PlanKind, dates ...calendar.Date) forecast.PlanRequest {
	return forecast.PlanRequest{Kind: kind, Dates: dates}
}

// TestActions is the table of state by request.
func TestActions(t *testing.T) {
	t.Parallel()
	const run, skip, join, block = forecast.ActionRun, forecast.ActionSkip, forecast.ActionJoin, forecast.ActionBlock
	scheduled := named(forecast.PlanRun, jan(15))
	scheduled.Cause = forecast.CauseSchedule
	requests := []forecast.PlanRequest{
		backfill(forecast.ModeMissing), backfill(forecast.ModeMissingAndFailed), backfill(forecast.ModeAll),
		named(forecast.PlanBackfill, jan(15)), named(forecast.PlanRerun, jan(15)), named(forecast.PlanRun, jan(15)), scheduled,
	}
	tests := []struct {
		state forecast.DayState
		want  []forecast.Action // missing, missing-and-failed, all, explicit, rerun, run, scheduled run
	}{
		{forecast.DayMissing, []forecast.Action{run, run, run, run, run, run, run}},
		{forecast.DayFailed, []forecast.Action{skip, run, run, run, run, run, skip}},
		{forecast.DayStopped, []forecast.Action{skip, run, run, run, run, run, skip}},
		{forecast.DayGated, []forecast.Action{skip, skip, run, run, run, run, skip}},
		{forecast.DaySucceeded, []forecast.Action{skip, skip, run, run, run, skip, skip}},
		{forecast.DayRunning, []forecast.Action{join, join, join, join, join, join, join}},
		{forecast.DayStopping, []forecast.Action{block, block, block, block, block, block, block}},
		{forecast.DayWaiting, []forecast.Action{block, block, block, run, run, run, run}},
		{forecast.DayUnknown, []forecast.Action{block, block, block, block, block, block, block}},
		{forecast.DayNotDue, []forecast.Action{skip, skip, skip, skip, skip, skip, skip}},
	}
	for _, tt := range tests {
		t.Run(string(tt.state), func(t *testing.T) {
			t.Parallel()
			facts := inState(t, jan(15), tt.state)
			if got := plan.Day(facts, rulesFor(t), noon(t)).State; got != tt.state {
				t.Fatalf("the facts are of a day that is %s; want %s", got, tt.state)
			}
			for i, request := range requests {
				p, err := plan.Make(request, []plan.Facts{facts}, rulesFor(t), noon(t))
				if err != nil {
					t.Fatalf("Make = %v; want nil", err)
				}
				if row := p.Rows[0]; row.Action != tt.want[i] || row.Reason == "" {
					t.Errorf("%s %s %v %s: %s %q; want %s with a reason", request.Kind, request.Mode, request.Dates, request.Cause, row.Action, row.Reason, tt.want[i])
				}
			}
		})
	}
}

func TestReasons(t *testing.T) {
	t.Parallel()
	change := func(state forecast.DayState, change func(*plan.Facts)) plan.Facts {
		f := inState(t, jan(15), state)
		change(&f)
		return f
	}
	tests := []struct {
		name    string
		request forecast.PlanRequest
		facts   plan.Facts
		action  forecast.Action
		reason  string
	}{
		{"failed", backfill(forecast.ModeMissing), inState(t, jan(15), forecast.DayFailed), forecast.ActionSkip, "failed at Train (a2); not in this mode"},
		{"gated again", backfill(forecast.ModeMissingAndFailed), inState(t, jan(15), forecast.DayGated), forecast.ActionSkip, "gated at TrainEvaluation (a2); same inputs: the gate would refuse again"},
		{
			"gated under another definition", backfill(forecast.ModeMissingAndFailed),
			change(forecast.DayGated, func(f *plan.Facts) { f.Last.Definition = "d0" }),
			forecast.ActionRun, "gated at TrainEvaluation (a2); the definition changed since",
		},
		{
			"gated over other rows", backfill(forecast.ModeMissingAndFailed),
			change(forecast.DayGated, func(f *plan.Facts) { f.Reusable[0].Good = false }),
			forecast.ActionRun, "gated at TrainEvaluation (a2); the inputs changed since",
		},
		{
			"gated, then files changed", backfill(forecast.ModeMissingAndFailed),
			change(forecast.DayGated, func(f *plan.Facts) { f.Arrived, f.Lost = "a.csv changed since", "b.csv went away since" }),
			forecast.ActionRun, "gated at TrainEvaluation (a2); a.csv changed since, b.csv went away since",
		},
		{
			"gated, then files changed, in the mode missing", backfill(forecast.ModeMissing),
			change(forecast.DayGated, func(f *plan.Facts) { f.Arrived = "a.csv changed since" }),
			forecast.ActionSkip, "gated at TrainEvaluation (a2); not in this mode",
		},
		{"waiting", backfill(forecast.ModeMissing), inState(t, jan(15), forecast.DayWaiting), forecast.ActionBlock, "until the source has the date: Extract: no rows (a2)"},
		{
			"waiting, then files arrived", backfill(forecast.ModeMissing),
			change(forecast.DayWaiting, func(f *plan.Facts) { f.Arrived = "a.csv arrived since" }),
			forecast.ActionRun, "Extract: no rows (a2); a.csv arrived since",
		},
		{
			"waiting, then files arrived, in the mode all", backfill(forecast.ModeAll),
			change(forecast.DayWaiting, func(f *plan.Facts) { f.Arrived = "a.csv arrived since" }),
			forecast.ActionRun, "Extract: no rows (a2); a.csv arrived since",
		},
		{
			"waiting, then files went away", backfill(forecast.ModeMissing),
			change(forecast.DayWaiting, func(f *plan.Facts) { f.Lost = "a.csv went away since" }),
			forecast.ActionBlock, "until the source has the date: Extract: no rows (a2)",
		},
		{"succeeded", named(forecast.PlanRun, jan(15)), inState(t, jan(15), forecast.DaySucceeded), forecast.ActionSkip, "already succeeded (a2); rerun makes a new attempt"},
		{
			"stale", backfill(forecast.ModeMissing), change(forecast.DaySucceeded, func(f *plan.Facts) { f.Stale = true }),
			forecast.ActionSkip, "already succeeded (a2); its inputs changed since, so a rerun may differ",
		},
		{
			"running another definition", backfill(forecast.ModeMissing),
			change(forecast.DayRunning, func(f *plan.Facts) { f.Last.Definition = "d0" }),
			forecast.ActionBlock, "until a2 has ended: it runs another definition, d0",
		},
	}
	for _, tt := range tests {
		p, err := plan.Make(tt.request, []plan.Facts{tt.facts}, rulesFor(t), noon(t))
		if err != nil {
			t.Fatalf("%s: Make = %v; want nil", tt.name, err)
		}
		if row := p.Rows[0]; row.Action != tt.action || row.Reason != tt.reason {
			t.Errorf("%s: %s %q; want %s %q", tt.name, row.Action, row.Reason, tt.action, tt.reason)
		}
	}
}

func TestWhereARerunStarts(t *testing.T) {
	t.Parallel()
	before := func(step forecast.StepName) []forecast.StepName {
		return forecast.StepNames()[:slices.Index(forecast.StepNames(), step)]
	}
	gone := func(state forecast.DayState, step forecast.StepName, why string) plan.Facts {
		f := inState(t, jan(15), state)
		for i := range f.Reusable {
			if f.Reusable[i].Step == step {
				f.Reusable[i] = plan.StepProof{Step: step, Why: why}
			}
		}
		return f
	}
	unproved := inState(t, jan(15), forecast.DayFailed)
	unproved.Reusable = nil
	tests := []struct {
		name  string
		start forecast.StartFrom
		facts plan.Facts
		want  forecast.StepName
		why   string // part of the reason
	}{
		{"whole", forecast.StartWhole, inState(t, jan(15), forecast.DayFailed), forecast.Extract, "failed at Train (a2)"},
		{"failed step", forecast.StartFailedStep, inState(t, jan(15), forecast.DayFailed), forecast.Train, "failed at Train (a2)"},
		{"stopped step", forecast.StartFailedStep, inState(t, jan(15), forecast.DayStopped), forecast.Train, "stopped at Train (a2)"},
		{"earlier step", "PreProc", inState(t, jan(15), forecast.DayFailed), forecast.PreProc, ""},
		{"later step than it got to", "Predict", inState(t, jan(15), forecast.DayFailed), forecast.Train, "Train: a2 did not finish it, so it starts there"},
		{"any step of a good day", "Predict", inState(t, jan(15), forecast.DaySucceeded), forecast.Predict, ""},
		{"no step failed", forecast.StartFailedStep, inState(t, jan(15), forecast.DaySucceeded), forecast.Extract, "no step of a2 failed: whole date"},
		{"a step of what never ran", "Train", inState(t, jan(15), forecast.DayMissing), forecast.Extract, "nothing for Train: whole date"},
		{"outputs are gone", forecast.StartFailedStep, gone(forecast.DayGated, forecast.PreProc, "panel.parquet is gone"), forecast.PreProc, "PreProc: panel.parquet is gone, so it starts there"},
		{"rows arrived", forecast.StartFailedStep, gone(forecast.DayGated, forecast.Extract, "214 rows arrived since"), forecast.Extract, "Extract: 214 rows arrived since -> whole date"},
		{"nothing proves the outputs", forecast.StartFailedStep, unproved, forecast.Extract, "nothing proves its outputs"},
	}
	for _, tt := range tests {
		request := named(forecast.PlanRerun, jan(15))
		request.Start = tt.start
		p, err := plan.Make(request, []plan.Facts{tt.facts}, rulesFor(t), noon(t))
		if err != nil {
			t.Fatalf("%s: Make = %v; want nil", tt.name, err)
		}
		row := p.Rows[0]
		if row.StartStep != tt.want || !slices.Equal(row.Reused, before(tt.want)) || !strings.Contains(row.Reason, tt.why) {
			t.Errorf("%s: starts at %s, reuses %v: %q; want %s, %v, %q", tt.name, row.StartStep, row.Reused, row.Reason, tt.want, before(tt.want), tt.why)
		}
	}
}

func TestMakeFillsIn(t *testing.T) {
	t.Parallel()
	facts := []plan.Facts{inState(t, jan(11), forecast.DayMissing), inState(t, jan(10), forecast.DayMissing), inState(t, jan(12), forecast.DayMissing)}
	request := forecast.PlanRequest{Kind: forecast.PlanBackfill, Range: calendar.Range{From: jan(10)}, Actor: "aki"}
	p, err := plan.Make(request, facts, rulesFor(t), noon(t))
	if err != nil {
		t.Fatal(err)
	}
	want := forecast.PlanRequest{
		Kind: forecast.PlanBackfill, Range: calendar.Range{From: jan(10), To: jan(12)}, Mode: forecast.ModeMissing,
		Order: forecast.NewestFirst, MaxActive: 2, MaxFailures: 3, Actor: "aki",
	}
	if diff := cmp.Diff(want, p.Request); diff != "" {
		t.Errorf("request (-want +got): %s", diff)
	}
	if p.Rows[0].Date != jan(12) || p.Rows[2].Date != jan(10) || p.State != forecast.PlanDraft || p.Definition != "d1" {
		t.Errorf("plan = %+v; want a draft, newest first", p)
	}
	if want := (forecast.Estimate{Wall: 2 * time.Minute, Days: 9}); p.Estimate != want || p.Rows[0].Estimate != time.Minute {
		t.Errorf("estimate = %+v, of a row %s; want %+v, 1m", p.Estimate, p.Rows[0].Estimate, want)
	}
	if !strings.HasPrefix(string(p.ID), "bf-") || len(p.ID) < 9 {
		t.Errorf("id = %q; want bf- and 6 digits or more", p.ID)
	}
	again, err := plan.Make(request, facts, rulesFor(t), noon(t))
	if err != nil || again.ID != p.ID {
		t.Errorf("the same plan has id %s, %v; want %s", again.ID, err, p.ID)
	}
	later, err := plan.Make(request, facts, rulesFor(t), noon(t).Add(time.Nanosecond))
	if err != nil || later.ID == p.ID {
		t.Errorf("a later plan has id %s, %v; want another", later.ID, err)
	}
	if _, err = plan.Make(named(forecast.PlanRerun, jan(20)), facts, rulesFor(t), noon(t)); err == nil {
		t.Errorf("Make without the facts of a date = nil; want an error")
	}
}

func TestDatesRefuses(t *testing.T) {
	t.Parallel()
	change := func(change func(*forecast.PlanRequest)) forecast.PlanRequest {
		request := backfill(forecast.ModeMissing)
		change(&request)
		return request
	}
	tests := []struct {
		request forecast.PlanRequest
		want    string
	}{
		{change(func(r *forecast.PlanRequest) { r.Range = calendar.Range{} }), "names no dates: give a date or a range"},
		{change(func(r *forecast.PlanRequest) { r.Range.To = jan(3) }), "ends with 2026-01-03, before it begins with 2026-01-15"},
		{change(func(r *forecast.PlanRequest) { r.Range.To = jan(42) }), "2026-02-11 lies in the future: today is 2026-02-10"},
		{change(func(r *forecast.PlanRequest) { r.Range.From = 1 }), "check the years"},
		{change(func(r *forecast.PlanRequest) { r.Kind = "dance" }), "choose one of run, rerun, backfill"},
		{change(func(r *forecast.PlanRequest) { r.Mode = "some" }), "choose one of missing, missing-and-failed, all"},
		{change(func(r *forecast.PlanRequest) { r.Order = "random" }), "choose one of newest, oldest"},
		{change(func(r *forecast.PlanRequest) { r.MaxActive = -1 }), "max_active -1"},
		{change(func(r *forecast.PlanRequest) { r.MaxFailures = -1 }), "max_failures -1"},
		{named(forecast.PlanRun, jan(3), jan(4)), "a run is of one date"},
	}
	for _, tt := range tests {
		_, err := plan.Dates(tt.request, calendarOf(t, nil), noon(t))
		if !errors.Is(err, forecast.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Dates(%+v) = %v; want ErrInvalid that says %q", tt.request, err, tt.want)
		}
		if _, err = plan.Make(tt.request, nil, rulesFor(t), noon(t)); !errors.Is(err, forecast.ErrInvalid) {
			t.Errorf("Make(%+v) = %v; want ErrInvalid", tt.request, err)
		}
	}
	elsewhere := change(func(r *forecast.PlanRequest) { r.Start = "Deploy" })
	if _, err := plan.Make(elsewhere, nil, rulesFor(t), noon(t)); !errors.Is(err, forecast.ErrInvalid) || !strings.Contains(err.Error(), "choose one of failed, Extract") {
		t.Errorf("Make from a step that isn't there = %v; want ErrInvalid that names the steps", err)
	}
	greedy := change(func(r *forecast.PlanRequest) { r.MaxActive = 3 })
	if _, err := plan.Make(greedy, []plan.Facts{inState(t, jan(15), forecast.DayMissing)}, rulesFor(t), noon(t)); !errors.Is(err, forecast.ErrInvalid) {
		t.Errorf("Make with more slots than the pipeline has = %v; want ErrInvalid", err)
	}
}

// TestPlanCoversEachDateOnce draws requests and checks the rows of their plans.
func TestPlanCoversEachDateOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		request := forecast.PlanRequest{
			Kind: forecast.PlanBackfill, Order: rapid.SampledFrom([]forecast.Order{forecast.NewestFirst, forecast.OldestFirst}).Draw(r, "order"),
		}
		if rapid.Bool().Draw(r, "explicit") {
			for _, n := range rapid.SliceOfN(rapid.IntRange(1, 40), 1, 60).Draw(r, "dates") {
				request.Dates = append(request.Dates, jan(n))
			}
		} else {
			from := rapid.IntRange(1, 40).Draw(r, "from")
			request.Range = calendar.Range{From: jan(from), To: jan(rapid.IntRange(from, 40).Draw(r, "to"))}
		}
		dates, err := plan.Dates(request, calendarOf(t, nil), noon(t))
		if err != nil {
			r.Fatal(err)
		}
		var facts []plan.Facts
		for _, d := range dates {
			facts = append(facts, inState(t, d, rapid.SampledFrom(forecast.DayStates()).Draw(r, "state")))
		}
		p, err := plan.Make(request, facts, rulesFor(t), noon(t))
		if err != nil {
			r.Fatal(err)
		}
		want := slices.Clone(request.Dates)
		if len(want) == 0 {
			want = slices.Collect(request.Range.Dates())
		}
		slices.Sort(want)
		want = slices.Compact(want)
		if p.Request.Order == forecast.NewestFirst {
			slices.Reverse(want)
		}
		var got []calendar.Date
		for _, row := range p.Rows {
			got = append(got, row.Date)
		}
		if !slices.Equal(got, want) {
			r.Errorf("rows are of %v; want %v", got, want)
		}
	})
}

// TestChunk says how many dates a process works through.
func TestChunk(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		what             string
		asked, rule, run int
		want             int
	}{
		{"the pipeline's", 0, 4, 6, 4},
		{"the asked one", 3, 4, 6, 3},
		{"no more than there are", 0, 10, 6, 6},
		{"a single date", 0, 10, 1, 0},
		{"one each", 1, 10, 6, 0},
		{"nothing said", 0, 0, 6, 0},
	} {
		request := backfill(forecast.ModeMissing)
		request.Range.To, request.Chunk = request.Range.From+calendar.Date(tt.run-1), tt.asked
		rules := rulesFor(t)
		rules.Chunk = tt.rule
		var facts []plan.Facts
		for d := request.Range.From; d <= request.Range.To; d++ {
			facts = append(facts, inState(t, d, forecast.DayMissing))
		}
		p, err := plan.Make(request, facts, rules, noon(t))
		if err != nil || p.Chunk != tt.want {
			t.Errorf("%s: chunk of %d dates = %d, %v; want %d", tt.what, tt.run, p.Chunk, err, tt.want)
		}
	}
}
