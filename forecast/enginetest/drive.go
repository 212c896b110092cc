package enginetest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/plan"
)

// driver is somebody who carries out plans.
type driver struct {
	name   string // user@host
	host   string
	id     forecast.PlanID // empty: all applied plans
	daemon bool
}

// Drive carries out a plan, or all of them, as forecast.Driver says.
func (f *Fake) Drive(ctx context.Context, id forecast.PlanID) error {
	if err := f.enterToChange(ctx, "Drive"); err != nil {
		return err
	}
	by := &driver{name: f.user + "@" + f.host, host: f.host, id: id}
	f.mu.Lock()
	err := f.drivable(id)
	if err == nil {
		f.drivers = append(f.drivers, by)
	}
	f.mu.Unlock()
	if err != nil {
		return err
	}
	defer f.leave(by)
	for {
		wait, next, over := f.driveOnce(by)
		if over {
			return nil
		}
		if err := pause(ctx, wait, next); err != nil {
			return fmt.Errorf("drive: %w", err)
		}
	}
}

func (w *world) drivable(id forecast.PlanID) error {
	p, ok := w.plans[id]
	switch {
	case id == "":
		return nil
	case !ok:
		return fmt.Errorf("drive plan %s: %w", id, forecast.ErrNotFound)
	case p.State == forecast.PlanDraft:
		return fmt.Errorf("drive plan %s: %w: it was never applied", id, forecast.ErrConflict)
	default:
		return nil
	}
}

// driveOnce carries out what can be, and says whether the driver's plan is over.
// If not, there is something to do after a change or after the given time.
func (f *Fake) driveOnce(by *driver) (changed <-chan struct{}, after time.Duration, over bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pass(f.now())
	if by.id != "" && plan.Rests(f.plans[by.id]) {
		return nil, 0, true
	}
	p := f.upcoming()
	switch {
	case p == nil:
		return f.changed, -1, false
	case f.clock != nil:
		return f.changed, max(0, p.next().Sub(f.now())), false
	case f.auto:
		f.pass(p.next())
		return f.changed, 0, false
	default:
		return f.changed, -1, false
	}
}

// pause waits for a change, or for a time: negative is for ever.
func pause(ctx context.Context, changed <-chan struct{}, after time.Duration) error {
	var timer <-chan time.Time
	if after >= 0 {
		t := time.NewTimer(after)
		defer t.Stop()
		timer = t.C
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-changed:
	case <-timer:
	}
	return nil
}

// leave ends a driver: what it runs is interrupted, and queued again.
func (f *Fake) leave(by *driver) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.drivers = slices.DeleteFunc(f.drivers, func(d *driver) bool { return d == by })
	f.interrupt(by)
	for id, d := range f.driving {
		if d != by {
			continue
		}
		delete(f.driving, id)
		for _, decision := range plan.Next(f.snapshot(f.plans[id]), f.now()) {
			if move, ok := decision.(plan.MoveRow); ok && move.Row.State == forecast.RowQueued {
				f.settle(id, move)
			}
		}
		f.nameDriver(id, "")
	}
	f.wake()
}

// decide lets the drivers carry out what is to be done, until nothing is.
func (w *world) decide() {
	for again := true; again; {
		again = false
		for _, id := range w.applied {
			by := w.driverOf(id)
			if by == nil {
				continue
			}
			for _, decision := range plan.Next(w.snapshot(w.plans[id]), w.now()) {
				again = w.carryOut(id, decision, by) || again
			}
		}
	}
}

// driverOf returns who drives a plan; if nobody does, the first who may begins.
func (w *world) driverOf(id forecast.PlanID) *driver {
	if p := w.plans[id]; p.State == forecast.PlanEnded {
		delete(w.driving, id)
		return nil
	}
	if by := w.driving[id]; by != nil {
		return by
	}
	for _, by := range w.drivers {
		if by.id == "" || by.id == id {
			w.driving[id] = by
			w.nameDriver(id, by.name)
			return by
		}
	}
	return nil
}

