package plan_test

import (
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/plan"
)

// The tests stand at noon of 2026-02-10 in Tokyo, over a pipeline that owes
// every date of January and February.

func jan(n int) calendar.Date { return calendar.Of(2026, time.January, n) }

func tokyo(tb testing.TB) *time.Location {
	tb.Helper()
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		tb.Fatal(err)
	}
	return zone
}

func noon(tb testing.TB) time.Time {
	tb.Helper()
	return time.Date(2026, time.February, 10, 12, 0, 0, 0, tokyo(tb))
}

func rulesFor(tb testing.TB) plan.Rules {
	tb.Helper()
	return plan.Rules{
		Zone: tokyo(tb), Definition: "d1", Pipeline: "demand", MaxActive: 2, MaxFailures: 3,
		Typical: time.Minute, TypicalDays: 9,
	}
}

func calendarOf(tb testing.TB, change func(*forecast.Definition)) plan.Calendar {
	tb.Helper()
	def := forecast.Definition{
		Pipeline: "demand", Timezone: "Asia/Tokyo", Schedule: "cron(0 6 * * ? *)", LagDays: 1,
		LateAfter: "09:00", Start: jan(1), End: jan(59),
	}
	if change != nil {
		change(&def)
	}
	c, err := plan.NewCalendar(def)
	if err != nil {
		tb.Fatalf("NewCalendar = %v; want nil", err)
	}
	return c
}

// attempt returns an attempt of a date that ended at a step: the steps before it
// are Succeeded, the ones after it Skipped.
//
//nolint:revive // one value for each thing that the tests vary
func attempt(d calendar.Date, n int, status forecast.Status, at forecast.StepName, class forecast.ReasonClass, text string) forecast.Execution {
	e := forecast.Execution{
		ID: forecast.ExecutionID(d.String() + "-" + string(rune('0'+n))), Date: d, Attempt: n, Status: status,
		Actor: "aki", Host: "forge", Definition: "d1", Created: d.UTC().Add(30 * time.Hour),
	}
	if status == forecast.Failed || status == forecast.Stopped {
		e.Reason = forecast.Reason{Class: class, Text: text}
	}
	stepStatus := forecast.StepSucceeded
	for _, name := range forecast.StepNames() {
		step := forecast.Step{Name: name, Status: stepStatus}
		if name == at {
			step.Status = map[forecast.Status]forecast.StepStatus{
				forecast.Failed: forecast.StepFailed, forecast.Stopped: forecast.StepStopped,
				forecast.Executing: forecast.StepExecuting, forecast.Stopping: forecast.StepStopping,
			}[status]
			step.Reason = e.Reason
			stepStatus = forecast.StepSkipped
			if status.Open() {
				stepStatus = forecast.StepWaiting
			}
		}
		e.Steps = append(e.Steps, step)
	}
	return e
}

func succeeded(d calendar.Date, n int) forecast.Execution {
	return attempt(d, n, forecast.Succeeded, "", "", "")
}

func generation(e forecast.Execution) forecast.Partition {
	return forecast.Partition{
		Date: e.Date, Generation: "g" + string(e.ID), Kind: forecast.GenerationOwn, Current: true,
		Execution: e.ID, Attempt: e.Attempt,
	}
}

// known returns the facts of a date whose last attempt is e; none if e has no
// number.
func known(tb testing.TB, d calendar.Date, e forecast.Execution) plan.Facts {
	tb.Helper()
	f := calendarOf(tb, nil).Facts(d)
	f.Last = e
	if e.Attempt > 0 && e.Status.Open() {
		f.Holder = "aki@forge"
	}
	if e.Attempt > 0 && e.Status == forecast.Succeeded {
		f.Current = generation(e)
	}
	for _, step := range e.Steps {
		if step.Status.Done() {
			f.Reusable = append(f.Reusable, plan.StepProof{Step: step.Name, Good: true})
		}
	}
	return f
}

// inState returns the facts of a date in a given state.
func inState(tb testing.TB, d calendar.Date, state forecast.DayState) plan.Facts {
	tb.Helper()
	switch state {
	case forecast.DayNotDue:
		f := known(tb, d, forecast.Execution{})
		f.Owed, f.NotOwed = false, "not owed: a test says so"
		return f
	case forecast.DayWaiting:
		return known(tb, d, attempt(d, 2, forecast.Failed, forecast.Extract, forecast.ReasonUpstream, "no rows"))
	case forecast.DayRunning:
		return known(tb, d, attempt(d, 2, forecast.Executing, forecast.Train, "", ""))
	case forecast.DayStopping:
		return known(tb, d, attempt(d, 2, forecast.Stopping, forecast.Train, "", ""))
	case forecast.DaySucceeded:
		return known(tb, d, succeeded(d, 2))
	case forecast.DayFailed:
		return known(tb, d, attempt(d, 2, forecast.Failed, forecast.Train, forecast.ReasonStep, "boom"))
	case forecast.DayGated:
		return known(tb, d, attempt(d, 2, forecast.Failed, forecast.TrainEvaluation, forecast.ReasonGate, "wape 0.4 > 0.3"))
	case forecast.DayStopped:
		return known(tb, d, attempt(d, 2, forecast.Stopped, forecast.Train, forecast.ReasonStopped, "stopped by kei"))
	case forecast.DayUnknown:
		f := known(tb, d, attempt(d, 2, forecast.Executing, forecast.Train, "", ""))
		f.Last.UnknownSince, f.Holder = noon(tb), ""
		return f
	default:
		return known(tb, d, forecast.Execution{})
	}
}
