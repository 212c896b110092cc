package app_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// fuzzKeys are what a person may press, the ones that lead somewhere more than
// once.
func fuzzKeys() []string {
	return []string{
		"j", "j", "k", "down", "up", "g", "G", "ctrl+d", "ctrl+u", "pgdown", "pgup", "left", "right", "tab", "shift+tab", "h",
		"enter", "enter", "enter", "esc", "esc", "q", "?", ":", "ctrl+p", "/", "n", "N", "[", "]", "1", "5", "9", "v", "V", "space", "*",
		"e", "E", "l", "L", "m", "f", "d", "r", "ctrl+r", "s", "T", "z", "R", "B", "X", "F", "P", "D", "U", "y", "Y", "ctrl+y", "o", "@", "p", "t",
		"w", "x", "&", "c", "J", "S", "ctrl+s", "ctrl+t", "ctrl+l", "backspace", "delete", "home", "end", "a", "2", "-", "0", "\u00e9", "\u65e5",
		"I", "!", "{", "}", "u", "M", "H", "ctrl+e", "ctrl+n", "f1",
	}
}

// fuzzLines are what a person may type into a palette, a filter or a form.
func fuzzLines() []string {
	return []string{
		"failed mon !stale", "2026-01-18", "-3", "goto 01-12", "logs latest Train", "export rows.csv", "export ~/x.json", "export x.parquet", "partition 2026-01-12 --filter van", "theme light", "set ascii on", "set", "set zone",
		"zone utc", "backfill --last 5", "rerun latest --whole", "rerun 01-10..01-13 latest", "rerun --failed", "daybatch --project x rerun -y -3", "stop latest", "fallback latest", "query SELECT dt", "login", "console", "pipeline other", "price_lag_\\d", "a(", "!INFO", "demand-daily",
	}
}

func fuzzSizes() []size {
	return []size{{0, 0}, {1, 1}, {3, 2}, {20, 5}, {40, 10}, {59, 15}, {60, 16}, {80, 24}, {81, 25}, {120, 40}, {200, 60}, {300, 100}, {17, 90}, {250, 4}}
}

// FuzzScreens lets a person who knows nothing loose on the program: any keys, a
// terminal of any size at any moment, replies in any order, calls that fail. It
// must not panic, every frame fits its terminal, Update asks the engine for nothing
// itself (see script.update), and esc leads home from wherever that ends.
//
//	go test ./tui/internal/app -run '^$' -fuzz Screens -fuzztime 5m
func FuzzScreens(f *testing.F) {
	for seed := range uint64(12) {
		random := rand.New(rand.NewPCG(seed, 1))
		steps := make([]byte, 120)
		for i := range steps {
			steps[i] = byte(random.IntN(256))
		}
		f.Add(steps)
	}
	f.Fuzz(func(t *testing.T, steps []byte) {
		if len(steps) > 400 {
			return
		}
		synctest.Test(t, func(t *testing.T) {
			charset := theme.Charset(len(steps) % 3)
			fake := enginetest.NewFake(enginetest.FakeOptions{})
			month(fake)
			var ran []string
			desk := lends(&ran, nil)
			desk.Dir = t.TempDir()
			desk.Environ = map[string]string{"HOME": desk.Dir}
			p := beginOn(t, scene{
				drive: true, width: 80, height: 24, desk: desk, login: sso(), beside: []string{"demand", "other"},
				look: theme.Options{Profile: colorprofile.ANSI, Charset: charset},
			}, fake)
			defer p.close()
			for _, step := range steps {
				p.stumble(step)
			}
			p.settle()
			p.goHome()
		})
	})
}

// goHome presses esc until the days are on top, and fails if they never are.
func (p *script) goHome() {
	for range 100 { // a page may have a filter and a range to end
		if p.model.Top() == page.Days {
			return
		}
		p.fake.Advance(2 * time.Second) // dialogs that opened by themselves take no keys at first
		p.Press("esc")
	}
	p.t.Errorf("esc does not lead home from the page %s:\n%s", p.model.Top(), p.Screen())
}

// stumble does one thing that the byte stands for. What was asked for before may
// still be on its way.
func (p *script) stumble(step byte) {
	keys, sizes := fuzzKeys(), fuzzSizes()
	switch n := int(step); {
	case n < 160:
		p.update(press(keys[n%len(keys)]))
	case n < 170:
		lines := fuzzLines()
		for _, r := range lines[(n+p.started)%len(lines)] {
			p.update(tea.KeyPressMsg{Code: r, Text: string(r)})
		}
	case n < 185:
		s := sizes[n%len(sizes)]
		p.width, p.height = s.width, s.height
		p.update(tea.WindowSizeMsg{Width: s.width, Height: s.height})
	case n < 225:
		p.deliverOne(n)
	case n < 235:
		p.fake.Advance(time.Duration(n-224) * 3 * time.Second)
	case n < 245:
		methods := []string{"Days", "Executions", "Evaluation", "Logs", "LogStream.Next", "Plan", "Apply", "Plans", "Control", "Stop", "Watch"}
		err := errors.New("no route to host")
		if p.started%2 == 0 {
			err = errExpired()
		}
		p.fake.FailNext(methods[n%len(methods)], err)
	case n < 250:
		x, y := p.started*7%max(1, p.width), (p.started+n)*5%max(1, p.height)
		for range n - 244 { // the second is as enter
			p.update(tea.MouseClickMsg{Button: tea.MouseLeft, X: x, Y: y})
		}
		p.update(tea.MouseWheelMsg{Button: tea.MouseWheelDown - tea.MouseButton(n%2), X: x, Y: y})
	case n < 253:
		p.update(tea.PasteMsg{Content: "2026-01-\x1b[31m1\n8"})
	default:
		p.settle()
	}
}

// deliverOne gives the program one of the replies that have come, not the
// oldest first.
func (p *script) deliverOne(n int) {
	time.Sleep(50 * time.Millisecond)
	synctest.Wait()
	p.mu.Lock()
	var msg tea.Msg
	if len(p.done) > 0 {
		at := n % len(p.done)
		msg = p.done[at].msg
		p.done = append(p.done[:at:at], p.done[at+1:]...)
	}
	p.mu.Unlock()
	p.deliver(msg)
}
