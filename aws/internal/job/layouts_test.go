package job_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/daybatch/daybatch/aws/internal/job"
	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/step"
)

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
	// The pipeline was deployed with another gate: what this one refused is not
	// published for that.
	w.script = nil
	if err := run("run3", forecast.Predict); err == nil || !strings.Contains(err.Error(), "TrainEvaluation has failed in this run") {
		t.Errorf("Predict after a refusal = %v; want that it does not run", err)
	}
	if a := w.record(day()).Last(); a.Status != forecast.Failed || a.Reason.Class != forecast.ReasonGate || w.began() != "Extract PreProc Train TrainEvaluation" {
		t.Errorf("after it the attempt is %s %+v", a.Status, a.Reason)
	}
	// Retried, it goes on where it failed.
	for _, name := range forecast.StepNames()[3:] {
		if err := run("run3", name); err != nil {
			t.Errorf("%s again = %v", name, err)
		}
	}
	if a := w.record(day()).Last(); a.Status != forecast.Succeeded || w.began() != "TrainEvaluation Predict PostProc" {
		t.Errorf("retried, the attempt is %s %+v", a.Status, a.Reason)
	}
}

// A person may select steps in SageMaker, without saying to daybatch which.
func TestSelectedByAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	for _, name := range forecast.StepNames()[4:] {
		config := w.config("run1")
		config.Step = name
		for _, maker := range forecast.StepNames()[:4] { // of the run that SageMaker knows
			for _, file := range files(maker) {
				w.s3.Set("p/runs/run1/"+string(maker)+"/"+step.Output(maker)+"/"+file, []byte(maker))
			}
		}
		o := w.options(config)
		upload := mount(t, w, o)
		if err := job.Run(t.Context(), o); err != nil {
			t.Fatalf("%s = %v", name, err)
		}
		upload()
	}
	a := w.record(day()).Last()
	if got, want := statuses(a.Steps), "Reused,Reused,Reused,Reused,Succeeded,Succeeded"; a.Status != forecast.Succeeded || got != want {
		t.Errorf("the attempt is %s: %s; want Succeeded: %s", a.Status, got, want)
	}
}

// Where each step has a job of its own, those before the start hand over what an
// earlier run made.
func TestTakeOverStepByStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	run := func(run, parent string, name, start forecast.StepName) {
		t.Helper()
		config := w.config(run)
		config.Step, config.Start, config.Parent = name, start, parent
		o := w.options(config)
		upload := mount(t, w, o)
		if err := job.Run(t.Context(), o); err != nil {
			t.Fatalf("%s of %s = %v\n%s", name, run, err, w.log.String())
		}
		upload()
	}
	for _, name := range forecast.StepNames() {
		run("run1", "", name, forecast.Extract)
	}
	w.began()
	for _, name := range forecast.StepNames() {
		run("run2", "run1", name, forecast.Predict)
	}
	if got := w.began(); got != "Predict PostProc" {
		t.Errorf("ran %s", got)
	}
	r := w.record(day())
	if got := statuses(r.Last().Steps); got != "Reused,Reused,Reused,Reused,Succeeded,Succeeded" || r.Last().Attempt != 2 || r.Generations[r.Current].Metrics["wape"] != 0.25 {
		t.Errorf("%s, %+v", got, r.Last())
	}
	if w.s3.Object("p/runs/run2/TrainEvaluation/evaluation/metrics.json") == nil || r.Last().Steps[0].ReusedFrom != "2026-01-15-a1" {
		t.Errorf("the pipeline's gate has no metrics, or Extract is from %q", r.Last().Steps[0].ReusedFrom)
	}
	if err := w.check(day()); err != nil {
		t.Error(err)
	}
	// What is gone is made again, and all after it.
	w.s3.Set("p/runs/run1/Train/model/models.json", nil)
	for _, name := range forecast.StepNames() {
		run("run3", "run1", name, forecast.Predict)
	}
	if got := w.began(); got != "Train TrainEvaluation Predict PostProc" {
		t.Errorf("ran %s", got)
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
			w.change(day()+2, func(d record.Date) (record.Date, error) { //nolint:contextcheck // an operator's own
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
