package plan

import (
	"fmt"
	"slices"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Decision is one thing that a driver has to do: a [StartRow], a [StopRow], a
// [PublishRow], a [RollbackRow], a [MoveRow] or a [MovePlan]. Each is to be carried out in a transaction of its
// own, in the order in which Next returned them.
//
//sumtype:decl
type Decision interface{ decision() }

// StartRow begins the attempt of a queued row. In one transaction the engine
// takes the date's lease, compares the date once more ([Drift]), makes the
// attempt (see Execution) and moves the row (see Started). If the lease is taken
// or the date is not as expected it does nothing: Next looks again.
type StartRow struct {
	Plan       forecast.PlanID
	Pipeline   string
	Definition string
	Cause      forecast.Cause
	Actor      string
	// Row is the row as it is: Queued.
	Row forecast.PlanRow
	// Attempt is the number of the attempt to make, or of the one to reopen.
	Attempt int
	// Last is the attempt before, whose steps are reused; its Attempt is 0 if
	// there is none.
	Last forecast.Execution
	// MaxOpen is how many attempts of the pipeline may be open with this one
	// among them. The engine counts again in the transaction.
	MaxOpen int
	// Staged says that the attempt builds its generation and does not publish it.
	Staged bool
}

// PublishRow publishes the generation of a staged row. In one transaction the
// engine checks that it would still replace the generation that the row expects
// and that no attempt came after the row's, publishes, and moves the row (see
// Published). If it can't it does nothing: Next looks again.
type PublishRow struct {
	Row   forecast.PlanRow // as it is: Staged
	Actor string
}

// RollbackRow makes the generation current again that a row's replaced, or
// withdraws the partition if there was none. In one transaction the engine checks
// that the row's generation is still current and nobody holds the date, and moves
// the row (see RolledBack). If it can't it does nothing: Next looks again.
type RollbackRow struct {
	Row   forecast.PlanRow // as it is: Succeeded
	Actor string
}

// StopRow stops the attempt of a running row, as forecast.Controller's Stop
// does: from the answer on it publishes nothing. The row moves once it ended.
type StopRow struct {
	Date      calendar.Date
	Execution forecast.ExecutionID
}

// MoveRow moves a row to another state.
type MoveRow struct {
	From forecast.RowState
	Row  forecast.PlanRow // as it is afterwards
}

// MovePlan moves the plan to another state.
type MovePlan struct {
	From, To forecast.PlanState
	Outcome  forecast.Outcome // of a plan that ends
	Reason   string
	At       time.Time
}

func (StartRow) decision() {}
func (StopRow) decision()  {}
func (MoveRow) decision()  {}
func (MovePlan) decision() {}

func (PublishRow) decision()  {}
func (RollbackRow) decision() {}

// Started returns the move of the row whose attempt was made with the given id.
func (d StartRow) Started(id forecast.ExecutionID) MoveRow {
	row := d.Row
	row.State, row.Execution, row.Outcome = forecast.RowRunning, id, ""
	return MoveRow{From: d.Row.State, Row: row}
}

// Settle returns p after a decision. It shares nothing that changes with p. Those
// about attempts and partitions change nothing in the plan by themselves. A decision
// that does not start from p's state wraps forecast.ErrConflict: it came too
// late, and is to be dropped.
func Settle(p forecast.Plan, d Decision) (forecast.Plan, error) {
	switch d := d.(type) {
	case MoveRow:
		return settleRow(p, d)
	case MovePlan:
		return settlePlan(p, d)
	case StartRow, StopRow, PublishRow, RollbackRow:
		return p, nil
	}
	return p, nil
}

func settleRow(p forecast.Plan, d MoveRow) (forecast.Plan, error) {
	i := slices.IndexFunc(p.Rows, func(row forecast.PlanRow) bool { return row.Date == d.Row.Date })
	if i < 0 {
		return p, fmt.Errorf("move row %s of plan %s: %w", d.Row.Date, p.ID, forecast.ErrNotFound)
	}
	if p.Rows[i].State != d.From {
		return p, fmt.Errorf("move row %s of plan %s from %s: %w: it is %s", d.Row.Date, p.ID, d.From, forecast.ErrConflict, p.Rows[i].State)
	}
	p.Rows = slices.Clone(p.Rows)
	p.Rows[i] = d.Row
	return p, nil
}

func settlePlan(p forecast.Plan, d MovePlan) (forecast.Plan, error) {
	if p.State != d.From {
		return p, fmt.Errorf("move plan %s from %s: %w: it is %s", p.ID, d.From, forecast.ErrConflict, p.State)
	}
	p.State, p.Outcome, p.Reason = d.To, d.Outcome, d.Reason
	if d.To == forecast.PlanEnded {
		p.Ended, p.Driver = d.At, ""
	}
	return p, nil
}
