//go:build unix

package local

import (
	"context"
	"errors"
	"fmt"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/result"
)

// Compare compares two generations of a date.
func (e *Engine) Compare(ctx context.Context, query forecast.CompareQuery) (forecast.Comparison, error) {
	generations, err := e.generations(ctx, query.Date)
	if err != nil {
		return forecast.Comparison{}, fmt.Errorf("compare generations of %s: %w", query.Date, err)
	}
	from, to, err := result.Pair(generations, query)
	if err != nil {
		return forecast.Comparison{}, fmt.Errorf("compare generations of %s: %w", query.Date, err)
	}
	totalsFrom, err := e.totals(ctx, from)
	if err != nil {
		return forecast.Comparison{}, err
	}
	totalsTo, err := e.totals(ctx, to)
	if err != nil {
		return forecast.Comparison{}, err
	}
	c := result.Compare(from, to, totalsFrom, totalsTo)
	if c.MetricsFrom, err = e.metricsOf(ctx, c.From); err != nil {
		return forecast.Comparison{}, err
	}
	c.MetricsTo, err = e.metricsOf(ctx, c.To)
	return c, err
}

// totals returns the sum of the means of each series of a generation.
func (e *Engine) totals(ctx context.Context, p forecast.Partition) (result.Totals, error) {
	if p.Generation == "" {
		return nil, nil //nolint:nilnil // a date without a partition has no series
	}
	frame, err := e.data.ReadParquet(ctx, e.generationFile(p))
	if err != nil {
		return nil, fmt.Errorf("read generation %s of %s: %w", p.Generation, p.Date, err)
	}
	totals, err := result.TotalsOf(frame, e.definition)
	if err != nil {
		return nil, fmt.Errorf("read generation %s of %s: %w", p.Generation, p.Date, err)
	}
	return totals, nil
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
