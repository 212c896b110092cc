package plan

import (
	"fmt"
	"strings"

	"github.com/daybatch/daybatch/forecast"
)

// end ends the plan if no row of it is open any more.
func (d *decider) end() {
	if len(OpenDates(d.Plan)) > 0 || d.Plan.State == forecast.PlanReview {
		return
	}
	outcome := outcomeOf(d.Plan)
	d.decisions = append(d.decisions, d.movePlan(forecast.PlanEnded, outcome, summary(d.Plan)))
}

// outcomeOf returns how a plan without open rows came out. Skipped rows count
// for nothing: there was nothing to do.
func outcomeOf(p forecast.Plan) forecast.Outcome {
	var good, failed, left int
	for _, row := range p.Rows {
		switch row.State {
		case forecast.RowSucceeded:
			good++
		case forecast.RowFailed, forecast.RowGated, forecast.RowWaiting, forecast.RowDrifted:
			failed++
		case forecast.RowStopped, forecast.RowCancelled:
			left++
		default:
		}
	}
	switch {
	case p.State == forecast.PlanRollingBack:
		return forecast.OutcomeRolledBack
	case p.State == forecast.PlanStopping:
		return forecast.OutcomeStopped
	case failed+left == 0:
		return forecast.OutcomeSucceeded
	case good > 0:
		return forecast.OutcomePartly
	case failed > 0:
		return forecast.OutcomeFailed
	default:
		return forecast.OutcomeStopped
	}
}

// summary counts a plan's rows: "28 succeeded, 1 failed (2026-01-09)". At most
// three dates are named.
func summary(p forecast.Plan) string {
	var parts []string
	for _, state := range []forecast.RowState{
		forecast.RowSucceeded, forecast.RowFailed, forecast.RowGated, forecast.RowWaiting, forecast.RowStopped,
		forecast.RowDrifted, forecast.RowCancelled, forecast.RowRolledBack, forecast.RowSkipped,
	} {
		var dates []string
		for _, row := range p.Rows {
			if row.State == state {
				dates = append(dates, row.Date.String())
			}
		}
		if len(dates) == 0 {
			continue
		}
		part := fmt.Sprintf("%d %s", len(dates), state.Word())
		if state != forecast.RowSucceeded && state != forecast.RowSkipped {
			if len(dates) > 3 {
				dates = append(dates[:3], "...")
			}
			part += " (" + strings.Join(dates, ", ") + ")"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}
