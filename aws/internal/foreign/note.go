package foreign

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/runs"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Notes are what is written down about the attempts of a date that daybatch asked
// for. Its methods return the notes as they are after a change, and share nothing
// that changes with it.
type Notes struct {
	Date    calendar.Date     `json:"date"`
	Notes   []Note            `json:"notes,omitempty"`
	Stopped map[string]string `json:"stopped,omitempty"` // who stopped an execution, by its id
}

// Note is about one start, or one retry, of an execution.
type Note struct {
	ID  string `json:"id"` // among the notes of all dates
	Way Way    `json:"way"`
	// Run is the ARN of SageMaker's execution; empty until it is known to have
	// started.
	Run   string `json:"run,omitempty"`
	Name  string `json:"name,omitempty"`  // its display name
	Token string `json:"token,omitempty"` // of the start
	// Parameters, Source and Selected are those of the start: see runs.Start.
	Parameters map[string]string `json:"parameters,omitempty"`
	Source     string            `json:"source,omitempty"`
	Selected   []string          `json:"selected,omitempty"`
	// Seen is when an execution that is retried had changed last, when it was asked
	// for.
	Seen time.Time `json:"seen,omitzero"`

	Cause      forecast.Cause    `json:"cause"`
	Actor      string            `json:"actor"`
	Host       string            `json:"host"`
	Plan       forecast.PlanID   `json:"plan,omitempty"`
	Definition string            `json:"definition"`
	StartStep  forecast.StepName `json:"start_step,omitempty"`
	Created    time.Time         `json:"created"`
	// Refused says why nothing was started, since Ended; its class is empty if
	// something was, or may be.
	Refused forecast.Reason `json:"refused,omitzero"`
	Ended   time.Time       `json:"ended,omitzero"`
	// Withdrawn says that another execution of the date was earlier, so that this one
	// was stopped at once and is no attempt.
	Withdrawn bool `json:"withdrawn,omitempty"`
}

// Holder is who asked, user@host.
func (n Note) Holder() string { return n.Actor + "@" + n.Host }

// Add returns the notes with one more.
func (n Notes) Add(note Note) Notes {
	n.Notes = append(slices.Clone(n.Notes), note)
	return n
}

// Note returns the note with an id.
func (n Notes) Note(id string) (Note, bool) {
	i := slices.IndexFunc(n.Notes, func(note Note) bool { return note.ID == id })
	if i < 0 {
		return Note{}, false
	}
	return n.Notes[i], true
}

// Change returns the notes with one changed.
func (n Notes) Change(id string, change func(*Note)) Notes {
	n.Notes = slices.Clone(n.Notes)
	for i := range n.Notes {
		if n.Notes[i].ID == id {
			change(&n.Notes[i])
		}
	}
	return n
}

// Stop returns the notes with who stopped an execution.
func (n Notes) Stop(run, actor string) Notes {
	n.Stopped = maps.Clone(n.Stopped)
	if n.Stopped == nil {
		n.Stopped = make(map[string]string)
	}
	n.Stopped[run] = actor
	return n
}

// Execution is an execution that SageMaker lists, with the date that it is for.
type Execution struct {
	runs.Run

	Date    calendar.Date
	Assumed string            // why its date is not certain; empty if it is
	Given   map[string]string // its parameters, if they were asked for
}

// Attempt is an attempt of a date.
type Attempt struct {
	Number int
	// Run is its execution; the zero value if none is known yet, or none was started.
	Run Execution
	// Note is what was written down about its start, nil if somebody else started it.
	Note *Note
	// Retry is the last retry of it that was asked for, nil if none was.
	Retry *Note
}

// Started reports whether SageMaker has an execution for the attempt.
func (a Attempt) Started() bool { return a.Run.ARN != "" }

// Refused reports whether SageMaker did not start it.
func (a Attempt) Refused() bool { return a.Note != nil && a.Note.Refused.Class != "" }

// Status is how the attempt stands, before its steps are looked at. One that was
// asked to go on and has not begun to is open.
func (a Attempt) Status() forecast.Status {
	switch {
	case a.Refused():
		return forecast.Failed
	case !a.Started():
		return forecast.Executing
	case a.Reopening():
		return forecast.Executing
	default:
		return a.Run.Status
	}
}

// Reopening reports whether SageMaker was asked to go on with the execution and
// has not been seen to.
func (a Attempt) Reopening() bool {
	return a.Retry != nil && a.Retry.Refused.Class == "" && !a.Run.Status.Open() &&
		!a.Run.Changed.IsZero() && !a.Run.Changed.After(a.Retry.Seen)
}

// Last returns the note about the last thing that was asked for, nil if nothing
// was.
func (a Attempt) Last() *Note {
	if a.Retry != nil {
		return a.Retry
	}
	return a.Note
}

// Number returns the attempts of a date, oldest first: of executions that are for
// it, in any order, and of notes. An attempt keeps its number: notes count from
// when they were written.
func Number(executions []Execution, notes Notes) []Attempt {
	known := make(map[string]Execution, len(executions))
	for _, x := range executions {
		known[x.ID()] = x
	}
	var attempts []Attempt
	for _, note := range notes.Notes {
		run := note.run(executions)
		x, ok := known[run]
		switch {
		case note.Way == Retry:
			continue
		case note.Withdrawn:
			delete(known, run)
			continue
		case ok:
			delete(known, run)
		case note.Run != "": // the list does not have it yet
			x = Execution{Run: runs.Run{ARN: note.Run, Name: note.Name, Status: forecast.Executing, Started: note.Created}}
		}
		attempts = append(attempts, Attempt{Run: x, Note: &note})
	}
	for _, x := range known {
		attempts = append(attempts, Attempt{Run: x})
	}
	slices.SortFunc(attempts, func(a, b Attempt) int {
		return cmp.Or(a.created().Compare(b.created()), strings.Compare(a.Run.ID(), b.Run.ID()))
	})
	for i := range attempts {
		attempts[i].Number = i + 1
		for _, note := range notes.Notes {
			if note.Way == Retry && attempts[i].Started() && naming.RunID(note.Run) == attempts[i].Run.ID() {
				attempts[i].Retry = &note
			}
		}
	}
	return attempts
}

// run returns the execution of a note: also of one whose starter died before it
// was written down, which has its name.
func (n Note) run(executions []Execution) string {
	if n.Run != "" || n.Name == "" || n.Refused.Class != "" {
		return naming.RunID(n.Run)
	}
	for _, x := range executions {
		if x.Name == n.Name {
			return x.ID()
		}
	}
	return ""
}

func (a Attempt) created() time.Time {
	if a.Note != nil {
		return a.Note.Created
	}
	return a.Run.Started
}

// Open returns the first attempt that is open, and false if none is.
func Open(attempts []Attempt) (Attempt, bool) {
	i := slices.IndexFunc(attempts, func(a Attempt) bool { return a.Status().Open() })
	if i < 0 {
		return Attempt{}, false
	}
	return attempts[i], true
}

// After returns an instant that is not before now and after all attempts have
// begun: clocks of operators and of AWS differ, and a number stays.
func After(attempts []Attempt, now time.Time) time.Time {
	for _, a := range attempts {
		if begun := a.created(); !now.After(begun) {
			now = begun.Add(time.Millisecond)
		}
	}
	return now
}
