package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/cmd/internal/cli"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// project is the file of a project for tests with a Fake, which takes its
// definition elsewhere.
const project = `pipeline: demand-daily
source: {files: {orders: orders.csv}, query: extract.sql, series: [vehicle, region], time: ds, value: orders}
`

// newest is the newest date that is due in a Fake.
var newest = calendar.Of(2026, time.January, 20)

// makeProject writes a project that can be read.
func makeProject(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	writeProject(t, dir)
	return dir
}

func writeProject(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"daybatch.yaml": project, "extract.sql": "SELECT 1 WHERE {{.Date}} > {{.From}}"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// env is a process with a project and a Fake, without a terminal.
func env(t *testing.T, fake *enginetest.Fake, args ...string) (e cli.Env, stdout, stderr *bytes.Buffer) {
	t.Helper()
	stdout, stderr = &bytes.Buffer{}, &bytes.Buffer{}
	return cli.Env{
		Args: args, Stdin: strings.NewReader(""), Stdout: stdout, Stderr: stderr, Dir: makeProject(t), Host: "forge",
		Environ: []string{"USER=aki"},
		Now:     func() time.Time { return time.Date(2026, 1, 21, 0, 30, 0, 0, time.UTC) },
		Open: func(_ context.Context, request cli.OpenRequest) (forecast.Engine, error) {
			if request.ReadOnly {
				return fake.ReadOnly(), nil
			}
			return fake, nil
		},
	}, stdout, stderr
}

// command runs daybatch, which has to succeed, and returns what it wrote.
func command(t *testing.T, fake *enginetest.Fake, args ...string) string {
	t.Helper()
	if fake == nil {
		fake = enginetest.NewFake(enginetest.FakeOptions{Auto: true})
	}
	e, stdout, stderr := env(t, fake, args...)
	if code := cli.Run(t.Context(), e); code != 0 {
		t.Fatalf("daybatch %s = %d; want 0\n%s", strings.Join(args, " "), code, stderr)
	}
	return stdout.String()
}

func TestDaysJSON(t *testing.T) {
	t.Parallel()
	fake := enginetest.NewFake(enginetest.FakeOptions{Auto: true, Script: enginetest.Script{
		newest:     {forecast.Train: {enginetest.Fails("12 of 480 series are short")}},
		newest - 1: {forecast.TrainEvaluation: {enginetest.Gates("wape 0.412 > 0.350")}},
	}})
	e, _, _ := env(t, fake, "backfill", "--last", "3", "--yes")
	if code := cli.Run(t.Context(), e); code != 5 {
		t.Errorf("backfill with a failed, a gated and a good date = %d; want 5", code)
	}
	var got struct {
		Items []struct {
			Date      string
			State     string
			Attempts  int
			Execution *string
			Duration  *float64 `json:"duration_s"`
			Metrics   map[string]float64
			Partition *struct{ Rows, Bytes int64 }
			Reason    *string
			Class     *string `json:"reason_class"`
			Steps     []struct{ Name, Status string }
		}
		Warnings []string
	}
	if err := json.Unmarshal([]byte(command(t, fake, "days", "--last", "4", "-o", "json")), &got); err != nil {
		t.Fatal(err)
	}
	var states []string
	for _, item := range got.Items {
		states = append(states, item.Date+" "+item.State)
	}
	want := []string{"2026-01-20 Failed", "2026-01-19 Gated", "2026-01-18 Succeeded", "2026-01-17 Missing"}
	if diff := cmp.Diff(want, states); diff != "" {
		t.Fatalf("days -o json (-want +got):\n%s", diff)
	}
	failed, missing := got.Items[0], got.Items[3]
	if failed.Reason == nil || *failed.Reason != "Train: 12 of 480 series are short" || *failed.Class != "step" {
		t.Errorf("reason of the failed day = %q, %q; want the step's", *failed.Reason, *failed.Class)
	}
	if failed.Partition != nil || got.Items[2].Partition == nil {
		t.Errorf("partitions are %v and %v; want none and one", failed.Partition, got.Items[2].Partition)
	}
	if missing.Execution != nil || missing.Duration != nil || missing.Metrics != nil || missing.Steps == nil {
		t.Errorf("missing day = %+v; want null for what is not there, and a list of no steps", missing)
	}
	if got.Warnings == nil {
		t.Error("warnings = null; want a list")
	}
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	date := newest.String()
	tests := map[string]struct {
		script enginetest.Script
		args   []string
		want   int
	}{
		"ok":                {nil, []string{"run"}, 0},
		"step failed":       {enginetest.Script{newest: {forecast.Train: {enginetest.Fails("no")}}}, []string{"run"}, 1},
		"gate failed":       {enginetest.Script{newest: {forecast.TrainEvaluation: {enginetest.Gates("no")}}}, []string{"run"}, 1},
		"no such date":      {nil, []string{"run", "2026-02-30"}, 2},
		"future":            {nil, []string{"run", "2027-01-01"}, 2},
		"not due":           {nil, []string{"run", "2026-01-21"}, 2},
		"read-only":         {nil, []string{"run", "--read-only"}, 3},
		"nothing to stop":   {nil, []string{"stop", date}, 2},
		"several dates":     {nil, []string{"backfill", "--last", "2"}, 2},
		"verb":              {nil, []string{"frobnicate"}, 2},
		"step of no name":   {nil, []string{"logs", "--step", "tain"}, 2},
		"dry run":           {nil, []string{"backfill", "--last", "2", "--dry-run"}, 0},
		"partly":            {enginetest.Script{newest: {forecast.Train: {enginetest.Fails("no")}}}, []string{"backfill", "--last", "2", "--yes"}, 5},
		"all failed":        {enginetest.Script{newest: {forecast.Train: {enginetest.Fails("no")}}}, []string{"backfill", "--last", "1", "--yes"}, 1},
		"rerun of what":     {nil, []string{"rerun"}, 2},
		"both":              {nil, []string{"rerun", date, "--failed"}, 2},
		"whole and a step":  {nil, []string{"rerun", date, "--whole", "--from-step", "train"}, 2},
		"words for dates":   {nil, []string{"run", "yesterday"}, 0},
		"days ago":          {nil, []string{"run", "-3"}, 0},
		"state of no name":  {nil, []string{"days", "--state", "Fine"}, 2},
		"history of no day": {nil, []string{"forecast", "--history", "-1"}, 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := enginetest.NewFake(enginetest.FakeOptions{Auto: true, Script: test.script})
			e, stdout, stderr := env(t, fake, test.args...)
			if got := cli.Run(t.Context(), e); got != test.want {
				t.Errorf("daybatch %s = %d; want %d\n%s%s", strings.Join(test.args, " "), got, test.want, stdout, stderr)
			}
		})
	}
}

