package job_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/daybatch/daybatch/aws/internal/job"
	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
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
	if got := statuses(a.Steps); got != strings.TrimSpace(strings.Repeat("Succeeded ", 6)) {
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
				statuses(a.Steps) != "Succeeded Succeeded Failed Skipped Skipped Skipped") {
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
		config.Date, config.Attempt, config.Start, config.Parent = day(), n, forecast.Predict, "run"+fmt.Sprint(n-1)
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
	if statuses(a.Steps) != "Reused Reused Reused Reused Succeeded Succeeded" || st.ReusedFrom != "2026-01-15-a1" || st.Run != "run1" || p.Metrics["wape"] != 0.25 {
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
	if got := w.began(); got != "Train TrainEvaluation Predict PostProc" || statuses(a.Steps) != "Reused Reused Succeeded Succeeded Succeeded Succeeded" {
		t.Errorf("ran %s: %s", got, statuses(a.Steps))
	}
	if err := w.check(day()); err != nil {
		t.Error(err)
	}
}

func (w *world) stop() forecast.StopAnswer {
	w.t.Helper()
	var answer forecast.StopAnswer
	w.change(day(), func(d record.Date) (record.Date, error) {
		stopped, a, err := d.Stop("yuki", w.clock())
		answer = a
		return stopped, err
	})
	return answer
}

func TestStop(t *testing.T) {
	t.Parallel()
	for _, during := range forecast.StepNames() {
		for _, signal := range []string{"mark", "mark and signal", "signal"} {
			t.Run(string(during)+" "+signal, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, t.TempDir())
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				w.script = func(_ context.Context, spec step.Spec, _ string) (step.Exit, bool) {
					if spec.Step == during {
						if signal != "signal" {
							w.stop()
						}
						if signal != "mark" {
							cancel(step.ErrStopped)
						}
					}
					return step.Exit{}, false
				}
				if err := w.run(ctx, w.config("run1")); err == nil {
					t.Error("Run = nil; want why it ended")
				}
				r := w.record(day())
				status, class := forecast.Stopped, forecast.ReasonStopped
				if signal == "signal" {
					status, class = forecast.Failed, forecast.ReasonLost
				}
				if a := r.Last(); a.Status != status || a.Reason.Class != class || r.Current != "" || r.Claim != nil || len(w.table.at) != 0 {
					t.Errorf("ended as %s %+v, published %q; want %s", a.Status, a.Reason, r.Current, status)
				}
				if err := w.check(day()); err != nil {
					t.Error(err)
				}
				// One that was stopped does not begin again by itself.
				w.script = nil
				err := w.run(t.Context(), w.config("run1"))
				if (err == nil) != (signal == "signal") {
					t.Errorf("again = %v", err)
				}
			})
		}
	}
}

func TestStaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	config := w.config("run1")
	config.Staged = true
	if err := w.run(t.Context(), config); err != nil {
		t.Fatalf("Run = %v", err)
	}
	r := w.record(day())
	if a := r.Last(); a.Status != forecast.Succeeded || a.Generation == "" || r.Generations[a.Generation] == nil || r.Current != "" || w.table.calls != 0 {
		t.Errorf("record = %+v; want a generation that is not published", r)
	}
}

func TestCatalogueFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	w.table.fault = func(call int) error {
		if call <= 2 {
			return forecast.ErrUnavailable
		}
		return nil
	}
	if err := w.run(t.Context(), w.config("run1")); err != nil || len(w.table.at) != 1 {
		t.Errorf("Run = %v; want the catalogue told in the end", err)
	}
	w.table.fault = func(int) error { return forecast.ErrUnauthorised }
	config := w.config("run2")
	config.Scheduled = config.Scheduled.AddDate(0, 0, 1)
	if err := w.run(t.Context(), config); err == nil || !strings.Contains(err.Error(), "it is published") {
		t.Errorf("Run = %v; want that it is published but not in the catalogue", err)
	}
	if r := w.record(day() + 1); r.Current == "" || r.Last().Status != forecast.Succeeded {
		t.Errorf("record = %+v; want the attempt to have succeeded", r)
	}
}

