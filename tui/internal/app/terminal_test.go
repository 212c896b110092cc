package app_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/google/go-cmp/cmp"
	"github.com/hinshun/vt10x"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/tui/internal/app"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// terminal is an emulated terminal that a program draws on, as its renderer
// does: only what has changed.
type terminal struct {
	t       *testing.T
	program *tea.Program
	size    size

	mu     sync.Mutex
	screen vt10x.Terminal
	sum    int // of bytes written
	news   chan struct{}
}

// Write takes what the program writes.
func (e *terminal) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sum += len(p)
	select {
	case e.news <- struct{}{}:
	default:
	}
	// The program knows that it has no input to make raw, and leaves carriage
	// returns to the line discipline.
	_, err := e.screen.Write(bytes.ReplaceAll(p, []byte("\n"), []byte("\r\n")))
	return len(p), err
}

// draw begins the program of a scene on a terminal.
func draw(t *testing.T, s scene, at size) *terminal {
	t.Helper()
	fake := enginetest.NewFake(s.engine)
	s.seed(fake)
	ctx, end := context.WithCancel(t.Context())
	e := &terminal{t: t, size: at, screen: vt10x.New(vt10x.WithSize(at.width, at.height)), news: make(chan struct{}, 1)}
	model := app.New(app.Options{
		Effects: effects.New(ctx, fake, fake.Time), Actor: "aki@forge", FixedProfile: true, Look: s.look,
	})
	e.program = tea.NewProgram(model, tea.WithContext(ctx), tea.WithInput(nil), tea.WithOutput(e), tea.WithoutSignalHandler(),
		tea.WithWindowSize(at.width, at.height), tea.WithColorProfile(s.look.Profile), tea.WithEnvironment([]string{"TERM=xterm-256color"}))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = e.program.Run() // it is killed, and says so
	}()
	t.Cleanup(func() {
		end()
		<-ended
	})
	return e
}

// pointer is what stands before the selected row on a screen without colours.
const pointer = "▸"

// rows returns what stands on the screen.
func (e *terminal) rows() (rows []string, sum int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for y := range e.size.height {
		var row strings.Builder
		for x := range e.size.width {
			cell := e.screen.Cell(x, y)
			char := cell.Char
			if char == 0 {
				char = ' '
			}
			if char == ' ' && e.block(x, y) {
				char = []rune(pointer)[0] // where there are colours it is a block of one
			}
			row.WriteRune(char)
		}
		rows = append(rows, strings.TrimRight(row.String(), " "))
	}
	return rows, e.sum
}

// block reports whether a cell has a background, as the pointer has at the beginning of
// a row, and within one alone.
func (e *terminal) block(x, y int) bool {
	painted := func(x int) bool { return x < e.size.width && e.screen.Cell(x, y).BG != vt10x.DefaultBG }
	return painted(x) && (x == 0 || !painted(x-1) && !painted(x+1))
}

// until waits for a screen, and returns the bytes that were written so far.
func (e *terminal) until(frame string) (sum int) {
	e.t.Helper()
	want := strings.Split(strings.TrimSuffix(visible(frame), "\n"), "\n")
	for len(want) < e.size.height {
		want = append(want, "")
	}
	patience := time.NewTimer(30 * time.Second)
	defer patience.Stop()
	for {
		got, sum := e.rows()
		diff := cmp.Diff(want, got)
		if diff == "" {
			return sum
		}
		select {
		case <-e.news:
		case <-patience.C:
			e.t.Fatalf("the terminal differs from the frame (-frame +terminal):\n%s", diff)
		}
	}
}

// frames returns the screens before and after each of the keys.
func frames(t *testing.T, s scene, at size, keys []string) []string {
	t.Helper()
	s.width, s.height, s.look = at.width, at.height, theme.Options{}
	var all []string
	play(t, s, func(p *script) {
		all = append(all, p.Screen())
		for _, key := range keys {
			all = append(all, p.Press(key).Screen())
		}
	})
	return all
}

// hostile are lines that would leave a terminal in disorder, and long ones.
func hostile() []string {
	lines := []string{
		"\x1b[2J\x1b[H\x1b[31mred and home", "\x1b]0;title\x07titled", "\x1b]52;c;ZXZpbA==\x07clipboard", "\x1b[?1049l\x1b[?25hleave",
		"\x1bP1$r0m\x1b\\device", "\x9b2J\x9d0;x\x9cc1", "\x1b[999;999Hfar", "\x1bcreset", "\x0e\x0fshift", "a\x08\x08\x08\x7fback",
		"10 %\r20 %\rprogress", "one\ttwo\tend", "line\x0bfeed\x0c", "\xff\xfe\xc3(invalid", "\u202etxet desrever", "zero\u200bwidth\u00ad",
		"\x1b[38;5;196", "\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "\x1b[5;10r\x1b[Sscroll", "bell\x07\x07", "",
		strings.Repeat("0123456789", 10_000),
	}
	for i := range 150 {
		lines = append(lines, fmt.Sprintf("INFO %03d %s", i, strings.Repeat(string(rune('a'+i%26)), i%97)))
	}
	return lines
}

func loud(f *enginetest.Fake) {
	f.Seed(jan(20), enginetest.Past{Steps: map[forecast.StepName]enginetest.Behaviour{forecast.Extract: {Log: hostile()}}})
}

// TestHostileLines draws hostile lines on a terminal, which has to show what
// the frame says after each key.
func TestHostileLines(t *testing.T) {
	t.Parallel()
	at, s := size{80, 24}, scene{seed: loud, look: theme.Options{Profile: colorprofile.ASCII}}
	keys := []string{"right", "l", "g", "w", "j", "j", "pgdown", "w", "pgdown", "G", "k", "k", "k", "g", "t", "t", "e"}
	e := draw(t, s, at)
	for i, frame := range frames(t, s, at, keys) {
		if i > 0 {
			e.program.Send(press(keys[i-1]))
		}
		e.until(frame)
	}
}
