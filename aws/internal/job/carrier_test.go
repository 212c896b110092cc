package job_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/internal/bucket"
	"github.com/daybatch/daybatch/aws/internal/job"
	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/plan"
	"github.com/daybatch/daybatch/forecast/step"
)

// plans are the plans as an operator's engine has them.
func (w *world) plans() *record.Documents[record.Plan] {
	return &record.Documents[record.Plan]{
		Bucket: bucket.Bucket{API: w.s3, Name: "b", Prefix: "p/"}, Prefix: naming.Plans, NewID: w.id,
		Pause: func(ctx context.Context, _ int) error { return nap(ctx, 0) },
	}
}

func (w *world) plan() record.Plan {
	w.t.Helper()
	p, err := w.plans().Load(context.Background(), "bf-1a2b")
	if err != nil {
		w.t.Fatalf("plan: %v", err)
	}
	return p
}

// carrier writes a plan of dates in a row with a carrier for all of them, and
// returns the job of it.
func (w *world) carrier(dates int, change func(*forecast.Plan)) job.Config {
	w.t.Helper()
	p := forecast.Plan{
		ID: "bf-1a2b", Pipeline: "demand-daily", Definition: w.hash, State: forecast.PlanActive, Chunk: dates,
		Request: forecast.PlanRequest{Kind: forecast.PlanBackfill, Cause: forecast.CauseBackfill, Actor: "aki"},
	}
	var starts []plan.StartRow
	var names []naming.Name
	for i := range dates {
		d := day() + calendar.Date(i)
		row := forecast.PlanRow{Date: d, Action: forecast.ActionRun, State: forecast.RowQueued, StartStep: forecast.Extract}
		p.Rows = append(p.Rows, row)
		starts = append(starts, plan.StartRow{Row: row, Attempt: 1})
		names = append(names, naming.Name{First: d, Last: d, Attempt: 1})
	}
	if change != nil {
		change(&p)
	}
	_, err := w.plans().Change(context.Background(), string(p.ID), func(stored record.Plan) (record.Plan, error) {
		stored.Plan = p
		return stored.Carry(starts, w.clock())
	})
	if err != nil {
		w.t.Fatalf("carry: %v", err)
	}
	config := w.config("run1")
	config.Scheduled, config.Dates, config.Carrier = time.Time{}, names, job.Carrier{Plan: p.ID, Number: 1}
	return config
}

// changePlan changes the plan.
func (w *world) changePlan(change func(record.Plan) record.Plan) {
	w.t.Helper()
	_, err := w.plans().Change(context.Background(), "bf-1a2b", func(p record.Plan) (record.Plan, error) { return change(p), nil })
	if err != nil {
		w.t.Errorf("change plan: %v", err)
	}
}

// rows returns the states of the plan's rows.
func (w *world) rows() string {
	w.t.Helper()
	var words []string
	for _, row := range w.plan().Plan.Rows {
		words = append(words, string(row.State))
	}
	return strings.Join(words, ",")
}

// checkAll checks the records of dates in a row.
func (w *world) checkAll(dates int) {
	w.t.Helper()
	for i := range dates {
		if err := w.check(day() + calendar.Date(i)); err != nil {
			w.t.Errorf("%s: %v", day()+calendar.Date(i), err)
		}
	}
}

