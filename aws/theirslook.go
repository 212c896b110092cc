package aws

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/daybatch/daybatch/aws/internal/cloud"
	"github.com/daybatch/daybatch/aws/internal/definition"
	"github.com/daybatch/daybatch/aws/internal/foreign"
	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/runs"
	"github.com/daybatch/daybatch/forecast"
)

// looks are what was seen of single executions lately, for as long as it counts as
// fresh. What became of one that has ended is in the history, for ever.
type looks struct {
	mu        sync.Mutex
	described map[string]seen
	open      map[string]openLook
	sure      map[string]time.Time   // since when the history of one that failed holds
	one       map[string]*sync.Mutex // held while an execution is looked at
}

// openLook is what an open execution looked like.
type openLook struct {
	at      time.Time
	details foreign.Details
}

func (l *looks) stale() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.described)
	clear(l.open)
}

// doubt makes sure of executions that failed or were stopped at the next look, if
// it is not fresh: an operator is about to act on what is seen.
func (l *looks) doubt(t *theirs, ids ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, at := range l.sure {
		if !t.fresh(at) && (len(ids) == 0 || slices.Contains(ids, id)) {
			delete(l.sure, id)
		}
	}
}

// disbelieve makes sure of an execution that has ended at the next look.
func (l *looks) disbelieve(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.sure, id)
}

// lock lets one goroutine look at an execution at a time.
func (l *looks) lock(id string) *sync.Mutex {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.one == nil {
		l.one = make(map[string]*sync.Mutex)
		l.described, l.open, l.sure = make(map[string]seen), make(map[string]openLook), make(map[string]time.Time)
	}
	if l.one[id] == nil {
		l.one[id] = new(sync.Mutex)
	}
	return l.one[id]
}

