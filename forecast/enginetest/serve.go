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

// Serve runs the pipeline by its schedule, as forecast.Server says.
func (f *Fake) Serve(ctx context.Context) error {
	if err := f.enterToChange(ctx, "Serve"); err != nil {
		return err
	}
	by := &driver{name: f.user + "@" + f.host, host: f.host}
	f.mu.Lock()
	f.drivers = append(f.drivers, by)
	up := f.now()
	if f.served.IsZero() {
		f.served = up
	}
	f.mu.Unlock()
	defer f.leave(by)
	for {
		due := f.startDue(up)
		changed, after, _ := f.driveOnce(by)
		if f.clock != nil && due > 0 && (after < 0 || due < after) {
			after = due
		}
		if err := pause(ctx, changed, after); err != nil {
			return fmt.Errorf("serve: %w", err)
		}
	}
}

// filledDays is how many of the newest dates a server fills by the policy.
const filledDays = 14

// startDue applies plans for the dates that a server starts now. It returns how
// long it is until there may be others, 0 if nobody knows.
func (f *Fake) startDue(up time.Time) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	schedule := plan.Schedule{
		Calendar: f.cal, Policy: f.def.CatchUp, Since: f.served, Up: up, Rules: f.rules(),
		Facts: map[calendar.Date]plan.Facts{},
	}
	for _, d := range schedule.Candidates(now) {
		schedule.Facts[d] = f.facts(d)
	}
	for _, start := range schedule.Starts(now) {
		f.startScheduled(start, schedule.Facts[start.Date])
	}
	newest := f.cal.Newest(now)
	for d := max(f.cal.Start(), newest-filledDays); d <= newest; d++ {
		f.fillIfDue(d)
	}
	wake := schedule.Wake(now)
	if wake.IsZero() {
		return 0
	}
	return wake.Sub(now)
}

// startScheduled applies a plan for a date, unless one for the same attempt was.
func (w *world) startScheduled(start plan.Start, facts plan.Facts) {
	again := func(s plan.Start) bool { return s.Date == start.Date && s.Attempt == start.Attempt }
	if slices.ContainsFunc(w.scheduled, again) {
		return
	}
	request := forecast.PlanRequest{
		Kind: forecast.PlanRun, Dates: []calendar.Date{start.Date}, Cause: start.Cause, Actor: "schedule",
	}
	p, err := plan.Make(request, []plan.Facts{facts}, w.rulesOfPlan(), w.now())
	if err != nil {
		panic("enginetest: " + err.Error()) // the date is due
	}
	if p.Count(forecast.ActionRun) == 0 {
		return
	}
	w.scheduled = append(w.scheduled, start)
	p = plan.Activate(p)
	w.plans[p.ID] = p
	w.applied = append(w.applied, p.ID)
	w.note(0, p.ID)
}
