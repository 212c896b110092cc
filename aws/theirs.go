package aws

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/daybatch/daybatch/aws/internal/bucket"
	"github.com/daybatch/daybatch/aws/internal/cloud"
	"github.com/daybatch/daybatch/aws/internal/definition"
	"github.com/daybatch/daybatch/aws/internal/foreign"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/aws/internal/runs"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/logkey"
)

// theirs is what the engine knows of a pipeline that another team defined. There
// are no records of its dates: they are made of SageMaker's list of executions, and
// of the notes on those that daybatch asked for (package foreign).
type theirs struct {
	engine  *Engine
	dating  foreign.Dating
	notes   *record.Documents[foreign.Notes]
	history *foreign.History

	mu      sync.Mutex // held while executions are listed
	at      time.Time  // of the last list; zero: ask
	listed  []foreign.Execution
	defined defined

	looks looks
}

// defined is the definition of the pipeline as it is now.
type defined struct {
	at    time.Time
	hash  string
	graph definition.Graph
}

const (
	// doubtTime is for how long an execution that failed or was stopped counts as it
	// was seen: one that is retried and fails again between two lists looks the same
	// in them.
	doubtTime = 5 * time.Minute
	// looksAtOnce is how many executions are looked at together.
	looksAtOnce = 8
)

func newTheirs(e *Engine) *theirs {
	f := e.options.Settings.Foreign
	t := &theirs{
		engine: e, dating: foreign.Dating{Foreign: f, Zone: e.calendar.Zone(), Lag: e.definition.LagDays},
		notes: &record.Documents[foreign.Notes]{
			Bucket: e.bucket, Prefix: notesPrefix, Pause: record.Wait(sleep, e.options.Jitter), NewID: e.options.NewID,
		},
	}
	dir := ""
	if s := e.options.Settings; e.options.Cache != "" {
		dir = filepath.Join(e.options.Cache, "executions", strings.Join([]string{s.Region, s.Profile, f.Pipeline}, "-"))
	}
	t.history = foreign.NewHistory(dir)
	return t
}

// notesPrefix is where notes are, by dates.
const notesPrefix = "state/notes/"

// stale makes the next look ask SageMaker.
func (t *theirs) stale() {
	t.mu.Lock()
	t.at = time.Time{}
	t.mu.Unlock()
	t.looks.stale()
}

// fresh reports whether what was seen at an instant counts as fresh.
func (t *theirs) fresh(at time.Time) bool { return t.engine.fresh(at) }

// kept notes that something could not be kept on disk, which costs a call later.
func (t *theirs) kept(ctx context.Context, err error) {
	if err != nil {
		t.engine.options.Log.DebugContext(ctx, "history of executions", slog.String(logkey.Error, err.Error()))
	}
}

// now returns the definition of the pipeline as it is now.
func (t *theirs) now(ctx context.Context) (defined, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.fresh(t.defined.at) {
		return t.defined, nil
	}
	text, _, err := t.engine.runs.Definition(ctx)
	if err != nil {
		return defined{}, err //nolint:wrapcheck // it names the pipeline
	}
	graph, hash, err := t.history.KeepDefinition(text)
	if errors.Is(err, foreign.ErrCache) {
		t.kept(ctx, err)
	} else if err != nil {
		return defined{}, fmt.Errorf("pipeline %s: %w", t.dating.Pipeline, err)
	}
	t.defined = defined{at: t.engine.options.Wall(), hash: hash, graph: graph}
	return t.defined, nil
}

