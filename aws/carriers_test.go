package aws_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/forecast/step"
)

func jan(n int) calendar.Date { return calendar.Of(2026, time.January, n) }

// sharing is a project in which one machine works through so many dates.
func sharing(dates, active int) forecast.Definition {
	d := enginetest.Definition()
	d.Limits.Chunk, d.Limits.MaxActive = dates, active
	return d
}

func backfill(from, to, chunk int) forecast.PlanRequest {
	return forecast.PlanRequest{
		Kind: forecast.PlanBackfill, Range: calendar.Range{From: jan(from), To: jan(to)}, Mode: forecast.ModeMissing, Chunk: chunk,
		Order: forecast.OldestFirst, Cause: forecast.CauseBackfill, Actor: "aki",
	}
}

// machines counts the jobs that an account's executions had.
func (a *account) machines(pipeline string) (jobs, executions int) {
	for _, x := range a.sim.Executions(pipeline) {
		executions++
		for _, s := range x.Steps {
			if s.Job != "" {
				jobs += max(1, s.Attempts)
			}
		}
	}
	return jobs, executions
}

// TestOneMachineForFiveDates: a machine takes five minutes to come, a date half a
// minute to run. Dates one by one wait for five machines, in a carrier for one.
func TestOneMachineForFiveDates(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		layout   settings.Layout
		pipeline string
		dates    int
		jobs     int
	}{
		{"alone", settings.LayoutFused, "exercise", 1, 5},
		{"shared", settings.LayoutFused, "exercise", 5, 1},
		{"shared under layout steps", settings.LayoutSteps, "exercise-range", 5, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			const startUp, speed = 5 * time.Minute, 300
			a := newAccount(t, sharing(tt.dates, 1), nil, accountOptions{layout: tt.layout, startUp: startUp, speed: speed})
			e := a.open(t, nil)
			began := a.sim.Now()
			p := driven(t, e, applied(t, e, backfill(5, 9, 0)).ID)
			took := a.sim.Now().Sub(began)
			if p.Outcome != forecast.OutcomeSucceeded {
				t.Fatalf("plan ended %s (%s)", p.Outcome, p.Reason)
			}
			jobs, executions := a.machines(tt.pipeline)
			if jobs != tt.jobs || executions != tt.jobs || a.sim.Calls()["sagemaker.StartPipelineExecution"] != tt.jobs {
				t.Errorf("%d jobs in %d executions; want %d", jobs, executions, tt.jobs)
			}
			if least := time.Duration(tt.jobs) * startUp; took < least {
				t.Errorf("it took %s; want %s at least, as machines are not free", took, least)
			}
			t.Logf("5 dates, %d machines: %s of the account's time", jobs, took.Round(time.Second))
			for n := 5; n <= 9; n++ {
				if x := last(t, e, n); x.Attempt != 1 || x.Status != forecast.Succeeded || x.Plan != p.ID || x.Actor != "aki" || x.Cause != forecast.CauseBackfill || len(x.Steps) != 6 {
					t.Errorf("attempt of %s = %+v", jan(n), x)
				}
			}
			together := a.wantEstimates(t, e, startUp)
			if together.AtMost != (tt.dates == 1) {
				t.Errorf("%+v: want a limit if no date has shared a machine yet", together)
			}
		})
	}
}

