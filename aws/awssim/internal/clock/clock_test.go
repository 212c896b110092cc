package clock_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/awssim/internal/clock"
)

func TestAdvance(t *testing.T) {
	t.Parallel()
	c := clock.New(clock.Options{})
	begin := c.Now()
	var got []string
	note := func(name string) func() {
		return func() { got = append(got, fmt.Sprintf("%s at %v", name, c.Now().Sub(begin))) }
	}
	c.After(3*time.Second, note("third"))
	c.After(time.Second, func() {
		note("first")()
		c.After(time.Second, note("added by first"))
		c.After(0, note("at once"))
	})
	c.After(time.Second, note("second, at the same time"))
	cancel := c.After(2*time.Second, note("cancelled"))
	cancel()
	c.After(time.Hour, note("too late"))
	c.Advance(10 * time.Second)
	want := []string{"first at 1s", "second, at the same time at 1s", "at once at 1s", "added by first at 2s", "third at 3s"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if d := c.Now().Sub(begin); d != 10*time.Second {
		t.Errorf("%v have passed; want 10s", d)
	}
	cancel() // a second time, and after the time
}

func TestScaledClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC)
		c := clock.New(clock.Options{
			Host:  func() time.Time { return time.Now() }, //nolint:forbidigo // the bubble's clock is fake
			Speed: 600, Start: start,
		})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			c.Run(ctx)
		}()
		var fired []time.Duration
		c.After(20*time.Minute, func() { fired = append(fired, c.Now().Sub(start)) })
		c.After(10*time.Minute, func() {
			fired = append(fired, c.Now().Sub(start))
			c.After(time.Minute, func() { fired = append(fired, c.Now().Sub(start)) })
		})
		time.Sleep(3 * time.Second)
		stop()
		<-done
		want := []time.Duration{10 * time.Minute, 11 * time.Minute, 20 * time.Minute}
		if diff := cmp.Diff(want, fired); diff != "" {
			t.Errorf("fired at (-want +got):\n%s", diff)
		}
	})
}
