//go:build unix

package local_test

import (
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/local"
)

// TestEstimateGoesByDatesOfItsKind plans dates that share a process: while all
// good days had a process for each step their time is only a limit.
func TestEstimateGoesByDatesOfItsKind(t *testing.T) {
	t.Parallel()
	e := open(t, newProject(t, nil), options(longDefinition()))
	first := calendar.Of(2026, time.January, 10)
	week := func(n int) calendar.Range {
		return calendar.Range{From: first + calendar.Date(7*n), To: first + calendar.Date(7*n) + 3}
	}
	carryOut := func(n, chunk int) {
		t.Helper()
		if err := request(t.Context(), e, forecast.PlanRequest{Kind: forecast.PlanBackfill, Range: week(n), Chunk: chunk}); err != nil {
			t.Fatal(err)
		}
	}
	if got := estimateOf(t, e, week(2), 2); got != (forecast.Estimate{}) {
		t.Errorf("without a good day: %+v; want nothing", got)
	}
	carryOut(0, 1)
	if got := estimateOf(t, e, week(2), 2); !got.AtMost || got.Days != 4 || got.Wall <= 0 {
		t.Errorf("in chunks, after days with a process for each step: %+v; want a limit by 4 days", got)
	}
	if got := estimateOf(t, e, week(2), 1); got.AtMost || got.Days != 4 || got.Wall <= 0 {
		t.Errorf("a process for each step, after such days: %+v; want about as long as the 4 days", got)
	}
	carryOut(1, 4)
	if got := estimateOf(t, e, week(2), 2); got.AtMost || got.Days != 4 || got.Wall <= 0 {
		t.Errorf("in chunks, after days in chunks: %+v; want about as long as the 4 days", got)
	}
}

// TestEstimateOfARerun plans dates again from their last step: that takes less than
// the whole of them.
func TestEstimateOfARerun(t *testing.T) {
	t.Parallel()
	e := open(t, newProject(t, nil), options(longDefinition()))
	first := calendar.Of(2026, time.January, 10)
	if err := request(t.Context(), e, forecast.PlanRequest{Kind: forecast.PlanBackfill, Range: calendar.Range{From: first, To: first + 3}, Chunk: 1}); err != nil {
		t.Fatal(err)
	}
	took := func(start forecast.StartFrom) time.Duration {
		p, err := e.Plan(t.Context(), forecast.PlanRequest{Kind: forecast.PlanRerun, Dates: []calendar.Date{first}, Start: start, Cause: forecast.CauseManual, Actor: "aki"})
		if err != nil {
			t.Fatal(err)
		}
		return p.Estimate.Wall
	}
	whole, last := took(forecast.StartWhole), took(forecast.StartFrom(forecast.PostProc))
	if last <= 0 || last >= whole {
		t.Errorf("from PostProc %s, whole %s; want a part of it", last, whole)
	}
}

func estimateOf(t *testing.T, e *local.Engine, r calendar.Range, chunk int) forecast.Estimate {
	t.Helper()
	p, err := e.Plan(t.Context(), forecast.PlanRequest{Kind: forecast.PlanBackfill, Range: r, Chunk: chunk, Cause: forecast.CauseBackfill, Actor: "aki"})
	if err != nil {
		t.Fatal(err)
	}
	if p.Count(forecast.ActionRun) != r.Len() {
		t.Fatalf("the plan runs %d dates; want %d", p.Count(forecast.ActionRun), r.Len())
	}
	return p.Estimate
}
