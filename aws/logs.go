package aws

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/daybatch/daybatch/aws/internal/definition"
	"github.com/daybatch/daybatch/aws/internal/logs"
	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/aws/internal/runs"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/logkey"
)

// Logs opens the log of an execution. That of one that is over is read from disk while
// AWS does not answer, or the login has expired.
func (e *Engine) Logs(ctx context.Context, query forecast.LogQuery) (forecast.LogStream, error) {
	log := &logOf{engine: e, query: query}
	_, a, err := e.attempt(ctx, query.Execution)
	if err != nil && !log.recall(err) {
		return nil, fmt.Errorf("open log: %w", err)
	}
	if err != nil {
		a.Date, _, _ = naming.ParseExecutionID(query.Execution) // it was read before
	}
	log.LogStream = e.logs.Open(logs.Query{Jobs: log.list, Run: a.Run(), Date: a.Date, Step: query.Step, Follow: query.Follow})
	return log, nil
}

// logOf is the log of an execution.
type logOf struct {
	forecast.LogStream

	engine *Engine
	query  forecast.LogQuery
	jobs   []logs.Job // as they were kept
	kept   time.Time  // when; zero: they are asked for
	why    error      // they are not
}

// list returns the jobs.
func (l *logOf) list(ctx context.Context) ([]logs.Job, bool, error) {
	if l.why == nil {
		jobs, complete, err := l.engine.jobs(ctx, l.query)
		if err == nil || !l.recall(err) {
			return jobs, complete, err
		}
	}
	return l.jobs, true, nil
}

// recall takes the jobs that were kept, and reports whether they can stand for those that
// can't be asked for.
func (l *logOf) recall(why error) bool {
	kept := l.engine.keptLogs()
	if kept == nil || !errors.Is(why, forecast.ErrUnavailable) && !errors.Is(why, forecast.ErrLogin) {
		return false
	}
	all, at, ok := kept.JobsOf(l.engine.logName(forecast.LogQuery{Execution: l.query.Execution}))
	if !ok {
		all, at, ok = kept.JobsOf(l.engine.logName(l.query))
	}
	if !ok {
		return false
	}
	for _, job := range all {
		if l.query.Step == "" || job.Step == "" || job.Step == l.query.Step {
			l.jobs = append(l.jobs, job)
		}
	}
	l.kept, l.why = at, why
	return true
}

// Kept returns since when what is read was kept, and why it is not asked for; without an
// error it is.
func (l *logOf) Kept() (time.Time, error) { return l.kept, l.why }

// logName names the log of a query among all whose jobs are kept in a directory.
func (e *Engine) logName(query forecast.LogQuery) string {
	s := e.options.Settings
	return strings.Join([]string{s.Region, s.Foreign.Pipeline, e.definition.Pipeline, e.bucket.Name, e.bucket.Prefix, string(query.Execution), string(query.Step)}, "\n")
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
	if !v.execution.Status.Open() {
		e.keepJobs(ctx, query, jobs)
	}
	return jobs, over, nil
}

// keepJobs keeps which jobs the log of an execution that is over has.
func (e *Engine) keepJobs(ctx context.Context, query forecast.LogQuery, jobs []logs.Job) {
	kept := e.keptLogs()
	if kept == nil || len(jobs) == 0 {
		return
	}
	if err := kept.KeepJobs(e.logName(query), jobs, e.options.Wall()); err != nil {
		kept.Failed(ctx, err)
	}
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
