//go:build unix

package local

import (
	"context"
	"fmt"
	"slices"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/local/internal/store"
	"github.com/daybatch/daybatch/forecast/plan"
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
	if e.options.ReadOnly {
		return forecast.Partition{}, forecast.ErrReadOnly
	}
	generations, err := e.generations(ctx, request.Date)
	if err != nil {
		return forecast.Partition{}, err
	}
	var current forecast.Partition
	if len(generations) > 0 && generations[0].Current {
		current = generations[0]
	}
	if request.Expected != "" && request.Expected != current.Generation {
		return forecast.Partition{}, fmt.Errorf("%w: the current generation is %q, not %q", forecast.ErrConflict, current.Generation, request.Expected)
	}
	wanted, err := e.wanted(ctx, request, generations)
	if err != nil {
		return forecast.Partition{}, err
	}
	err = e.swap(ctx, request.Date, wanted, func(swap func() error) error {
		return e.store.Point(ctx, store.Pointing{ //nolint:wrapcheck // Rollback names the date
			Date: request.Date, From: current.Generation, To: wanted, Kind: store.KindRollback, Actor: request.Actor,
		}, swap)
	})
	if err != nil {
		return forecast.Partition{}, err
	}
	if generations, err = e.generations(ctx, request.Date); err != nil || len(generations) == 0 {
		return forecast.Partition{}, err
	}
	return generations[0], nil
}

// wanted returns the generation that a request is for: the one that it names, else
// the nearest of those that were current before and are still there.
func (e *Engine) wanted(ctx context.Context, request forecast.RollbackRequest, generations []forecast.Partition) (string, error) {
	kept := func(id string) bool {
		return slices.ContainsFunc(generations, func(p forecast.Partition) bool { return p.Generation == id })
	}
	if request.Generation != "" {
		if !kept(request.Generation) {
			return "", fmt.Errorf("%w: generation %s is not one of those that are kept", forecast.ErrNotFound, request.Generation)
		}
		return request.Generation, nil
	}
	changes, err := e.store.Changes(ctx, request.Date)
	if err != nil {
		return "", err //nolint:wrapcheck // Rollback names the date
	}
	before := plan.Before(changes)
	if i := slices.IndexFunc(before, kept); i >= 0 {
		return before[i], nil
	}
	return "", fmt.Errorf("%w: no generation that was current before is kept: name another one", forecast.ErrNotFound)
}

// generations returns those of a date, the current one first.
func (e *Engine) generations(ctx context.Context, date calendar.Date) ([]forecast.Partition, error) {
	return e.store.Partitions(ctx, forecast.PartitionQuery{Range: calendar.Range{From: date, To: date}, All: true}) //nolint:wrapcheck // the store says what was read
}

// publishStaged publishes what a row of a staged plan has built.
func (e *Engine) publishStaged(ctx context.Context, drive store.Drive, d plan.PublishRow) error {
	move := d.Published()
	return e.swap(ctx, d.Row.Date, d.Row.Generation, func(swap func() error) error {
		return e.store.Point(ctx, store.Pointing{ //nolint:wrapcheck // the store names the date
			Date: d.Row.Date, From: d.Row.ExpectedGeneration, To: d.Row.Generation, Kind: store.KindStaged,
			Plan: drive.Plan, Actor: d.Actor, Attempt: d.Row.ExpectedAttempt,
			Drive: &drive, Move: &store.RowMove{From: move.From, Row: move.Row},
		}, swap)
	})
}

// rollBackRow takes back what a row of a staged plan has published.
func (e *Engine) rollBackRow(ctx context.Context, drive store.Drive, d plan.RollbackRow) error {
	move := d.RolledBack()
	return e.swap(ctx, d.Row.Date, d.Row.Replaced, func(swap func() error) error {
		return e.store.Point(ctx, store.Pointing{ //nolint:wrapcheck // the store names the date
			Date: d.Row.Date, From: d.Row.Generation, To: d.Row.Replaced, Kind: store.KindRollback,
			Plan: drive.Plan, Actor: d.Actor,
			Drive: &drive, Move: &store.RowMove{From: move.From, Row: move.Row},
		}, swap)
	})
}
