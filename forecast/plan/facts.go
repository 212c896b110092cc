package plan

import (
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Facts is what is known about one date: the snapshot that states and plans are
// derived from.
type Facts struct {
	Date calendar.Date
	// Owed says that the schedule, the pipeline's start and its end make the
	// date due at Due.
	Owed bool
	Due  time.Time
	// NotOwed says why the date is not owed, for people; empty if it is.
	NotOwed string
	// Deadline is when the date becomes late; zero if it never does.
	Deadline time.Time
	// Last is the attempt with the highest number, with its steps; its Attempt
	// is 0 if there is none.
	Last forecast.Execution
	// Current is the current generation; its Generation is empty if none.
	Current forecast.Partition
	// FirstOwn is when the date first had an own generation; zero if never.
	FirstOwn time.Time
	// Metrics are those of the newest attempt that was evaluated.
	Metrics forecast.Measures
	// Stale says that the inputs changed after Current was made, and StaleWhy how,
	// for people.
	Stale    bool
	StaleWhy string
	// Lacking says why the source is known to have no rows for the date yet, for
	// people; empty if it is not known, or has them. It is about dates whose last
	// attempt did not say so itself.
	Lacking string
	// Arrived says which files of the source are new or changed since Last looked
	// at it, for people: "data/orders/2026-10-03.csv arrived since". Lost says
	// which it saw and are no longer there. Both are empty if there are none, or
	// if it isn't known.
	Arrived, Lost string
	// Holder is who holds the date's lease, user@host; empty if nobody.
	Holder string
	// Reusable says for the steps of Last, in order, whether their outputs still
	// prove good. It is needed for plans that start from a step and for rows
	// whose attempt was interrupted; without it whole dates are run.
	Reusable []StepProof
	// Bare says that nothing is known of what the pipeline publishes: the last
	// attempt makes the date if it succeeds. Current is empty then, and FirstOwn when
	// an attempt first succeeded.
	Bare bool
	// Restart is how the next attempt begins, where the engine decides that for what
	// was asked for; nil: by Reusable.
	Restart *Restart
}

// Restart is how an attempt begins and what it takes over from the last one.
type Restart struct {
	Step   forecast.StepName
	Reused []forecast.StepName
	// Reopens is the last attempt, if that goes on in the place of a new one.
	Reopens forecast.ExecutionID
	// Why says what the reader has to know about it: that it isn't where it was
	// asked for; empty if nothing.
	Why string
}

// StepProof says whether a step's recorded outputs may be used again.
type StepProof struct {
	Step forecast.StepName
	Good bool
	Why  string // why not: "model.json is gone", "data/orders.csv changed since"
}

// renewed says how the source differs from what the last attempt saw of it,
// empty if it is not known to.
func (f Facts) renewed() string {
	if f.Arrived == "" || f.Lost == "" {
		return f.Arrived + f.Lost
	}
	return f.Arrived + ", " + f.Lost
}

// stale says how the inputs of the current generation changed.
func (f Facts) stale() string {
	if f.StaleWhy == "" {
		return "its inputs changed since"
	}
	return f.StaleWhy
}

// Rules are the settings that decisions depend on.
type Rules struct {
	Zone       *time.Location
	Definition string // hash of the definition that runs now
	Pipeline   string
	// Steps are those of the pipeline, in their order; nil: the six.
	Steps       []forecast.StepName
	MaxActive   int
	MaxFailures int
	// Reserved is how many of MaxActive are kept for dates that the schedule
	// starts, while one is due or about to be.
	Reserved int
	// Chunk is how many dates one step process of a backfill works through.
	Chunk int
	// Typical is how long the last good days took whose steps had a process each
	// (median), and TypicalDays how many they were; 0 if unknown.
	Typical     time.Duration
	TypicalDays int
	// TypicalShared and TypicalSharedDays are the same of days whose steps shared
	// a process.
	TypicalShared     time.Duration
	TypicalSharedDays int
	// Work is what each step is of a date's work, all together 1, by the last good
	// days whose steps had a process each; nil if unknown.
	Work map[forecast.StepName]float64
	// StartUp is how long a machine takes to start (median), and Starts how many start
	// for a date that shares none, one after the other: 0 and 1 for all its steps, else
	// one for each. Typical has all of them, TypicalShared none: dates that share one
	// wait for it once. StartUp is 0 where nothing has to start.
	StartUp time.Duration
	Starts  int
	// TypicalCost is what a machine was billed for a date (median of the last good
	// days), in USD; 0: unknown, or nothing is paid. To start costs nothing.
	TypicalCost float64
	// TypicalHours is for how many hours of machines that was (median); 0: unknown.
	TypicalHours float64
	// Assumed says which of these are taken for granted because no good day tells of
	// them, for people; empty: none.
	Assumed string
	// Layouts are the ways to spread the steps of dates over machines, in the order in
	// which they are shown, that of the pipeline among them. Empty: there is one.
	Layouts []Layout
}
