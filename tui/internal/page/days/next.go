package days

import (
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// upcoming reports whether a line above the days says which date becomes due next. It
// stands before the newest in the usual order, so it is left out of any other; the
// cursor does not go there, as nothing can be done with a date that is not due.
func (p *Page) upcoming() bool {
	next := p.env.Pipeline
	return !p.across && p.order.Column == "" && !p.Filter.Shown() && !p.env.Small() &&
		len(p.days) > 0 && next.Next > p.days[0].Date && next.NextDue.After(p.env.Now)
}

// next draws that line.
func (p *Page) next(c *draw.Canvas, columns layout.Days) {
	date := p.env.Pipeline.Next
	text := page.Weekday(date)
	if columns.Date < len(text) {
		text = date.String()
	}
	c.Skip(1)
	c.Cell(theme.Faint, text, columns.Date)
	c.Mark(p.env.Theme.Day(forecast.DayNotDue, p.env.Frame))
	c.Skip(1)
	c.Cell(theme.Faint, string(forecast.DayNotDue), columns.State-2)
	c.Skip(1)
	c.Cell(theme.Faint, "due in "+draw.Took(p.env.Pipeline.NextDue.Sub(p.env.Now)), c.Left())
	c.End()
}
