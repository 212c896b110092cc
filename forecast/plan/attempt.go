package plan

import (
	"slices"
	"time"

	"github.com/daybatch/daybatch/forecast"
)

// Execution returns the attempt that the decision asks for, as it is when it is
// made at now: Executing, its reused steps Reused, the others Waiting and the
// first of these ready. The engine adds each step's Command.
func (d StartRow) Execution(id forecast.ExecutionID, host string, now time.Time) forecast.Execution {
	e := forecast.Execution{
		ID:         id,
		Pipeline:   d.Pipeline,
		Date:       d.Row.Date,
		Attempt:    d.Attempt,
		Status:     forecast.Executing,
		Cause:      d.Cause,
		Actor:      d.Actor,
		Host:       host,
		Definition: d.Definition,
		StartStep:  d.Row.StartStep,
		Plan:       d.Plan,
		Created:    now,
		Started:    now,
	}
	if len(d.Row.Reused) > 0 {
		e.Parent = d.Last.ID
	}
	for _, name := range forecast.StepNames() {
		step := forecast.Step{Name: name, Status: forecast.StepWaiting}
		if slices.Contains(d.Row.Reused, name) {
			step.Status, step.ReusedFrom = forecast.StepReused, d.Last.ID
			if before, ok := stepOf(d.Last, name); ok && before.ReusedFrom != "" {
				step.ReusedFrom = before.ReusedFrom
			}
		}
		if name == e.StartStep {
			step.Created = now
		}
		e.Steps = append(e.Steps, step)
	}
	return e
}

func stepOf(e forecast.Execution, name forecast.StepName) (forecast.Step, bool) {
	for _, step := range e.Steps {
		if step.Name == name {
			return step, true
		}
	}
	return forecast.Step{}, false
}

// End returns e as it is when it ends at now: of its open steps the ones that
// never began are Skipped, and the one that was at work is Stopped with the same
// reason. A step that failed is to be marked before.
func End(e forecast.Execution, status forecast.Status, reason forecast.Reason, now time.Time) forecast.Execution {
	e.Status, e.Reason, e.Ended = status, reason, now
	e.UnknownSince = time.Time{}
	e.Steps = slices.Clone(e.Steps)
	for i := range e.Steps {
		step := &e.Steps[i]
		switch step.Status {
		case forecast.StepWaiting:
			step.Status, step.Created = forecast.StepSkipped, time.Time{}
		case forecast.StepStarting, forecast.StepExecuting, forecast.StepStopping:
			step.Status, step.Reason, step.Ended = forecast.StepStopped, reason, now
		default:
		}
	}
	return e
}

// Interrupt returns e as it is when its driver ended under it at now, by a
// signal or a crash: see [Interrupted].
func Interrupt(e forecast.Execution, text string, now time.Time) forecast.Execution {
	return End(e, forecast.Failed, forecast.Reason{Class: forecast.ReasonLost, Text: text}, now)
}

// Interrupted reports whether e ended because its driver did: it is Failed with
// class lost, and none of its steps is Failed. A row whose attempt was
// interrupted is queued again. A step whose own process vanished is Failed, and
// its attempt is no interrupted one.
func Interrupted(e forecast.Execution) bool {
	return e.Status == forecast.Failed && e.Reason.Class == forecast.ReasonLost &&
		!slices.ContainsFunc(e.Steps, func(s forecast.Step) bool { return s.Status == forecast.StepFailed })
}
