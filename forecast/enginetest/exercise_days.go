package enginetest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Statuses of steps, short enough for tables.
const (
	done    = forecast.StepSucceeded
	failed  = forecast.StepFailed
	reused  = forecast.StepReused
	skipped = forecast.StepSkipped
)

// dayCases are about what becomes of a day that is run once.
func dayCases() []exercise {
	d := jan(10)
	return []exercise{
		{"empty pipeline", nil, checkEmpty},
		{"days of a query", nil, checkQueries},
		{withNext, nil, checkNext},
		{"run succeeds", nil, checkSucceeds},
		{"step fails", always(d, forecast.Train, Fails("model is singular: password=hunter2")), checkFails},
		{"gate refuses", always(d, forecast.TrainEvaluation, Gates("wape 0.412 > 0.350")), checkGated},
		{"source has nothing yet", always(d, forecast.Extract, Lacks("no rows for 2026-01-10"), Behaviour{}), checkWaiting},
		{"run of a good day", nil, func(t *testing.T, x *bench) {
			x.run(t, runOf(d))
			p := x.run(t, runOf(d))
			wantPlan(t, p, forecast.PlanEnded, forecast.OutcomeSucceeded)
			wantRow(t, p, d, forecast.RowSkipped)
			x.wantPublished(t, d, 1, 1)
		}},
		{"run before it is due", nil, func(t *testing.T, x *bench) {
			p := x.run(t, runOf(jan(32)))
			wantRow(t, p, jan(32), forecast.RowSkipped)
			if n := len(x.attempts(t, jan(32))); n != 0 {
				t.Errorf("a date that is not owed has %d attempts; want none", n)
			}
		}},
	}
}

func checkEmpty(t *testing.T, x *bench) {
	day := x.wantState(t, jan(10), forecast.DayMissing)
	if !strings.Contains(day.Reason.Text, "2026-01-11 00:00 JST") {
		t.Errorf("reason of a missing day = %q; want since when it is owed", day.Reason.Text)
	}
	x.wantState(t, jan(0), forecast.DayNotDue)
	x.wantState(t, jan(32), forecast.DayNotDue)
	if attempts := x.attempts(t, jan(10)); len(attempts) != 0 {
		t.Errorf("Executions = %v; want none", attempts)
	}
	x.wantPublished(t, jan(10), 0, 0)
	pipeline, err := x.Engine.Pipeline(within(t))
	if err != nil {
		t.Fatalf("Pipeline = %v; want nil", err)
	}
	if pipeline.Name != "exercise" || pipeline.Newest != jan(31) || pipeline.Start != jan(1) || pipeline.ReadOnly || !pipeline.Next.IsZero() {
		t.Errorf("Pipeline = %+v; want exercise from %s to %s for writing, and none after that", pipeline, jan(1), jan(31))
	}
	if diff := cmp.Diff(forecast.StepNames(), pipeline.Steps); diff != "" {
		t.Errorf("steps of the pipeline (-want +got): %s", diff)
	}
}

func checkNext(t *testing.T, x *bench) {
	pipeline, err := x.Engine.Pipeline(within(t))
	if err != nil {
		t.Fatalf("Pipeline = %v; want nil", err)
	}
	if pipeline.Next <= pipeline.Newest || pipeline.NextDue.IsZero() {
		t.Fatalf("next date of the pipeline = %s, due at %s; want one after %s", pipeline.Next, pipeline.NextDue, pipeline.Newest)
	}
	day := x.wantState(t, pipeline.Next, forecast.DayNotDue)
	if !day.Due.Equal(pipeline.NextDue) {
		t.Errorf("the pipeline's next date is due at %s, and its day at %s", pipeline.NextDue, day.Due)
	}
}

