//go:build unix

package local

import (
	"context"
	"errors"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/local/internal/store"
	"github.com/daybatch/daybatch/forecast/plan"
)

// isDrifted reports whether a date was not as a decision expected it.
func isDrifted(err error) bool {
	_, ok := errors.AsType[*store.DriftError](err)
	return ok
}

// mendRow brings the records of a row's date up to its published file. The
// transaction that found the date drifted may have done so too, after a process
// was killed between the rename of the file and its commit, but took that back with
// all else: the next look would find the same records, and decide the same, for
// ever.
func (e *Engine) mendRow(ctx context.Context, decision plan.Decision) error {
	row, ok := rowOf(decision)
	if !ok {
		return nil
	}
	return e.store.Mend(ctx, row.Date) //nolint:wrapcheck // the store names the date
}

// rowOf returns the row of a decision that looks at the published file of its date.
func rowOf(decision plan.Decision) (forecast.PlanRow, bool) {
	switch decision := decision.(type) {
	case plan.StartRow:
		return decision.Row, true
	case plan.PublishRow:
		return decision.Row, true
	case plan.RollbackRow:
		return decision.Row, true
	default:
		return forecast.PlanRow{}, false
	}
}
