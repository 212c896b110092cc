package aws

import (
	"context"
	"errors"
	"fmt"

	"github.com/daybatch/daybatch/aws/internal/definition"
	"github.com/daybatch/daybatch/aws/internal/logs"
	"github.com/daybatch/daybatch/aws/internal/runs"
	"github.com/daybatch/daybatch/forecast"
)

// Logs opens the log of an execution.
func (e *Engine) Logs(ctx context.Context, query forecast.LogQuery) (forecast.LogStream, error) {
	_, a, err := e.attempt(ctx, query.Execution)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	return e.logs.Open(logs.Query{
		Jobs: func(ctx context.Context) ([]logs.Job, bool, error) { return e.jobs(ctx, query) },
		Run:  a.Run(), Date: a.Date, Step: query.Step, Follow: query.Follow,
	}), nil
}

// jobs returns the jobs of an attempt whose log a query asks for, and whether
// there will be no more of them.
func (e *Engine) jobs(ctx context.Context, query forecast.LogQuery) ([]logs.Job, bool, error) {
	r, a, err := e.attempt(ctx, query.Execution)
	if err != nil {
		return nil, false, err
	}
	v, err := e.view(ctx, r, a)
	if err != nil || a.ARN == "" {
		return nil, !v.execution.Status.Open(), err
	}
	steps, err := e.runs.Steps(ctx, a.ARN)
	if errors.Is(err, forecast.ErrNotFound) {
		return nil, true, nil // the execution is gone with its pipeline
	}
	if err != nil {
		return nil, false, err //nolint:wrapcheck // it names the execution
	}
	over := !v.execution.Status.Open() || stepOver(v.execution, query.Step)
	var jobs []logs.Job
	for _, s := range steps {
		own := forecast.StepName(s.Name)
		job := logs.Job{Name: s.Job, Run: a.Run(), Kind: kindOf(s.Kind), Start: s.Started, Ended: over || !s.Status.Open(), End: s.Ended}
		if s.Kind == runs.NoJob || s.Kind == runs.Tuning || s.Source != "" {
			continue
		}
		if s.Name != definition.StepRun {
			job.Step = own
		}
		if query.Step == "" || job.Step == "" || job.Step == query.Step {
			jobs = append(jobs, job)
		}
	}
	return jobs, over, nil
}

// stepOver reports whether a step of an execution has ended.
func stepOver(x forecast.Execution, name forecast.StepName) bool {
	for _, s := range x.Steps {
		if s.Name == name {
			return !s.Status.Open()
		}
	}
	return false
}

func kindOf(kind runs.JobKind) logs.Kind {
	switch kind {
	case runs.Training:
		return logs.Training
	case runs.Transform:
		return logs.Transform
	default:
		return logs.Processing
	}
}
