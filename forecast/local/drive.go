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
	"github.com/daybatch/daybatch/forecast/local/internal/store"
	"github.com/daybatch/daybatch/forecast/logkey"
	"github.com/daybatch/daybatch/forecast/plan"
	"github.com/daybatch/daybatch/forecast/pulse"
)

// patience is how many times in a row a driver looks at records that can't be
// read or written before it gives up.
const patience = 10

// Drive carries out the plan until it has ended or paused, or waits for the
// process that does, also for one that took the plan over from this one, and takes
// over when that is gone. With an empty id it
// carries out every applied plan until ctx ends.
func (e *Engine) Drive(ctx context.Context, id forecast.PlanID) error {
	if e.options.ReadOnly {
		return fmt.Errorf("drive: %w", forecast.ErrReadOnly)
	}
	if id == "" {
		return e.driveAll(ctx)
	}
	p, err := e.store.Plan(ctx, id)
	if err != nil {
		return err //nolint:wrapcheck // the store names the plan
	}
	if p.State == forecast.PlanDraft {
		return fmt.Errorf("drive plan %s: %w: it was never applied", id, forecast.ErrConflict)
	}
	defer e.flush(ctx)
	for {
		beat := e.pulse.Wait()
		if p, err = e.store.Plan(ctx, id); err != nil || plan.Rests(p) {
			return driveError(ctx, err)
		}
		if err := e.driveOne(ctx, id); err != nil && !errors.Is(err, store.ErrFenced) {
			return driveError(ctx, err)
		}
		if err := pulse.Pause(ctx, beat, e.options.Poll); err != nil {
			return driveError(ctx, err)
		}
	}
}

func driveError(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("drive: %w", ctx.Err())
	case err != nil:
		return fmt.Errorf("drive: %w", err)
	default:
		return nil
	}
}

// driveAll drives every plan that has something to do, one goroutine each, sends
// messages and keeps realised accuracy. While there is no plan it looks for plans
// only once something was committed.
func (e *Engine) driveAll(ctx context.Context) error {
	commits, err := e.store.Commits(ctx)
	if err != nil {
		return driveError(ctx, err)
	}
	defer func() { _ = commits.Close() }()
	defer e.news.tell()()
	var drives sync.WaitGroup
	defer drives.Wait()
	drives.Go(func() { e.keepDelivering(ctx) })
	drives.Go(func() { e.keepRealised(ctx) })
	var mu sync.Mutex
	active := make(map[forecast.PlanID]bool)
	for open := true; ; {
		beat := e.pulse.Wait()
		if e.heard(ctx, commits) || open {
			ids, err := e.store.OpenPlans(ctx)
			if err != nil && ctx.Err() == nil {
				e.options.Log.WarnContext(ctx, "read plans", slog.String(logkey.Error, err.Error()))
			}
			open = err != nil || len(ids) > 0
			for _, id := range ids {
				mu.Lock()
				driven := active[id]
				active[id] = true
				mu.Unlock()
				if driven {
					continue
				}
				drives.Go(func() {
					e.driveLogged(ctx, id)
					mu.Lock()
					defer mu.Unlock()
					delete(active, id)
				})
			}
		}
		if err := pulse.Pause(ctx, beat, e.options.Poll); err != nil {
			return driveError(ctx, err)
		}
	}
}

// heard reports whether something was committed, and tells who waits for that.
func (e *Engine) heard(ctx context.Context, commits *store.Commits) bool {
	news := commits.Any(ctx)
	if news {
		e.news.Beat()
	}
	return news
}

// driveLogged drives a plan, and logs why that failed.
func (e *Engine) driveLogged(ctx context.Context, id forecast.PlanID) {
	if err := e.driveOne(ctx, id); err != nil && ctx.Err() == nil {
		e.options.Log.WarnContext(ctx, "drive plan", slog.String(logkey.Plan, string(id)), slog.String(logkey.Error, err.Error()))
	}
}

