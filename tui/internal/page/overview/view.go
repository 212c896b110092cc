package overview

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// Widths of columns; the states of the newest days get what is left.
const (
	numberWidth = 3
	nameLeast   = 12
	nameMost    = 28
	dateWidth   = len("Sat 2026-10-17  ")
	stateWidth  = len("x Succeeded  ")
	freshWidth  = len("no forecast  ")
	badWidth    = len("bad  ")
	labelWidth  = 10
)

// detailLines are those below the list.
func (p *Page) detailLines() int {
	if p.env.Small() {
		return 2
	}
	return layout.Clamp(p.Height/4, 4, 6)
}

// listRows returns how many pipelines are shown.
func (p *Page) listRows() int {
	const heads = 1
	rows := p.Height - heads - p.detailLines()
	if p.Filter.Shown() {
		rows--
	}
	return max(1, rows)
}

// nameWidth is how wide the column of names is, the space after it included.
func (p *Page) nameWidth() int {
	width := nameLeast
	for i := range p.all {
		width = max(width, draw.Width(p.all[i].name)+2)
	}
	if p.env.Small() {
		return min(width, nameLeast)
	}
	return min(width, nameMost)
}

// View draws the list, and what is to say of the selected pipeline.
func (p *Page) View() string {
	c := p.Canvas(p.env.Theme, p.Width)
	if len(p.all) == 0 {
		page.Blank(c, p.Height, "This pipeline is alone", "Projects whose directories lie in one directory are shown here side by side: which is fresh, and which needs a person.", "esc goes back")
	} else {
		p.list(c)
		p.detail(c)
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
	c.Right(theme.Faint, "#", numberWidth-1)
	c.Skip(1)
	c.Cell(theme.Faint, "pipeline", p.nameWidth())
	c.Cell(theme.Faint, "forecast", freshWidth)
	c.Cell(theme.Faint, "newest due", dateWidth)
	c.Cell(theme.Faint, "day", stateWidth)
	if c.Left() > badWidth {
		c.Right(theme.Faint, "bad", badWidth-2)
		c.Skip(2)
		c.Put(theme.Faint, fmt.Sprintf("%d days", min(days, c.Left())))
	}
	c.End()
	rows := p.listRows()
	p.top = layout.Scroll(p.top, p.at, len(p.rows), rows)
	for i, index := range p.rows[p.top:min(len(p.rows), p.top+rows)] {
		p.Spot(c, page.Item{At: p.top + i})
		p.row(c, &p.all[index], draw.Row(p.top+i == p.at))
	}
	if len(p.rows) == 0 {
		c.Put(theme.Faint, "  no pipeline has these words (esc shows all)")
		c.End()
	}
	c.Fill(first + 1 + rows)
}

func (p *Page) row(c *draw.Canvas, one *pipeline, selected draw.Row) {
	c.Pointer(selected)
	c.Right(theme.Faint, strconv.Itoa(one.number), numberWidth-1)
	c.Skip(1)
	c.Cell(theme.Plain, one.name, p.nameWidth()-1)
	c.Skip(1)
	c.Deselect()
	how, role := one.freshness()
	c.Cell(role, how, freshWidth)
	newest := one.standing.Newest
	if newest.Date.IsZero() {
		c.End()
		return
	}
	c.Cell(theme.Plain, page.Weekday(newest.Date), dateWidth)
	c.Mark(p.env.Theme.Day(newest.State, p.env.Frame))
	c.Skip(1)
	c.Cell(page.StateRole(newest.State), string(newest.State), stateWidth-2)
	if c.Left() <= badWidth {
		c.End()
		return
	}
	bad, look := "-", theme.Faint
	if one.standing.Bad > 0 {
		bad, look = strconv.Itoa(one.standing.Bad), theme.Bad
	}
	c.Right(look, bad, badWidth-2)
	c.Skip(2)
	p.strip(c, one)
	c.End()
}

// strip draws a mark for each day that is due, the newest at the right, as many as fit.
func (p *Page) strip(c *draw.Canvas, one *pipeline) {
	due := one.glance.Days
	for len(due) > 0 && due[0].Date > one.standing.Newest.Date {
		due = due[1:]
	}
	due = slices.Clone(due[:min(len(due), max(0, c.Left()-1))])
	slices.Reverse(due)
	for _, day := range due {
		c.Mark(p.env.Theme.Day(day.State, p.env.Frame))
	}
}

// detail says of the selected pipeline what its row has no room for.
func (p *Page) detail(c *draw.Canvas) {
	one, ok := p.selected()
	if !ok {
		return
	}
	c.Repeat(theme.Faint, p.env.Theme.Rule, p.Width)
	c.End()
	good := "none of the newest days"
	if !one.standing.Good.IsZero() {
		good = page.Weekday(one.standing.Good)
	}
	parts := []struct {
		label, text string
		role        theme.Role
	}{{"why", one.why(), theme.Plain}, {"is", p.what(one), theme.Plain}, {"last good", good, theme.Plain}}
	if one.failed != nil {
		parts[0].role = theme.Bad
	}
	for _, part := range parts {
		if part.text == "" || one.read.IsZero() && part.label != "why" {
			continue
		}
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

// what says what a pipeline is, and of when this is.
func (p *Page) what(one *pipeline) string {
	about := one.glance.Pipeline
	words := []string{about.Name, "engine " + about.Engine}
	for _, word := range []string{about.Mark, about.Timezone} {
		if word != "" {
			words = append(words, word)
		}
	}
	if about.Production {
		words = append(words, "production")
	}
	return strings.Join(append(words, "read "+draw.Ago(p.env.Now.Sub(one.read))+" ago"), ", ")
}
