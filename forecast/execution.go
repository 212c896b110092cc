package forecast

import (
	"time"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// ExecutionID identifies an execution within its pipeline. It is opaque.
type ExecutionID string

// Status is the status of an execution, in SageMaker's words.
type Status string

// Statuses of an execution. The first two are open: the execution may change.
const (
	Executing Status = "Executing"
	Stopping  Status = "Stopping"
	Stopped   Status = "Stopped"
	Failed    Status = "Failed"
	Succeeded Status = "Succeeded"
)

// Open reports whether an execution with status s may still change.
func (s Status) Open() bool { return s == Executing || s == Stopping }

// ReasonClass is the kind of a reason. Programs decide by it, never by text.
type ReasonClass string

// Classes of reasons why an execution or a step did not succeed.
const (
	ReasonNone           ReasonClass = ""
	ReasonStep           ReasonClass = "step"           // the step's own code ended with an error
	ReasonGate           ReasonClass = "gate"           // the metrics do not meet the criteria
	ReasonUpstream       ReasonClass = "upstream"       // the source has no rows for the date yet
	ReasonData           ReasonClass = "data"           // the source's rows are wrong
	ReasonTimeout        ReasonClass = "timeout"        // the step ran out of its time
	ReasonLost           ReasonClass = "lost"           // the process vanished: crash, kill, power
	ReasonInfrastructure ReasonClass = "infrastructure" // disk, memory, network
	ReasonConfig         ReasonClass = "config"         // the project's configuration is wrong
	ReasonStopped        ReasonClass = "stopped"        // somebody stopped it
	ReasonConflict       ReasonClass = "conflict"       // another attempt took the date
	ReasonRefused        ReasonClass = "refused"        // it was not allowed to begin: nothing of it ran
)

// Retryable reports whether a step that ended for this class is tried again
// without asking, as far as its options allow.
func (c ReasonClass) Retryable() bool {
	return c == ReasonLost || c == ReasonInfrastructure || c == ReasonTimeout || c == ReasonUpstream
}

// Reason says why something is as it is. Text is one or more lines for people.
type Reason struct {
	Class ReasonClass `json:"class,omitempty"`
	Text  string      `json:"text,omitempty"`
}

// Cause says what started an execution.
type Cause string

// Causes of executions.
const (
	CauseSchedule Cause = "schedule"
	CauseManual   Cause = "manual"
	CauseRerun    Cause = "rerun"
	CauseBackfill Cause = "backfill"
	CauseRetry    Cause = "retry"
	CauseCatchUp  Cause = "catch-up"
	CauseAdopted  Cause = "adopted" // nobody: its generation was found on disk
)

// Execution is one attempt to run the pipeline for one date.
type Execution struct {
	ID           ExecutionID   `json:"id"`
	Pipeline     string        `json:"pipeline"`
	Date         calendar.Date `json:"date"`
	Attempt      int           `json:"attempt"` // 1, 2, 3 ... per date
	Status       Status        `json:"status"`
	UnknownSince time.Time     `json:"unknown_since,omitzero"` // not zero: open, and nobody is known to run it
	Reason       Reason        `json:"reason,omitzero"`
	Cause        Cause         `json:"cause"`
	Actor        string        `json:"actor"` // who asked for it
	Host         string        `json:"host"`  // where it runs
	Definition   string        `json:"definition"`
	Parent       ExecutionID   `json:"parent,omitempty"` // whose steps it reuses
	StartStep    StepName      `json:"start_step"`
	Plan         PlanID        `json:"plan,omitempty"`
	Generation   string        `json:"generation,omitempty"` // what it built, published or not
	Note         string        `json:"note,omitempty"`       // what a reader has to know of it: its date is assumed, it was retried
	Created      time.Time     `json:"created"`
	Started      time.Time     `json:"started,omitzero"`
	Ended        time.Time     `json:"ended,omitzero"`
	// Idle is how long nothing of it ran between its start and its end: it had ended
	// once before, and was retried much later.
	Idle time.Duration `json:"idle,omitzero"`
	// Cost is what its machines were billed, in USD: the time that each worked, by
	// the service's own record, times the price that the project gives. A machine
	// that several dates shared is split between them evenly. It is 0 while it is
	// not known, and where nothing is paid.
	Cost  float64 `json:"cost,omitempty"`
	Steps []Step  `json:"steps"` // in the order they run
}

// Word says how an attempt stands: in the word of its day where that says more than its
// status, which knows of no gate and of no source that lacks rows.
func (e Execution) Word() string {
	switch {
	case !e.UnknownSince.IsZero():
		return string(DayUnknown)
	case e.Status != Failed:
		return string(e.Status)
	case e.Reason.Class == ReasonGate:
		return string(DayGated)
	case e.Reason.Class == ReasonUpstream:
		return string(DayWaiting)
	default:
		return string(e.Status)
	}
}

// StepName names a step of a pipeline.
type StepName string

// The six steps. A project may replace each by its own command.
const (
	Extract         StepName = "Extract"
	PreProc         StepName = "PreProc"
	Train           StepName = "Train"
	TrainEvaluation StepName = "TrainEvaluation"
	Predict         StepName = "Predict"
	PostProc        StepName = "PostProc"
)

// StepNames returns the six steps in the order they run.
func StepNames() []StepName {
	return []StepName{Extract, PreProc, Train, TrainEvaluation, Predict, PostProc}
}

// Needs returns the steps whose outputs a built-in step reads, in the order they
// run; nil of Extract and of a step of the project's own.
func (n StepName) Needs() []StepName {
	switch n {
	case PreProc:
		return []StepName{Extract}
	case Train:
		return []StepName{PreProc}
	case TrainEvaluation, Predict:
		return []StepName{PreProc, Train}
	case PostProc:
		return []StepName{Predict}
	default:
		return nil
	}
}

// StepStatus is the status of a step inside an execution.
type StepStatus string

// Statuses of a step. An execution that ended has none of the first four.
const (
	StepWaiting   StepStatus = "Waiting"
	StepStarting  StepStatus = "Starting"
	StepExecuting StepStatus = "Executing"
	StepStopping  StepStatus = "Stopping"
	StepStopped   StepStatus = "Stopped"
	StepFailed    StepStatus = "Failed"
	StepSucceeded StepStatus = "Succeeded"
	StepReused    StepStatus = "Reused"  // taken over from an earlier execution
	StepSkipped   StepStatus = "Skipped" // never reached
)

// Done reports whether the step's outputs may be used.
func (s StepStatus) Done() bool { return s == StepSucceeded || s == StepReused }

// Open reports whether a step with status s may still change.
func (s StepStatus) Open() bool {
	return s == StepWaiting || s == StepStarting || s == StepExecuting || s == StepStopping
}

// Step is one step of an execution.
type Step struct {
	Name    StepName   `json:"name"`
	Status  StepStatus `json:"status"`
	Tries   int        `json:"tries"` // processes started for it
	Reason  Reason     `json:"reason,omitzero"`
	Created time.Time  `json:"created,omitzero"` // when it was ready to start
	Started time.Time  `json:"started,omitzero"` // when its process ran
	Ended   time.Time  `json:"ended,omitzero"`
	// ReusedFrom is the execution whose outputs it took over.
	ReusedFrom ExecutionID `json:"reused_from,omitempty"`
	Command    []string    `json:"command,omitempty"` // the project's own command; nil: built in
	// Measures says that metrics of the day are from this step, of a pipeline that
	// another team defined.
	Measures bool `json:"measures,omitempty"`
	// Unlogged is the kind of a step that has no log, such as Condition, in the words
	// of the service; empty: it has one.
	Unlogged string `json:"unlogged,omitempty"`
}

// WithoutLog says that the step is of a kind without a log, and what there is of it;
// empty: it has a log.
func (s Step) WithoutLog() string {
	if s.Unlogged == "" {
		return ""
	}
	text := string(s.Name) + " is a step of the kind " + s.Unlogged + ", which has no log: "
	switch {
	case s.Status == StepWaiting:
		text += "it has not begun"
	case s.Status == StepSkipped:
		text += "it was not reached"
	case s.Reason.Text != "":
		text += string(s.Status) + ", " + s.Reason.Text
	default:
		text += string(s.Status)
	}
	return text
}

// Took returns how long the step's process has run at now, 0 before its start.
func (s Step) Took(now time.Time) time.Duration { return span(s.Started, s.Ended, now) }

// StartUp returns how long the step has waited for its process or its machine at
// now; 0 if it was not ready, or taken over.
func (s Step) StartUp(now time.Time) time.Duration {
	if s.Status == StepReused || s.Started.IsZero() && s.Status != StepStarting {
		return 0
	}
	return max(0, span(s.Created, s.Started, now))
}

// Took returns how long the execution has run at now, 0 before its start.
func (e Execution) Took(now time.Time) time.Duration {
	return max(0, span(e.Started, e.Ended, now)-e.Idle)
}

func span(started, ended, now time.Time) time.Duration {
	switch {
	case started.IsZero():
		return 0
	case ended.IsZero():
		return max(0, now.Sub(started))
	default:
		return ended.Sub(started)
	}
}
