package enginetest

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// fallbackCases are about dates that are filled with an older forecast. The
// forecast that is taken is that of January 10.
func fallbackCases() []exercise {
	d := jan(11)
	return []exercise{
		{"fallback", always(d, forecast.Train, Fails("boom"), Behaviour{}), checkFallback},
		{"fallback of an older one", nil, checkOlderFallback},
		{"fallback while it runs", always(d, forecast.Train, Hangs()), checkFallbackRunning},
		{"fallback and a plan", nil, checkFallbackPlanned},
		{"fallback refused", nil, checkFallbackRefused},
		{"fallback of data", nil, checkNaiveFallback},
		{"fallback taken back", nil, checkFallbackRolledBack},
		{"fallback under a staged plan", nil, checkFallbackStaged},
		{withFallback, Script{
			d:     {forecast.TrainEvaluation: {Gates("wape 0.9 > 0.35")}},
			d + 1: {forecast.Train: {Fails("boom")}},
			d + 2: {forecast.Extract: {Lacks("no rows")}},
		}, checkFallbackPolicy},
	}
}

func (x *bench) planFallback(t *testing.T, d calendar.Date) forecast.FallbackPlan {
	t.Helper()
	p, err := x.Engine.PlanFallback(within(t), d)
	if err != nil {
		t.Fatalf("PlanFallback(%s) = %v; want a plan", d, err)
	}
	return p
}

func (x *bench) fill(t *testing.T, d calendar.Date) forecast.Partition {
	t.Helper()
	p, err := x.Engine.Fallback(within(t), forecast.FallbackRequest{Date: d, Actor: "aki"})
	if err != nil {
		t.Fatalf("Fallback(%s) = %v; want nil", d, err)
	}
	return p
}

func (x *bench) forecasts(t *testing.T, d calendar.Date) []forecast.SeriesForecast {
	t.Helper()
	list, err := x.Engine.Forecasts(within(t), forecast.SeriesQuery{Date: d})
	if err != nil || len(list) == 0 {
		t.Fatalf("Forecasts(%s) = %d series, %v; want some", d, len(list), err)
	}
	return list
}

// wantFilled checks that readers of a date see a fallback of an age.
func (x *bench) wantFilled(t *testing.T, d, of calendar.Date) {
	t.Helper()
	day := x.day(t, d)
	if p := day.Partition; day.Fallback() != of || p.Kind != forecast.GenerationFallback || p.Age() != int(d-of) || !p.Current || p.Attempt != 0 || p.Execution != "" {
		t.Errorf("%s shows %+v; want the fallback of %s", d, p, of)
	}
	if day.State == forecast.DaySucceeded {
		t.Errorf("%s is Succeeded; want its hole to be owed still", d)
	}
}

func checkFallback(t *testing.T, x *bench) {
	good, d := jan(10), jan(11)
	x.run(t, runOf(good))
	x.run(t, runOf(d))
	p := x.planFallback(t, d)
	if p.Action != forecast.ActionRun || p.Of != good || p.Age != 1 || p.Source.Generation != x.current(t, good) || p.Reason == "" {
		t.Fatalf("PlanFallback = %+v; want the forecast of %s", p, good)
	}
	if got := x.current(t, d); got != "" {
		t.Fatalf("a plan alone published %s", got)
	}
	filled := x.fill(t, d)
	if filled.Kind != forecast.GenerationFallback || filled.FallbackOf != good || filled.Date != d || !filled.Current || filled.Series == 0 || filled.Rows == 0 {
		t.Errorf("Fallback = %+v; want the current one of %s, of %s", filled, d, good)
	}
	x.wantFilled(t, d, good)
	x.wantState(t, d, forecast.DayFailed)
	checkShifted(t, x.forecasts(t, good), x.forecasts(t, d))
	if p := x.planFallback(t, d); p.Action != forecast.ActionSkip || p.Reason == "" {
		t.Errorf("PlanFallback of a date that is filled = %+v; want it to be skipped", p)
	}
	x.wantRefused(t, forecast.FallbackRequest{Date: d}, forecast.ErrConflict)

	x.run(t, rerunOf(d, forecast.StartWhole))
	x.wantState(t, d, forecast.DaySucceeded)
	x.wantPublished(t, d, 2, 2)
	if day := x.day(t, d); !day.Fallback().IsZero() {
		t.Errorf("after its own forecast came, %s shows a fallback of %s", d, day.Fallback())
	}
	if p := x.planFallback(t, d); p.Action != forecast.ActionSkip {
		t.Errorf("PlanFallback of a date with its own forecast = %+v; want it to be skipped", p)
	}
	x.wantRefused(t, forecast.FallbackRequest{Date: d}, forecast.ErrConflict)
}

