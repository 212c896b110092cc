package enginetest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// patience is how long a case waits for what has to come. It only bounds how
// long a broken engine hangs.
const patience = time.Minute

// Harness is an engine that is opened for a case, and what a case needs beside
// it.
type Harness struct {
	Engine forecast.Engine
	// Release lets a step of a date that hangs succeed.
	Release func(d calendar.Date, step forecast.StepName)
	// Peer opens another engine on the same state, as a second process does; nil:
	// its cases are skipped.
	Peer func(t *testing.T) forecast.Engine
	// Outlives says that steps run elsewhere and go on when their driver ends.
	Outlives bool
	// ReadOnly opens the same state for reading; nil: its case is skipped.
	ReadOnly func(t *testing.T) forecast.Engine
	// Bare says that nothing is known of what the pipeline publishes, so that
	// partitions are refused with forecast.ErrUnsupported: an attempt that succeeds
	// makes its date.
	Bare bool
	// Source changes what the dates are made of; nil: its cases are skipped, as those
	// of an engine that learns nothing of a source.
	Source *Source
}

// Source is what cases do to the source of a pipeline.
type Source struct {
	// Arrive lets rows of a date arrive.
	Arrive func(t *testing.T, d calendar.Date)
	// Correct changes rows that were there when the forecast of a date was made.
	Correct func(t *testing.T, d calendar.Date)
	// Look makes the engine look at the source, as a server does now and then.
	Look func(t *testing.T)
}

// Open opens an engine for one case: a new and empty pipeline with the given
// definition, whose steps do what the script says. It registers its clean-up.
type Open func(t *testing.T, def forecast.Definition, script Script) Harness

// Definition is the pipeline that the cases expect. An engine may add what it
// needs: commands of steps, the path of its target. Its dates lie in January 2026
// and must be due by the engine's clock.
func Definition() forecast.Definition {
	return forecast.Definition{
		Pipeline: "exercise",
		Timezone: "Asia/Tokyo",
		LagDays:  1,
		Start:    jan(1),
		End:      jan(31),
		Source: forecast.Source{
			Files: map[string]string{"orders": "orders.csv"}, Query: "SELECT ds, region, orders FROM orders",
			Series: []string{"region"}, Time: "ds", Value: "orders", HistoryDays: 90,
		},
		Forecast: forecast.Settings{
			Horizon: 7, Season: []float64{7}, Models: []string{"snaive"}, Levels: []int{80, 95}, Origins: 2, Seed: 1,
		},
		Target: forecast.Target{Table: "orders_forecast", Path: "lake"},
		Limits: forecast.Limits{MaxActive: 2, StopGrace: 2 * time.Second, Keep: 5, Chunk: 3},
	}
}

func jan(n int) calendar.Date { return calendar.Of(2026, time.January, n) }

// always is a script in which each attempt of one date's step does the same.
func always(d calendar.Date, step forecast.StepName, behaviours ...Behaviour) Script {
	return Script{d: {step: behaviours}}
}

// Exercise runs the contract of forecast.Engine against an engine: the cases with
// the given names, or all. Each case has an engine of its own, and beside the
// dates that it is about others with a history, which must be the same in the end.
func Exercise(t *testing.T, open Open, only ...string) {
	t.Helper()
	ran := 0
	for _, group := range [][]exercise{dayCases(), rerunCases(), planCases(), controlCases(), streamCases(), kindCases(), serveCases(), publishCases(), fallbackCases(), realisedCases(), sourceCases()} {
		for _, c := range group {
			if len(only) > 0 && !slices.Contains(only, c.name) {
				continue
			}
			ran++
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				c.exercise(t, open)
			})
		}
	}
	if len(only) > 0 && ran != len(only) {
		t.Errorf("of the cases %q there are %d", only, ran)
	}
}

// exercise is a case of the contract.
type exercise struct {
	name   string
	script Script
	check  func(t *testing.T, x *bench)
}

