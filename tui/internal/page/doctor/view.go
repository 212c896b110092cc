package doctor

import (
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// Widths of columns, the space after each included.
const (
	severityWidth = 11 // with its glyph
	aboutWidth    = 13
	endWidth      = 10
	labelWidth    = 20
	broad         = 140 // from here on there is a column for the remedy
)

// View draws the findings and the advice for the selected one.
func (p *Page) View() string {
	c := p.Canvas(p.env.Theme, p.Width)
	switch {
	case !p.read && p.failed == nil:
		page.Blank(c, p.Height, "Examining records and files ...", "Nothing is changed by that.", "esc goes back")
	case !p.read:
		page.Blank(c, p.Height, "It can't be examined", p.failed.Err.Error(), page.Remedy(p.failed))
	default:
		p.list(c)
		p.detail(c)
	}
	lines := strings.Split(c.String(), "\n")
	return strings.Join(lines[:min(len(lines), max(1, p.Height))], "\n")
}

// remedyWidth is what the column of remedies takes of a wide screen.
func (p *Page) remedyWidth() int {
	const share = 3
	if p.Width < broad {
		return 0
	}
	return (p.Width - severityWidth - aboutWidth - endWidth) / share
}

func (p *Page) list(c *draw.Canvas) {
	c.Skip(1)
	c.Cell(theme.Faint, "severity", severityWidth)
	c.Cell(theme.Faint, "about", aboutWidth)
	c.Cell(theme.Faint, "end", endWidth)
	c.Cell(theme.Faint, "finding", c.Left()-p.remedyWidth())
	if p.failed != nil {
		c.Put(theme.Bad, "not examined again: "+draw.First(p.failed.Err.Error()))
	} else if p.remedyWidth() > 0 {
		c.Put(theme.Faint, "what to do")
	}
	c.End()
	listed := p.listed()
	p.top = layout.Scroll(p.top, p.at, len(listed), p.rows())
	for i, finding := range listed[p.top:min(len(listed), p.top+p.rows())] {
		p.Spot(c, page.Item{At: p.top + i})
		c.Pointer(p.top+i == p.at)
		p.row(c, finding)
	}
	c.Fill(p.rows() + 1)
}

func (p *Page) row(c *draw.Canvas, finding forecast.Finding) {
	mark := p.markOf(finding.Severity)
	c.Mark(mark)
	c.Skip(1)
	c.Cell(mark.Role, string(finding.Severity), severityWidth-2)
	about := finding.Kind
	if !finding.Date.IsZero() {
		about = finding.Date.String()
	}
	c.Cell(theme.Plain, about, aboutWidth-1)
	c.Deselect()
	c.Skip(1)
	word, role := ending(finding)
	c.Cell(role, word, endWidth)
	remedy := p.remedyWidth()
	if remedy == 0 {
		c.Put(theme.Plain, draw.First(finding.Text))
		c.End()
		return
	}
	c.Cell(theme.Plain, draw.First(finding.Text), c.Left()-remedy-1)
	c.Skip(1)
	c.Put(theme.Faint, draw.First(p.env.Told(finding.Advice)))
	c.End()
}

// ending says what became of a finding, or can.
func ending(finding forecast.Finding) (string, theme.Role) {
	switch {
	case finding.Mended:
		return "mended", theme.Good
	case finding.Failure != "":
		return "failed", theme.Bad
	case finding.Mendable:
		return "mendable", theme.Busy
	case finding.Kind == "right", finding.Severity == well, finding.Severity == unknown:
		return "-", theme.Faint
	default:
		return "by hand", theme.Faint
	}
}

// markOf returns the glyph of a severity.
func (p *Page) markOf(severity forecast.Severity) theme.Mark {
	look := p.env.Theme
	switch severity {
	case forecast.SeverityError:
		return look.Day(forecast.DayFailed, 0)
	case forecast.SeverityWarning, forecast.Severity(forecast.RightDenied):
		return theme.Mark{Glyph: look.Late, Role: theme.Gate}
	case well, forecast.Severity(forecast.RightAllowed):
		return look.Day(forecast.DaySucceeded, 0)
	case unknown:
		return look.Day(forecast.DayUnknown, 0)
	default:
		return theme.Mark{Glyph: "-", Role: theme.Faint}
	}
}

// detail draws the selected finding in full.
func (p *Page) detail(c *draw.Canvas) {
	finding := p.listed()[p.at]
	c.Repeat(theme.Faint, p.env.Theme.Rule, p.Width)
	c.End()
	for _, part := range []struct {
		label, text string
		role        theme.Role
	}{{finding.Kind, p.env.Told(finding.Text), theme.Plain}, {"what to do", p.env.Told(finding.Advice), theme.Strong}, {"failure", finding.Failure, theme.Bad}} {
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