// TestConfirm answers on a terminal.
func TestConfirm(t *testing.T) {
	t.Parallel()
	production := enginetest.DemoDefinition()
	production.Production = true
	tests := map[string]struct {
		definition forecast.Definition
		answer     string
		code       int
		asks       string
		runs       bool
	}{
		"yes":             {enginetest.DemoDefinition(), "y\n", 0, "Run 1 date? [y/N]", true},
		"no":              {enginetest.DemoDefinition(), "n\n", 1, "nothing was changed", false},
		"just enter":      {enginetest.DemoDefinition(), "\n", 1, "nothing was changed", false},
		"production":      {production, "demand-daily\n", 0, "type demand-daily to go on", true},
		"yes is not name": {production, "y\n", 1, "nothing was changed", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := enginetest.NewFake(enginetest.FakeOptions{Auto: true, Definition: test.definition})
			terminal, tty := openTerminal(t)
			e, _, stderr := env(t, fake, "run")
			e.Stdin = tty
			if _, err := io.WriteString(terminal, test.answer); err != nil {
				t.Fatal(err)
			}
			if got := cli.Run(t.Context(), e); got != test.code {
				t.Errorf("run answered %q = %d; want %d\n%s", test.answer, got, test.code, stderr)
			}
			if !strings.Contains(stderr.String(), test.asks) {
				t.Errorf("run wrote %q; want %q in it", stderr, test.asks)
			}
			attempts, err := fake.Executions(t.Context(), newest)
			if err != nil {
				t.Fatal(err)
			}
			if got := len(attempts) > 0; got != test.runs {
				t.Errorf("run answered %q has run = %v; want %v", test.answer, got, test.runs)
			}
			if n := fake.Drafts(); n != 0 {
				t.Errorf("run answered %q leaves %d drafts; want none", test.answer, n)
			}
		})
	}
}