// checkShifted compares a forecast with the one that it was taken from a day
// before.
func checkShifted(t *testing.T, source, shifted []forecast.SeriesForecast) {
	t.Helper()
	if len(shifted) != len(source) {
		t.Fatalf("%d series; want %d", len(shifted), len(source))
	}
	for i, s := range shifted {
		from := source[i]
		if s.Series != from.Series || s.FallbackOf != from.Date || len(s.Points) != len(from.Points) {
			t.Errorf("series %s of %s with %d days; want %s of %s with %d", s.Series, s.FallbackOf, len(s.Points), from.Series, from.Date, len(from.Points))
			continue
		}
		if diff := cmp.Diff(from.Points[1:], s.Points[:len(s.Points)-1]); diff != "" {
			t.Errorf("series %s, days that the forecast has (-want +got): %s", s.Series, diff)
		}
		last := s.Points[len(s.Points)-1]
		if before := from.Points[len(from.Points)-7]; last.Date != from.Points[len(from.Points)-1].Date+1 || last.Mean != before.Mean {
			t.Errorf("series %s, last day %+v; want that of a week before, %+v", s.Series, last, before)
		}
	}
}

func (x *bench) wantRefused(t *testing.T, request forecast.FallbackRequest, want error) {
	t.Helper()
	request.Actor = "aki"
	if p, err := x.Engine.Fallback(within(t), request); !errors.Is(err, want) {
		t.Errorf("Fallback(%+v) = %+v, %v; want %v", request, p, err, want)
	}
}

func checkOlderFallback(t *testing.T, x *bench) {
	x.run(t, runOf(jan(10)))
	x.fill(t, jan(15))
	x.wantFilled(t, jan(15), jan(10))
	if p := x.planFallback(t, jan(16)); p.Of != jan(10) || p.Age != 6 {
		t.Errorf("PlanFallback(16) = %+v; want the forecast of the 10th: a fallback is no source", p)
	}
	if p := x.planFallback(t, jan(18)); p.Model != forecast.Naive || p.Source.Generation != "" {
		t.Errorf("PlanFallback(18) = %+v; want a naive one: the forecast of the 10th is too old", p)
	}
	x.run(t, runOf(jan(14)))
	if p := x.planFallback(t, jan(15)); p.Action != forecast.ActionRun || p.Of != jan(14) || p.Replaces != x.current(t, jan(15)) {
		t.Errorf("PlanFallback(15) = %+v; want the younger forecast of the 14th in place of %s", p, x.current(t, jan(15)))
	}
}

func checkFallbackRunning(t *testing.T, x *bench) {
	d := jan(11)
	x.run(t, runOf(jan(10)))
	running := x.start(t, runOf(d))
	x.awaitStep(t, d, forecast.Train)
	x.fill(t, d)
	x.wantFilled(t, d, jan(10))
	x.wantState(t, d, forecast.DayRunning)
	x.Release(d, forecast.Train)
	x.wait(t, running)
	x.wantState(t, d, forecast.DaySucceeded)
	x.wantPublished(t, d, 2, 1)
}

