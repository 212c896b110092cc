package enginetest

import (
	"slices"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// sourceCases are about engines that learn that their source has changed. When they
// do is theirs: at the latest when they look after a later date extracted its rows.
func sourceCases() []exercise {
	d := jan(30)
	return []exercise{
		{withArrival, always(d, forecast.Extract, Lacks("no rows for 2026-01-30"), Behaviour{}), withSource(checkArrival)},
		{withLateFiles, always(d, forecast.TrainEvaluation, Gates("wape 0.412 > 0.350"), Behaviour{}), withSource(checkLateRows)},
		{withChange, nil, withSource(checkChange)},
	}
}

// withSource skips a case where nothing changes the source.
func withSource(check func(t *testing.T, x *bench)) func(t *testing.T, x *bench) {
	return func(t *testing.T, x *bench) {
		if x.Source == nil {
			t.Skip("nothing is known of the source")
		}
		check(t, x)
	}
}

// peer is what somebody else sees.
func (x *bench) peer(t *testing.T) *bench {
	t.Helper()
	return &bench{Harness{Engine: x.Peer(t)}}
}

// rerunHint ends the reason of a date that may do better now.
const rerunHint = ": rerun"

// wantHint checks that a date that did not succeed says that it may do better now, or
// with an empty hint that it does not, to everybody.
func (x *bench) wantHint(t *testing.T, d calendar.Date, state forecast.DayState, hint string) {
	t.Helper()
	day, got := x.wantState(t, d, state), ""
	if strings.HasSuffix(day.Reason.Text, rerunHint) {
		got = rerunHint
	}
	if got != hint {
		t.Errorf("reason of %s = %q; want the hint %q", d, day.Reason.Text, hint)
	}
	if x.Peer == nil {
		return
	}
	if peer := x.peer(t).day(t, d); peer.Reason != day.Reason || peer.State != day.State {
		t.Errorf("a peer has %s as %s %q; want %s %q", d, peer.State, peer.Reason.Text, day.State, day.Reason.Text)
	}
}

// wantAction checks what a backfill would do with a date, and returns the row.
func (x *bench) wantAction(t *testing.T, request forecast.PlanRequest, d calendar.Date, want forecast.Action) forecast.PlanRow {
	t.Helper()
	row, _ := x.plan(t, request).Row(d)
	if row.Action != want {
		t.Errorf("%s is planned as %s (%s); want %s", d, row.Action, row.Reason, want)
	}
	return row
}

// checkArrival waits for rows: a backfill is held up by the date until some have come
// that have to do with it, and then makes it.
func checkArrival(t *testing.T, x *bench) {
	d := jan(30)
	missing := backfillOf(d, d, forecast.ModeMissing)
	x.run(t, runOf(d))
	x.Source.Look(t)
	x.wantHint(t, d, forecast.DayWaiting, "")
	x.wantAction(t, missing, d, forecast.ActionBlock)

	x.Source.Arrive(t, d)
	x.Source.Look(t)
	x.wantHint(t, d, forecast.DayWaiting, rerunHint)
	x.wantAction(t, missing, d, forecast.ActionRun)
	wantRow(t, x.run(t, missing), d, forecast.RowSucceeded)
	if day := x.wantState(t, d, forecast.DaySucceeded); day.Attempts != 2 || day.Stale || day.Reason.Text != "" {
		t.Errorf("%s has %d attempts, stale: %v, %q; want 2, and nothing to say of the source", d, day.Attempts, day.Stale, day.Reason.Text)
	}
	x.wantPublished(t, d, 1, 2)
}

// checkLateRows lets rows come to a date that the gate refused: neither a backfill
// nor a rerun from the failed step believes what was extracted before.
func checkLateRows(t *testing.T, x *bench) {
	d := jan(30)
	bad := backfillOf(d, d, forecast.ModeMissingAndFailed)
	x.run(t, runOf(d))
	x.Source.Look(t)
	x.wantHint(t, d, forecast.DayGated, "")
	x.wantAction(t, bad, d, forecast.ActionSkip)
	if row := x.wantAction(t, rerunOf(d, forecast.StartFailedStep), d, forecast.ActionRun); row.StartStep != forecast.TrainEvaluation {
		t.Errorf("a rerun starts at %s; want TrainEvaluation, as nothing changed", row.StartStep)
	}

	x.Source.Arrive(t, d)
	x.Source.Look(t)
	x.wantHint(t, d, forecast.DayGated, rerunHint)
	x.wantAction(t, bad, d, forecast.ActionRun)
	again := rerunOf(d, forecast.StartFailedStep)
	if row := x.wantAction(t, again, d, forecast.ActionRun); row.StartStep != forecast.Extract {
		t.Errorf("a rerun starts at %s (%s); want Extract, as rows came", row.StartStep, row.Reason)
	}
	wantRow(t, x.run(t, again), d, forecast.RowSucceeded)
	day := x.wantState(t, d, forecast.DaySucceeded)
	if extract := day.Steps[0]; extract.Status != forecast.StepSucceeded {
		t.Errorf("Extract is %s; want Succeeded, as rows came", extract.Status)
	}
	x.wantPublished(t, d, 1, 2)
}

// checkChange changes rows that forecasts were made of: the date whose forecast is
// another since is stale, for everybody, until it is made again; one that was made
// of the new rows is not.
func checkChange(t *testing.T, x *bench) {
	d := jan(30)
	x.run(t, runOf(d))
	x.Source.Look(t)
	x.wantStale(t)
	x.Source.Correct(t, d)
	x.run(t, runOf(d+1))
	x.Source.Look(t)
	x.wantStale(t, d)
	x.wantAction(t, backfillOf(d, d+1, forecast.ModeMissing), d, forecast.ActionSkip)

	stale := backfillOf(d, d+1, "")
	stale.Select = forecast.SelectStale
	if p := x.run(t, stale); len(p.Rows) != 1 || p.Rows[0].Date != d || p.Outcome != forecast.OutcomeSucceeded {
		t.Errorf("the selection stale ran %+v, %s; want %s", p.Rows, p.Outcome, d)
	}
	x.Source.Look(t)
	x.wantStale(t)
	x.wantPublished(t, d, 2, 2)
}

// wantStale checks that everybody sees which dates are stale, each with a reason.
func (x *bench) wantStale(t *testing.T, want ...calendar.Date) {
	t.Helper()
	views := []*bench{x}
	if x.Peer != nil {
		views = append(views, x.peer(t))
	}
	for _, view := range views {
		var got []calendar.Date
		for d := noise()[0]; d <= jan(31); d++ {
			day := view.day(t, d)
			if day.Stale {
				got = append(got, d)
			}
			if day.State == forecast.DaySucceeded && day.Stale != (day.Reason.Text != "") {
				t.Errorf("%s is stale: %v, %q; want a reason if it is", d, day.Stale, day.Reason.Text)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("stale are %v; want %v", got, want)
		}
	}
}
