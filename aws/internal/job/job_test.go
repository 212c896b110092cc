package job_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/daybatch/daybatch/aws/internal/job"
	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/step"
)

func TestScheduledDate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	if err := w.run(t.Context(), w.config("run1")); err != nil {
		t.Fatalf("Run = %v\n%s", err, w.log.String())
	}
	// 21:00 UTC is the 16th in Tokyo; the lag makes it the 15th.
	r := w.record(day())
	a := r.Last()
	if a.ID != "2026-01-15-a1" || a.Status != forecast.Succeeded || a.Cause != forecast.CauseSchedule || a.Actor != "schedule" || a.Run() != "run1" ||
		r.Current == "" || r.Current != a.Generation || r.Claim != nil || a.Token != "daybatch/demand-daily/2026-01-15T21:00:00Z" {
		t.Errorf("record = %+v", r)
	}
	if got := statuses(a.Steps); got != strings.TrimSuffix(strings.Repeat("Succeeded,", 6), ",") {
		t.Errorf("steps = %s", got)
	}
	if got, want := w.table.at[day()], "s3://b/p/generations/demand_forecast/dt=2026-01-15/"+r.Current+"/"; got != want {
		t.Errorf("the catalogue says %s; want %s", got, want)
	}
	g := r.Generations[r.Current]
	if g.Rows != 7 || g.Metrics["wape"] != 0.25 || g.Execution != a.ID || g.Path != w.table.at[day()] || g.Manifest == "" {
		t.Errorf("generation = %+v", g)
	}
	p := w.progress("run1", day())
	if model, _ := p.Step(forecast.Train); len(model.Outputs) != 2 || model.Outputs[0].SHA256 == "" || model.Tries != 1 || model.Started.IsZero() {
		t.Errorf("Train in the progress = %+v", model)
	}
	if w.s3.Object("p/runs/run1/2026-01-15/Train/model/models.json") == nil {
		t.Errorf("no model in %q", w.s3.Keys("p/runs/"))
	}
	if got := w.began(); got != allSteps {
		t.Errorf("ran %s", got)
	}
	if err := w.check(day()); err != nil {
		t.Error(err)
	}
	// The same job again, as after a lost exit code: nothing but the catalogue.
	delete(w.table.at, day())
	if err := w.run(t.Context(), w.config("run1")); err != nil || w.began() != "" || w.table.at[day()] == "" {
		t.Errorf("again = %v, the catalogue says %q", err, w.table.at[day()])
	}
	if want := []string{"run1 2026-01-15-a1"}; !slices.Equal(w.renamed, want) {
		t.Errorf("executions were called %q; want %q, once", w.renamed, want)
	}
}

func TestHeldByAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	w.take(day(), 1)
	before := w.s3.Object("p/" + naming.DateKey(day()))
	o := w.options(w.config("run1"))
	err := job.Run(t.Context(), o)
	if !errors.Is(err, forecast.ErrConflict) || !strings.Contains(err.Error(), "aki@forge") {
		t.Errorf("Run = %v; want a conflict that names the holder", err)
	}
	if got := read(t, o.Message); !strings.Contains(got, "aki@forge") {
		t.Errorf("message = %q", got)
	}
	if string(before) != string(w.s3.Object("p/"+naming.DateKey(day()))) || w.began() != "" {
		t.Error("the record changed, or a step ran")
	}
}

func TestAttemptOfAnOperator(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	config := w.config("run1")
	config.Date, config.Attempt, config.Scheduled = day(), 1, time.Time{}
	if err := w.run(t.Context(), config); !errors.Is(err, forecast.ErrConflict) {
		t.Errorf("Run without a record = %v; want ErrConflict", err)
	}
	w.take(day(), 1)
	if err := w.run(t.Context(), config); err != nil {
		t.Fatalf("Run = %v", err)
	}
	if a := w.record(day()).Last(); a.Status != forecast.Succeeded || a.ARN != arnPrefix+"run1" || a.Actor != "aki" {
		t.Errorf("attempt = %+v", a)
	}
	w.take(day(), 2)
	w.change(day(), func(d record.Date) (record.Date, error) { return d.Started(2, arnPrefix+"other") })
	config.Attempt = 2
	if err := w.run(t.Context(), config); !errors.Is(err, forecast.ErrConflict) {
		t.Errorf("Run of another execution's attempt = %v; want ErrConflict", err)
	}
	if err := w.check(day()); err != nil {
		t.Error(err)
	}
}

