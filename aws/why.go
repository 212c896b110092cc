package aws

import (
	"context"
	"errors"
	"strings"

	"github.com/daybatch/daybatch/aws/internal/definition"
	"github.com/daybatch/daybatch/aws/internal/runs"
	"github.com/daybatch/daybatch/forecast"
)

// whyFailed returns why a run failed, as SageMaker tells it, and which step it
// failed at; empty if it doesn't know.
func (e *Engine) whyFailed(ctx context.Context, run runs.Run) (forecast.StepName, forecast.Reason, error) {
	listed, err := e.steps(ctx, run)
	if errors.Is(err, forecast.ErrNotFound) {
		return "", e.reasonUnknown(), nil
	}
	if err != nil {
		return "", forecast.Reason{}, err
	}
	for _, s := range listed {
		switch {
		case s.Status != forecast.StepFailed:
		case s.Name == definition.StepGateFailed:
			return forecast.TrainEvaluation, gateReason(s), nil
		case s.Name == definition.StepGate:
			return forecast.TrainEvaluation, forecast.Reason{Class: forecast.ReasonInfrastructure, Text: "the pipeline could not judge it: " + s.Reason}, nil
		default:
			reason, err := e.whyStepFailed(ctx, s)
			if s.Name == definition.StepRun {
				return "", reason, err
			}
			return forecast.StepName(s.Name), reason, err
		}
	}
	if run.Status == forecast.Succeeded {
		return "", forecast.Reason{Class: forecast.ReasonLost, Text: "the execution succeeded in SageMaker, but published nothing: is the deployed pipeline this project's?"}, nil
	}
	return "", forecast.Reason{Class: forecast.ReasonLost, Text: "the execution failed in SageMaker: " + run.Reason}, nil
}

// reasonUnknown is why an execution failed that SageMaker does not know any more.
func (e *Engine) reasonUnknown() forecast.Reason {
	text := "SageMaker does not know its execution any more: was the pipeline deleted?"
	if e.options.Settings.Simulation != "" {
		text = "the process of the simulated account ended while it ran, and its jobs with it"
	}
	return forecast.Reason{Class: forecast.ReasonLost, Text: text}
}

// gateReason is why the pipeline refused what the job of TrainEvaluation had let
// pass.
func gateReason(s runs.Step) forecast.Reason {
	return forecast.Reason{Class: forecast.ReasonGate, Text: strings.TrimSpace(s.Reason) + " (of the deployed pipeline, which has another gate than the project: daybatch deploy)"}
}

// whyStepFailed returns why a step failed whose job has not recorded it.
func (e *Engine) whyStepFailed(ctx context.Context, s runs.Step) (forecast.Reason, error) {
	said, _, _ := strings.Cut(s.Reason, "\n")
	if s.Kind == runs.NoJob {
		return forecast.Reason{Class: runs.ClassOf(s.Reason, forecast.ReasonInfrastructure), Text: "SageMaker made no job for it: " + said}, nil
	}
	class := runs.ClassOf(s.Reason, forecast.ReasonLost)
	switch class {
	case forecast.ReasonLost:
	case forecast.ReasonTimeout:
		return forecast.Reason{Class: class, Text: "its job ran longer than a job may: " + said}, nil
	default:
		return forecast.Reason{Class: class, Text: "SageMaker lost its job: " + said}, nil
	}
	message := ""
	if s.Kind == runs.Processing || s.Kind == runs.Training {
		var err error
		if message, err = e.runs.Message(ctx, s); err != nil && !errors.Is(err, forecast.ErrNotFound) {
			return forecast.Reason{}, err //nolint:wrapcheck // it names the job
		}
	}
	if message != "" {
		// It could say why, but not record it: it has no access, or no sense.
		return forecast.Reason{Class: forecast.ReasonInfrastructure, Text: "its job failed: " + message}, nil
	}
	return forecast.Reason{Class: class, Text: "its job ended without saying why: " + said}, nil
}
