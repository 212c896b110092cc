package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/logkey"
	"github.com/daybatch/daybatch/forecast/plan"
	"github.com/daybatch/daybatch/forecast/step"
)

// work is what the job does with one date.
type work struct {
	*job

	date       calendar.Date
	given      int            // attempt; 0: that of the execution
	turn       *record.Turn   // of the carrier whose date it is; nil: it is no carrier's
	attempt    record.Attempt // as it was claimed
	began      bool           // by whoever started it, who knew neither date nor attempt
	generation string         // that the attempt has committed
	progress   record.Progress
	dirs       map[forecast.StepName]string // of the outputs on this machine
}

func newWork(j *job, date calendar.Date, attempt int) *work {
	return &work{job: j, date: date, given: attempt, dirs: make(map[forecast.StepName]string)}
}

// scratch returns a directory of the date.
func (w *work) scratch(names ...string) string {
	return filepath.Join(append([]string{w.Scratch, w.date.String()}, names...)...)
}

// clean removes what the date left on this machine: the next one needs the room.
func (w *work) clean() { _ = os.RemoveAll(w.scratch()) }

// steps runs the steps that are the job's and not done yet, the last of which
// publishes.
func (w *work) steps(ctx context.Context) error {
	if w.generation != "" {
		return w.published(ctx)
	}
	if err := w.begin(ctx); err != nil {
		return err
	}
	for i, st := range w.progress.Steps {
		if w.Config.Step != "" && w.Config.Step != st.Name || st.Status.Done() {
			continue
		}
		if err := w.check(ctx); err != nil {
			return err
		}
		if err := w.step(ctx, &w.progress.Steps[i]); err != nil {
			return err
		}
	}
	return nil
}

// published takes up the progress of an attempt whose publication is in the
// record, though the job was killed before it could say so.
func (w *work) published(ctx context.Context) error {
	own, err := w.loadProgress(ctx, w.run)
	if err != nil {
		return err
	}
	w.progress = own
	for i := range w.progress.Steps {
		if st := &w.progress.Steps[i]; !st.Status.Done() {
			st.Status, st.Reason = forecast.StepSucceeded, forecast.Reason{}
			if st.Ended.IsZero() {
				st.Ended = w.Now()
			}
		}
	}
	return w.save(ctx)
}

// step runs a step until a try succeeds or none is left.
func (w *work) step(ctx context.Context, st *record.ProgressStep) error {
	options := w.definition.Steps[st.Name]
	st.Created, st.Ended = w.Now(), time.Time{}
	for k := 1; ; k++ {
		if ctx.Err() != nil {
			return context.Cause(ctx) //nolint:wrapcheck // reasonOf knows it
		}
		st.Status, st.Started, st.Reason = forecast.StepExecuting, w.Now(), forecast.Reason{}
		st.Tries++
		if err := w.save(ctx); err != nil {
			return err
		}
		reason := w.try(ctx, st)
		switch further := plan.Retries(reason.Class, options); {
		case ctx.Err() != nil && reason.Class != forecast.ReasonNone:
			return context.Cause(ctx) //nolint:wrapcheck // as above
		case reason.Class == forecast.ReasonNone:
			st.Status, st.Ended = forecast.StepSucceeded, w.Now()
			return w.save(ctx)
		case k > further:
			st.Status, st.Reason, st.Ended = forecast.StepFailed, reason, w.Now()
			return &failure{reason: reason}
		default:
			wait := plan.Backoff(options, k, w.Jitter())
			st.Status = forecast.StepStarting
			st.Reason = forecast.Reason{Class: reason.Class, Text: fmt.Sprintf("try %d of %d in %s: %s", k+1, further+1, wait.Round(100*time.Millisecond), reason.Text)}
			w.log.WarnContext(ctx, "the step is tried again", slog.String(logkey.Step, string(st.Name)), slog.String(logkey.Reason, st.Reason.Text))
			if err := w.save(ctx); err != nil {
				return err
			}
			if err := w.Sleep(ctx, wait); err != nil {
				return err
			}
		}
	}
}

// try runs a step once and keeps what it made. The reason is zero if both went
// well.
func (w *work) try(ctx context.Context, st *record.ProgressStep) forecast.Reason {
	spec := step.Spec{
		Step: st.Name, Date: w.date, Execution: w.attempt.ID, Attempt: w.attempt.Attempt, Fence: w.attempt.Fence,
		Project: w.Project, Definition: w.definition, Command: st.Command,
	}
	if st.Name == forecast.PostProc {
		spec.Generation = w.NewID()
	}
	root := w.scratch(string(st.Name), w.NewID())
	if err := w.prepare(root, st.Name); err != nil {
		return reasonOf(err)
	}
	if st.Name == forecast.Extract && len(st.Command) == 0 && w.Source != nil {
		if err := w.unload(ctx, root, &spec); err != nil {
			return reasonOf(err)
		}
	}
	share, err := w.lead(ctx, spec)
	if err != nil {
		return reasonOf(err)
	}
	reason := w.runStep(ctx, root, spec, share)
	err = w.keep(ctx, root, spec, st, reason)
	if reason.Class == forecast.ReasonNone {
		return reasonOf(err)
	}
	return reason
}