// While the catalogue is told, an operator rolls back: it ends up with what the
// record says.
func TestRecordMovesWhileTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	if err := w.run(t.Context(), w.config("run1")); err != nil {
		t.Fatalf("Run = %v", err)
	}
	first := w.record(day()).Current
	w.take(day(), 2)
	moved := false
	w.table.fault = func(int) error {
		if moved {
			return nil
		}
		moved = true
		// As if another had ended the attempt and rolled back.
		w.change(day(), func(d record.Date) (record.Date, error) { return d.End(2, d.Last().Execution) })
		w.change(day(), func(d record.Date) (record.Date, error) {
			return d.Replace(first, d.Current, record.KindRollback, "aki", w.clock())
		})
		return nil
	}
	config := w.config("run2")
	config.Date, config.Attempt = day(), 2
	if err := w.run(t.Context(), config); err != nil {
		t.Errorf("Run = %v", err)
	}
	if got := w.table.at[day()]; !strings.Contains(got, first) {
		t.Errorf("the catalogue says %s; want generation %s", got, first)
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

// mount does for a job of one step what SageMaker does: it brings the outputs of
// the steps before, and uploads what the job leaves when it has ended.
func mount(t *testing.T, w *world, o job.Options) (upload func()) {
	t.Helper()
	for input, maker := range step.Inputs(o.Config.Step) {
		prefix := "p/runs/" + o.Config.Run + "/" + string(maker) + "/" + step.Output(maker) + "/"
		for _, key := range w.s3.Keys(prefix) {
			path := filepath.Join(o.Dir, "input", input, strings.TrimPrefix(key, prefix))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, w.s3.Object(key), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return func() {
		dir := filepath.Join(o.Dir, "output", step.Output(o.Config.Step))
		entries, _ := os.ReadDir(dir)
		for _, entry := range entries {
			w.s3.Set("p/runs/"+o.Config.Run+"/"+string(o.Config.Step)+"/"+step.Output(o.Config.Step)+"/"+entry.Name(), []byte(read(t, filepath.Join(dir, entry.Name()))))
		}
	}
}

func TestOneJobForEachStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	run := func(run string, name forecast.StepName) error {
		config := w.config(run)
		config.Step = name
		o := w.options(config)
		upload := mount(t, w, o)
		err := job.Run(t.Context(), o)
		upload()
		return err
	}
	for i, name := range forecast.StepNames() {
		if err := run("run1", name); err != nil {
			t.Fatalf("%s = %v", name, err)
		}
		p := w.progress("run1", day())
		if st, _ := p.Step(name); st.Status != forecast.StepSucceeded || len(st.Outputs) == 0 {
			t.Errorf("%s = %+v", name, st)
		}
		if a := w.record(day()).Last(); a.Status.Open() != (i < 5) {
			t.Errorf("after %s the attempt is %s", name, a.Status)
		}
	}
	if r := w.record(day()); len(r.Attempts) != 1 || r.Current == "" || r.Last().Status != forecast.Succeeded || r.Generations[r.Current].Metrics["wape"] != 0.25 {
		t.Errorf("record = %+v", r)
	}
	if err := w.check(day()); err != nil {
		t.Error(err)
	}
	// The steps of such a run can be taken over by a job that runs all.
	w.began()
	w.take(day(), 2)
	config := w.config("run2")
	config.Date, config.Attempt, config.Start, config.Parent = day(), 2, forecast.Predict, "run1"
	if err := w.run(t.Context(), config); err != nil || w.began() != "Predict PostProc" {
		t.Errorf("Run = %v\n%s", err, w.log.String())
	}
	// The pipeline's own condition looks at a refusal, so that is no failed job.
	w.script = failing(forecast.TrainEvaluation, forecast.ReasonGate, 1)
	w.take(day(), 3)
	w.change(day(), func(d record.Date) (record.Date, error) { return d.Started(3, arnPrefix+"run3") })
	for _, name := range forecast.StepNames()[:4] {
		if err := run("run3", name); err != nil {
			t.Errorf("%s = %v", name, err)
		}
	}
	if a := w.record(day()).Last(); a.Status != forecast.Failed || a.Reason.Class != forecast.ReasonGate ||
		w.s3.Object("p/runs/run3/TrainEvaluation/evaluation/metrics.json") == nil {
		t.Errorf("ended as %s %+v; want the refusal, with its metrics", a.Status, a.Reason)
	}
}

func TestRange(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	config := w.config("run1")
	config.Scheduled = time.Time{}
	for i := range 5 {
		d := day() + calendar.Date(i)
		config.Dates = append(config.Dates, naming.Name{First: d, Last: d, Attempt: 1})
		if i != 1 {
			w.take(d, 1)
		}
	}
	w.script = func(ctx context.Context, spec step.Spec, root string) (step.Exit, bool) {
		switch {
		case spec.Date == day()+2 && spec.Step == forecast.TrainEvaluation:
			return failing(spec.Step, forecast.ReasonGate, 1)(ctx, spec, root)
		case spec.Date == day()+3 && spec.Step == forecast.Train:
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
	for i, status := range []forecast.Status{forecast.Succeeded, "", forecast.Failed, forecast.Failed, forecast.Succeeded} {
		if a := w.record(day() + calendar.Date(i)).Last(); a.Status != status {
			t.Errorf("%s is %q; want %q", day()+calendar.Date(i), a.Status, status)
		}
		if err := w.check(day() + calendar.Date(i)); err != nil {
			t.Error(err)
		}
	}
	// Retried: what succeeded is not run again.
	w.began()
	w.script = nil
	if err := w.run(t.Context(), config); err == nil || w.began() != "TrainEvaluation Predict PostProc Train TrainEvaluation Predict PostProc" {
		t.Errorf("again = %v", err)
	}
}

// A range that is told to end gives back the dates that it did not come to.
func TestRangeEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	config := w.config("run1")
	config.Scheduled = time.Time{}
	for i := range 3 {
		d := day() + calendar.Date(i)
		config.Dates = append(config.Dates, naming.Name{First: d, Last: d, Attempt: 1})
		w.take(d, 1)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	w.script = func(_ context.Context, spec step.Spec, _ string) (step.Exit, bool) {
		if spec.Date == day()+1 && spec.Step == forecast.Train {
			w.change(day()+2, func(d record.Date) (record.Date, error) {
				stopped, _, err := d.Stop("yuki", w.clock())
				return stopped, err
			})
			cancel(step.ErrStopped)
		}
		return step.Exit{}, false
	}
	if err := w.run(ctx, config); err == nil {
		t.Error("Run = nil")
	}
	for i, want := range []forecast.Status{forecast.Succeeded, forecast.Failed, forecast.Stopped} {
		a := w.record(day() + calendar.Date(i)).Last()
		if a.Status != want || len(a.Steps) != 6 {
			t.Errorf("%s is %s %+v with %d steps; want %s", a.Date, a.Status, a.Reason, len(a.Steps), want)
		}
		if err := w.check(a.Date); err != nil {
			t.Error(err)
		}
	}
}