// wantEstimates checks what is expected of five dates more, alone and shared, and
// returns the latter.
func (a *account) wantEstimates(t *testing.T, e *aws.Engine, startUp time.Duration) forecast.Estimate {
	t.Helper()
	var alone, together forecast.Plan
	var err error
	if alone, err = e.Plan(patience(t), backfill(15, 19, 1)); err == nil {
		together, err = e.Plan(patience(t), backfill(15, 19, 5))
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("expected: alone %s, shared %s", alone.Estimate.Wall.Round(time.Second), together.Estimate.Wall.Round(time.Second))
	if alone.Estimate.Wall < 5*startUp || together.Estimate.Wall > alone.Estimate.Wall-4*startUp || together.Estimate.Wall < startUp {
		t.Errorf("expected: alone %s, shared %s; want four starts of %s less", alone.Estimate.Wall, together.Estimate.Wall, startUp)
	}
	if alone.Estimate.Days != 5 || together.Estimate.Days != 5 {
		t.Errorf("estimates stand on %+v, %+v", alone.Estimate, together.Estimate)
	}
	return together.Estimate
}

// TestCarriersOfOne: dates of a plan that was to have a job for all steps of a date
// have that also where each has a machine to itself, under the layout that would
// start six; a date that somebody runs alone is run by the layout.
func TestCarriersOfOne(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharing(2, 3), nil, accountOptions{layout: settings.LayoutSteps})
	e := a.open(t, nil)
	p, err := e.Plan(t.Context(), backfill(5, 7, 0))
	must(t, err)
	if range3 := p.Choices[len(p.Choices)-1]; range3.Starts != 3 {
		t.Errorf("choices = %+v; want 3 starts of machines that dates share", p.Choices)
	}
	driven(t, e, applied(t, e, backfill(5, 7, 0)).ID)
	if jobs, executions := a.machines("exercise-range"); jobs != 3 || executions != 3 {
		t.Errorf("%d jobs in %d executions; want 3", jobs, executions)
	}
	driven(t, e, applied(t, e, backfill(8, 8, 0)).ID)
	if jobs, executions := a.machines("exercise"); jobs != 6 || executions != 1 {
		t.Errorf("%d jobs in %d executions for a date alone; want 6 in one", jobs, executions)
	}
}

// TestCarriersAreSpread: a carrier takes no dates for which a machine is free, and
// what waits in one is shown as waiting.
func TestCarriersAreSpread(t *testing.T) {
	t.Parallel()
	script := enginetest.Script{
		jan(5): {forecast.Train: {enginetest.Hangs()}}, jan(8): {forecast.Extract: {enginetest.Hangs()}},
	}
	a := newAccount(t, sharing(20, 2), script, accountOptions{})
	e := a.open(t, nil)
	id := applied(t, e, backfill(5, 10, 0)).ID
	wait := beside(t, e, id)
	until(t, e, "both carriers work", func() bool { return at(t, e, 5, forecast.Train) && at(t, e, 8, forecast.Extract) })
	p, err := e.PlanByID(patience(t), id)
	if want := "Running,Queued,Queued,Running,Queued,Queued"; err != nil || rows(p) != want {
		t.Errorf("rows = %s, %v; want %s", rows(p), err, want)
	}
	days, err := e.Days(patience(t), forecast.DayQuery{Range: calendar.Range{From: jan(5), To: jan(10)}})
	if err != nil {
		t.Fatal(err)
	}
	running := 0
	for _, day := range days {
		if day.State == forecast.DayRunning {
			running++
		}
	}
	if running != 2 {
		t.Errorf("%d days are running; want 2", running)
	}
	a.release(jan(5), forecast.Train)
	a.release(jan(8), forecast.Extract)
	if p = wait(); p.Outcome != forecast.OutcomeSucceeded {
		t.Errorf("plan ended %s (%s)", p.Outcome, p.Reason)
	}
	if jobs, executions := a.machines("exercise"); jobs != 2 || executions != 2 {
		t.Errorf("%d jobs in %d executions; want 2", jobs, executions)
	}
}

// TestStopOneDateOfACarrier: the others run on, on the same machine.
func TestStopOneDateOfACarrier(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharing(5, 1), enginetest.Script{jan(6): {forecast.Train: {enginetest.Hangs()}}}, accountOptions{})
	e := a.open(t, nil)
	wait := beside(t, e, applied(t, e, backfill(5, 7, 0)).ID)
	until(t, e, "the second date hangs", func() bool { return at(t, e, 6, forecast.Train) })
	if answer, err := e.Stop(patience(t), jan(6), "kei"); err != nil || answer.TooLate {
		t.Fatalf("Stop = %+v, %v", answer, err)
	}
	p := wait()
	if want := "Succeeded,Stopped,Succeeded"; rows(p) != want {
		t.Errorf("rows = %s; want %s", rows(p), want)
	}
	if x := last(t, e, 6); x.Reason.Class != forecast.ReasonStopped || !strings.Contains(x.Reason.Text, "kei") {
		t.Errorf("reason = %+v; want who stopped it", x.Reason)
	}
	if _, executions := a.machines("exercise"); executions != 1 || a.sim.Calls()["sagemaker.StopPipelineExecution"] != 0 {
		t.Errorf("%d executions, %d stopped; want one that goes on", executions, a.sim.Calls()["sagemaker.StopPipelineExecution"])
	}
}

