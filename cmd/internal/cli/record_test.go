package cli_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/cmd/internal/cli"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/forecast/journal"
	"github.com/daybatch/daybatch/forecast/local"
)

// TestChangesAreRecorded runs every verb that changes something. What it did is in the
// journal that screens show, as it was typed, and what only looks is not.
func TestChangesAreRecorded(t *testing.T) {
	t.Parallel()
	fake := enginetest.NewFake(enginetest.FakeOptions{Auto: true})
	fake.Seed(newest-1, enginetest.Made(), enginetest.Made())
	fake.Seed(newest-2, enginetest.FailedAt(forecast.Train, "out of memory"))
	fake.Seed(newest-3, enginetest.RunningAt(forecast.Train))
	fake.SetFindings(forecast.Finding{Kind: "left-over", Severity: forecast.SeverityWarning, Text: "a file", Mendable: true})
	dir := makeProject(t)
	path := filepath.Join(dir, local.StateDir, journal.FileName)
	acts := func() []journal.Act {
		t.Helper()
		found, err := journal.New(path, "").Read()
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	run := func(args string) int {
		t.Helper()
		e, _, _ := env(t, fake, strings.Fields(args)...)
		e.Dir = dir
		return cli.Run(t.Context(), e)
	}
	draft := func() string {
		t.Helper()
		plan, err := fake.Plan(t.Context(), forecast.PlanRequest{Kind: forecast.PlanRun, Dates: []calendar.Date{newest - 4}, Actor: "aki"})
		if err != nil {
			t.Fatal(err)
		}
		return string(plan.ID)
	}
	applied := func() string {
		t.Helper()
		id := draft()
		if _, err := fake.Apply(t.Context(), forecast.PlanID(id)); err != nil {
			t.Fatal(err)
		}
		return id
	}
	for _, quiet := range []string{
		"days", "partition rollback 2026-01-19 --dry-run", "backfill pause " + applied() + " --dry-run", "doctor", "fallback 2026-01-18 --dry-run",
		"--read-only stop 2026-01-17", "stop 2026-01-10", "fallback 2026-01-19 --yes",
	} {
		if run(quiet); len(acts()) != 0 {
			t.Fatalf("daybatch %s is kept as %+v; want nothing", quiet, acts())
		}
	}
	left, controlled, discarded := draft(), applied(), draft()
	for _, test := range []struct {
		args, what, outcome string
		date                calendar.Date
	}{
		{"partition rollback 2026-01-19 --yes", "roll back 2026-01-19", "readers see generation ", newest - 1},
		{"stop 2026-01-17 --yes", "stop 2026-01-17", "stopped", newest - 3},
		{"fallback 2026-01-18 --yes", "fill 2026-01-18", "readers see generation ", newest - 2},
		{"doctor --mend --yes", "mend what the doctor found", "1 of 1 findings mended", 0},
		{"backfill apply " + left + " --yes", "start a plan", "plan " + left + " is active", 0},
		{"backfill pause " + controlled + " --yes", "pause plan " + controlled, "plan " + controlled + " is paused", 0},
		{"backfill drain " + controlled + " --yes", "drain plan " + controlled, "plan " + controlled + " is ", 0},
		{"backfill discard " + discarded + " --yes", "discard plan " + discarded, "plan " + discarded + " is draft", 0},
		{"run 2026-01-15 --yes", "start a plan", " is active", 0},
	} {
		before := len(acts())
		code := run(test.args)
		got := acts()
		if len(got) != before+1 {
			t.Errorf("daybatch %s = %d, with %d acts kept; want 1", test.args, code, len(got)-before)
			continue
		}
		act := got[0]
		if act.What != test.what || act.Command != "daybatch "+test.args || act.Actor != "aki" || act.Date != test.date || act.Failed || !strings.Contains(act.Outcome, test.outcome) {
			t.Errorf("daybatch %s is kept as %+v; want what %q, date %s, outcome %q", test.args, act, test.what, test.date, test.outcome)
		}
	}
	fake.FailNext("Rollback", errors.New("disk full"))
	if code := run("partition rollback 2026-01-19 --yes"); code == 0 || !acts()[0].Failed || acts()[0].Outcome != "disk full" {
		t.Errorf("a rollback that failed with %d is kept as %+v; want it failed, disk full", code, acts()[0])
	}
}