// driveOne drives a plan until nothing is left to do, unless another live
// process drives it.
func (e *Engine) driveOne(ctx context.Context, id forecast.PlanID) error {
	until := e.options.Now().Add(leaseTime)
	drive, err := e.store.TakePlan(ctx, id, e.holder, until, nil)
	if driven, ok := errors.AsType[*store.DrivenError](err); ok {
		if !e.gone(driven.Fence, driven.Holder, driven.Until) {
			return nil
		}
		drive, err = e.store.TakePlan(ctx, id, e.holder, until, driven)
	}
	switch {
	case errors.Is(err, forecast.ErrConflict):
		return nil // another was faster
	case err != nil:
		return err //nolint:wrapcheck // the store names the plan
	}
	d := &driver{engine: e, drive: drive}
	if err := d.prepare(ctx); err != nil {
		return errors.Join(err, d.leave(context.WithoutCancel(ctx)))
	}
	return d.carryOut(ctx)
}

// prepare reads what holds for the whole drive.
func (d *driver) prepare(ctx context.Context) error {
	p, err := d.engine.store.Plan(ctx, d.drive.Plan)
	if err != nil {
		return err //nolint:wrapcheck // the store names the plan
	}
	d.ranges.dates = p.Chunk
	d.typical, err = d.engine.store.Typical(ctx)
	return err //nolint:wrapcheck // the store says what was read
}

// leave gives the plan back. If that can't be recorded the process still knows
// that it drives the plan no more.
func (d *driver) leave(ctx context.Context) error {
	err := d.engine.store.LeavePlan(ctx, d.drive)
	if err != nil {
		d.engine.giveUp(d.drive.Fence)
	}
	return err //nolint:wrapcheck // the store names the plan
}

// driver carries out one plan.
type driver struct {
	engine   *Engine
	drive    store.Drive
	attempts sync.WaitGroup
	ranges   ranges
	renewed  time.Time
	plan     store.PlanView          // as last read
	events   int64                   // the last one before the plan was looked at
	typical  store.Typical           // of good days when the drive began
	fail     context.CancelCauseFunc // ends the drive with an error
}

// carryOut drives until the plan rests or ctx ends. Then what it runs is
// terminated, and the rows of that are queued again.
func (d *driver) carryOut(ctx context.Context) error {
	running, cancel := context.WithCancelCause(ctx)
	d.fail = cancel
	err := d.loop(running)
	cancel(nil)
	d.attempts.Wait()
	d.ranges.close()
	if cause := context.Cause(running); err == nil && ctx.Err() == nil && !errors.Is(cause, context.Canceled) {
		err = cause
	}
	tail := context.WithoutCancel(ctx)
	if ctx.Err() != nil {
		err = errors.Join(err, d.requeue(tail))
	}
	return errors.Join(err, d.leave(tail))
}

func (d *driver) loop(ctx context.Context) error {
	for misses := 0; ; {
		beat := d.engine.pulse.Wait()
		over, changed, err := d.once(ctx)
		switch {
		case ctx.Err() != nil:
			return nil //nolint:nilerr // the drive was ended: that is no failure
		case err == nil:
			misses = 0
		case errors.Is(err, forecast.ErrUnavailable) && misses < patience:
			misses++
			changed = false
			d.engine.options.Log.WarnContext(ctx, "look at plan", slog.String(logkey.Error, err.Error()))
		default:
			return err
		}
		if over {
			return nil
		}
		if !changed && d.idle(ctx, beat) != nil {
			return nil //nolint:nilerr // as above
		}
	}
}

// idle is pause for a driver: it sleeps on while only steps begin and end, a dozen
// times for each date. What a plan does next depends on none of that.
func (d *driver) idle(ctx context.Context, beat <-chan struct{}) error {
	timer := time.NewTimer(d.engine.options.Poll)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err() //nolint:wrapcheck // loop asks only whether it ended
		case <-timer.C:
			return nil
		case <-beat:
		}
		beat = d.engine.pulse.Wait()
		stirred, last, err := d.engine.store.Stirred(ctx, d.events)
		if stirred || err != nil {
			return nil // the next look meets the same fault, and judges it
		}
		d.events = last
	}
}

// once looks at the plan and does what is to be done.
func (d *driver) once(ctx context.Context) (over, changed bool, err error) {
	if err := d.renew(ctx); err != nil {
		return false, false, err
	}
	if d.events, err = d.engine.store.LastEvent(ctx); err != nil {
		return false, false, err //nolint:wrapcheck // the store says what was read
	}
	if err := d.engine.reconcile(ctx); err != nil {
		return false, false, err
	}
	snapshot, err := d.snapshot(ctx)
	if err != nil || plan.Rests(snapshot.Plan) {
		return err == nil, false, err
	}
	changed, err = d.apply(ctx, plan.Next(snapshot, d.engine.options.Now()))
	return false, changed, err
}