// TestStopBeforeTheMachineCame: a plan that is stopped leaves no machine behind,
// and none of its dates has an attempt.
func TestStopBeforeTheMachineCame(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharing(5, 1), nil, accountOptions{startUp: time.Hour})
	e := a.open(t, nil)
	id := applied(t, e, backfill(5, 7, 0)).ID
	wait := beside(t, e, id)
	until(t, e, "it is started", func() bool { return len(a.sim.Executions("exercise")) == 1 })
	if _, err := e.Control(patience(t), id, forecast.VerbStop, "kei"); err != nil {
		t.Fatal(err)
	}
	if p := wait(); p.Outcome != forecast.OutcomeStopped || rows(p) != "Cancelled,Cancelled,Cancelled" {
		t.Errorf("plan ended %s: %s", p.Outcome, rows(p))
	}
	if got := attempts(t, e, 7); got != "" {
		t.Errorf("attempts = %s; want none", got)
	}
	if x := a.sim.Executions("exercise")[0]; x.Status == "Executing" {
		t.Errorf("the execution is %s; want it stopped", x.Status)
	}
}

// TestDriverDiesWhileItStartsACarrier: whether SageMaker got the request or not,
// the next driver has the same execution.
func TestDriverDiesWhileItStartsACarrier(t *testing.T) {
	t.Parallel()
	for name, effect := range map[string]awssim.Effect{"before": {DropRequest: true}, "after": {DropReply: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t, sharing(5, 1), nil, accountOptions{})
			first := a.open(t, nil)
			id := applied(t, first, backfill(5, 7, 0)).ID
			ctx, die := context.WithCancel(patience(t))
			remove := a.sim.Inject(awssim.Fault{
				Operation: "sagemaker.StartPipelineExecution", Effect: effect,
				Of: func(awssim.Request) bool { die(); return true },
			})
			if err := first.Drive(ctx, id); !errors.Is(err, context.Canceled) {
				t.Fatalf("Drive = %v; want that it was killed", err)
			}
			remove()
			second := a.open(t, func(o *aws.Options) { o.Actor = "kei" })
			if p := driven(t, second, id); p.Outcome != forecast.OutcomeSucceeded {
				t.Errorf("plan ended %s (%s)", p.Outcome, p.Reason)
			}
			if got, want := attempts(t, second, 7), "5-a1:Succeeded 6-a1:Succeeded 7-a1:Succeeded"; got != want {
				t.Errorf("attempts = %s; want %s", got, want)
			}
			if jobs, executions := a.machines("exercise"); jobs != 1 || executions != 1 {
				t.Errorf("%d jobs in %d executions; want 1", jobs, executions)
			}
		})
	}
}

// TestCarrierGoesOnWithoutADriver: all dates are made, and whoever drives next
// finds them so.
func TestCarrierGoesOnWithoutADriver(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharing(5, 1), enginetest.Script{jan(5): {forecast.Train: {enginetest.Hangs()}}}, accountOptions{})
	e := a.open(t, nil)
	id := applied(t, e, backfill(5, 7, 0)).ID
	ctx, die := context.WithCancel(patience(t))
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = e.Drive(ctx, id)
	}()
	until(t, e, "the first date hangs", func() bool { return at(t, e, 5, forecast.Train) })
	die()
	<-done
	a.release(jan(5), forecast.Train)
	until(t, e, "all are made", func() bool { return last(t, e, 7).Status == forecast.Succeeded })
	if p := driven(t, e, id); p.Outcome != forecast.OutcomeSucceeded || a.sim.Calls()["sagemaker.StartPipelineExecution"] != 1 {
		t.Errorf("plan ended %s (%s), after %d starts", p.Outcome, p.Reason, a.sim.Calls()["sagemaker.StartPipelineExecution"])
	}
}

// killOnce kills the process at the first step of the kind.
func killOnce(n int, name forecast.StepName) func(step.Spec) {
	var done atomic.Bool
	return func(spec step.Spec) {
		if spec.Date == jan(n) && spec.Step == name && done.CompareAndSwap(false, true) {
			panic(errKilled)
		}
	}
}

