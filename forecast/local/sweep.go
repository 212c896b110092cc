//go:build unix

package local

import (
	"context"
	"errors"
	"os"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/local/internal/store"
	"github.com/daybatch/daybatch/forecast/plan"
	"github.com/daybatch/daybatch/forecast/step"
)

// outputDirName is the directory of a try below which its outputs lie.
const outputDirName = step.OutputDir

// sweepable returns the attempts whose outputs need not be kept: those that ended
// longer ago than any reader takes, and that were replaced by a newer attempt or
// belong to a date that is no longer on the first screen.
func (e *Engine) sweepable(ctx context.Context) ([]store.Swept, error) {
	now := e.options.Now()
	window, err := plan.Window(forecast.DayQuery{}, e.calendar, now)
	if err != nil || window.Len() == 0 {
		return nil, err //nolint:wrapcheck // a query without limits is in order
	}
	return e.store.Sweepable(ctx, now.Add(-readTime), window.From) //nolint:wrapcheck // the store says what was read
}

// sweep removes the outputs of attempts that need not be kept. Logs, metrics and
// how each try ended stay. Files go first: what a crash leaves is swept again.
func (e *Engine) sweep(ctx context.Context) error {
	list, err := e.sweepable(ctx)
	if err != nil || len(list) == 0 {
		return err
	}
	for _, one := range list {
		for _, dir := range one.Dirs {
			if path := e.sweptDir(dir); path != "" {
				err = errors.Join(err, os.RemoveAll(path))
			}
		}
	}
	if err != nil {
		return err
	}
	return e.store.Sweep(ctx, list) //nolint:wrapcheck // the store says what was written
}

// collect removes what retention lets go: outputs of attempts, and generations
// that nothing needs.
func (e *Engine) collect(ctx context.Context) error {
	x := &examiner{engine: e, actor: scheduler, now: e.options.Now()}
	if err := x.partitions(ctx); err != nil {
		return err
	}
	var errs []error
	for _, f := range x.found {
		if f.Kind == "orphan-generation" || f.Kind == "leftover" {
			errs = append(errs, f.mend(ctx))
		}
	}
	return errors.Join(append(errs, e.sweep(ctx))...)
}
