package aws

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/daybatch/daybatch/aws/internal/cloud"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/logkey"
	"github.com/daybatch/daybatch/forecast/plan"
	"github.com/daybatch/daybatch/forecast/pulse"
)

// Drive carries out the plan until it has ended or paused, or waits for the
// engine that does, and takes over when that is gone. With an empty id it carries
// out every applied plan until ctx ends. What it started goes on then, and
// whoever drives next finds it.
func (e *Engine) Drive(ctx context.Context, id forecast.PlanID) error {
	if e.options.ReadOnly {
		return fmt.Errorf("drive: %w", forecast.ErrReadOnly)
	}
	if id == "" {
		return e.driveAll(ctx)
	}
	stored, err := e.plan(ctx, id)
	if err != nil {
		return err
	}
	if stored.Plan.State == forecast.PlanDraft {
		return fmt.Errorf("drive plan %s: %w: it was never applied", id, forecast.ErrConflict)
	}
	defer e.flush(ctx)
	for {
		beat := e.pulse.Wait()
		if stored, err = e.plan(ctx, id); err != nil || plan.Rests(stored.Plan) {
			return driveError(ctx, err)
		}
		if err := e.driveOne(ctx, id); err != nil {
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
// messages and keeps realised accuracy.
func (e *Engine) driveAll(ctx context.Context) error {
	var drives sync.WaitGroup
	defer drives.Wait()
	drives.Go(func() { e.keepTelling(ctx) })
	drives.Go(func() { e.keepRealised(ctx) })
	var mu sync.Mutex
	active := make(map[forecast.PlanID]bool)
	for {
		beat := e.pulse.Wait()
		plans, err := e.Plans(ctx)
		if err != nil && ctx.Err() == nil {
			e.options.Log.WarnContext(ctx, "read plans", slog.String(logkey.Error, err.Error()))
		}
		for _, p := range plans {
			if plan.Rests(p) {
				continue
			}
			mu.Lock()
			driven := active[p.ID]
			active[p.ID] = true
			mu.Unlock()
			if driven {
				continue
			}
			drives.Go(func() {
				err := e.driveOne(ctx, p.ID)
				if err != nil && ctx.Err() == nil {
					e.options.Log.WarnContext(ctx, "drive plan", slog.String(logkey.Plan, string(p.ID)), slog.String(logkey.Error, err.Error()))
				}
				mu.Lock()
				defer mu.Unlock()
				delete(active, p.ID)
			})
		}
		if err := pulse.Pause(ctx, beat, e.options.Poll); err != nil {
			return driveError(ctx, err)
		}
	}
}

// driver carries out one plan.
type driver struct {
	engine  *Engine
	id      forecast.PlanID
	fence   int64
	renewed time.Time
	typical typical // when the drive began
}

// driveOne drives a plan until nothing is left to do, unless another one drives
// it who may be alive.
func (e *Engine) driveOne(ctx context.Context, id forecast.PlanID) error {
	now := e.options.Wall()
	taken, err := e.plans.Change(ctx, string(id), func(p record.Plan) (record.Plan, error) {
		return p.Drive(e.holder()+"/"+e.id, now, now.Add(leaseTime))
	})
	switch {
	case errors.Is(err, forecast.ErrConflict):
		return nil
	case err != nil:
		return err //nolint:wrapcheck // it names the plan
	}
	d := &driver{engine: e, id: id, fence: taken.Fence, renewed: now}
	if d.typical, err = e.typical(ctx); err == nil {
		err = d.loop(ctx)
	}
	e.fillAfter(ctx, id)
	err = errors.Join(err, d.leave(ctx))
	e.shown(ctx)
	return err
}

// leaveTime bounds how long a driver tries to give its plan back: otherwise its
// lease runs out.
const leaveTime = 10 * time.Second

// leave gives the plan back, also if the drive was ended.
func (d *driver) leave(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTime)
	defer cancel()
	_, err := d.engine.plans.Change(ctx, string(d.id), func(p record.Plan) (record.Plan, error) { return p.Leave(d.fence) })
	return err //nolint:wrapcheck // it names the plan
}

// patience is how many times in a row a driver looks at records that can't be
// read or written before it gives up.
const patience = 10

// passes reports whether what failed may go well the next time. A permission may
// have been given just now, and not be known everywhere yet.
func passes(err error) bool {
	return errors.Is(err, forecast.ErrUnavailable) || errors.Is(err, forecast.ErrUnauthorised)
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
		case errors.Is(err, forecast.ErrConflict):
			return nil // another has taken the plan over
		case cloud.Login(err), passes(err) && misses < patience:
			// What runs goes on; the operator logs in, or the throttling ends. Nothing
			// of it is written down, as the login that has expired is that of the state
			// too. Another engine may take the plan over in the meantime.
			misses++
			changed = false
			d.engine.options.Log.WarnContext(ctx, "look at plan", slog.String(logkey.Plan, string(d.id)), slog.String(logkey.Error, err.Error()))
		default:
			return err
		}
		if over {
			return nil
		}
		if !changed && pulse.Pause(ctx, beat, d.engine.options.Poll) != nil {
			return nil //nolint:nilerr // as above
		}
	}
}