// executions returns all executions with their dates. All are listed once, ever;
// then what is new is, and what may have changed lately. The parameters of one that
// its name says nothing about are read once, ever.
func (t *theirs) executions(ctx context.Context) ([]foreign.Execution, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.fresh(t.at) {
		return t.listed, nil
	}
	at, looked := t.engine.options.Now(), t.engine.options.Wall()
	index := t.history.Index()
	since := t.since()
	after := since
	if !index.Through.IsZero() && !index.Since.After(since) {
		after = latest(since, index.Through.Add(-recent))
	}
	found, err := t.engine.runs.List(ctx, after)
	if err != nil {
		return nil, err //nolint:wrapcheck // it says what was read
	}
	changed := index.Through.IsZero() || index.Since.After(since)
	for _, run := range found {
		known := index.Runs[run.ID()]
		if !reflect.DeepEqual(known.Run, run) {
			known.Run, changed = run, true
			index.Runs[run.ID()] = known
		}
	}
	older, err := t.refresh(ctx, index, found)
	if err != nil {
		return nil, err
	}
	asked, err := t.ask(ctx, index)
	if err != nil {
		return nil, err
	}
	if changed || older || asked || at.Sub(index.Through) > recent/2 {
		index.Through = at
		if index.Since.IsZero() || since.Before(index.Since) {
			index.Since = since
		}
		t.kept(ctx, t.history.SetIndex(index))
	}
	t.at, t.listed = looked, t.dated(index, since)
	return t.listed, nil
}

// since is from when on executions are looked at: none was for a date that is owed
// before the first of those.
func (t *theirs) since() time.Time {
	start := t.engine.definition.Start
	if start.IsZero() {
		return time.Time{}
	}
	return start.Start(t.dating.Zone)
}

// refresh looks at executions that are open and too old for the list.
func (t *theirs) refresh(ctx context.Context, index foreign.Index, found []runs.Run) (changed bool, err error) {
	for id, known := range index.Runs {
		if !known.Status.Open() || slices.ContainsFunc(found, func(r runs.Run) bool { return r.ID() == id }) {
			continue
		}
		run, err := t.engine.runs.Describe(ctx, known.ARN)
		if errors.Is(err, forecast.ErrNotFound) {
			delete(index.Runs, id) // its pipeline was made anew
			changed = true
			continue
		}
		if err != nil {
			return changed, err //nolint:wrapcheck // it names the execution
		}
		if run.Status != known.Status {
			known.Status, known.Reason, changed = run.Status, run.Reason, true
			index.Runs[id] = known
		}
	}
	return changed, nil
}

// ask reads the parameters of executions whose names don't tell their dates.
func (t *theirs) ask(ctx context.Context, index foreign.Index) (changed bool, err error) {
	if !t.dating.Asks() {
		return false, nil
	}
	var mu sync.Mutex
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(looksAtOnce)
	for id, known := range maps.Clone(index.Runs) { // the answers change it meanwhile
		if _, named := t.dating.Named(known.Name); named || known.Asked {
			continue
		}
		changed = true
		group.Go(func() error {
			given, err := t.engine.runs.Parameters(inner, known.ARN)
			if err != nil {
				return err //nolint:wrapcheck // it names the execution
			}
			mu.Lock()
			defer mu.Unlock()
			known.Given, known.Asked = given, true
			index.Runs[id] = known
			return nil
		})
	}
	return changed, group.Wait() //nolint:wrapcheck // as above
}

// dated returns the executions of an index with their dates.
func (t *theirs) dated(index foreign.Index, since time.Time) []foreign.Execution {
	all := make([]foreign.Execution, 0, len(index.Runs))
	for _, known := range index.Runs {
		if known.Started.Before(since) {
			continue
		}
		x := foreign.Execution{Run: known.Run, Given: known.Given}
		x.Date, x.Assumed = t.dating.Of(known.Name, known.Started, known.Given)
		all = append(all, x)
	}
	return all
}

// given returns the parameters of an execution, also of one whose name tells its
// date.
func (t *theirs) given(ctx context.Context, x foreign.Execution) (map[string]string, error) {
	if x.Given != nil {
		return x.Given, nil
	}
	return t.engine.parameters(ctx, x.Run)
}

