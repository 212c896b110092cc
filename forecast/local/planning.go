//go:build unix

package local

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/local/internal/store"
	"github.com/daybatch/daybatch/forecast/plan"
)

// Plan makes a plan and stores it as a draft; a read-only engine keeps it in
// memory. The outputs of earlier attempts are verified only if the request
// reuses them.
func (e *Engine) Plan(ctx context.Context, request forecast.PlanRequest) (forecast.Plan, error) {
	now := e.options.Now()
	dates, err := plan.Dates(request, e.calendar, now)
	if err != nil {
		return forecast.Plan{}, err //nolint:wrapcheck // it says what is wrong with the request
	}
	seen := e.look()
	facts, err := e.facts(ctx, dates, seen)
	if err != nil {
		return forecast.Plan{}, err
	}
	list := make([]plan.Facts, 0, len(dates))
	for _, d := range dates {
		f := facts[d]
		if request.Start != forecast.StartWhole && f.Last.Attempt > 0 {
			if f.Reusable, err = e.proofs(ctx, f.Last.ID, seen); err != nil {
				return forecast.Plan{}, err
			}
		}
		list = append(list, f)
	}
	typical, err := e.store.Typical(ctx)
	if err != nil {
		return forecast.Plan{}, err //nolint:wrapcheck // the store says what was read
	}
	rules := withTypical(e.rules(), typical)
	draft, err := plan.Make(request, list, rules, now)
	if err != nil {
		return forecast.Plan{}, err //nolint:wrapcheck // it says what is wrong with the request
	}
	if e.options.ReadOnly {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.drafts[draft.ID] = draft
		return clone(draft), nil
	}
	return draft, e.store.PutPlan(ctx, draft) //nolint:wrapcheck // the store says what was written
}

func clone(p forecast.Plan) forecast.Plan {
	p.Rows = slices.Clone(p.Rows)
	return p
}

// Apply makes a draft active.
func (e *Engine) Apply(ctx context.Context, id forecast.PlanID) (forecast.Plan, error) {
	return e.store.ChangePlan(ctx, id, func(p forecast.Plan) (forecast.Plan, error) { //nolint:wrapcheck // the store names the plan
		return plan.Activate(p), nil
	})
}

// Control changes a plan that was applied, or discards one that was not.
func (e *Engine) Control(ctx context.Context, id forecast.PlanID, verb forecast.PlanVerb, actor string) (forecast.Plan, error) {
	change := e.store.ChangePlan
	if verb == forecast.VerbDiscard {
		change = e.store.RemovePlan
	}
	return change(ctx, id, func(p forecast.Plan) (forecast.Plan, error) { //nolint:wrapcheck // the store names the plan
		return plan.Control(p, verb, actor) //nolint:wrapcheck // as above
	})
}

// Plans returns the plans that were applied, newest first.
func (e *Engine) Plans(ctx context.Context) ([]forecast.Plan, error) {
	ids, err := e.store.Applied(ctx)
	if err != nil {
		return nil, err //nolint:wrapcheck // the store says what was read
	}
	plans := make([]forecast.Plan, 0, len(ids))
	for _, id := range ids {
		p, err := e.store.Plan(ctx, id)
		if err != nil {
			return nil, err //nolint:wrapcheck // the store names the plan
		}
		plans = append(plans, p)
	}
	return plans, nil
}

// PlanByID returns a plan, drafts too, or an error wrapping
// forecast.ErrNotFound.
func (e *Engine) PlanByID(ctx context.Context, id forecast.PlanID) (forecast.Plan, error) {
	e.mu.Lock()
	draft, ok := e.drafts[id]
	e.mu.Unlock()
	if ok {
		return clone(draft), nil
	}
	return e.store.Plan(ctx, id) //nolint:wrapcheck // the store names the plan
}

// Stop stops the open attempt of a date. From the answer on it publishes
// nothing, unless the answer says that it had. An attempt whose process is gone
// is ended here.
func (e *Engine) Stop(ctx context.Context, date calendar.Date, actor string) (forecast.StopAnswer, error) {
	answer, err := e.store.Stop(ctx, date, actor)
	if err != nil {
		return forecast.StopAnswer{}, err //nolint:wrapcheck // the store names the date
	}
	result := forecast.StopAnswer{
		Execution: store.ExecutionID(date, answer.Attempt), TooLate: answer.Generation != "", Generation: answer.Generation,
	}
	if result.TooLate {
		return result, nil
	}
	// The stop holds; that the rest could not be tidied up yet is no failure of it.
	if err := e.reconcile(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return result, fmt.Errorf("stop %s: end what it runs: %w", date, err)
	}
	return result, nil
}
