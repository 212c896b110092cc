package tui

import (
	"testing"
	"testing/synctest"
	"time"
)

// One processor is left while nothing happens, all of them as soon as something does, and
// after the screen.
func TestCalm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		now, calls := 8, 0
		c := newCalm(func(n int) int {
			before := now
			now = n
			calls++
			return before
		})
		after := func(d time.Duration, want int) {
			t.Helper()
			time.Sleep(d)
			synctest.Wait()
			if now != want {
				t.Errorf("%d processors; want %d", now, want)
			}
		}
		for range 10 { // messages that follow each other change nothing
			after(quiet-time.Millisecond, 8)
			c.stir()
		}
		if calls > 0 {
			t.Errorf("%d changes while something happened; want none", calls)
		}
		after(quiet, 1)
		after(time.Hour, 1)
		c.stir()
		after(0, 8)
		after(quiet, 1)
		c.end()
		after(time.Hour, 8)
		c.end()
		if calls != 4 {
			t.Errorf("%d changes; want 4", calls)
		}
	})
}
