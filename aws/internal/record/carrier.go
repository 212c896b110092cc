package record

import (
	"fmt"
	"slices"
	"time"

	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/plan"
)

// Carrier is an execution that works through several dates of a plan, one after
// the other, on one machine.
//
//	driver: Carry -> StartPipelineExecution -> Carried
//	job:    Turn (row Running) -> Take of the date -> steps -> publication -> Turn ...
//	driver: the execution has ended -> Release
//
// It is part of the plan's document, so that to go on to a date and to pause or
// stop the plan exclude each other: once the plan is not Active no date is begun
// any more, and a row that is Queued runs nowhere. Nobody has to be told.
//
// A date that waits in a carrier is nobody else's to start. It is Queued, and has
// no attempt, until the job comes to it: what is shown as running is running.
type Carrier struct {
	Number int `json:"number"` // in the plan, from 1
	// Name is the display name of the execution, and Token that of its start.
	Name  string `json:"name"`
	Token string `json:"token"`
	// ARN is SageMaker's execution; empty until it is known to have started.
	ARN string `json:"arn,omitempty"`
	// Dates are the attempts that it was made for, in the order in which it makes
	// them, and Waiting those that it has not come to.
	Dates   []forecast.ExecutionID `json:"dates"`
	Waiting []forecast.ExecutionID `json:"waiting,omitempty"`
	Created time.Time              `json:"created"`
	Began   time.Time              `json:"began,omitzero"` // with its first date: it had its machine
	Ended   time.Time              `json:"ended,omitzero"` // it comes to no date any more
}

// Open reports whether a carrier may still come to a date.
func (c Carrier) Open() bool { return c.Ended.IsZero() }

// Waits reports whether a carrier is to come to dates, and so keeps a slot while
// it works at none.
func (c Carrier) Waits() bool { return c.Open() && len(c.Waiting) > 0 }

// Has reports whether an attempt is one that the carrier was made for.
func (c Carrier) Has(id forecast.ExecutionID) bool { return slices.Contains(c.Dates, id) }

// Carrier returns a carrier of the plan by its number.
func (p Plan) Carrier(n int) (Carrier, error) {
	if n < 1 || n > len(p.Carriers) {
		return Carrier{}, fmt.Errorf("carrier %d of plan %s: %w", n, p.Plan.ID, forecast.ErrNotFound)
	}
	return p.Carriers[n-1], nil
}

// Carry adds a carrier for rows, in their order. Rows that are not Queued any
// more, or wait in another carrier, are left out; with none left it wraps
// forecast.ErrConflict.
func (p Plan) Carry(rows []plan.StartRow, now time.Time) (Plan, error) {
	c := Carrier{Number: len(p.Carriers) + 1, Created: now}
	var names []naming.Name
	var words []string
	for _, start := range rows {
		d := start.Row.Date
		id := naming.ExecutionID(d, start.Attempt)
		if row, ok := p.Plan.Row(d); !ok || row.State != forecast.RowQueued || p.carried(d) {
			continue
		}
		c.Dates = append(c.Dates, id)
		names = append(names, naming.Name{First: d, Last: d, Attempt: start.Attempt})
		words = append(words, string(id))
	}
	if len(names) == 0 || p.Plan.State != forecast.PlanActive {
		return p, fmt.Errorf("start dates of plan %s: %w: it has changed", p.Plan.ID, forecast.ErrConflict)
	}
	first := slices.MinFunc(names, byDate)
	c.Name = naming.Range(first.First, slices.MaxFunc(names, byDate).Last, first.Attempt)
	c.Token = naming.RangeToken(p.Plan.Pipeline, naming.Carrier(p.Plan.ID, c.Number), words)
	c.Waiting = slices.Clone(c.Dates)
	p.Carriers = append(slices.Clone(p.Carriers), c)
	return p, nil
}

func byDate(a, b naming.Name) int { return int(a.First - b.First) }

// carried reports whether a date waits in a carrier.
func (p Plan) carried(d calendar.Date) bool {
	return slices.ContainsFunc(p.Carriers, func(c Carrier) bool {
		return c.Open() && slices.ContainsFunc(c.Waiting, func(id forecast.ExecutionID) bool { return dateOf(id) == d })
	})
}

// dateOf returns the date of an attempt.
func dateOf(id forecast.ExecutionID) calendar.Date {
	name, _ := naming.ParseName(string(id))
	return name.First
}

// Carried records which execution of SageMaker a carrier is.
func (p Plan) Carried(n int, arn string) (Plan, error) {
	c, err := p.Carrier(n)
	switch {
	case err != nil:
		return p, err
	case c.ARN == arn:
		return p, ErrUnchanged
	case c.ARN != "" && naming.RunID(c.ARN) != naming.RunID(arn):
		return p, fmt.Errorf("record that %s started: %w: it is %s", c.Name, forecast.ErrConflict, c.ARN)
	}
	c.ARN = arn
	return p.with(c), nil
}

// with returns the plan with a carrier replaced.
func (p Plan) with(c Carrier) Plan {
	p.Carriers = slices.Clone(p.Carriers)
	p.Carriers[c.Number-1] = c
	return p
}

