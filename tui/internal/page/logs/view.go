package logs

import (
	"errors"
	"fmt"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/loglevel"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// View draws the lines on screen, between the state of the log and that of the
// search.
func (p *Page) View() string {
	c := draw.New(p.env.Theme, p.Width)
	p.state(c)
	lines := p.view.Len()
	switch {
	case lines > 0 && p.view.Rows() == 0 && !p.search.busy && !p.filter.busy:
		page.Blank(c, p.Height, "No line is shown", "Of "+draw.Counted(lines, "line")+" none passes the filters that are named above and below.",
			"esc ends search and filter   ctrl+l changes the level   0 shows all times")
	case lines > 0:
		p.view.SetZone(p.env.Zone)
		p.view.Render(c)
	case p.of.Unlogged != "":
		page.Blank(c, p.Height, "No log: "+p.of.Unlogged, p.without(), "esc goes back   L all steps   [ ] other steps")
	case p.failed != nil:
		page.Blank(c, p.Height, "The log can't be read", p.why(), page.Remedy(p.failed))
	case !p.opened:
		page.Blank(c, p.Height, "Opening the log ...", "Lines appear as soon as the step writes some.", "esc goes back   L all steps   [ ] other steps")
	case p.complete:
		page.Blank(c, p.Height, "The log is empty", "The step wrote nothing, it was not reached, or its lines are no longer kept.",
			"esc goes back   L all steps   [ ] other steps")
	}
	c.Fill(p.Height - 1)
	p.bar(c)
	return c.String()
}

// instead says why a log is not read from where it is.
func instead(why error) string {
	if errors.Is(why, forecast.ErrUnauthorised) {
		return "not logged in"
	}
	return "no answer now"
}

// without says what there is of a step without a log.
func (p *Page) without() string {
	text := p.of.WithoutLog() + "."
	if !p.of.Started.IsZero() {
		text += " It began " + p.env.Clock(p.of.Started) + " and took " + draw.Took(p.of.Took(p.env.Now)) + "."
	}
	return text
}

// state draws what is known of the log as a whole.
func (p *Page) state(c *draw.Canvas) {
	c.Skip(1)
	switch {
	case p.of.Unlogged != "":
		c.Put(theme.Plain, "NO LOG")
	case p.full != nil:
		c.Put(theme.Bad, "FULL")
	case p.failed != nil:
		c.Put(theme.Bad, "BROKEN ")
		c.Put(theme.Plain, draw.First(p.failed.Err.Error()))
		c.Put(theme.Accent, "  r reads again")
	case !p.opened:
		c.Mark(p.env.Theme.Spinner(p.env.Frame))
		c.Put(theme.Plain, " WAITING for lines")
	case p.complete:
		c.Put(theme.Good, "ENDED")
		c.Put(theme.Plain, " complete")
		if p.unasked != nil {
			c.Put(theme.Gate, "  from disk, read "+draw.Ago(p.kept)+" ago: "+instead(p.unasked))
		}
	case p.view.Following():
		c.Put(theme.Busy, "FOLLOW")
		c.Put(theme.Plain, p.age())
	default:
		c.Put(theme.Gate, "PAUSED")
		c.Put(theme.Plain, fmt.Sprintf(" +%s new", draw.Count(p.view.New())))
		c.Put(theme.Faint, "  f follows again")
	}
	if !p.first.IsZero() {
		c.Put(theme.Faint, "  "+p.env.Span(p.first, p.last))
	}
	p.shown(c)
	c.End()
}

// age says how far what is followed is behind, in words that stay true until the screen
// is drawn again, at the latest after a minute.
func (p *Page) age() string {
	switch {
	case p.last.IsZero():
		return ""
	case p.env.Now.Sub(p.last) >= time.Minute:
		return " nothing new for " + draw.Ago(p.env.Now.Sub(p.last))
	case p.at.Sub(p.last) < time.Second:
		return " lag under 1s"
	default:
		return " lag " + draw.Ago(p.at.Sub(p.last))
	}
}

// shown says what of the log is not on the screen, however far one scrolls.
func (p *Page) shown(c *draw.Canvas) {
	if level := p.view.Level(); level != loglevel.None {
		word := "  from " + level.String() + " on"
		if level == loglevel.Error {
			word = "  errors"
		}
		c.Put(theme.Gate, word)
		c.Put(theme.Faint, " (ctrl+l)")
	}
	if back := p.view.Since(); back > 0 {
		c.Put(theme.Gate, "  last "+draw.Took(back))
		c.Put(theme.Faint, " (0 all)")
	}
	if p.typing != &p.filter && p.filter.query.Text != "" {
		word := "  only "
		if p.filter.query.Not {
			word = "  without "
		}
		c.Put(theme.Gate, word+p.filter.query.Text)
		c.Put(theme.Faint, " (&)")
	}
	if lines := p.view.InFile(); lines > 0 {
		c.Put(theme.Faint, "  "+draw.Counted(lines, "line")+" in a file")
	}
	if !p.view.Wrapped() {
		c.Put(theme.Faint, "  lines cut (w wraps)")
		if shift := p.view.Shift(); shift > 0 {
			c.Put(theme.Gate, "  from column "+draw.Count(shift+1))
		}
	}
}

// bar draws what is searched for, or the filter while it is typed.
func (p *Page) bar(c *draw.Canvas) {
	switch {
	case p.typing != nil:
		const left = 34 // for what was found
		c.Put(theme.Accent, " "+p.typing.sign)
		p.cursor = p.typing.field.Render(c, theme.Plain, min(max(10, c.Left()-left), c.Left()))
		p.counts(c, p.typing)
	case p.search.query.Text != "":
		c.Put(theme.Accent, " /")
		c.Put(theme.Plain, p.search.query.Text)
		p.counts(c, &p.search)
	default:
		c.Put(theme.Faint, " / searches   & filters")
	}
	c.End()
}

func (p *Page) counts(c *draw.Canvas, s *seek) {
	mode := "  text"
	if s.query.Regex {
		mode = "  regex"
	}
	c.Put(theme.Faint, mode)
	count, current := p.view.Matches()
	unit, one := " matches", " match"
	if s == &p.filter {
		count, current, unit, one = p.view.Rows(), 0, " lines", " line"
	}
	more := "" // it is still counted
	if s.busy {
		more = p.env.Theme.Ellipsis
	}
	switch {
	case s.wrong != nil:
		c.Put(theme.Bad, "  "+s.wrong.Error())
	case count == 0 && s.busy:
		c.Put(theme.Faint, "  searching")
	case count == 0 && s == &p.filter:
		c.Put(theme.Gate, "  no line")
	case count == 0:
		c.Put(theme.Gate, "  no match")
	case current > 0:
		c.Put(theme.Plain, fmt.Sprintf("  match %s of %s", draw.Count(current), draw.Count(count)+more))
	default:
		if count == 1 && !s.busy {
			unit = one
		}
		c.Put(theme.Plain, "  "+draw.Count(count)+more+unit)
	}
	if p.view.Only() {
		c.Put(theme.Gate, "  matches only (x shows all)")
	}
}
