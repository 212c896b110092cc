package notify

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A message that was not sent waits longer each time, up to a bound, and never a
// time that two processes would share.
func TestBackOffOfMessages(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tries := rapid.IntRange(0, 1000).Draw(t, "tries")
		most := 15 * time.Minute
		if tries < 8 {
			most = 5 * time.Second << tries
		}
		waits := map[time.Duration]bool{}
		for range 20 {
			wait := backOff(tries)
			if wait < most/2 || wait > most {
				t.Fatalf("backOff(%d) = %s; want %s to %s", tries, wait, most/2, most)
			}
			waits[wait] = true
		}
		if len(waits) < 2 {
			t.Fatalf("backOff(%d) is always the same; want it spread", tries)
		}
	})
}
