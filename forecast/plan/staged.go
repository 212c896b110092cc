package plan

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/daybatch/daybatch/forecast"
)

// A staged plan builds all its dates before readers see any of them. Its rows
// are Staged when their attempts have succeeded; when none is left to run the plan
// is in Review, and a person publishes or stops it. What it published can be
// taken back as a whole.

// staged reports whether the plan publishes only when it is told to.
func (d *decider) staged() bool { return d.Plan.Request.Publish == forecast.PublishStaged }

// stage returns the row of an attempt e that has built its generation. It is
// published only if nothing has happened to the date since.
func stage(row forecast.PlanRow, e forecast.Execution) forecast.PlanRow {
	row.State, row.Generation, row.ExpectedAttempt = forecast.RowStaged, e.Generation, e.Attempt
	row.Outcome = fmt.Sprintf("built (a%d), not published", e.Attempt)
	return row
}

// published reports whether a row of a staged plan is what readers got from it.
func published(row forecast.PlanRow) bool {
	return row.State == forecast.RowSucceeded && row.Generation != ""
}

// review lays the plan before a person when all that is open is staged.
func (d *decider) review() {
	reviewable := d.Plan.State == forecast.PlanActive || d.Plan.State == forecast.PlanDraining
	if !reviewable || !d.any(forecast.RowStaged) {
		return
	}
	for _, row := range d.Plan.Rows {
		if row.State.Open() && row.State != forecast.RowStaged {
			return
		}
	}
	reason := fmt.Sprintf("%d of %d dates are built: compare them, then publish or stop", d.count(forecast.RowStaged), len(d.Plan.Rows))
	d.decisions = append(d.decisions, d.movePlan(forecast.PlanReview, "", reason))
}

// publish publishes the staged rows, oldest date first. A date to which something
// happened since it was built is left as it is.
func (d *decider) publish() {
	for _, i := range d.inOrder(forecast.RowStaged) {
		row := d.Plan.Rows[i]
		f, ok := d.Facts[row.Date]
		if !ok {
			continue
		}
		if row.Generation != "" && f.Current.Generation == row.Generation {
			// An engine that can't publish and move the row in one transaction died
			// between the two.
			d.move(i, PublishRow{Row: row}.Published().Row)
			continue
		}
		if why := Drift(row, f); why != "" {
			d.move(i, drifted(row, why))
			continue
		}
		d.decisions = append(d.decisions, PublishRow{Row: row, Actor: d.Plan.Request.Actor})
	}
}

// rollBack takes back what the plan published, newest date first. A date that
// somebody has published since is left as it is.
func (d *decider) rollBack() {
	rows := d.inOrder(forecast.RowSucceeded)
	slices.Reverse(rows)
	for _, i := range rows {
		row := d.Plan.Rows[i]
		f, ok := d.Facts[row.Date]
		switch {
		case !ok || !published(row) || f.Last.Attempt > 0 && f.Last.Status.Open():
			continue
		case f.ownGeneration() == row.Replaced: // as above
			d.move(i, RollbackRow{Row: row}.RolledBack().Row)
		case f.Current.Generation != row.Generation:
			d.move(i, drifted(row, fmt.Sprintf("generation %s was published since: it stays", cmp.Or(f.Current.Generation, "none"))))
		default:
			d.decisions = append(d.decisions, RollbackRow{Row: row, Actor: d.Plan.Request.Actor})
		}
	}
}

// inOrder returns the indices of the rows in a state, oldest date first.
func (d *decider) inOrder(state forecast.RowState) []int {
	var rows []int
	for i, row := range d.Plan.Rows {
		if row.State == state {
			rows = append(rows, i)
		}
	}
	slices.SortFunc(rows, func(a, b int) int { return int(d.Plan.Rows[a].Date - d.Plan.Rows[b].Date) })
	return rows
}

// Published returns the move of a staged row that was published in place of the
// generation that was current.
func (d PublishRow) Published() MoveRow {
	row := d.Row
	row.State, row.Replaced = forecast.RowSucceeded, row.ExpectedGeneration
	row.Outcome = "published generation " + row.Generation
	return MoveRow{From: d.Row.State, Row: row}
}

// RolledBack returns the move of a row whose publication was taken back.
func (d RollbackRow) RolledBack() MoveRow {
	row := d.Row
	row.State, row.Outcome = forecast.RowRolledBack, fmt.Sprintf("generation %s is current again", row.Replaced)
	if row.Replaced == "" {
		row.Outcome = "withdrawn: it had no forecast of its own before"
	}
	return MoveRow{From: d.Row.State, Row: row}
}
