package activity

import (
	"fmt"

	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// Widths of columns.
const (
	whatWidth  = 34
	labelWidth = 10
)

// detailLines are those below the list.
func (p *Page) detailLines() int { return layout.Clamp(p.Height/4, 2, 6) }

// listRows returns how many entries are shown.
func (p *Page) listRows() int {
	const heads = 2
	rows := p.Height - heads - p.detailLines()
	if p.Filter.Shown() {
		rows--
	}
	return max(1, rows)
}

// View draws the list, and the selected entry in full.
func (p *Page) View() string {
	c := p.Canvas(p.env.Theme, p.Width)
	switch {
	case len(p.all) > 0:
		p.list(c)
		p.detail(c)
	case p.failed != nil:
		page.Blank(c, p.Height, "What was done can't be read", p.failed.Err.Error(), page.Remedy(p.failed))
	case p.Busy():
		page.Blank(c, p.Height, "Reading what was done ...", "", "esc goes back")
	default:
		page.Blank(c, p.Height, "Nothing was done yet", "Plans, attempts, stops and rollbacks are listed here with who asked for them, the command that does the same, and what came of it.", "esc goes back   then B makes past dates")
	}
	if len(p.all) == 0 {
		return p.Screen(c, nil)
	}
	return p.Screen(c, func(bar *draw.Canvas) {
		p.Filter.Draw(bar, p.Width, fmt.Sprintf("%d of %d", len(p.rows), len(p.all)))
	})
}

func (p *Page) list(c *draw.Canvas) {
	first := c.Lines()
	c.Skip(1)
	head, form := p.clock()
	c.Cell(theme.Faint, head, len(form)+1)
	c.Cell(theme.Faint, "who", p.whoWidth())
	c.Cell(theme.Faint, "what", p.whatWidth())
	c.Put(theme.Faint, "outcome")
	if p.failed != nil {
		c.Put(theme.Bad, "   not read again: "+draw.First(p.failed.Err.Error()))
	}
	c.End()
	rows := p.listRows()
	p.top = layout.Scroll(p.top, p.at, len(p.rows), rows)
	for i, index := range p.rows[p.top:min(len(p.rows), p.top+rows)] {
		e := p.all[index]
		p.Spot(c, page.Item{At: p.top + i})
		c.Pointer(p.top+i == p.at)
		c.Cell(theme.Faint, e.at.In(p.env.Zone).Format(form), len(form)+1)
		c.Deselect()
		c.Cell(theme.Plain, e.who, p.whoWidth()-1)
		c.Skip(1)
		c.Cell(theme.Plain, e.what, p.whatWidth()-1)
		c.Skip(1)
		c.Put(e.role, draw.First(e.outcome))
		c.End()
	}
	if len(p.rows) == 0 {
		c.Put(theme.Faint, "  nothing has these words (esc shows all)")
		c.End()
	}
	c.Fill(first + 1 + rows)
}

// clock returns how times are headed and written: without their year where there is
// little room.
func (p *Page) clock() (head, form string) {
	const narrow = 80
	if p.Width < narrow {
		return "at", "01-02 15:04"
	}
	return "at, " + p.env.Zone.String(), "2006-01-02 15:04"
}

// whoWidth is that of a name, most of which are short.
func (p *Page) whoWidth() int {
	const wide, usual, narrow = 100, 18, 12
	if p.Width < wide {
		return narrow
	}
	return usual
}

// whatWidth leaves room for the outcome, and takes no more than there is to say.
func (p *Page) whatWidth() int {
	const least, outcome, gap = 12, 16, 2
	widest := 0
	for _, e := range p.all {
		widest = max(widest, draw.Width(e.what)+gap)
	}
	_, form := p.clock()
	return layout.Clamp(min(widest, p.Width-1-len(form)-1-p.whoWidth()-outcome), least, whatWidth)
}

// detail draws the selected entry in full.
func (p *Page) detail(c *draw.Canvas) {
	e, ok := p.selected()
	if !ok {
		return
	}
	c.Repeat(theme.Faint, p.env.Theme.Rule, p.Width)
	c.End()
	for _, part := range []struct {
		label, text string
		role        theme.Role
	}{{"same as", p.env.Shell(e.command), theme.Strong}, {"outcome", e.outcome, e.role}} {
		label := part.label
		for _, line := range draw.Wrap(part.text, p.Width-labelWidth-2) {
			c.Skip(1)
			c.Cell(theme.Faint, label, labelWidth)
			c.Put(part.role, line)
			c.End()
			label = ""
		}
	}
}
