package aws

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/aws/internal/runs"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/plan"
)

// Days returns the selected days, newest first. What it costs is one listing, the
// records that changed since the last look, and what SageMaker says about open
// attempts.
func (e *Engine) Days(ctx context.Context, query forecast.DayQuery) ([]forecast.Day, error) {
	now := e.options.Now()
	window, err := plan.Window(query, e.calendar, now)
	if err != nil || window.Len() == 0 {
		return nil, err //nolint:wrapcheck // it says what is wrong with the query
	}
	facts, err := e.facts(ctx, window)
	if err != nil {
		return nil, fmt.Errorf("read days: %w", err)
	}
	rules, err := e.rules(ctx)
	if err != nil {
		return nil, fmt.Errorf("read days: %w", err)
	}
	days := make([]forecast.Day, 0, window.Len())
	for d := window.To; d >= window.From; d-- {
		day := plan.Day(facts[d], rules, now)
		days = append(days, day)
	}
	return days, nil
}

// facts gathers the facts of all dates of a window.
func (e *Engine) facts(ctx context.Context, window calendar.Range) (map[calendar.Date]plan.Facts, error) {
	records, err := e.records(ctx, window)
	if err != nil {
		return nil, err
	}
	if e.theirs != nil {
		if err := e.theirs.prefetch(ctx, records); err != nil {
			return nil, err
		}
	}
	facts := make(map[calendar.Date]plan.Facts, window.Len())
	for d := window.From; d <= window.To; d++ {
		if facts[d], err = e.merge(ctx, e.calendar.Facts(d), records[d]); err != nil {
			return nil, err
		}
	}
	return facts, nil
}

// records returns the records of the dates of a window that have one, those of
// executions that no job and no engine has recorded yet among them.
func (e *Engine) records(ctx context.Context, window calendar.Range) (map[calendar.Date]record.Date, error) {
	if e.theirs != nil {
		return e.theirs.records(ctx, window)
	}
	named, err := e.dates.List(ctx, window.From.String(), window.To.String())
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the objects
	}
	records := make(map[calendar.Date]record.Date, len(named))
	for name, r := range named {
		if d, err := calendar.Parse(name); err == nil {
			r.Date = d
			records[d] = r
		}
	}
	return records, e.addStrays(ctx, window, records)
}

// merge joins what the calendar, the record and SageMaker know of a date.
func (e *Engine) merge(ctx context.Context, f plan.Facts, r record.Date) (plan.Facts, error) {
	if e.theirs != nil {
		return e.theirs.merge(ctx, f, r)
	}
	if last := r.Last(); last.Attempt > 0 {
		view, err := e.view(ctx, r, last)
		if err != nil {
			return f, err
		}
		f.Last, f.Metrics = view.execution, view.metrics
	}
	if r.Claim != nil {
		f.Holder = r.Claim.Holder
	}
	for _, p := range r.Publications {
		g := r.Generations[p.To]
		if g != nil && g.Kind == forecast.GenerationOwn && (f.FirstOwn.IsZero() || p.At.Before(f.FirstOwn)) {
			f.FirstOwn = p.At
		}
	}
	if r.Current != "" {
		f.Current = partitionOf(r, r.Current)
	}
	if f.Metrics == nil {
		f.Metrics = newestMetrics(r)
	}
	judge(&f, r)
	return f, nil
}

// newestMetrics returns what the gate saw in the newest attempt that it saw.
func newestMetrics(r record.Date) forecast.Measures {
	for _, a := range slices.Backward(r.Attempts) {
		if a.Metrics != nil {
			return a.Metrics
		}
	}
	return nil
}

// partitionOf returns a generation of a record.
func partitionOf(r record.Date, generation string) forecast.Partition {
	g := r.Generations[generation]
	if g == nil {
		return forecast.Partition{Date: r.Date, Generation: generation, Kind: forecast.GenerationAdopted, Current: true}
	}
	p := g.Partition
	p.Current = generation == r.Current
	return p
}

// view is an attempt as it is now.
type view struct {
	execution forecast.Execution
	metrics   forecast.Measures
	progress  record.Progress
	// ended says that the execution is as SageMaker says that it ended, which the
	// record does not say yet.
	ended bool
}

