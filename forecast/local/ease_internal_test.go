package local

import (
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