// Names of cases whose pipelines are not as all.
const (
	withFallback  = "fallback by policy"        // fills what can't be made
	withArrival   = "rows arrive"               // has few dates, as it is looked for rows of each
	withLateFiles = "refused, then rows arrive" // as withArrival
	withNext      = "next date"                 // goes on
	withChange    = "rows change"               // looks for changes under its newest dates
)

func (c exercise) definition() forecast.Definition {
	def := Definition()
	switch c.name {
	case withFallback:
		def.OnMissing = forecast.OnMissingFallback
	case withNext:
		def.End = 0
	case withArrival, withLateFiles:
		def.Start = noise()[0]
	case withChange:
		def.Start, def.Limits.StaleDays = noise()[0], 2
	default:
	}
	return def
}

// noise are the dates that no case is about: one made, one failed.
func noise() [2]calendar.Date { return [2]calendar.Date{jan(28), jan(29)} }

func (c exercise) exercise(t *testing.T, open Open) {
	script := Script{noise()[1]: {forecast.Train: {Fails("noise")}}}
	maps.Copy(script, c.script)
	x := &bench{Harness: open(t, c.definition(), script)}
	for _, d := range noise() {
		x.run(t, runOf(d))
	}
	before := x.history(t)
	c.check(t, x)
	if diff := cmp.Diff(before, x.history(t)); diff != "" {
		t.Errorf("other dates changed: %s", diff)
	}
}

// bench is an open engine with what cases do to it again and again. Its methods
// end the test if the engine does not answer.
type bench struct{ Harness }

// history returns what is known of the noise.
func (x *bench) history(t *testing.T) []any {
	t.Helper()
	var all []any
	for _, d := range noise() {
		all = append(all, x.day(t, d), x.attempts(t, d), x.partitions(t, d))
	}
	return all
}

// within returns a context that outlives no broken engine.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

func runOf(d calendar.Date) forecast.PlanRequest {
	return forecast.PlanRequest{Kind: forecast.PlanRun, Dates: []calendar.Date{d}, Cause: forecast.CauseManual, Actor: "aki"}
}

func rerunOf(d calendar.Date, start forecast.StartFrom) forecast.PlanRequest {
	return forecast.PlanRequest{
		Kind: forecast.PlanRerun, Dates: []calendar.Date{d}, Start: start, Cause: forecast.CauseRerun, Actor: "aki",
	}
}

func backfillOf(from, to calendar.Date, mode forecast.Mode) forecast.PlanRequest {
	return forecast.PlanRequest{
		Kind: forecast.PlanBackfill, Range: calendar.Range{From: from, To: to}, Mode: mode,
		Order: forecast.OldestFirst, Cause: forecast.CauseBackfill, Actor: "aki",
	}
}

func (x *bench) plan(t *testing.T, request forecast.PlanRequest) forecast.Plan {
	t.Helper()
	p, err := x.Engine.Plan(within(t), request)
	if err != nil {
		t.Fatalf("Plan(%+v) = %v; want a plan", request, err)
	}
	return p
}

func (x *bench) apply(t *testing.T, id forecast.PlanID) forecast.Plan {
	t.Helper()
	p, err := x.Engine.Apply(within(t), id)
	if err != nil {
		t.Fatalf("Apply(%s) = %v; want the plan", id, err)
	}
	return p
}

func (x *bench) planByID(t *testing.T, id forecast.PlanID) forecast.Plan {
	t.Helper()
	p, err := x.Engine.PlanByID(within(t), id)
	if err != nil {
		t.Fatalf("PlanByID(%s) = %v; want the plan", id, err)
	}
	return p
}

func (x *bench) control(t *testing.T, id forecast.PlanID, verb forecast.PlanVerb) {
	t.Helper()
	if _, err := x.Engine.Control(within(t), id, verb, "aki"); err != nil {
		t.Fatalf("Control(%s, %s) = %v; want nil", id, verb, err)
	}
}