// renew shows a sign of life from time to time.
func (d *driver) renew(ctx context.Context) error {
	now := d.engine.options.Now()
	if now.Sub(d.renewed).Abs() < renewTime {
		return nil
	}
	d.renewed = now
	return d.engine.store.RenewPlan(ctx, d.drive, now.Add(leaseTime)) //nolint:wrapcheck // the store names the plan
}

// apply carries decisions out, in order. One that came too late is dropped, as
// Next makes it again if it still holds.
func (d *driver) apply(ctx context.Context, decisions []plan.Decision) (changed bool, err error) {
	for len(decisions) > 0 {
		n, err := d.applyFirst(ctx, decisions)
		foreign, isForeign := errors.AsType[*forecast.ForeignError](err)
		switch {
		case errors.Is(err, store.ErrFenced):
			return changed, err
		case err == nil:
			changed = true
		case isForeign:
			if err := d.drift(ctx, decisions[0], foreign); err != nil {
				return changed, err
			}
			changed = true
		case isDrifted(err):
			if err := d.engine.mendRow(ctx, decisions[0]); err != nil {
				return changed, err
			}
		case !errors.Is(err, forecast.ErrConflict) && !errors.Is(err, forecast.ErrNotFound):
			return changed, err
		}
		decisions = decisions[n:]
	}
	return changed, nil
}

// drift ends a row whose date has a published file that the records don't know:
// nothing that this drive could wait for will change that.
func (d *driver) drift(ctx context.Context, decision plan.Decision, why error) error {
	row, ok := rowOf(decision)
	if !ok {
		return why
	}
	move := store.RowMove{From: row.State, Row: row}
	move.Row.State, move.Row.Outcome = forecast.RowDrifted, why.Error()
	return d.engine.store.MoveRows(ctx, d.drive, []store.RowMove{move}) //nolint:wrapcheck // the store names the plan
}

// applyFirst carries out the first decision, and with a move of a row the moves
// that follow it. It returns how many they were.
func (d *driver) applyFirst(ctx context.Context, decisions []plan.Decision) (int, error) {
	switch first := decisions[0].(type) {
	case plan.MoveRow:
		var moves []store.RowMove
		for _, decision := range decisions {
			move, ok := decision.(plan.MoveRow)
			if !ok {
				break
			}
			moves = append(moves, store.RowMove{From: move.From, Row: move.Row})
		}
		return len(moves), d.engine.store.MoveRows(ctx, d.drive, moves) //nolint:wrapcheck // the store names the plan
	case plan.MovePlan:
		_, err := d.engine.store.SettlePlan(ctx, d.drive, func(p forecast.Plan) (forecast.Plan, error) {
			return plan.Settle(p, first) //nolint:wrapcheck // apply judges it
		})
		return 1, err //nolint:wrapcheck // the store names the plan
	case plan.StopRow:
		p, err := d.engine.store.Plan(ctx, d.drive.Plan)
		if err == nil {
			_, err = d.engine.store.Stop(ctx, first.Date, p.Request.Actor)
		}
		return 1, err //nolint:wrapcheck // the store names the date
	case plan.StartRow:
		return 1, d.start(ctx, first)
	case plan.PublishRow:
		return 1, d.engine.publishStaged(ctx, d.drive, first)
	case plan.RollbackRow:
		return 1, d.engine.rollBackRow(ctx, d.drive, first)
	default:
		return 1, fmt.Errorf("carry out plan %s: decision %T is unknown", d.drive.Plan, first)
	}
}

func (d *driver) start(ctx context.Context, start plan.StartRow) error {
	former, err := d.engine.former(ctx, start)
	if err != nil {
		return err
	}
	claim, err := d.engine.begin(ctx, d.drive, start)
	if err != nil {
		return err
	}
	d.engine.options.Log.InfoContext(ctx, "attempt started",
		slog.String(logkey.Execution, string(claim.Execution())), slog.Int64(logkey.Fence, claim.Fence))
	d.attempts.Go(func() {
		a := &attempt{engine: d.engine, claim: claim, former: former, staged: start.Staged, shared: d.ranges.take()}
		if err := a.run(ctx); err != nil {
			d.fail(err)
		}
		if !start.Staged { // the plan may have ended with the attempt
			d.engine.fillAfter(context.WithoutCancel(ctx), claim.Date)
		}
		d.ranges.give(a.shared)
	})
	return nil
}

