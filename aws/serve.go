package aws

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/logkey"
	"github.com/daybatch/daybatch/forecast/plan"
)

const (
	// lookTime is how often a server looks around.
	lookTime = time.Minute
	// headStart is how long the account's own schedule has to start a date before a
	// server does.
	headStart = 15 * time.Minute
)

// Serve carries out every applied plan, brings records and catalogue up to what
// happened, and starts dates that are due and that the account's schedule has not
// started: because it is not deployed, was switched off, or lost one. It goes on
// until ctx ends. Any number may serve: the token of an attempt, and its date's
// record, let one start it.
func (e *Engine) Serve(ctx context.Context) error {
	if e.options.ReadOnly {
		return fmt.Errorf("serve: %w", forecast.ErrReadOnly)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var drives sync.WaitGroup
	drives.Go(func() { _ = e.driveAll(ctx) }) // it ends with ctx alone
	defer drives.Wait()
	up := e.options.Now()
	for {
		e.turn(ctx, up)
		if err := sleep(ctx, e.options.Look); err != nil {
			return fmt.Errorf("serve: %w", err)
		}
	}
}

// turn does what is to be done now. What fails is logged, and looked past.
func (e *Engine) turn(ctx context.Context, up time.Time) {
	for part, do := range e.parts(up) {
		if ctx.Err() != nil {
			return
		}
		if err := do(ctx); err != nil && ctx.Err() == nil {
			e.options.Log.WarnContext(ctx, "a part of serving failed", slog.String(logkey.Part, part), slog.String(logkey.Error, err.Error()))
		}
	}
}

// parts are what is done in a turn. A pipeline of another team has a schedule of its
// own, and leaves nothing to mend.
func (e *Engine) parts(up time.Time) map[string]func(context.Context) error {
	if e.theirs != nil {
		return map[string]func(context.Context) error{"look for late dates": e.noticeLate}
	}
	return map[string]func(context.Context) error{
		"end what has ended":     e.settleAll,
		"mend the catalogue":     e.mendCatalogue,
		"look at the source":     func(ctx context.Context) error { return e.checkSource(ctx, asked) },
		"start what is due":      func(ctx context.Context) error { return e.startDue(ctx, up) },
		"fill what is missing":   e.policy().Newest,
		"remove old generations": e.collect,
		"look for late dates":    e.noticeLate,
		"refresh the dashboard": func(ctx context.Context) error {
			return e.refreshDashboard(ctx, e.options.Now().Add(-catalogueTime))
		},
	}
}

func (e *Engine) settleAll(ctx context.Context) error {
	records, err := e.records(ctx, everything())
	if err == nil {
		_, err = e.settle(ctx, records)
	}
	return err
}

// startDue starts the dates that became due while this server was up, or before
// by the policy of the pipeline, and that nobody has started.
func (e *Engine) startDue(ctx context.Context, up time.Time) error {
	now := e.options.Now()
	late := now.Add(-headStart)
	rules, err := e.rules(ctx)
	if err != nil {
		return err
	}
	schedule := plan.Schedule{
		Calendar: e.calendar, Policy: e.definition.CatchUp, Since: e.firstStart(ctx, up), Up: up.Add(-headStart), Rules: rules,
	}
	dates := schedule.Candidates(late)
	if schedule.Facts, err = e.factsOf(ctx, dates); err != nil {
		return err
	}
	var errs []error
	for _, start := range schedule.Starts(late) {
		errs = append(errs, e.startDate(ctx, start))
	}
	return errors.Join(errs...)
}

// firstStart is when the pipeline was first run: dates that were due before are
// the operator's. A pipeline that never ran counts from this server on.
func (e *Engine) firstStart(ctx context.Context, up time.Time) time.Time {
	records, err := e.dates.List(ctx, "", "")
	if err != nil {
		return up
	}
	first := up
	for _, r := range records {
		for _, a := range r.Attempts {
			if plan.Daily(a.Cause) && a.Created.Before(first) {
				first = a.Created
			}
		}
	}
	return first
}

func (e *Engine) startDate(ctx context.Context, start plan.Start) error {
	p, err := e.Plan(ctx, forecast.PlanRequest{
		Kind: forecast.PlanRun, Dates: []calendar.Date{start.Date}, Cause: start.Cause, Actor: scheduleActor,
	})
	if err != nil || p.Count(forecast.ActionRun) == 0 {
		return err
	}
	_, err = e.Apply(ctx, p.ID)
	return err
}
