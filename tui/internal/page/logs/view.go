package logs

import (
	"fmt"

	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// View draws the lines on screen, between the state of the log and that of the
// search.
func (p *Page) View() string {
	c := draw.New(p.env.Theme, p.width)
	p.state(c)
	lines := p.view.Snapshot().Len()
	switch {
	case lines > 0:
		p.view.SetZone(p.env.Zone)
		p.view.Render(c)
	case p.failed != nil:
		page.Blank(c, p.height, "The log can't be read", p.why(), page.Remedy(p.failed.Err))
	case !p.opened:
		page.Blank(c, p.height, "Opening the log ...", "Lines appear as soon as the step writes some.", "esc goes back   L all steps   [ ] other steps")
	case p.complete:
		page.Blank(c, p.height, "The log is empty", "The step wrote nothing, or it was not reached.", "esc goes back   L all steps   [ ] other steps")
	}
	c.Fill(p.height - 1)
	p.bar(c)
	return c.String()
}

// state draws what is known of the log as a whole.
func (p *Page) state(c *draw.Canvas) {
	c.Skip(1)
	switch {
	case p.full != nil:
		c.Put(theme.Bad, "FULL")
	case p.failed != nil:
		c.Put(theme.Bad, "BROKEN ")
		c.Put(theme.Plain, draw.First(p.failed.Err.Error()))
		c.Put(theme.Accent, "  r reads again")
	case !p.opened:
		c.Mark(p.env.Theme.Spinner(p.env.Frame))
		c.Put(theme.Plain, " WAITING for lines")
	case p.complete && p.view.Following():
		c.Put(theme.Good, "ENDED")
		c.Put(theme.Plain, " complete")
	case p.complete:
		c.Put(theme.Good, "ENDED")
		c.Put(theme.Plain, " complete, not at the end")
	case p.view.Following():
		c.Put(theme.Busy, "FOLLOW")
	default:
		c.Put(theme.Gate, "PAUSED")
		c.Put(theme.Plain, fmt.Sprintf(" +%s new", draw.Count(p.view.New())))
		c.Put(theme.Faint, "  f follows again")
	}
	if !p.first.IsZero() {
		c.Put(theme.Faint, "  "+p.env.Clock(p.first)+" and "+draw.Took(p.last.Sub(p.first))+" on")
	}
	if !p.view.Wrapped() {
		c.Put(theme.Faint, "  lines cut (w wraps)")
	}
	c.End()
}

// bar draws the search.
func (p *Page) bar(c *draw.Canvas) {
	count, current := p.view.Matches()
	switch {
	case p.typing:
		c.Put(theme.Accent, " /")
		p.cursor = p.field.Render(c, theme.Plain, min(max(10, c.Left()-34), c.Left()))
		p.counts(c, count, current)
	case p.query.Text != "":
		c.Put(theme.Accent, " /")
		c.Put(theme.Plain, p.query.Text)
		p.counts(c, count, current)
	default:
		c.Put(theme.Faint, " / searches")
	}
	c.End()
}

func (p *Page) counts(c *draw.Canvas, count, current int) {
	mode := "  text"
	if p.query.Regex {
		mode = "  regex"
	}
	c.Put(theme.Faint, mode)
	switch {
	case p.wrong != nil:
		c.Put(theme.Bad, "  "+p.wrong.Error())
	case count == 0 && p.searching:
		c.Put(theme.Faint, "  searching")
	case count == 0:
		c.Put(theme.Gate, "  no match")
	case current > 0:
		c.Put(theme.Plain, fmt.Sprintf("  match %s of %s", draw.Count(current), draw.Count(count)))
	default:
		c.Put(theme.Plain, fmt.Sprintf("  %s matches", draw.Count(count)))
	}
	if p.view.Only() {
		c.Put(theme.Gate, "  matches only (x shows all)")
	}
}
