package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"

	"github.com/daybatch/daybatch/cmd/internal/config"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// access is what a verb does with a project.
type access int

const (
	reading access = iota
	changing
)

// OpenRequest says which engine to open.
type OpenRequest struct {
	Config   config.Config
	ReadOnly bool
	Actor    string
	Log      *slog.Logger
}

// session is a project with its engine open.
type session struct {
	app      *app
	config   config.Config
	engine   forecast.Engine
	pipeline forecast.Pipeline
	dates    dates
	actor    string
	record   *recorder // what verbs change things with
}

// with opens the project, calls work and closes it again.
func (a *app) with(ctx context.Context, how access, work func(*session) error) error {
	s, err := a.open(ctx, how)
	if err != nil {
		return err
	}
	defer func() { _ = s.engine.Close() }()
	return s.hinted(ctx, work(s))
}

// look opens the project for reading.
func (a *app) look(ctx context.Context, work func(*session) error) error {
	return a.with(ctx, reading, work)
}

// change opens the project for a verb that changes something. What may only be read
// refuses that before it looks whether there is anything to change.
func (a *app) change(ctx context.Context, work func(*session) error) error {
	if a.flags.readOnly {
		return errReadOnly()
	}
	return a.with(ctx, changing, work)
}

// errReadOnly is the error of a verb that changes something where nothing may be.
func errReadOnly() error { return fmt.Errorf("nothing is changed: %w", forecast.ErrReadOnly) }

// changeOr is change, or for a dry run opens the project only: that shows what would
// be done where nothing may be changed too.
func (a *app) changeOr(ctx context.Context, dryRun bool, work func(*session) error) error { //nolint:revive // it is the flag --dry-run
	if dryRun {
		return a.with(ctx, changing, work)
	}
	return a.change(ctx, work)
}

// hinted is an error of the project's engine with what to do about it.
func (s *session) hinted(ctx context.Context, err error) error {
	if s.config.Engine == config.EngineSageMaker {
		return s.app.awsHint(ctx, err, s.config.SageMaker)
	}
	return err
}

// project finds and reads the project.
func (a *app) project() (config.Config, error) {
	dir := a.flags.project
	switch {
	case dir == "":
		found, err := config.Find(a.env.Dir)
		if err != nil {
			if below := config.Below(a.env.Dir); len(below) > 0 {
				return config.Config{}, fmt.Errorf("%w: %s holds several: name one with --project: %s", errNoProject, a.env.Dir, strings.Join(below, ", "))
			}
			return config.Config{}, fmt.Errorf("%w: %s and its parents have no %s", errNoProject, a.env.Dir, config.FileName)
		}
		dir = found
	case !filepath.IsAbs(dir):
		dir = filepath.Join(a.env.Dir, dir)
	}
	c, err := config.Load(dir, a.env.Environ)
	if errors.Is(err, forecast.ErrNotFound) {
		return c, fmt.Errorf("%w: %s has no %s", errNoProject, dir, config.FileName)
	}
	if err != nil {
		return c, err //nolint:wrapcheck // its lines begin with the file's name
	}
	c.SageMaker.Profile = cmp.Or(a.account.profile, c.SageMaker.Profile)
	c.SageMaker.Region = cmp.Or(a.account.region, c.SageMaker.Region)
	return c, nil
}

func (a *app) open(ctx context.Context, how access) (*session, error) {
	c, err := a.project()
	if err != nil {
		return nil, err
	}
	if how == changing {
		a.warn(c.Warnings)
	}
	actor := a.actor()
	open := a.env.Open
	if open == nil {
		open = a.openEngine
		if err := a.simulated(ctx, &c); err != nil {
			return nil, fmt.Errorf("open %s: %w", c.Dir, err)
		}
	}
	engine, err := open(ctx, OpenRequest{
		Config: c, ReadOnly: a.flags.readOnly || how == reading, Actor: actor, Log: a.logger(),
	})
	s := &session{app: a, config: c, engine: engine, actor: actor, record: a.recorder(c, engine)}
	if err != nil {
		return nil, s.hinted(ctx, fmt.Errorf("open %s: %w", c.Dir, err))
	}
	if s.pipeline, err = engine.Pipeline(ctx); err == nil {
		a.warn(s.pipeline.Notes)
		s.dates, err = datesOf(s.pipeline, a.env.Now())
	}
	if err != nil {
		_ = engine.Close()
		return nil, s.hinted(ctx, fmt.Errorf("open %s: %w", c.Dir, err))
	}
	return s, nil
}

// actor is who asks, for the records.
func (a *app) actor() string {
	environ := environment(a.env.Environ)
	for _, name := range []string{"DAYBATCH_ACTOR", "USER", "LOGNAME", "USERNAME"} {
		if environ[name] != "" {
			return environ[name]
		}
	}
	return cmp.Or(a.env.User, "unknown")
}

// logger tells what needs the operator. What an attempt ended with is told by
// the verb itself.
func (a *app) logger() *slog.Logger {
	return slog.New(newSteadyLog(slog.NewTextHandler(a.log, &slog.HandlerOptions{Level: a.level})))
}

// date reads the DATE of a verb; without one it is the newest that is due.
func (s *session) date(args []string) (calendar.Date, error) {
	if len(args) == 0 {
		return s.dates.parse("latest")
	}
	return s.dates.parse(args[0])
}

// day reads one day.
func (s *session) day(ctx context.Context, d calendar.Date) (forecast.Day, error) {
	days, err := s.engine.Days(ctx, forecast.DayQuery{Range: calendar.Range{From: d, To: d}})
	if err != nil {
		return forecast.Day{}, fmt.Errorf("read day %s: %w", d, err)
	}
	if len(days) != 1 {
		return forecast.Day{}, fmt.Errorf("read day %s: %w", d, forecast.ErrNotFound)
	}
	return days[0], nil
}

// call returns how a shell in the working directory calls daybatch for a project: by the
// name alone if that opens it, whatever DAYBATCH_PROJECT was for this one call.
func (a *app) call(dir string) string {
	found, err := config.Find(a.env.Dir)
	named := environment(a.env.Environ)["DAYBATCH_PROJECT"]
	if named != "" && !filepath.IsAbs(named) {
		named = filepath.Join(a.env.Dir, named)
	}
	if err == nil && found == dir && (named == "" || filepath.Clean(named) == dir) {
		return program
	}
	if below, err := filepath.Rel(a.env.Dir, dir); err == nil && filepath.IsLocal(below) {
		dir = below
	}
	return program + " --project " + quoted(dir)
}

// exports returns where a screen writes files by a name alone: beside the project that it
// shows if the working directory is another project's; empty: there.
func (a *app) exports(dir string) string {
	if found, err := config.Find(a.env.Dir); err == nil && found != dir {
		return dir
	}
	return ""
}

// program is what a shell calls daybatch by.
const program = "daybatch"
