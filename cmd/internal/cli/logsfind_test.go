package cli_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/cmd/internal/cli"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// written has three days: one that was made, one that nobody ran, one that failed
// and was made again.
func written() *enginetest.Fake {
	f := enginetest.NewFake(enginetest.FakeOptions{})
	f.Seed(newest, enginetest.Past{Steps: map[forecast.StepName]enginetest.Behaviour{forecast.PreProc: {Log: []string{}}}})
	f.Seed(newest-2, enginetest.FailedAt(forecast.Train, "KeyError: price_lag_7"), enginetest.Made())
	return f
}

// TestLogsOfManyDays looks for lines in the logs of several days.
func TestLogsOfManyDays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, args  string
		code        int
		out, err    []string
		never, lack string // on stdout, on stderr
	}{
		{
			name: "last", args: "logs --last 3 --grep keyerror|publish", code: 0,
			out:   []string{"2026-01-20  ", "PostProc         publish dt=2026-01-20", "2026-01-18  ", "Train            error: KeyError: price_lag_7"},
			err:   []string{"nobody has run 2026-01-19: no log", "2026-01-20 attempt 1: no line of PreProc: it wrote none, or its log was removed"},
			never: "Extract",
		},
		{
			name: "a step", args: "logs --from 2026-01-18 --to 2026-01-18 --grep error --step train --timestamps none", code: 0,
			out: []string{"2026-01-18  error: KeyError: price_lag_7\n"}, lack: "nobody",
		},
		{name: "by level", args: "logs --last 3 --level error -o csv", code: 0, out: []string{"date,attempt,at,step,stream,seq,text", "2026-01-18,1,", ",Train,"}, never: "2026-01-20"},
		{name: "nothing to look for", args: "logs --last 3", code: 2, err: []string{"say with --grep or --level for which"}},
		{name: "one day", args: "logs 2026-01-18 --last 3 --grep x", code: 2, err: []string{"leave out DATE"}},
		{name: "two begins", args: "logs --from 2026-01-18 --last 3 --grep x", code: 2, err: []string{"leave one out"}},
		{name: "no number", args: "logs --last -3 --grep x", code: 2, err: []string{"not below 0"}},
		{name: "backwards", args: "logs --from 2026-02-18 --grep x", code: 2, err: []string{"2026-02-18", "after their end on 2026-01-20"}},
		{name: "no pattern", args: "logs --last 3 --grep [", code: 2, err: []string{"missing closing"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e, stdout, stderr := env(t, written(), strings.Fields(c.args)...)
			if code := cli.Run(t.Context(), e); code != c.code {
				t.Errorf("daybatch %s = %d; want %d\n%s", c.args, code, c.code, stderr)
			}
			for _, want := range c.out {
				if !strings.Contains(stdout.String(), want) {
					t.Errorf("daybatch %s lacks %q:\n%s", c.args, want, stdout)
				}
			}
			for _, want := range c.err {
				if !strings.Contains(stderr.String(), want) {
					t.Errorf("daybatch %s lacks %q on stderr:\n%s", c.args, want, stderr)
				}
			}
			if c.never != "" && strings.Contains(stdout.String(), c.never) || c.lack != "" && strings.Contains(stderr.String(), c.lack) {
				t.Errorf("daybatch %s has %q or, on stderr, %q:\n%s\n%s", c.args, c.never, c.lack, stdout, stderr)
			}
		})
	}
}

// A day that can't be read is named, the others are searched, and the exit code
// says so.
func TestLogsOfManyDaysPartly(t *testing.T) {
	t.Parallel()
	f := written()
	f.FailNext("Logs", errors.New("throttled"))
	e, stdout, stderr := env(t, f, "logs", "--last", "3", "--grep", "KeyError|publish", "-o", "json")
	const partly, denied = 5, 3
	if code := cli.Run(t.Context(), e); code != partly {
		t.Errorf("exit code %d; want %d\n%s", code, partly, stderr)
	}
	if !strings.Contains(stderr.String(), "was not read: throttled") {
		t.Errorf("stderr = %s; want what was not read", stderr)
	}
	decoder := json.NewDecoder(stdout)
	var found []string
	for decoder.More() {
		var line struct {
			Date    string
			Attempt int
			Step    string
		}
		if err := decoder.Decode(&line); err != nil {
			t.Fatal(err)
		}
		if line.Attempt < 1 || line.Date == "" {
			t.Errorf("line %+v; want its date and attempt", line)
		}
		found = append(found, line.Step)
	}
	if len(found) == 0 {
		t.Error("no line was found; want those of the day that was read")
	}
	f.FailNext("Logs", forecast.ErrUnauthorised)
	e, _, stderr = env(t, f, "logs", "--last", "3", "--grep", "x")
	if code := cli.Run(t.Context(), e); code != denied {
		t.Errorf("exit code without the right to read = %d; want %d\n%s", code, denied, stderr)
	}
}

// Elapsed time begins anew with each attempt: the days come newest first, and those
// after the first would have none.
func TestLogsOfManyDaysElapsed(t *testing.T) {
	t.Parallel()
	e, stdout, stderr := env(t, written(), "logs", "--last", "3", "--grep", ".", "--timestamps", "elapsed")
	if code := cli.Run(t.Context(), e); code != 0 {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	const none = "+00:00:00.000"
	begins, later := 0, false
	for line := range strings.Lines(stdout.String()) {
		if elapsed, ok := strings.CutPrefix(line, "2026-01-18  "); ok && strings.HasPrefix(elapsed, none) {
			begins++
		} else if ok {
			later = true
		}
	}
	if begins < 2 || !later {
		t.Errorf("the two attempts of 2026-01-18 begin %d times, later lines: %t; want both, and later lines:\n%s", begins, later, stdout)
	}
}
