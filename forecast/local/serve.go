//go:build unix

package local

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

// scheduler is the actor of what the schedule starts.
const scheduler = "schedule"

// lookTime is the longest that a server sleeps: the files of the source may have
// come, a laptop may have been asleep.
const lookTime = 30 * time.Second

// collectTime is how often a server removes what need not be kept.
const collectTime = time.Hour

// Serve runs the pipeline by its schedule until ctx ends: it starts dates when
// they are due, catches up by the pipeline's policy, starts dates that waited for
// their source when that has come, looks whether inputs changed under forecasts,
// sends messages, and carries out every applied plan. A fault of the machine is logged, and
// looked past at the next turn.
func (e *Engine) Serve(ctx context.Context) error {
	if e.options.ReadOnly {
		return fmt.Errorf("serve: %w", forecast.ErrReadOnly)
	}
	since, err := e.store.Served(ctx)
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var drives sync.WaitGroup
	drives.Go(func() { _ = e.driveAll(ctx) }) // it ends with ctx alone
	defer drives.Wait()
	s := &server{engine: e, since: since, up: e.options.Now()}
	for {
		wake := s.turn(ctx)
		if err := s.sleep(ctx, wake); err != nil {
			return fmt.Errorf("serve: %w", err)
		}
	}
}

// server is what one call of Serve knows.
type server struct {
	engine    *Engine
	since, up time.Time
	collected time.Time
}

// turn does what is to be done now, and returns when there will be something to
// do though nothing changes; zero: not that it knows.
func (s *server) turn(ctx context.Context) time.Time {
	e := s.engine
	s.try(ctx, "end what others left", e.reconcile)
	s.try(ctx, "note who serves", e.store.Seen)
	var wake time.Time
	s.try(ctx, "start what is due", func(ctx context.Context) error {
		schedule, err := s.schedule(ctx)
		if err != nil {
			return err
		}
		now := e.options.Now()
		wake = schedule.Wake(now)
		return s.start(ctx, schedule.Starts(now))
	})
	s.try(ctx, "fill dates without a forecast", e.policy().Newest)
	s.try(ctx, "look for late dates", s.noticeLate)
	s.try(ctx, "look at the source", e.checkSource)
	if now := e.options.Now(); now.Sub(s.collected).Abs() > collectTime {
		s.collected = now
		s.try(ctx, "remove what need not be kept", e.collect)
	}
	return wake
}

// try does a part of a turn. What fails is no reason to leave the rest.
func (s *server) try(ctx context.Context, part string, do func(context.Context) error) {
	if ctx.Err() != nil {
		return
	}
	if err := do(ctx); err != nil && ctx.Err() == nil {
		s.engine.options.Log.WarnContext(ctx, "a part of serving failed", slog.String(logkey.Part, part), slog.String(logkey.Error, err.Error()))
	}
}

// sleep waits until an instant, but looks around from time to time.
func (s *server) sleep(ctx context.Context, wake time.Time) error {
	pause := lookTime
	if !wake.IsZero() {
		pause = max(0, min(pause, wake.Sub(s.engine.options.Now())))
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err() //nolint:wrapcheck // Serve wraps it
	case <-timer.C:
		return nil
	}
}

// schedule gathers what the schedule's decisions depend on.
func (s *server) schedule(ctx context.Context) (plan.Schedule, error) {
	e := s.engine
	schedule := plan.Schedule{
		Calendar: e.calendar, Policy: e.definition.CatchUp, Since: s.since, Up: s.up, Rules: e.rules(),
	}
	var err error
	schedule.Facts, err = e.facts(ctx, schedule.Candidates(e.options.Now()), e.look())
	return schedule, err
}

// start makes a plan for each date and applies it. Of several servers one does.
func (s *server) start(ctx context.Context, starts []plan.Start) error {
	e := s.engine
	var errs []error
	for _, start := range starts {
		errs = append(errs, s.startDate(ctx, start))
	}
	if len(starts) > 0 {
		e.pulse.Beat()
	}
	return errors.Join(errs...)
}

func (s *server) startDate(ctx context.Context, start plan.Start) error {
	e := s.engine
	now := e.options.Now()
	facts, err := e.facts(ctx, []calendar.Date{start.Date}, e.look())
	if err != nil {
		return err
	}
	request := forecast.PlanRequest{
		Kind: forecast.PlanRun, Dates: []calendar.Date{start.Date}, Cause: start.Cause, Actor: scheduler,
	}
	draft, err := plan.Make(request, []plan.Facts{facts[start.Date]}, e.rules(), now)
	if err != nil {
		return err //nolint:wrapcheck // it names the date
	}
	if draft.Count(forecast.ActionRun) == 0 {
		return nil // somebody else has begun meanwhile
	}
	started, err := e.store.StartScheduled(ctx, start.Date, start.Attempt, plan.Activate(draft))
	if err != nil {
		return err //nolint:wrapcheck // the store names the date
	}
	if started {
		e.options.Log.InfoContext(ctx, "date started", slog.String(logkey.Date, start.Date.String()),
			slog.String(logkey.Cause, string(start.Cause)), slog.String(logkey.Plan, string(draft.ID)))
	}
	return nil
}
