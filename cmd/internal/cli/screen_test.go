package cli_test

import (
	"context"
	"errors"
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

// TestScreen leaves the screen while a date runs: what this process drives has
// to be over before the engine closes, so that the date is not left Unknown.
func TestScreen(t *testing.T) {
	t.Parallel()
	terminal, tty, err := pty.Open()
	if err != nil {
		t.Skipf("open terminal: %v", err)
	}
	defer terminal.Close()
	defer tty.Close()
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
	e.Screen = func(ctx context.Context, _ forecast.Engine, options tui.Options) error {
		shown = true
		if options.Drive || options.ReadOnly || options.Actor != "aki" {
			t.Errorf("screen is told %+v; want it to leave the driving to its caller", options)
		}
		<-engine.driving
		return ctx.Err()
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

// TestScreenReadOnly checks that nothing is driven in a project that was opened
// for reading.
func TestScreenReadOnly(t *testing.T) {
	t.Parallel()
	terminal, tty, err := pty.Open()
	if err != nil {
		t.Skipf("open terminal: %v", err)
	}
	defer terminal.Close()
	defer tty.Close()
	fake := enginetest.NewFake(enginetest.FakeOptions{})
	engine := &watched{Engine: fake.ReadOnly(), driving: make(chan struct{})}
	e, _, _ := env(t, fake, "--read-only")
	e.Stdin, e.Stdout = tty, tty
	e.Open = func(context.Context, cli.OpenRequest) (forecast.Engine, error) { return engine, nil }
	failed := errors.New("screen broke")
	e.Screen = func(_ context.Context, _ forecast.Engine, options tui.Options) error {
		if !options.ReadOnly {
			t.Error("screen may change things; want it read-only")
		}
		return failed
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
