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

// Plan makes a draft.
func (f *Fake) Plan(ctx context.Context, request forecast.PlanRequest) (forecast.Plan, error) {
	if err := f.enter(ctx, "Plan"); err != nil {
		return forecast.Plan{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	dates, err := plan.Dates(request, f.cal, f.now())
	if err != nil {
		return forecast.Plan{}, fmt.Errorf("plan: %w", err)
	}
	facts := make([]plan.Facts, 0, len(dates))
	for _, d := range dates {
		facts = append(facts, f.facts(d))
	}
	// Two plans of one instant are two plans, hence the nanoseconds.
	for at := f.now(); ; at = at.Add(time.Nanosecond) {
		p, err := plan.Make(request, facts, f.rulesOfPlan(), at)
		if err != nil {
			return forecast.Plan{}, fmt.Errorf("plan: %w", err)
		}
		if _, taken := f.plans[p.ID]; !taken {
			f.plans[p.ID] = p
			return clonePlan(p), nil
		}
	}
}

// Apply makes a draft active.
func (f *Fake) Apply(ctx context.Context, id forecast.PlanID) (forecast.Plan, error) {
	if err := f.enterToChange(ctx, "Apply"); err != nil {
		return forecast.Plan{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	p, ok := f.plans[id]
	if !ok {
		return forecast.Plan{}, fmt.Errorf("apply plan %s: %w", id, forecast.ErrNotFound)
	}
	if p.State == forecast.PlanDraft {
		f.plans[id] = plan.Activate(p)
		f.applied = append(f.applied, id)
		f.note(0, id)
		f.pass(f.now())
	}
	return clonePlan(f.plans[id]), nil
}

// Plans returns the plans that were applied, newest first.
func (f *Fake) Plans(ctx context.Context) ([]forecast.Plan, error) {
	if err := f.enter(ctx, "Plans"); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	plans := make([]forecast.Plan, 0, len(f.applied))
	for _, id := range slices.Backward(f.applied) {
		plans = append(plans, clonePlan(f.plans[id]))
	}
	return plans, nil
}

// PlanByID returns a plan.
func (f *Fake) PlanByID(ctx context.Context, id forecast.PlanID) (forecast.Plan, error) {
	if err := f.enter(ctx, "PlanByID"); err != nil {
		return forecast.Plan{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	p, ok := f.plans[id]
	if !ok {
		return forecast.Plan{}, fmt.Errorf("read plan %s: %w", id, forecast.ErrNotFound)
	}
	return clonePlan(p), nil
}

// Drafts returns how many plans are stored that were not applied.
func (f *Fake) Drafts() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.plans) - len(f.applied)
}

// Control changes a plan that was applied, or discards one that was not.
func (f *Fake) Control(ctx context.Context, id forecast.PlanID, verb forecast.PlanVerb, actor string) (forecast.Plan, error) {
	method := "Control"
	if verb == forecast.VerbDiscard {
		method = "Discard" // who leaves a form calls it in the background, at any time
	}
	if err := f.enterToChange(ctx, method); err != nil {
		return forecast.Plan{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	p, ok := f.plans[id]
	if !ok {
		return forecast.Plan{}, fmt.Errorf("%s plan %s: %w", verb, id, forecast.ErrNotFound)
	}
	p, err := plan.Control(p, verb, actor)
	if err != nil {
		return forecast.Plan{}, err
	}
	if verb == forecast.VerbDiscard {
		delete(f.plans, id)
		return p, nil
	}
	f.plans[id] = p
	f.note(0, id)
	f.pass(f.now())
	return clonePlan(f.plans[id]), nil
}

// Stop stops the open attempt of a date.
func (f *Fake) Stop(ctx context.Context, date calendar.Date, actor string) (forecast.StopAnswer, error) {
	if err := f.enterToChange(ctx, "Stop"); err != nil {
		return forecast.StopAnswer{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	e := f.last(date)
	if e == nil || !e.Status.Open() {
		return forecast.StopAnswer{}, fmt.Errorf("stop %s: %w: no attempt is open", date, forecast.ErrNotFound)
	}
	answer := f.stop(date, actor)
	f.pass(f.now())
	return answer, nil
}
