package forecast

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// PlanID identifies a plan: a hash of its content and creation time.
type PlanID string

// PlanKind says which request a plan answers.
type PlanKind string

// Kinds of plans.
const (
	PlanRun      PlanKind = "run"      // run one date that is due, as the schedule would
	PlanRerun    PlanKind = "rerun"    // a new attempt for dates
	PlanBackfill PlanKind = "backfill" // make the dates of a range good
)

// Mode says which dates of a range a backfill runs.
type Mode string

// Modes of a backfill.
const (
	ModeMissing          Mode = "missing"
	ModeMissingAndFailed Mode = "missing-and-failed"
	ModeAll              Mode = "all"
)

// Selection picks the dates of a range whose day is in a state. A plan with a
// selection runs exactly those.
type Selection string

// Selections.
const (
	SelectNone   Selection = ""
	SelectFailed Selection = "failed" // Failed or Stopped
	SelectGated  Selection = "gated"
	SelectStale  Selection = "stale" // Succeeded, and the inputs changed since
)

// PublishMode says when the dates of a plan are published.
type PublishMode string

// Publish modes of a plan.
const (
	PublishEach   PublishMode = ""       // every date when it is done
	PublishStaged PublishMode = "staged" // all dates are built and checked first, then published by a verb
)

// Order says which dates of a plan run first.
type Order string

// Orders of a plan.
const (
	NewestFirst Order = "newest"
	OldestFirst Order = "oldest"
)

// StartFrom says where a rerun starts. The zero value starts whole dates.
type StartFrom string

// Starts of a rerun. Any step's name is a StartFrom too.
const (
	StartWhole      StartFrom = ""
	StartFailedStep StartFrom = "failed"
)

// PlanRequest asks for a plan.
type PlanRequest struct {
	Kind        PlanKind        `json:"kind"`
	Range       calendar.Range  `json:"range,omitzero"`  // inclusive; of a backfill
	Dates       []calendar.Date `json:"dates,omitempty"` // explicit dates; then Range and Mode are ignored
	Mode        Mode            `json:"mode,omitempty"`
	Select      Selection       `json:"select,omitempty"` // of the range's dates; then Mode is ignored
	Start       StartFrom       `json:"start,omitempty"`
	Publish     PublishMode     `json:"publish,omitempty"`      // default PublishEach
	Order       Order           `json:"order,omitempty"`        // default NewestFirst
	MaxActive   int             `json:"max_active,omitempty"`   // dates at once; 0: the pipeline's limit
	MaxFailures int             `json:"max_failures,omitempty"` // 0: the pipeline's limit
	Chunk       int             `json:"chunk,omitempty"`        // dates that one step process works through; 0: the pipeline's limit
	Retry       PlanID          `json:"retry,omitempty"`        // plan whose rows that did not succeed are asked for again
	Cause       Cause           `json:"cause"`
	Actor       string          `json:"actor"`
}

// Action is what a plan does with a date.
type Action string

// Actions of a plan's rows.
const (
	ActionRun   Action = "RUN"
	ActionJoin  Action = "JOIN"  // an attempt that serves is running: wait for it
	ActionSkip  Action = "SKIP"  // nothing to do, the reason says why
	ActionBlock Action = "BLOCK" // can't run now; looked at again until it can
)

// PlanState is the state of a plan.
type PlanState string

// States of a plan. Draft becomes Active when applied. Ended is final, but for a
// staged plan that published: it can be rolled back.
const (
	PlanDraft       PlanState = "Draft"
	PlanActive      PlanState = "Active"
	PlanPaused      PlanState = "Paused"
	PlanDraining    PlanState = "Draining"    // running rows end, nothing new starts
	PlanStopping    PlanState = "Stopping"    // running rows are being stopped
	PlanReview      PlanState = "Review"      // a staged plan whose rows are built: waits for publish or stop
	PlanPublishing  PlanState = "Publishing"  // staged rows are being published, in date order
	PlanRollingBack PlanState = "RollingBack" // published rows are being taken back, newest date first
	PlanEnded       PlanState = "Ended"
)

// Outcome is how an ended plan came out.
type Outcome string

// Outcomes of a plan.
const (
	OutcomeNone      Outcome = ""
	OutcomeSucceeded Outcome = "succeeded"
	OutcomePartly    Outcome = "partly" // some rows did not succeed
	OutcomeFailed    Outcome = "failed" // no row that ran succeeded
	OutcomeStopped   Outcome = "stopped"

	OutcomeRolledBack Outcome = "rolled back"
)

// RowState is the state of a plan's row.
type RowState string

