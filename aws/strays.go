package aws

import (
	"context"
	"slices"
	"time"

	"github.com/daybatch/daybatch/aws/internal/definition"
	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/aws/internal/runs"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// addStrays adds the recent executions that are in no record yet: those that the
// schedule, or somebody in SageMaker's own console, started, and whose job has
// not got its machine. A record is added for them in memory alone: the job takes
// the date when it runs.
func (e *Engine) addStrays(ctx context.Context, window calendar.Range, records map[calendar.Date]record.Date) error {
	listed, err := e.list(ctx)
	if err != nil {
		return err
	}
	known := make(map[string]bool)
	for _, r := range records {
		for _, a := range r.Attempts {
			known[a.Run()] = true
		}
	}
	for _, run := range slices.Backward(listed) { // oldest first
		if known[run.ID()] {
			continue
		}
		if name, ok := naming.ParseName(run.Name); ok {
			adopt(records, name, run)
			continue
		}
		d, project, err := e.dateOf(ctx, run)
		if err != nil {
			return err
		}
		if d.IsZero() || !window.Contains(d) {
			continue
		}
		if r, ok := e.stray(records[d], d, project, run); ok {
			records[d] = r
		}
	}
	return nil
}

// adopt notes which run an attempt is whose starter died before it wrote it down.
func adopt(records map[calendar.Date]record.Date, name naming.Name, run runs.Run) {
	r, ok := records[name.First]
	if !ok || name.First != name.Last {
		return
	}
	a, err := r.Attempt(name.Attempt)
	if err != nil || a.ARN != "" {
		return
	}
	if next, err := r.Started(name.Attempt, run.ARN); err == nil {
		records[name.First] = next
	}
}

// stray returns the record of a date with an attempt for a run that nobody has
// recorded. A run that has ended and was there while another had the date has
// lost it to that one, and is no attempt.
func (e *Engine) stray(r record.Date, d calendar.Date, project string, run runs.Run) (record.Date, bool) {
	last := r.Last()
	if r.Claim != nil || last.Attempt > 0 && (last.Ended.IsZero() || run.Started.Before(last.Ended)) {
		return r, false
	}
	n := last.Attempt + 1
	x := forecast.Execution{
		ID: naming.ExecutionID(d, n), Pipeline: e.definition.Pipeline, Date: d, Attempt: n, Status: forecast.Executing,
		Cause: forecast.CauseSchedule, Actor: scheduleActor, Host: "sagemaker", Definition: project, StartStep: forecast.Extract,
		Created: run.Started, Started: run.Started, Steps: e.waitingSteps(),
	}
	next, err := r.Take(record.Attempt{Execution: x, Carrier: run.Name, Token: "stray-" + run.ID(), ARN: run.ARN}, scheduleActor, run.Started)
	next.Date = d
	return next, err == nil
}

// scheduleActor is the actor of what the schedule starts.
const scheduleActor = "schedule"

// waitingSteps are the steps of an attempt that has not begun.
func (e *Engine) waitingSteps() []forecast.Step {
	var steps []forecast.Step
	for _, name := range forecast.StepNames() {
		steps = append(steps, forecast.Step{Name: name, Status: forecast.StepWaiting, Command: e.definition.Steps[name].Command})
	}
	return steps
}

// dateOf returns the date that a run is for and the hash of its definition. It
// is zero for one that carries several dates: its job takes them one by one.
func (e *Engine) dateOf(ctx context.Context, run runs.Run) (calendar.Date, string, error) {
	parameters, err := e.parameters(ctx, run)
	if err != nil {
		return 0, "", err
	}
	if dates := parameters[definition.ParameterDates]; dates != "" && dates != definition.None {
		return 0, "", nil
	}
	project := parameters[definition.ParameterProject]
	if d, err := calendar.Parse(parameters[definition.ParameterDate]); err == nil {
		return d, project, nil
	}
	at := run.Started
	if scheduled, err := time.Parse(time.RFC3339, parameters[definition.ParameterScheduledTime]); err == nil {
		at = scheduled
	}
	return calendar.In(at, e.calendar.Zone()) - calendar.Date(e.definition.LagDays), project, nil
}

// parameters returns the parameters of a run, which never change.
func (e *Engine) parameters(ctx context.Context, run runs.Run) (map[string]string, error) {
	e.mu.Lock()
	known, ok := e.given[run.ID()]
	e.mu.Unlock()
	if ok {
		return known, nil
	}
	given, err := e.runs.Parameters(ctx, run.ARN)
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the execution
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.given[run.ID()] = given
	return given, nil
}
