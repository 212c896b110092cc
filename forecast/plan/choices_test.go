package plan_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/plan"
)

// TestChoices compares a machine for each of 21 dates with shared ones: machines
// start in 5 minutes and work 8 for a date, two at once.
func TestChoices(t *testing.T) {
	t.Parallel()
	rules := plan.Rules{MaxActive: 2, Typical: 13 * time.Minute, TypicalDays: 9, StartUp: 5 * time.Minute, TypicalCost: 0.03}
	first := calendar.Of(2026, time.January, 1)
	made := func(t *testing.T, kind forecast.PlanKind, chunk int, rules plan.Rules) forecast.Plan {
		t.Helper()
		request := forecast.PlanRequest{Kind: kind, Chunk: chunk, Mode: forecast.ModeAll, Cause: forecast.CauseBackfill}
		var facts []plan.Facts
		for d := first; d < first+21; d++ {
			request.Dates = append(request.Dates, d)
			facts = append(facts, plan.Facts{Date: d, Owed: true, Due: time.Date(2026, time.January, 2, 0, 0, 0, 0, time.UTC)})
		}
		p, err := plan.Make(request, facts, rules, time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	each := forecast.Choice{Chunk: 1, Starts: 21, Estimate: forecast.Estimate{Wall: 11 * 13 * time.Minute, Days: 9, Cost: 0.63}}
	shared := forecast.Choice{Chunk: 7, Starts: 3, Estimate: forecast.Estimate{Wall: (11*8 + 2*5) * time.Minute, Days: 9, AtMost: true, Cost: 0.63}}
	near := cmp.Comparer(func(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 })
	for name, chunk := range map[string]int{"a week unless asked": 0, "as asked": 7} {
		if diff := cmp.Diff([]forecast.Choice{each, shared}, made(t, forecast.PlanBackfill, chunk, rules).Choices, near); diff != "" {
			t.Errorf("%s: choices (-want +got):\n%s", name, diff)
		}
	}
	if got := made(t, forecast.PlanBackfill, 0, rules).Estimate; !cmp.Equal(got, each.Estimate, near) {
		t.Errorf("estimate = %+v; want that of a machine for each date", got)
	}
	if got := made(t, forecast.PlanRerun, 0, rules).Choices; got != nil {
		t.Errorf("choices of a rerun = %+v; want none", got)
	}
	rules.Starts, rules.Typical = 6, (8+6*5)*time.Minute
	each.Starts, each.Machines, each.Wall = 6*21, 6, 11*(8+6*5)*time.Minute
	if diff := cmp.Diff([]forecast.Choice{each, shared}, made(t, forecast.PlanBackfill, 7, rules).Choices, near); diff != "" {
		t.Errorf("choices with a machine for each step (-want +got):\n%s", diff)
	}
	rules.StartUp, rules.TypicalShared, rules.TypicalSharedDays = 5*time.Minute, 4*time.Minute, 5
	rules.Layouts = []plan.Layout{
		{Name: "steps", Starts: 6, Work: 1, Cost: 1}, {Name: "fused", Starts: 1, Work: 2, Cost: 3, Needs: "layout: fused"}, {Name: "range", Shares: true, Work: 2, Cost: 3},
	}
	each.Layout = "steps"
	fused := forecast.Choice{Layout: "fused", Needs: "layout: fused", Chunk: 1, Starts: 21, Estimate: forecast.Estimate{Wall: 11 * (2*8 + 5) * time.Minute, Days: 9, Cost: 3 * 0.63}}
	shared = forecast.Choice{Layout: "range", Chunk: 7, Starts: 3, Estimate: forecast.Estimate{Wall: (11*4 + 2*5) * time.Minute, Days: 5, Cost: 0.63}}
	p := made(t, forecast.PlanBackfill, 7, rules)
	if diff := cmp.Diff([]forecast.Choice{each, fused, shared}, p.Choices, near); diff != "" {
		t.Errorf("choices of layouts (-want +got):\n%s", diff)
	}
	if p.Takes(p.Choices[0]) || p.Takes(p.Choices[1]) || !p.Takes(p.Choices[2]) {
		t.Errorf("plan of chunks takes %v, %v, %v; want the last", p.Takes(p.Choices[0]), p.Takes(p.Choices[1]), p.Takes(p.Choices[2]))
	}
	if got := plan.Choices(rules, 1, 2, 0); len(got) != 2 || got[1].Starts != 1 {
		t.Errorf("choices of a date = %+v; want it alone, in two layouts", got)
	}
	rules.Assumed, rules.TypicalDays, rules.TypicalShared, rules.TypicalSharedDays = "all of it", 0, 0, 0
	p = made(t, forecast.PlanBackfill, 7, rules)
	if e := p.Choices[2].Estimate; e.Assumed != "all of it" || e.AtMost || e.Days != 0 || e.Wall != (11*16+10)*time.Minute || p.Rows[0].Estimate != 0 {
		t.Errorf("assumed: %+v, of a row %s; want no limit, and nothing of a row", e, p.Rows[0].Estimate)
	}
	rules.StartUp = 0
	if got := made(t, forecast.PlanBackfill, 7, rules).Choices; got != nil {
		t.Errorf("choices where nothing starts = %+v; want none", got)
	}
}