func TestCarrier(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	config := w.carrier(5, nil)
	w.take(day()+1, 1) // another was faster
	w.script = func(ctx context.Context, spec step.Spec, root string) (step.Exit, bool) {
		if spec.Date > day() && w.record(spec.Date+1).Last().Attempt > 0 { //nolint:contextcheck // it looks from outside
			t.Errorf("%s has an attempt before its turn", spec.Date+1)
		}
		switch {
		case spec.Date == day()+2 && spec.Step == forecast.TrainEvaluation:
			return failing(spec.Step, forecast.ReasonGate, 1)(ctx, spec, root)
		case spec.Date == day()+3 && spec.Step == forecast.Extract:
			return failing(spec.Step, forecast.ReasonStep, 1)(ctx, spec, root)
		}
		return step.Exit{}, false
	}
	o := w.options(config)
	err := job.Run(t.Context(), o)
	want := "2 ok, 1 not run (2026-01-16), 1 gated (2026-01-17), 1 failed (2026-01-18)"
	if err == nil || !strings.HasPrefix(err.Error(), want) || !strings.HasPrefix(read(t, o.Message), want) {
		t.Errorf("Run = %v; want %s", err, want)
	}
	if got, want := w.rows(), "Succeeded,Queued,Gated,Failed,Succeeded"; got != want {
		t.Errorf("rows = %s; want %s", got, want)
	}
	a := w.record(day()).Last()
	if a.ID != "2026-01-15-a1" || a.Plan != "bf-1a2b" || a.Actor != "aki" || a.Cause != forecast.CauseBackfill || a.Definition != w.hash ||
		a.Run() != "run1" || a.Carrier != "2026-01-15-to-2026-01-19-a1" || !a.Shared() {
		t.Errorf("attempt = %+v", a)
	}
	if c := w.plan().Carriers[0]; c.Open() || c.Waits() || c.Began.IsZero() {
		t.Errorf("carrier = %+v; want it ended", c)
	}
	w.checkAll(5)
	// The same job again: the carrier has ended.
	w.began()
	if err := w.run(t.Context(), config); err != nil || w.began() != "" {
		t.Errorf("again = %v", err)
	}
}

func TestCarrierStopsAtMaxFailures(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	config := w.carrier(5, func(p *forecast.Plan) { p.MaxFailures = 2 })
	w.script = func(ctx context.Context, spec step.Spec, root string) (step.Exit, bool) {
		if spec.Date != day()+1 && spec.Step == forecast.Extract {
			return failing(spec.Step, forecast.ReasonStep, 1)(ctx, spec, root)
		}
		return step.Exit{}, false
	}
	if err := w.run(t.Context(), config); err == nil {
		t.Error("Run = nil; want what failed")
	}
	p := w.plan()
	if got, want := w.rows(), "Failed,Succeeded,Failed,Queued,Queued"; got != want || p.Plan.State != forecast.PlanPaused {
		t.Errorf("rows = %s, the plan is %s; want %s, Paused", got, p.Plan.State, want)
	}
	if p.Waits() {
		t.Error("dates wait in a carrier that has ended")
	}
}

// Once a plan is paused or stopped, no date of it is begun: nobody has to tell.
func TestCarrierOfAPausedPlan(t *testing.T) {
	t.Parallel()
	for _, state := range []forecast.PlanState{forecast.PlanPaused, forecast.PlanDraining, forecast.PlanStopping} {
		w := newWorld(t, t.TempDir())
		config := w.carrier(3, nil)
		w.script = func(_ context.Context, spec step.Spec, _ string) (step.Exit, bool) {
			if spec.Step == forecast.Train {
				w.changePlan(func(p record.Plan) record.Plan { //nolint:contextcheck // an operator's own
					p.Plan.State = state
					return p
				})
			}
			return step.Exit{}, false
		}
		if err := w.run(t.Context(), config); err != nil {
			t.Errorf("%s: Run = %v", state, err)
		}
		if got, want := w.rows(), "Succeeded,Queued,Queued"; got != want {
			t.Errorf("%s: rows = %s; want %s", state, got, want)
		}
		w.checkAll(1)
	}
}

var errKilled = errors.New("killed")

// killed runs a job that is killed in a step.
func (w *world) killed(t *testing.T, config job.Config) {
	t.Helper()
	defer func() {
		if killed := recover(); killed != any(errKilled) {
			t.Fatalf("the job ended with %v; want it killed", killed)
		}
	}()
	_ = w.run(t.Context(), config)
}

