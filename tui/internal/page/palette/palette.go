// Package palette is the dialog of commands: the verbs of the command line with
// their arguments, dates, what the page below does, and the settings of the
// screen. It completes what is typed and remembers what was run.
package palette

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
	"github.com/daybatch/daybatch/tui/internal/widget/input"
)

// Page is the line that is typed, and what may be meant by it.
type Page struct {
	page.Frame

	env *page.Env

	commands []command
	keys     keys.Map          // of the page below
	around   calendar.Date     // what the page below is about
	recent   []string          // lines that were run, newest first
	columns  []string          // of the list of the page below
	saved    []forecast.PlanID // plans that were kept for later
	settings map[page.Setting]string
	offers   offers

	field       input.Input
	list        []suggestion
	cursor, top int
	chosen      bool  // the cursor was moved
	wrong       error // of the line that was run
	x           int
}

// New returns the palette over the page that the place describes.
func New(env *page.Env, place page.Place) page.Page {
	p := &Page{
		Frame: page.NewFrame(env), env: env, commands: commands(),
		keys: place.Keys, around: place.Date, recent: place.Recent, columns: place.Columns, saved: place.Saved, settings: place.Settings,
	}
	p.list = p.suggest("")
	return p
}

// Keys returns what keys do.
func (*Page) Keys() keys.Map { return keys.PaletteDialog() }

// Init has nothing to start.
func (*Page) Init() tea.Cmd { return nil }

// Focused reports that keys are text.
func (*Page) Focused() bool { return true }

// Cursor returns where the line is typed.
func (p *Page) Cursor() (x, y int) { return 2 + len(": ") + p.x, 1 }

// Update takes what is typed and the choice.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.PasteMsg:
		p.field.Insert(msg.Content)
		return p.typed()
	case keys.Pressed:
		return p.press(msg.Action)
	case tea.KeyPressMsg:
		if p.field.Text() == "" && msg.String() == "backspace" {
			return func() tea.Msg { return page.Back{} }
		}
		if p.field.Key(msg) {
			return p.typed()
		}
	case effects.Reply[[]forecast.Partition]:
		p.offer(msg)
	case effects.Failed:
		p.wrong = msg.Err
	}
	return nil
}

func (p *Page) press(action keys.Action) tea.Cmd {
	switch action {
	case keys.Back:
		return func() tea.Msg { return page.Back{} }
	case keys.Complete:
		if p.cursor < len(p.list) {
			return p.take(p.list[p.cursor])
		}
	case keys.Confirm:
		return p.enter()
	default:
		if to, ok := page.Move(action, p.cursor, len(p.list), p.rows()); ok {
			p.cursor, p.chosen = to, true
		}
	}
	return nil
}

// key returns the key of an action, as the person has chosen it.
func (p *Page) key(action keys.Action) string {
	return p.env.Key(keys.PaletteName, p.Keys(), action)
}

// typed finds again what may be meant.
func (p *Page) typed() tea.Cmd {
	p.list = p.suggest(p.field.Text())
	p.cursor, p.chosen, p.wrong = 0, false, nil
	return p.ask()
}

// take types what was chosen.
func (p *Page) take(s suggestion) tea.Cmd {
	if s.text == "" {
		return nil
	}
	p.field.Set(s.text)
	return p.typed()
}

// enter runs the line if it says something by itself, else what is under the
// cursor.
func (p *Page) enter() tea.Cmd {
	line := strings.TrimSpace(p.field.Text())
	msg, err := p.execute(line)
	if err == nil && !p.chosen {
		return run(line, msg)
	}
	more := strings.Contains(line, " ")
	_, _, known := p.meantBy(line)
	if p.cursor < len(p.list) && (p.chosen || !more || !known) {
		return p.choose(p.list[p.cursor])
	}
	p.wrong = err
	return nil
}

// choose runs a suggestion, or takes it over if more has to follow.
func (p *Page) choose(s suggestion) tea.Cmd {
	switch {
	case s.at > 0:
		return run("", keys.Pressed{Action: p.keys[s.at-1].Action})
	case s.line == "":
		return p.take(s)
	}
	msg, err := p.execute(s.line)
	if err != nil {
		p.wrong = err
		return nil
	}
	return run(s.line, msg)
}

func run(line string, msg tea.Msg) tea.Cmd {
	return func() tea.Msg { return page.Ran{Line: line, Then: msg} }
}

// rows returns how many suggestions fit.
func (p *Page) rows() int { return max(1, min(16, p.Height-6)) }

// View draws the box; the program puts it in the middle.
func (p *Page) View() string {
	inner := layout.Clamp(p.Width-8, 10, 92)
	c := p.Canvas(p.env.Theme, min(p.Width, inner+4))
	var wrong []string
	if p.wrong != nil {
		wrong = draw.Wrap(p.wrong.Error(), inner)
		wrong = wrong[:min(len(wrong), p.rows())]
	}
	rows := p.rows() - max(0, len(wrong)-1)
	p.top = layout.Scroll(p.top, p.cursor, len(p.list), rows)
	c.Box(theme.Accent, "commands", func() {
		c.Open()
		c.Put(theme.Accent, ": ")
		p.x = p.field.Render(c, theme.Plain, max(1, inner-len(": ")))
		c.Close()
		for i := range rows {
			if at := p.top + i; at < len(p.list) {
				p.drawSuggestion(c, at)
			} else {
				c.Inside(theme.Plain, "")
			}
		}
		for _, line := range wrong {
			c.Inside(theme.Gate, line)
		}
		if len(wrong) > 0 {
			return
		}
		c.Inside(theme.Faint, fmt.Sprintf("%d   %s completes   %s runs it   %s closes",
			len(p.list), p.key(keys.Complete), p.key(keys.Confirm), p.key(keys.Back)))
	})
	return c.String()
}

func (p *Page) drawSuggestion(c *draw.Canvas, at int) {
	const textWidth, keyWidth = 34, 11
	s := p.list[at]
	p.Spot(c, page.Item{At: at})
	c.Open()
	if at == p.cursor {
		c.Select()
	}
	room := c.Left() - 2
	if s.at > 0 {
		c.Cell(theme.Accent, s.key, min(keyWidth, room))
		c.Cell(theme.Plain, s.help, c.Left()-2)
		c.Close()
		return
	}
	text := strings.TrimSpace(s.text)
	wide := min(room, max(textWidth, draw.Width(text+" "+s.args)+2))
	left := c.Left() - wide
	c.Put(theme.Strong, text)
	c.Put(theme.Faint, " "+s.args)
	c.Skip(c.Left() - left)
	help := s.help
	if help == "" || help == openDay {
		help = strings.TrimSpace(weekday(text) + "  " + help)
	}
	c.Cell(theme.Faint, help, c.Left()-2)
	c.Close()
}
