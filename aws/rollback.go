package aws

import (
	"context"
	"errors"
	"fmt"

	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Rollback makes an older generation of a date current.
func (e *Engine) Rollback(ctx context.Context, request forecast.RollbackRequest) (forecast.Partition, error) {
	p, err := e.rollback(ctx, request)
	if err != nil {
		return forecast.Partition{}, fmt.Errorf("roll back %s: %w", request.Date, err)
	}
	return p, nil
}

func (e *Engine) rollback(ctx context.Context, request forecast.RollbackRequest) (forecast.Partition, error) {
	switch {
	case e.options.ReadOnly:
		return forecast.Partition{}, forecast.ErrReadOnly
	case e.theirs != nil:
		return forecast.Partition{}, e.theirs.unsupported("", noPartitions)
	}
	r, err := e.dates.Load(ctx, request.Date.String())
	if err != nil {
		return forecast.Partition{}, err //nolint:wrapcheck // Rollback names the date
	}
	if request.Expected != "" && request.Expected != r.Current {
		return forecast.Partition{}, fmt.Errorf("%w: the current generation is %q, not %q", forecast.ErrConflict, r.Current, request.Expected)
	}
	wanted := request.Generation
	if wanted == "" {
		before, ok := r.Before()
		if !ok {
			return forecast.Partition{}, fmt.Errorf("%w: no generation before the current one is kept", forecast.ErrNotFound)
		}
		wanted = before
	}
	if err := e.replace(ctx, request.Date, replacement{to: wanted, expected: r.Current, kind: record.KindRollback, actor: request.Actor}); err != nil {
		return forecast.Partition{}, err
	}
	e.shown(ctx)
	if r, err = e.dates.Load(ctx, request.Date.String()); err != nil {
		return forecast.Partition{}, err //nolint:wrapcheck // Rollback names the date
	}
	return partitionOf(r, r.Current), nil
}

// replacement is a change of what readers see.
type replacement struct {
	to, expected string // generations; empty: none
	kind, actor  string
	// attempt is the one after which no other may have come; 0: any.
	attempt int
}

// replace changes what readers see of a date, and brings the catalogue up to it.
func (e *Engine) replace(ctx context.Context, d calendar.Date, c replacement) error {
	if err := e.mayReplace(ctx, d); err != nil {
		return err
	}
	_, err := e.dates.Change(ctx, d.String(), func(r record.Date) (record.Date, error) {
		r.Date = d
		if n := r.Last().Attempt; c.attempt > 0 && n != c.attempt && r.Current != c.to {
			return r, fmt.Errorf("publish %s: %w: a%d came after a%d", d, forecast.ErrConflict, n, c.attempt)
		}
		return r.Replace(c.to, c.expected, c.kind, c.actor, e.options.Now())
	})
	if err != nil {
		return err //nolint:wrapcheck // it names the date
	}
	e.pulse.Beat()
	return e.point(ctx, d)
}

// mayReplace brings the record of a date up to what became of its run: one that
// has ended holds nothing.
func (e *Engine) mayReplace(ctx context.Context, d calendar.Date) error {
	records, err := e.records(ctx, calendar.Range{From: d, To: d})
	if err == nil {
		_, err = e.settle(ctx, records)
	}
	return err
}

// point brings the catalogue up to the record of a date. The record leads: what
// fails here is mended by the next publish, by a server or by doctor.
func (e *Engine) point(ctx context.Context, d calendar.Date) error {
	const rounds = 5
	for range rounds {
		r, err := e.dates.Load(ctx, d.String())
		if err != nil {
			return err //nolint:wrapcheck // it names the object
		}
		if err := e.catalogue.Point(ctx, r); err != nil {
			return fmt.Errorf("bring the catalogue up to %s: %w", d, err)
		}
		again, err := e.dates.Load(ctx, d.String())
		if err != nil || again.Current == r.Current {
			return err //nolint:wrapcheck // it names the object
		}
	}
	return fmt.Errorf("bring the catalogue up to %s: %w: it changes all the time", d, errors.Join(forecast.ErrConflict))
}
