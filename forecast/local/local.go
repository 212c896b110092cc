//go:build unix

// Package local is the engine that runs a pipeline on this machine: steps are
// child processes, state is SQLite in the project's .daybatch directory, and
// partitions are Parquet files below the target's path. Any number of processes
// may have a project open; what one does the others see.
//
// # Who may do what
//
// A date belongs to whoever holds its lease. Each taking of a lease draws a
// fence from one counter, and every write for an attempt names its fence, so
// that a process that was frozen or cut off can't change what another has taken
// over. Plans own no dates: a driver of a plan takes the dates one by one.
//
// # After a crash
//
// A lease whose holder is gone (its process number, start time and boot are on
// record) is taken over by the next process that drives: it kills what the
// attempt still runs, brings the records up to the published file, and ends the
// attempt as interrupted. The plan's row is then queued again and starts where
// the attempt was, if the outputs of its steps still prove good.
//
//	<project>/.daybatch/state.db                                   the records
//	<project>/.daybatch/runs/<date>/a<attempt>/<Step>/t<try>/      the directory of a try
package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/alert"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/local/internal/process"
	"github.com/daybatch/daybatch/forecast/local/internal/store"
	"github.com/daybatch/daybatch/forecast/plan"
	"github.com/daybatch/daybatch/forecast/pulse"
)

// Names below the project directory.
const (
	StateDir = ".daybatch"
	runsDir  = "runs"
)

const (
	defaultPoll  = 500 * time.Millisecond
	defaultGrace = 10 * time.Second
	// leaseTime is how long a lease lasts without a sign of life. The holder of
	// a live process on this host renews it far earlier; only another host's
	// death is noticed by it.
	leaseTime = 2 * time.Minute
	renewTime = leaseTime / 8
)

// Options set up an engine.
type Options struct {
	// Definition is the pipeline, complete.
	Definition forecast.Definition
	// StepCommand is the program that runs a step and its first arguments;
	// --root and the directory of the try are added.
	StepCommand []string
	// Actor and Host say who operates, from where.
	Actor, Host string
	Log         *slog.Logger // nil: nothing is logged
	Now         func() time.Time
	// ReadOnly opens for reading: nothing in the project changes.
	ReadOnly bool
	// Environ is the environment of the steps.
	Environ []string
	// Version identifies the program that runs the steps; a step of another
	// version is not reused.
	Version string
	// Poll is how often changes of other processes are looked for; 0: half a
	// second.
	Poll time.Duration
	// LockWait is how long a write of the records waits for the lock of another
	// process; 0: ten seconds.
	LockWait time.Duration
	// Jitter returns a random number from 0 to 1, by which the waits between the
	// tries of a step are spread; nil: they are as long as can be.
	Jitter func() float64
	// Alerts says who is told what.
	Alerts alert.Audience
	// Fault is called with a name before each durable write of the engine, whose
	// error makes the write fail, and after it; nil: nothing is. It is for tests
	// of what a crash or a full disk leaves.
	Fault func(op string) error
}

// Engine is the engine of one project.
type Engine struct {
	options    Options
	definition forecast.Definition
	hash       string
	calendar   plan.Calendar
	dir        string // of the project, absolute
	holder     store.Holder
	store      *store.Store
	lake       lake.Lake
	data       *lake.DB // starts DuckDB with the first query
	pulse      *pulse.Pulse
	news       news

	mu     sync.Mutex
	drafts map[forecast.PlanID]forecast.Plan // of a read-only engine
	// givenUp are the fences of attempts and drives whose end this process could
	// not record.
	givenUp map[int64]bool

	afterSwap func() // tests end the process here
	keepEvery time.Duration
}

var _ forecast.Engine = (*Engine)(nil)

// Open opens the project in directory dir. The state is made if it is not there.
func Open(ctx context.Context, dir string, options Options) (*Engine, error) {
	e, err := newEngine(ctx, dir, options)
	if err != nil {
		return nil, fmt.Errorf("open project %s: %w", dir, err)
	}
	return e, nil
}