func checkQueries(t *testing.T, x *bench) {
	tests := []struct {
		name        string
		query       forecast.DayQuery
		first, last calendar.Date
	}{
		{"zero", forecast.DayQuery{}, jan(31), jan(2)},
		{"last 3", forecast.DayQuery{Last: 3}, jan(31), jan(29)},
		{"range", forecast.DayQuery{Range: calendar.Range{From: jan(4), To: jan(9)}}, jan(9), jan(4)},
		{"last of a range", forecast.DayQuery{Range: calendar.Range{From: jan(4), To: jan(9)}, Last: 2}, jan(9), jan(8)},
		{"open end", forecast.DayQuery{Range: calendar.Range{From: jan(25)}}, jan(31), jan(25)},
		{"open begin", forecast.DayQuery{Range: calendar.Range{To: jan(5)}}, jan(5), jan(1)},
	}
	for _, tt := range tests {
		days, err := x.Engine.Days(within(t), tt.query)
		if err != nil {
			t.Errorf("%s: Days = %v; want nil", tt.name, err)
			continue
		}
		var got, want []calendar.Date
		for _, day := range days {
			got = append(got, day.Date)
		}
		for d := tt.first; d >= tt.last; d-- {
			want = append(want, d)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: dates (-want +got): %s", tt.name, diff)
		}
	}
	if _, err := x.Engine.Days(within(t), forecast.DayQuery{Range: calendar.Range{From: jan(9), To: jan(4)}}); !errors.Is(err, forecast.ErrInvalid) {
		t.Errorf("Days of a range that ends before it begins = %v; want ErrInvalid", err)
	}
}

func checkSucceeds(t *testing.T, x *bench) {
	d := jan(10)
	p := x.run(t, runOf(d))
	wantPlan(t, p, forecast.PlanEnded, forecast.OutcomeSucceeded)
	wantRow(t, p, d, forecast.RowSucceeded)
	day := x.wantState(t, d, forecast.DaySucceeded)
	wantSteps(t, day.Steps, done, done, done, done, done, done)
	x.wantPublished(t, d, 1, 1)
	attempts := x.attempts(t, d)
	if len(attempts) != 1 {
		t.Fatalf("Executions = %d attempts; want 1", len(attempts))
	}
	e := attempts[0]
	if e.Attempt != 1 || e.Status != forecast.Succeeded || e.Actor != "aki" || e.Cause != forecast.CauseManual || e.Plan != p.ID || e.Definition != p.Definition {
		t.Errorf("attempt = %+v; want the first, succeeded, by aki, of plan %s and its definition", e, p.ID)
	}
	if e.Ended.Before(e.Started) || e.Started.IsZero() {
		t.Errorf("attempt ran from %s to %s; want an interval", e.Started, e.Ended)
	}
	if row, _ := p.Row(d); row.Execution != e.ID {
		t.Errorf("row names %s; want %s", row.Execution, e.ID)
	}
	if day.Partition.Execution != e.ID || day.Partition.Generation != e.Generation || day.Partition.Kind != forecast.GenerationOwn {
		t.Errorf("partition = %+v; want an own one of %s", day.Partition, e.ID)
	}
	got, err := x.Engine.Execution(within(t), e.ID)
	if err != nil {
		t.Fatalf("Execution = %v; want nil", err)
	}
	if diff := cmp.Diff(e, got); diff != "" {
		t.Errorf("Execution and Executions differ: %s", diff)
	}
	forecasts, err := x.Engine.Forecasts(within(t), forecast.SeriesQuery{Date: d})
	if err != nil || len(forecasts) == 0 {
		t.Fatalf("Forecasts = %d series, %v; want some", len(forecasts), err)
	}
	if !slices.IsSortedFunc(forecasts, func(a, b forecast.SeriesForecast) int { return strings.Compare(string(a.Series), string(b.Series)) }) {
		t.Errorf("Forecasts are not ordered by series")
	}
	if reader, keeps := x.Engine.(forecast.DefinitionReader); keeps {
		checkDefinition(t, reader, e.Definition)
	}
}

// checkDefinition checks that what an attempt ran under can be read.
func checkDefinition(t *testing.T, reader forecast.DefinitionReader, hash string) {
	t.Helper()
	definition, err := reader.Definition(within(t), hash)
	if err != nil {
		t.Fatalf("Definition(%s) = %v; want nil", hash, err)
	}
	if got, err := definition.Hash(); got != hash || err != nil {
		t.Errorf("Definition(%s) has the hash %s, %v", hash, got, err)
	}
	if _, err := reader.Definition(within(t), "none"); !errors.Is(err, forecast.ErrNotFound) {
		t.Errorf("Definition of no hash = %v; want ErrNotFound", err)
	}
}

