package query

import (
	"fmt"
	"strings"

	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// gap is between two columns.
const gap = 2

// Name draws what the page is.
func (*Page) Name(c *draw.Canvas) {
	c.Put(theme.Strong, "query")
	c.Put(theme.Faint, "  reads only")
}

// body returns how many rows are shown: above them are the query and the names of
// the columns.
func (p *Page) body() int {
	const heads = 2
	rows := p.Height - heads
	if p.Filter.Shown() {
		rows--
	}
	return max(1, rows)
}

// View draws the rows.
func (p *Page) View() string {
	c := p.Canvas(p.env.Theme, p.Width)
	p.title(c)
	switch {
	case p.failed != nil:
		page.Blank(c, p.Height, "The query was not answered", p.failed.Err.Error(), page.Remedy(p.failed)+"   : changes it")
	case p.held:
		page.Blank(c, p.Height, "The query of last time", "It is not run by itself: what it reads may be billed.", "r runs it   : changes it   esc goes back")
	case !p.read:
		page.Blank(c, p.Height, "Querying ...", "It only reads. Leaving the page gives it up.", "esc goes back")
	case len(p.table.Rows) == 0:
		page.Blank(c, p.Height, "The query has no rows", "Its columns: "+p.names()+".", "esc goes back   : changes it")
	default:
		p.list(c)
	}
	return p.Screen(c, func(bar *draw.Canvas) {
		p.Filter.Draw(bar, p.Width, fmt.Sprintf("%s of %s rows", draw.Count(len(p.rows)), draw.Count(len(p.table.Rows))))
	})
}

// title draws the query, and what is known of its answer.
func (p *Page) title(c *draw.Canvas) {
	says := ""
	if p.read {
		says = fmt.Sprintf("  %s rows in %s", draw.Count(len(p.table.Rows)), draw.Took(p.at.Sub(p.asked)))
		if p.table.Truncated {
			says = fmt.Sprintf("  the first %s rows", draw.Count(len(p.table.Rows)))
		}
		if p.order.Column != "" {
			says += ", by " + p.order.String()
		}
	}
	c.Skip(1)
	c.Cell(theme.Strong, strings.Join(strings.Fields(p.sql), " "), max(0, c.Left()-draw.Width(says)-1))
	role := theme.Faint
	if p.table.Truncated {
		role = theme.Gate
	}
	c.Put(role, says)
	c.End()
}

func (p *Page) names() string {
	names := make([]string, len(p.table.Columns))
	for at, column := range p.table.Columns {
		names[at] = column.Name
	}
	return strings.Join(names, ", ")
}

// sideways is the table as it lies on the screen: its first column stays.
func (p *Page) sideways() layout.Sideways {
	const edge = 3 // the pointer, the cell before the columns that move, and that of the mark behind them
	widths := make([]int, len(p.widths))
	for at, width := range p.widths {
		widths[at] = width + gap
	}
	return layout.Sideways{Widths: widths, Keys: 1, Width: p.Width - edge, Whole: func(at int) bool { return p.right[at] }}
}

func (p *Page) list(c *draw.Canvas) {
	table := p.sideways()
	p.left = table.Follow(p.left, p.column)
	shown := table.From(p.left)
	page.SidewaysHeads(c, shown, func(at int) { p.head(c, at) })
	body := p.body()
	p.top = layout.Scroll(p.top, p.cursor, len(p.rows), body)
	for i, row := range p.rows[p.top:min(len(p.rows), p.top+body)] {
		p.Spot(c, page.Item{At: p.top + i})
		c.Pointer(draw.Row(p.top+i == p.cursor))
		for _, at := range shown.Keys {
			p.cell(c, theme.Plain, at, p.shown(row, at))
		}
		c.Skip(1)
		for _, at := range shown.Columns {
			p.cell(c, theme.Plain, at, p.shown(row, at))
		}
		c.End()
	}
	if len(p.rows) == 0 {
		c.Put(theme.Faint, "  no row has these words (esc shows all)")
		c.End()
	}
}

// head names a column, that under the cursor in reverse.
func (p *Page) head(c *draw.Canvas, at int) {
	role := theme.Faint
	if at == p.column {
		role = theme.Band
	}
	p.cell(c, role, at, p.table.Columns[at].Name)
}

// cell draws a text in its column, numbers at the right.
func (p *Page) cell(c *draw.Canvas, role theme.Role, at int, text string) {
	if p.right[at] {
		c.Right(role, text, p.widths[at])
	} else {
		c.Cell(role, text, p.widths[at])
	}
	c.Skip(gap)
}
