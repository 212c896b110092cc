package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/daybatch/daybatch/cmd/internal/config"
	"github.com/daybatch/daybatch/cmd/internal/simulation"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/local"
	"github.com/daybatch/daybatch/tui"
)

// interactive reports whether there is a terminal to show a screen on and to
// read keys from.
func (a *app) interactive() bool {
	return isTerminal(a.env.Stdout) && isTerminal(a.env.Stdin) && !a.flags.noInput && a.flags.format == formatTable
}

// play is what runs beside a screen, such as the dates of the demo.
type play func(context.Context, forecast.Engine) error

// showScreen opens the terminal UI on a project. While it is open this process
// carries out the plans that were applied, and beside, if it is not nil. Where
// several projects lie side by side the operator may turn to another: those that
// were shown stay open, and what runs in them goes on.
func (a *app) showScreen(ctx context.Context, c config.Config, beside play) error {
	personal, err := config.LoadPersonal(a.env.Environ)
	if err != nil {
		return err //nolint:wrapcheck // its lines begin with the file's name
	}
	options := tui.Options{
		Wall: a.hostNow, Stdin: a.env.Stdin, Stdout: a.env.Stdout, Environ: a.env.Environ,
		ASCII: a.flags.ascii || personal.ASCII, Settings: personal.Screen, Foreground: a.env.Foreground,
	}
	if around := config.Below(filepath.Dir(c.Dir)); len(around) > 1 && slices.Contains(around, filepath.Base(c.Dir)) {
		options.Pipelines = around
		options.Glance = a.glanceFrom(filepath.Dir(c.Dir))
	}
	opened := make(map[place]*stage)
	err = a.showStages(ctx, place{dir: c.Dir}, opened, options, beside)
	for _, s := range opened {
		err = errors.Join(err, s.close())
	}
	return err
}

// place is a project, in an account.
type place struct {
	dir     string
	account account
}

// after returns the place that the operator wants to see after this one; the zero
// place is none.
func (p place) after(next tui.Next) place {
	switch {
	case next.Pipeline != "":
		return place{dir: filepath.Join(filepath.Dir(p.dir), next.Pipeline)}
	case next.Profile != "" || next.Region != "":
		return place{dir: p.dir, account: account{next.Profile, next.Region}}
	default:
		return place{}
	}
}

// notice says where the operator is now.
func (p place) notice() string {
	if p.account == (account{}) {
		return ""
	}
	text := "now in region " + p.account.region
	if p.account.profile != "" {
		text += " by profile " + p.account.profile
	}
	return text + ", until daybatch ends: sagemaker.region and sagemaker.profile in daybatch.yaml are as they were"
}

// showStages shows one place after another, until the operator quits. One that can't
// be opened is left for the one before it, whose screen says why.
func (a *app) showStages(ctx context.Context, at place, opened map[place]*stage, options tui.Options, beside play) error {
	var before place
	for at != (place{}) {
		s := opened[at]
		if s == nil {
			var err error
			a.account = at.account
			if s, err = a.openStage(ctx, at.dir, beside); err != nil && a.logIn(ctx, err) {
				s, err = a.openStage(ctx, at.dir, beside)
			}
			switch {
			case err != nil && (before == (place{}) || ctx.Err() != nil):
				return err
			case err != nil:
				options.Notice = "not opened: " + err.Error()
				at, a.account = before, before.account
				continue
			}
			opened[at], beside = s, nil
			options.Notice = cmp.Or(at.notice(), s.notice)
		}
		next, err := s.show(options)
		if err != nil {
			return err
		}
		options.Screen = next.Screen
		before, at = at, at.after(next)
		if own := opened[place{dir: at.dir}]; own != nil && at.account == own.account() {
			at.account = account{}
		}
		options.Notice = at.notice()
	}
	return nil
}

// stage is a project whose screen is or was shown, with what runs behind it.
type stage struct {
	*session
	now        func() time.Time // of the project's records
	ctx        context.Context  //nolint:containedctx // of what runs behind the screen
	leave      context.CancelCauseFunc
	background sync.WaitGroup
	driven     error
	played     chan error // nil: nothing plays
	closeLog   func()
	notice     string // said at first
}