// TestCarrierIsLost: what had ended stands, what was open has failed, and what
// waited is started anew.
func TestCarrierIsLost(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharing(5, 1), nil, accountOptions{before: killOnce(6, forecast.Train)})
	e := a.open(t, nil)
	p := driven(t, e, applied(t, e, backfill(5, 8, 0)).ID)
	if want := "Succeeded,Failed,Succeeded,Succeeded"; rows(p) != want {
		t.Errorf("rows = %s; want %s", rows(p), want)
	}
	if got, want := attempts(t, e, 8), "5-a1:Succeeded 6-a1:Failed 7-a1:Succeeded 8-a1:Succeeded"; got != want {
		t.Errorf("attempts = %s; want %s", got, want)
	}
	if x := last(t, e, 6); x.Reason.Class != forecast.ReasonLost {
		t.Errorf("reason = %+v; want lost", x.Reason)
	}
	if _, executions := a.machines("exercise"); executions != 2 {
		t.Errorf("%d executions; want 2", executions)
	}
}

// TestCarriersThatNeverBegin: each fails a date at least, with the reason, so that
// the plan comes to its limit of failures.
func TestCarriersThatNeverBegin(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharing(5, 1), nil, accountOptions{
		play: func(awssim.Job) awssim.Play { return awssim.Play{Create: "ValidationException"} },
	})
	e := a.open(t, nil)
	request := backfill(5, 9, 0)
	request.MaxFailures = 2
	p := driven(t, e, applied(t, e, request).ID)
	if want := "Failed,Failed,Queued,Queued,Queued"; p.State != forecast.PlanPaused || rows(p) != want {
		t.Errorf("plan is %s (%s): %s; want it Paused: %s", p.State, p.Reason, rows(p), want)
	}
	if x := last(t, e, 5); x.Reason.Class != forecast.ReasonInfrastructure && x.Reason.Class != forecast.ReasonLost {
		t.Errorf("reason = %+v", x.Reason)
	}
}

// TestCarrierIsRefused: the same if SageMaker does not start it.
func TestCarrierIsRefused(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharing(5, 1), nil, accountOptions{faults: []awssim.Fault{{
		Operation: "sagemaker.StartPipelineExecution", When: awssim.First(1), Effect: awssim.Effect{Code: "ResourceLimitExceeded", Message: "too many"},
	}}})
	e := a.open(t, nil)
	p := driven(t, e, applied(t, e, backfill(5, 7, 0)).ID)
	if want := "Failed,Succeeded,Succeeded"; rows(p) != want {
		t.Errorf("rows = %s; want %s", rows(p), want)
	}
	if x := last(t, e, 5); !strings.Contains(x.Reason.Text, "too many") {
		t.Errorf("reason = %+v; want SageMaker's", x.Reason)
	}
}

// TestCarrierFindsADateChanged: a date to which something has happened since the
// plan was made is left as it is, and the next one goes on.
func TestCarrierFindsADateChanged(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharing(5, 2), enginetest.Script{jan(5): {forecast.Train: {enginetest.Hangs()}}}, accountOptions{})
	e := a.open(t, nil)
	request := backfill(5, 7, 0)
	request.MaxActive = 1
	wait := beside(t, e, applied(t, e, request).ID)
	until(t, e, "the first date hangs", func() bool { return at(t, e, 5, forecast.Train) })
	other := a.open(t, func(o *aws.Options) { o.Actor = "kei" })
	run := forecast.PlanRequest{Kind: forecast.PlanRun, Dates: []calendar.Date{jan(6)}, Cause: forecast.CauseManual, Actor: "kei"}
	id := applied(t, other, run).ID
	otherWait := beside(t, other, id)
	a.release(jan(5), forecast.Train)
	p, q := wait(), otherWait()
	if got := attempts(t, e, 7); got != "5-a1:Succeeded 6-a1:Succeeded 7-a1:Succeeded" {
		t.Errorf("attempts = %s; want one of each, whoever was faster", got)
	}
	if p.State != forecast.PlanEnded || q.State != forecast.PlanEnded {
		t.Errorf("plans are %s, %s: %s, %s", p.State, q.State, rows(p), rows(q))
	}
}
