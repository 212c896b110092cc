package plan_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/plan"
)

// theirRules are those of a pipeline with steps of its own.
func theirRules(t *testing.T) plan.Rules {
	t.Helper()
	rules := rulesFor(t)
	rules.Steps = []forecast.StepName{"Ingest", "Fit", "Judge"}
	return rules
}

// bare are the facts of a date whose last attempt ended in a status, of a
// pipeline whose partitions are not known.
func bare(t *testing.T, status forecast.Status) plan.Facts {
	t.Helper()
	f := calendarOf(t, nil).Facts(jan(20))
	f.Bare = true
	f.Last = forecast.Execution{ID: "2026-01-20-a1", Date: jan(20), Attempt: 1, Status: status, Definition: rulesFor(t).Definition, Plan: "old"}
	if status == forecast.Failed {
		f.Last.Reason = forecast.Reason{Class: forecast.ReasonStep, Text: "exit code 1"}
		f.Last.Steps = []forecast.Step{{Name: "Ingest", Status: forecast.StepSucceeded}, {Name: "Fit", Status: forecast.StepFailed}, {Name: "Judge", Status: forecast.StepSkipped}}
	}
	return f
}

// TestBare: where nothing is known of partitions, the last attempt makes the date.
func TestBare(t *testing.T) {
	t.Parallel()
	for status, want := range map[forecast.Status]forecast.DayState{
		forecast.Succeeded: forecast.DaySucceeded, forecast.Failed: forecast.DayFailed, forecast.Stopped: forecast.DayStopped,
		forecast.Executing: forecast.DayRunning,
	} {
		if got := plan.Day(bare(t, status), theirRules(t), noon(t)).State; got != want {
			t.Errorf("a date whose attempt is %s is %s; want %s", status, got, want)
		}
	}
	f := bare(t, forecast.Succeeded)
	p, err := plan.Make(named(forecast.PlanRerun, jan(20)), []plan.Facts{f}, theirRules(t), noon(t))
	if err != nil || p.Rows[0].Reason != "succeeded (a1), asked for again" {
		t.Errorf("rerun of a good date = %+v, %v; want that it succeeded and is asked for again", p.Rows, err)
	}
}

// TestStartOfTheirs: a start is one of the pipeline's own steps.
func TestStartOfTheirs(t *testing.T) {
	t.Parallel()
	request := named(forecast.PlanRerun, jan(20))
	for start, want := range map[forecast.StartFrom]string{"Fit": "", "Train": "choose one of failed, Ingest, Fit, Judge"} {
		request.Start = start
		_, err := plan.Make(request, []plan.Facts{bare(t, forecast.Failed)}, theirRules(t), noon(t))
		if want == "" && err != nil || want != "" && (!errors.Is(err, forecast.ErrInvalid) || !strings.Contains(err.Error(), want)) {
			t.Errorf("start from %s: %v; want %q", start, err, want)
		}
	}
}

// TestReopen follows a row that reopens an attempt in the place of a new one, also
// under a driver that died when it had asked for that.
func TestReopen(t *testing.T) {
	t.Parallel()
	f := bare(t, forecast.Failed)
	f.Restart = &plan.Restart{Step: "Fit", Reused: []forecast.StepName{"Ingest"}, Reopens: f.Last.ID, Why: "retry of a1"}
	request := named(forecast.PlanRerun, jan(20))
	request.Start = forecast.StartFailedStep
	p, err := plan.Make(request, []plan.Facts{f}, theirRules(t), noon(t))
	if err != nil {
		t.Fatal(err)
	}
	row := p.Rows[0]
	if row.Reopens != f.Last.ID || row.StartStep != "Fit" || !slices.Equal(row.Reused, []forecast.StepName{"Ingest"}) || row.Reason != "failed at Fit (a1); retry of a1" {
		t.Errorf("row = %+v; want that it reopens a1 at Fit, and why", row)
	}
	p = plan.Activate(p)
	snapshot := plan.Snapshot{Plan: p, Rules: theirRules(t), Facts: map[calendar.Date]plan.Facts{jan(20): f}}
	decisions := plan.Next(snapshot, noon(t))
	start, ok := decisions[0].(plan.StartRow)
	if len(decisions) != 1 || !ok || start.Attempt != 1 {
		t.Fatalf("decisions = %+v; want one start, of attempt 1", decisions)
	}
	f.Last.Plan = p.ID // asked for, and the driver died: it has failed still
	snapshot.Facts[jan(20)] = f
	if again, ok := plan.Next(snapshot, noon(t))[0].(plan.StartRow); !ok || again.Attempt != 1 {
		t.Errorf("before it is reopened the next decision is %+v; want the same start", again)
	}
	f.Last.Status = forecast.Executing
	snapshot.Facts[jan(20)] = f
	moved, ok := plan.Next(snapshot, noon(t).Add(time.Minute))[0].(plan.MoveRow)
	if !ok || moved.Row.State != forecast.RowRunning || moved.Row.Execution != f.Last.ID {
		t.Errorf("once it is reopened the decision is %+v; want the row running with %s", moved, f.Last.ID)
	}
}
