package enginetest_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// TestServeMakesEachDateOnce lets two servers run a pipeline for a week: each
// date is made once, when it is due, and what fell due while nobody served is
// caught up on by the policy.
func TestServeMakesEachDateOnce(t *testing.T) {
	t.Parallel()
	for policy, caughtUp := range map[forecast.CatchUp]int{
		forecast.CatchUpAll: 3, forecast.CatchUpLatest: 1, forecast.CatchUpNone: 0,
	} {
		t.Run(string(policy), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { serveWeeks(t, policy, caughtUp) })
		})
	}
}

// serveWeeks serves for four days, leaves for three, and serves again.
func serveWeeks(t *testing.T, policy forecast.CatchUp, caughtUp int) {
	t.Helper()
	clock := func() time.Time { return time.Now() } //nolint:forbidigo // the bubble's clock is fake
	def := enginetest.DemoDefinition()
	def.Start, def.CatchUp = calendar.Of(1999, time.December, 1), policy
	f := enginetest.NewFake(enginetest.FakeOptions{Definition: def, Now: clock})
	peer := f.Peer("kei", "anvil")
	serve := func(long time.Duration) {
		ctx, cancel := context.WithTimeout(t.Context(), long)
		defer cancel()
		ended := make(chan error)
		for _, e := range []forecast.Engine{f, peer} {
			go func() { ended <- e.Serve(ctx) }()
		}
		for range 2 {
			if err := <-ended; ctx.Err() == nil {
				t.Errorf("Serve = %v before its context ended", err)
			}
		}
	}
	day := 24 * time.Hour
	serve(4 * day) // from 2000-01-01: due in it are 1999-12-31 .. 2000-01-03
	time.Sleep(3 * day)
	serve(2 * day)
	days, err := f.Days(t.Context(), forecast.DayQuery{Range: calendar.Range{From: calendar.Of(1999, time.December, 25)}})
	if err != nil {
		t.Fatal(err)
	}
	made := 0
	for _, d := range days {
		if d.Attempts > 1 {
			t.Errorf("%s has %d attempts; want one at most", d.Date, d.Attempts)
		}
		if d.Attempts == 1 && d.State != forecast.DaySucceeded {
			t.Errorf("%s is %s; want Succeeded", d.Date, d.State)
		}
		made += d.Attempts
	}
	if want := 4 + caughtUp + 2; made != want {
		t.Errorf("%d dates were made; want %d", made, want)
	}
	if before := days[len(days)-1]; before.Attempts != 0 {
		t.Errorf("%s was due before anybody served, and has %d attempts", before.Date, before.Attempts)
	}
}