// drive drives a plan until it ended or paused, and returns it.
func (x *bench) drive(t *testing.T, id forecast.PlanID) forecast.Plan {
	t.Helper()
	if err := x.Engine.Drive(within(t), id); err != nil {
		t.Fatalf("Drive(%s) = %v; want nil", id, err)
	}
	return x.planByID(t, id)
}

// run plans, applies and drives a request.
func (x *bench) run(t *testing.T, request forecast.PlanRequest) forecast.Plan {
	t.Helper()
	return x.drive(t, x.apply(t, x.plan(t, request).ID).ID)
}

// driving is a plan that is driven beside the case.
type driving struct {
	id   forecast.PlanID
	quit context.CancelFunc
	done chan struct{}
	err  error // of Drive, once done is closed
}

// start applies a request and drives it beside the case.
func (x *bench) start(t *testing.T, request forecast.PlanRequest) *driving {
	t.Helper()
	return driveBeside(t, x.Engine, x.apply(t, x.plan(t, request).ID).ID)
}

func driveBeside(t *testing.T, engine forecast.Engine, id forecast.PlanID) *driving {
	t.Helper()
	ctx, quit := context.WithTimeout(t.Context(), patience)
	d := &driving{id: id, quit: quit, done: make(chan struct{})}
	go func() {
		defer close(d.done)
		d.err = engine.Drive(ctx, id)
	}()
	t.Cleanup(func() {
		quit()
		<-d.done
	})
	return d
}

// wait waits until Drive has returned, and returns the plan.
func (x *bench) wait(t *testing.T, d *driving) forecast.Plan {
	t.Helper()
	<-d.done
	if d.err != nil {
		t.Fatalf("Drive(%s) = %v; want nil", d.id, d.err)
	}
	return x.planByID(t, d.id)
}

func (x *bench) day(t *testing.T, d calendar.Date) forecast.Day {
	t.Helper()
	days, err := x.Engine.Days(within(t), forecast.DayQuery{Range: calendar.Range{From: d, To: d}})
	if err != nil || len(days) != 1 {
		t.Fatalf("Days(%s) = %d days, %v; want one", d, len(days), err)
	}
	return days[0]
}

func (x *bench) attempts(t *testing.T, d calendar.Date) []forecast.Execution {
	t.Helper()
	attempts, err := x.Engine.Executions(within(t), d)
	if err != nil {
		t.Fatalf("Executions(%s) = %v; want nil", d, err)
	}
	return attempts
}

// partitions returns all generations of a date.
func (x *bench) partitions(t *testing.T, d calendar.Date) []forecast.Partition {
	t.Helper()
	all, err := x.Engine.Partitions(within(t), forecast.PartitionQuery{Range: calendar.Range{From: d, To: d}, All: true})
	if x.Bare {
		if !errors.Is(err, forecast.ErrUnsupported) {
			t.Fatalf("Partitions(%s) = %+v, %v; want ErrUnsupported", d, all, err)
		}
		return nil
	}
	if err != nil {
		t.Fatalf("Partitions(%s) = %v; want nil", d, err)
	}
	return published(all)
}

// published returns the generations that are or were current: an engine may
// also list what it built and never published.
func published(all []forecast.Partition) []forecast.Partition {
	var found []forecast.Partition
	for _, p := range all {
		if !p.Published.IsZero() {
			found = append(found, p)
		}
	}
	return found
}

// await waits until a date is as ok wants it.
func (x *bench) await(t *testing.T, d calendar.Date, what string, ok func(forecast.Day) bool) forecast.Day {
	t.Helper()
	ctx := within(t)
	news, err := x.Engine.Watch(ctx, "")
	if err != nil {
		t.Fatalf("Watch = %v; want a subscription", err)
	}
	defer news.Close()
	for {
		if day := x.day(t, d); ok(day) {
			return day
		}
		if _, err = news.Next(ctx); err != nil && !errors.Is(err, forecast.ErrLagged) {
			t.Fatalf("wait for %s of %s: %v; it is %+v", what, d, err, x.day(t, d))
		}
	}
}