// States of a row.
const (
	RowPlanned   RowState = "Planned"   // the plan is a draft
	RowQueued    RowState = "Queued"    // waits for a slot
	RowRunning   RowState = "Running"   // its attempt is open
	RowStaged    RowState = "Staged"    // open: built and checked, not published
	RowSucceeded RowState = "Succeeded" // final, like all below but Blocked
	RowFailed    RowState = "Failed"
	RowGated     RowState = "Gated"
	RowWaiting   RowState = "Waiting" // its attempt found no rows for the date in the source
	RowStopped   RowState = "Stopped"
	RowJoined    RowState = "Joined"    // ends as the attempt it joined ends; open until then
	RowSkipped   RowState = "Skipped"   // nothing to do
	RowBlocked   RowState = "Blocked"   // open: its condition may clear
	RowDrifted   RowState = "Drifted"   // the date changed after the plan was made: not run
	RowCancelled RowState = "Cancelled" // the plan ended first

	RowRolledBack RowState = "RolledBack" // what it published was taken back
)

// Word returns s as it stands in a sentence after a number of dates.
func (s RowState) Word() string {
	switch s {
	case RowRolledBack:
		return "rolled back"
	case RowWaiting:
		return "waiting for the source"
	default:
		return strings.ToLower(string(s))
	}
}

// Open reports whether a row in state s may still change.
func (s RowState) Open() bool {
	switch s {
	case RowPlanned, RowQueued, RowRunning, RowStaged, RowJoined, RowBlocked:
		return true
	default:
		return false
	}
}

// PlanRow is what a plan does with one date, and how far it is.
type PlanRow struct {
	Date   calendar.Date `json:"date"`
	Action Action        `json:"action"`
	Reason string        `json:"reason"`
	// ExpectedAttempt and ExpectedGeneration are the date's last attempt and its
	// own current generation, which a fallback is not, when the plan was made. If they differ when the row is
	// to start, the row is Drifted.
	ExpectedAttempt    int        `json:"expected_attempt"`
	ExpectedGeneration string     `json:"expected_generation,omitempty"`
	StartStep          StepName   `json:"start_step,omitempty"`
	Reused             []StepName `json:"reused,omitempty"`
	// Reopens is the date's last attempt, if that goes on where it failed in the
	// place of a new one.
	Reopens  ExecutionID   `json:"reopens,omitempty"`
	Estimate time.Duration `json:"estimate,omitempty"` // 0: unknown

	State     RowState    `json:"state"`
	Execution ExecutionID `json:"execution,omitempty"` // its attempt, or the one it joined
	Outcome   string      `json:"outcome,omitempty"`   // why it ended as it did
	// Generation is what its attempt built in a staged plan, and Replaced what
	// was current when that was published; both are empty otherwise.
	Generation string `json:"generation,omitempty"`
	Replaced   string `json:"replaced,omitempty"`
}

// Estimate is what a plan is expected to take, from the history of good days, and
// where that tells nothing from assumptions.
type Estimate struct {
	Wall time.Duration `json:"wall"`           // 0: unknown
	Days int           `json:"days,omitempty"` // good days the estimate stands on
	// AtMost says that those days had a process for each step, and the plan's
	// share processes: they will take less.
	AtMost bool `json:"at_most,omitempty"`
	// Cost is what the machines are expected to be billed, in USD; 0: unknown, or
	// nothing is paid.
	Cost float64 `json:"cost,omitempty"`
	// Hours is for how many hours of a machine that is, those of several machines added;
	// 0: unknown, or there is none.
	Hours float64 `json:"instance_hours,omitempty"`
	// Assumed says what is taken for granted because no good day tells of it; empty:
	// nothing.
	Assumed string `json:"assumed,omitempty"`
}

// Choice is a way to spread the dates of a plan over machines, where a machine has
// to start before it works.
type Choice struct {
	// Layout is the name of the way; empty: it has none.
	Layout string `json:"layout,omitempty"`
	// Needs is what has to be changed before dates run so; empty: nothing.
	Needs  string `json:"needs,omitempty"`
	Chunk  int    `json:"chunk"`  // most dates that one machine works through, one after the other; 1: each has its own
	Starts int    `json:"starts"` // of machines
	// Machines is how many a date takes, one for each of its steps; 0: one for all.
	Machines int `json:"machines,omitempty"`
	Estimate     // of the whole plan
}

