package record_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
)

// TestSlots has drivers take slots and die at any point: what is open and what is
// being started never exceeds the limit, and a slot of the dead comes free.
func TestSlots(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const lost = 2 * time.Minute
		most := rapid.IntRange(1, 4).Draw(t, "most")
		now := time.Date(2026, time.January, 16, 6, 0, 0, 0, time.UTC)
		open := map[forecast.ExecutionID]bool{} // true: open; false: ended
		usage := func() record.Usage {
			n := 0
			for _, o := range open {
				if o {
					n++
				}
			}
			return record.Usage{Open: n, Lost: now.Add(-lost), Seen: func(id forecast.ExecutionID) bool {
				_, ok := open[id]
				return ok
			}}
		}
		var slots record.Slots
		var starting []forecast.ExecutionID // by drivers that live
		for n := range rapid.IntRange(1, 60).Draw(t, "moves") {
			now = now.Add(time.Second)
			switch rapid.IntRange(0, 4).Draw(t, "move") {
			case 0, 1:
				id := naming.ExecutionID(1, n+1)
				next, err := slots.Reserve(id, most, now, usage())
				if err == nil {
					slots, starting = next, append(starting, id)
				} else if !errors.Is(err, forecast.ErrConflict) {
					t.Fatalf("Reserve = %v", err)
				}
			case 2: // it shows
				if len(starting) > 0 {
					open[starting[0]], starting = true, starting[1:]
				}
			case 3: // it ends
				for id, o := range open {
					if o {
						open[id] = false
						break
					}
				}
			case 4: // the driver is gone, or came too late
				if len(starting) > 0 {
					if rapid.Bool().Draw(t, "says so") {
						slots, _ = slots.Release(starting[0])
					}
					starting = starting[1:]
				}
			}
			if taken := usage().Open + len(starting); taken > most {
				t.Fatalf("%d are open or start; want at most %d", taken, most)
			}
		}
		for id := range open {
			open[id] = false
		}
		now = now.Add(lost + time.Second)
		for n := range most {
			next, err := slots.Reserve(naming.ExecutionID(2, n+1), most, now, usage())
			if err != nil {
				t.Fatalf("when all have ended or died: Reserve = %v", err)
			}
			slots = next
		}
	})
}
