//go:build unix

package local_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/local"
	"github.com/daybatch/daybatch/forecast/local/internal/store/storetest"
)

func fillDate(ctx context.Context, e *local.Engine, d calendar.Date) error {
	_, err := e.Fallback(ctx, forecast.FallbackRequest{Date: d, Actor: "aki"})
	return err
}

// fillAt fills a date in a process that is killed at its k-th write. It returns
// how many writes there were, 0 if it was killed.
func fillAt(t *testing.T, dir string, d calendar.Date, k int) int {
	t.Helper()
	output, err := exec.Command(os.Args[0], "operate", "fill", dir, strconv.Itoa(k), d.String()).CombinedOutput()
	if err != nil {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(output)))
	if err != nil {
		t.Fatalf("fill, to be killed at write %d: %s", k, output)
	}
	return n
}

// TestKilledFallback kills a process that fills a date at each of its writes:
// readers see nothing or all of it, and whoever comes next can fill the date and
// run it.
func TestKilledFallback(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 11)
	start := newProject(t, enginetest.Script{d: {forecast.Train: {enginetest.Fails("boom"), {}}}})
	e := open(t, start, options(enginetest.Definition()))
	must(t, runDate(t.Context(), e, d-1))
	must(t, runDate(t.Context(), e, d))
	must(t, e.Close())
	project := func(t *testing.T) string {
		t.Helper()
		dir := filepath.Join(t.TempDir(), "project")
		if output, err := exec.Command("cp", "-a", start, dir).CombinedOutput(); err != nil { // with its hard links
			t.Fatalf("copy project: %v: %s", err, output)
		}
		return dir
	}
	writes := fillAt(t, project(t), d, 0)
	if writes < 10 {
		t.Fatalf("filling has %d writes; want more: are they numbered?", writes)
	}
	for k := 1; k <= writes; k++ {
		t.Run(strconv.Itoa(k), func(t *testing.T) {
			t.Parallel()
			dir := project(t)
			if fillAt(t, dir, d, k) != 0 {
				t.Fatalf("it was not killed at write %d of %d", k, writes)
			}
			checkReaders(t, dir, "killed")
			checkFillable(t, dir, d)
		})
	}
}

// checkFillable fills a date that may be filled, and runs it.
func checkFillable(t *testing.T, dir string, d calendar.Date) {
	t.Helper()
	e := open(t, dir, options(enginetest.Definition()))
	if err := fillDate(t.Context(), e, d); err != nil && !errors.Is(err, forecast.ErrConflict) {
		t.Fatalf("Fallback = %v; want it filled, now or before", err)
	}
	if day := dayOf(t, e, d); day.State != forecast.DayFailed || day.Fallback() != d-1 {
		t.Errorf("day = %s with a fallback of %s; want Failed, of %s", day.State, day.Fallback(), d-1)
	}
	must(t, rerunDate(t.Context(), e, d))
	if day := dayOf(t, e, d); day.State != forecast.DaySucceeded || !day.Fallback().IsZero() {
		t.Errorf("day = %s with a fallback of %s; want Succeeded with its own", day.State, day.Fallback())
	}
	found, err := e.Examine(t.Context())
	must(t, err)
	for _, f := range found {
		if f.Severity != forecast.SeverityNote {
			t.Errorf("%s %s %s", f.Kind, f.Date, f.Text)
		}
	}
	must(t, storetest.Chain(t.Context(), filepath.Join(dir, local.StateDir, "state.db")))
}

