//go:build unix

package local_test

import (
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/forecast/local"
)

// flaky is a project whose training fails for a reason that may pass, and how
// its step is tried again.
func flaky(t *testing.T, d calendar.Date, limits forecast.StepOptions) *local.Engine {
	t.Helper()
	dir := newProject(t, enginetest.Script{d: {forecast.Train: {{End: enginetest.Fail, Class: forecast.ReasonUpstream, Text: "the feed is down"}}}})
	def := enginetest.Definition()
	def.Steps = map[forecast.StepName]forecast.StepOptions{forecast.Train: limits}
	o := options(def)
	o.Jitter = func() float64 { return 0.5 }
	return open(t, dir, o)
}

// A step that waits for its next try says so, and for how long; a stop needn't
// wait.
func TestBackoffIsVisible(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 10)
	e := flaky(t, d, forecast.StepOptions{Retries: 2, Backoff: 4 * time.Minute})
	done := make(chan error, 1)
	go func() { done <- runDate(t.Context(), e, d) }()
	day := await(t, e, d, func(day forecast.Day) bool {
		return len(day.Steps) > 2 && day.Steps[2].Status == forecast.StepWaiting && day.Steps[2].Tries == 1
	})
	train := day.Steps[2]
	if want := (forecast.Reason{Class: forecast.ReasonUpstream, Text: "try 2 of 3 in 2m0s: the feed is down"}); train.Reason != want {
		t.Errorf("reason = %+v; want %+v", train.Reason, want)
	}
	if !train.Created.After(day.Steps[1].Ended.Add(time.Minute)) || !train.Started.IsZero() {
		t.Errorf("step is ready at %s, started %s; want two minutes after %s, not started", train.Created, train.Started, day.Steps[1].Ended)
	}
	if _, err := e.Stop(t.Context(), d, "kei"); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatalf("Drive = %v; want nil", err)
	}
	day = dayOf(t, e, d)
	if train := day.Steps[2]; day.State != forecast.DayStopped || train.Status != forecast.StepStopped || train.Reason.Text != "stopped by kei" || day.Steps[3].Status != forecast.StepSkipped {
		t.Errorf("day = %s, Train %s (%s), then %s; want all Stopped, by kei, and the rest Skipped", day.State, train.Status, train.Reason.Text, day.Steps[3].Status)
	}
}

// A step is tried as often as its options say, and its reason is then the
// failure's own.
func TestRetriesEnd(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 10)
	e := flaky(t, d, forecast.StepOptions{Retries: 2, Backoff: time.Millisecond})
	if err := runDate(t.Context(), e, d); err != nil {
		t.Fatalf("Drive = %v; want nil", err)
	}
	train := dayOf(t, e, d).Steps[2]
	if train.Status != forecast.StepFailed || train.Tries != 3 || train.Reason.Text != "the feed is down" {
		t.Errorf("Train = %+v; want it Failed after 3 tries", train)
	}
}
