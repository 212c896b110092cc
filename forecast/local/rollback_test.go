//go:build unix

package local_test

import (
	"context"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/forecast/local"
)

func rollBack(ctx context.Context, e *local.Engine, d calendar.Date) error {
	_, err := e.Rollback(ctx, forecast.RollbackRequest{Date: d, Actor: "aki"})
	return err
}

// A plan that was made after a rollback was killed between the rename of the file
// and the commit of its records expects what the records say. The file leads: the
// row has drifted, the plan ends, and a new one runs.
func TestKilledRollback(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 10)
	dir := newProject(t, nil)
	e := open(t, dir, options(enginetest.Definition()))
	must(t, runDate(t.Context(), e, d))
	first := dayOf(t, e, d).Partition.Generation
	must(t, rerunDate(t.Context(), e, d))
	_ = start(t, "die in a rollback", dir, d.String()).Wait()
	must(t, rerunDate(t.Context(), e, d))
	plans, err := e.Plans(t.Context())
	must(t, err)
	if p := plans[0]; p.State != forecast.PlanEnded || p.Rows[0].State != forecast.RowDrifted {
		t.Errorf("plan = %s, row %s %q; want it ended, Drifted", p.State, p.Rows[0].State, p.Rows[0].Outcome)
	}
	if day := dayOf(t, e, d); day.State != forecast.DaySucceeded || day.Partition.Generation != first || day.Attempts != 2 {
		t.Errorf("day = %s at %s after %d attempts; want Succeeded at %s after 2", day.State, day.Partition.Generation, day.Attempts, first)
	}
	must(t, rerunDate(t.Context(), e, d))
	if day := dayOf(t, e, d); day.State != forecast.DaySucceeded || day.Attempts != 3 {
		t.Errorf("day = %s after %d attempts; want Succeeded after 3", day.State, day.Attempts)
	}
}