// A fallback whose process died between the rename and the commit is recorded by
// the next one, as what it is, also while the date's own attempt runs.
func TestFallbackLeadsRecords(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 11)
	dir := newProject(t, nil)
	e := open(t, dir, options(enginetest.Definition()))
	must(t, runDate(t.Context(), e, d-1))
	_ = start(t, "die in a fallback", dir, d.String()).Wait()
	if day := dayOf(t, e, d); !day.Fallback().IsZero() {
		t.Fatalf("the process recorded what it was to die before: %+v", day.Partition)
	}
	if err := fillDate(t.Context(), e, d); !errors.Is(err, forecast.ErrConflict) {
		t.Errorf("Fallback = %v; want a conflict: the file is there already", err)
	}
	if day := dayOf(t, e, d); day.Fallback() != d-1 {
		t.Errorf("the fallback that readers see is recorded as %+v; want that of %s", day.Partition, d-1)
	}
	must(t, runDate(t.Context(), e, d))
	all, err := e.Partitions(t.Context(), forecast.PartitionQuery{Range: calendar.Range{From: d, To: d}, All: true})
	must(t, err)
	kinds := make([]string, len(all))
	for i, p := range all {
		kinds[i] = string(p.Kind) + " " + strconv.FormatBool(!p.Published.IsZero())
	}
	if got := strings.Join(kinds, ", "); got != "own true, fallback true" {
		t.Errorf("generations are %s; want its own and the fallback that led", got)
	}
}

// The server fills dates at their deadline, once, and with a younger forecast
// when there is one.
func TestFallbackAtDeadline(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 12)
	now := time.Date(2026, 1, 13, 8, 59, 0, 0, time.UTC)
	def := enginetest.Definition()
	def.Timezone, def.LateAfter, def.OnMissing, def.CatchUp = "UTC", "09:00", forecast.OnMissingFallback, forecast.CatchUpNone
	def.Start, def.End = d-2, 0
	o := options(def)
	o.Now = func() time.Time { return now }
	e := open(t, newProject(t, nil), o)
	must(t, runDate(t.Context(), e, d-2))
	e.Turn(t.Context(), now)
	if day := dayOf(t, e, d); day.Partition.Generation != "" {
		t.Errorf("before its deadline %s is filled with %s", d, day.Fallback())
	}
	if day := dayOf(t, e, d-1); day.Fallback() != d-2 {
		t.Errorf("past its deadline %s has a fallback of %s; want %s", d-1, day.Fallback(), d-2)
	}
	now = now.Add(time.Minute)
	e.Turn(t.Context(), now)
	first := dayOf(t, e, d)
	if first.Fallback() != d-2 || first.State != forecast.DayMissing {
		t.Fatalf("at its deadline %s is %s with a fallback of %s; want Missing, of %s", d, first.State, first.Fallback(), d-2)
	}
	now = now.Add(time.Minute)
	e.Turn(t.Context(), now)
	if again := dayOf(t, e, d); again.Partition.Generation != first.Partition.Generation || again.Late != time.Minute {
		t.Errorf("a minute later it is %s, late %s; want the same, late a minute", again.Partition.Generation, again.Late)
	}
}

// A fallback that no record knows, as after the loss of the records, is not taken
// for the date's own.
func TestUnrecordedFallback(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 11)
	dir := newProject(t, nil)
	e := open(t, dir, options(enginetest.Definition()))
	must(t, runDate(t.Context(), e, d-1))
	must(t, fillDate(t.Context(), e, d))
	must(t, e.Close())
	for _, file := range []string{"state.db", "state.db-wal", "state.db-shm"} {
		_ = os.Remove(filepath.Join(dir, local.StateDir, file))
	}
	e = open(t, dir, options(enginetest.Definition()))
	_, err := e.Mend(t.Context(), "aki")
	must(t, err)
	if day := dayOf(t, e, d-1); day.State != forecast.DaySucceeded {
		t.Errorf("%s is %s; want its forecast adopted", d-1, day.State)
	}
	if day := dayOf(t, e, d); day.State != forecast.DayMissing || day.Partition.Generation != "" {
		t.Errorf("%s is %s with %+v; want it Missing: its fallback was withdrawn", d, day.State, day.Partition)
	}
	if _, err := os.Stat(filepath.Join(dir, "lake", "orders_forecast", "dt="+d.String(), lake.PartFile)); err == nil {
		t.Error("readers still see the fallback")
	}
	must(t, fillDate(t.Context(), e, d))
}