// TestDiscard removes a plan that --dry-run made, and no other.
func TestDiscard(t *testing.T) {
	t.Parallel()
	fake := enginetest.NewFake(enginetest.FakeOptions{Auto: true})
	run := func(want int, says string, args ...string) {
		t.Helper()
		e, stdout, stderr := env(t, fake, args...)
		if got := cli.Run(t.Context(), e); got != want || !strings.Contains(stdout.String()+stderr.String(), says) {
			t.Errorf("daybatch %s = %d, %s%s; want %d and %q", strings.Join(args, " "), got, stdout, stderr, want, says)
		}
	}
	draft, err := fake.Plan(t.Context(), forecast.PlanRequest{Kind: forecast.PlanRun, Dates: []calendar.Date{newest}})
	if err != nil {
		t.Fatal(err)
	}
	id := string(draft.ID)
	run(0, "Draft", "backfill", "discard", id, "--dry-run", "-o", "json")
	run(3, "read-only", "--read-only", "backfill", "discard", id)
	run(0, "plan "+id+" is removed", "backfill", "discard", id)
	run(2, "not found", "backfill", "discard", id)
	run(0, "", "run")
	applied, err := fake.Plans(t.Context())
	if err != nil || len(applied) != 1 {
		t.Fatalf("Plans = %d, %v; want the one that ran", len(applied), err)
	}
	run(4, "it is Ended", "backfill", "discard", string(applied[0].ID))
	run(0, "nothing to do", "run")
	if n := fake.Drafts(); n != 0 {
		t.Errorf("%d drafts are stored; want none", n)
	}
}

// TestColour checks that colours are only for terminals, and that any NO_COLOR
// switches them off.
func TestColour(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		environ []string
		want    bool
	}{
		"terminal":     {[]string{"TERM=xterm"}, true},
		"no colour":    {[]string{"TERM=xterm", "NO_COLOR=yes"}, false},
		"dumb":         {[]string{"TERM=dumb"}, false},
		"empty is not": {[]string{"TERM=xterm", "NO_COLOR="}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			terminal, tty := openTerminal(t)
			e, _, _ := env(t, enginetest.NewFake(enginetest.FakeOptions{}), "days", "--last", "2")
			e.Stdout, e.Environ = tty, test.environ
			if got := cli.Run(t.Context(), e); got != 0 {
				t.Fatalf("days = %d; want 0", got)
			}
			buffer := make([]byte, 1<<16)
			n, err := terminal.Read(buffer)
			if err != nil {
				t.Fatal(err)
			}
			_ = tty.Close()
			if got := strings.Contains(string(buffer[:n]), "\x1b["); got != test.want {
				t.Errorf("days in colour = %v; want %v: %q", got, test.want, buffer[:n])
			}
		})
	}
}

// TestSafe checks that what a step writes can't reach the terminal.
func TestSafe(t *testing.T) {
	t.Parallel()
	evil := "boom \x1b]52;c;aGk=\x07\x1b[2J password=hunter2"
	fake := enginetest.NewFake(enginetest.FakeOptions{Auto: true, Script: enginetest.Script{
		newest: {forecast.Train: {{End: enginetest.Fail, Text: evil, Log: []string{evil}}}},
	}})
	e, stdout, stderr := env(t, fake, "run")
	cli.Run(t.Context(), e)
	text := stdout.String() + stderr.String() + command(t, fake, "logs") + command(t, fake, "days") + command(t, fake, "steps")
	if strings.ContainsAny(text, "\x1b\x07") || strings.Contains(text, "hunter2") {
		t.Errorf("output has control sequences or a password: %q", text)
	}
	if !strings.Contains(text, "boom") {
		t.Errorf("output = %q; want the reason in it", text)
	}
}
