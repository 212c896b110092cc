package enginetest

import (
	"context"
	"fmt"
	"slices"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Compare compares two generations of a date: the forecasts of attempt n are n
// percent above those of the demo.
func (f *Fake) Compare(ctx context.Context, query forecast.CompareQuery) (forecast.Comparison, error) {
	if err := f.enter(ctx, "Compare"); err != nil {
		return forecast.Comparison{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if query.From == "" {
		query.From = f.current(query.Date)
	}
	from, okFrom := f.generation(query.Date, func(g forecast.Partition) bool { return g.Generation == query.From })
	to, okTo := f.generation(query.Date, func(g forecast.Partition) bool {
		return query.To == "" && g.Generation != query.From || query.To != "" && g.Generation == query.To
	})
	if !okTo || !okFrom && (query.From != "" || query.To == "") {
		return forecast.Comparison{}, fmt.Errorf("compare generations of %s: %w", query.Date, forecast.ErrNotFound)
	}
	c := forecast.Comparison{From: from, To: to}
	for _, key := range f.keys {
		change := forecast.SeriesChange{Series: key}
		if okFrom {
			change.From = f.sum(from)
			c.TotalFrom += *change.From
		}
		change.To = f.sum(to)
		c.TotalTo += *change.To
		c.Series = append(c.Series, change)
	}
	c.Changed = len(c.Series)
	c.MetricsFrom, c.MetricsTo = f.scores[from.Execution].Measures, f.scores[to.Execution].Measures
	return c, nil
}

// generation returns the newest generation of a date that is wanted.
func (w *world) generation(d calendar.Date, wanted func(forecast.Partition) bool) (forecast.Partition, bool) {
	list := slices.Clone(w.generations[d])
	slices.Reverse(list)
	i := slices.IndexFunc(list, wanted)
	if i < 0 {
		return forecast.Partition{}, false
	}
	return list[i], true
}

// sum is the sum of the means of one series of a generation.
func (w *world) sum(g forecast.Partition) *float64 {
	total := float64(w.def.Forecast.Horizon) * (100 + float64(g.Attempt))
	return &total
}
