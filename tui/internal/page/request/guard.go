package request

import (
	"strings"

	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// guarded reports whether the pipeline's name has to be typed. There is nothing to
// guard against in a plan that runs nothing.
func (p *Page) guarded() bool { return p.env.Pipeline.Production && !p.nothing }

// prompt asks for the pipeline's name. The text cursor is there too while a choice has the
// focus: what is typed goes there.
func (p *Page) prompt(c *draw.Canvas) {
	p.Spot(c, page.Item{List: len(p.fields), At: asked})
	name, typed := p.env.Pipeline.Name, p.at == len(p.fields)
	if typed {
		c.Put(theme.Accent, p.env.Theme.Cursor)
	} else {
		c.Skip(1)
	}
	c.Put(theme.Bad, "PRODUCTION")
	c.Put(theme.Plain, "  type "+name+" to start: ")
	left, cursor := p.Width-c.Left(), 0
	if typed || p.word.Text() != "" {
		cursor = p.word.Render(c, theme.Strong, c.Left())
	} else {
		c.Put(theme.Faint, strings.Repeat("_", draw.Width(name)))
	}
	if typed || p.focus() == nil {
		p.x, p.y = left+cursor, c.Lines()
	}
	c.End()
}
