//go:build unix

package local_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/forecast/local"
	"github.com/daybatch/daybatch/forecast/local/internal/store/storetest"
)

// heard holds whoever logs a message until somebody has heard it, or nobody
// listens any more.
type heard struct {
	slog.Handler

	message string
	tell    chan<- struct{}
	deaf    <-chan struct{}
}

// Handle holds the caller if the record is one of the message.
func (h heard) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == h.message {
		select {
		case h.tell <- struct{}{}:
		case <-h.deaf:
		}
	}
	return h.Handler.Handle(ctx, r)
}

func lock(t *testing.T, dir string) (release func()) {
	t.Helper()
	give, err := storetest.Lock(context.WithoutCancel(t.Context()), filepath.Join(dir, local.StateDir, "state.db"))
	must(t, err)
	return func() { must(t, give()) }
}

// While another process holds the write lock of the records for longer than a
// write waits, what ended meanwhile is not lost: it is recorded, and the date goes
// on, once the lock is free.
func TestLockedRecords(t *testing.T) {
	t.Parallel()
	for _, step := range []forecast.StepName{forecast.Extract, forecast.Train, forecast.PostProc} {
		t.Run(string(step), func(t *testing.T) {
			t.Parallel()
			d := calendar.Of(2026, 1, 10)
			dir := newProject(t, enginetest.Script{d: {step: {enginetest.Hangs()}}})
			misses, deaf := make(chan struct{}), make(chan struct{})
			o := options(enginetest.Definition())
			o.LockWait = time.Millisecond
			o.Log = slog.New(heard{slog.NewTextHandler(t.Output(), nil), "records are locked", misses, deaf})
			e := openAs(t, dir, o)
			done := make(chan error, 1)
			go func() { done <- runDate(t.Context(), e, d) }()
			await(t, e, d, func(day forecast.Day) bool {
				return len(day.Steps) > 0 && currentStep(day) == step
			})
			free := lock(t, dir)
			release(t, dir, d, step)
			for range 3 {
				select {
				case <-misses:
				case err := <-done:
					t.Fatalf("Drive = %v while the records are locked; want that it goes on", err)
				}
			}
			if day := dayOf(t, e, d); day.State != forecast.DayRunning || currentStep(day) != step {
				t.Errorf("while the records are locked the day is %s at %s; want it Running at %s", day.State, currentStep(day), step)
			}
			free()
			close(deaf)
			if err := <-done; err != nil {
				t.Fatalf("Drive = %v; want nil", err)
			}
			if day := dayOf(t, e, d); day.State != forecast.DaySucceeded || day.Attempts != 1 {
				t.Errorf("day = %s %q after %d attempts; want Succeeded after 1", day.State, day.Reason.Text, day.Attempts)
			}
			for _, st := range dayOf(t, e, d).Steps {
				if st.Tries != 1 {
					t.Errorf("step %s was tried %d times; want 1", st.Name, st.Tries)
				}
			}
			wantOnePublication(t, e, d, 1)
			must(t, storetest.Chain(t.Context(), filepath.Join(dir, local.StateDir, "state.db")))
		})
	}
}

// currentStep is the step that executes; empty if none does.
func currentStep(day forecast.Day) forecast.StepName {
	for _, st := range day.Steps {
		if st.Status == forecast.StepExecuting {
			return st.Name
		}
	}
	return ""
}

// Whoever asks for something while the records are locked is told so, and nothing
// is changed; asked again, it is done.
func TestCommandsOnLockedRecords(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 10)
	dir := newProject(t, enginetest.Script{d: {forecast.Train: {enginetest.Hangs()}}})
	o := options(enginetest.Definition())
	o.LockWait = time.Millisecond
	e := open(t, dir, o)
	draft, _ := planned(t, e, backfill(forecast.ModeMissing, d+1, d+1), d+1)
	done := make(chan error, 1)
	go func() { done <- runDate(t.Context(), e, d) }()
	await(t, e, d, trains)
	commands := map[string]func() error{
		"apply": func() error { _, err := e.Apply(t.Context(), draft); return err },
		"run":   func() error { return runDate(t.Context(), e, d+2) },
		"stop":  func() error { _, err := e.Stop(t.Context(), d, "kei"); return err },
	}
	free := lock(t, dir)
	for name, do := range commands {
		if err := do(); !errors.Is(err, forecast.ErrUnavailable) || !strings.Contains(err.Error(), "locked by another process") {
			t.Errorf("%s = %v; want ErrUnavailable that says what is locked", name, err)
		}
	}
	free()
	if day := dayOf(t, e, d); day.State != forecast.DayRunning {
		t.Errorf("day = %s; want Running: no stop was answered", day.State)
	}
	for name, do := range commands {
		if err := do(); err != nil {
			t.Errorf("%s once the lock is free = %v; want nil", name, err)
		}
	}
	if err := <-done; err != nil {
		t.Fatalf("Drive = %v; want nil", err)
	}
	if day := dayOf(t, e, d); day.State != forecast.DayStopped {
		t.Errorf("day = %s; want Stopped", day.State)
	}
}

// An operator that is interrupted does not wait for the lock.
func TestInterruptOnLockedRecords(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 10)
	dir := newProject(t, enginetest.Script{d: {forecast.Train: {enginetest.Hangs(), {}}}})
	o := options(enginetest.Definition())
	o.LockWait = time.Millisecond
	e := open(t, dir, o)
	ctx, interrupt := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- runDate(ctx, e, d) }()
	await(t, e, d, trains)
	free := lock(t, dir)
	interrupt()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("Drive = %v; want that it was interrupted", err)
	}
	free()
	// What could not be recorded is found by whoever looks next.
	plans, err := e.Plans(t.Context())
	if err != nil || len(plans) != 1 {
		t.Fatalf("Plans = %v, %v; want one", plans, err)
	}
	must(t, e.Drive(t.Context(), plans[0].ID))
	if day := dayOf(t, e, d); day.State != forecast.DaySucceeded || day.Attempts != 2 {
		t.Errorf("day = %s %q after %d attempts; want Succeeded after 2", day.State, day.Reason.Text, day.Attempts)
	}
	wantOnePublication(t, e, d, 2)
}
