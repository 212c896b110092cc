package effects

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/journal"
)

// Plan asks for a plan. It replies with a forecast.Plan, a draft. One that was made
// although nobody waits for it any more is removed again.
func (s *Scope) Plan(request forecast.PlanRequest) tea.Cmd {
	return ask(s, call{KindPlan, "make the plan", deadline, once}, func(ctx context.Context) (forecast.Plan, error) {
		plan, err := s.effects.engine.Plan(ctx, request)
		if err == nil && ctx.Err() != nil {
			s.discard(ctx, plan.ID, request.Actor)
		}
		return plan, err
	})
}

// Draft reads a plan that was made, applied or not. It replies with the forecast.Plan.
func (s *Scope) Draft(id forecast.PlanID) tea.Cmd {
	return ask(s, call{KindDraft, "read plan " + string(id), deadline, patient}, func(ctx context.Context) (forecast.Plan, error) {
		return s.effects.engine.PlanByID(ctx, id)
	})
}

// SavePlan keeps a draft for later, after a look that the engine has it. It replies
// with the forecast.Plan.
func (s *Scope) SavePlan(id forecast.PlanID) tea.Cmd {
	return s.noted(journal.Act{What: journal.SavedPlan, Command: kept(ApplyLine(id))}, ask(s, call{KindSave, "save the plan", deadline, once}, func(ctx context.Context) (forecast.Plan, error) {
		return s.effects.engine.PlanByID(ctx, id)
	}))
}

// Hold returns the command that removes a draft from the store once another draft is
// held instead, or the page is closed, but not after keep was called. It has no reply,
// and nothing is said of a failure: a draft that stays does no harm. One that is held
// when the program ends is removed by [Effects.Leave].
func (s *Scope) Hold(id forecast.PlanID, actor string) (keep func(), command tea.Cmd) {
	ctx, _ := s.open(KindHold)
	held := &s.effects.held
	held.add(id, actor)
	return func() { held.end(id, nil) }, func() tea.Msg {
		<-ctx.Done()
		held.end(id, func(actor string) { s.discard(ctx, id, actor) })
		return nil
	}
}

// discard removes a draft, although whoever wanted it is gone.
func (s *Scope) discard(ctx context.Context, id forecast.PlanID, actor string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), deadline)
	defer cancel()
	_, _ = s.effects.engine.Control(ctx, id, forecast.VerbDiscard, actor)
}

// drafts are those that are to be removed, and who has asked for them.
type drafts struct {
	mu     sync.Mutex
	actors map[forecast.PlanID]string
	going  sync.WaitGroup // held, or being removed
}

func (d *drafts) add(id forecast.PlanID, actor string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.actors == nil {
		d.actors = make(map[forecast.PlanID]string)
	}
	if _, ok := d.actors[id]; !ok {
		d.going.Add(1)
	}
	d.actors[id] = actor
}

// end lets go of a draft, for whoever is the first to: with remove, by removing it.
func (d *drafts) end(id forecast.PlanID, remove func(actor string)) {
	d.mu.Lock()
	actor, ok := d.actors[id]
	delete(d.actors, id)
	d.mu.Unlock()
	if !ok {
		return
	}
	defer d.going.Done()
	if remove != nil {
		remove(actor)
	}
}

func (d *drafts) ids() []forecast.PlanID {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Sorted(maps.Keys(d.actors))
}

// Leave removes the drafts that are held still, after the program has ended. It waits
// no longer than two seconds, also for those that are being removed: an engine that
// does not answer keeps nobody at a terminal.
func (e *Effects) Leave(ctx context.Context) {
	const patience = 2 * time.Second
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	for _, id := range e.held.ids() {
		e.held.end(id, func(actor string) { _, _ = e.engine.Control(ctx, id, forecast.VerbDiscard, actor) })
	}
	ended := make(chan struct{})
	go func() { // it ends with the last removal, which has a deadline
		defer close(ended)
		e.held.going.Wait()
	}()
	select {
	case <-ended:
	case <-ctx.Done():
	}
}

// ApplyLine returns the line that starts a plan that was saved.
func ApplyLine(id forecast.PlanID) string { return "backfill apply " + string(id) }

// ControlLine returns the line that changes a plan that was applied.
func ControlLine(id forecast.PlanID, verb forecast.PlanVerb) string {
	return "backfill " + string(verb) + " " + string(id)
}