// view returns an attempt as it is now: of one that has ended the record knows
// all.
func (e *Engine) view(ctx context.Context, r record.Date, a record.Attempt) (view, error) {
	if e.theirs != nil {
		return e.theirs.view(ctx, r, a)
	}
	if again, err := e.retried(ctx, r, a); err != nil {
		return view{}, err
	} else if again {
		if r, err = r.Reopen(a.Attempt, inSageMaker, e.options.Now()); err != nil {
			return view{}, err //nolint:wrapcheck // it names the attempt
		}
		a = r.Last()
	}
	v := view{execution: a.Execution, metrics: maps.Clone(a.Metrics)}
	v.execution.Steps = slices.Clone(a.Steps)
	if !a.Status.Open() {
		ready(&v.execution)
		v.execution.Cost = e.cost(ctx, a)
		return v, nil
	}
	if len(v.execution.Steps) == 0 { // its job took the date
		v.execution.Steps = e.waitingSteps()
	}
	if a.ARN == "" {
		starting(&v.execution, a.Created)
		if e.options.Now().Sub(a.Created) > startTime {
			v.execution.UnknownSince = a.Created.Add(startTime)
		}
		return v, nil
	}
	run, err := e.run(ctx, a.ARN)
	switch {
	case errors.Is(err, forecast.ErrNotFound) && e.options.Now().Sub(a.Created) > startTime:
		run = runs.Run{ARN: a.ARN, Status: forecast.Failed} // its pipeline was deleted, with all that ran
	case errors.Is(err, forecast.ErrNotFound): // SageMaker has not heard of what it just started
	case err != nil:
		return v, fmt.Errorf("look at %s: %w", a.ID, err)
	}
	if v.progress, err = e.progress(ctx, a.Run(), a.Date); err != nil {
		return v, err
	}
	follow(&v, a)
	ready(&v.execution)
	if err := e.join(ctx, &v, r, run); err != nil {
		return v, err
	}
	if terminal(run) {
		return e.over(ctx, v, r, a, run)
	}
	if run.Status == forecast.Stopping || r.Claim != nil && !r.Claim.Stop.IsZero() {
		v.execution.Status = forecast.Stopping
	}
	starting(&v.execution, a.Created)
	return v, nil
}

// follow brings the steps of an attempt up to what its job says. What it said in
// another attempt of the same run, or before it was retried, does not count.
func follow(v *view, a record.Attempt) {
	if v.progress.Attempt != a.Attempt || v.progress.Fence != a.Fence {
		return
	}
	v.metrics = v.progress.Metrics
	for i, step := range v.execution.Steps {
		if p, ok := v.progress.Step(step.Name); ok {
			command := step.Command
			v.execution.Steps[i] = p.Step
			v.execution.Steps[i].Command = command
		}
	}
}

// starting marks the next step of an open attempt as waiting for its machine, if
// none is at work.
func starting(x *forecast.Execution, since time.Time) {
	for i := range x.Steps {
		step := &x.Steps[i]
		switch {
		case step.Status.Done():
			if !step.Ended.IsZero() {
				since = step.Ended
			}
			continue
		case step.Status == forecast.StepWaiting:
			step.Status, step.Created = forecast.StepStarting, since
		}
		return
	}
}

// Executions returns the attempts of a date, oldest first.
func (e *Engine) Executions(ctx context.Context, date calendar.Date) ([]forecast.Execution, error) {
	records, err := e.records(ctx, calendar.Range{From: date, To: date})
	if err != nil {
		return nil, fmt.Errorf("read attempts of %s: %w", date, err)
	}
	r := records[date]
	e.theirs.doubt(r.Attempts...)
	all := make([]forecast.Execution, 0, len(r.Attempts))
	for _, a := range r.Attempts {
		v, err := e.view(ctx, r, a)
		if err != nil {
			return nil, fmt.Errorf("read attempts of %s: %w", date, err)
		}
		all = append(all, v.execution)
	}
	return all, nil
}

// Execution returns one attempt, or an error wrapping forecast.ErrNotFound.
func (e *Engine) Execution(ctx context.Context, id forecast.ExecutionID) (forecast.Execution, error) {
	r, a, err := e.attempt(ctx, id)
	if err != nil {
		return forecast.Execution{}, err
	}
	v, err := e.view(ctx, r, a)
	return v.execution, err
}

// attempt returns an attempt and the record of its date.
func (e *Engine) attempt(ctx context.Context, id forecast.ExecutionID) (record.Date, record.Attempt, error) {
	d, n, err := naming.ParseExecutionID(id)
	if err != nil {
		return record.Date{}, record.Attempt{}, err //nolint:wrapcheck // it names the execution
	}
	records, err := e.records(ctx, calendar.Range{From: d, To: d})
	if err != nil {
		return record.Date{}, record.Attempt{}, fmt.Errorf("read execution %s: %w", id, err)
	}
	a, err := records[d].Attempt(n)
	if err != nil {
		return record.Date{}, record.Attempt{}, fmt.Errorf("execution %s: %w", id, forecast.ErrNotFound)
	}
	e.theirs.doubt(a)
	return records[d], a, nil
}
