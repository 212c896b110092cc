package job

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/logkey"
	"github.com/daybatch/daybatch/forecast/step"
)

const (
	// saves is how often a write of the progress is tried.
	saves = 3
	// savePause is the wait before the second one.
	savePause = time.Second
	// tailTime is how long may be taken for what is written after the job was told
	// to end. SageMaker kills it after two minutes.
	tailTime = 45 * time.Second
	// mostGrace is the most that a project's own command gets to end by itself, so
	// that there is time left for the tail.
	mostGrace = time.Minute
)

// loadProgress reads the progress of a run with the date, all of whose steps wait if
// there is none.
func (w *work) loadProgress(ctx context.Context, run string) (record.Progress, error) {
	fresh := record.Progress{Date: w.date, Run: run, Attempt: w.attempt.Attempt, Fence: w.attempt.Fence}
	for _, name := range forecast.StepNames() {
		fresh.Steps = append(fresh.Steps, record.ProgressStep{
			Step: forecast.Step{Name: name, Status: forecast.StepWaiting, Command: w.definition.Steps[name].Command}, Run: run,
		})
	}
	text, _, err := w.Bucket.Get(ctx, naming.ProgressKey(run, w.date))
	if errors.Is(err, forecast.ErrNotFound) {
		return fresh, nil
	}
	if err != nil {
		return fresh, err //nolint:wrapcheck // it names the object
	}
	var stored record.Progress
	if err := json.Unmarshal(text, &stored); err != nil {
		return fresh, fmt.Errorf("read %s: %w: %s", naming.ProgressKey(run, w.date), forecast.ErrInvalid, err.Error())
	}
	return stored, nil
}

// save writes the progress, also when ctx has ended.
func (w *work) save(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tailTime)
	defer cancel()
	w.progress.Updated = w.Now()
	text, err := json.Marshal(w.progress)
	if err != nil {
		return fmt.Errorf("write progress: %w", err)
	}
	for k := 1; ; k++ {
		_, err := w.Bucket.Put(ctx, naming.ProgressKey(w.run, w.date), bytes.NewReader(text))
		if err == nil || k == saves || !errors.Is(err, forecast.ErrUnavailable) {
			return err //nolint:wrapcheck // it names the object
		}
		if err := w.Sleep(ctx, savePause); err != nil {
			return err
		}
	}
}

// begin finds out what is done already, by an earlier start of this job or by the
// run whose steps are taken over, and writes the progress. As soon as a step has
// to run, all after it have to.
func (w *work) begin(ctx context.Context) error {
	own, err := w.loadProgress(ctx, w.run)
	if err != nil {
		return err
	}
	parent := record.Progress{}
	if w.Config.Parent != "" {
		if parent, err = w.loadProgress(ctx, w.Config.Parent); err != nil {
			return err
		}
	}
	fresh := own
	fresh.Attempt, fresh.Fence, fresh.Steps = w.attempt.Attempt, w.attempt.Fence, nil
	prints, good, same := make(map[forecast.StepName]string), true, true
	for i, name := range forecast.StepNames() {
		if prints[name], err = step.Fingerprint(w.definition, w.Version, name, prints); err != nil {
			return err //nolint:wrapcheck // it names the step
		}
		st := w.waiting(name, own)
		st.Fingerprint = prints[name]
		if !same || i >= slices.Index(forecast.StepNames(), w.Config.Start) {
			parent.Steps = nil
		}
		taken, err := w.takeOver(ctx, st, own, parent)
		if err != nil {
			return err
		}
		if good = good && taken.Status.Done(); good || w.Config.Step != "" {
			st = taken
		}
		if w.skipped(i, st) {
			st.Status, st.Run = forecast.StepReused, ""
		}
		// What follows on a step that ran here was not made of what it made.
		same = same && st.Status == forecast.StepReused
		fresh.Steps = append(fresh.Steps, st)
	}
	fresh.Metrics = metricsOf(fresh, own, parent)
	w.progress = fresh
	return w.save(ctx)
}

// waiting returns a step that is to run, after the tries that this run has made.
func (w *work) waiting(name forecast.StepName, own record.Progress) record.ProgressStep {
	before, _ := own.Step(name)
	return record.ProgressStep{
		Step: forecast.Step{Name: name, Status: forecast.StepWaiting, Tries: before.Tries, Command: w.definition.Steps[name].Command},
		Run:  w.run,
	}
}

// skipped reports whether the i-th step, which comes before the job's own, has no
// job in this run: a person has selected steps in SageMaker, which took the
// others over from an execution that only it knows.
func (w *work) skipped(i int, st record.ProgressStep) bool {
	return st.Status == forecast.StepWaiting && i < slices.Index(forecast.StepNames(), w.Config.Step)
}

// metricsOf returns the measures of a TrainEvaluation that was taken over.
func metricsOf(fresh, own, parent record.Progress) forecast.Measures {
	if now, _ := fresh.Step(forecast.TrainEvaluation); !now.Status.Done() {
		return nil
	}
	if before, _ := own.Step(forecast.TrainEvaluation); before.Status.Done() {
		return own.Metrics
	}
	return parent.Metrics
}

// takeOver returns a step as it is after what this run, or else its parent, has
// made is taken over; unchanged if it can't be.
func (w *work) takeOver(ctx context.Context, st record.ProgressStep, own, parent record.Progress) (record.ProgressStep, error) {
	if st.Name == forecast.PostProc {
		return st, nil // what was not committed is built anew
	}
	sources := []record.Progress{own, parent}
	if st.Name == w.Config.Step { // SageMaker keeps nothing of a job that it starts again
		sources = sources[1:]
	}
	for _, from := range sources {
		before, ok := from.Step(st.Name)
		if !ok || !before.Status.Done() {
			continue
		}
		why, err := w.fetch(ctx, before, st.Fingerprint)
		if err != nil {
			return st, err
		}
		if why != "" {
			w.log.WarnContext(ctx, "outputs can't be taken over: the step runs again", slog.String(logkey.Step, string(st.Name)), slog.String(logkey.Reason, why))
			continue
		}
		w.log.InfoContext(ctx, "outputs taken over", slog.String(logkey.Step, string(st.Name)), slog.String(keyRun, before.Run))
		if from.Run == w.run {
			return before, nil
		}
		taken := reused(before, from, w.date, st.Tries)
		if st.Name == w.Config.Step {
			taken.Archived = w.Training // of what this job leaves
		}
		return taken, nil
	}
	return st, nil
}

// fetch brings the outputs of a step that is done to this machine, and hands them
// over if the job is there for this step. It returns why they can't be used, empty
// if they can.
func (w *work) fetch(ctx context.Context, before record.ProgressStep, fingerprint string) (why string, err error) {
	if w.Config.Step != "" && w.Config.Step != before.Name {
		return "", nil // SageMaker has brought what this job needs
	}
	if before.Fingerprint != fingerprint {
		return "its settings, its program or its inputs changed", nil
	}
	dir := w.scratch(string(before.Name), "taken", w.NewID())
	if why, err = w.download(ctx, dir, before); why != "" || err != nil {
		return why, err
	}
	w.dirs[before.Name] = dir
	if w.Config.Step != "" {
		err = copyFiles(dir, w.outputDir(), before.Outputs)
	}
	return "", err
}