// A carrier that is killed at any step and started again goes on with the date
// and the step that it was at, and runs no date twice.
func TestCarrierIsStartedAgain(t *testing.T) {
	t.Parallel()
	for i, name := range forecast.StepNames() {
		w := newWorld(t, t.TempDir())
		config := w.carrier(3, nil)
		w.script = func(_ context.Context, spec step.Spec, _ string) (step.Exit, bool) {
			if spec.Date == day()+1 && spec.Step == name {
				panic(errKilled)
			}
			return step.Exit{}, false
		}
		w.killed(t, config)
		if got, want := w.rows(), "Succeeded,Running,Queued"; got != want {
			t.Errorf("%s: rows = %s; want %s", name, got, want)
		}
		w.script = nil
		w.began()
		err := w.run(t.Context(), config)
		want := strings.Join(append(strings.Fields(allSteps)[i:], allSteps), " ")
		if got := w.began(); err != nil || got != want {
			t.Errorf("%s: again = %v, ran %s; want %s", name, err, got, want)
		}
		if got, want := w.rows(), "Succeeded,Succeeded,Succeeded"; got != want {
			t.Errorf("%s: rows = %s; want %s", name, got, want)
		}
		for n := range 3 {
			if r := w.record(day() + calendar.Date(n)); len(r.Attempts) != 1 || r.Last().Status != forecast.Succeeded {
				t.Errorf("%s: attempts = %+v", name, r.Attempts)
			}
		}
		w.checkAll(3)
	}
}

// A date that failed before the kill stands: the job does not take it up again.
func TestCarrierLeavesWhatFailed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	config := w.carrier(2, nil)
	w.script = failing(forecast.Extract, forecast.ReasonStep, 1)
	if err := w.run(t.Context(), config); err == nil {
		t.Error("Run = nil; want what failed")
	}
	// As if it had been killed after the date's record, and before the plan.
	w.changePlan(func(p record.Plan) record.Plan {
		p.Plan.Rows[0].State, p.Plan.Rows[0].Execution = forecast.RowRunning, "2026-01-15-a1"
		p.Carriers[0].Ended = time.Time{}
		return p
	})
	w.began()
	if err := w.run(t.Context(), config); err != nil || w.began() != "" {
		t.Errorf("again = %v; want nothing to do", err)
	}
	if got, want := w.rows(), "Failed,Succeeded"; got != want {
		t.Errorf("rows = %s; want %s", got, want)
	}
}

// A carrier that is told to end ends the date that it is at, and no other.
func TestCarrierIsToldToEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	config := w.carrier(3, nil)
	ctx, cancel := context.WithCancelCause(t.Context())
	w.script = func(_ context.Context, spec step.Spec, _ string) (step.Exit, bool) {
		if spec.Date == day()+1 && spec.Step == forecast.Train {
			cancel(step.ErrStopped)
		}
		return step.Exit{}, false
	}
	if err := w.run(ctx, config); err == nil {
		t.Error("Run = nil")
	}
	for i, want := range []forecast.Status{forecast.Succeeded, forecast.Failed, ""} {
		if a := w.record(day() + calendar.Date(i)).Last(); a.Status != want {
			t.Errorf("%s is %s; want %q", day()+calendar.Date(i), a.Status, want)
		}
	}
	if c := w.plan().Carriers[0]; len(c.Waiting) != 1 {
		t.Errorf("carrier = %+v; want the third date to wait still", c)
	}
	w.checkAll(2)
}

// Whoever stops a date need not wait for its step to end, and the next one runs.
func TestCarrierSeesAStopInAStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	config := w.carrier(2, nil)
	w.script = func(ctx context.Context, spec step.Spec, _ string) (step.Exit, bool) {
		if spec.Date != day() || spec.Step != forecast.Train {
			return step.Exit{}, false
		}
		w.change(day(), func(d record.Date) (record.Date, error) { //nolint:contextcheck // an operator's own
			stopped, _, err := d.Stop("yuki", w.clock())
			return stopped, err
		})
		<-ctx.Done()
		return step.Exit{Code: 1, Class: forecast.ReasonLost, Reason: "killed"}, true
	}
	o := w.options(config)
	o.Watch = time.Nanosecond
	err := job.Run(t.Context(), o)
	if err == nil || !strings.HasPrefix(err.Error(), "1 ok, 1 stopped (2026-01-15)") {
		t.Errorf("Run = %v", err)
	}
	if got, want := w.rows(), "Stopped,Succeeded"; got != want {
		t.Errorf("rows = %s; want %s", got, want)
	}
	if diff := cmp.Diff(forecast.Reason{Class: forecast.ReasonStopped, Text: "stopped by yuki"}, w.record(day()).Last().Reason); diff != "" {
		t.Errorf("reason (-want +got):\n%s", diff)
	}
	w.checkAll(2)
}
