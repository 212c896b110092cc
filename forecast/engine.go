package forecast

import (
	"context"
	"io"
	"time"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// Pipeline describes a pipeline to front ends.
type Pipeline struct {
	Name       string        `json:"name"`
	Engine     string        `json:"engine"` // local or sagemaker
	Place      string        `json:"place"`  // directory, or region and account
	Timezone   string        `json:"timezone"`
	Schedule   string        `json:"schedule,omitempty"`
	LateAfter  string        `json:"late_after,omitempty"`
	Start      calendar.Date `json:"start,omitzero"` // first owed date
	End        calendar.Date `json:"end,omitzero"`   // last owed date; zero: none
	Newest     calendar.Date `json:"newest"`         // newest date that is due now
	Next       calendar.Date `json:"next,omitzero"`  // date that becomes due next; zero: none does within a year
	NextDue    time.Time     `json:"next_due,omitzero"`
	Production bool          `json:"production"`
	ReadOnly   bool          `json:"read_only"`
	Steps      []StepName    `json:"steps"`
	Table      string        `json:"table"`
	Series     []string      `json:"series,omitempty"` // series columns
	Horizon    int           `json:"horizon"`
	Levels     []int         `json:"levels"`
	Gate       Gate          `json:"gate"`
	MaxActive  int           `json:"max_active"`
	Notes      []string      `json:"notes,omitempty"` // what the reader must know of all that is shown
	Mark       string        `json:"mark,omitempty"`  // a word for every screen, as the engine is not what its name says: SIMULATED
	Chunk      int           `json:"chunk,omitempty"` // dates of a backfill that one step process works through
	// Foreign is the name of the pipeline in its account, where another team defined
	// it: it has steps of its own, and nothing is known of what it publishes. Empty: it
	// is daybatch's own.
	Foreign string `json:"foreign,omitempty"`
}

// Describer tells what is operated.
type Describer interface {
	Pipeline(ctx context.Context) (Pipeline, error)
}

// Dashboard is how far a dashboard is that is refreshed after publications.
type Dashboard struct {
	Name string `json:"name"` // of its data set
	// Read is when it began to read what it shows; zero: it has never been read.
	Read time.Time `json:"read,omitzero"`
	// Behind is of how many dates readers see something newer.
	Behind     int    `json:"behind"`
	Refreshing bool   `json:"refreshing"`
	Reason     string `json:"reason,omitempty"` // why it stays behind; empty: it does not
}

// DashboardReader tells how far the dashboard is. Not every engine does.
type DashboardReader interface {
	// Dashboard returns an error wrapping ErrNotFound if the pipeline has none.
	Dashboard(ctx context.Context) (Dashboard, error)
}

// DayReader reads days and attempts.
type DayReader interface {
	// Days returns the selected days, newest first, one per date without holes.
	Days(ctx context.Context, query DayQuery) ([]Day, error)
	// Executions returns the attempts of a date, oldest first; none is no error.
	Executions(ctx context.Context, date calendar.Date) ([]Execution, error)
	// Execution returns one attempt, or an error wrapping ErrNotFound.
	Execution(ctx context.Context, id ExecutionID) (Execution, error)
}

// LogReader reads the logs of steps.
type LogReader interface {
	// Logs opens a log. An execution that is not there is ErrNotFound; a step
	// that has not started yet has an empty log, which is no error.
	Logs(ctx context.Context, query LogQuery) (LogStream, error)
}

// ResultReader reads what executions made.
type ResultReader interface {
	RealisedReader
	Exporter
	// Evaluation returns what the gate saw in an execution. It wraps ErrNotFound
	// if the execution did not get that far.
	Evaluation(ctx context.Context, id ExecutionID) (Evaluation, error)
	// Forecasts returns the forecasts of a generation of a date ordered by series. It
	// wraps ErrNotFound if the date has no partition, or no such generation.
	Forecasts(ctx context.Context, query SeriesQuery) ([]SeriesForecast, error)
	// Partitions returns generations, newest date first, current ones first.
	Partitions(ctx context.Context, query PartitionQuery) ([]Partition, error)
	// Query runs a read-only query. A statement that would change something is
	// ErrInvalid.
	Query(ctx context.Context, query TableQuery) (Table, error)
}

// Cursor is a position in the stream of events; empty is now.
type Cursor string

// Event says that days or plans have changed and carries them as they are now,
// so that a lost event costs a read and not a wrong screen.
type Event struct {
	Cursor Cursor
	At     time.Time
	Days   []Day
	Plans  []Plan
}

// Subscription is a pulled stream of events.
type Subscription interface {
	// Next waits for the next event. ErrLagged: read a fresh snapshot, then go on.
	Next(ctx context.Context) (Event, error)
	// Close ends the subscription.
	Close() error
}

// Easer is a subscription that can look for changes less often while nobody
// looks at the screen.
type Easer interface {
	// Ease looks times less often than usual from now on; 1: as usual, and at once.
	Ease(times int)
}

// Polled is a subscription that looks for changes from time to time: what it told
// last is as old as its last look. One that is told of each change is none.
type Polled interface {
	// Looked returns when it looked last and saw all, by the caller's clock.
	Looked() time.Time
}

// Watcher tells what changes, whoever changes it.
type Watcher interface {
	// Watch subscribes to the events after a cursor.
	Watch(ctx context.Context, after Cursor) (Subscription, error)
}

// Planner turns requests into plans and applies them.
type Planner interface {
	// Plan makes a plan and stores it as a draft. Nothing else changes. A
	// request that makes no sense (from after to, no dates) is ErrInvalid.
	Plan(ctx context.Context, request PlanRequest) (Plan, error)
	// Apply makes a draft active: its rows are run by whoever drives. Applying a
	// plan again changes nothing and returns it as it is.
	Apply(ctx context.Context, id PlanID) (Plan, error)
	// Plans returns the plans that were applied, newest first.
	Plans(ctx context.Context) ([]Plan, error)
	// PlanByID returns a plan, drafts too, or ErrNotFound.
	PlanByID(ctx context.Context, id PlanID) (Plan, error)
}

// Controller changes what runs.
type Controller interface {
	// Control changes a plan that was applied; VerbDiscard removes one that was
	// not, and returns it as it was. A verb that its state does not allow is
	// ErrConflict: of Apply and VerbDiscard at once one finds that the other came
	// first.
	Control(ctx context.Context, id PlanID, verb PlanVerb, actor string) (Plan, error)
	// Stop stops the open attempt of a date. Once it has answered, that attempt
	// publishes nothing any more, unless the answer is TooLate. Without an open
	// attempt it is ErrNotFound.
	Stop(ctx context.Context, date calendar.Date, actor string) (StopAnswer, error)
}

// Driver carries plans out. Any number of processes may drive; one drives a
// plan at a time, and another takes over when it is gone.
type Driver interface {
	// Drive carries out the plan until it has ended or paused, or waits for the
	// process that does. With an empty id it carries out every applied plan
	// until ctx ends. When ctx ends, steps that run as processes of the driver are
	// terminated, their attempts recorded as interrupted, and their rows queued
	// again. Steps that run elsewhere go on, and whoever drives next finds them.
	Drive(ctx context.Context, id PlanID) error
}

// Publisher changes which generation of a date readers see.
type Publisher interface {
	Filler
	// Rollback makes an older generation of a date current, in the way of a
	// publish: readers see the one or the other, whole. It is ErrNotFound if the
	// date has no such generation, and ErrConflict if the date's current
	// generation is not the expected one, or an attempt of the date is open.
	Rollback(ctx context.Context, request RollbackRequest) (Partition, error)
}

// Comparer compares generations.
type Comparer interface {
	// Compare compares two generations of a date. It wraps ErrNotFound if one is
	// not there any more.
	Compare(ctx context.Context, query CompareQuery) (Comparison, error)
}

// Doctor finds what is not as the records say.
type Doctor interface {
	// Examine looks at records and files and changes nothing.
	Examine(ctx context.Context) ([]Finding, error)
	// Mend does away with what can be mended without a loss, and returns what it
	// found with what became of it.
	Mend(ctx context.Context, actor string) ([]Finding, error)
}

// Server runs a pipeline by its schedule.
type Server interface {
	// Serve starts dates when they are due, catches up on those that became due
	// while nobody served, carries out every applied plan, sends messages, and
	// removes what need not be kept, until ctx ends. Any number of processes may
	// serve: each date is started once.
	Serve(ctx context.Context) error
}

// DefinitionReader reads what attempts ran under. An engine that does not keep
// definitions lacks it.
type DefinitionReader interface {
	// Definition returns the definition of a hash, or ErrNotFound.
	Definition(ctx context.Context, hash string) (Definition, error)
}

// Reader is the reading half of an engine.
type Reader interface {
	Describer
	DayReader
	LogReader
	ResultReader
	Comparer
	Watcher
}

// Operator is the changing half of an engine. If it was opened for reading,
// its methods return ErrReadOnly, but Plan works.
type Operator interface {
	Planner
	Controller
	Publisher
	Doctor
	Driver
	Server
}

// Engine runs and shows one pipeline.
type Engine interface {
	Reader
	Operator
	io.Closer
}