func checkFallbackPlanned(t *testing.T, x *bench) {
	d := jan(11)
	x.run(t, runOf(jan(10)))
	p := x.plan(t, backfillOf(d, d, forecast.ModeMissing))
	x.fill(t, d)
	p = x.drive(t, x.apply(t, p.ID).ID)
	wantRow(t, p, d, forecast.RowSucceeded)
	x.wantState(t, d, forecast.DaySucceeded)
	x.wantPublished(t, d, 2, 1)
}

func checkFallbackRefused(t *testing.T, x *bench) {
	d := jan(11)
	x.run(t, runOf(jan(10)))
	x.wantRefused(t, forecast.FallbackRequest{Date: d, Source: "another"}, forecast.ErrConflict)
	if got := x.current(t, d); got != "" {
		t.Errorf("a refused fallback published %s", got)
	}
	for _, notOwed := range []calendar.Date{calendar.Of(2025, 12, 31), calendar.Of(2026, 2, 1)} {
		if p := x.planFallback(t, notOwed); p.Action != forecast.ActionSkip || p.Reason == "" {
			t.Errorf("PlanFallback(%s), which is not owed, = %+v; want it to be skipped", notOwed, p)
		}
		x.wantRefused(t, forecast.FallbackRequest{Date: notOwed}, forecast.ErrConflict)
	}
}

func checkNaiveFallback(t *testing.T, x *bench) {
	d := jan(20)
	if p := x.planFallback(t, d); p.Action != forecast.ActionRun || p.Model != forecast.Naive {
		t.Fatalf("PlanFallback = %+v; want a naive one", p)
	}
	p := x.fill(t, d)
	if p.FallbackModel != forecast.Naive || p.FallbackOf > d {
		t.Errorf("Fallback = %+v; want a naive one of data up to %s", p, d)
	}
	for _, s := range x.forecasts(t, d) {
		if len(s.Points) != 7 || s.Points[0].Date != d+1 || s.Points[6].Date != d+7 {
			t.Errorf("series %s has %+v; want the 7 days after %s", s.Series, s.Points, d)
		}
	}
}

func checkFallbackRolledBack(t *testing.T, x *bench) {
	d := jan(11)
	x.run(t, runOf(jan(10)))
	filled := x.fill(t, d)
	x.run(t, runOf(d))
	if p := x.rollback(t, forecast.RollbackRequest{Date: d}); p.Generation != filled.Generation {
		t.Errorf("Rollback = %+v; want the fallback %s", p, filled.Generation)
	}
	x.wantFilled(t, d, jan(10))
	x.run(t, rerunOf(d, forecast.StartWhole))
	x.wantState(t, d, forecast.DaySucceeded)
}

func checkFallbackStaged(t *testing.T, x *bench) {
	d := jan(11)
	x.run(t, runOf(jan(10)))
	p := x.run(t, staged(d, d))
	wantPlan(t, p, forecast.PlanReview, forecast.OutcomeNone)
	x.fill(t, d)
	x.control(t, p.ID, forecast.VerbPublish)
	p = x.drive(t, p.ID)
	wantPlan(t, p, forecast.PlanEnded, forecast.OutcomeSucceeded)
	x.wantState(t, d, forecast.DaySucceeded)
	if day := x.day(t, d); !day.Fallback().IsZero() {
		t.Errorf("%s shows a fallback after the staged plan published", d)
	}
}

// checkFallbackPolicy runs dates that are refused, fail, and wait for their
// source: the last is nobody's to fill before its deadline.
func checkFallbackPolicy(t *testing.T, x *bench) {
	d := jan(11)
	x.run(t, runOf(jan(10)))
	x.run(t, backfillOf(d, d+2, forecast.ModeMissing))
	x.wantState(t, d, forecast.DayGated)
	x.wantFilled(t, d, jan(10))
	x.wantState(t, d+1, forecast.DayFailed)
	x.wantFilled(t, d+1, jan(10))
	x.wantState(t, d+2, forecast.DayWaiting)
	if got := x.current(t, d+2); got != "" {
		t.Errorf("%s, which waits for its source, shows %s; want nothing", d+2, got)
	}
}
