package aws

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/plan"
)

// Plan makes a plan and stores it as a draft; a read-only engine keeps it in
// memory.
func (e *Engine) Plan(ctx context.Context, request forecast.PlanRequest) (forecast.Plan, error) {
	if err := ctx.Err(); err != nil {
		return forecast.Plan{}, fmt.Errorf("plan: %w", err)
	}
	now := e.options.Now()
	dates, err := plan.Dates(request, e.calendar, now)
	if err != nil {
		return forecast.Plan{}, err //nolint:wrapcheck // it says what is wrong with the request
	}
	if e.theirs != nil {
		if err := e.theirs.allows(ctx, request); err != nil {
			return forecast.Plan{}, fmt.Errorf("plan: %w", err)
		}
	}
	facts, err := e.factsOf(ctx, dates)
	if err != nil {
		return forecast.Plan{}, fmt.Errorf("plan: %w", err)
	}
	list := make([]plan.Facts, 0, len(dates))
	for _, d := range dates {
		f, err := e.again(ctx, request.Start, facts[d])
		if err != nil {
			return forecast.Plan{}, fmt.Errorf("plan: %w", err)
		}
		list = append(list, f)
	}
	rules, err := e.estimates(ctx)
	if err != nil {
		return forecast.Plan{}, fmt.Errorf("plan: %w", err)
	}
	draft, err := plan.Make(request, list, rules, now)
	if err != nil {
		return forecast.Plan{}, err //nolint:wrapcheck // it says what is wrong with the request
	}
	for i, row := range draft.Rows {
		draft.Rows[i] = e.way(request.Kind, row)
	}
	draft.Calls = callsFor(draft)
	if e.options.ReadOnly {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.drafts[draft.ID] = draft
		return clone(draft), nil
	}
	stored, err := e.plans.Change(ctx, string(draft.ID), func(p record.Plan) (record.Plan, error) {
		if p.Plan.ID != "" {
			return p, record.ErrUnchanged
		}
		p.Plan = draft
		return p, nil
	})
	if err != nil {
		return forecast.Plan{}, fmt.Errorf("store plan: %w", err)
	}
	return clone(stored.Plan), nil
}

// again adds to the facts of a date how it can be run again for what is asked for.
func (e *Engine) again(ctx context.Context, from forecast.StartFrom, f plan.Facts) (plan.Facts, error) {
	var err error
	switch {
	case e.theirs != nil:
		f.Restart, err = e.theirs.restart(ctx, from, f)
	case from != forecast.StartWhole && f.Last.Attempt > 0:
		f.Reusable, err = e.proofs(ctx, f.Last.ID)
	}
	return f, err
}

// estimates are the rules of plans, with what the history says about times and
// costs.
func (e *Engine) estimates(ctx context.Context) (plan.Rules, error) {
	rules, err := e.rules(ctx)
	if err != nil {
		return rules, err
	}
	known, err := e.typical(ctx)
	if err != nil {
		return rules, err
	}
	rules = known.rules(rules)
	bill, err := e.typicalBill(ctx)
	if err != nil {
		return rules, err
	}
	rules.TypicalCost, rules.TypicalHours = bill.cost, bill.hours
	if rules.StartUp == 0 {
		rules.StartUp = min(bill.startUp, rules.Typical) / time.Duration(max(1, rules.Starts))
	}
	return e.expect(rules, known), nil
}

// expect adds to rules the layouts that there are, and what has to be assumed. Of
// another team's pipeline nothing is.
func (e *Engine) expect(rules plan.Rules, known typical) plan.Rules {
	if e.theirs != nil {
		return rules
	}
	rules.Starts = known.starts
	var hourly float64
	rules.Layouts, hourly = layouts(e.options.Settings, known.shares)
	return assume(rules, hourly)
}

func clone(p forecast.Plan) forecast.Plan {
	p.Rows = slices.Clone(p.Rows)
	p.Request.Dates = slices.Clone(p.Request.Dates)
	return p
}

// factsOf gathers the facts of dates, with one look for those that lie close
// together.
func (e *Engine) factsOf(ctx context.Context, dates []calendar.Date) (map[calendar.Date]plan.Facts, error) {
	const near = 92
	facts := make(map[calendar.Date]plan.Facts, len(dates))
	dates = slices.Sorted(slices.Values(dates))
	for len(dates) > 0 {
		n := 1
		for n < len(dates) && dates[n]-dates[n-1] <= near {
			n++
		}
		found, err := e.facts(ctx, calendar.Range{From: dates[0], To: dates[n-1]})
		if err != nil {
			return nil, err
		}
		for _, d := range dates[:n] {
			facts[d] = found[d]
		}
		dates = dates[n:]
	}
	return facts, nil
}

// Apply makes a draft active.
func (e *Engine) Apply(ctx context.Context, id forecast.PlanID) (forecast.Plan, error) {
	return e.changePlan(ctx, id, func(p forecast.Plan) (forecast.Plan, error) { return plan.Activate(p), nil })
}

// Control changes a plan that was applied, or discards one that was not.
func (e *Engine) Control(ctx context.Context, id forecast.PlanID, verb forecast.PlanVerb, actor string) (forecast.Plan, error) {
	if verb == forecast.VerbDiscard {
		return e.discard(ctx, id, actor)
	}
	return e.changePlan(ctx, id, func(p forecast.Plan) (forecast.Plan, error) {
		return plan.Control(p, verb, actor) //nolint:wrapcheck // it names the plan and the verb
	})
}

