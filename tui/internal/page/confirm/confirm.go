// Package confirm is the dialog between a wish and what can't be taken back.
package confirm

import (
	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
	"github.com/daybatch/daybatch/tui/internal/widget/input"
)

// Page asks a question.
type Page struct {
	page.Frame

	env   *page.Env
	ask   page.Ask
	field input.Input
	x, y  int
}

// New returns the dialog of the place's question.
func New(env *page.Env, place page.Place) page.Page {
	return &Page{Frame: page.NewFrame(env), env: env, ask: place.Ask}
}

// Keys returns what keys do.
func (p *Page) Keys() keys.Map { return keys.Question(p.ask.Yes) }

// key returns the key of an action, as the person has chosen it.
func (p *Page) key(action keys.Action) string {
	return p.env.Key(keys.QuestionName, p.Keys(), action)
}

// Init has nothing to start.
func (*Page) Init() tea.Cmd { return nil }

// Focused reports whether a word has to be typed.
func (p *Page) Focused() bool { return p.ask.Type != "" }

// Cursor returns where it is typed.
func (p *Page) Cursor() (x, y int) { return p.x, p.y }

// Update takes the answer.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case keys.Pressed:
		switch msg.Action {
		case keys.Confirm:
			return p.yes()
		case keys.Back:
			return back
		default:
		}
	case tea.PasteMsg:
		p.field.Insert(msg.Content)
	case tea.KeyPressMsg:
		p.field.Key(msg)
	}
	return nil
}

func back() tea.Msg { return page.Back{} }

func (p *Page) yes() tea.Cmd {
	if p.field.Text() != p.ask.Type {
		return page.Say(theme.Gate, "type "+p.ask.Type+" first, or "+p.key(keys.Back)+" to leave it")
	}
	if p.ask.Do == nil {
		return back
	}
	return tea.Sequence(back, p.ask.Do())
}

// View draws the box; the program puts it in the middle.
func (p *Page) View() string {
	inner := layout.Clamp(p.Width-8, 10, 64)
	c := draw.New(p.env.Theme, min(p.Width, inner+4))
	lines := draw.Wrap(p.ask.Text, inner)
	c.Box(theme.Gate, p.ask.Title, func() {
		for _, line := range lines {
			c.Inside(theme.Plain, line)
		}
		c.Inside(theme.Plain, "")
		if p.ask.Type != "" {
			c.Inside(theme.Strong, "type "+p.ask.Type+" to confirm:")
			p.y = c.Lines()
			c.Open()
			p.x = 2 + p.field.Render(c, theme.Plain, inner)
			c.Close()
		}
		press := p.key(keys.Confirm) + " " + p.ask.Yes
		if p.ask.Do != nil {
			press += "   " + p.key(keys.Back) + " leaves it as it is"
		}
		c.Inside(theme.Accent, press)
	})
	return c.String()
}
