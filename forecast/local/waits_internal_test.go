//go:build unix

package local

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/forecast/local/internal/store"
	"github.com/daybatch/daybatch/forecast/pulse"
)

// bubbled opens an engine on the clock of the bubble that the test runs in. It
// looks at the records once a second.
func bubbled(t *testing.T, dir, host string) *Engine {
	t.Helper()
	e, err := Open(t.Context(), dir, Options{
		Definition: enginetest.Definition(), Actor: "aki", Host: host, Poll: time.Second,
		Now: time.Now, //nolint:forbidigo // the clock of the bubble
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// begin begins an attempt of a date.
func begin(t *testing.T, e *Engine, d calendar.Date) store.Claim {
	t.Helper()
	n := store.NewAttempt{
		Date: d, Cause: forecast.CauseManual, Actor: "aki", Definition: e.hash, Zone: "UTC", Generation: "g" + d.String(), Holder: e.holder,
		Expires: e.options.Now().Add(leaseTime),
	}
	for _, name := range forecast.StepNames() {
		n.Steps = append(n.Steps, store.NewStep{Name: name})
	}
	claim, err := e.store.Begin(t.Context(), n)
	if err != nil {
		t.Error(err)
	}
	return claim
}

// hold begins an attempt and watches over it, which may end the returned context.
func hold(t *testing.T, e *Engine, d calendar.Date) (a *attempt, ctx context.Context) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	a = &attempt{engine: e, claim: begin(t, e, d)}
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		a.watch(ctx, cancel)
	}()
	t.Cleanup(func() {
		cancel(nil)
		<-watched
	})
	return a, ctx
}

// A lease is renewed long before it ends, for as long as the attempt runs.
func TestLeaseIsRenewed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		e := bubbled(t, dir, "forge")
		a, ctx := hold(t, e, calendar.Of(2026, 1, 10))
		renewals := map[time.Time]bool{}
		for range 120 {
			time.Sleep(30 * time.Second)
			synctest.Wait()
			lease, err := e.store.Held(t.Context(), a.claim)
			if err != nil {
				t.Fatal(err)
			}
			if left := lease.Expires.Sub(e.options.Now()); left < leaseTime-renewTime-2*e.options.Poll {
				t.Fatalf("the lease ends in %s; want it renewed every %s", left, renewTime)
			}
			renewals[lease.Expires] = true
		}
		if most := int(time.Hour/renewTime) + 1; len(renewals) > most {
			t.Errorf("the lease was renewed %d times in an hour; want at most %d", len(renewals), most)
		}
		if ctx.Err() != nil {
			t.Errorf("the attempt was ended: %v", context.Cause(ctx))
		}
	})
}

// Whoever runs an attempt learns within the time of a look that another process
// has stopped it or taken it over.
func TestWatchSeesOthers(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 10)
	tests := []struct {
		name string
		do   func(ctx context.Context, other *Engine) error
		want error
	}{
		{"stopped", func(ctx context.Context, other *Engine) error {
			_, err := other.Stop(ctx, d, "kei")
			return err
		}, errStopRequested},
		{"taken over", func(ctx context.Context, other *Engine) error {
			leases, err := other.store.Leases(ctx)
			if err == nil {
				_, err = other.store.Adopt(ctx, leases[:1], other.holder, other.options.Now().Add(leaseTime))
			}
			return err
		}, errTakenOver},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				e := bubbled(t, dir, "forge")
				other := bubbled(t, dir, "anvil")
				_, ctx := hold(t, e, d)
				time.Sleep(10*time.Minute + e.options.Poll/2)
				synctest.Wait()
				if ctx.Err() != nil {
					t.Fatalf("the attempt was ended: %v", context.Cause(ctx))
				}
				began := e.options.Now()
				if err := tt.do(t.Context(), other); err != nil {
					t.Fatal(err)
				}
				<-ctx.Done()
				if took := e.options.Now().Sub(began); !errors.Is(context.Cause(ctx), tt.want) || took > e.options.Poll {
					t.Errorf("the attempt was ended after %s: %v; want %v within %s", took, context.Cause(ctx), tt.want, e.options.Poll)
				}
			})
		})
	}
}

