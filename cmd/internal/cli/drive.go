package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/daybatch/daybatch/forecast"
)

// stopDeadline is how long a plan may take to stop after an interrupt, beside
// the grace of its steps.
const stopDeadline = time.Minute

// errInterrupted is the cause of what an interrupt ends.
var errInterrupted = fmt.Errorf("interrupted: %w", context.Canceled)

// drive carries a plan out and shows its progress. When ctx ends it stops the
// plan, or leaves it to others. It returns the plan as it is then.
func (s *session) drive(ctx context.Context, plan forecast.Plan, interrupted onInterrupt) (forecast.Plan, error) {
	// What follows outlives ctx: stopping a plan takes a driver too.
	lasting, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	show := newProgress(s, plan)
	var shown sync.WaitGroup
	watching, endWatch := context.WithCancel(lasting)
	defer endWatch()
	shown.Go(func() { s.follow(watching, show) })

	ended := make(chan error, 1)
	go func() { ended <- s.engine.Drive(lasting, plan.ID) }()
	var err error
	select {
	case err = <-ended:
	case <-ctx.Done():
		s.interrupt(lasting, plan, interrupted)
		if interrupted == leavePlan {
			cancel(errInterrupted)
		}
		select {
		case err = <-ended:
		case <-time.After(stopDeadline):
			cancel(errInterrupted)
			err = <-ended
		}
	}
	endWatch()
	shown.Wait()
	if err != nil && !errors.Is(err, context.Canceled) {
		return plan, fmt.Errorf("carry out plan %s: %w", plan.ID, err)
	}
	return s.settled(context.WithoutCancel(ctx), plan, show)
}

// interrupt tells the person, and stops the plan if it is to be stopped.
func (s *session) interrupt(ctx context.Context, plan forecast.Plan, how onInterrupt) {
	out := s.app.env.Stderr
	if now, err := s.engine.PlanByID(ctx, plan.ID); err == nil {
		plan = now // as it is, not as it began
	}
	others := s.others(ctx, plan)
	switch runs := stateCount(plan, forecast.RowRunning); {
	case how == leavePlan && runs > 0:
		fmt.Fprintf(out, "interrupted: running steps are ended, the plan stays; `daybatch backfill resume %s` goes on\n", plan.ID)
	case how == leavePlan:
		fmt.Fprintf(out, "interrupted: the plan stays; `daybatch backfill resume %s` goes on\n", plan.ID)
	case runs > 0 || len(others) == 0:
		fmt.Fprintln(out, "interrupted: stopping (once more ends at once)")
	default:
		fmt.Fprintln(out, "interrupted: this only watched, and watches no more")
	}
	for _, day := range others {
		fmt.Fprintf(out, "%s goes on: %s; `daybatch stop %s` stops it\n", day.Date, firstLine(day.Reason.Text), day.Date)
	}
	if how == leavePlan {
		return
	}
	if _, err := s.record.control(ctx, plan.ID, forecast.VerbStop, s.actor); err != nil && !errors.Is(err, forecast.ErrConflict) {
		fmt.Fprintln(out, "warning: stop plan: "+err.Error())
	}
}

// others returns the days of a plan whose attempts it joined and others run.
func (s *session) others(ctx context.Context, plan forecast.Plan) []forecast.Day {
	joined := slices.DeleteFunc(slices.Clone(plan.Rows), func(row forecast.PlanRow) bool { return row.State != forecast.RowJoined })
	days, err := s.daysOf(ctx, joined)
	if err != nil {
		return nil // what follows says that nothing can be read
	}
	return slices.DeleteFunc(days, func(day forecast.Day) bool { return day.State != forecast.DayRunning })
}

func stateCount(plan forecast.Plan, state forecast.RowState) int {
	n := 0
	for _, row := range plan.Rows {
		if row.State == state {
			n++
		}
	}
	return n
}

// settled reads how a plan and its dates came out.
func (s *session) settled(ctx context.Context, plan forecast.Plan, show *progress) (forecast.Plan, error) {
	now, err := s.engine.PlanByID(ctx, plan.ID)
	if err != nil {
		return plan, fmt.Errorf("read plan %s: %w", plan.ID, err)
	}
	days, err := s.daysOf(ctx, plan.Rows)
	if err != nil {
		return now, err
	}
	show.days(days)
	show.drifted(now.Rows)
	return now, nil
}

// follow shows what changes until ctx ends.
func (s *session) follow(ctx context.Context, show *progress) {
	events, err := s.engine.Watch(ctx, "")
	if err != nil {
		return // progress is a courtesy: the result is read when the plan has ended
	}
	defer func() { _ = events.Close() }()
	for {
		event, err := events.Next(ctx)
		if errors.Is(err, forecast.ErrLagged) {
			if event.Days, err = s.daysOf(ctx, show.plan.Rows); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
		show.days(event.Days)
	}
}