// account is that of the stage's project.
func (s *stage) account() account {
	return account{s.config.SageMaker.Profile, s.config.SageMaker.Region}
}

// openStage opens a project for the screen and begins to drive its plans.
func (a *app) openStage(ctx context.Context, dir string, beside play) (*stage, error) {
	a.flags.project = dir
	log, closeLog := a.screenLog(dir)
	a.log = log
	opened, err := a.open(ctx, changing)
	if err != nil {
		closeLog()
		return nil, err
	}
	s := &stage{session: opened, now: a.env.Now, closeLog: closeLog}
	s.ctx, s.leave = context.WithCancelCause(ctx)
	// The engine closes when these have recorded what they interrupted.
	if !s.pipeline.ReadOnly {
		s.background.Go(func() { s.driven = s.engine.Drive(s.ctx, "") })
	}
	if dir := simulationDir(s.config); s.config.SageMaker.Simulation != "" && a.env.Open == nil {
		s.background.Go(func() { simulation.Keep(s.ctx, dir, func() error { return a.startSimulation(s.config, dir) }) })
	}
	s.background.Go(func() { giveBack(s.ctx) })
	if beside == nil && !s.pipeline.ReadOnly {
		beside, s.notice = leftDemo(s.config.Dir)
	}
	if beside != nil {
		s.played = make(chan error, 1)
		s.background.Go(func() { s.played <- beside(s.ctx, s.engine) })
	}
	return s, nil
}

// show shows the screen, and returns what is to be shown next.
func (s *stage) show(options tui.Options) (next tui.Next, err error) {
	options.Now = s.now
	options.Actor, options.ReadOnly, options.Pipeline = s.actor, s.pipeline.ReadOnly, filepath.Base(s.config.Dir)
	options.Session = sessionFile(environment(s.app.env.Environ), s.config.Dir)
	options.Journal, options.Project, options.Dir = journalFile(s.config), s.config.Dir, s.app.env.Dir
	options.Call, options.Exports = s.app.call(s.config.Dir), s.app.exports(s.config.Dir)
	options.Vitals = []forecast.Vital{s.app.configured(s.config)}
	if s.config.Engine == config.EngineSageMaker { // on this machine it takes no longer to read them
		options.Snapshot = filepath.Join(s.app.account.cache(cacheDir(s.config)), "days.json")
	}
	if played := s.played; played != nil {
		options.OnStart = func(ctx context.Context) error {
			select {
			case err := <-played:
				return err
			case <-ctx.Done():
				return nil
			}
		}
	}
	next, err = s.app.env.Screen(s.ctx, s.engine, options)
	return next, s.hinted(s.ctx, err)
}

// close ends what runs behind the screen.
func (s *stage) close() error {
	s.leave(errInterrupted)
	s.background.Wait()
	if errors.Is(s.driven, context.Canceled) {
		s.driven = nil
	}
	_ = s.engine.Close()
	s.closeLog()
	return s.hinted(s.ctx, s.driven)
}

// sessionFile returns the file that keeps where the operator was on a project:
// daybatch/NAME-HASH.json under XDG_STATE_HOME or .local/state of the home
// directory; empty if there is neither.
func sessionFile(environ map[string]string, dir string) string {
	state := environ["XDG_STATE_HOME"]
	if !filepath.IsAbs(state) {
		if environ["HOME"] == "" {
			return ""
		}
		state = filepath.Join(environ["HOME"], ".local", "state")
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(dir))
	return filepath.Join(state, "daybatch", fmt.Sprintf("%s-%08x.json", filepath.Base(dir), hash.Sum32()))
}

// screenLog opens the file that the engine logs to while the screen is shown.
// Where it can't be written, nothing is logged.
func (a *app) screenLog(project string) (log io.Writer, closeLog func()) {
	if a.flags.readOnly {
		return io.Discard, func() {}
	}
	dir := filepath.Join(project, local.StateDir)
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // the team reads logs
		return io.Discard, func() {}
	}
	file, err := os.OpenFile(filepath.Join(dir, "daybatch.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644) //nolint:gosec // the team reads logs
	if err != nil {
		return io.Discard, func() {}
	}
	return file, func() { _ = file.Close() }
}