// discard removes a draft. Its object is emptied by compare-and-set first: whoever
// applies the plan meanwhile was first, or finds none any more.
func (e *Engine) discard(ctx context.Context, id forecast.PlanID, actor string) (forecast.Plan, error) {
	if e.options.ReadOnly {
		return forecast.Plan{}, fmt.Errorf("discard plan %s: %w", id, forecast.ErrReadOnly)
	}
	var draft forecast.Plan
	_, err := e.plans.Change(ctx, string(id), func(p record.Plan) (record.Plan, error) {
		if p.Plan.ID == "" {
			return p, fmt.Errorf("plan %s: %w", id, forecast.ErrNotFound)
		}
		var err error
		draft, err = plan.Control(clone(p.Plan), forecast.VerbDiscard, actor)
		return record.Plan{Plan: forecast.Plan{State: forecast.PlanDraft}}, err //nolint:wrapcheck // it names the plan
	})
	if err != nil {
		return forecast.Plan{}, err //nolint:wrapcheck // it names the plan
	}
	return draft, e.plans.Remove(ctx, string(id)) //nolint:wrapcheck // it names the object
}

// changePlan changes a plan for a person, whoever drives it.
func (e *Engine) changePlan(ctx context.Context, id forecast.PlanID, change func(forecast.Plan) (forecast.Plan, error)) (forecast.Plan, error) {
	if e.options.ReadOnly {
		return forecast.Plan{}, fmt.Errorf("change plan %s: %w", id, forecast.ErrReadOnly)
	}
	stored, err := e.plans.Change(ctx, string(id), func(p record.Plan) (record.Plan, error) {
		if p.Plan.ID == "" {
			return p, fmt.Errorf("plan %s: %w", id, forecast.ErrNotFound)
		}
		next, err := change(clone(p.Plan))
		if err != nil {
			return p, err
		}
		if next.State == p.Plan.State {
			return p, record.ErrUnchanged
		}
		before := p.Plan.State
		p.Plan = next
		return p.Came(before, e.options.Now()), nil
	})
	if err != nil {
		return forecast.Plan{}, err //nolint:wrapcheck // it names the plan
	}
	e.pulse.Beat()
	return clone(stored.Plan), nil
}

// Plans returns the plans that were applied, newest first.
func (e *Engine) Plans(ctx context.Context) ([]forecast.Plan, error) {
	stored, err := e.plans.List(ctx, "", "")
	if err != nil {
		return nil, fmt.Errorf("read plans: %w", err)
	}
	var all []forecast.Plan
	for _, p := range stored {
		if p.Plan.State != forecast.PlanDraft {
			all = append(all, clone(p.Plan))
		}
	}
	slices.SortFunc(all, func(a, b forecast.Plan) int { return b.Created.Compare(a.Created) })
	return all, nil
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
	stored, err := e.plan(ctx, id)
	return stored.Plan, err
}

// plan reads a plan.
func (e *Engine) plan(ctx context.Context, id forecast.PlanID) (record.Plan, error) {
	stored, err := e.plans.Load(ctx, string(id))
	if err == nil && stored.Plan.ID == "" {
		err = forecast.ErrNotFound
	}
	if err != nil {
		return record.Plan{}, fmt.Errorf("plan %s: %w", id, err)
	}
	return stored, nil
}

// Stop stops the open attempt of a date. From the answer on it publishes
// nothing, unless the answer says that it had: the mark stands in the object that
// a publication would have to replace.
func (e *Engine) Stop(ctx context.Context, date calendar.Date, actor string) (forecast.StopAnswer, error) {
	if e.options.ReadOnly {
		return forecast.StopAnswer{}, fmt.Errorf("stop %s: %w", date, forecast.ErrReadOnly)
	}
	if e.theirs != nil {
		return e.theirs.stop(ctx, date, actor)
	}
	// What a person retried in SageMaker may be open although its record says
	// that it has ended.
	r, err := e.dates.Load(ctx, date.String())
	if err == nil {
		_, err = e.reopen(ctx, date, r)
	}
	if err != nil {
		return forecast.StopAnswer{}, fmt.Errorf("stop %s: %w", date, err)
	}
	var answer forecast.StopAnswer
	r, err = e.dates.Change(ctx, date.String(), func(r record.Date) (record.Date, error) {
		r.Date = date
		next, said, err := r.Stop(actor, e.options.Now())
		answer = said
		return next, err //nolint:wrapcheck // it names the date
	})
	if err != nil {
		return forecast.StopAnswer{}, err //nolint:wrapcheck // it names the date
	}
	e.pulse.Beat()
	if answer.TooLate {
		return answer, nil
	}
	if err := e.stopRun(ctx, r); err != nil && !errors.Is(err, forecast.ErrNotFound) {
		return answer, fmt.Errorf("stop %s: it publishes nothing, but its run goes on: %w", date, err)
	}
	return answer, nil
}

// stopRun stops the run of a date that is to stop, unless it carries other dates
// too that wait: its job sees the mark, and goes on to them.
func (e *Engine) stopRun(ctx context.Context, r record.Date) error {
	if r.Claim == nil {
		return nil
	}
	a, err := r.Attempt(r.Claim.Attempt)
	if err != nil || a.ARN == "" {
		return err //nolint:wrapcheck // it names the attempt
	}
	if alone, err := e.alone(ctx, a); err != nil || !alone {
		return err
	}
	run, err := e.runs.Describe(ctx, a.ARN)
	if err != nil {
		return err //nolint:wrapcheck // it names the execution
	}
	if run.Status != forecast.Executing {
		return nil
	}
	defer e.stale()
	return e.runs.Stop(ctx, run) //nolint:wrapcheck // it names the execution
}