// Plan says for each date what will happen and why; applying it runs that very
// object. Rows come in the order they run.
type Plan struct {
	ID          PlanID      `json:"id"`
	Pipeline    string      `json:"pipeline"`
	Definition  string      `json:"definition"` // hash the plan was made under
	Request     PlanRequest `json:"request"`
	MaxActive   int         `json:"max_active"`
	MaxFailures int         `json:"max_failures"`
	Chunk       int         `json:"chunk,omitempty"` // dates that one step process works through; 0 and 1: one
	Created     time.Time   `json:"created"`
	Rows        []PlanRow   `json:"rows"`
	Estimate    Estimate    `json:"estimate"`
	// Calls names what is asked of a service for the rows, and how often; empty: nothing.
	Calls string `json:"calls,omitempty"`
	// Choices are ways to run a backfill's dates, to compare: machines of each date's
	// own, and shared ones. It is empty where nothing has to start.
	Choices []Choice `json:"choices,omitempty"`

	State   PlanState `json:"state"`
	Outcome Outcome   `json:"outcome,omitempty"`
	Reason  string    `json:"reason,omitempty"` // why it is paused or how it ended
	Driver  string    `json:"driver,omitempty"` // user@host that drives it now
	Ended   time.Time `json:"ended,omitzero"`
}

// Shown returns p as people are shown it: rows that wait in a plan which starts nothing
// any more are cancelled, though whoever drives it may have yet to say so.
func (p Plan) Shown() Plan {
	outcome := map[PlanState]string{PlanDraining: "the plan was drained", PlanStopping: "the plan was stopped"}[p.State]
	if outcome == "" {
		return p
	}
	p.Rows = slices.Clone(p.Rows)
	for i, row := range p.Rows {
		if row.State == RowQueued || row.State == RowBlocked {
			p.Rows[i].State, p.Rows[i].Outcome = RowCancelled, outcome
		}
	}
	return p
}

// Takes reports whether a choice is the way that the plan takes.
func (p Plan) Takes(c Choice) bool { return c.Needs == "" && c.Chunk == max(1, p.Chunk) }

// Count returns how many rows have the action.
func (p Plan) Count(action Action) int {
	n := 0
	for _, row := range p.Rows {
		if row.Action == action {
			n++
		}
	}
	return n
}

// Row returns the row of date d.
func (p Plan) Row(d calendar.Date) (PlanRow, bool) {
	for _, row := range p.Rows {
		if row.Date == d {
			return row, true
		}
	}
	return PlanRow{}, false
}

// Dates returns the dates of the rows, in their order.
func (p Plan) Dates() []calendar.Date {
	dates := make([]calendar.Date, len(p.Rows))
	for i, row := range p.Rows {
		dates[i] = row.Date
	}
	return dates
}

// Retry returns the request for a new plan of the rows that did not succeed, with
// the dates as they are written in p. It is ErrInvalid if there are none, or if
// some may still succeed.
func (p Plan) Retry() (PlanRequest, error) {
	request := p.Request
	request.Range, request.Mode, request.Select, request.Dates = calendar.Range{}, "", SelectNone, nil
	request.Kind, request.Retry, request.Cause = PlanBackfill, p.ID, CauseRetry
	for _, row := range p.Rows {
		switch row.State {
		case RowFailed, RowGated, RowWaiting, RowStopped, RowDrifted, RowCancelled:
			request.Dates = append(request.Dates, row.Date)
		default:
		}
	}
	switch {
	case p.State != PlanEnded:
		return request, fmt.Errorf("retry plan %s: %w: it is %s: wait for its end, or stop it", p.ID, ErrInvalid, p.State)
	case len(request.Dates) == 0:
		return request, fmt.Errorf("retry plan %s: %w: all its dates succeeded or were skipped", p.ID, ErrInvalid)
	}
	return request, nil
}

// PlanVerb changes a plan that was applied, or removes one that was not.
type PlanVerb string

// Verbs on a plan.
const (
	VerbPause  PlanVerb = "pause"  // start nothing more; running rows go on
	VerbResume PlanVerb = "resume" // start again
	VerbDrain  PlanVerb = "drain"  // start nothing more and end when running rows have ended
	VerbStop   PlanVerb = "stop"   // stop running rows and end; staged generations are discarded

	VerbPublish  PlanVerb = "publish"  // publish the staged rows of a plan in review
	VerbRollback PlanVerb = "rollback" // publish again what a staged plan replaced

	VerbDiscard PlanVerb = "discard" // remove a draft that nobody wants
)

// StopAnswer is what a stop achieved.
type StopAnswer struct {
	Execution ExecutionID `json:"execution"`
	// TooLate says that the attempt had already published Generation; otherwise
	// it publishes nothing any more.
	TooLate    bool   `json:"too_late"`
	Generation string `json:"generation,omitempty"`
	// Note says what the stop does not do, where the engine can't promise that
	// nothing is published; empty: it can.
	Note string `json:"note,omitempty"`
}
