package request

import (
	"strings"

	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// always is how many questions of a backfill are there on every screen: which dates run.
const always = 3

// form draws the questions. On a low screen, where the plan needs the room, those after
// the first few are one line: the one that has the focus, or the answers to all of them.
func (p *Page) form(c *draw.Canvas) {
	few := len(p.fields)
	if p.Height < low {
		few = min(few, always)
	}
	for i := range p.fields[:few] {
		p.drawField(c, i)
	}
	switch {
	case few == len(p.fields):
	case p.at >= few && p.at < len(p.fields):
		p.drawField(c, p.at)
	default:
		p.answers(c, few)
	}
}

// rule divides the screen, where there is room for that.
func (p *Page) rule(c *draw.Canvas) {
	if p.Height >= low {
		c.Repeat(theme.Faint, p.env.Theme.Rule, p.Width)
		c.End()
	}
}

// answers draws those to the questions from one on.
func (p *Page) answers(c *draw.Canvas, from int) {
	var words []string
	for _, field := range p.fields[from:] {
		if field.input != nil {
			words = append(words, field.name+" "+field.input.Text())
		} else {
			words = append(words, field.options[field.chosen].label)
		}
	}
	p.Spot(c, page.Item{List: from, At: asked})
	c.Skip(2)
	c.Cell(theme.Faint, "then", nameWidth)
	c.Put(theme.Plain, strings.Join(words, ", "))
	c.End()
}