// requeue queues the rows again whose attempts were interrupted.
func (d *driver) requeue(ctx context.Context) error {
	snapshot, err := d.snapshot(ctx)
	if err != nil {
		return err
	}
	var moves []store.RowMove
	for _, decision := range plan.Next(snapshot, d.engine.options.Now()) {
		if move, ok := decision.(plan.MoveRow); ok && move.From == forecast.RowRunning {
			moves = append(moves, store.RowMove{From: move.From, Row: move.Row})
		}
	}
	if len(moves) == 0 {
		return nil
	}
	return d.engine.store.MoveRows(ctx, d.drive, moves) //nolint:wrapcheck // the store names the plan
}

// snapshot gathers what the next decisions depend on. Of the queued rows only
// as many are looked at as could start now, so that the work of a look does not
// grow with the plan.
func (d *driver) snapshot(ctx context.Context) (plan.Snapshot, error) {
	e := d.engine
	s := plan.Snapshot{Rules: withTypical(e.rules(), d.typical), Executions: make(map[forecast.ExecutionID]forecast.Execution)}
	if err := e.store.Refresh(ctx, d.drive.Plan, &d.plan); err != nil {
		return s, err //nolint:wrapcheck // the store names the plan
	}
	s.Plan = d.plan.Plan
	leases, err := e.store.Leases(ctx)
	if err != nil {
		return s, err //nolint:wrapcheck // the store says what was read
	}
	s.Open = len(leases)
	for _, lease := range leases {
		if plan.Daily(lease.Cause) {
			s.OpenDaily++
		}
	}
	if s.QueuedDaily, err = e.store.QueuedDaily(ctx); err != nil {
		return s, err //nolint:wrapcheck // the store says what was read
	}
	s.NextDue, _ = e.calendar.NextDue(e.options.Now())
	seen := e.look()
	if s.Facts, err = e.facts(ctx, relevant(s.Plan, leases), seen); err != nil {
		return s, err
	}
	for _, row := range s.Plan.Rows {
		if err := d.complete(ctx, &s, row, seen); err != nil {
			return s, err
		}
	}
	return s, nil
}

// relevant returns the dates of the rows that may change now.
func relevant(p forecast.Plan, leases []store.Lease) []calendar.Date {
	if p.State == forecast.PlanPublishing || p.State == forecast.PlanRollingBack {
		return plan.OpenDates(p)
	}
	held := make(map[calendar.Date]bool, len(leases))
	for _, lease := range leases {
		held[lease.Date] = true
	}
	var dates []calendar.Date
	startable := 0
	for _, row := range p.Rows {
		switch {
		case !row.State.Open() || row.State == forecast.RowStaged:
			continue
		case row.State == forecast.RowQueued && !held[row.Date]:
			if startable++; startable > max(1, p.MaxActive) {
				continue
			}
		}
		dates = append(dates, row.Date)
	}
	return dates
}

// complete adds to a snapshot what a row needs beside the facts of its date: an
// attempt that is not the date's last one, and the proofs that a new start
// depends on.
func (d *driver) complete(ctx context.Context, s *plan.Snapshot, row forecast.PlanRow, seen *look) error {
	facts, known := s.Facts[row.Date]
	if !known {
		return nil
	}
	if row.Execution != "" && row.Execution != facts.Last.ID {
		execution, err := d.engine.store.Execution(ctx, row.Execution)
		if err != nil {
			return err //nolint:wrapcheck // the store names the execution
		}
		s.Executions[row.Execution] = execution
	}
	interrupted := row.State == forecast.RowRunning && plan.Interrupted(facts.Last)
	blocked := row.State == forecast.RowBlocked && s.Plan.Request.Start != forecast.StartWhole
	if facts.Last.Attempt == 0 || facts.Last.Status.Open() || !interrupted && !blocked {
		return nil
	}
	var err error
	facts.Reusable, err = d.engine.proofs(ctx, facts.Last.ID, seen)
	s.Facts[row.Date] = facts
	return err
}