// prepare makes the root of a try with links to its inputs.
func (w *work) prepare(root string, name forecast.StepName) error {
	for _, dir := range []string{step.InputDir, filepath.Join(step.OutputDir, step.Output(name))} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil { //nolint:gosec // other users may read it
			return fmt.Errorf("prepare step: %w", err)
		}
	}
	for input, maker := range step.Inputs(name) {
		dir := w.dirs[maker]
		if w.Config.Step != "" {
			var err error
			if dir, err = w.mounted(input); err != nil {
				return err
			}
		}
		if err := os.Symlink(dir, filepath.Join(root, step.InputDir, input)); err != nil {
			return fmt.Errorf("prepare step: %w", err)
		}
	}
	return nil
}

// runStep runs the step, or this machine's share of it, in its root.
func (w *work) runStep(ctx context.Context, root string, spec step.Spec, share step.Share) forecast.Reason {
	if err := step.WriteSpec(root, spec); err != nil {
		return reasonOf(err)
	}
	out := w.Log
	if w.StepLog != nil && w.Config.Step == "" {
		tagged := w.StepLog(w.Log, w.run, spec.Step, w.date)
		defer func() { _ = tagged.Close() }()
		out = tagged
	}
	timeout := w.definition.Steps[spec.Step].Timeout
	if timeout > 0 {
		limited, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		ctx = limited
	}
	exit, err := w.RunStep(ctx, step.Options{
		Root: root, Log: out, Now: w.Now, Environ: withoutSpec(w.Environ), Executable: w.Executable, Grace: mostGrace, Share: share, AtOnce: 1,
	})
	return reasonOfExit(exit, err, timeout)
}

// withoutSpec leaves out the variable that names another step.json.
func withoutSpec(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(pair string) bool {
		return len(pair) > 14 && pair[:14] == "DAYBATCH_SPEC="
	})
}

func reasonOfExit(exit step.Exit, err error, timeout time.Duration) forecast.Reason {
	switch {
	case err != nil:
		return reasonOf(err)
	case exit.Code == 0 && exit.Class == forecast.ReasonNone:
		return forecast.Reason{}
	case exit.Class == forecast.ReasonTimeout && timeout > 0:
		return forecast.Reason{Class: exit.Class, Text: fmt.Sprintf("ran longer than its limit of %s", timeout)}
	case exit.Class == forecast.ReasonNone:
		return forecast.Reason{Class: forecast.ReasonStep, Text: exit.Reason}
	default:
		return forecast.Reason{Class: exit.Class, Text: exit.Reason}
	}
}

// keep keeps what a try made: all of it if it went well, what TrainEvaluation saw
// also if the gate refused.
func (w *work) keep(ctx context.Context, root string, spec step.Spec, st *record.ProgressStep, reason forecast.Reason) error {
	dir := filepath.Join(root, step.OutputDir, step.Output(spec.Step))
	refused := spec.Step == forecast.TrainEvaluation && reason.Class == forecast.ReasonGate
	if reason.Class != forecast.ReasonNone && !refused {
		return nil
	}
	files, err := step.Files(dir)
	if err != nil {
		return err
	}
	if spec.Step == forecast.TrainEvaluation {
		w.readMetrics(ctx, dir)
	}
	if err := w.hand(ctx, dir, spec, files); err != nil {
		return err
	}
	st.Outputs, st.Run, st.Prefix, st.Archived, w.dirs[spec.Step] = files, w.run, w.prefix(spec.Step), w.Training, dir
	if spec.Step == forecast.PostProc {
		st.Prefix = naming.GenerationPrefix(w.definition.Target.Table, w.date, spec.Generation)
	}
	return nil
}

// hand puts what a step made where others find it. SageMaker uploads the output
// of a step with a job of its own, but only when the job has ended: what was
// evaluated is there before the record says so. It uploads a model as an archive:
// those who take single files over, and compare their checksums, find them too.
func (w *work) hand(ctx context.Context, dir string, spec step.Spec, files []record.File) error {
	if spec.Step == forecast.PostProc {
		return w.publish(ctx, dir, spec, files)
	}
	if w.Config.Step != "" {
		err := copyFiles(dir, w.outputDir(), files)
		if err != nil || spec.Step != forecast.TrainEvaluation && !w.Training {
			return err
		}
	}
	return w.upload(ctx, dir, spec.Step, files)
}

// readMetrics takes the measures of an evaluation into the progress. A command
// in place of the step may have written something else.
func (w *work) readMetrics(ctx context.Context, dir string) {
	var evaluation forecast.Evaluation
	text, err := os.ReadFile(filepath.Join(dir, "metrics.json")) //nolint:gosec // the step's own output
	if err == nil {
		err = json.Unmarshal(text, &evaluation)
	}
	if err != nil {
		w.log.WarnContext(ctx, "no measures", slog.String(logkey.Error, err.Error()))
		return
	}
	w.progress.Metrics = evaluation.Measures
}

// copyFiles copies files to a directory, whose content SageMaker uploads when the
// job has ended. It may lie on another device, and links are not followed.
func copyFiles(from, to string, files []record.File) error {
	for _, file := range files {
		if err := copyFile(filepath.Join(from, file.Path), filepath.Join(to, file.Path)); err != nil {
			return fmt.Errorf("hand output over: %w", err)
		}
	}
	return nil
}

func copyFile(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil { //nolint:gosec // SageMaker reads it
		return err
	}
	in, err := os.Open(from) //nolint:gosec // the step's own output
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.Create(to) //nolint:gosec // as above
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
