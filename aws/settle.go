package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/aws/internal/runs"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/plan"
)

// progress reads how far a run is with a date; the zero value if its job has not
// written anything yet.
func (e *Engine) progress(ctx context.Context, run string, d calendar.Date) (record.Progress, error) {
	text, _, err := e.bucket.Get(ctx, naming.ProgressKey(run, d))
	if errors.Is(err, forecast.ErrNotFound) {
		return record.Progress{}, nil
	}
	var p record.Progress
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err != nil {
		return record.Progress{}, fmt.Errorf("read progress of run %s with %s: %w", run, d, err)
	}
	return p, nil
}

// over returns an attempt whose run has ended, though the record of its date, as
// it was read, does not say so. It is read again: the job may have recorded the
// end since.
func (e *Engine) over(ctx context.Context, v view, r record.Date, a record.Attempt, run runs.Run) (view, error) {
	now, err := e.dates.Load(ctx, a.Date.String())
	if err != nil {
		return v, err //nolint:wrapcheck // it names the record
	}
	if b, err := now.Attempt(a.Attempt); err == nil && b.Run() == a.Run() {
		if !b.Status.Open() {
			return view{execution: b.Execution, metrics: b.Metrics, progress: v.progress}, nil
		}
		r = now
	}
	v.ended = true
	return v, e.conclude(ctx, &v, r, run)
}

// conclude ends an attempt as SageMaker says that its run ended, though its job
// did not record an end: it was killed, never got a machine, or was stopped.
func (e *Engine) conclude(ctx context.Context, v *view, r record.Date, run runs.Run) error {
	at := latest(run.Changed, v.progress.Updated)
	if at.IsZero() {
		at = e.options.Now()
	}
	x := v.execution
	switch {
	case r.Current != "" && r.Current == x.Generation:
		v.execution = plan.End(x, forecast.Succeeded, forecast.Reason{}, at)
		return nil
	case r.Claim != nil && !r.Claim.Stop.IsZero():
		v.execution = plan.End(x, forecast.Stopped, stoppedBy(r.Claim.StopBy), at)
		return nil
	case run.Status == forecast.Stopped:
		v.execution = plan.End(x, forecast.Stopped, stoppedBy(inSageMaker), at)
		return nil
	case run.Status == forecast.Succeeded && x.Generation != "":
		v.execution = plan.End(x, forecast.Succeeded, forecast.Reason{}, at)
		return nil
	}
	if i := slices.IndexFunc(x.Steps, func(s forecast.Step) bool { return s.Status == forecast.StepFailed }); i >= 0 {
		v.execution = plan.End(x, forecast.Failed, x.Steps[i].Reason, at)
		return nil
	}
	name, reason, err := e.whyFailed(ctx, run)
	if err != nil {
		return err
	}
	v.execution = fail(x, name, reason, at)
	return nil
}

func stoppedBy(whom string) forecast.Reason {
	return forecast.Reason{Class: forecast.ReasonStopped, Text: "stopped by " + whom}
}

func latest(times ...time.Time) time.Time {
	return slices.MaxFunc(times, time.Time.Compare)
}

// fail ends an execution that failed at a step; empty: at the one at work.
func fail(x forecast.Execution, name forecast.StepName, reason forecast.Reason, at time.Time) forecast.Execution {
	x.Steps = slices.Clone(x.Steps)
	for i := range x.Steps {
		step := &x.Steps[i]
		if step.Name != name && (name != "" || step.Status.Done()) {
			continue
		}
		step.Status, step.Reason, step.Ended = forecast.StepFailed, reason, at
		reason.Text = string(step.Name) + ": " + reason.Text
		break
	}
	return plan.End(x, forecast.Failed, reason, at)
}

// settle brings the records of open attempts up to what became of their runs,
// and those of attempts that ended and were retried in SageMaker. It returns
// whether it changed any.
func (e *Engine) settle(ctx context.Context, records map[calendar.Date]record.Date) (bool, error) {
	if e.theirs != nil {
		return false, nil // there are none that are kept
	}
	changed := false
	for d, r := range records {
		if r.Claim == nil {
			again, err := e.reopen(ctx, d, r)
			if err != nil {
				return changed, err
			}
			changed = changed || again
			continue
		}
		a, err := r.Attempt(r.Claim.Attempt)
		if err != nil {
			return changed, err //nolint:wrapcheck // it names the attempt
		}
		v, err := e.view(ctx, r, a)
		if err != nil {
			return changed, err
		}
		if !v.ended {
			continue
		}
		if err := e.end(ctx, d, a, v); err != nil {
			return changed, err
		}
		changed = true
	}
	return changed, e.book(ctx, records)
}

// end records the end of an attempt.
func (e *Engine) end(ctx context.Context, d calendar.Date, a record.Attempt, v view) error {
	_, err := e.dates.Change(ctx, d.String(), func(r record.Date) (record.Date, error) {
		now, err := r.Attempt(a.Attempt)
		if err != nil {
			// A stray: nobody took the date for it.
			if r, err = r.Take(a, a.Host, a.Created); err != nil {
				return r, err //nolint:wrapcheck // it names the date
			}
			now = a
		}
		if now.Status.Open() && v.metrics != nil {
			if r, err = r.Evaluated(a.Attempt, v.metrics); err != nil && !errors.Is(err, record.ErrUnchanged) {
				return r, err //nolint:wrapcheck // it names the attempt
			}
		}
		return r.End(a.Attempt, v.execution)
	})
	if err != nil {
		return fmt.Errorf("record how %s ended: %w", a.ID, err)
	}
	e.pulse.Beat()
	return nil
}
