// Package help is the dialog of the keys that work now, and of what the signs mean. It is
// made from the tables that route them; enter runs one. A search finds what other pages
// do, too.
package help

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
	"github.com/daybatch/daybatch/tui/internal/widget/input"
)

// Page lists keys and searches them.
type Page struct {
	page.Frame

	env         *page.Env
	all         keys.Map
	field       input.Input
	cursor, top int
	x           int
}

// New returns the help for the place's keys.
func New(env *page.Env, place page.Place) page.Page {
	return &Page{Frame: page.NewFrame(env), env: env, all: place.Keys}
}

// Keys returns what keys do.
func (*Page) Keys() keys.Map { return keys.HelpDialog() }

// Init has nothing to start.
func (*Page) Init() tea.Cmd { return nil }

// Focused reports that keys are text: the search is always open.
func (*Page) Focused() bool { return true }

// Cursor returns where the search is typed.
func (p *Page) Cursor() (x, y int) { return 2 + len("search ") + p.x, 1 }

// Update takes the search and the choice.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case keys.Pressed:
		return p.press(msg.Action)
	case tea.KeyPressMsg:
		if p.field.Key(msg) {
			p.cursor = 0
		}
	}
	return nil
}

func (p *Page) press(action keys.Action) tea.Cmd {
	switch action {
	case keys.Back:
		return func() tea.Msg { return page.Back{} }
	case keys.Confirm:
		chosen, ok := p.chosen()
		if !ok {
			return page.Say(theme.Faint, "that is to be read: only the keys of this page run here")
		}
		return func() tea.Msg { return page.Back{Then: keys.Pressed{Action: chosen.Action}} }
	default:
		if to, ok := page.Move(action, p.cursor, len(p.lines()), p.rows()); ok {
			p.cursor = to
		}
	}
	return nil
}

// key returns the key of an action, as the person has chosen it.
func (p *Page) key(action keys.Action) string { return p.env.Key(keys.HelpName, p.Keys(), action) }

// rows returns how many keys fit.
func (p *Page) rows() int { return max(1, p.Height-6) }

// View draws the box; the program puts it in the middle.
func (p *Page) View() string {
	const keyWidth = 14
	inner := layout.Clamp(p.Width-8, 10, 92)
	c := p.Canvas(p.env.Theme, min(p.Width, inner+4))
	found := p.lines()
	rows := min(p.rows(), len(p.all)+len(p.signs()))
	p.top = layout.Scroll(p.top, p.cursor, len(found), rows)
	c.Box(theme.Accent, "keys of this page", func() {
		c.Open()
		c.Put(theme.Faint, "search ")
		p.x = p.field.Render(c, theme.Plain, max(1, inner-len("search ")))
		c.Close()
		for i := range rows {
			at := p.top + i
			if at >= len(found) {
				c.Inside(theme.Plain, "")
				continue
			}
			p.Spot(c, page.Item{At: at})
			c.Open()
			if at == p.cursor {
				c.Select()
			}
			role := theme.Plain
			if found[at].runs.Action == "" {
				role = theme.Faint
			}
			c.Cell(found[at].role, found[at].key, keyWidth)
			c.Cell(role, found[at].help, inner-keyWidth)
			c.Close()
		}
		c.Inside(theme.Faint, fmt.Sprintf("%d of %d keys   %s runs it   %s closes", runnable(found), len(p.all), p.key(keys.Confirm), p.key(keys.Back)))
	})
	return c.String()
}