func (w *world) nameDriver(id forecast.PlanID, name string) {
	p := w.plans[id]
	p.Driver = name
	w.plans[id] = p
	w.note(0, id)
}

func (w *world) snapshot(p forecast.Plan) plan.Snapshot {
	s := plan.Snapshot{
		Plan: p, Rules: w.rulesOfPlan(), Open: len(w.running),
		Facts:      map[calendar.Date]plan.Facts{},
		Executions: map[forecast.ExecutionID]forecast.Execution{},
	}
	s.NextDue, _ = w.cal.NextDue(w.now())
	for _, running := range w.running {
		if e := w.find(running.id); e != nil && plan.Daily(e.Cause) {
			s.OpenDaily++
		}
	}
	for _, id := range w.applied {
		other := w.plans[id]
		if other.State == forecast.PlanActive && plan.Daily(other.Request.Cause) {
			s.QueuedDaily += count(other, forecast.RowQueued)
		}
	}
	for _, d := range plan.OpenDates(p) {
		s.Facts[d] = w.facts(d)
	}
	for _, row := range p.Rows {
		if row.Execution == "" || row.State != forecast.RowRunning && row.State != forecast.RowJoined {
			continue
		}
		if e := w.find(row.Execution); e != nil {
			s.Executions[e.ID] = *e
		}
	}
	return s
}

func count(p forecast.Plan, state forecast.RowState) int {
	n := 0
	for _, row := range p.Rows {
		if row.State == state {
			n++
		}
	}
	return n
}

// carryOut carries out a decision and reports whether something changed.
func (w *world) carryOut(id forecast.PlanID, decision plan.Decision, by *driver) bool {
	switch d := decision.(type) {
	case plan.StartRow:
		execution := forecast.ExecutionID(fmt.Sprintf("%s-%d", d.Row.Date, d.Attempt))
		w.begin(d.Execution(execution, by.host, w.now()), by).staged = d.Staged
		w.settle(id, d.Started(execution))
		return true
	case plan.StopRow:
		w.stop(d.Date, w.plans[id].Request.Actor)
		return true
	case plan.PublishRow:
		return w.pointRow(id, d.Row.Date, d.Row.Generation, d.Published())
	case plan.RollbackRow:
		return w.pointRow(id, d.Row.Date, d.Row.Replaced, d.RolledBack())
	case plan.MoveRow, plan.MovePlan:
		w.settle(id, d)
		return true
	}
	return false
}

// pointRow changes the current generation of a row's date, and the row.
func (w *world) pointRow(id forecast.PlanID, d calendar.Date, generation string, move plan.MoveRow) bool {
	w.point(d, generation)
	w.settle(id, move)
	return true
}

func (w *world) settle(id forecast.PlanID, decision plan.Decision) {
	p, err := plan.Settle(w.plans[id], decision)
	if err != nil {
		panic("enginetest: " + err.Error()) // decisions are carried out under the lock that they were made under
	}
	w.plans[id] = p
	w.note(0, id)
}

// stop marks the open attempt of a date to be stopped.
func (w *world) stop(d calendar.Date, actor string) forecast.StopAnswer {
	e := w.last(d)
	answer := forecast.StopAnswer{Execution: e.ID}
	i := slices.IndexFunc(w.running, func(p *progress) bool { return p.id == e.ID })
	reason := forecast.Reason{Class: forecast.ReasonStopped, Text: "stopped by " + actor}
	if i < 0 {
		*e = plan.End(*e, forecast.Stopped, reason, w.now())
		w.note(d, "")
		return answer
	}
	p := w.running[i]
	if p.published {
		answer.TooLate, answer.Generation = true, e.Generation
		return answer
	}
	if p.stopped.IsZero() {
		p.stopped = w.now().Add(w.stopTook)
		e.Status, e.Reason = forecast.Stopping, reason
		e.Steps[p.step].Status = forecast.StepStopping
		w.note(d, "")
	}
	return answer
}