// The drive of a plan is renewed in the same way, and a driver that lost it learns
// that when it renews.
func TestDriveIsRenewed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		e := bubbled(t, dir, "forge")
		if err := e.store.PutPlan(t.Context(), forecast.Plan{ID: "bf-1", Pipeline: e.definition.Pipeline, State: forecast.PlanActive}); err != nil {
			t.Fatal(err)
		}
		drive, err := e.store.TakePlan(t.Context(), "bf-1", e.holder, e.options.Now().Add(leaseTime), nil)
		if err != nil {
			t.Fatal(err)
		}
		d := &driver{engine: e, drive: drive}
		other := store.Holder{Actor: "kei"}
		var driven *store.DrivenError
		for range 10 * 60 {
			if err := d.renew(t.Context()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(e.options.Poll)
			_, err := e.store.TakePlan(t.Context(), "bf-1", other, time.Time{}, nil)
			if !errors.As(err, &driven) {
				t.Fatalf("TakePlan = %v; want that it is driven", err)
			}
			if left := driven.Until.Sub(e.options.Now()); left < leaseTime-renewTime-2*e.options.Poll {
				t.Fatalf("the drive ends in %s; want it renewed every %s", left, renewTime)
			}
		}
		if _, err := e.store.TakePlan(t.Context(), "bf-1", other, time.Time{}, driven); err != nil {
			t.Fatal(err)
		}
		time.Sleep(renewTime)
		if err := d.renew(t.Context()); !errors.Is(err, store.ErrFenced) {
			t.Errorf("renew after the plan was taken = %v; want ErrFenced", err)
		}
	})
}

// A server sleeps until something becomes due, but not for long.
func TestServerSleeps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		now := time.Now //nolint:forbidigo // the clock of the bubble
		s := &server{engine: &Engine{options: Options{Now: now}}}
		tests := []struct {
			name string
			wake time.Duration // from now on; 0: nothing is known
			want time.Duration
		}{
			{"soon", 10 * time.Second, 10 * time.Second},
			{"tomorrow", 20 * time.Hour, lookTime},
			{"nothing will be due", 0, lookTime},
			{"it has been due", -time.Minute, 0},
		}
		for _, tt := range tests {
			wake := time.Time{}
			if tt.wake != 0 {
				wake = now().Add(tt.wake)
			}
			began := now()
			if err := s.sleep(t.Context(), wake); err != nil || now().Sub(began) != tt.want {
				t.Errorf("%s: it slept %s, %v; want %s", tt.name, now().Sub(began), err, tt.want)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		began := now()
		if err := s.sleep(ctx, time.Time{}); !errors.Is(err, context.Canceled) || now().Sub(began) != time.Second {
			t.Errorf("it slept %s, %v; want until it was ended", now().Sub(began), err)
		}
	})
}

// Who waits for a change is woken by it, also by one that came before the wait, and
// looks by itself for those of other processes.
func TestPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		now := time.Now //nolint:forbidigo // the clock of the bubble
		e := &Engine{options: Options{Poll: time.Minute}, pulse: pulse.New()}
		wait := func(want time.Duration) {
			t.Helper()
			began := now()
			if err := pulse.Pause(t.Context(), e.pulse.Wait(), e.options.Poll); err != nil || now().Sub(began) != want {
				t.Errorf("pause = %v after %s; want %s", err, now().Sub(began), want)
			}
		}
		wait(time.Minute)
		time.AfterFunc(3*time.Second, e.pulse.Beat)
		wait(3 * time.Second)
		before := e.pulse.Wait()
		e.pulse.Beat()
		began := now()
		if err := pulse.Pause(t.Context(), before, e.options.Poll); err != nil || now() != began {
			t.Errorf("pause after the beat = %v after %s; want none", err, now().Sub(began))
		}
	})
}

// A subscriber has the events of its own process at once, and those of others
// within the time of a look.
func TestSubscriberWaits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		e, other := bubbled(t, dir, "forge"), bubbled(t, dir, "anvil")
		news, err := e.Watch(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		for i, tt := range []struct {
			by   *Engine
			most time.Duration
		}{{e, 0}, {other, e.options.Poll}, {e, 0}} {
			d := calendar.Of(2026, 1, 10+i)
			var changed time.Time
			time.AfterFunc(10*time.Minute+e.options.Poll/3, func() {
				changed = e.options.Now()
				begin(t, tt.by, d)
			})
			event, err := news.Next(t.Context())
			if took := e.options.Now().Sub(changed); err != nil || len(event.Days) != 1 || event.Days[0].Date != d || took > tt.most {
				t.Errorf("Next = %+v, %v after %s; want the start of %s within %s", event.Days, err, took, d, tt.most)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := news.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Next without an event = %v; want that its time is up", err)
		}
	})
}
