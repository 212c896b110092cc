package aws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/daybatch/daybatch/aws/internal/console"
	"github.com/daybatch/daybatch/aws/internal/logs"
	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/runs"
	"github.com/daybatch/daybatch/forecast"
)

var _ forecast.Linker = (*Engine)(nil)

// Link returns where something is found in AWS's console. What answers in the place of
// AWS has none: an address would lead to another account, or to nothing.
func (e *Engine) Link(ctx context.Context, query forecast.LinkQuery) (forecast.Link, error) {
	if said := notes(e.options.Settings, e.elsewhere); len(said) > 0 {
		return forecast.Link{}, fmt.Errorf("find %s in the console: %w: %s", query.Date, forecast.ErrUnsupported, said[0])
	}
	link, err := e.link(ctx, query)
	if err != nil {
		return forecast.Link{}, fmt.Errorf("find %s in the console: %w", query.Date, err)
	}
	return link, nil
}

func (e *Engine) link(ctx context.Context, query forecast.LinkQuery) (forecast.Link, error) {
	if query.Kind == forecast.LinkPartition {
		return e.linkPartition(ctx, query)
	}
	all, err := e.Executions(ctx, query.Date)
	if err != nil {
		return forecast.Link{}, err
	}
	if len(all) == 0 {
		return forecast.Link{}, fmt.Errorf("nobody ran it: %w", forecast.ErrNotFound)
	}
	x := all[len(all)-1]
	if query.Attempt > 0 {
		i := slices.IndexFunc(all, func(x forecast.Execution) bool { return x.Attempt == query.Attempt })
		if i < 0 {
			return forecast.Link{}, fmt.Errorf("it has no attempt %d, the last is %d: %w", query.Attempt, x.Attempt, forecast.ErrNotFound)
		}
		x = all[i]
	}
	place := e.console()
	ran, err := e.ran(ctx, x.ID, query.Step)
	if err != nil {
		return forecast.Link{}, err
	}
	if ran.Job == "" {
		return e.linkExecution(ctx, x.ID)
	}
	if query.Kind == forecast.LinkLog {
		group, streams := kindOf(ran.Kind).Group(), ran.Job+"/"
		if ran.Kind == runs.Tuning { // its log is that of its training jobs, whose names begin with its own
			group, streams = logs.Training.Group(), ran.Job+"-"
		}
		return forecast.Link{URL: place.Log(group, streams), What: "log streams of " + ran.Job}, nil
	}
	page := map[runs.JobKind]string{
		runs.Processing: console.Processing, runs.Training: console.Training, runs.Transform: console.Transform, runs.Tuning: console.Tuning,
	}[ran.Kind]
	return forecast.Link{URL: place.Job(page, ran.Job), What: fmt.Sprintf("job %s of %s", ran.Job, x.ID)}, nil
}

func (e *Engine) console() console.Console {
	return console.Console{Partition: e.options.Settings.Partition(), Region: e.options.Settings.Region}
}

// ran returns what SageMaker has of a step of an attempt; of all steps, or where
// they share a job, of the one that has a job and was reached last.
func (e *Engine) ran(ctx context.Context, id forecast.ExecutionID, name forecast.StepName) (runs.Step, error) {
	_, a, err := e.attempt(ctx, id)
	if err != nil || a.ARN == "" {
		return runs.Step{}, err
	}
	steps, err := e.runs.Steps(ctx, a.ARN)
	if errors.Is(err, forecast.ErrNotFound) {
		return runs.Step{}, fmt.Errorf("SageMaker no longer knows %s: %w", id, forecast.ErrNotFound)
	}
	if err != nil {
		return runs.Step{}, err //nolint:wrapcheck // it names the execution
	}
	var last runs.Step
	for _, s := range steps {
		switch {
		case s.Job == "":
		case forecast.StepName(s.Name) == name:
			return s, nil
		case name == "" || !e.jobPerStep() && e.theirs == nil:
			last = s
		}
	}
	return last, nil
}

// linkExecution leads to an execution that has no job to show.
func (e *Engine) linkExecution(ctx context.Context, id forecast.ExecutionID) (forecast.Link, error) {
	_, a, err := e.attempt(ctx, id)
	if err != nil {
		return forecast.Link{}, err
	}
	if a.ARN == "" {
		return forecast.Link{}, fmt.Errorf("SageMaker has not started %s yet: %w", id, forecast.ErrNotFound)
	}
	pipeline := cmp.Or(e.options.Settings.Foreign.Pipeline, e.definition.Pipeline)
	return forecast.Link{
		URL:  e.console().Studio(),
		What: fmt.Sprintf("Studio, in whose Pipelines is %s with execution %s; no job of it is known", pipeline, a.Run()),
	}, nil
}

// linkPartition leads to the files of a generation.
func (e *Engine) linkPartition(ctx context.Context, query forecast.LinkQuery) (forecast.Link, error) {
	if e.theirs != nil {
		return forecast.Link{}, e.theirs.unsupported("", noPartitions)
	}
	r, err := e.dates.Load(ctx, query.Date.String())
	if err != nil {
		return forecast.Link{}, err //nolint:wrapcheck // it names the record
	}
	generation := cmp.Or(query.Generation, r.Current)
	if g := r.Generations[generation]; g == nil || !g.Deleted.IsZero() {
		return forecast.Link{}, fmt.Errorf("it has no partition: %w", forecast.ErrNotFound)
	}
	prefix := e.bucket.Prefix + naming.GenerationPrefix(e.definition.Target.Table, query.Date, generation)
	return forecast.Link{URL: e.console().Objects(e.bucket.Name, prefix), What: "files of generation " + generation}, nil
}
