package local

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// TestEase checks that a watch which nobody looks at reads the store less often,
// and at once when somebody looks again.
func TestEase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		e, other := bubbled(t, dir, "forge"), bubbled(t, dir, "anvil")
		sub, err := e.Watch(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer sub.Close()
		easer, ok := sub.(forecast.Easer)
		if !ok {
			t.Fatal("a watch of the local engine can't be eased")
		}
		easer.Ease(60)
		events := make(chan time.Time, 1)
		go func() {
			if _, err := sub.Next(t.Context()); err == nil {
				events <- e.options.Now()
			}
		}()
		synctest.Wait()
		begin(t, other, calendar.Of(2026, 1, 10))
		time.Sleep(50 * e.options.Poll)
		synctest.Wait()
		if len(events) > 0 {
			t.Error("the event was seen within 50 polls; want it only after 60")
		}
		easer.Ease(1)
		synctest.Wait()
		if len(events) == 0 {
			t.Error("the event was not seen at once when the watch was eased no more")
		}
	})
}

// TestTold checks that a watch leaves it to a drive of its process to look for what
// others commit: it hears of that as soon, and looks by itself again when the drive has
// ended.
func TestTold(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		e, other := bubbled(t, dir, "forge"), bubbled(t, dir, "anvil")
		sub, err := e.Watch(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer sub.Close()
		ctx, end := context.WithCancel(t.Context())
		driven := make(chan error, 1)
		go func() { driven <- e.Drive(ctx, "") }()
		synctest.Wait()
		if !e.news.told() {
			t.Error("a drive tells of no commits; want it to")
		}
		heard := func(d calendar.Date, after time.Duration) {
			t.Helper()
			var changed time.Time
			time.AfterFunc(after+e.options.Poll/3, func() {
				changed = e.options.Now()
				begin(t, other, d)
			})
			event, err := sub.Next(t.Context())
			if took := e.options.Now().Sub(changed); err != nil || len(event.Days) != 1 || event.Days[0].Date != d || took > e.options.Poll {
				t.Errorf("Next = %+v, %v after %s; want the start of %s within %s", event.Days, err, took, d, e.options.Poll)
			}
		}
		heard(calendar.Of(2026, 1, 10), 10*time.Minute)
		heard(calendar.Of(2026, 1, 11), time.Second)
		time.AfterFunc(time.Second, end) // while the watch relies on it
		heard(calendar.Of(2026, 1, 12), 2*time.Second)
		if err := <-driven; !errors.Is(err, context.Canceled) || e.news.told() {
			t.Errorf("Drive = %v, still telling: %v; want neither", err, e.news.told())
		}
	})
}
