package aws

import (
	"context"
	"slices"

	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/aws/internal/runs"
	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
)

// jobPerStep reports whether each step has a job of its own.
func (e *Engine) jobPerStep() bool { return e.options.Settings.Layout == settings.LayoutSteps }

// join brings the steps of an attempt up to what only SageMaker knows, if each has
// a job of its own: it waits for its machine, it was taken over from another
// execution, or its job ended without a word. What a job has said of its step
// itself stands.
func (e *Engine) join(ctx context.Context, v *view, r record.Date, run runs.Run) error {
	if !e.jobPerStep() {
		return nil
	}
	listed, err := e.steps(ctx, run)
	if err != nil {
		return err
	}
	for _, s := range listed {
		i := slices.IndexFunc(v.execution.Steps, func(step forecast.Step) bool { return string(step.Name) == s.Name })
		if i < 0 {
			continue
		}
		step := &v.execution.Steps[i]
		if s.Status == forecast.StepFailed && unsaid(*step) {
			reason, err := e.whyStepFailed(ctx, s)
			if err != nil {
				return err
			}
			step.Status, step.Reason, step.Ended = forecast.StepFailed, reason, s.Ended
			continue
		}
		joinStep(step, s, r)
	}
	return nil
}

// unsaid reports whether the job of a step has not said yet how the step ended.
// One that has succeeded can fail still: SageMaker did not get its output. What
// PostProc has done is in the record.
func unsaid(step forecast.Step) bool {
	return step.Status != forecast.StepFailed && (!step.Status.Done() || step.Name != forecast.PostProc)
}

// joinStep is join for a step that has not failed.
func joinStep(step *forecast.Step, s runs.Step, r record.Date) {
	if step.Status != forecast.StepWaiting {
		return
	}
	switch s.Status {
	case forecast.StepReused:
		step.Status, step.ReusedFrom = forecast.StepReused, executionOf(r, naming.RunID(s.Source))
	case forecast.StepStarting, forecast.StepExecuting, forecast.StepStopping:
		// It is at work when its job says so: until then it waits for a machine.
		step.Status, step.Created = forecast.StepStarting, s.Started
	case forecast.StepStopped:
		// The end of the execution gives it its reason.
		step.Status, step.Created = forecast.StepStopping, s.Started
	default:
	}
}

// executionOf returns the attempt of a date that a run was, empty if it was none.
func executionOf(r record.Date, run string) forecast.ExecutionID {
	for _, a := range r.Attempts {
		if a.ARN != "" && a.Run() == run {
			return a.ID
		}
	}
	return ""
}
