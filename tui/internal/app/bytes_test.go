package app_test

import (
	"testing"

	"github.com/charmbracelet/colorprofile"

	"github.com/daybatch/daybatch/tui/internal/theme"
)

// spend is a key that is pressed again and again, and the bytes that it may cost
// a terminal of true colour, on average.
type spend struct {
	name   string
	seed   scene
	get    string // the keys that lead there
	key    string
	times  int
	budget int
}

// TestBytes holds moves of the cursor and scrolls by a line to what a slow
// connection bears, and the terminal to the frames.
func TestBytes(t *testing.T) {
	t.Parallel()
	// A scroll of days is a move of the cursor too: it draws the row that appears,
	// takes the band off the date above it, and says the new day's cause.
	busy, noisy := scene{seed: calm}, scene{seed: loud}
	for _, s := range []spend{
		{"days", busy, "8*j", "j", 30, 115},
		{"days of all states", busy, "", "j", 8, 160},
		{"days scrolled", busy, "44*j", "j", 5, 290},
		{"days across", busy, "T", "left", 5, 250},
		{"day", busy, "7*j enter", "k", 3, 180},
		{"metrics", busy, "j m", "j", 4, 210},
		{"partition", busy, "8*j d tab", "j", 10, 270},
		{"logs", noisy, "right l w k", "k", 40, 100},
		{"logs scrolled", noisy, "right l w 60*k", "k", 40, 190},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			at := size{200, 50}
			keys := each(t, s.get)
			before := len(keys)
			for range s.times {
				keys = append(keys, s.key)
			}
			scene := s.seed
			scene.look = theme.Options{Profile: colorprofile.TrueColor}
			e := draw(t, scene, at)
			first, last := 0, 0
			for i, frame := range frames(t, s.seed, at, keys) {
				if i > 0 {
					e.program.Send(press(keys[i-1]))
				}
				last = e.until(frame)
				if i == before {
					first = last
				}
			}
			if got := (last - first) / s.times; got > s.budget {
				t.Errorf("%s: %s costs %d bytes; want at most %d", s.name, s.key, got, s.budget)
			} else {
				t.Logf("%s: %s costs %d bytes", s.name, s.key, got)
			}
		})
	}
}