func newEngine(ctx context.Context, dir string, options Options) (*Engine, error) {
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	if options.Poll <= 0 {
		options.Poll = defaultPoll
	}
	if options.Jitter == nil {
		options.Jitter = func() float64 { return 1 }
	}
	e := &Engine{
		options: options, definition: options.Definition, pulse: pulse.New(), news: news{Pulse: pulse.New()}, keepEvery: keepTime,
		drafts: make(map[forecast.PlanID]forecast.Plan), givenUp: make(map[int64]bool),
	}
	var err error
	if e.dir, err = filepath.Abs(dir); err != nil {
		return nil, err //nolint:wrapcheck // Open names the project
	}
	if e.hash, err = e.definition.Hash(); err != nil {
		return nil, err
	}
	if e.calendar, err = plan.NewCalendar(e.definition); err != nil {
		return nil, err
	}
	id, err := process.Self(options.Host)
	if err != nil {
		return nil, err
	}
	e.holder = store.Holder{Actor: options.Actor, ID: id}
	path := e.definition.Target.Path
	if !filepath.IsAbs(path) {
		path = filepath.Join(e.dir, path)
	}
	e.lake = lake.Lake{Path: path, Table: e.definition.Target.Table, Fault: options.Fault}
	if err := e.openStore(ctx); err != nil {
		return nil, err
	}
	if e.data, err = lake.Open(ctx, lake.Options{}); err != nil {
		return nil, errors.Join(err, e.store.Close())
	}
	if !options.ReadOnly {
		if err := e.reconcile(ctx); err != nil {
			return nil, errors.Join(err, e.Close())
		}
	}
	return e, nil
}

func (e *Engine) openStore(ctx context.Context) error {
	state := filepath.Join(e.dir, StateDir)
	if !e.options.ReadOnly {
		if err := os.MkdirAll(state, 0o755); err != nil { //nolint:gosec // the team reads logs
			return unwritable(state, err)
		}
	}
	var err error
	e.store, err = store.Open(ctx, store.Options{
		Path:      filepath.Join(state, "state.db"),
		Pipeline:  e.definition.Pipeline,
		Table:     e.definition.Target.Table,
		ReadOnly:  e.options.ReadOnly,
		Now:       e.options.Now,
		LockWait:  e.options.LockWait,
		Published: e.published,
		Changed:   e.pulse.Beat,
		Wants:     e.options.Alerts.Wants,
		Fault:     e.options.Fault,
	})
	if err != nil || e.options.ReadOnly {
		return err
	}
	if err := e.store.PutDefinition(ctx, e.hash, e.definition); err != nil {
		return errors.Join(err, e.store.Close())
	}
	return nil
}

// unwritable says what to do about a directory that can't be written.
func unwritable(path string, err error) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return fmt.Errorf("%w: %s can't be written (%s): give write permission, or open the project read-only", forecast.ErrUnavailable, path, err.Error())
	}
	return fmt.Errorf("%w: %s", forecast.ErrUnavailable, err.Error())
}

// published returns the generation that the published file of a date is. The
// usual answers, no file or the recorded generation's own inode, cost two
// look-ups.
func (e *Engine) published(_ context.Context, date calendar.Date, recorded string) (string, error) {
	file, err := os.Stat(e.lake.Partition(date))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err == nil && recorded != "" {
		other, err := os.Stat(filepath.Join(e.lake.Generation(date, recorded), lake.PartFile))
		if err == nil && os.SameFile(file, other) {
			return recorded, nil
		}
	}
	generation, err := e.lake.Published(date)
	if errors.Is(err, lake.ErrForeign) {
		return "", &forecast.ForeignError{Date: date, Text: err.Error() + ": move that file away, then `daybatch doctor --mend` brings the recorded generation back"}
	}
	return generation, err //nolint:wrapcheck // the caller says what for
}

// Close ends the engine. Drives are to be ended before, by their contexts.
func (e *Engine) Close() error { return errors.Join(e.data.Close(), e.store.Close()) }

// Pipeline describes the pipeline.
func (e *Engine) Pipeline(context.Context) (forecast.Pipeline, error) {
	d := e.definition
	var notes []string
	if e.store.Frozen != "" {
		notes = []string{e.store.Frozen}
	}
	due, next := e.calendar.NextDue(e.options.Now())
	return forecast.Pipeline{
		Notes: notes,
		Name:  d.Pipeline, Engine: "local", Place: e.dir, Timezone: d.Timezone, Schedule: d.Schedule, LateAfter: d.LateAfter,
		Start: d.Start, End: d.End, Newest: e.calendar.Newest(e.options.Now()), Next: next, NextDue: due, Production: d.Production, ReadOnly: e.options.ReadOnly,
		Steps: forecast.StepNames(), Table: d.Target.Table, Series: append([]string(nil), d.Source.Series...),
		Horizon: d.Forecast.Horizon, Levels: append([]int(nil), d.Forecast.Levels...), Gate: d.Gate, MaxActive: d.Limits.MaxActive, Chunk: d.Limits.Chunk,
	}, nil
}
