package aws_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// TestSchedule lets the account's schedule start a date: it is shown before its
// job has a machine, an operator who asks for it too joins it, and it is
// published once.
func TestSchedule(t *testing.T) {
	t.Parallel()
	date := calendar.Of(2026, time.February, 10)
	def := enginetest.Definition()
	def.Schedule, def.End = "cron(0 6 * * ? *)", calendar.Of(2026, time.December, 31)
	a := newAccount(t, def, enginetest.Script{date: {forecast.Train: {enginetest.Hangs()}}}, accountOptions{
		// Two seconds before 6 o'clock of 2026-02-11 in Tokyo.
		start: time.Date(2026, time.February, 10, 20, 59, 58, 0, time.UTC), startUp: 500 * time.Millisecond,
	})
	e := a.open(t, nil)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	starting := waitDay(ctx, t, e, date, func(day forecast.Day) bool { return day.State == forecast.DayRunning })
	if starting.Last.Attempt != 1 || starting.Last.Cause != forecast.CauseSchedule || starting.Steps[0].Status != forecast.StepStarting {
		t.Errorf("attempt before its machine = %+v, %s; want the first, by the schedule, starting", starting.Last, starting.Steps[0].Status)
	}
	waitDay(ctx, t, e, date, func(day forecast.Day) bool {
		return slices.ContainsFunc(day.Steps, func(s forecast.Step) bool {
			return s.Name == forecast.Train && s.Status == forecast.StepExecuting
		})
	})
	request := forecast.PlanRequest{Kind: forecast.PlanRun, Dates: []calendar.Date{date}, Cause: forecast.CauseManual, Actor: "aki"}
	p, err := e.Plan(ctx, request)
	if err != nil || p.Rows[0].Action != forecast.ActionJoin {
		t.Fatalf("plan of a date that the schedule runs = %+v, %v; want JOIN", p.Rows, err)
	}
	if _, err := e.Apply(ctx, p.ID); err != nil {
		t.Fatal(err)
	}
	a.release(date, forecast.Train)
	if err := e.Drive(ctx, p.ID); err != nil {
		t.Fatal(err)
	}
	day := waitDay(ctx, t, e, date, func(day forecast.Day) bool { return day.State == forecast.DaySucceeded })
	if day.Attempts != 1 || day.Partition.Attempt != 1 {
		t.Errorf("day has %d attempts, the partition is of a%d; want one of the schedule's", day.Attempts, day.Partition.Attempt)
	}
	if n := len(a.sim.Executions(def.Pipeline)); n != 1 {
		t.Errorf("%d executions; want one", n)
	}
}

// waitDay waits until a date is as ok wants it.
func waitDay(ctx context.Context, t *testing.T, e forecast.Engine, d calendar.Date, ok func(forecast.Day) bool) forecast.Day {
	t.Helper()
	news, err := e.Watch(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	defer news.Close()
	for {
		days, err := e.Days(ctx, forecast.DayQuery{Range: calendar.Range{From: d, To: d}})
		if err != nil || len(days) != 1 {
			t.Fatalf("Days(%s) = %d days, %v; want one", d, len(days), err)
		}
		if ok(days[0]) {
			return days[0]
		}
		if _, err := news.Next(ctx); err != nil {
			t.Fatalf("wait for %s: %v; it is %+v", d, err, days[0])
		}
	}
}
