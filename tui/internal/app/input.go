package app

import (
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// A page or dialog that opens by itself takes no keys until the keyboard has
// been quiet for a while: what was typed was meant for the page before. It waits
// no longer than a person who types on would stand.
const (
	quietFor  = 400 * time.Millisecond
	quietMost = 1500 * time.Millisecond
)

// guard swallows keys. The zero guard lets all pass.
type guard struct{ opened, last time.Time }

// swallows reports whether a key that comes now was meant for something else.
func (g *guard) swallows(now time.Time) bool {
	if g.opened.IsZero() {
		return false
	}
	if now.Sub(g.last) >= quietFor || now.Sub(g.opened) >= quietMost {
		*g = guard{}
		return false
	}
	g.last = now
	return true
}

// echo is the key that has opened the page on top. Pressed twice, or held, it must not
// change something there: only once the keyboard has been quiet it is a key of the page.
type echo struct {
	key  string
	last time.Time
}

// swallows reports whether a key that would change something is still the one that has
// opened the page.
func (e *echo) swallows(key string, now time.Time) bool {
	if e.key != key || now.Sub(e.last) >= quietFor {
		return false
	}
	e.last = now
	return true
}

// copied says how a text was copied, and does what only the screen can.
func (m *Model) copied(msg effects.Copied) tea.Cmd {
	first := draw.First(msg.Text)
	switch {
	case msg.Err != nil:
		return page.Say(theme.Bad, "copy: "+msg.Err.Error())
	case msg.Way == effects.ByTerminal:
		return tea.Batch(tea.SetClipboard(msg.Text), page.Say(theme.Good, "sent to the terminal's clipboard: "+first))
	case msg.Way == effects.ByProgram:
		return page.Say(theme.Good, fmt.Sprintf("copied with %s: %s", msg.Where, first))
	default:
		return page.Say(theme.Good, "saved to "+msg.Where+": "+first)
	}
}

// equivalent returns the command that shows the page on top; empty: there is none.
func (m *Model) equivalent() string {
	if commander, ok := m.top().page.(page.Commander); ok {
		return m.env.Shell(commander.Equivalent())
	}
	return ""
}