func checkFails(t *testing.T, x *bench) {
	d := jan(10)
	p := x.run(t, runOf(d))
	wantPlan(t, p, forecast.PlanEnded, forecast.OutcomeFailed)
	wantRow(t, p, d, forecast.RowFailed)
	day := x.wantState(t, d, forecast.DayFailed)
	want := forecast.Reason{Class: forecast.ReasonStep, Text: "Train: model is singular: password=[redacted]"}
	if day.Reason != want {
		t.Errorf("reason = %+v; want %+v", day.Reason, want)
	}
	wantSteps(t, day.Steps, done, done, failed, skipped, skipped, skipped)
	if e := x.attempts(t, d)[0]; e.Status != forecast.Failed || e.Reason.Class != forecast.ReasonStep || e.Ended.IsZero() {
		t.Errorf("attempt = %s %+v; want Failed in its step", e.Status, e.Reason)
	}
	x.wantPublished(t, d, 0, 0)
	if _, err := x.Engine.Evaluation(within(t), day.Last.ID); !errors.Is(err, forecast.ErrNotFound) {
		t.Errorf("Evaluation of an attempt that failed before = %v; want ErrNotFound", err)
	}
}

func checkGated(t *testing.T, x *bench) {
	d := jan(10)
	p := x.run(t, runOf(d))
	wantRow(t, p, d, forecast.RowGated)
	day := x.wantState(t, d, forecast.DayGated)
	if !strings.Contains(day.Reason.Text, "wape 0.412 > 0.350") {
		t.Errorf("reason = %q; want the numbers", day.Reason.Text)
	}
	wantSteps(t, day.Steps, done, done, done, failed, skipped, skipped)
	if attempts := x.attempts(t, d); len(attempts) != 1 || attempts[0].Status != forecast.Failed || attempts[0].Word() != string(day.State) {
		t.Errorf("attempts are %+v; want one that failed, and whose word is that of the day, %s", attempts, day.State)
	}
	x.wantPublished(t, d, 0, 0)
	if row, _ := x.plan(t, backfillOf(d, d, forecast.ModeMissingAndFailed)).Row(d); row.Action != forecast.ActionSkip {
		t.Errorf("a gated day with the same inputs is %s (%s); want SKIP", row.Action, row.Reason)
	}
}

func checkWaiting(t *testing.T, x *bench) {
	d := jan(10)
	p := x.run(t, runOf(d))
	wantRow(t, p, d, forecast.RowWaiting)
	if want := "1 waiting for the source (" + d.String() + ")"; p.Reason != want {
		t.Errorf("plan says %q; want %q", p.Reason, want)
	}
	day := x.wantState(t, d, forecast.DayWaiting)
	if day.Reason.Class != forecast.ReasonUpstream {
		t.Errorf("reason = %+v; want class upstream", day.Reason)
	}
	if row, _ := x.plan(t, backfillOf(d, d, forecast.ModeAll)).Row(d); row.Action != forecast.ActionBlock {
		t.Errorf("a backfill of a waiting day is %s (%s); want BLOCK", row.Action, row.Reason)
	}
	x.run(t, rerunOf(d, forecast.StartWhole))
	x.wantState(t, d, forecast.DaySucceeded)
	x.wantPublished(t, d, 1, 2)
}