// describe reads an execution, unless that was done just now.
func (l *looks) describe(ctx context.Context, t *theirs, arn string) (runs.Run, error) {
	id := naming.RunID(arn)
	l.lock(id) // makes the maps
	l.mu.Lock()
	known, ok := l.described[id]
	l.mu.Unlock()
	if ok && t.fresh(known.at) {
		return known.run, nil
	}
	run, err := t.engine.runs.Describe(ctx, arn)
	if err != nil {
		return runs.Run{}, err //nolint:wrapcheck // it names the execution
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.described[id] = seen{at: t.engine.options.Wall(), run: run}
	return run, nil
}

// details returns what SageMaker tells of an execution that it lists with a status.
// Of one that succeeded it is asked once. Of one that failed it is made sure from
// time to time that nobody has retried it.
func (t *theirs) details(ctx context.Context, arn string, status forecast.Status) (foreign.Details, error) {
	id := naming.RunID(arn)
	one := t.looks.lock(id)
	one.Lock()
	defer one.Unlock()
	known, ok := t.history.Details(id)
	if ok && known.Run.Status == status {
		if sure, err := t.sure(ctx, known); sure || err != nil {
			return known, err
		}
	}
	t.looks.mu.Lock()
	open, seen := t.looks.open[id]
	t.looks.mu.Unlock()
	if seen && status.Open() && t.fresh(open.at) {
		return open.details, nil
	}
	if !seen {
		open.details = known
	}
	details, err := t.look(ctx, arn, status, open.details)
	if err != nil {
		return foreign.Details{}, err
	}
	t.looks.mu.Lock()
	defer t.looks.mu.Unlock()
	if details.Run.Status.Open() {
		t.looks.open[id] = openLook{at: t.engine.options.Wall(), details: details}
		return details, nil
	}
	delete(t.looks.open, id)
	t.looks.sure[id] = t.engine.options.Wall()
	if details.Denied {
		t.history.Hold(id, details)
		return details, nil
	}
	t.kept(ctx, t.history.Keep(id, details))
	return details, nil
}

// sure reports whether what is known of an execution that has ended still holds.
func (t *theirs) sure(ctx context.Context, known foreign.Details) (bool, error) {
	if known.Run.Status == forecast.Succeeded {
		return true, nil // SageMaker retries none of these
	}
	id := known.Run.ID()
	now := t.engine.options.Wall()
	t.looks.mu.Lock()
	since, ok := t.looks.sure[id]
	t.looks.mu.Unlock()
	if ok && now.Sub(since).Abs() < doubtTime {
		return true, nil
	}
	run, err := t.looks.describe(ctx, t, known.Run.ARN)
	if errors.Is(err, forecast.ErrNotFound) {
		return true, nil // what is known is all that there is
	}
	if err != nil || !run.Changed.Equal(known.Run.Changed) {
		return false, err
	}
	t.looks.mu.Lock()
	defer t.looks.mu.Unlock()
	t.looks.sure[id] = now
	return true, nil
}

// look asks SageMaker for an execution that it lists with a status. Of what was
// known before, what can't have changed is not asked for again: who started it, its
// definition, and jobs that have ended.
func (t *theirs) look(ctx context.Context, arn string, status forecast.Status, before foreign.Details) (foreign.Details, error) {
	var err error
	d := foreign.Details{Run: before.Run, Definition: before.Definition, Jobs: make(map[string]runs.Detail)}
	if d.Run.Status = status; d.Run.ARN == "" || !status.Open() {
		if d.Run, err = t.engine.runs.Describe(ctx, arn); err != nil {
			return d, err //nolint:wrapcheck // it names the execution
		}
	}
	var graph definition.Graph
	if graph, d.Definition, err = t.graphOf(ctx, arn, d.Definition); err != nil {
		return d, err
	}
	if d.Steps, err = t.engine.runs.Steps(ctx, arn); err != nil {
		return d, err //nolint:wrapcheck // it names the execution
	}
	if err := t.jobs(ctx, &d, before); err != nil {
		return d, err
	}
	d.Measures = foreign.JobMeasures(d.Jobs)
	if step := t.dating.EvaluationStep; step != "" && done(d.Steps, step) {
		measures, problem, err := t.report(ctx, graph, d.Jobs)
		if err != nil {
			return d, err
		}
		maps.Copy(d.Measures, measures)
		d.Problem = remark(d.Problem, problem)
		if len(measures) > 0 {
			d.Reported = []string{step}
		}
	}
	if len(d.Measures) == 0 {
		d.Measures = nil
	}
	return d, nil
}

func done(steps []runs.Step, name string) bool {
	return slices.ContainsFunc(steps, func(s runs.Step) bool { return s.Name == name && s.Status.Done() })
}

// graphOf returns the definition that an execution runs; hash is its, if that is
// known already.
func (t *theirs) graphOf(ctx context.Context, arn, hash string) (definition.Graph, string, error) {
	if graph, ok := t.history.Graph(hash); ok && hash != "" {
		return graph, hash, nil
	}
	text, err := t.engine.runs.DefinitionOf(ctx, arn)
	if err != nil {
		return definition.Graph{}, "", err //nolint:wrapcheck // it names the execution
	}
	graph, hash, err := t.history.KeepDefinition(text)
	if errors.Is(err, foreign.ErrCache) {
		t.kept(ctx, err)
		err = nil
	}
	return graph, hash, err //nolint:wrapcheck // it says what is wrong with it
}

// jobs adds the jobs of the steps. One that has ended is known already, unless a
// retry has made another.
func (t *theirs) jobs(ctx context.Context, d *foreign.Details, before foreign.Details) error {
	var mu sync.Mutex
	var denied []string
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(looksAtOnce)
	for _, s := range d.Steps {
		known, ok := before.Jobs[s.Name]
		if ok && known.Name == s.Job && !known.Ended.IsZero() {
			mu.Lock()
			d.Jobs[s.Name] = known
			mu.Unlock()
			continue
		}
		group.Go(func() error {
			job, err := t.engine.runs.Detail(inner, s)
			switch {
			case errors.Is(err, forecast.ErrNotFound), errors.Is(err, forecast.ErrInvalid):
				return nil // it is there no more: the step tells all that is left
			case err != nil && !lacking(err):
				return err //nolint:wrapcheck // it names the job
			case err == nil && job.Name == "":
				return nil // it has none
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil { // of a right that is lacking: all else is shown
				denied = append(denied, err.Error())
				return nil
			}
			d.Jobs[s.Name] = job
			return nil
		})
	}
	err := group.Wait()
	if slices.Sort(denied); len(denied) > 0 {
		d.Denied = true
		d.Problem = remark(d.Problem, strings.Join(denied, "; "))
	}
	return err //nolint:wrapcheck // as above
}

// lacking reports whether an error says that a right is lacking, which no login
// brings.
func lacking(err error) bool {
	return errors.Is(err, forecast.ErrUnauthorised) && !cloud.Login(err)
}
