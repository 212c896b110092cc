package cli_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/creack/pty"

	"github.com/daybatch/daybatch/cmd/internal/cli"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/tui"
)

// watched is an engine that tells when it is closed, and which drives go on.
type watched struct {
	forecast.Engine
	driving chan struct{} // closed when a drive begins
	ended   bool          // the drive has returned
	closed  bool
	early   bool // closed before the drive had ended
}

func (w *watched) Drive(ctx context.Context, id forecast.PlanID) error {
	close(w.driving)
	err := w.Engine.Drive(ctx, id)
	w.ended = true
	return err //nolint:wrapcheck // as the engine has it
}

func (w *watched) Close() error {
	w.closed, w.early = true, !w.ended
	return w.Engine.Close() //nolint:wrapcheck // as the engine has it
}

// openTerminal opens a pair of pseudo-terminals until the test ends: what a person
// sees and types at, and what the program has for standard input and output.
func openTerminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, program, err := pty.Open()
	if err != nil {
		t.Skipf("open terminal: %v", err)
	}
	t.Cleanup(func() {
		_ = program.Close()
		_ = person.Close()
	})
	return person, program
}

// TestScreen leaves the screen while a date runs: what this process drives has
// to be over before the engine closes, so that the date is not left Unknown.
func TestScreen(t *testing.T) {
	t.Parallel()
	_, tty := openTerminal(t)
	fake := enginetest.NewFake(enginetest.FakeOptions{Script: enginetest.Script{newest: {forecast.Train: {enginetest.Hangs()}}}})
	plan, err := fake.Plan(t.Context(), forecast.PlanRequest{
		Kind: forecast.PlanRun, Dates: []calendar.Date{newest}, Cause: forecast.CauseManual, Actor: "aki",
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fake.Apply(t.Context(), plan.ID); err != nil {
		t.Fatal(err)
	}
	engine := &watched{Engine: fake, driving: make(chan struct{})}
	e, _, stderr := env(t, fake)
	e.Stdin, e.Stdout = tty, tty
	e.Open = func(context.Context, cli.OpenRequest) (forecast.Engine, error) { return engine, nil }
	shown := false
	e.Screen = func(ctx context.Context, _ forecast.Engine, options tui.Options) (tui.Next, error) {
		shown = true
		if options.Drive || options.ReadOnly || options.Actor != "aki" {
			t.Errorf("screen is told %+v; want it to leave the driving to its caller", options)
		}
		<-engine.driving
		return tui.Next{}, ctx.Err()
	}
	if code := cli.Run(t.Context(), e); code != 0 {
		t.Errorf("daybatch on a terminal = %d; want 0\n%s", code, stderr)
	}
	if !shown || !engine.closed || engine.early {
		t.Errorf("shown %v, engine closed %v, before its drive had ended %v; want it shown, closed, and not before", shown, engine.closed, engine.early)
	}
	day, err := fake.Days(t.Context(), forecast.DayQuery{Last: 1})
	if err != nil || day[0].State == forecast.DayUnknown {
		t.Errorf("day after the screen was left = %v, %v; want it known", day[0].State, err)
	}
}

// TestScreensSideBySide turns from one project to another and back: both stay
// open, and are driven until the end.
func TestScreensSideBySide(t *testing.T) {
	t.Parallel()
	_, tty := openTerminal(t)
	dir := t.TempDir()
	writeProject(t, filepath.Join(dir, "demand"))
	writeProject(t, filepath.Join(dir, "returns"))
	e, _, stderr := env(t, enginetest.NewFake(enginetest.FakeOptions{}))
	e.Stdin, e.Stdout, e.Dir = tty, tty, dir
	engines := make(map[string]*watched)
	e.Open = func(_ context.Context, request cli.OpenRequest) (forecast.Engine, error) {
		name := filepath.Base(request.Config.Dir)
		engines[name] = &watched{Engine: enginetest.NewFake(enginetest.FakeOptions{}), driving: make(chan struct{})}
		return engines[name], nil
	}
	var shown []string
	e.Greet = func(_ context.Context, told tui.Welcome, _ tui.Options) (tui.Choice, error) {
		if told.Dir != dir || !slices.Equal(told.Projects, []string{"demand", "returns"}) {
			t.Errorf("told of %+v; want the two projects in %s", told, dir)
		}
		return tui.Choice{Open: "demand"}, nil
	}
	e.Screen = func(_ context.Context, engine forecast.Engine, options tui.Options) (tui.Next, error) {
		shown = append(shown, options.Pipeline)
		if engine != engines[options.Pipeline] || !slices.Equal(options.Pipelines, []string{"demand", "returns"}) {
			t.Errorf("the screen of %s is told %+v; want its own engine and both names", options.Pipeline, options.Pipelines)
		}
		<-engines[options.Pipeline].driving
		for name, w := range engines {
			if w.closed {
				t.Errorf("%s is closed while a screen is shown", name)
			}
		}
		if want := []string{"", "utc", "local"}[len(shown)-1]; options.Screen.Zone != want {
			t.Errorf("screen %d is told to show zone %q; want %q, as the one before it was set", len(shown), options.Screen.Zone, want)
		}
		return []tui.Next{
			{Pipeline: "returns", Screen: tui.Screen{Zone: "utc"}}, {Pipeline: "demand", Screen: tui.Screen{Zone: "local"}}, {},
		}[len(shown)-1], nil
	}
	if code := cli.Run(t.Context(), e); code != 0 {
		t.Errorf("daybatch = %d; want 0\n%s", code, stderr)
	}
	if want := []string{"demand", "returns", "demand"}; !slices.Equal(shown, want) || len(engines) != 2 {
		t.Errorf("shown %v with %d engines; want %v with 2", shown, len(engines), want)
	}
	for name, w := range engines {
		if !w.closed || w.early {
			t.Errorf("%s: closed %v, before its drive had ended %v; want it closed after", name, w.closed, w.early)
		}
	}
}

// TestScreenKnowsHowItIsCalled: a command that a screen shows acts on the project of the
// screen, in the shell that daybatch was started from.
func TestScreenKnowsHowItIsCalled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"demand", "returns", "Aki's"} {
		writeProject(t, filepath.Join(dir, name))
	}
	for _, test := range []struct {
		from, named string // below dir
		args        []string
		turn        string // pipeline that is turned to
		want        string
		exports     string // below dir; empty: where daybatch was started
	}{
		{from: "demand", want: "daybatch"},
		{from: "demand", turn: "returns", want: "daybatch --project " + filepath.Join(dir, "returns"), exports: "returns"},
		{args: []string{"--project", "demand"}, want: "daybatch --project demand"},
		{args: []string{"--project", "demand"}, turn: "Aki's", want: `daybatch --project 'Aki'\''s'`},
		{from: "demand", args: []string{"--project", "../returns"}, want: "daybatch --project " + filepath.Join(dir, "returns"), exports: "returns"},
		{from: "demand", named: "demand", want: "daybatch"},
		{from: "demand", named: "returns", want: "daybatch --project " + filepath.Join(dir, "returns"), exports: "returns"},
		{from: "demand", named: "returns", turn: "demand", want: "daybatch --project ."},
	} {
		t.Run(fmt.Sprint(test), func(t *testing.T) {
			t.Parallel()
			terminal, tty := openTerminal(t)
			go func() { _, _ = io.Copy(io.Discard, terminal) }()
			fake := enginetest.NewFake(enginetest.FakeOptions{})
			e, _, stderr := env(t, fake, test.args...)
			e.Stdin, e.Stdout, e.Dir = tty, tty, filepath.Join(dir, test.from)
			if test.named != "" {
				e.Environ = append(e.Environ, "DAYBATCH_PROJECT="+filepath.Join(dir, test.named))
			}
			got, exports := "", ""
			e.Screen = func(_ context.Context, _ forecast.Engine, options tui.Options) (tui.Next, error) {
				got, exports = options.Call, options.Exports
				turn := test.turn
				test.turn = ""
				return tui.Next{Pipeline: turn}, nil
			}
			if code := cli.Run(t.Context(), e); code != 0 || got != test.want {
				t.Errorf("daybatch = %d, called by %q; want 0 and %q\n%s", code, got, test.want, stderr)
			}
			if want := test.exports; want != exports && exports != filepath.Join(dir, want) {
				t.Errorf("files are written in %q; want %q below %s", exports, want, dir)
			}
		})
	}
}

