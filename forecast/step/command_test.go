package step_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/step"
)

func shell(script string) step.Spec {
	return step.Spec{
		Step: forecast.Train, Date: calendar.Of(2026, 1, 15), Execution: "e7", Attempt: 2, Fence: 41, Generation: "g1",
		Command: []string{"sh", "-c", script},
	}
}

func TestRunCommand(t *testing.T) {
	t.Parallel()
	exit, root, log := run(t.Context(), t, shell(`echo "out $PWD"; echo err >&2; printf 'no end'; env | grep ^DAYBATCH_ | sort > env.txt; touch "$DAYBATCH_ROOT/output/model/models.json" "$DAYBATCH_ROOT/output/model/backtest.parquet"`))
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

// A command that ended well without what the built-in steps after it read has
// failed: its output must not be reused.
func TestRunCommandWithoutOutput(t *testing.T) {
	t.Parallel()
	exit, _, _ := run(t.Context(), t, shell(`touch "$DAYBATCH_ROOT/output/model/models.json"`))
	if want := "did not write $DAYBATCH_ROOT/output/model/backtest.parquet, which TrainEvaluation needs"; exit.Code == 0 || exit.Class != forecast.ReasonStep || !strings.Contains(exit.Reason, want) {
		t.Errorf("Run = %+v; want class step: %s", exit, want)
	}
	// Where later steps are commands too, the files are their own business.
	own := shell("true")
	own.Definition.Steps = map[forecast.StepName]forecast.StepOptions{
		forecast.TrainEvaluation: {Command: []string{"true"}}, forecast.Predict: {Command: []string{"true"}},
	}
	if exit, _, _ = run(t.Context(), t, own); exit.Code != 0 {
		t.Errorf("Run = %+v; want success", exit)
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
		{"colours reset at the end", `printf '\033[31mKeyError: price\033[0m\n\033[0m\033[K\n'; exit 1`, 1, forecast.ReasonStep, "KeyError: price (exit status 1)"},
		{"progress bar", `printf '10 %%\r20 %%\rout of memory'; exit 1`, 1, forecast.ReasonStep, "out of memory (exit status 1)"},
		{"title and NUL", `printf '\033]0;title\007no \000space\n'; exit 1`, 1, forecast.ReasonStep, "no space (exit status 1)"},
		{"message of a terminal", `printf '\033[1mtwo\r\nlines\033[0m' > $DAYBATCH_ROOT/message; exit 1`, 1, forecast.ReasonStep, "two\nlines"},
		{"credential", "echo 'ValueError: no login with password=hunter2'; exit 7", 7, forecast.ReasonStep, "ValueError: no login with password=[redacted] (exit status 7)"},
		{"message with a credential", "echo 'connect postgres://ops:s3cr3t@db' > $DAYBATCH_ROOT/message; exit 1", 1, forecast.ReasonStep, "connect postgres://ops:[redacted]@db"},
		{"message of a megabyte", `head -c 1000000 /dev/zero | tr '\0' x > $DAYBATCH_ROOT/message; exit 1`, 1, forecast.ReasonStep, strings.Repeat("x", 1000)},
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

// TestRunWithoutInput checks that a file that an earlier step's command forgot
// to write is no fault of the machine.
func TestRunWithoutInput(t *testing.T) {
	t.Parallel()
	for name, want := range map[forecast.StepName]string{
		forecast.PreProc: "PreProc needs rows.parquet, which Extract did not write", forecast.Train: "Train needs panel.parquet, which PreProc did not write",
		forecast.TrainEvaluation: "TrainEvaluation needs backtest.parquet, which Train did not write", forecast.PostProc: "PostProc needs forecast.parquet, which Predict did not write",
	} {
		spec := shell("")
		spec.Step, spec.Command = name, nil
		if exit, _, _ := run(t.Context(), t, spec); exit.Class != forecast.ReasonStep || !strings.HasPrefix(exit.Reason, want) {
			t.Errorf("Run(%s) without input = %+v; want class step, reason %q", name, exit, want)
		}
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

// TestRunBackground checks that a command whose child keeps the output open
// does not keep the step waiting.
func TestRunBackground(t *testing.T) {
	t.Parallel()
	spec := shell("sleep 5 & echo started; exit 0")
	spec.Definition.Limits.StopGrace = 20 * time.Millisecond
	exit, _, log := run(t.Context(), t, spec)
	if want := "sh ended, but a process that it started keeps its output open"; exit.Class != forecast.ReasonStep || exit.Reason != want {
		t.Errorf("Run = %+v; want class step, reason %q", exit, want)
	}
	if !strings.Contains(log, "started\n") {
		t.Errorf("log =\n%s\nwant what the command wrote", log)
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
