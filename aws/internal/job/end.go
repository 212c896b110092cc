package job

import (
	"context"
	"errors"
	"log/slog"

	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/logkey"
)

// end writes how the attempt ended, for err or well, and gives the date back. It
// returns err with its final reason: somebody who stopped the date is the reason
// of whatever came of it.
func (w *work) end(ctx context.Context, err error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tailTime)
	defer cancel()
	reason := reasonOf(err)
	if !w.held(ctx, &reason) {
		return err // it is another's to end
	}
	w.finish(reason)
	if w.progress.Run != "" {
		if err := w.save(ctx); err != nil {
			w.log.WarnContext(ctx, "write progress", slog.String(logkey.Error, err.Error()))
		}
	}
	d, ended := w.dates.Change(ctx, w.date.String(), func(d record.Date) (record.Date, error) { return w.ending(d, &reason) })
	if ended != nil {
		return errors.Join(err, ended)
	}
	if a, found := w.ours(d); found && a.Status == forecast.Succeeded {
		w.log.InfoContext(ctx, "attempt succeeded", slog.String(logkey.Execution, string(a.ID)))
		if err != nil { // the reply to its commit was lost
			return w.project(ctx)
		}
		return nil
	}
	if reason.Class == forecast.ReasonNone {
		return nil
	}
	w.log.InfoContext(ctx, "attempt ended", slog.String(logkey.Execution, string(w.attempt.ID)), slog.String(logkey.Reason, reason.Text))
	return &failure{reason: reason}
}

// held reports whether the attempt holds the date still, as far as can be seen,
// and corrects the reason.
func (w *work) held(ctx context.Context, reason *forecast.Reason) bool {
	d, err := w.dates.Load(ctx, w.date.String())
	if err != nil {
		return true // the change of the record will tell
	}
	w.judge(d, reason)
	err = d.Holds(w.attempt.Attempt, w.attempt.Fence)
	return err == nil || record.IsStopping(err)
}

// judge corrects the reason by what the record knows better: the attempt has
// committed, though the reply was lost; or somebody has stopped it.
func (w *work) judge(d record.Date, reason *forecast.Reason) {
	a, err := d.Attempt(w.attempt.Attempt)
	if err != nil {
		return
	}
	committed := d.Generations[a.Generation] != nil
	stopped := d.Claim != nil && !d.Claim.Stop.IsZero()
	switch {
	case committed && (!a.Staged || !stopped):
		*reason = forecast.Reason{}
	case stopped && (a.Staged || reason.Class != forecast.ReasonNone):
		*reason = forecast.Reason{Class: forecast.ReasonStopped, Text: "stopped by " + d.Claim.StopBy}
	}
}

// ending is the change of the record that ends the attempt. It ends nothing that
// has been taken over or given back.
func (w *work) ending(d record.Date, reason *forecast.Reason) (record.Date, error) {
	n := w.attempt.Attempt
	if err := d.Holds(n, w.attempt.Fence); err != nil && !record.IsStopping(err) {
		return d, record.ErrUnchanged
	}
	w.judge(d, reason)
	w.finish(*reason)
	a, err := d.Attempt(n)
	if err != nil {
		return d, err //nolint:wrapcheck // it names the attempt
	}
	e := a.Execution
	e.Status, e.Reason, e.Ended = statusOf(*reason), *reason, w.Now()
	e.Steps = nil
	for _, st := range w.progress.Steps {
		e.Steps = append(e.Steps, st.Step)
		if e.Started.IsZero() {
			e.Started = st.Started
		}
	}
	if w.progress.Metrics != nil {
		if seen, err := d.Evaluated(n, w.progress.Metrics); err == nil {
			d = seen
		}
	}
	return d.End(n, e) //nolint:wrapcheck // it names the attempt
}

func statusOf(reason forecast.Reason) forecast.Status {
	switch reason.Class {
	case forecast.ReasonNone:
		return forecast.Succeeded
	case forecast.ReasonStopped:
		return forecast.Stopped
	default:
		return forecast.Failed
	}
}

// finish gives the steps that are open their end.
func (w *work) finish(reason forecast.Reason) {
	for i := range w.progress.Steps {
		st := &w.progress.Steps[i]
		switch {
		case reason.Class == forecast.ReasonNone && st.Status == forecast.StepFailed: // only its reply was lost
			st.Status, st.Reason = forecast.StepSucceeded, forecast.Reason{}
		case st.Status == forecast.StepWaiting:
			st.Status = forecast.StepSkipped
		case st.Status.Open() && reason.Class == forecast.ReasonNone: // it committed, and could not say so
			st.Status, st.Ended = forecast.StepSucceeded, w.Now()
		case st.Status.Open() && reason.Class == forecast.ReasonStopped:
			st.Status, st.Reason, st.Ended = forecast.StepStopped, reason, w.Now()
		case st.Status.Open():
			st.Status, st.Reason, st.Ended = forecast.StepFailed, reason, w.Now()
		}
	}
}