// once looks at the plan and does what is to be done.
func (d *driver) once(ctx context.Context) (over, changed bool, err error) {
	if err := d.renew(ctx); err != nil {
		return false, false, err
	}
	stored, err := d.engine.plan(ctx, d.id)
	if err == nil {
		err = stored.Holds(d.fence)
	}
	if err != nil || plan.Rests(stored.Plan) && !stored.Waits() {
		return err == nil, false, err
	}
	snapshot, settled, err := d.snapshot(ctx, stored)
	if err != nil || settled {
		return false, settled, err
	}
	changed, err = d.apply(ctx, snapshot, plan.Next(snapshot, d.engine.options.Now()))
	return false, changed || settled, err
}

// renew shows a sign of life from time to time.
func (d *driver) renew(ctx context.Context) error {
	now := d.engine.options.Wall()
	if now.Sub(d.renewed).Abs() < leaseTime/renewals {
		return nil
	}
	_, err := d.engine.plans.Change(ctx, string(d.id), func(p record.Plan) (record.Plan, error) {
		if err := p.Holds(d.fence); err != nil {
			return p, err //nolint:wrapcheck // it names the plan
		}
		p.Until = now.Add(leaseTime)
		return p, nil
	})
	if err == nil {
		d.renewed = now
	}
	return err //nolint:wrapcheck // it names the plan
}

// snapshot gathers what the next decisions depend on. Before, it brings the
// records of open attempts up to what became of them, and starts the runs of
// attempts whose starter died.
func (d *driver) snapshot(ctx context.Context, p record.Plan) (plan.Snapshot, bool, error) {
	e := d.engine
	s := plan.Snapshot{Plan: p.Plan, Facts: make(map[calendar.Date]plan.Facts), Executions: make(map[forecast.ExecutionID]forecast.Execution)}
	s.NextDue, _ = e.calendar.NextDue(e.options.Now())
	rules, err := e.rules(ctx)
	if err != nil {
		return s, false, err
	}
	s.Rules = d.typical.rules(rules)
	all, err := e.records(ctx, everything())
	if err != nil {
		return s, false, err
	}
	settled, err := e.settle(ctx, all)
	if err == nil && !settled {
		settled, err = d.tend(ctx, p, all)
	}
	if err != nil || settled {
		return s, settled, err // look again
	}
	switch err := d.addOpen(ctx, &s, all); {
	case errors.Is(err, errPostponed):
		return s, true, nil // look again, without the attempt
	case err != nil:
		return s, false, err
	}
	if err := d.addFacts(ctx, &s, all); err != nil {
		return s, false, err
	}
	return s, false, d.addCarriers(ctx, &s, p, all)
}

// addOpen counts the attempts that are open, and starts the runs of those of this
// plan whose starter died.
func (d *driver) addOpen(ctx context.Context, s *plan.Snapshot, all map[calendar.Date]record.Date) error {
	e := d.engine
	for _, r := range all {
		if r.Claim == nil {
			continue
		}
		s.Open++
		a, err := r.Attempt(r.Claim.Attempt)
		if err != nil {
			return err //nolint:wrapcheck // it names the attempt
		}
		if plan.Daily(a.Cause) {
			s.OpenDaily++
		}
		if a.Plan == d.id && (a.ARN == "" || e.theirs.reopening(a)) {
			if err := e.launch(ctx, a); err != nil {
				return err
			}
		}
	}
	return nil
}

// addCarriers adds what carriers keep: their machines, and the dates that wait in
// them.
func (d *driver) addCarriers(ctx context.Context, s *plan.Snapshot, p record.Plan, all map[calendar.Date]record.Date) error {
	e := d.engine
	plans, err := e.plans.List(ctx, "", "")
	if err != nil {
		return err //nolint:wrapcheck // it names the objects
	}
	delete(plans, string(d.id))
	others, err := e.carried(ctx, plans, all)
	if err != nil {
		return err
	}
	own, err := e.carried(ctx, map[string]record.Plan{string(d.id): p}, all)
	if err != nil {
		return err
	}
	s.Idle, s.Open = own.idle, s.Open+own.idle+others.idle
	maps.Copy(own.holders, others.holders)
	for date, holder := range own.holders {
		if f, ok := s.Facts[date]; ok && f.Holder == "" {
			f.Holder = holder
			s.Facts[date] = f
		}
	}
	return nil
}