// rerunCases are about further attempts of a day.
func rerunCases() []exercise {
	d := jan(10)
	return []exercise{
		{"rerun from the failed step", always(d, forecast.Train, Fails("flaky"), Behaviour{}), func(t *testing.T, x *bench) {
			x.run(t, runOf(d))
			first := x.attempts(t, d)[0]
			x.run(t, rerunOf(d, forecast.StartFailedStep))
			attempts := x.attempts(t, d)
			if len(attempts) != 2 {
				t.Fatalf("%d attempts; want 2", len(attempts))
			}
			if diff := cmp.Diff(first, attempts[0]); diff != "" {
				t.Errorf("the first attempt changed: %s", diff)
			}
			second := attempts[1]
			wantSteps(t, second.Steps, reused, reused, done, done, done, done)
			if second.Parent != first.ID || second.Steps[0].ReusedFrom != first.ID || second.StartStep != forecast.Train {
				t.Errorf("second attempt: parent %s, Extract of %s, starts at %s; want %s, %s, Train",
					second.Parent, second.Steps[0].ReusedFrom, second.StartStep, first.ID, first.ID)
			}
			x.wantPublished(t, d, 1, 2)
			x.wantState(t, d, forecast.DaySucceeded)
		}},
		{"rerun of a whole date", always(d, forecast.Train, Fails("flaky"), Behaviour{}), func(t *testing.T, x *bench) {
			x.run(t, runOf(d))
			x.run(t, rerunOf(d, forecast.StartWhole))
			wantSteps(t, x.attempts(t, d)[1].Steps, done, done, done, done, done, done)
			x.wantPublished(t, d, 1, 2)
		}},
		{"rerun replaces the generation", nil, func(t *testing.T, x *bench) {
			x.run(t, runOf(d))
			before := x.partitions(t, d)[0]
			x.run(t, rerunOf(d, forecast.StartWhole))
			x.wantPublished(t, d, 2, 2)
			all := x.partitions(t, d)
			if !all[0].Current || all[1].Generation != before.Generation {
				t.Errorf("generations = %+v; want the current one first and %s kept", all, before.Generation)
			}
			current, err := x.Engine.Partitions(within(t), forecast.PartitionQuery{Range: calendar.Range{From: d, To: d}})
			if err != nil || len(current) != 1 || current[0].Generation == before.Generation {
				t.Errorf("Partitions = %+v, %v; want the new generation alone", current, err)
			}
		}},
		{"failed rerun keeps the partition", always(d, forecast.Predict, Behaviour{}, Fails("boom")), func(t *testing.T, x *bench) {
			x.run(t, runOf(d))
			x.run(t, rerunOf(d, forecast.StartWhole))
			day := x.wantState(t, d, forecast.DayFailed)
			x.wantPublished(t, d, 1, 1)
			if day.Partition.Attempt != 1 {
				t.Errorf("the failed day shows partition %+v; want that of a1", day.Partition)
			}
		}},
		{"interrupted driver", always(d, forecast.Train, Hangs(), Behaviour{}), checkInterrupted},
	}
}

func checkInterrupted(t *testing.T, x *bench) {
	d := jan(10)
	driver := x.start(t, runOf(d))
	x.awaitStep(t, d, forecast.Train)
	// Where somebody else's execution is started, others see it before it is noted.
	x.await(t, d, "the row", func(forecast.Day) bool {
		row, _ := x.planByID(t, driver.id).Row(d)
		return row.State == forecast.RowRunning
	})
	driver.quit()
	<-driver.done
	if x.Outlives {
		checkOutlived(t, x, driver.id, d)
		return
	}
	e := x.attempts(t, d)[0]
	if e.Status != forecast.Failed || e.Reason.Class != forecast.ReasonLost {
		t.Errorf("the interrupted attempt is %s %+v; want Failed, lost", e.Status, e.Reason)
	}
	wantRow(t, x.planByID(t, driver.id), d, forecast.RowQueued)
	p := x.drive(t, driver.id)
	wantPlan(t, p, forecast.PlanEnded, forecast.OutcomeSucceeded)
	wantSteps(t, x.attempts(t, d)[1].Steps, reused, reused, done, done, done, done)
	x.wantPublished(t, d, 1, 2)
}

// checkOutlived checks that what a driver started goes on without it, and that
// the next one finds it.
func checkOutlived(t *testing.T, x *bench, id forecast.PlanID, d calendar.Date) {
	t.Helper()
	x.wantState(t, d, forecast.DayRunning)
	wantRow(t, x.planByID(t, id), d, forecast.RowRunning)
	x.Release(d, forecast.Train)
	p := x.drive(t, id)
	wantPlan(t, p, forecast.PlanEnded, forecast.OutcomeSucceeded)
	if attempts := x.attempts(t, d); len(attempts) != 1 {
		t.Errorf("%d attempts; want the one that went on", len(attempts))
	}
	x.wantPublished(t, d, 1, 1)
}
