package cli

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/daybatch/daybatch/cmd/internal/config"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/local"
	"github.com/daybatch/daybatch/tui"
)

// journalFile is where screens keep what was changed from them, in the state
// directory of the project.
const journalFile = "activity.jsonl"

// interactive reports whether there is a terminal to show a screen on and to
// read keys from.
func (a *app) interactive() bool {
	return isTerminal(a.env.Stdout) && isTerminal(a.env.Stdin) && !a.flags.noInput && a.flags.format == formatTable
}

// showScreen opens the terminal UI on a project. While it is open this process
// carries out the plans that were applied, and play, if it is not nil.
func (a *app) showScreen(ctx context.Context, c config.Config, play func(context.Context, forecast.Engine) error) error {
	personal, err := config.LoadPersonal(a.env.Environ)
	if err != nil {
		return err //nolint:wrapcheck // its lines begin with the file's name
	}
	log, closeLog := a.screenLog(c)
	defer closeLog()
	a.log = log
	s, err := a.open(ctx, changing)
	if err != nil {
		return err
	}
	defer func() { _ = s.engine.Close() }()
	ctx, leave := context.WithCancelCause(ctx)
	defer leave(nil)
	// The engine closes when these have recorded what they interrupted.
	var background sync.WaitGroup
	var driven error
	if !s.pipeline.ReadOnly {
		background.Go(func() { driven = s.engine.Drive(ctx, "") })
	}
	options := tui.Options{
		Now: a.env.Now, Stdin: a.env.Stdin, Stdout: a.env.Stdout, Environ: a.env.Environ, Actor: s.actor,
		ASCII: a.flags.ascii || personal.ASCII, ReadOnly: s.pipeline.ReadOnly, Settings: personal.Screen,
		Session: sessionFile(environment(a.env.Environ), c.Dir),
		Journal: filepath.Join(c.Dir, local.StateDir, journalFile),
	}
	if play != nil {
		played := make(chan error, 1)
		background.Go(func() { played <- play(ctx, s.engine) })
		options.OnStart = func(context.Context) error { return <-played }
	}
	shown := a.env.Screen(ctx, s.engine, options)
	leave(errInterrupted)
	background.Wait()
	if errors.Is(driven, context.Canceled) {
		driven = nil
	}
	return s.hinted(errors.Join(shown, driven))
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
func (a *app) screenLog(c config.Config) (log io.Writer, closeLog func()) {
	if a.flags.readOnly {
		return io.Discard, func() {}
	}
	dir := filepath.Join(c.Dir, local.StateDir)
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // the team reads logs
		return io.Discard, func() {}
	}
	file, err := os.OpenFile(filepath.Join(dir, "daybatch.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644) //nolint:gosec // the team reads logs
	if err != nil {
		return io.Discard, func() {}
	}
	return file, func() { _ = file.Close() }
}
