package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/daybatch/daybatch/cmd/internal/config"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/local"
)

// ScreenOptions are what the terminal UI is told.
type ScreenOptions struct {
	ASCII   bool
	NoColor bool
	Actor   string
	Environ []string
}

// interactive reports whether there is a terminal to show a screen on and to
// read keys from.
func (a *app) interactive() bool {
	return isTerminal(a.env.Stdout) && isTerminal(a.env.Stdin) && !a.flags.noInput && a.flags.format == formatTable
}

// showScreen opens the terminal UI on a project. While it is open this process
// carries out the plans that were applied, and play, if it is not nil.
func (a *app) showScreen(ctx context.Context, c config.Config, play func(context.Context, forecast.Engine) error) error {
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
	var background sync.WaitGroup
	var driven, played error
	if !s.pipeline.ReadOnly {
		background.Go(func() { driven = s.engine.Drive(ctx, "") })
	}
	if play != nil {
		background.Go(func() { played = play(ctx, s.engine) })
	}
	shown := a.screen()(ctx, s.engine, ScreenOptions{
		ASCII: a.style.ascii, NoColor: environment(a.env.Environ)["NO_COLOR"] != "", Actor: s.actor, Environ: a.env.Environ,
	})
	leave(errInterrupted)
	background.Wait()
	return errors.Join(withoutCancel(shown), withoutCancel(driven), withoutCancel(played))
}

// withoutCancel is err unless it says that the screen was left.
func withoutCancel(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
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

// screen returns what shows the terminal UI.
func (a *app) screen() func(context.Context, forecast.Engine, ScreenOptions) error {
	if a.env.Screen != nil {
		return a.env.Screen
	}
	return func(ctx context.Context, _ forecast.Engine, _ ScreenOptions) error {
		return runDays(ctx, daysOptions{app: a})
	}
}
