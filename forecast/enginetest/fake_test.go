package enginetest_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

func day(n int) calendar.Date { return calendar.Of(2026, time.January, n) }

func stateOf(t *testing.T, e forecast.Engine, d calendar.Date) forecast.Day {
	t.Helper()
	days, err := e.Days(t.Context(), forecast.DayQuery{Range: calendar.Range{From: d, To: d}})
	if err != nil || len(days) != 1 {
		t.Fatalf("Days(%s) = %v, %v; want one day", d, days, err)
	}
	return days[0]
}

// TestFakeSeedsEveryState checks that a screen test can show each state.
func TestFakeSeedsEveryState(t *testing.T) {
	t.Parallel()
	f := enginetest.NewFake(enginetest.FakeOptions{})
	f.Seed(day(1), enginetest.Made())
	f.Seed(day(2), enginetest.FailedAt(forecast.Train, "12 of 480 series have less than 14 days"))
	f.Seed(day(3), enginetest.Refused("wape 0.412 > 0.350", forecast.Measures{"wape": 0.412}))
	f.Seed(day(4), enginetest.Lacked("no rows for 2026-01-04"))
	f.Seed(day(5), enginetest.StoppedAt(forecast.Predict))
	f.Seed(day(6), enginetest.LostAt(forecast.Train))
	f.Seed(day(7), enginetest.FailedAt(forecast.Train, "boom"), enginetest.Made())
	f.Seed(day(8), enginetest.RunningAt(forecast.Train))
	f.Seed(day(9), enginetest.StoppingAt(forecast.Train))
	f.SeedFallback(day(10), day(7))
	f.SetStale(day(1))

	tests := []struct {
		date   calendar.Date
		state  forecast.DayState
		reason forecast.Reason
	}{
		{day(1), forecast.DaySucceeded, forecast.Reason{Text: "its inputs changed since"}},
		{day(2), forecast.DayFailed, forecast.Reason{Class: forecast.ReasonStep, Text: "Train: 12 of 480 series have less than 14 days"}},
		{day(3), forecast.DayGated, forecast.Reason{Class: forecast.ReasonGate, Text: "TrainEvaluation: wape 0.412 > 0.350"}},
		{day(4), forecast.DayWaiting, forecast.Reason{Class: forecast.ReasonUpstream, Text: "Extract: no rows for 2026-01-04"}},
		{day(5), forecast.DayStopped, forecast.Reason{Class: forecast.ReasonStopped, Text: "Predict: stopped by aki"}},
		{day(6), forecast.DayUnknown, forecast.Reason{Class: forecast.ReasonLost, Text: "nobody is known to run a1 since 2026-01-21 09:30 JST"}},
		{day(7), forecast.DaySucceeded, forecast.Reason{}},
		{day(8), forecast.DayRunning, forecast.Reason{Text: "a1 by serve@forge since 2026-01-21 09:29 JST"}},
		{day(9), forecast.DayStopping, forecast.Reason{Class: forecast.ReasonStopped, Text: "a1 is being stopped"}},
		{day(10), forecast.DayMissing, forecast.Reason{Text: "owed since 2026-01-11 06:00 JST, nobody ran it"}},
		{day(21), forecast.DayNotDue, forecast.Reason{Text: "due 2026-01-22 06:00 JST"}},
	}
	for _, tt := range tests {
		got := stateOf(t, f, tt.date)
		if got.State != tt.state || got.Reason != tt.reason {
			t.Errorf("day %s = %s %+v; want %s %+v", tt.date, got.State, got.Reason, tt.state, tt.reason)
		}
	}
	if got := stateOf(t, f, day(10)); got.Fallback() != day(7) || got.Late == 0 {
		t.Errorf("day %s: fallback %s, late %s; want the fallback of %s, late", day(10), got.Fallback(), got.Late, day(7))
	}
	if !stateOf(t, f, day(1)).Stale {
		t.Errorf("day %s is not stale; want stale", day(1))
	}
	if got := stateOf(t, f, day(7)); got.Attempts != 2 || got.Partition.Attempt != 2 {
		t.Errorf("day %s has %d attempts, partition of a%d; want 2 and a2", day(7), got.Attempts, got.Partition.Attempt)
	}
}

