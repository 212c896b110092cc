// Package news finds what people and dashboards are to be told. It makes no calls.
//
// Nothing is noted when it happens: jobs do the work, and no process of ours need
// be there. What is to be told follows from the records of dates and plans, and the
// outbox remembers what was. So a message is neither lost with a process nor told
// twice by two.
package news

import (
	"fmt"
	"slices"
	"time"

	"github.com/daybatch/daybatch/aws/internal/dashboard"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/alert"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/plan"
)

// State is what is on record.
type State struct {
	Dates map[string]record.Date // by their names
	Plans map[string]record.Plan
	// Changes are the newest of what readers see, of dates that are not about to
	// change again.
	Changes []dashboard.Change
	Outbox  record.Outbox
	Now     time.Time
}

// Notices returns what is to be told that is not in the outbox yet.
func (s State) Notices() []alert.Notice {
	var all []alert.Notice
	add := func(n alert.Notice, ok bool) {
		if ok && !s.Outbox.Has(n.Key) && s.Now.Sub(n.At) < alert.Stale {
			all = append(all, n)
		}
	}
	for _, r := range s.Dates {
		add(s.trouble(r))
		add(s.recovered(r))
	}
	for _, p := range s.Plans {
		add(ofPlan(p))
	}
	add(s.refresh())
	slices.SortFunc(all, func(a, b alert.Notice) int { return a.At.Compare(b.At) })
	return all
}

// trouble is how the last attempt of a date failed, unless its plan reports for it.
func (s State) trouble(r record.Date) (alert.Notice, bool) {
	a := r.Last()
	switch class := a.Reason.Class; {
	case r.Open() || a.Status != forecast.Failed || plan.Interrupted(a.Execution):
		return alert.Notice{}, false // it goes on, or is repeated by itself
	case class == forecast.ReasonUpstream || class == forecast.ReasonConflict:
		return alert.Notice{}, false // it waits, or it is another's: late tells if that lasts
	case class == forecast.ReasonRefused && r.Own() != "":
		return alert.Notice{}, false // nothing is worse than before
	case len(s.Plans[string(a.Plan)].Plan.Rows) > 1:
		return alert.Notice{}, false
	case class == forecast.ReasonGate:
		return ofDate(alert.Gated, a.Execution, a.Ended), true
	default:
		return ofDate(alert.Failed, a.Execution, a.Ended), true
	}
}

func ofDate(kind alert.Kind, x forecast.Execution, at time.Time) alert.Notice {
	return alert.Notice{Kind: kind, Date: x.Date, Attempt: x.Attempt, Plan: x.Plan, Key: fmt.Sprintf("%s/%d/%s", x.Date, x.Attempt, kind), At: at}
}

// recovered is that a date is good about which people were told something else.
func (s State) recovered(r record.Date) (alert.Notice, bool) {
	told, ok := s.Outbox.Told(r.Date)
	g := r.Generations[r.Current]
	if !ok || told.Kind == alert.Recovered || len(r.Publications) == 0 || g == nil || g.Kind != forecast.GenerationOwn {
		return alert.Notice{}, false
	}
	last := r.Publications[len(r.Publications)-1]
	a, err := r.Attempt(g.Attempt)
	if err != nil || last.Kind != record.KindPublish || last.At.Before(told.At) {
		return alert.Notice{}, false
	}
	return ofDate(alert.Recovered, a.Execution, last.At), true
}

// ofPlan is that a plan of several dates ended, paused, or waits for review.
func ofPlan(p record.Plan) (alert.Notice, bool) {
	state := p.Plan.State
	told := state == forecast.PlanEnded || state == forecast.PlanPaused || state == forecast.PlanReview
	if len(p.Plan.Rows) < 2 || !told || p.Since.IsZero() {
		return alert.Notice{}, false
	}
	key := fmt.Sprintf("%s/%s/%d", p.Plan.ID, state, p.Since.UnixMilli())
	return alert.Notice{Kind: alert.Backfill, Plan: p.Plan.ID, Key: key, At: p.Since}, true
}

// refresh is that readers see something that dashboards were not told of. One that
// nobody has begun to send is about what comes now too.
func (s State) refresh() (alert.Notice, bool) {
	var newer []dashboard.Change
	for _, c := range s.Changes {
		if c.At.After(s.Outbox.Refreshed) {
			newer = append(newer, c)
		}
	}
	waits := slices.ContainsFunc(s.Outbox.Open(), func(n alert.Notice) bool { return n.Kind == alert.Refresh && len(n.Deliveries) == 0 })
	if len(newer) == 0 || waits {
		return alert.Notice{}, false
	}
	newest := slices.MaxFunc(newer, func(a, b dashboard.Change) int { return a.At.Compare(b.At) })
	n := alert.Notice{Kind: alert.Refresh, Key: fmt.Sprintf("%s/%d", alert.Refresh, newest.At.UnixMilli()), At: newest.At}
	if len(newer) == 1 {
		n.Date = newest.Date
	}
	return n, true
}

// Late is that a date has no forecast of its own at its deadline.
func Late(d calendar.Date, deadline time.Time) alert.Notice {
	return alert.Notice{Kind: alert.Late, Date: d, Key: fmt.Sprintf("%s/%s", d, alert.Late), At: deadline}
}
