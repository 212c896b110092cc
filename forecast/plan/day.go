package plan

import (
	"fmt"
	"time"

	"github.com/daybatch/daybatch/forecast"
)

// Day returns what an operator sees of a date at now. It shares the steps, the
// metrics and everything else behind a pointer with f.
//
// The state is that of the first rule that matches:
//
//  1. the last attempt is open and nobody is known to run it: Unknown
//  2. the last attempt is Stopping or Executing: Stopping, Running
//  3. the last attempt made the current generation: Succeeded
//  4. the last attempt Failed by the gate, for want of source rows, or
//     otherwise, or was Stopped: Gated, Waiting, Failed, Stopped
//  5. an own generation is current: Succeeded
//  6. not owed or not yet due: NotDue
//  7. the source is known to have nothing for the date yet: Waiting
//  8. otherwise: Missing
//
// A fallback is no own generation: a hole that it fills is still owed.
func Day(f Facts, r Rules, now time.Time) forecast.Day {
	day := forecast.Day{
		Date:      f.Date,
		Late:      late(f, now),
		Stale:     f.Stale,
		Attempts:  f.Last.Attempt,
		Metrics:   f.Metrics,
		Partition: f.Current,
	}
	if f.Owed {
		day.Due = f.Due
	}
	if f.Last.Attempt > 0 {
		day.Last, day.Steps = f.Last, f.Last.Steps
		day.Last.Steps = nil
	}
	day.State, day.Reason = dayState(f, r, now)
	return day
}

func dayState(f Facts, r Rules, now time.Time) (forecast.DayState, forecast.Reason) {
	last := f.Last
	switch {
	case last.Attempt > 0 && last.Status.Open():
		return openState(f, r)
	case f.Bare && last.Attempt > 0 && last.Status == forecast.Succeeded:
		return forecast.DaySucceeded, forecast.Reason{}
	case f.own() && last.Attempt > 0 && f.Current.Execution == last.ID:
		return forecast.DaySucceeded, doubt(f)
	case f.own() && last.Reason.Class == forecast.ReasonRefused:
		return forecast.DaySucceeded, doubt(f) // nothing ran, so that nothing is worse than before
	case last.Attempt > 0 && last.Status != forecast.Succeeded:
		return endedState(f)
	case f.own():
		return forecast.DaySucceeded, doubt(f)
	case !f.Owed:
		return forecast.DayNotDue, forecast.Reason{Text: f.NotOwed}
	case now.Before(f.Due):
		return forecast.DayNotDue, forecast.Reason{Text: "due " + clockText(f.Due, r)}
	case f.Lacking != "" && last.Attempt == 0:
		return forecast.DayWaiting, forecast.Reason{Class: forecast.ReasonUpstream, Text: f.Lacking}
	default:
		return forecast.DayMissing, forecast.Reason{Text: missing(f, r)}
	}
}

// doubt says of a date that succeeded how its inputs have changed since.
func doubt(f Facts) forecast.Reason {
	if !f.Stale {
		return forecast.Reason{}
	}
	return forecast.Reason{Text: f.stale()}
}

// own reports whether a generation that is no fallback is current.
func (f Facts) own() bool {
	return f.Current.Generation != "" && f.Current.Kind != forecast.GenerationFallback
}

// ownGeneration returns the current generation, empty if that is none of the
// date's own: a fallback may come at any time, and nothing that is planned waits
// for it or is hindered by it.
func (f Facts) ownGeneration() string {
	if !f.own() {
		return ""
	}
	return f.Current.Generation
}

func openState(f Facts, r Rules) (forecast.DayState, forecast.Reason) {
	last := f.Last
	switch {
	case !last.UnknownSince.IsZero():
		return forecast.DayUnknown, forecast.Reason{
			Class: forecast.ReasonLost,
			Text:  fmt.Sprintf("nobody is known to run a%d since %s", last.Attempt, clockText(last.UnknownSince, r)),
		}
	case last.Status == forecast.Stopping:
		return forecast.DayStopping, forecast.Reason{
			Class: forecast.ReasonStopped,
			Text:  fmt.Sprintf("a%d is being stopped", last.Attempt),
		}
	default:
		return forecast.DayRunning, forecast.Reason{
			Text: fmt.Sprintf("a%d by %s since %s", last.Attempt, who(f), clockText(last.Created, r)),
		}
	}
}

// who names who runs the open attempt of f.
func who(f Facts) string {
	switch {
	case f.Holder != "":
		return f.Holder
	case f.Last.Actor == "":
		return "somebody"
	case f.Last.Host == "":
		return f.Last.Actor
	default:
		return f.Last.Actor + "@" + f.Last.Host
	}
}

// endedState returns the state of a date whose last attempt did not succeed. If it
// may do better now that the source is another, the reason says so.
func endedState(f Facts) (forecast.DayState, forecast.Reason) {
	state, reason := endState(f.Last), failure(f.Last)
	hint := ""
	switch state {
	case forecast.DayGated:
		hint = f.renewed()
	case forecast.DayWaiting:
		hint = f.Arrived
	default:
	}
	if hint != "" {
		reason.Text += "; " + hint + ": rerun"
	}
	return state, reason
}

func endState(e forecast.Execution) forecast.DayState {
	switch {
	case e.Status == forecast.Stopped:
		return forecast.DayStopped
	case e.Reason.Class == forecast.ReasonGate:
		return forecast.DayGated
	case e.Reason.Class == forecast.ReasonUpstream:
		return forecast.DayWaiting
	default:
		return forecast.DayFailed
	}
}

// failure returns why e did not succeed: its first failed or stopped step's name
// and reason, or its own reason if it ended outside of a step.
func failure(e forecast.Execution) forecast.Reason {
	reason := e.Reason
	step, ok := forecast.Day{Steps: e.Steps}.FailedStep()
	if !ok {
		return reason
	}
	if reason.Class == forecast.ReasonNone {
		reason.Class = step.Reason.Class
	}
	text := step.Reason.Text
	if text == "" {
		text = e.Reason.Text
	}
	if text == "" {
		text = "no reason given"
	}
	reason.Text = string(step.Name) + ": " + text
	return reason
}

func missing(f Facts, r Rules) string {
	since := "owed since " + clockText(f.Due, r)
	switch {
	case f.Last.Attempt == 0:
		return since + ", nobody ran it"
	case f.Last.Generation == "":
		return fmt.Sprintf("%s, a%d succeeded without a partition", since, f.Last.Attempt)
	default:
		return fmt.Sprintf("%s, generation %s of a%d is not published", since, f.Last.Generation, f.Last.Attempt)
	}
}

// late returns by how much the date missed its deadline, or misses it at now.
func late(f Facts, now time.Time) time.Duration {
	if f.Deadline.IsZero() {
		return 0
	}
	if !f.FirstOwn.IsZero() {
		now = f.FirstOwn
	}
	return max(0, now.Sub(f.Deadline))
}

// clockText writes an instant in the pipeline's zone: "2026-01-16 06:00 JST".
func clockText(t time.Time, r Rules) string {
	if r.Zone != nil {
		t = t.In(r.Zone)
	}
	return t.Format("2006-01-02 15:04 MST")
}