// attempts returns the attempts of the dates of a window that have any.
func (t *theirs) attempts(ctx context.Context, window calendar.Range) (map[calendar.Date][]foreign.Attempt, map[calendar.Date]foreign.Notes, error) {
	executions, err := t.executions(ctx)
	if err != nil {
		return nil, nil, err
	}
	named, err := t.notes.List(ctx, window.From.String(), window.To.String())
	if err != nil {
		return nil, nil, err //nolint:wrapcheck // it names the objects
	}
	byDate := make(map[calendar.Date][]foreign.Execution)
	for _, x := range executions {
		if window.Contains(x.Date) {
			byDate[x.Date] = append(byDate[x.Date], x)
		}
	}
	notes := make(map[calendar.Date]foreign.Notes, len(named))
	for name, n := range named {
		d, err := calendar.Parse(name)
		if err != nil {
			continue
		}
		notes[d] = n
		if _, ok := byDate[d]; !ok {
			byDate[d] = nil
		}
	}
	attempts := make(map[calendar.Date][]foreign.Attempt, len(byDate))
	for d, executions := range byDate {
		list, err := t.number(ctx, executions, notes[d])
		if err != nil {
			return nil, nil, err
		}
		if len(list) > 0 {
			attempts[d] = list
		}
	}
	return attempts, notes, nil
}

// number is foreign.Number. Of an execution that was asked to go on it is looked
// whether it does.
func (t *theirs) number(ctx context.Context, executions []foreign.Execution, notes foreign.Notes) ([]foreign.Attempt, error) {
	attempts := foreign.Number(executions, notes)
	for i, a := range attempts {
		if a.Retry == nil || a.Run.Status.Open() || a.Retry.Refused.Class != "" {
			continue
		}
		d, ok := t.history.Details(a.Run.ID())
		if ok && d.Run.Changed.After(a.Retry.Seen) {
			attempts[i].Run.Changed, attempts[i].Run.Status = d.Run.Changed, d.Run.Status
			continue
		}
		run, err := t.looks.describe(ctx, t, a.Run.ARN)
		if err != nil {
			return nil, err
		}
		if ok && !run.Changed.Equal(d.Run.Changed) {
			t.looks.disbelieve(run.ID())
		}
		t.learn(ctx, run)
		attempts[i].Run.Changed, attempts[i].Run.Status = run.Changed, run.Status
	}
	return attempts, nil
}

// learn takes in what has become of an execution that goes on: it may have begun before
// those that are listed at each look.
func (t *theirs) learn(ctx context.Context, run runs.Run) {
	t.mu.Lock()
	defer t.mu.Unlock()
	index := t.history.Index()
	known, ok := index.Runs[run.ID()]
	if !ok || known.Status == run.Status {
		return
	}
	known.Status, known.Reason = run.Status, run.Reason
	index.Runs[run.ID()] = known
	t.kept(ctx, t.history.SetIndex(index))
	t.listed = slices.Clone(t.listed) // which others read
	for i := range t.listed {
		if t.listed[i].ID() == run.ID() {
			t.listed[i].Status, t.listed[i].Reason = run.Status, run.Reason
		}
	}
}

// report reads the measures of a step's reports in S3. What is wrong with one, or
// keeps it from being read, is said, and no error.
func (t *theirs) report(ctx context.Context, graph definition.Graph, jobs map[string]runs.Detail) (forecast.Measures, string, error) {
	s, ok := graph.Step(t.dating.EvaluationStep)
	switch {
	case !ok:
		return nil, fmt.Sprintf("the pipeline has no step %s, whose report is to be read", t.dating.EvaluationStep), nil
	case len(s.Reports) == 0:
		return nil, fmt.Sprintf("step %s has no property file to read metrics from", s.Name), nil
	}
	all := make(forecast.Measures)
	for _, r := range s.Reports {
		name, key, ok := foreign.ReportKey(jobs[s.Name], r.Output, r.File)
		if !ok {
			return nil, fmt.Sprintf("the job of %s has no output %s in S3", s.Name, r.Output), nil
		}
		text, _, err := bucket.Bucket{API: t.engine.bucket.API, Name: name}.Get(ctx, key)
		var measures forecast.Measures
		if err == nil {
			measures, err = foreign.ReadReport(text, t.dating.Measures)
		}
		switch {
		case err == nil, errors.Is(err, forecast.ErrNotFound) && len(measures) > 0:
		case cloud.Login(err), errors.Is(err, forecast.ErrUnavailable), ctx.Err() != nil:
			return nil, "", fmt.Errorf("read report %s: %w", r.Name, err)
		}
		maps.Copy(all, measures)
		if err != nil {
			return all, fmt.Sprintf("its report s3://%s/%s: %s", name, key, err.Error()), nil
		}
	}
	return all, "", nil
}
