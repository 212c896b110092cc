package aws

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/daybatch/daybatch/aws/internal/definition"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/aws/internal/runs"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// A person may retry an execution that failed in SageMaker's console. It is the
// same execution and the same attempt then, which goes on where it failed: daybatch
// itself never asks for that, because its reruns are attempts of their own, and
// take over as much. The job reopens the record when it has its machine; until
// then an engine that looks does it, so that nobody starts the date beside it.
//
// That SageMaker lists an execution as Executing does not make it retried: a job
// records how the attempt ended before it ends itself, and the pipeline takes its
// time. What tells is a job that was made later.

// retried reports whether the last attempt of a date, which has failed, was
// retried in SageMaker. One that was stopped is not to go on: its jobs refuse to.
func (e *Engine) retried(ctx context.Context, r record.Date, a record.Attempt) (bool, error) {
	if r.Claim != nil || a.Status != forecast.Failed || a.ARN == "" || r.Last().Attempt != a.Attempt {
		return false, nil
	}
	run, ok, err := e.listed(ctx, a.Run())
	if err != nil || !ok || run.Status != forecast.Executing {
		return false, err
	}
	listed, err := e.steps(ctx, run)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(listed, func(s runs.Step) bool { return begunAgain(s, a) }), nil
}

// begunAgain reports whether a step of an execution is at work that began after
// the attempt had ended. A retry begins where the attempt failed, never later.
func begunAgain(s runs.Step, a record.Attempt) bool {
	if !s.Status.Open() || !s.Started.After(a.Ended) {
		return false
	}
	if s.Name == definition.StepRun {
		return true
	}
	failed := slices.IndexFunc(a.Steps, func(step forecast.Step) bool { return !step.Status.Done() })
	i := slices.IndexFunc(a.Steps, func(step forecast.Step) bool { return string(step.Name) == s.Name })
	return i >= 0 && i <= failed
}

// inSageMaker is who holds a date whose execution was retried by nobody known.
const inSageMaker = "somebody, in SageMaker"

// reopen records that the last attempt of a date was retried, if it was.
func (e *Engine) reopen(ctx context.Context, d calendar.Date, r record.Date) (bool, error) {
	a := r.Last()
	again, err := e.retried(ctx, r, a)
	if err != nil || !again {
		return false, err
	}
	_, err = e.dates.Change(ctx, d.String(), func(r record.Date) (record.Date, error) {
		return r.Reopen(a.Attempt, inSageMaker, e.options.Now())
	})
	if errors.Is(err, forecast.ErrConflict) {
		return false, nil // another has the date, or has begun a newer attempt
	}
	if err != nil {
		return false, fmt.Errorf("record that %s was retried: %w", a.ID, err)
	}
	e.pulse.Beat()
	return true, nil
}