// TestFakeAdvances checks that what runs goes on with the clock and only with it.
func TestFakeAdvances(t *testing.T) {
	t.Parallel()
	f := enginetest.NewFake(enginetest.FakeOptions{Daemon: true})
	f.Seed(day(8), enginetest.RunningAt(forecast.Train))
	before, err := f.Logs(t.Context(), forecast.LogQuery{Execution: "2026-01-08-1", Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	lines, err := before.Next(t.Context())
	if err != nil || len(lines) == 0 {
		t.Fatalf("Next = %d lines, %v; want lines of the past", len(lines), err)
	}
	if got := stateOf(t, f, day(8)); got.Steps[2].Status != forecast.StepExecuting {
		t.Errorf("Train is %s; want Executing", got.Steps[2].Status)
	}
	f.Advance(time.Minute)
	if got := stateOf(t, f, day(8)); got.State != forecast.DaySucceeded {
		t.Errorf("after a minute the day is %s; want Succeeded", got.State)
	}
	if more, nextErr := before.Next(t.Context()); nextErr != nil || len(more) == 0 {
		t.Errorf("Next = %d lines, %v; want the rest", len(more), nextErr)
	}
	if _, err = before.Next(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("Next = %v; want io.EOF", err)
	}
	p, err := f.Plan(t.Context(), forecast.PlanRequest{Kind: forecast.PlanBackfill, Range: calendar.Range{From: day(10), To: day(12)}})
	if err != nil {
		t.Fatal(err)
	}
	if p, err = f.Apply(t.Context(), p.ID); err != nil || p.Rows[0].State != forecast.RowRunning || p.Rows[2].State != forecast.RowQueued {
		t.Fatalf("Apply = %+v, %v; want two rows running and one queued", p.Rows, err)
	}
	f.Advance(5 * time.Minute)
	if p, err = f.PlanByID(t.Context(), p.ID); err != nil || p.Outcome != forecast.OutcomeSucceeded {
		t.Errorf("plan %s is %s %s, %v; want it succeeded", p.ID, p.State, p.Outcome, err)
	}
}

// TestFakeIsDeterministic runs one history twice.
func TestFakeIsDeterministic(t *testing.T) {
	t.Parallel()
	run := func() []forecast.Day {
		f := enginetest.NewFake(enginetest.FakeOptions{Auto: true})
		f.SetScript(day(14), forecast.Train, enginetest.Fails("boom"))
		p, err := f.Plan(t.Context(), forecast.PlanRequest{Kind: forecast.PlanBackfill, Range: calendar.Range{From: day(5), To: day(20)}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = f.Apply(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
		if err = f.Drive(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
		days, err := f.Days(t.Context(), forecast.DayQuery{})
		if err != nil {
			t.Fatal(err)
		}
		return days
	}
	if diff := cmp.Diff(run(), run()); diff != "" {
		t.Errorf("two runs differ: %s", diff)
	}
}

// TestFakeOnAnotherClock drives with timers.
func TestFakeOnAnotherClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		clock := func() time.Time { return time.Now() } //nolint:forbidigo // the bubble's clock is fake
		def := enginetest.DemoDefinition()
		def.Start = calendar.Of(1999, time.December, 1)
		f := enginetest.NewFake(enginetest.FakeOptions{Definition: def, Now: clock})
		d := calendar.Of(1999, time.December, 20)
		p, err := f.Plan(t.Context(), forecast.PlanRequest{Kind: forecast.PlanRun, Dates: []calendar.Date{d}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = f.Apply(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
		begin := clock()
		if err = f.Drive(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
		if got, want := clock().Sub(begin), time.Minute; got != want {
			t.Errorf("Drive took %s; want %s", got, want)
		}
		if got := stateOf(t, f, d); got.State != forecast.DaySucceeded {
			t.Errorf("day %s is %s; want Succeeded", d, got.State)
		}
	})
}

// TestFakeFaults checks planted errors, held and delayed calls.
func TestFakeFaults(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := enginetest.NewFake(enginetest.FakeOptions{})
		f.FailNext("Days", forecast.ErrUnavailable)
		if _, err := f.Days(t.Context(), forecast.DayQuery{}); !errors.Is(err, forecast.ErrUnavailable) {
			t.Errorf("Days = %v; want ErrUnavailable", err)
		}
		if days, err := f.Days(t.Context(), forecast.DayQuery{}); err != nil || len(days) != 30 {
			t.Errorf("Days = %d days, %v; want 30 after the fault", len(days), err)
		}
		f.Delay("Plans", time.Minute)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := f.Plans(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Plans = %v; want DeadlineExceeded", err)
		}
		release := f.Hold("Pipeline")
		done := make(chan error)
		go func() {
			_, err := f.Pipeline(t.Context())
			done <- err
		}()
		synctest.Wait()
		select {
		case err := <-done:
			t.Errorf("Pipeline = %v while held; want it to wait", err)
		default:
		}
		release()
		if err := <-done; err != nil {
			t.Errorf("Pipeline = %v after release; want nil", err)
		}
		if got := f.Calls("Days"); got != 2 {
			t.Errorf("Calls(Days) = %d; want 2", got)
		}
	})
}

// TestFakeStopAfterPublishing checks the answer of a stop that came too late.
func TestFakeStopAfterPublishing(t *testing.T) {
	t.Parallel()
	f := enginetest.NewFake(enginetest.FakeOptions{Daemon: true})
	f.SetScript(day(8), forecast.PostProc, enginetest.Behaviour{End: enginetest.HangAfter})
	p, err := f.Plan(t.Context(), forecast.PlanRequest{Kind: forecast.PlanRun, Dates: []calendar.Date{day(8)}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = f.Apply(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	f.Advance(time.Hour)
	answer, err := f.Stop(t.Context(), day(8), "aki")
	if err != nil || !answer.TooLate || answer.Generation == "" {
		t.Errorf("Stop = %+v, %v; want too late with the generation", answer, err)
	}
	f.Release(day(8), forecast.PostProc)
	if got := stateOf(t, f, day(8)); got.State != forecast.DaySucceeded {
		t.Errorf("the day is %s; want Succeeded", got.State)
	}
}

// TestFakeLags checks that a reader who falls behind is told, and goes on.
func TestFakeLags(t *testing.T) {
	t.Parallel()
	f := enginetest.NewFake(enginetest.FakeOptions{Retain: 3})
	s, err := f.Watch(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	f.Seed(day(3), enginetest.Made())
	if _, err = s.Next(t.Context()); !errors.Is(err, forecast.ErrLagged) {
		t.Fatalf("Next = %v; want ErrLagged", err)
	}
	f.SetStale(day(3))
	event, err := s.Next(t.Context())
	if err != nil || len(event.Days) != 1 || !event.Days[0].Stale {
		t.Errorf("Next = %+v, %v; want the stale day", event, err)
	}
}
