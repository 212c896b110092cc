package forecast

import (
	"time"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// DayState is what an operator sees of a date. After an attempt that did not succeed
// it tells of that, also if it could not even begin and the forecast of an earlier one
// is published: that stays, and [Day.Partition] shows it.
type DayState string

// States of a day.
const (
	DayNotDue    DayState = "NotDue"    // not owed, or its time has not come
	DayMissing   DayState = "Missing"   // owed, and nobody has made it
	DayWaiting   DayState = "Waiting"   // the source has no rows for it yet
	DayRunning   DayState = "Running"   // an attempt executes
	DayStopping  DayState = "Stopping"  // an attempt is being stopped
	DaySucceeded DayState = "Succeeded" // its own forecast is published
	DayFailed    DayState = "Failed"    // the last attempt failed, or could not begin
	DayGated     DayState = "Gated"     // the gate refused the last attempt
	DayStopped   DayState = "Stopped"   // the last attempt was stopped
	DayUnknown   DayState = "Unknown"   // an open attempt that nobody is known to run
)

// DayStates returns all states, the ones that need a person first.
func DayStates() []DayState {
	return []DayState{
		DayUnknown, DayFailed, DayGated, DayMissing, DayStopped, DayWaiting,
		DayStopping, DayRunning, DaySucceeded, DayNotDue,
	}
}

// Bad reports whether a day in state s needs a person.
func (s DayState) Bad() bool {
	switch s {
	case DayUnknown, DayFailed, DayGated, DayMissing, DayStopped:
		return true
	default:
		return false
	}
}

// Day is what an operator sees of a date: derived from the calendar, the
// attempts and the published partition.
type Day struct {
	Date  calendar.Date `json:"date"`
	State DayState      `json:"state"`
	// Reason says why the state is not Succeeded: of the last attempt, or of
	// the calendar ("owed since 2026-01-16 06:00 JST, nobody ran it"). Of a stale
	// date that succeeded it says how the inputs changed.
	Reason Reason `json:"reason,omitzero"`
	// Due is when the date became or becomes due; zero if it is not owed.
	Due time.Time `json:"due,omitzero"`
	// Late is by how much the date's own forecast missed or misses its
	// deadline; 0 if it did not.
	Late time.Duration `json:"late,omitempty"`
	// Stale says that the inputs changed after the current generation was made, as
	// far as the engine has looked: an engine whose looks are billed may learn it only
	// when a later date has extracted its rows.
	Stale bool `json:"stale,omitempty"`
	// Attempts is the number of executions of the date.
	Attempts int `json:"attempts"`
	// Last is the last attempt without its Steps; the zero value if none.
	Last Execution `json:"last,omitzero"`
	// Steps are those of the last attempt, in order; nil if none.
	Steps []Step `json:"steps,omitempty"`
	// Metrics are what the gate saw in the last attempt that got that far; nil
	// if none did.
	Metrics Measures `json:"metrics,omitempty"`
	// Partition is the current generation; its Generation is empty if none.
	Partition Partition `json:"partition,omitzero"`
}

// Fallback returns the date whose forecast fills this one, zero if it has its
// own or none.
func (d Day) Fallback() calendar.Date { return d.Partition.FallbackOf }

// StartUp returns how long the steps of the last attempt have waited for their
// processes or machines at now.
func (d Day) StartUp(now time.Time) time.Duration {
	sum := time.Duration(0)
	for _, step := range d.Steps {
		sum += step.StartUp(now)
	}
	return sum
}

// Evaluated returns the metrics if they are those of the last attempt, which is
// what stands beside it; nil if that was not evaluated.
func (d Day) Evaluated() Measures {
	for _, step := range d.Steps {
		judges := step.Name == TrainEvaluation || step.Measures
		if judges && (step.Status.Done() || step.Reason.Class == ReasonGate) {
			return d.Metrics
		}
	}
	return nil
}

// FailedStep returns the first step that failed or was stopped.
func (d Day) FailedStep() (Step, bool) {
	for _, step := range d.Steps {
		if step.Status == StepFailed || step.Status == StepStopped {
			return step, true
		}
	}
	return Step{}, false
}

// DayQuery selects days. The zero query selects the last 30 dates up to the
// newest one that is due.
type DayQuery struct {
	// Range bounds the dates, inclusive; a zero end is open: From opens at the
	// pipeline's start, To at the newest date that is due.
	Range calendar.Range
	// Last keeps only the newest so many dates; 0 means 30 if Range.From is
	// zero, else all.
	Last int
}
