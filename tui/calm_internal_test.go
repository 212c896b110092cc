package tui

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// One processor is left while nothing happens, all of them as soon as something does, and
// after the screen.
func TestCalm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var now, calls atomic.Int64
		now.Store(8)
		c := newCalm(func(n int) int {
			calls.Add(1)
			return int(now.Swap(int64(n)))
		})
		after := func(d time.Duration, want int64) {
			t.Helper()
			time.Sleep(d)
			synctest.Wait()
			if got := now.Load(); got != want {
				t.Errorf("%d processors; want %d", got, want)
			}
		}
		for range 10 { // messages that follow each other change nothing
			after(quiet-time.Millisecond, 8)
			c.stir()
		}
		if n := calls.Load(); n > 0 {
			t.Errorf("%d changes while something happened; want none", n)
		}
		after(quiet, 1)
		after(time.Hour, 1)
		c.stir()
		after(0, 8)
		after(quiet, 1)
		c.end()
		after(time.Hour, 8)
		c.end()
		if n := calls.Load(); n != 4 {
			t.Errorf("%d changes; want 4", n)
		}
	})
}
