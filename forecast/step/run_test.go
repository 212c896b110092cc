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
	"github.com/daybatch/daybatch/forecast/calendar"
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

func shell(script string) step.Spec {
	return step.Spec{
		Step: forecast.Train, Date: calendar.Of(2026, 1, 15), Execution: "e7", Attempt: 2, Fence: 41, Generation: "g1",
		Command: []string{"sh", "-c", script},
	}
}

func TestRunCommand(t *testing.T) {
	t.Parallel()
	exit, root, log := run(t.Context(), t, shell(`echo "out $PWD"; echo err >&2; printf 'no end'; env | grep ^DAYBATCH_ | sort > env.txt; touch "$DAYBATCH_ROOT/output/model/models.json"`))
	if exit.Code != 0 || exit.Class != "" || exit.Reason != "" {
		t.Errorf("Run = %+v; want success", exit)
	}
	lines := strings.Split(strings.TrimSuffix(log, "\n"), "\n")
	for i, want := range []string{"out " + root, "err", "no end"} {
		if i >= len(lines) || !stamped.MatchString(lines[i]) || !strings.HasSuffix(lines[i], "Z "+want) {
			t.Fatalf("log =\n%s\nwant line %d to be stamped and say %q", log, i, want)
		}
	}
	env, err := os.ReadFile(filepath.Join(root, "env.txt"))
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("DAYBATCH_ATTEMPT=2\nDAYBATCH_DATE=2026-01-15\nDAYBATCH_EXE=/opt/daybatch\nDAYBATCH_EXECUTION=e7\nDAYBATCH_FENCE=41\nDAYBATCH_GENERATION=g1\nDAYBATCH_INSIDE=Train\nDAYBATCH_ROOT=%s\nDAYBATCH_STEP=Train\n", root)
	if diff := cmp.Diff(want, string(env)); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
	if _, err := os.Stat(filepath.Join(root, step.MessageFile)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a message after success: %v", err)
	}
}

func TestRunCommandFails(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, script string
		code         int
		class        forecast.ReasonClass
		reason       string
	}{
		{"traceback", "printf 'Traceback (most recent call last):\\n  File \"train.py\", line 7\\nKeyError: %s\\n\\n' \"'price_lag_7'\" >&2; exit 3", 3, forecast.ReasonStep, "KeyError: 'price_lag_7' (exit status 3)"},
		{"message", "echo noise; printf 'two\\nlines\\n' > $DAYBATCH_ROOT/message; exit 1", 1, forecast.ReasonStep, "two\nlines"},
		{"silent", "exit 9", 9, forecast.ReasonStep, "sh ended with exit status 9 and wrote nothing"},
		{"killed", "echo working; kill -9 $$", 1, forecast.ReasonLost, "working (signal: killed)"},
		{"crashed", "kill -SEGV $$", 1, forecast.ReasonStep, "sh ended with signal: segmentation fault"},
		{"not UTF-8", `printf '\377\376 bad\n'; exit 1`, 1, forecast.ReasonStep, "\uFFFD bad (exit status 1)"},
		{"stamped by a built-in step", "echo '2026-01-16T05:00:00.000001Z ERROR no rows'; exit 1", 1, forecast.ReasonStep, "ERROR no rows (exit status 1)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			exit, root, _ := run(t.Context(), t, shell(test.script))
			if exit.Code != test.code || exit.Class != test.class || !strings.HasPrefix(exit.Reason, test.reason) {
				t.Errorf("Run = %+v; want code %d, class %s, reason %q", exit, test.code, test.class, test.reason)
			}
			message, err := os.ReadFile(filepath.Join(root, step.MessageFile))
			if err != nil || string(message) != exit.Reason {
				t.Errorf("message = %q, %v; want %q", message, err, exit.Reason)
			}
		})
	}
}

func TestRunCommandMissing(t *testing.T) {
	t.Parallel()
	spec := shell("")
	spec.Command = []string{"no-such-program"}
	exit, _, _ := run(t.Context(), t, spec)
	if exit.Class != forecast.ReasonConfig || !strings.Contains(exit.Reason, "no-such-program") || !strings.Contains(exit.Reason, "steps.Train.command") {
		t.Errorf("Run = %+v; want class config that names the program", exit)
	}
}