// awaitStep waits until a step of the date's last attempt executes.
func (x *bench) awaitStep(t *testing.T, d calendar.Date, name forecast.StepName) forecast.Day {
	t.Helper()
	return x.await(t, d, string(name), func(day forecast.Day) bool {
		for _, step := range day.Steps {
			if step.Name == name && step.Status == forecast.StepExecuting {
				return true
			}
		}
		return false
	})
}

// awaitRow waits until a row of a plan is in a state.
func (x *bench) awaitRow(t *testing.T, id forecast.PlanID, d calendar.Date, state forecast.RowState) forecast.Plan {
	t.Helper()
	ctx := within(t)
	news, err := x.Engine.Watch(ctx, "")
	if err != nil {
		t.Fatalf("Watch = %v; want a subscription", err)
	}
	defer news.Close()
	for {
		p := x.planByID(t, id)
		if row, ok := p.Row(d); ok && row.State == state {
			return p
		}
		if _, err = news.Next(ctx); err != nil && !errors.Is(err, forecast.ErrLagged) {
			t.Fatalf("waiting for row %s to be %s, got %v; plan is %+v", d, state, err, p)
		}
	}
}

// wantState checks the state of a date.
func (x *bench) wantState(t *testing.T, d calendar.Date, want forecast.DayState) forecast.Day {
	t.Helper()
	day := x.day(t, d)
	if day.State != want {
		t.Errorf("day %s is %s (%s); want %s", d, day.State, day.Reason.Text, want)
	}
	return day
}

// wantMade is wantPublished where nothing is known of what is published: so many
// attempts of the date have succeeded, the last of them with that number.
func (x *bench) wantMade(t *testing.T, d calendar.Date, times, attempt int) {
	t.Helper()
	made, last := 0, 0
	for _, e := range x.attempts(t, d) {
		if e.Status == forecast.Succeeded {
			made, last = made+1, e.Attempt
		}
	}
	if made != times || times > 0 && last != attempt {
		t.Errorf("%d attempts of %s succeeded, a%d the last; want %d, a%d", made, d, last, times, attempt)
	}
}

// wantPublished checks that a date has so many generations, one of them current
// and of the given attempt; none with 0.
func (x *bench) wantPublished(t *testing.T, d calendar.Date, generations, attempt int) {
	t.Helper()
	if x.Bare {
		x.wantMade(t, d, generations, attempt)
		return
	}
	all := x.partitions(t, d)
	current := 0
	for _, p := range all {
		if !p.Current {
			continue
		}
		current++
		if p.Attempt != attempt {
			t.Errorf("the current generation of %s is of a%d; want a%d", d, p.Attempt, attempt)
		}
	}
	if len(all) != generations || current != min(generations, 1) {
		t.Errorf("%s has %d generations, %d current; want %d, %d", d, len(all), current, generations, min(generations, 1))
	}
}

// wantSteps checks the statuses of steps in their order.
func wantSteps(t *testing.T, steps []forecast.Step, want ...forecast.StepStatus) {
	t.Helper()
	var got []forecast.StepStatus
	for _, step := range steps {
		got = append(got, step.Status)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("statuses of steps (-want +got): %s", diff)
	}
}

// wantRow checks the state of a row.
func wantRow(t *testing.T, p forecast.Plan, d calendar.Date, want forecast.RowState) {
	t.Helper()
	row, ok := p.Row(d)
	if !ok || row.State != want {
		t.Errorf("row %s of plan %s is %s (%s); want %s", d, p.ID, row.State, row.Outcome, want)
	}
}

// wantPlan checks the state and the outcome of a plan.
func wantPlan(t *testing.T, p forecast.Plan, state forecast.PlanState, outcome forecast.Outcome) {
	t.Helper()
	if p.State != state || p.Outcome != outcome {
		t.Errorf("plan %s is %s %q (%s); want %s %q", p.ID, p.State, p.Outcome, p.Reason, state, outcome)
	}
}
