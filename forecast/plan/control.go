package plan

import (
	"fmt"
	"slices"
	"time"

	"github.com/daybatch/daybatch/forecast"
)

// Activate returns the draft p as it is once applied. A plan that is no draft
// any more is returned as it is.
func Activate(p forecast.Plan) forecast.Plan {
	if p.State != forecast.PlanDraft {
		return p
	}
	p.State = forecast.PlanActive
	p.Rows = slices.Clone(p.Rows)
	for i := range p.Rows {
		row := &p.Rows[i]
		if row.State != forecast.RowPlanned {
			continue
		}
		switch row.Action {
		case forecast.ActionRun:
			row.State = forecast.RowQueued
		case forecast.ActionJoin:
			row.State = forecast.RowJoined
		case forecast.ActionBlock:
			row.State = forecast.RowBlocked
		case forecast.ActionSkip:
			row.State, row.Outcome = forecast.RowSkipped, row.Reason
		}
	}
	return p
}

// Control returns p after a verb of a person. What the verb means for the rows
// is for [Next] to decide. A verb that p's state does not allow wraps
// forecast.ErrConflict, one that is unknown forecast.ErrInvalid.
func Control(p forecast.Plan, verb forecast.PlanVerb, actor string) (forecast.Plan, error) {
	type move struct {
		from []forecast.PlanState
		to   forecast.PlanState
		did  string
	}
	moves := map[forecast.PlanVerb]move{
		forecast.VerbPause:  {[]forecast.PlanState{forecast.PlanActive}, forecast.PlanPaused, "paused"},
		forecast.VerbResume: {[]forecast.PlanState{forecast.PlanPaused}, forecast.PlanActive, ""},
		forecast.VerbDrain:  {[]forecast.PlanState{forecast.PlanActive, forecast.PlanPaused}, forecast.PlanDraining, "drained"},
		forecast.VerbStop: {
			[]forecast.PlanState{
				forecast.PlanActive, forecast.PlanPaused, forecast.PlanDraining, forecast.PlanReview, forecast.PlanPublishing,
			},
			forecast.PlanStopping, "stopped",
		},
		forecast.VerbPublish:  {[]forecast.PlanState{forecast.PlanReview}, forecast.PlanPublishing, "published"},
		forecast.VerbRollback: {[]forecast.PlanState{forecast.PlanEnded}, forecast.PlanRollingBack, "rolled back"},
		forecast.VerbDiscard:  {[]forecast.PlanState{forecast.PlanDraft}, forecast.PlanDraft, ""}, // then it is removed
	}
	m, ok := moves[verb]
	switch {
	case !ok:
		return p, fmt.Errorf("%w: %q is no verb of a plan: use pause, resume, drain, stop, publish, rollback or discard", forecast.ErrInvalid, verb)
	case p.State == forecast.PlanDraft && verb != forecast.VerbDiscard:
		return p, fmt.Errorf("%s plan %s: %w: it was never applied", verb, p.ID, forecast.ErrConflict)
	case !slices.Contains(m.from, p.State):
		return p, fmt.Errorf("%s plan %s: %w: it is %s", verb, p.ID, forecast.ErrConflict, p.State)
	}
	if verb == forecast.VerbRollback && !slices.ContainsFunc(p.Rows, published) {
		return p, fmt.Errorf("%s plan %s: %w: it published nothing as a whole: only a staged plan can be rolled back", verb, p.ID, forecast.ErrConflict)
	}
	p.State, p.Reason = m.to, ""
	p.Outcome, p.Ended = forecast.OutcomeNone, time.Time{}
	if m.did != "" && actor != "" {
		p.Reason = m.did + " by " + actor
	}
	return p, nil
}
