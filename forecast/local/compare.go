//go:build unix

package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/series"
)

// mostChanges is how many series a comparison lists.
const mostChanges = 100

// Compare compares two generations of a date.
func (e *Engine) Compare(ctx context.Context, query forecast.CompareQuery) (forecast.Comparison, error) {
	generations, err := e.generations(ctx, query.Date)
	if err != nil {
		return forecast.Comparison{}, fmt.Errorf("compare generations of %s: %w", query.Date, err)
	}
	var c forecast.Comparison
	if c.From, c.To, err = compared(generations, query); err != nil {
		return forecast.Comparison{}, fmt.Errorf("compare generations of %s: %w", query.Date, err)
	}
	from, err := e.totals(ctx, c.From)
	if err != nil {
		return forecast.Comparison{}, err
	}
	to, err := e.totals(ctx, c.To)
	if err != nil {
		return forecast.Comparison{}, err
	}
	c.TotalFrom, c.TotalTo = sumOf(from), sumOf(to)
	c.Series = changes(from, to)
	c.Changed = len(c.Series)
	c.Series = c.Series[:min(c.Changed, mostChanges)]
	if c.MetricsFrom, err = e.metricsOf(ctx, c.From); err != nil {
		return forecast.Comparison{}, err
	}
	c.MetricsTo, err = e.metricsOf(ctx, c.To)
	return c, err
}

// compared finds the generations that a query names. The generations come with
// the current one first, then by age, newest first.
func compared(generations []forecast.Partition, query forecast.CompareQuery) (from, to forecast.Partition, err error) {
	find := func(id string, otherwise func(forecast.Partition) bool) (forecast.Partition, error) {
		i := slices.IndexFunc(generations, func(p forecast.Partition) bool {
			return id != "" && p.Generation == id || id == "" && otherwise(p)
		})
		switch {
		case i >= 0:
			return generations[i], nil
		case id != "":
			return forecast.Partition{}, fmt.Errorf("generation %s: %w", id, forecast.ErrNotFound)
		default:
			return forecast.Partition{}, fmt.Errorf("it has no two generations: %w", forecast.ErrNotFound)
		}
	}
	current := func(p forecast.Partition) bool { return p.Current }
	if query.From == "" && query.To != "" && !slices.ContainsFunc(generations, current) {
		to, err = find(query.To, nil)
		return from, to, err
	}
	if from, err = find(query.From, current); err != nil {
		return from, to, err
	}
	to, err = find(query.To, func(p forecast.Partition) bool { return p.Generation != from.Generation })
	return from, to, err
}

// totals returns the sum of the means of each series of a generation.
func (e *Engine) totals(ctx context.Context, p forecast.Partition) (map[series.Key]float64, error) {
	if p.Generation == "" {
		return nil, nil //nolint:nilnil // a date without a partition has no series
	}
	frame, err := e.data.ReadParquet(ctx, e.generationFile(p))
	if err != nil {
		return nil, fmt.Errorf("read generation %s of %s: %w", p.Generation, p.Date, err)
	}
	columns, err := e.forecastColumns(frame)
	if err != nil {
		return nil, fmt.Errorf("read generation %s of %s: %w", p.Generation, p.Date, err)
	}
	sums := make(map[series.Key]float64)
	for i, key := range columns.keys {
		sums[key] += columns.point(i).Mean
	}
	return sums, nil
}

// sumOf adds in the order of the keys, so that the same sums give the same total.
func sumOf(sums map[series.Key]float64) float64 {
	total := 0.0
	for _, key := range slices.SortedFunc(maps.Keys(sums), compareKeys) {
		total += sums[key]
	}
	return total
}

// changes returns the series whose totals differ, the largest change first.
func changes(from, to map[series.Key]float64) []forecast.SeriesChange {
	var list []forecast.SeriesChange
	given := func(sums map[series.Key]float64, key series.Key) *float64 {
		if sum, ok := sums[key]; ok {
			return &sum
		}
		return nil
	}
	for key, sum := range from {
		if other, ok := to[key]; !ok || other != sum {
			list = append(list, forecast.SeriesChange{Series: key, From: &sum, To: given(to, key)})
		}
	}
	for key, sum := range to {
		if _, ok := from[key]; !ok {
			list = append(list, forecast.SeriesChange{Series: key, To: &sum})
		}
	}
	slices.SortFunc(list, func(a, b forecast.SeriesChange) int {
		return cmp.Or(cmp.Compare(size(b), size(a)), compareKeys(a.Series, b.Series))
	})
	return list
}

// size is how much a series changed; what came or went changed by all of it.
func size(c forecast.SeriesChange) float64 {
	value := func(p *float64) float64 {
		if p == nil {
			return 0
		}
		return *p
	}
	return math.Abs(value(c.To) - value(c.From))
}

// metricsOf returns what the gate saw of a generation, nil if that isn't known.
func (e *Engine) metricsOf(ctx context.Context, p forecast.Partition) (forecast.Measures, error) {
	if p.Generation == "" {
		return nil, nil //nolint:nilnil // as for a date that was not evaluated
	}
	evaluation, err := e.Evaluation(ctx, p.Execution)
	if errors.Is(err, forecast.ErrNotFound) {
		return nil, nil //nolint:nilnil // not known is an answer
	}
	return evaluation.Measures, err
}