// TestGreetMakesAProject makes a project for a file from the screen that is
// shown where there is none; what is wrong with a file is said on it.
func TestGreetMakesAProject(t *testing.T) {
	t.Parallel()
	terminal, tty := openTerminal(t)
	go func() { _, _ = io.Copy(io.Discard, terminal) }()
	dir := t.TempDir()
	var rows strings.Builder
	rows.WriteString("day,sold\n")
	for i := range 90 {
		fmt.Fprintf(&rows, "%s,%d\n", calendar.Of(2025, 1, 1)+calendar.Date(i), 10+i%7)
	}
	for name, text := range map[string]string{"sales.csv": rows.String(), "words.csv": "a,b\nx,y\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	e, _, stderr := env(t, enginetest.NewFake(enginetest.FakeOptions{}))
	e.Stdin, e.Stdout, e.Dir = tty, tty, dir
	asked := 0
	e.Greet = func(_ context.Context, told tui.Welcome, _ tui.Options) (tui.Choice, error) {
		asked++
		if asked == 1 {
			return tui.Choice{From: "words.csv"}, nil
		}
		if told.From != "words.csv" || told.Problem == "" || !slices.Equal(told.Files, []string{"sales.csv", "words.csv"}) {
			t.Errorf("told %+v after a file without dates; want the problem, and the files", told)
		}
		return tui.Choice{From: "sales.csv"}, nil
	}
	shown := ""
	e.Screen = func(_ context.Context, _ forecast.Engine, options tui.Options) (tui.Next, error) {
		shown = options.Pipeline
		return tui.Next{}, nil
	}
	if code := cli.Run(t.Context(), e); code != 0 || shown != filepath.Base(dir) {
		t.Errorf("daybatch = %d, shown %q; want 0 and %s\n%s", code, shown, filepath.Base(dir), stderr)
	}
	if _, err := os.Stat(filepath.Join(dir, "daybatch.yaml")); err != nil {
		t.Error(err)
	}
}

// TestScreenReadOnly checks that nothing is driven in a project that was opened
// for reading.
func TestScreenReadOnly(t *testing.T) {
	t.Parallel()
	_, tty := openTerminal(t)
	fake := enginetest.NewFake(enginetest.FakeOptions{})
	engine := &watched{Engine: fake.ReadOnly(), driving: make(chan struct{})}
	e, _, _ := env(t, fake, "--read-only")
	e.Stdin, e.Stdout = tty, tty
	e.Open = func(context.Context, cli.OpenRequest) (forecast.Engine, error) { return engine, nil }
	failed := errors.New("screen broke")
	e.Screen = func(_ context.Context, _ forecast.Engine, options tui.Options) (tui.Next, error) {
		if !options.ReadOnly {
			t.Error("screen may change things; want it read-only")
		}
		return tui.Next{}, failed
	}
	if code := cli.Run(t.Context(), e); code != 1 {
		t.Errorf("daybatch with a broken screen = %d; want 1", code)
	}
	select {
	case <-engine.driving:
		t.Error("a read-only project was driven")
	default:
	}
}
