package record_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/plan"
)

// carriers is a plan with carriers whose jobs, drivers and operators act in any
// order.
type carriers struct {
	t     *rapid.T
	p     record.Plan
	now   time.Time
	ended map[forecast.ExecutionID]forecast.Status // of attempts that were made
}

func newCarriers(t *rapid.T) *carriers {
	c := &carriers{t: t, now: time.Unix(0, 0).UTC(), ended: make(map[forecast.ExecutionID]forecast.Status)}
	c.p.Plan = forecast.Plan{
		ID: "bf-1", Pipeline: "demand", State: forecast.PlanActive, MaxFailures: rapid.IntRange(0, 2).Draw(t, "max failures"),
		Request: forecast.PlanRequest{Kind: forecast.PlanBackfill},
	}
	for i := range rapid.IntRange(1, 7).Draw(t, "dates") {
		c.p.Plan.Rows = append(c.p.Plan.Rows, forecast.PlanRow{Date: day + calendar.Date(i), State: forecast.RowQueued, Action: forecast.ActionRun})
	}
	return c
}

// number draws the number of a carrier, which may not be there.
func (c *carriers) number() int { return rapid.IntRange(1, len(c.p.Carriers)+1).Draw(c.t, "carrier") }

// past returns the facts that a job finds of what it has begun.
func (c *carriers) past() map[calendar.Date]plan.Facts {
	past := make(map[calendar.Date]plan.Facts)
	for _, row := range c.p.Plan.Rows {
		status, made := c.ended[row.Execution]
		if row.State != forecast.RowRunning || !made || status.Open() {
			continue
		}
		x := forecast.Execution{ID: row.Execution, Date: row.Date, Attempt: row.ExpectedAttempt + 1, Status: status}
		if status == forecast.Failed {
			x.Reason = forecast.Reason{Class: forecast.ReasonStep, Text: "boom"}
		}
		past[row.Date] = plan.Facts{Date: row.Date, Last: x}
	}
	return past
}

func (c *carriers) step() {
	var next record.Plan
	var err error
	switch op := rapid.SampledFrom([]string{"carry", "turn", "turn", "turn", "end", "end", "state", "release", "return"}).Draw(c.t, "op"); op {
	case "carry":
		var starts []plan.StartRow
		for _, row := range c.p.Plan.Rows {
			if rapid.Bool().Draw(c.t, "with") {
				starts = append(starts, plan.StartRow{Row: row, Attempt: row.ExpectedAttempt + 1})
			}
		}
		next, err = c.p.Carry(starts, c.now)
	case "turn":
		next, err = c.turn(c.number())
	case "end":
		for _, id := range slices.Sorted(keys(c.ended)) {
			if c.ended[id].Open() {
				c.ended[id] = rapid.SampledFrom([]forecast.Status{forecast.Succeeded, forecast.Failed, forecast.Stopped}).Draw(c.t, "status")
				return
			}
		}
		return
	case "state":
		next = c.p
		next.Plan.State = rapid.SampledFrom([]forecast.PlanState{forecast.PlanActive, forecast.PlanPaused, forecast.PlanStopping}).Draw(c.t, "state")
	case "release":
		next, err = c.p.Release(c.number(), func(id forecast.ExecutionID) bool { _, made := c.ended[id]; return made }, c.now)
	case "return":
		row := rapid.SampledFrom(c.p.Plan.Rows).Draw(c.t, "row")
		if _, made := c.ended[row.Execution]; made {
			return
		}
		next, err = c.p.Return(row.Execution)
	}
	if err == nil {
		c.p = next
	}
}

func keys(m map[forecast.ExecutionID]forecast.Status) func(func(forecast.ExecutionID) bool) {
	return func(yield func(forecast.ExecutionID) bool) {
		for id := range m {
			if !yield(id) {
				return
			}
		}
	}
}