// Turn is what a carrier does next.
type Turn struct {
	// Start is the date to begin, or to go on with; its Attempt is 0 if there is
	// none, and the carrier has Ended.
	Start plan.StartRow
	Token string // of the carrier
	Name  string
}

// Turn goes on to the next date of carrier n. Past are the facts of the dates
// whose rows are Running and whose attempts have ended: their rows end here, which
// may pause the plan. Unless the plan is Active then, no further date is begun.
func (p Plan) Turn(n int, past map[calendar.Date]plan.Facts, now time.Time) (Plan, Turn, error) {
	c, err := p.Carrier(n)
	if err != nil {
		return p, Turn{}, err
	}
	if !c.Open() {
		return p, Turn{}, ErrUnchanged
	}
	for _, decision := range plan.Ended(plan.Snapshot{Plan: p.Plan, Facts: past}, now) {
		if p.Plan, err = plan.Settle(p.Plan, decision); err != nil {
			return p, Turn{}, err //nolint:wrapcheck // it names the plan
		}
	}
	turn := Turn{Token: c.Token, Name: c.Name}
	row, ok := p.begun(c)
	if !ok {
		row, c.Waiting, ok = p.next(c)
	}
	if !ok {
		c.Waiting, c.Ended = nil, now
		return p.with(c), turn, nil
	}
	if c.Began.IsZero() {
		c.Began = now
	}
	turn.Start = p.start(row)
	if row.State == forecast.RowQueued {
		move := turn.Start.Started(naming.ExecutionID(row.Date, turn.Start.Attempt))
		if p.Plan, err = plan.Settle(p.Plan, move); err != nil {
			return p, Turn{}, err //nolint:wrapcheck // as above
		}
	}
	return p.with(c), turn, nil
}

// begun returns the row that a carrier has begun: its job was killed, and started
// again.
func (p Plan) begun(c Carrier) (forecast.PlanRow, bool) {
	for _, row := range p.Plan.Rows {
		if row.State == forecast.RowRunning && c.Has(row.Execution) {
			return row, true
		}
	}
	return forecast.PlanRow{}, false
}

// next returns the row of a carrier to begin, and which dates wait behind it.
func (p Plan) next(c Carrier) (forecast.PlanRow, []forecast.ExecutionID, bool) {
	if p.Plan.State != forecast.PlanActive {
		return forecast.PlanRow{}, nil, false
	}
	return p.waiting(c)
}

// First returns the decision that begins the first date that waits in a carrier.
func (p Plan) First(c Carrier) (plan.StartRow, bool) {
	row, _, ok := p.waiting(c)
	return p.start(row), ok
}

// Works reports whether a carrier works at a date.
func (p Plan) Works(c Carrier) bool {
	_, ok := p.begun(c)
	return ok
}

// Waits reports whether dates wait in carriers of the plan.
func (p Plan) Waits() bool { return slices.ContainsFunc(p.Carriers, Carrier.Waits) }

// waiting returns the row of the first date that waits in a carrier and can be
// begun, and which dates wait behind it.
func (p Plan) waiting(c Carrier) (forecast.PlanRow, []forecast.ExecutionID, bool) {
	for i, id := range c.Waiting {
		row, ok := p.Plan.Row(dateOf(id))
		if ok && row.State == forecast.RowQueued && id == naming.ExecutionID(row.Date, row.ExpectedAttempt+1) {
			return row, slices.Clone(c.Waiting[i+1:]), true
		}
	}
	return forecast.PlanRow{}, nil, false
}

// start returns the decision that begins a row.
func (p Plan) start(row forecast.PlanRow) plan.StartRow {
	return plan.StartRow{
		Plan: p.Plan.ID, Pipeline: p.Plan.Pipeline, Definition: p.Plan.Definition, Cause: p.Plan.Request.Cause, Actor: p.Plan.Request.Actor,
		Row: row, Attempt: row.ExpectedAttempt + 1, Staged: p.Plan.Request.Publish == forecast.PublishStaged,
	}
}

// Return gives back a row that a carrier could not begin: what its driver makes
// of it depends on what has happened to the date.
func (p Plan) Return(id forecast.ExecutionID) (Plan, error) {
	p.Plan.Rows = slices.Clone(p.Plan.Rows)
	for i := range p.Plan.Rows {
		row := &p.Plan.Rows[i]
		if row.State == forecast.RowRunning && row.Execution == id {
			row.State, row.Execution = forecast.RowQueued, ""
			return p, nil
		}
	}
	return p, ErrUnchanged
}

// Release ends carrier n, whose execution comes to no date any more. Made says
// which attempts there are: a row whose attempt was not made is Queued again, as
// the ones are that wait.
func (p Plan) Release(n int, made func(forecast.ExecutionID) bool, now time.Time) (Plan, error) {
	c, err := p.Carrier(n)
	if err != nil {
		return p, err
	}
	if !c.Open() {
		return p, ErrUnchanged
	}
	for _, id := range c.Dates {
		if made(id) {
			continue
		}
		if next, err := p.Return(id); err == nil {
			p = next
		}
	}
	c.Waiting, c.Ended = nil, now
	return p.with(c), nil
}
