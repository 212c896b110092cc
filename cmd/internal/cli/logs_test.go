package cli_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/cmd/internal/cli"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// crowd is an engine on which two machines work on Train. Its log comes in two
// parts, as one that is followed.
type crowd struct {
	*enginetest.Fake
}

func (crowd) Logs(context.Context, forecast.LogQuery) (forecast.LogStream, error) {
	line := func(step forecast.StepName, machine, text string) forecast.LogLine {
		return forecast.LogLine{At: time.Date(2026, 1, 20, 21, 0, 0, 0, time.UTC), Step: step, Stream: "job/algo-" + machine + "-1796023094", Text: text}
	}
	return &parts{
		{line(forecast.PreProc, "1", "alone"), line(forecast.Train, "2", "before the other")},
		{line(forecast.Train, "2", "both"), line(forecast.Train, "1", "both")},
	}, nil
}

type parts [][]forecast.LogLine

func (p *parts) Next(context.Context) ([]forecast.LogLine, error) {
	if len(*p) == 0 {
		return nil, io.EOF
	}
	part := (*p)[0]
	*p = (*p)[1:]
	return part, nil
}

func (*parts) Close() error { return nil }

// TestLogsOfMachines names the machines of a step as soon as there are several.
func TestLogsOfMachines(t *testing.T) {
	t.Parallel()
	for args, want := range map[string][]string{
		"logs 2026-01-20 --timestamps none": {
			"PreProc          alone", "Train            before the other", "Train            algo-2   both", "Train            algo-1   both",
		},
		"logs --last 1 --grep both --timestamps none": {"2026-01-20  Train            algo-2   both", "2026-01-20  Train            algo-1   both"},
	} {
		e, stdout, stderr := env(t, nil, strings.Fields(args)...)
		fake := enginetest.NewFake(enginetest.FakeOptions{})
		fake.Seed(newest, enginetest.Made())
		e.Open = func(context.Context, cli.OpenRequest) (forecast.Engine, error) { return crowd{fake}, nil }
		if code := cli.Run(t.Context(), e); code != 0 {
			t.Fatalf("daybatch %s = %d\n%s", args, code, stderr)
		}
		if diff := cmp.Diff(want, strings.Split(strings.TrimSpace(stdout.String()), "\n")); diff != "" {
			t.Errorf("daybatch %s (-want +got):\n%s", args, diff)
		}
	}
}

// TestSaidOnce says once what was done when an error came, be it that the engine
// says so too.
func TestSaidOnce(t *testing.T) {
	t.Parallel()
	for _, failure := range []string{"read days: disk is gone", "disk is gone"} {
		f := enginetest.NewFake(enginetest.FakeOptions{})
		f.FailNext("Days", errors.New(failure))
		e, _, stderr := env(t, f, "days")
		if code := cli.Run(t.Context(), e); code == 0 || !strings.HasPrefix(stderr.String(), "daybatch: read days: disk is gone\n") {
			t.Errorf("daybatch days = %d\n%s\nwant read days: disk is gone", code, stderr)
		}
	}
}

// unlogged is an engine whose last step is a decision.
type unlogged struct{ *enginetest.Fake }

func (u unlogged) Executions(ctx context.Context, date calendar.Date) ([]forecast.Execution, error) {
	all, err := u.Fake.Executions(ctx, date)
	for i := range all {
		last := &all[i].Steps[len(all[i].Steps)-1]
		last.Unlogged, last.Reason.Text = "Condition", "it came out true: auc >= {MinAuc}"
	}
	return all, err
}

func (unlogged) Logs(context.Context, forecast.LogQuery) (forecast.LogStream, error) {
	return nil, errors.New("a log was opened that is none")
}

// TestLogsOfADecision asks for the log of a step that has none: what there is of it is
// said, and nothing waited for.
func TestLogsOfADecision(t *testing.T) {
	t.Parallel()
	for _, args := range []string{"logs 2026-01-20 --step postproc", "logs 2026-01-20 -f --step postproc"} {
		e, stdout, stderr := env(t, nil, strings.Fields(args)...)
		fake := enginetest.NewFake(enginetest.FakeOptions{})
		fake.Seed(newest, enginetest.Made())
		e.Open = func(context.Context, cli.OpenRequest) (forecast.Engine, error) { return unlogged{fake}, nil }
		code := cli.Run(t.Context(), e)
		want := "PostProc is a step of the kind Condition, which has no log: Succeeded, it came out true: auc >= {MinAuc}"
		if code != 0 || stdout.Len() > 0 || !strings.Contains(stderr.String(), want) {
			t.Errorf("daybatch %s = %d\n%s%swant 0, and only %q", args, code, stdout, stderr, want)
		}
	}
}
