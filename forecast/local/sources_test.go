//go:build unix

package local_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/forecast/local"
)

// fed is a project with a file for each date in data/.
func fed(t *testing.T, script enginetest.Script) (*local.Engine, string) {
	t.Helper()
	dir := newProject(t, script)
	if err := os.Mkdir(filepath.Join(dir, "data"), 0o755); err != nil {
		t.Fatal(err)
	}
	def := enginetest.Definition()
	def.Source.Files = map[string]string{"orders": "data/*.csv"}
	return open(t, dir, options(def)), dir
}

// deliver puts a file of a date into data/, whole, as a careful upstream does.
func deliver(t *testing.T, dir string, d calendar.Date, text string) {
	t.Helper()
	file := filepath.Join(dir, "data", d.String()+".csv")
	if err := os.WriteFile(file+".part", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+".part", file); err != nil {
		t.Fatal(err)
	}
}

func backfill(mode forecast.Mode, from, to calendar.Date) forecast.PlanRequest {
	return forecast.PlanRequest{
		Kind: forecast.PlanBackfill, Range: calendar.Range{From: from, To: to}, Mode: mode, Cause: forecast.CauseBackfill, Actor: "aki",
	}
}

func rerun(d calendar.Date) forecast.PlanRequest {
	return forecast.PlanRequest{
		Kind: forecast.PlanRerun, Dates: []calendar.Date{d}, Start: forecast.StartFailedStep, Cause: forecast.CauseRerun, Actor: "aki",
	}
}

// planned returns the plan of a request and its row of a date.
func planned(t *testing.T, e forecast.Engine, request forecast.PlanRequest, d calendar.Date) (forecast.PlanID, forecast.PlanRow) {
	t.Helper()
	p, err := e.Plan(t.Context(), request)
	if err != nil {
		t.Fatalf("Plan = %v; want a plan", err)
	}
	row, ok := p.Row(d)
	if !ok {
		t.Fatalf("plan %s has no row of %s", p.ID, d)
	}
	return p.ID, row
}

func carryOut(t *testing.T, e forecast.Engine, id forecast.PlanID) {
	t.Helper()
	_, err := e.Apply(t.Context(), id)
	if err == nil {
		err = e.Drive(t.Context(), id)
	}
	if err != nil {
		t.Fatalf("carry out plan %s: %v", id, err)
	}
}

func wantRow(t *testing.T, row forecast.PlanRow, action forecast.Action, reason string) {
	t.Helper()
	if row.Action != action || !strings.HasSuffix(row.Reason, reason) {
		t.Errorf("row = %s %q; want %s because of %q", row.Action, row.Reason, action, reason)
	}
}

// A date is refused by the gate, its file is corrected, and a rerun from the
// failed step reads it again.
func TestCorrectedFile(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 10)
	e, dir := fed(t, enginetest.Script{d: {forecast.TrainEvaluation: {enginetest.Gates("wape 0.4 > 0.3"), {}}}})
	deliver(t, dir, d-1, "fine")
	deliver(t, dir, d, "corrupted")
	if err := runDate(t.Context(), e, d); err != nil {
		t.Fatal(err)
	}
	if day := dayOf(t, e, d); day.State != forecast.DayGated || strings.Contains(day.Reason.Text, "since") {
		t.Fatalf("day = %s %q; want Gated over the files of now", day.State, day.Reason.Text)
	}
	_, row := planned(t, e, backfill(forecast.ModeMissingAndFailed, d, d), d)
	wantRow(t, row, forecast.ActionSkip, "same inputs: the gate would refuse again")
	before, row := planned(t, e, rerun(d), d)
	if row.StartStep != forecast.TrainEvaluation || len(row.Reused) != 3 {
		t.Errorf("rerun starts at %s; want TrainEvaluation, as nothing changed", row.StartStep)
	}

	deliver(t, dir, d, "corrected")
	if got := dayOf(t, e, d).Reason.Text; !strings.HasSuffix(got, "; data/2026-01-10.csv changed since: rerun") {
		t.Errorf("reason = %q; want the file that changed", got)
	}
	_, row = planned(t, e, backfill(forecast.ModeMissingAndFailed, d, d), d)
	wantRow(t, row, forecast.ActionRun, "; data/2026-01-10.csv changed since")
	_, row = planned(t, e, rerun(d), d)
	wantRow(t, row, forecast.ActionRun, "; Extract: data/2026-01-10.csv changed since -> whole date")
	if row.StartStep != forecast.Extract {
		t.Errorf("rerun starts at %s; want Extract", row.StartStep)
	}

	// Extract finds other rows in it.
	rows := filepath.Join(dir, rowsFile)
	if err := os.WriteFile(rows+".new", []byte("other rows"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(rows+".new", rows); err != nil {
		t.Fatal(err)
	}
	// The plan from before the delivery looks again when its row starts.
	carryOut(t, e, before)
	day := dayOf(t, e, d)
	if day.State != forecast.DaySucceeded || day.Attempts != 2 {
		t.Errorf("day = %s %q after %d attempts; want Succeeded after 2", day.State, day.Reason.Text, day.Attempts)
	}
	for _, st := range day.Steps {
		if st.Status != forecast.StepSucceeded {
			t.Errorf("step %s is %s; want Succeeded, as it has other rows", st.Name, st.Status)
		}
	}
}

// Files that came for other dates make a rerun extract again; as the rows are the
// same the training stands.
func TestSameRows(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 10)
	e, dir := fed(t, enginetest.Script{d: {forecast.TrainEvaluation: {enginetest.Gates("wape 0.4 > 0.3"), {}}}})
	deliver(t, dir, d, "fine")
	if err := runDate(t.Context(), e, d); err != nil {
		t.Fatal(err)
	}
	deliver(t, dir, d+1, "of the next date")
	id, row := planned(t, e, rerun(d), d)
	wantRow(t, row, forecast.ActionRun, "; Extract: data/2026-01-11.csv arrived since -> whole date")
	carryOut(t, e, id)
	day := dayOf(t, e, d)
	const reused, done = forecast.StepReused, forecast.StepSucceeded
	for i, want := range []forecast.StepStatus{done, reused, reused, done, done, done} {
		if got := day.Steps[i]; got.Status != want || (got.ReusedFrom == "2026-01-10-a1") != (want == reused) {
			t.Errorf("step %s is %s of %q; want %s", got.Name, got.Status, got.ReusedFrom, want)
		}
	}
	if day.State != forecast.DaySucceeded || day.Last.Parent != "2026-01-10-a1" {
		t.Errorf("day = %s %q, parent %q; want Succeeded, on a1", day.State, day.Reason.Text, day.Last.Parent)
	}
}

