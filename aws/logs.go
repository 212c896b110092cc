package aws

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"

	"github.com/daybatch/daybatch/aws/internal/definition"
	"github.com/daybatch/daybatch/aws/internal/logs"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/aws/internal/runs"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/logkey"
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

// keptLogs returns where logs of jobs that are over are kept, nil if nowhere.
func (e *Engine) keptLogs() *logs.Kept {
	if e.options.Cache == "" {
		return nil
	}
	return &logs.Kept{Dir: filepath.Join(e.options.Cache, "logs"), Failed: func(ctx context.Context, err error) {
		e.options.Log.DebugContext(ctx, "keep log on disk", slog.String(logkey.Error, err.Error()))
	}}
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
		if s.Kind == runs.NoJob || s.Source != "" {
			continue
		}
		job := jobOf(a, s)
		job.Ended = over || job.Ended
		if query.Step != "" && job.Step != "" && job.Step != query.Step {
			continue
		}
		if s.Kind != runs.Tuning {
			jobs = append(jobs, job)
			continue
		}
		trials, err := e.trials(ctx, a, s, job)
		if err != nil {
			return nil, false, err
		}
		jobs = append(jobs, trials...)
	}
	return jobs, over, nil
}

// jobOf returns the job of a step of SageMaker's.
func jobOf(a record.Attempt, s runs.Step) logs.Job {
	ended := !s.Status.Open()
	job := logs.Job{
		Name: s.Job, Run: a.Run(), Kind: kindOf(s.Kind), Account: logsOf(a.ARN),
		Start: s.Started, Ended: ended, End: s.Ended, Over: ended && !s.Ended.IsZero(),
	}
	if s.Name != definition.StepRun {
		job.Step = forecast.StepName(s.Name)
	}
	return job
}

// logsOf returns what the ARNs of logs begin with in the account of another ARN. The
// project's settings may not say which that is.
func logsOf(arn string) string {
	const account = 5 // parts: arn:aws:sagemaker:eu-west-1:123456789012
	parts := strings.SplitN(arn, ":", account+1)
	if len(parts) <= account {
		return ""
	}
	parts[2] = "logs"
	return strings.Join(parts[:account], ":")
}

// trials returns the training jobs of a tuning job, as the jobs whose log is read
// instead of its own: it has none.
func (e *Engine) trials(ctx context.Context, a record.Attempt, s runs.Step, tuning logs.Job) ([]logs.Job, error) {
	if e.theirs == nil {
		return nil, nil // daybatch's own pipelines have none
	}
	details, err := e.theirs.details(ctx, a.ARN, e.theirs.listedAs(a))
	if err != nil {
		return nil, fmt.Errorf("look at %s: %w", a.ID, err)
	}
	var jobs []logs.Job
	for _, part := range details.Jobs[s.Name].Parts {
		job := tuning
		job.Name, job.Kind, job.Start, job.Over = part.Name, logs.Training, part.Created, !part.Ended.IsZero()
		if job.Over {
			job.Ended, job.End = true, part.Ended
		}
		jobs = append(jobs, job)
	}
	return jobs, nil
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