// everything is the window of all dates.
func everything() calendar.Range {
	return calendar.Range{From: calendar.Of(1, time.January, 1), To: calendar.Of(9999, time.December, 31)}
}

func (d *driver) addFacts(ctx context.Context, s *plan.Snapshot, all map[calendar.Date]record.Date) error {
	e := d.engine
	for _, date := range plan.OpenDates(s.Plan) {
		facts, err := e.merge(ctx, e.calendar.Facts(date), all[date])
		if err != nil {
			return err
		}
		row, _ := s.Plan.Row(date)
		if row.Execution != "" && row.Execution != facts.Last.ID {
			x, err := e.Execution(ctx, row.Execution)
			switch {
			case err == nil:
				s.Executions[row.Execution] = x
			case !errors.Is(err, forecast.ErrNotFound): // a job has moved the row, and takes the date now
				return err
			}
		}
		if again(s.Plan, row, facts) {
			var err error
			if facts, err = e.again(ctx, s.Plan.Request.Start, facts); err != nil {
				return err
			}
		}
		s.Facts[date] = facts
	}
	return nil
}

// again reports whether a row may start from a step of the date's last attempt.
func again(p forecast.Plan, row forecast.PlanRow, facts plan.Facts) bool {
	switch {
	case facts.Last.Status.Open():
		return false
	case facts.Bare:
		return row.State == forecast.RowBlocked
	case facts.Last.Attempt == 0:
		return false
	}
	interrupted := row.State == forecast.RowRunning && plan.Interrupted(facts.Last)
	return interrupted || row.State == forecast.RowBlocked && p.Request.Start != forecast.StartWhole
}

// apply carries decisions out, in order. One that came too late is dropped, as
// Next makes it again if it still holds.
func (d *driver) apply(ctx context.Context, s plan.Snapshot, decisions []plan.Decision) (changed bool, err error) {
	b := d.newBatch(s, decisions)
	for len(decisions) > 0 {
		n := 1
		switch first := decisions[0].(type) {
		case plan.MoveRow, plan.MovePlan:
			n = moves(decisions)
			err = d.move(ctx, decisions[:n])
		case plan.StopRow:
			err = d.stop(ctx, first)
		case plan.StartRow:
			err = d.begin(ctx, b, first)
		case plan.PublishRow:
			err = d.publish(ctx, first)
		case plan.RollbackRow:
			err = d.rollBack(ctx, first)
		default:
			err = fmt.Errorf("carry out plan %s: decision %T is unknown", d.id, first)
		}
		switch {
		case err == nil:
			changed = true
		case !errors.Is(err, forecast.ErrConflict) && !errors.Is(err, forecast.ErrNotFound):
			return changed, err
		}
		decisions = decisions[n:]
	}
	return changed, nil
}

// moves returns how many decisions at the beginning change the plan alone.
func moves(decisions []plan.Decision) int {
	for n, decision := range decisions {
		switch decision.(type) {
		case plan.MoveRow, plan.MovePlan:
		default:
			return n
		}
	}
	return len(decisions)
}

// move changes the plan by decisions, in one write.
func (d *driver) move(ctx context.Context, decisions []plan.Decision) error {
	_, err := d.engine.plans.Change(ctx, string(d.id), func(p record.Plan) (record.Plan, error) {
		if err := p.Holds(d.fence); err != nil {
			return p, err //nolint:wrapcheck // it names the plan
		}
		before := p.Plan.State
		p.Plan = clone(p.Plan)
		settled := 0
		for _, decision := range decisions {
			next, err := plan.Settle(p.Plan, decision)
			if errors.Is(err, forecast.ErrConflict) {
				continue // too late
			}
			if err != nil {
				return p, err //nolint:wrapcheck // it names the plan
			}
			p.Plan = next
			settled++
		}
		if settled == 0 {
			return p, fmt.Errorf("change plan %s: %w: it has changed", d.id, forecast.ErrConflict)
		}
		return p.Came(before, d.engine.options.Now()), nil
	})
	d.engine.pulse.Beat()
	return err //nolint:wrapcheck // it names the plan
}

func (d *driver) stop(ctx context.Context, s plan.StopRow) error {
	stored, err := d.engine.plan(ctx, d.id)
	if err == nil {
		_, err = d.engine.Stop(ctx, s.Date, stored.Plan.Request.Actor)
	}
	return err
}
