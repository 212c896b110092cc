package cli_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/cmd/internal/cli"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// TestPlanThatRunsNothing: nobody is offered a draft that leaves all dates alone,
// and to apply it begins nothing.
func TestPlanThatRunsNothing(t *testing.T) {
	t.Parallel()
	fake := enginetest.NewFake(enginetest.FakeOptions{Auto: true})
	command(t, fake, "backfill", "--last", "2", "--yes")
	var draft struct{ Plan struct{ ID string } }
	if err := json.Unmarshal([]byte(command(t, fake, "backfill", "--last", "2", "--dry-run", "-o", "json")), &draft); err != nil || draft.Plan.ID == "" {
		t.Fatalf("the draft is %+v, %v; want one with an id", draft, err)
	}
	if shown := command(t, fake, "backfill", "apply", draft.Plan.ID, "--dry-run"); !strings.Contains(shown, "nothing to run") || strings.Contains(shown, "runs this very plan") {
		t.Errorf("the draft is shown as\n%s\nwant that there is nothing to run", shown)
	}
	e, _, stderr := env(t, fake, "backfill", "apply", draft.Plan.ID)
	if code := cli.Run(t.Context(), e); code != 0 || !strings.Contains(stderr.String(), "nothing to do") {
		t.Errorf("backfill apply = %d\n%s\nwant 0, and that there is nothing to do", code, stderr)
	}
	if plans := command(t, fake, "backfill", "list"); strings.Contains(plans, draft.Plan.ID) {
		t.Errorf("plans:\n%s\nwant that %s was not applied", plans, draft.Plan.ID)
	}
}

// TestPartitionTimes: people read times in the pipeline's zone, programs in UTC.
func TestPartitionTimes(t *testing.T) {
	t.Parallel()
	fake := enginetest.NewFake(enginetest.FakeOptions{Auto: true})
	command(t, fake, "run")
	for _, verb := range []string{"list", "show"} {
		if shown := command(t, fake, "partition", verb); strings.Count(shown, " JST") != 2 {
			t.Errorf("partition %s:\n%s\nwant two times in JST", verb, shown)
		}
		for _, format := range []string{"json", "csv"} {
			shown := command(t, fake, "partition", verb, "-o", format)
			if !regexp.MustCompile(`2026-01-\d\dT[0-9:.]+Z`).MatchString(shown) || strings.Contains(shown, "JST") {
				t.Errorf("partition %s -o %s:\n%s\nwant times in UTC", verb, format, shown)
			}
		}
	}
}
