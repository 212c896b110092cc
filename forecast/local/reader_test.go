//go:build unix

package local_test

import (
	"sync"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// While a date is published again and again a reader always sees one generation
// of it, whole.
func TestReadWhilePublishing(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 10)
	dir := newProject(t, nil)
	def := enginetest.Definition()
	def.Limits.Keep = 1
	e := open(t, dir, options(def))
	if err := runDate(t.Context(), e, d); err != nil {
		t.Fatal(err)
	}
	var writer sync.WaitGroup
	written := make(chan struct{})
	writer.Go(func() {
		defer close(written)
		for range 10 {
			p, err := e.Plan(t.Context(), forecast.PlanRequest{
				Kind: forecast.PlanRerun, Dates: []calendar.Date{d}, Start: forecast.StartFrom(forecast.PostProc), Cause: forecast.CauseRerun, Actor: "aki",
			})
			if err == nil {
				_, err = e.Apply(t.Context(), p.ID)
			}
			if err == nil {
				err = e.Drive(t.Context(), p.ID)
			}
			if err != nil {
				t.Errorf("rerun = %v; want nil", err)
			}
		}
	})
	defer writer.Wait()
	for reads := 0; ; reads++ {
		table, err := e.Query(t.Context(), forecast.TableQuery{
			SQL: `SELECT count(*), sum(yhat), count(DISTINCT region), sum(hi95) FROM orders_forecast WHERE dt = '2026-01-10'`,
		})
		if err != nil || table.Rows[0][0] != int64(14) || table.Rows[0][1] != 42.0 || table.Rows[0][2] != int64(2) || table.Rows[0][3] != 56.0 {
			t.Fatalf("read %d = %v, %v; want 14 rows of one generation", reads, table.Rows, err)
		}
		if list, err := e.Forecasts(t.Context(), forecast.SeriesQuery{Date: d, History: 3}); err != nil || len(list) != 2 || len(list[0].Points) != 7 || len(list[0].Actuals) != 10 {
			t.Fatalf("Forecasts = %+v, %v; want two series of seven days and ten actuals", list, err)
		}
		select {
		case <-written:
			if reads == 0 {
				t.Error("nothing was read meanwhile")
			}
			return
		default:
		}
	}
}