// Apply makes a draft active; line is what does the same. It replies with the forecast.Plan. Leaving the page does not take it back.
func (s *Scope) Apply(id forecast.PlanID, line string) tea.Cmd {
	return s.noted(journal.Act{What: journal.StartedPlan, Command: kept(line)}, ask(s, call{KindApply, "start the plan", changeDeadline, lasting}, func(ctx context.Context) (forecast.Plan, error) {
		return s.effects.engine.Apply(ctx, id)
	}))
}

// Control changes a plan that was applied. It replies with the forecast.Plan.
func (s *Scope) Control(id forecast.PlanID, verb forecast.PlanVerb, actor string) tea.Cmd {
	change := ask(s, call{KindControl, string(verb) + " the plan", changeDeadline, lasting}, func(ctx context.Context) (forecast.Plan, error) {
		return s.effects.engine.Control(ctx, id, verb, actor)
	})
	return s.noted(journal.Act{What: string(verb) + " plan " + string(id), Command: kept(ControlLine(id, verb))}, change)
}

// Plans reads the plans that were applied. It replies with []forecast.Plan,
// newest first.
func (s *Scope) Plans() tea.Cmd {
	return ask(s, call{KindPlans, "read plans", deadline, patient}, s.effects.engine.Plans)
}

// Stop stops the open attempts of dates. It replies with []forecast.StopAnswer.
func (s *Scope) Stop(dates []calendar.Date, actor string) tea.Cmd {
	return changeEach(s, change{KindStop, "stop"}, dates, func(ctx context.Context, at int) (forecast.StopAnswer, error) {
		return s.effects.engine.Stop(ctx, dates[at], actor)
	})
}

// PlanFallback asks what would fill dates. It replies with []forecast.FallbackPlan.
func (s *Scope) PlanFallback(dates []calendar.Date) tea.Cmd {
	return ask(s, call{KindFillPlan, "plan a fallback for " + named(dates), deadline, once}, func(ctx context.Context) ([]forecast.FallbackPlan, error) {
		plans := make([]forecast.FallbackPlan, len(dates))
		for i, date := range dates {
			var err error
			if plans[i], err = s.effects.engine.PlanFallback(ctx, date); err != nil {
				return nil, err
			}
		}
		return plans, nil
	})
}

// Fallback fills dates. It replies with []forecast.Partition.
func (s *Scope) Fallback(requests []forecast.FallbackRequest) tea.Cmd {
	dates := make([]calendar.Date, len(requests))
	for i, request := range requests {
		dates[i] = request.Date
	}
	return changeEach(s, change{KindFill, "fallback"}, dates, func(ctx context.Context, at int) (forecast.Partition, error) {
		return s.effects.engine.Fallback(ctx, requests[at])
	})
}

// change is something that a verb of the command line does to a date.
type change struct {
	kind Kind
	verb string
}

// changeEach does the same to several dates, one after the other. One that fails keeps
// none of the others from it, and each is kept as an act of its own.
func changeEach[T any](s *Scope, what change, dates []calendar.Date, do func(ctx context.Context, at int) (T, error)) tea.Cmd {
	doing := map[Kind]string{KindStop: "stop ", KindFill: "fill "}[what.kind]
	limit := changeDeadline * time.Duration(max(1, len(dates)))
	return ask(s, call{what.kind, doing + named(dates), limit, lasting}, func(ctx context.Context) ([]T, error) {
		var done []T
		var wrong []error
		for i, date := range dates {
			value, err := do(ctx, i)
			s.note(toDate(doing+date.String(), what.verb+" "+date.String(), date), value, err)
			switch {
			case err == nil:
				done = append(done, value)
			case len(dates) > 1:
				wrong = append(wrong, fmt.Errorf("%s: %w", date, err))
			default:
				wrong = append(wrong, err)
			}
		}
		return done, errors.Join(wrong...)
	})
}

// named says which dates they are, or how many.
func named(dates []calendar.Date) string {
	if len(dates) == 1 {
		return dates[0].String()
	}
	return fmt.Sprintf("%d dates", len(dates))
}

func ignoreNotFound(err error) error {
	if errors.Is(err, forecast.ErrNotFound) {
		return nil
	}
	return err
}
