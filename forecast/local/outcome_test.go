//go:build unix

package local_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/forecast/local"
)

// shellProject is a project whose steps are those of a shell function's body.
func shellProject(t *testing.T, body string) (dir string, o local.Options) {
	t.Helper()
	dir = t.TempDir()
	script := filepath.Join(dir, "step.sh")
	must(t, os.WriteFile(script, []byte(stepProgram(body)), 0o600))
	o = options(enginetest.Definition())
	o.StepCommand = []string{"/bin/sh", script}
	o.Jitter = func() float64 { return 0 } // tries follow each other at once
	return dir, o
}

// A step that is killed after it has written a part of its output, or all of it,
// is tried again in a directory of its own: what it left is nobody's input, and is
// never published.
func TestKilledWhileWriting(t *testing.T) {
	t.Parallel()
	for name, written := range map[string]string{
		"nothing":              ``,
		"a part of the part":   `printf torn > "$root/output/partition/part-0.parquet"`,
		"an empty manifest":    `printf torn > "$root/output/partition/part-0.parquet"; : > "$root/output/partition/manifest.json"`,
		"half of the manifest": `printf torn > "$root/output/partition/part-0.parquet"; printf '{"generation":' > "$root/output/partition/manifest.json"`,
		"half of its exit":     `printf torn > "$root/output/partition/part-0.parquet"; printf '{"co' > "$root/exit.json"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := calendar.Of(2026, 1, 10)
			dir, o := shellProject(t, `case $root in
*/PostProc/t1)
	`+written+`
	kill -9 $$;;
esac
`+noopStep)
			e := open(t, dir, o)
			if err := runDate(t.Context(), e, d); err != nil {
				t.Fatalf("Drive = %v; want nil", err)
			}
			day := dayOf(t, e, d)
			if post := day.Steps[5]; day.State != forecast.DaySucceeded || day.Attempts != 1 || post.Tries != 2 {
				t.Fatalf("day = %s %q after %d attempts, PostProc after %d tries; want Succeeded after 1 and 2", day.State, day.Reason.Text, day.Attempts, post.Tries)
			}
			text, err := os.ReadFile(day.Partition.Path)
			if err != nil || string(text) != "x" {
				t.Errorf("the partition holds %q, %v; want what the second try wrote", text, err)
			}
			wantOnePublication(t, e, d, 1)
		})
	}
}

// Where the gate refuses a third of a month, those dates are Gated, and the others
// are published.
func TestGatedDatesOfBackfill(t *testing.T) {
	t.Parallel()
	dir, o := shellProject(t, `gated=
case $(cat "$root/step.json") in
*'"step": "TrainEvaluation"'*)
	case $root in
	*/2026-01-?[369]/*) gated=1;;
	esac;;
esac
if [ "$gated" ]; then
	printf '{"code":1,"class":"gate","reason":"wape 0.412 > 0.350"}' > "$root/exit.json"
	return 1
fi
`+noopStep)
	e := open(t, dir, o)
	first, last := calendar.Of(2026, 1, 1), calendar.Of(2026, 1, 30)
	request := backfill(forecast.ModeMissing, first, last)
	request.MaxFailures = 1 // a refusal is no failure
	id, _ := planned(t, e, request, first)
	carryOut(t, e, id)
	p, err := e.PlanByID(t.Context(), id)
	if err != nil || p.State != forecast.PlanEnded || p.Outcome != forecast.OutcomePartly {
		t.Errorf("plan = %s %s, %v; want it ended partly", p.State, p.Outcome, err)
	}
	gated := 0
	for d := first; d <= last; d++ {
		day := dayOf(t, e, d)
		if !strings.Contains("369", d.String()[9:]) {
			if day.State != forecast.DaySucceeded || day.Partition.Generation == "" {
				t.Errorf("%s is %s %q with generation %q; want Succeeded with one", d, day.State, day.Reason.Text, day.Partition.Generation)
			}
			continue
		}
		gated++
		if day.State != forecast.DayGated || !strings.Contains(day.Reason.Text, "wape 0.412 > 0.350") || day.Partition.Generation != "" {
			t.Errorf("%s is %s %q with generation %q; want Gated, the numbers, and none", d, day.State, day.Reason.Text, day.Partition.Generation)
		}
	}
	if gated != 9 {
		t.Errorf("%d dates were to be gated; want 9", gated)
	}
}

// A plan whose pipeline was edited after it was made runs nothing: each row says
// what changed, and a new plan runs.
func TestDefinitionChangedAfterPlan(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 10)
	dir, o := shellProject(t, noopStep)
	before := open(t, dir, o)
	request := backfill(forecast.ModeMissing, d, d+2)
	id, _ := planned(t, before, request, d)
	must(t, before.Close())
	o.Definition.Forecast.Horizon++
	after := open(t, dir, o)
	carryOut(t, after, id)
	p, err := after.PlanByID(t.Context(), id)
	if err != nil || p.State != forecast.PlanEnded || p.Outcome != forecast.OutcomeFailed {
		t.Errorf("plan = %s %s, %v; want it ended as failed", p.State, p.Outcome, err)
	}
	for _, row := range p.Rows {
		if row.State != forecast.RowDrifted || !strings.Contains(row.Outcome, "the definition changed") {
			t.Errorf("row %s is %s %q; want Drifted, and why", row.Date, row.State, row.Outcome)
		}
	}
	if day := dayOf(t, after, d); day.State != forecast.DayMissing || day.Attempts != 0 {
		t.Errorf("day = %s after %d attempts; want Missing after none", day.State, day.Attempts)
	}
	again, _ := planned(t, after, request, d)
	carryOut(t, after, again)
	if day := dayOf(t, after, d); day.State != forecast.DaySucceeded {
		t.Errorf("day of a new plan = %s %q; want Succeeded", day.State, day.Reason.Text)
	}
}
