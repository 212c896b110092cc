package layout

import "time"

// Stretch is a part of a bar: cells from the left end, and how many.
type Stretch struct{ At, Cells int }

// Place returns where the time from begin to end lies on an axis of width cells
// that shows total time. Time that has passed takes at least a cell.
func Place(begin, end, total time.Duration, width int) Stretch {
	if total <= 0 || width < 1 || end <= begin {
		return Stretch{}
	}
	scale := func(d time.Duration) int {
		return int(float64(d) / float64(total) * float64(width))
	}
	at := Clamp(scale(begin), 0, width-1)
	return Stretch{At: at, Cells: Clamp(scale(end)-at, 1, width-at)}
}

// Ticks returns round times for an axis of total time, so that labels of a
// width stay apart on width cells; the first is 0.
func Ticks(total time.Duration, width, label int) []time.Duration {
	steps := []time.Duration{
		100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond,
		time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
		time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
		time.Hour, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
	}
	ticks := []time.Duration{0}
	if total <= 0 {
		return ticks
	}
	for _, step := range steps {
		if float64(step)/float64(total)*float64(width) < float64(label+2) {
			continue
		}
		for at := step; at <= total; at += step {
			ticks = append(ticks, at)
		}
		break
	}
	return ticks
}