// turn is what a job does: it makes the attempt that its turn is for, unless
// another was faster.
func (c *carriers) turn(n int) (record.Plan, error) {
	before := c.p.Plan.State
	next, turn, err := c.p.Turn(n, c.past(), c.now)
	if err != nil || turn.Start.Attempt == 0 {
		return next, err
	}
	id := naming.ExecutionID(turn.Start.Row.Date, turn.Start.Attempt)
	if _, made := c.ended[id]; made {
		if !c.ended[id].Open() {
			c.t.Fatalf("%s is begun again", id)
		}
		return next, nil
	}
	if before != forecast.PlanActive && turn.Start.Row.State == forecast.RowQueued {
		c.t.Fatalf("%s is begun in a plan that is %s", id, before)
	}
	if row, _ := next.Plan.Row(turn.Start.Row.Date); row.State != forecast.RowRunning || row.Execution != id {
		c.t.Fatalf("the row of %s is %s of %s", id, row.State, row.Execution)
	}
	if rapid.Bool().Draw(c.t, "claimed") {
		c.ended[id] = forecast.Executing
	}
	return next, nil
}

// check checks what must hold at any time.
func (c *carriers) check(before record.Plan) {
	waits := make(map[forecast.ExecutionID]int)
	for _, carrier := range c.p.Carriers {
		if !carrier.Open() && len(carrier.Waiting) > 0 {
			c.t.Fatalf("dates wait in carrier %d, which has ended", carrier.Number)
		}
		for _, id := range carrier.Waiting {
			if waits[id] = waits[id] + 1; waits[id] > 1 {
				c.t.Fatalf("%s waits in two carriers", id)
			}
		}
	}
	failed := 0
	for i, row := range c.p.Plan.Rows {
		if row.State == forecast.RowFailed {
			failed++
		}
		if was := before.Plan.Rows[i]; !was.State.Open() && was.State != row.State {
			c.t.Fatalf("the row of %s was %s and is %s", row.Date, was.State, row.State)
		}
	}
	if most := c.p.Plan.MaxFailures; most > 0 && failed/most > 0 && before.Plan.State == forecast.PlanActive && c.p.Plan.State == forecast.PlanActive {
		was := 0
		for _, row := range before.Plan.Rows {
			if row.State == forecast.RowFailed {
				was++
			}
		}
		if failed/most > was/most && c.p.Waits() {
			c.t.Fatalf("%d dates failed, and the plan goes on", failed)
		}
	}
}

// TestCarrierHistories lets jobs, drivers and operators act in random orders.
func TestCarrierHistories(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := newCarriers(t)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			c.now = c.now.Add(time.Second)
			before := c.p
			text, err := json.Marshal(before)
			if err != nil {
				t.Fatal(err)
			}
			c.step()
			if again, err := json.Marshal(before); err != nil || string(again) != string(text) {
				t.Fatalf("the plan before was changed: %v", err)
			}
			c.check(before)
		}
	})
}

// TestCarriersHaveTokensOfTheirOwn: the same dates carried again are no repetition
// of the start that came to nothing.
func TestCarriersHaveTokensOfTheirOwn(t *testing.T) {
	t.Parallel()
	p := record.Plan{Plan: forecast.Plan{
		ID: "bf-1", Pipeline: "demand", State: forecast.PlanActive, Rows: []forecast.PlanRow{{Date: day, State: forecast.RowQueued}, {Date: day + 1, State: forecast.RowQueued}},
	}}
	starts := []plan.StartRow{{Row: p.Plan.Rows[1], Attempt: 1}, {Row: p.Plan.Rows[0], Attempt: 1}}
	now := time.Unix(0, 0).UTC()
	p, err := p.Carry(starts, now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Carry(starts, now); !errors.Is(err, forecast.ErrConflict) {
		t.Errorf("Carry of dates that wait = %v; want a conflict", err)
	}
	if p, err = p.Release(1, func(forecast.ExecutionID) bool { return false }, now); err == nil {
		p, err = p.Carry(starts, now)
	}
	if err != nil {
		t.Fatal(err)
	}
	a, b := p.Carriers[0], p.Carriers[1]
	if a.Name != "2026-01-15-to-2026-01-16-a1" || a.Name != b.Name || a.Token == b.Token || b.Number != 2 || a.Dates[0] != "2026-01-16-a1" {
		t.Errorf("carriers = %+v, %+v", a, b)
	}
	if p, err = p.Carried(2, "arn/run2"); err != nil || p.Carriers[1].ARN != "arn/run2" {
		t.Errorf("Carried = %+v, %v", p.Carriers[1], err)
	}
	if _, err = p.Carried(2, "arn/run3"); !errors.Is(err, forecast.ErrConflict) {
		t.Errorf("Carried by another = %v; want a conflict", err)
	}
}
