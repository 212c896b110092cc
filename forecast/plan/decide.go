package plan

import (
	"fmt"
	"strings"
	"time"

	"github.com/daybatch/daybatch/forecast"
)

// decide says what a request does with a date, and why: the table of day state
// by mode.
func decide(request forecast.PlanRequest, f Facts, rules Rules, now time.Time) (forecast.Action, string) {
	day := Day(f, rules, now)
	switch day.State {
	case forecast.DayNotDue:
		return forecast.ActionSkip, day.Reason.Text
	case forecast.DayRunning:
		return decideRunning(f, day, rules)
	case forecast.DayStopping:
		return forecast.ActionBlock, fmt.Sprintf("until a%d has stopped", f.Last.Attempt)
	case forecast.DayUnknown:
		return forecast.ActionBlock, "until it is known what became of it: " + day.Reason.Text
	case forecast.DayWaiting:
		return decideWaiting(request, f)
	case forecast.DayMissing:
		return forecast.ActionRun, day.Reason.Text
	case forecast.DaySucceeded:
		return decideSucceeded(request, f)
	default:
		return decideFailed(request, f, day, rules)
	}
}

// named reports whether the request names its dates, so that they are run
// whatever a mode would say.
func named(request forecast.PlanRequest) bool {
	return request.Kind != forecast.PlanBackfill || len(request.Dates) > 0 || request.Select != forecast.SelectNone
}

// selected reports whether a selection picks a date.
func selected(selection forecast.Selection, f Facts, rules Rules, now time.Time) bool {
	day := Day(f, rules, now)
	switch selection {
	case forecast.SelectFailed:
		return day.State == forecast.DayFailed || day.State == forecast.DayStopped
	case forecast.SelectGated:
		return day.State == forecast.DayGated
	case forecast.SelectStale:
		return day.State == forecast.DaySucceeded && day.Stale
	default:
		return true
	}
}

// decideRunning joins an attempt that does what the plan would do. Another one
// has to end first.
func decideRunning(f Facts, day forecast.Day, rules Rules) (forecast.Action, string) {
	if f.Last.Definition != rules.Definition {
		return forecast.ActionBlock, fmt.Sprintf("until a%d has ended: it runs another definition, %s", f.Last.Attempt, f.Last.Definition)
	}
	return forecast.ActionJoin, day.Reason.Text
}

// decideWaiting runs a date whose source lacked it if somebody asks for it by
// name, or files have come since: whether they have its rows, Extract finds out.
func decideWaiting(request forecast.PlanRequest, f Facts) (forecast.Action, string) {
	what := f.Lacking
	if f.Last.Attempt > 0 {
		what = fmt.Sprintf("%s (a%d)", failure(f.Last).Text, f.Last.Attempt)
	}
	switch {
	case f.Arrived != "":
		return forecast.ActionRun, what + "; " + f.Arrived
	case named(request):
		return forecast.ActionRun, what
	default:
		return forecast.ActionBlock, "until the source has the date: " + what
	}
}

func decideSucceeded(request forecast.PlanRequest, f Facts) (forecast.Action, string) {
	what := succeeded(f)
	switch {
	case request.Kind == forecast.PlanRun:
		return forecast.ActionSkip, "already " + what + "; rerun makes a new attempt"
	case request.Retry != "":
		return forecast.ActionSkip, what + " since"
	case request.Select == forecast.SelectStale:
		return forecast.ActionRun, what + "; " + f.stale()
	case named(request):
		return forecast.ActionRun, what + ", asked for again"
	case request.Mode == forecast.ModeAll:
		return forecast.ActionRun, what + ", and the mode is all"
	case f.Stale:
		return forecast.ActionSkip, "already " + what + "; " + f.stale() + ", so a rerun may differ"
	default:
		return forecast.ActionSkip, "already " + what
	}
}

// succeeded says which attempt made the current generation: "succeeded (a2)".
func succeeded(f Facts) string {
	if f.Bare {
		return fmt.Sprintf("succeeded (a%d)", f.Last.Attempt)
	}
	if f.Current.Attempt > 0 {
		return fmt.Sprintf("succeeded (a%d)", f.Current.Attempt)
	}
	return "succeeded (generation " + f.Current.Generation + ")"
}

// decideFailed is about days whose last attempt failed, was gated or stopped. A
// schedule doesn't repeat what failed, or a double tick would run it twice.
func decideFailed(request forecast.PlanRequest, f Facts, day forecast.Day, rules Rules) (forecast.Action, string) {
	what := ended(f, day)
	switch {
	case request.Kind == forecast.PlanRun && request.Cause == forecast.CauseSchedule:
		return forecast.ActionSkip, what + "; rerun makes a new attempt"
	case named(request), request.Mode == forecast.ModeAll:
		return forecast.ActionRun, what
	case request.Mode == forecast.ModeMissing:
		return forecast.ActionSkip, what + "; not in this mode"
	case day.State != forecast.DayGated:
		return forecast.ActionRun, what
	case f.Last.Definition != rules.Definition:
		return forecast.ActionRun, what + "; the definition changed since"
	case f.renewed() != "":
		return forecast.ActionRun, what + "; " + f.renewed()
	case f.Stale || sourceChanged(f):
		return forecast.ActionRun, what + "; the inputs changed since"
	default:
		return forecast.ActionSkip, what + "; same inputs: the gate would refuse again"
	}
}

// sourceChanged reports whether the rows that the last attempt extracted are
// known to be no longer those of the source.
func sourceChanged(f Facts) bool {
	return len(f.Reusable) > 0 && f.Reusable[0].Step == forecast.Extract && !f.Reusable[0].Good
}

// ended says how the last attempt ended: "failed at Train (a2)".
func ended(f Facts, day forecast.Day) string {
	word := strings.ToLower(string(day.State))
	if step, ok := day.FailedStep(); ok {
		return fmt.Sprintf("%s at %s (a%d)", word, step.Name, f.Last.Attempt)
	}
	return fmt.Sprintf("%s (a%d)", word, f.Last.Attempt)
}
