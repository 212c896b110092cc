package enginetest

import (
	"context"
	"fmt"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/fallback"
)

// PlanFallback says with what a date would be filled.
func (f *Fake) PlanFallback(ctx context.Context, date calendar.Date) (forecast.FallbackPlan, error) {
	if err := f.enter(ctx, "PlanFallback"); err != nil {
		return forecast.FallbackPlan{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.planFallback(date), nil
}

// Fallback fills a date that has no forecast of its own.
func (f *Fake) Fallback(ctx context.Context, request forecast.FallbackRequest) (forecast.Partition, error) {
	if err := f.enterToChange(ctx, "Fallback"); err != nil {
		return forecast.Partition{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pass(f.now())
	p := f.planFallback(request.Date)
	if err := fallback.Admit(p, request); err != nil {
		return forecast.Partition{}, fmt.Errorf("fill %s: %w", request.Date, err)
	}
	return f.fill(p), nil
}

func (w *world) planFallback(date calendar.Date) forecast.FallbackPlan {
	var before []forecast.Partition
	window := fallback.Sources(date, fallback.MaxAge(w.def))
	for d := window.From; d <= window.To; d++ {
		before = append(before, w.generations[d]...)
	}
	return fallback.Plan(w.day(date), before, w.def)
}

// fill publishes a fallback. There are always data for a naive one.
func (w *world) fill(p forecast.FallbackPlan) forecast.Partition {
	of := p.Of
	if p.Model != "" {
		of = p.Date
	}
	rows := int64(len(w.keys) * w.def.Forecast.Horizon)
	at := w.now()
	w.makeCurrent(forecast.Partition{
		Date: p.Date, Table: w.def.Target.Table, Generation: w.name("fallback of "+of.String(), p.Date, len(w.generations[p.Date])),
		Kind: forecast.GenerationFallback, FallbackOf: of, FallbackModel: p.Model,
		Rows: rows, Bytes: 4096 + 31*rows, Series: len(w.keys), Written: at, Published: at,
	})
	generations := w.generations[p.Date]
	return generations[len(generations)-1]
}

// fillIfDue fills a date if the policy of the pipeline says so.
func (w *world) fillIfDue(date calendar.Date) {
	if w.def.OnMissing != forecast.OnMissingFallback || !fallback.Due(w.day(date), w.facts(date).Deadline, w.now()) {
		return
	}
	if p := w.planFallback(date); fallback.Better(p) {
		w.fill(p)
	}
}
