package step_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/logkey"
	"github.com/daybatch/daybatch/forecast/step"
)

// buffer is a log that a command's goroutine and the test may use at once.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
	// seen is closed when the text contains want.
	want string
	seen chan struct{}
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, err := b.text.Write(p)
	if b.seen != nil && strings.Contains(b.text.String(), b.want) {
		close(b.seen)
		b.seen = nil
	}
	return n, err
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

var clock = func() time.Time { return time.Date(2026, 1, 16, 6, 1, 2, 123456000, time.UTC) }

var stamped = regexp.MustCompile(`^2026-01-16T06:01:02\.123456Z `)

// run runs a step in a new root and returns it, with its log.
func run(ctx context.Context, t *testing.T, spec step.Spec) (exit step.Exit, root, log string) {
	t.Helper()
	root = t.TempDir()
	written := &buffer{}
	exit = runIn(ctx, t, root, written, spec)
	return exit, root, written.String()
}

func runIn(ctx context.Context, t *testing.T, root string, log *buffer, spec step.Spec) step.Exit {
	t.Helper()
	if spec.Project == "" {
		spec.Project = root
	}
	if err := step.WriteSpec(root, spec); err != nil {
		t.Fatal(err)
	}
	exit, err := step.Run(ctx, step.Options{
		Root: root, Log: log, Now: clock, Executable: "/opt/daybatch",
		Environ: []string{"PATH=/usr/local/bin:/usr/bin:/bin", "DAYBATCH_STEP=outer"}, Workers: 2,
	})
	if err != nil {
		t.Fatalf("Run: %v", err)
	}
	written, err := step.ReadExit(root)
	if err != nil {
		t.Fatalf("ReadExit: %v", err)
	}
	if diff := cmp.Diff(exit, written); diff != "" {
		t.Errorf("exit.json differs from what Run returned (-returned +written):\n%s", diff)
	}
	return exit
}

func TestRunWithoutSpec(t *testing.T) {
	t.Parallel()
	_, err := step.Run(t.Context(), step.Options{Root: t.TempDir(), Log: &buffer{}, Now: clock})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Run = %v; want fs.ErrNotExist", err)
	}
}

func TestRunSpecElsewhere(t *testing.T) {
	t.Parallel()
	elsewhere, root := t.TempDir(), t.TempDir()
	if err := step.WriteSpec(elsewhere, step.Spec{Step: forecast.PostProc, Project: root, Command: []string{"true"}}); err != nil {
		t.Fatal(err)
	}
	exit, err := step.Run(t.Context(), step.Options{Root: root, Log: &buffer{}, Now: clock, Environ: []string{"DAYBATCH_SPEC=" + filepath.Join(elsewhere, step.SpecFile)}})
	if err != nil || exit.Code != 0 {
		t.Errorf("Run = %+v, %v; want success", exit, err)
	}
}

func TestRunReadOnly(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	root := t.TempDir()
	spec := shell("true")
	if err := step.WriteSpec(root, spec); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(root, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(root, 0o755) })
	exit, err := step.Run(t.Context(), step.Options{Root: root, Log: &buffer{}, Now: clock})
	if !errors.Is(err, fs.ErrPermission) || exit.Class != forecast.ReasonInfrastructure {
		t.Errorf("Run = %+v, %v; want class infrastructure and an error", exit, err)
	}
}

func TestClassOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		err  error
		want forecast.ReasonClass
	}{
		{errors.New("x"), forecast.ReasonStep},
		{fmt.Errorf("write: %w", &fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}), forecast.ReasonInfrastructure},
		{fmt.Errorf("open: %w", fs.ErrPermission), forecast.ReasonInfrastructure},
		{fmt.Errorf("step: %w", context.Canceled), forecast.ReasonStopped},
		{context.DeadlineExceeded, forecast.ReasonTimeout},
		{fmt.Errorf("gate: %w", &step.Error{Class: forecast.ReasonGate, Err: errors.New("wape")}), forecast.ReasonGate},
		{fmt.Errorf("x: %w", &lake.Error{Class: forecast.ReasonUpstream, Err: errors.New("no rows")}), forecast.ReasonUpstream},
		{fmt.Errorf("x: %w", forecast.ErrInvalid), forecast.ReasonConfig},
	}
	for _, test := range tests {
		if got := step.ClassOf(test.err); got != test.want {
			t.Errorf("ClassOf(%v) = %s; want %s", test.err, got, test.want)
		}
	}
}

func TestReasonText(t *testing.T) {
	t.Parallel()
	for n := range 8 {
		text := step.ReasonText(errors.New(strings.Repeat("x", n) + strings.Repeat("漢", 1000)))
		if len(text) > 1024 || len(text) < 1020 || !utf8.ValidString(text) {
			t.Errorf("ReasonText(%d + 3000 bytes) has %d bytes, valid %t; want at most 1024 of valid UTF-8", n, len(text), utf8.ValidString(text))
		}
	}
}

func TestLogHandler(t *testing.T) {
	t.Parallel()
	log := &buffer{}
	logger := slog.New(step.LogHandler(log, clock)).With(slog.String(logkey.Step, "Train"))
	record := func(level slog.Level, message string, attrs ...slog.Attr) {
		r := slog.NewRecord(clock().Add(time.Hour), level, message, 0)
		r.AddAttrs(attrs...)
		if !logger.Enabled(t.Context(), level) {
			return
		}
		if err := logger.Handler().Handle(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	record(slog.LevelInfo, "fitted", slog.String(logkey.Series, "compact tokyo"), slog.Int(logkey.Rows, 3))
	record(slog.LevelDebug, "hidden")
	record(slog.LevelWarn, "two\nlines", slog.String(logkey.Reason, "a\nb"))
	want := "2026-01-16T06:01:02.123456Z INFO fitted step=Train series=\"compact tokyo\" rows=3\n" +
		"2026-01-16T06:01:02.123456Z WARN two lines step=Train reason=\"a\\nb\"\n"
	if diff := cmp.Diff(want, log.String()); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	lines := strings.Split(log.String(), "\n")
	if !slices.ContainsFunc(lines, stamped.MatchString) {
		t.Errorf("no line is stamped: %q", lines)
	}
}

func TestProtect(t *testing.T) {
	t.Parallel()
	log := &buffer{}
	env := step.Env{Log: slog.New(step.LogHandler(log, clock))}
	var values []int
	for name, fail := range map[string]func(context.Context, step.Env) error{
		"panic: no scale at step/run_test.go:":                                            func(context.Context, step.Env) error { panic("no scale") },
		"panic: runtime error: index out of range [3] with length 0 at step/run_test.go:": func(context.Context, step.Env) error { values[3]++; return nil },
	} {
		err := step.Protect(t.Context(), env, fail)
		if err == nil || !strings.HasPrefix(err.Error(), name) || step.ClassOf(err) != forecast.ReasonStep {
			t.Errorf("Protect = %v; want ..%s..", err, name)
		}
	}
	if !strings.Contains(log.String(), "goroutine ") {
		t.Errorf("log = %s; want the stack", log)
	}
}

func TestRunUnknownStep(t *testing.T) {
	t.Parallel()
	exit, _, _ := run(t.Context(), t, step.Spec{Step: "Publish"})
	if exit.Class != forecast.ReasonConfig || !strings.Contains(exit.Reason, `step "Publish" is unknown`) {
		t.Errorf("Run = %+v; want class config that names the step", exit)
	}
}
