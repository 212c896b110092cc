package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/logkey"
)

// claim takes the date, or confirms that it is ours. It wraps
// forecast.ErrConflict if another holds it, whom it names.
func (w *work) claim(ctx context.Context) error {
	if err := w.reached(ctx); err != nil {
		return fmt.Errorf("take %s: %w", w.date, err)
	}
	d, err := w.dates.Change(ctx, w.date.String(), w.take)
	if err != nil {
		return fmt.Errorf("take %s: %w", w.date, err)
	}
	if err := w.adopt(d); err != nil {
		return err
	}
	w.name(ctx)
	w.log.InfoContext(ctx, "date taken", slog.String(logkey.Execution, string(w.attempt.ID)), slog.Int64(logkey.Fence, w.attempt.Fence))
	return nil
}

// renameTime is how long a name may take: a job goes on without it.
const renameTime = 10 * time.Second

// name calls the execution after the attempt that it has become, if whoever started
// it knew neither: what the account's owner sees of it, in SageMaker and in messages,
// then tells the date.
func (w *work) name(ctx context.Context) {
	if !w.began || w.Rename == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, renameTime)
	defer cancel()
	if err := w.Rename(ctx, w.Config.ARN, naming.Attempt(w.date, w.attempt.Attempt)); err != nil {
		w.log.WarnContext(ctx, "the execution keeps its name", slog.String(logkey.Error, err.Error()))
	}
}

// reached returns why a step with a job of its own may not run, nil if it may: a
// step before it has failed in this run. The pipeline then made the job all the
// same, because its gate is not that of the definition that is run: it was
// deployed from another one. A retry begins at the step that failed.
func (w *work) reached(ctx context.Context) error {
	if w.Config.Step == "" {
		return nil
	}
	before, err := w.loadProgress(ctx, w.run)
	if err != nil {
		return err
	}
	for _, st := range before.Steps {
		if st.Name == w.Config.Step {
			break
		}
		if st.Status == forecast.StepFailed {
			return fmt.Errorf("%w: %s has failed in this run, and %s is not to follow it: %s", forecast.ErrConflict, st.Name, w.Config.Step, st.Reason.Text)
		}
	}
	return nil
}

// look finds the attempt in the record without taking anything.
func (w *work) look(ctx context.Context) error {
	d, err := w.dates.Load(ctx, w.date.String())
	if err != nil {
		return err //nolint:wrapcheck // it names the record
	}
	return w.adopt(d)
}

// adopt remembers the attempt as it is in the record.
func (w *work) adopt(d record.Date) error {
	a, ours := w.ours(d)
	if !ours {
		return fmt.Errorf("take %s: %w: its record has no attempt of this execution", w.date, forecast.ErrConflict)
	}
	w.attempt, w.generation = a, ""
	if d.Generations[a.Generation] != nil {
		w.generation = a.Generation
	}
	return nil
}

// ours returns the attempt of this job: the one that it was given, or the one of
// its execution. One that an operator began with the schedule's token, and whose
// start came too late, is the schedule's.
func (w *work) ours(d record.Date) (record.Attempt, bool) {
	for _, a := range slices.Backward(d.Attempts) {
		switch {
		case w.turn != nil:
			if a.Attempt == w.given && a.Plan == w.turn.Start.Plan && a.Token == w.turn.Token {
				return a, true
			}
		case w.given > 0:
			if a.Attempt == w.given {
				return a, true
			}
		case a.ARN != "":
			if a.Run() == w.run {
				return a, true
			}
		case !w.Config.Scheduled.IsZero() && a.Token == w.token():
			return a, true
		}
	}
	return record.Attempt{}, false
}

func (w *work) token() string { return naming.ScheduleToken(w.Config.Pipeline, w.Config.Scheduled) }

// take is the change of the record that takes the date.
func (w *work) take(d record.Date) (record.Date, error) {
	a, ours := w.ours(d)
	w.began = w.given == 0 && w.turn == nil && a.ARN == ""
	switch {
	case !ours && w.turn != nil:
		return w.takeTurn(d)
	case !ours && w.given > 0:
		return d, fmt.Errorf("%w: its record has no attempt %d", forecast.ErrConflict, w.given)
	case !ours:
		return d.Take(w.next(d), w.Host, w.Now()) //nolint:wrapcheck // claim says what for
	}
	next, err := d.Started(a.Attempt, w.Config.ARN)
	changed := err == nil
	if err != nil && !errors.Is(err, record.ErrUnchanged) {
		return d, err //nolint:wrapcheck // as above
	}
	switch a.Status {
	case forecast.Failed: // SageMaker was asked to retry the execution
		return next.Reopen(a.Attempt, w.Host, w.Now()) //nolint:wrapcheck // as above
	case forecast.Stopped:
		return d, fmt.Errorf("%w: attempt %d was stopped: start a new one", record.ErrStopping, a.Attempt)
	case forecast.Executing, forecast.Stopping:
		if err := next.Holds(a.Attempt, a.Fence); err != nil && !record.IsStopping(err) {
			return d, err //nolint:wrapcheck // as above
		}
	case forecast.Succeeded:
	}
	if !changed {
		return d, record.ErrUnchanged
	}
	return next, nil
}

// next returns the attempt that nobody has begun in the record: the schedule, or
// somebody in SageMaker itself, has started the execution.
func (w *work) next(d record.Date) record.Attempt {
	n := d.Last().Attempt + 1
	a := record.Attempt{
		Execution: forecast.Execution{
			ID: naming.ExecutionID(w.date, n), Pipeline: w.Config.Pipeline, Date: w.date, Attempt: n, Status: forecast.Executing,
			Cause: forecast.CauseSchedule, Actor: "schedule", Host: w.Host, Definition: w.Config.Project, StartStep: w.Config.Start,
			Created: w.Now(), Started: w.Now(),
		},
		ARN: w.Config.ARN, Carrier: naming.Attempt(w.date, n), Staged: w.Config.Staged, Source: w.Config.Parent,
	}
	if w.Config.Scheduled.IsZero() {
		a.Cause, a.Actor, a.Token = forecast.CauseManual, "sagemaker", naming.Token(w.Config.Pipeline, w.date, n)
		return a
	}
	a.Token = w.token()
	return a
}

// check returns why the attempt may not go on, nil if it may.
func (w *work) check(ctx context.Context) error {
	d, err := w.dates.Load(ctx, w.date.String())
	if err != nil {
		return err //nolint:wrapcheck // it names the record
	}
	return d.Holds(w.attempt.Attempt, w.attempt.Fence) //nolint:wrapcheck // it names the attempt
}
