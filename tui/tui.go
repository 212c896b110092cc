package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/app"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// framesPerSecond bounds how often the screen is written. The ticker of the
// renderer also runs when nothing changes, so this is the cost of idling: 0.2 % of a
// core, and at 60 twice that. The first frame waits for the first turn, 33 ms; a
// renderer that ticks only when there is something to write (bubbletea#1796) would
// end both.
const framesPerSecond = 30

// Options say how the UI runs. Now is required.
type Options struct {
	// Now is the clock of the engine's records.
	Now func() time.Time
	// Wall is the clock of the person at the terminal, where that is another, as
	// with an account whose time is simulated. Nil: Now.
	Wall func() time.Time
	// Stdin and Stdout are the terminal; nil: those of the process.
	Stdin  io.Reader
	Stdout io.Writer
	// Environ holds KEY=value; it says what the terminal can do.
	Environ []string
	// Actor is who changes things: user@host.
	Actor string
	// ASCII uses no other characters. The terminals linux and dumb imply it.
	ASCII bool
	// NoColor uses bold and reverse video only. NO_COLOR with any value implies
	// it.
	NoColor bool
	// Pipelines are the names of those that lie side by side, and Pipeline is the
	// one of them that is shown. Fewer than two: there is nothing to switch to.
	Pipelines []string
	Pipeline  string
	// Project is the directory of the project, and Dir the working directory: for lines
	// that were written for a shell.
	Project, Dir string
	// Call is how a shell in the working directory calls daybatch for the project: with
	// --project, where it would open another one. Empty: daybatch.
	Call string
	// Exports is the directory of files that are written by a name alone; empty: the
	// working directory.
	Exports string
	// Glance reads the newest days of one of the Pipelines. It is called from several
	// goroutines at once. Nil: there is no page of all pipelines.
	Glance func(ctx context.Context, name string, last int) (Glance, error)
	// Settings are the person's own.
	Settings Settings
	// Screen is how a UI before this one was set to be shown, from its Next.
	Screen Screen
	// Session is the file that keeps where the operator was, for the next start;
	// empty: that is not kept.
	Session string
	// Snapshot is the file that keeps the days, which are shown at the next start until
	// the engine has answered; empty: they are not kept.
	Snapshot string
	// Journal is the file that keeps what is changed from the screen, for later
	// sessions; empty: it is kept until the UI ends.
	Journal string
	// Vitals are what the caller has found well, for the page of the doctor.
	Vitals []forecast.Vital
	// Notice is said when the UI opens, until the next key; empty: nothing.
	Notice string
	// ReadOnly removes all keys that change something.
	ReadOnly bool
	// Foreground is told when another program has the terminal, and with it ctrl+c,
	// such as one that logs in, and when it has it no more. Nil: nobody is told.
	Foreground func(other bool)
	// Drive carries out applied plans while the UI runs. Leave it false if the
	// caller does that.
	Drive bool
	// OnStart runs beside the screen, from when it opens to when the UI ends;
	// what it returns is shown. Nil: nothing.
	OnStart func(context.Context) error
}

// Next is what the operator wants to see after a UI: another of the pipelines side
// by side, or the same one by another login or in another region. The zero Next is
// nothing.
type Next = app.Next

// Screen is how a UI was set to be shown while it was. The zero Screen is as the
// settings have it.
type Screen = app.Screen

// Glance is a pipeline as it is seen from beside.
type Glance = effects.Glance

// Run shows the UI until the operator quits or ctx ends, and returns what they want
// to see next. Errors of the engine are shown and never end it.
func Run(ctx context.Context, engine forecast.Engine, options Options) (next Next, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	work := effects.New(ctx, engine, options.Now)
	defer work.Leave(ctx)
	work.By(options.Wall)
	work.Keep(options.Journal, options.Actor)
	work.Beside(options.Glance)
	work.Snapshots(options.Snapshot)
	work.Well(options.Vitals)
	look, fixed := options.look()
	desk := effects.ThisDesk(options.variables(), options.Session)
	desk.Dir = options.Exports
	desk.Attend = effects.Attend(options.Foreground)
	work.At(desk)
	var session app.Session
	if desk.Recall(&session) != nil {
		session = app.Session{} // a broken file is written anew
	}
	model := app.New(app.Options{
		Notice: options.Notice, Session: session, Pipelines: options.Pipelines, Pipeline: options.Pipeline,
		Project: options.Project, Dir: options.Dir, Call: options.Call,
		Effects: work, Actor: options.Actor, ReadOnly: options.ReadOnly, Drive: options.Drive,
		Look: look, Charset: options.charset(), FixedProfile: fixed, Start: work.Start(options.OnStart),
		Zone: options.Settings.zone(), Ground: options.Settings.Theme, Mouse: options.Settings.Mouse, Keys: options.Settings.custom(),
		Screen: options.Screen,
	})
	rest := newCalm(runtime.GOMAXPROCS)
	defer rest.end()
	_, err = tea.NewProgram(model, append(options.program(ctx), rest.heed())...).Run()
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, tea.ErrInterrupted) {
		return Next{}, fmt.Errorf("show the terminal UI: %w", err)
	}
	return model.Next(), nil
}

// program returns the settings of Bubble Tea.
func (o Options) program(ctx context.Context) []tea.ProgramOption {
	look, fixed := o.look()
	settings := []tea.ProgramOption{tea.WithContext(ctx), tea.WithFPS(framesPerSecond), tea.WithEnvironment(o.Environ)}
	if fixed {
		settings = append(settings, tea.WithColorProfile(look.Profile))
	}
	if o.Stdin != nil {
		settings = append(settings, tea.WithInput(o.Stdin))
	}
	if o.Stdout != nil {
		settings = append(settings, tea.WithOutput(o.Stdout))
	}
	return settings
}

// look returns how the UI begins, and whether its colours are fixed.
func (o Options) look() (look theme.Options, fixed bool) {
	environ := o.variables()
	look = theme.Options{Profile: colorprofile.TrueColor, Charset: o.charset()}
	if name := environ["TERM"]; o.ASCII || name == "linux" || name == "dumb" {
		look.Charset = theme.ASCII
	}
	if o.NoColor || environ["NO_COLOR"] != "" {
		look.Profile = colorprofile.ASCII
		return look, true
	}
	return look, false
}

// charset returns what characters there are, in a terminal that has more than ASCII.
func (o Options) charset() theme.Charset {
	environ := o.variables()
	if eastAsian(environ["LC_ALL"], environ["LC_CTYPE"], environ["LANG"]) {
		return theme.Wide
	}
	return theme.Unicode
}

// variables returns the environment; of several values of a name the last.
func (o Options) variables() map[string]string {
	named := make(map[string]string, len(o.Environ))
	for _, entry := range o.Environ {
		if name, text, ok := strings.Cut(entry, "="); ok {
			named[name] = text
		}
	}
	return named
}

// eastAsian reports whether the first locale that is set is one in which
// terminals show characters of ambiguous width in two cells.
func eastAsian(locales ...string) bool {
	for _, locale := range locales {
		if locale == "" {
			continue
		}
		return strings.HasPrefix(locale, "ja") || strings.HasPrefix(locale, "zh") || strings.HasPrefix(locale, "ko")
	}
	return false
}