// TestRunLongLine checks that a line of a megabyte reaches the log whole and
// the reason cut.
func TestRunLongLine(t *testing.T) {
	t.Parallel()
	exit, _, log := run(t.Context(), t, shell(`head -c 1000000 /dev/zero | tr '\0' x; echo; exit 1`))
	if got := strings.Count(log, "x"); got < 1000000 {
		t.Errorf("log has %d of 1000000 bytes", got)
	}
	if first, _, _ := strings.Cut(log, "\n"); len(first) != 1000000+len("2026-01-16T06:01:02.123456Z ") {
		t.Errorf("first line has %d bytes; want one stamp and 1000000", len(first))
	}
	if len(exit.Reason) > 1024 || !strings.HasSuffix(exit.Reason, "…") {
		t.Errorf("reason has %d bytes, ends %q; want at most 1024 with a mark", len(exit.Reason), exit.Reason[len(exit.Reason)-5:])
	}
}

// TestRunStop checks that a stop reaches the command as SIGTERM, once it runs.
func TestRunStop(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	log := &buffer{want: "ready", seen: make(chan struct{})}
	seen := log.seen
	go func() {
		<-seen
		cancel(step.ErrStopped)
	}()
	exit := runIn(ctx, t, t.TempDir(), log, shell(`trap 'echo got TERM; exit 0' TERM; echo ready; while :; do sleep 0.01; done`))
	if exit.Class != forecast.ReasonStopped || exit.Code == 0 {
		t.Errorf("Run = %+v; want class stopped", exit)
	}
	if !strings.Contains(log.String(), "got TERM") {
		t.Errorf("log =\n%s\nwant the command to have got SIGTERM", log)
	}
}

// TestRunStubborn checks that a command that ignores SIGTERM is killed after
// the grace.
func TestRunStubborn(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	log := &buffer{want: "ready", seen: make(chan struct{})}
	seen := log.seen
	go func() {
		<-seen
		cancel(step.ErrStopped)
	}()
	spec := shell(`trap '' TERM; echo ready; while :; do sleep 0.01; done`)
	spec.Definition.Limits.StopGrace = 20 * time.Millisecond
	if exit := runIn(ctx, t, t.TempDir(), log, spec); exit.Class != forecast.ReasonStopped {
		t.Errorf("Run = %+v; want class stopped", exit)
	}
}

// TestRunInside checks that a command may call the built-in step, whose reason
// and class become those of the step.
func TestRunInside(t *testing.T) {
	t.Parallel()
	root, log := t.TempDir(), &buffer{}
	spec := step.Spec{Step: forecast.Extract, Date: calendar.Of(2026, 1, 15), Project: root, Command: []string{"false"}}
	spec.Definition.Source = forecast.Source{Query: "SELECT 1", Files: map[string]string{"a": "a.csv"}, Time: "ds", Value: "v"}
	if err := step.WriteSpec(root, spec); err != nil {
		t.Fatal(err)
	}
	inner, err := step.Run(t.Context(), step.Options{Root: root, Log: log, Now: clock, Environ: []string{"DAYBATCH_INSIDE=Extract"}})
	if err != nil || inner.Class != forecast.ReasonConfig || !strings.Contains(inner.Reason, "no file matches a.csv") {
		t.Fatalf("Run inside = %+v, %v; want the built-in step's reason", inner, err)
	}
	if _, err := step.ReadExit(root); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the inner run wrote exit.json: %v", err)
	}
	spec.Command = []string{"sh", "-c", "exit 1"}
	outer := runIn(t.Context(), t, root, log, spec)
	if outer.Class != forecast.ReasonConfig || outer.Reason != inner.Reason {
		t.Errorf("Run = %+v; want class and reason of the inner run", outer)
	}
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
	if err := step.WriteSpec(elsewhere, step.Spec{Step: forecast.Extract, Project: root, Command: []string{"true"}}); err != nil {
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
	logger := slog.New(step.LogHandler(log)).With(slog.String(logkey.Step, "Train"))
	record := func(level slog.Level, message string, attrs ...slog.Attr) {
		r := slog.NewRecord(clock(), level, message, 0)
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
	env := step.Env{Log: slog.New(step.LogHandler(log))}
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