// Who asks for a whole date gets it.
func TestSameRowsWholeDate(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 10)
	e, _ := fed(t, enginetest.Script{d: {forecast.TrainEvaluation: {enginetest.Gates("wape 0.4 > 0.3"), {}}}})
	if err := runDate(t.Context(), e, d); err != nil {
		t.Fatal(err)
	}
	request := rerun(d)
	request.Start = forecast.StartWhole
	id, _ := planned(t, e, request, d)
	carryOut(t, e, id)
	for _, st := range dayOf(t, e, d).Steps {
		if st.Status != forecast.StepSucceeded {
			t.Errorf("step %s is %s; want Succeeded", st.Name, st.Status)
		}
	}
}

// A file that disappears changes what Extract would find, too.
func TestLostFile(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 10)
	e, dir := fed(t, enginetest.Script{d: {forecast.TrainEvaluation: {enginetest.Gates("wape 0.4 > 0.3"), {}}}})
	deliver(t, dir, d, "twice")
	if err := runDate(t.Context(), e, d); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "data", d.String()+".csv")); err != nil {
		t.Fatal(err)
	}
	_, row := planned(t, e, backfill(forecast.ModeMissingAndFailed, d, d), d)
	wantRow(t, row, forecast.ActionRun, "; data/2026-01-10.csv went away since")
}

// A date waits for its rows; once files have come a backfill of any mode runs
// it, and says which files they are.
func TestArrival(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 10)
	e, dir := fed(t, enginetest.Script{d: {forecast.Extract: {enginetest.Lacks("no rows dated 2026-01-10"), {}}}})
	deliver(t, dir, d-1, "fine")
	if err := runDate(t.Context(), e, d); err != nil {
		t.Fatal(err)
	}
	_, row := planned(t, e, backfill(forecast.ModeMissing, d, d), d)
	wantRow(t, row, forecast.ActionBlock, "no rows dated 2026-01-10 (a1)")
	for n := range 4 {
		deliver(t, dir, d+calendar.Date(n), "late")
	}
	const files = "4 files arrived since (data/2026-01-10.csv, data/2026-01-11.csv, data/2026-01-12.csv, ...)"
	if got := dayOf(t, e, d).Reason.Text; !strings.HasSuffix(got, "; "+files+": rerun") {
		t.Errorf("reason = %q; want the files that arrived", got)
	}
	var id forecast.PlanID
	for _, mode := range []forecast.Mode{forecast.ModeAll, forecast.ModeMissingAndFailed, forecast.ModeMissing} {
		id, row = planned(t, e, backfill(mode, d, d), d)
		wantRow(t, row, forecast.ActionRun, "no rows dated 2026-01-10 (a1); "+files)
	}
	carryOut(t, e, id)
	if day := dayOf(t, e, d); day.State != forecast.DaySucceeded || day.Reason.Text != "" {
		t.Errorf("day = %s %q; want Succeeded", day.State, day.Reason.Text)
	}
}

// A row that waits for its source starts when files come, while its plan is at
// work on other dates.
func TestArrivalUnblocks(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 10)
	e, dir := fed(t, enginetest.Script{
		d:     {forecast.Extract: {enginetest.Lacks("no rows"), {}}},
		d + 1: {forecast.Train: {enginetest.Hangs()}},
	})
	if err := runDate(t.Context(), e, d); err != nil {
		t.Fatal(err)
	}
	id, row := planned(t, e, backfill(forecast.ModeMissing, d, d+1), d)
	wantRow(t, row, forecast.ActionBlock, "no rows (a1)")
	if _, err := e.Apply(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- e.Drive(t.Context(), id) }()
	await(t, e, d+1, trains)
	deliver(t, dir, d, "late")
	await(t, e, d, func(day forecast.Day) bool { return day.State == forecast.DaySucceeded })
	release(t, dir, d+1, forecast.Train)
	if err := <-done; err != nil {
		t.Fatalf("Drive = %v; want nil", err)
	}
	p, err := e.PlanByID(t.Context(), id)
	if err != nil || p.Outcome != forecast.OutcomeSucceeded || slices.ContainsFunc(p.Rows, func(row forecast.PlanRow) bool { return row.State != forecast.RowSucceeded }) {
		t.Errorf("plan = %s, rows %+v, %v; want all succeeded", p.Outcome, p.Rows, err)
	}
}