// An operator who came second to the schedule has the schedule's execution.
func TestOperatorWithTheScheduleToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	w.change(day(), func(d record.Date) (record.Date, error) {
		return d.Take(record.Attempt{
			Execution: forecast.Execution{ID: "2026-01-15-a1", Date: day(), Attempt: 1, Status: forecast.Executing, Actor: "aki"},
			Token:     naming.ScheduleToken("demand-daily", w.config("run1").Scheduled),
		}, "aki@forge", w.clock())
	})
	if err := w.run(t.Context(), w.config("run1")); err != nil {
		t.Fatalf("Run = %v", err)
	}
	if r := w.record(day()); len(r.Attempts) != 1 || r.Last().Status != forecast.Succeeded || r.Last().ARN != arnPrefix+"run1" {
		t.Errorf("attempts = %+v", r.Attempts)
	}
	if want := []string{"run1 2026-01-15-a1"}; !slices.Equal(w.renamed, want) {
		t.Errorf("executions were called %q; want %q, as the schedule named it", w.renamed, want)
	}
}

// failing returns a script in which tries of a step fail with a class.
func failing(name forecast.StepName, class forecast.ReasonClass, tries int) func(context.Context, step.Spec, string) (step.Exit, bool) {
	return func(_ context.Context, spec step.Spec, root string) (step.Exit, bool) {
		if spec.Step != name || tries == 0 {
			return step.Exit{}, false
		}
		tries--
		if class == forecast.ReasonGate {
			if err := makeOutput(spec, root); err != nil {
				return step.Exit{Code: 1, Class: forecast.ReasonInfrastructure, Reason: err.Error()}, true
			}
		}
		return step.Exit{Code: 1, Class: class, Reason: fmt.Sprintf("%s says %s", name, class)}, true
	}
}

func TestRetries(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		class  forecast.ReasonClass
		fails  int
		status forecast.Status
		tries  int
	}{
		{forecast.ReasonInfrastructure, 2, forecast.Succeeded, 3},
		{forecast.ReasonInfrastructure, 3, forecast.Failed, 3},
		{forecast.ReasonStep, 1, forecast.Failed, 1},
		{forecast.ReasonData, 1, forecast.Failed, 1},
	} {
		t.Run(fmt.Sprintf("%s %d", tt.class, tt.fails), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, t.TempDir())
			w.script = failing(forecast.Train, tt.class, tt.fails)
			err := w.run(t.Context(), w.config("run1"))
			a := w.record(day()).Last()
			if (err == nil) != (tt.status == forecast.Succeeded) || a.Status != tt.status || a.Steps[2].Tries != tt.tries {
				t.Errorf("Run = %v, %s after %d tries; want %s after %d", err, a.Status, a.Steps[2].Tries, tt.status, tt.tries)
			}
			if tt.status == forecast.Failed && (a.Reason.Class != tt.class || a.Reason.Text != "Train says "+string(tt.class) ||
				statuses(a.Steps) != "Succeeded,Succeeded,Failed,Skipped,Skipped,Skipped") {
				t.Errorf("ended as %+v with %s", a.Reason, statuses(a.Steps))
			}
			if err := w.check(day()); err != nil {
				t.Error(err)
			}
		})
	}
}

// A retry in SageMaker runs the same job again: what was done stays.
func TestRetriedExecution(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	w.script = failing(forecast.Predict, forecast.ReasonStep, 2)
	if err := w.run(t.Context(), w.config("run1")); err == nil {
		t.Fatal("Run = nil; want the failure of Predict")
	}
	w.began()
	if err := w.run(t.Context(), w.config("run1")); err == nil || w.began() != "Predict" {
		t.Errorf("Run = %v; want Predict alone to run, and fail", err)
	}
	// An output that is no more what it was is made again, and all after it.
	w.s3.Set("p/runs/run1/2026-01-15/PreProc/panel/panel.parquet", []byte("x"))
	if err := w.run(t.Context(), w.config("run1")); err != nil {
		t.Errorf("Run = %v", err)
	}
	if got := w.began(); got != "PreProc Train TrainEvaluation Predict PostProc" {
		t.Errorf("ran %s", got)
	}
	r := w.record(day())
	if len(r.Attempts) != 1 || r.Last().Status != forecast.Succeeded || r.Last().Steps[4].Tries != 3 || r.Fence != 3 {
		t.Errorf("record = %+v", r)
	}
	if err := w.check(day()); err != nil {
		t.Error(err)
	}
}

func TestGate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	w.script = failing(forecast.TrainEvaluation, forecast.ReasonGate, 1)
	o := w.options(w.config("run1"))
	if err := job.Run(t.Context(), o); err == nil {
		t.Error("Run = nil; want the refusal")
	}
	a := w.record(day()).Last()
	if a.Metrics["wape"] != 0.25 {
		t.Errorf("metrics in the record = %v", a.Metrics)
	}
	if a.Reason.Class != forecast.ReasonGate || a.Status != forecast.Failed || read(t, o.Message) != "TrainEvaluation says gate" {
		t.Errorf("ended as %+v, message %q", a.Reason, read(t, o.Message))
	}
	p := w.progress("run1", day())
	if st, _ := p.Step(forecast.TrainEvaluation); p.Metrics["wape"] != 0.25 || len(st.Outputs) != 2 ||
		w.s3.Object("p/runs/run1/2026-01-15/TrainEvaluation/evaluation/metrics.json") == nil {
		t.Errorf("progress = %+v; want what the gate saw", p)
	}
}

func TestTakeOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	w.script = failing(forecast.Predict, forecast.ReasonStep, 1)
	if err := w.run(t.Context(), w.config("run1")); err == nil {
		t.Fatal("Run = nil; want the failure of Predict")
	}
	rerun := func(run string, n int) record.Attempt {
		t.Helper()
		w.began()
		w.take(day(), n)
		config := w.config(run)
		config.Date, config.Attempt, config.Start, config.Parent = day(), n, forecast.Predict, "run"+strconv.Itoa(n-1)
		if err := w.run(t.Context(), config); err != nil {
			t.Fatalf("Run = %v", err)
		}
		return w.record(day()).Last()
	}
	a := rerun("run2", 2)
	if got := w.began(); got != "Predict PostProc" {
		t.Errorf("ran %s", got)
	}
	p := w.progress("run2", day())
	st, _ := p.Step(forecast.Train)
	if statuses(a.Steps) != "Reused,Reused,Reused,Reused,Succeeded,Succeeded" || st.ReusedFrom != "2026-01-15-a1" || st.Run != "run1" || p.Metrics["wape"] != 0.25 {
		t.Errorf("%s, Train = %+v, %v", statuses(a.Steps), st, p.Metrics)
	}
	// What was taken over twice still lies where it was made.
	a = rerun("run3", 3)
	if p := w.progress("run3", day()); w.began() != "Predict PostProc" || a.Steps[2].ReusedFrom != "2026-01-15-a1" || p.Steps[2].Run != "run1" {
		t.Errorf("Train = %+v", p.Steps[2])
	}
	// What is gone moves the start back.
	w.s3.Set("p/runs/run1/2026-01-15/Train/model/models.json", nil)
	a = rerun("run4", 4)
	if got := w.began(); got != "Train TrainEvaluation Predict PostProc" || statuses(a.Steps) != "Reused,Reused,Succeeded,Succeeded,Succeeded,Succeeded" {
		t.Errorf("ran %s: %s", got, statuses(a.Steps))
	}
	if err := w.check(day()); err != nil {
		t.Error(err)
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	d := definition()
	d.Steps = map[forecast.StepName]forecast.StepOptions{forecast.Train: {Timeout: time.Nanosecond}}
	w.put(d)
	w.script = func(ctx context.Context, spec step.Spec, _ string) (step.Exit, bool) {
		if spec.Step != forecast.Train {
			return step.Exit{}, false
		}
		<-ctx.Done()
		return step.Exit{Code: 1, Class: forecast.ReasonTimeout, Reason: context.Cause(ctx).Error()}, true
	}
	err := w.run(t.Context(), w.config("run1"))
	if a := w.record(day()).Last(); err == nil || a.Reason.Class != forecast.ReasonTimeout || a.Reason.Text != "ran longer than its limit of 1ns" {
		t.Errorf("Run = %v, ended as %+v", err, a.Reason)
	}
}

// A job that has run a step again takes nothing that follows from its parent,
// also after it was killed.
func TestTakeOverAfterKill(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	if err := w.run(t.Context(), w.config("run1")); err != nil {
		t.Fatalf("Run = %v", err)
	}
	w.s3.Set("p/runs/run1/2026-01-15/Train/model/models.json", nil)
	w.take(day(), 2)
	config := w.config("run2")
	config.Date, config.Attempt, config.Start, config.Parent = day(), 2, forecast.Predict, "run1"
	w.script = failing(forecast.TrainEvaluation, forecast.ReasonStep, 1)
	if err := w.run(t.Context(), config); err == nil {
		t.Fatal("Run = nil; want the failure of TrainEvaluation")
	}
	w.began()
	if err := w.run(t.Context(), config); err != nil || w.record(day()).Last().Status != forecast.Succeeded {
		t.Errorf("Run = %v", err)
	}
	if got := w.began(); got != "TrainEvaluation Predict PostProc" {
		t.Errorf("ran %s; want all after Train", got)
	}
}

func TestLongMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	w.script = func(context.Context, step.Spec, string) (step.Exit, bool) {
		return step.Exit{Code: 1, Class: forecast.ReasonStep, Reason: "x" + strings.Repeat("需", 1000)}, true
	}
	o := w.options(w.config("run1"))
	if err := job.Run(t.Context(), o); err == nil {
		t.Error("Run = nil")
	}
	if got := read(t, o.Message); len(got) > 1024 || len(got) < 1000 || !utf8.ValidString(got) || !strings.HasSuffix(got, "…") {
		t.Errorf("message has %d bytes: %q", len(got), got)
	}
}
