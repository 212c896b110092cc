package cli_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/aws/awssim"
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
	for _, named := range []string{"--project . run 2026-01-14 --yes", "run --project=. 2026-01-13 --yes"} {
		want := "daybatch " + strings.Join(strings.Fields(strings.NewReplacer("--project .", "", "--project=.", "").Replace(named)), " ")
		if code := run(named); code != 0 || acts()[0].Command != want {
			t.Errorf("daybatch %s = %d, kept as %q; want 0 and %q: the journal is the project's", named, code, acts()[0].Command, want)
		}
	}
	fake.FailNext("Rollback", errors.New("disk full"))
	if code := run("partition rollback 2026-01-19 --yes"); code == 0 || !acts()[0].Failed || acts()[0].Outcome != "disk full" {
		t.Errorf("a rollback that failed with %d is kept as %+v; want it failed, disk full", code, acts()[0])
	}
}

// TestDeployIsRecorded deploys to an account: what was changed there is in the journal,
// and how far it came where it failed. What only looks, or changes nothing, is not.
func TestDeployIsRecorded(t *testing.T) {
	t.Parallel()
	e, _, stderr := env(t, nil)
	e.Open = nil
	sim := serveAccount(t, e.Dir, e.Now(), e.Now())
	acts := func() []journal.Act {
		t.Helper()
		found, err := journal.New(filepath.Join(e.Dir, local.StateDir, journal.FileName), "").Read()
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	run := func(args string, code, kept int) journal.Act {
		t.Helper()
		e.Args = strings.Fields(args)
		before := len(acts())
		if got := cli.Run(t.Context(), e); got != code {
			t.Fatalf("daybatch %s = %d; want %d\n%s", args, got, code, stderr)
		}
		found := acts()
		if len(found) != before+kept {
			t.Fatalf("daybatch %s is kept as %+v; want %d acts", args, found[:len(found)-before], kept)
		}
		if kept == 0 {
			return journal.Act{}
		}
		return found[0]
	}
	run("deploy --dry-run", 0, 0)
	run("deploy --no-input", 2, 0)
	if act := run("deploy --yes", 0, 1); act.What != "deploy to ap-northeast-1" || act.Command != "daybatch deploy --yes" || act.Actor != "aki" || act.Failed || !strings.HasSuffix(act.Outcome, " changes made") {
		t.Errorf("a deployment is kept as %+v; want what was changed where, by aki", act)
	}
	run("deploy --yes", 0, 0)
	file := filepath.Join(e.Dir, "daybatch.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(text, "limits: {max_active: 3}\nforecast: {horizon: 9}\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	undo := sim.Inject(awssim.Fault{Operation: "sagemaker.UpdatePipeline", Effect: awssim.Effect{
		Code: "AccessDeniedException", Message: "User aki is not authorized to perform: sagemaker:UpdatePipeline", Status: 400,
	}})
	if act := run("deploy --yes", 3, 1); !act.Failed || !strings.Contains(act.Outcome, " made, then: ") || !strings.Contains(act.Outcome, "sagemaker:UpdatePipeline") {
		t.Errorf("a deployment that failed is kept as %+v; want how far it came, and why", act)
	}
	undo()
	if act := run("deploy --yes", 0, 1); act.Failed || !strings.HasSuffix(act.Outcome, " made") {
		t.Errorf("the deployment after it is kept as %+v; want that the rest was made", act)
	}
}
