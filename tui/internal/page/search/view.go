package search

import (
	"fmt"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// wide is the width from which on there is room for the date of a line.
const wide = 80

// body returns how many rows are shown: between what is said of the search as a
// whole and its text.
func (p *Page) body() int { return max(1, p.Height-2) }

// View draws what was found.
func (p *Page) View() string {
	c := p.Canvas(p.env.Theme, p.Width)
	p.state(c)
	switch {
	case len(p.list) > 0:
		p.rows(c)
	case p.failed != nil:
		page.Blank(c, p.Height, "The logs can't be searched", p.failed.Err.Error(), page.Remedy(p.failed))
	case p.wrong != nil:
		page.Blank(c, p.Height, "That is no regular expression", p.wrong.Error(), "ctrl+r searches for the text   esc leaves it")
	case p.query.Text == "":
		page.Blank(c, p.Height, "Search the logs of many days",
			"The logs of all attempts of "+p.where()+". Case counts where the text has an upper-case letter.",
			"type what to look for   enter searches   ctrl+r by regular expression   esc goes back")
	case p.busy:
		page.Blank(c, p.Height, "Searching ...", "What is found is shown as it is found, the newest day first.", "esc stops")
	case p.stopped:
		page.Blank(c, p.Height, "Stopped: no line matched so far", "", "r searches again   / another text   esc goes back")
	default:
		page.Blank(c, p.Height, "No line matches", fmt.Sprintf("Looked at: %s of %s.", draw.Counted(p.looked(), "line"), p.where()),
			"/ another text   h more days   [ earlier days   esc goes back")
	}
	lines := strings.Split(c.String(), "\n")
	lines = lines[:min(len(lines), max(1, p.Height-1))]
	for len(lines) < p.Height-1 {
		lines = append(lines, "")
	}
	bar := draw.New(p.env.Theme, p.Width)
	p.bar(bar)
	return strings.Join(append(lines, bar.String()), "\n")
}

// where says which logs are searched.
func (p *Page) where() string {
	dates := p.dates()
	text := fmt.Sprintf("%d days to %s", dates.Len(), page.Weekday(dates.To))
	if dates.Len() == 1 {
		text = page.Weekday(dates.To)
	}
	if step := p.searched(); step != "" {
		text += ", " + string(step)
	}
	return text
}

// looked returns how many lines were looked at.
func (p *Page) looked() int {
	lines := 0
	for _, day := range p.days {
		lines += day.Lines()
	}
	return lines
}

// state says how far the search is, and what it has found.
func (p *Page) state(c *draw.Canvas) {
	c.Skip(1)
	lines, days, without := 0, 0, 0
	for _, day := range p.days {
		lines += day.Count()
		switch {
		case day.Count() > 0:
			days++
		case day.Lines() == 0:
			without++
		}
	}
	switch {
	case p.query.Text == "":
	case p.busy && p.of == 0:
		c.Mark(p.env.Theme.Spinner(p.env.Frame))
		c.Put(theme.Plain, " searching")
	case p.busy:
		c.Mark(p.env.Theme.Spinner(p.env.Frame))
		c.Put(theme.Plain, fmt.Sprintf(" %s of %d read  ", draw.Count(len(p.days)), max(p.of, len(p.days))))
	case p.failed != nil:
		c.Put(theme.Bad, "BROKEN ")
		c.Put(theme.Plain, draw.First(p.failed.Err.Error())+"  ")
	case p.stopped:
		c.Put(theme.Gate, "STOPPED")
		c.Put(theme.Plain, fmt.Sprintf(" after %s of %d  ", draw.Count(len(p.days)), max(p.of, len(p.days))))
	default:
		c.Put(theme.Good, "DONE  ")
	}
	switch {
	case p.query.Text == "" || p.of == 0:
	case lines == 0 && !p.busy:
		c.Put(theme.Strong, "no line matches")
	default:
		c.Put(theme.Strong, fmt.Sprintf("%s on %s", draw.Counted(lines, "line"), draw.Counted(days, "day")))
	}
	if without > 0 {
		c.Put(theme.Gate, fmt.Sprintf("  %s without a log", draw.Counted(without, "day")))
		if p.only {
			c.Put(theme.Faint, " (x shows)")
		}
	}
	c.Put(theme.Faint, "  "+p.where())
	if !p.busy && len(p.days) > 0 {
		c.Put(theme.Faint, fmt.Sprintf("  %s in %s", draw.Counted(p.looked(), "line"), draw.Took(p.at.Sub(p.begun))))
	}
	c.End()
}

// rows draws the list.
func (p *Page) rows(c *draw.Canvas) {
	body := p.body()
	p.top = layout.Scroll(p.top, p.row, len(p.list), body)
	for i, r := range p.list[p.top:min(len(p.list), p.top+body)] {
		p.Spot(c, page.Item{At: p.top + i})
		c.Pointer(draw.Row(p.top+i == p.row))
		switch r.kind {
		case rowHead:
			p.head(c, r)
		case rowLine:
			p.text(c, r)
		case rowMore:
			p.more(c, r)
		case rowNote:
			p.note(c, r)
		case rowRun:
			p.never(c, r)
		}
		c.End()
	}
}

func (p *Page) head(c *draw.Canvas, r row) {
	day := p.days[r.day]
	attempt := day.Attempts[r.attempt]
	step := attempt.Steps[r.step]
	c.Put(theme.Strong, page.Weekday(day.Date))
	c.Put(theme.Faint, fmt.Sprintf("  attempt %d  ", attempt.Attempt))
	c.Deselect()
	name := string(step.Name)
	if name == "" {
		name = "(of no step)"
	}
	c.Put(theme.Strong, name)
	c.Put(theme.Plain, "  "+draw.Counted(step.Count, "line"))
}

// text draws a line: when it was written, and as much of it around its first match
// as there is room for.
func (p *Page) text(c *draw.Canvas, r row) {
	line := p.days[r.day].Attempts[r.attempt].Steps[r.step].Lines[r.line]
	at := line.At.In(p.env.Zone)
	form := "15:04:05"
	if p.Width >= wide {
		form = "01-02 15:04:05.000"
	}
	c.Skip(2)
	c.Put(theme.Faint, at.Format(form)+"  ")
	c.Deselect()
	text := line.Text
	spans := p.matcher.Spans(text)
	if len(spans) > 0 {
		text = p.part(text, spans[0].From, spans[0].To, c.Left())
		spans = p.matcher.Spans(text)
	}
	from := 0
	for _, span := range spans {
		c.Put(theme.Plain, text[from:span.From])
		c.Put(theme.Match, text[span.From:span.To])
		from = span.To
	}
	c.Put(theme.Plain, text[from:])
}

// part returns a text from its beginning, or if its match would not be seen then
// from shortly before that.
func (p *Page) part(text string, from, to, room int) string {
	const before = 4
	if draw.Width(text[:to]) <= room {
		return text
	}
	start := from
	for cells := 0; start > 0 && cells < room/before; cells++ {
		start--
		for start > 0 && text[start]&0xc0 == 0x80 {
			start--
		}
	}
	if start == 0 {
		return text
	}
	return p.env.Theme.Ellipsis + text[start:]
}

func (p *Page) more(c *draw.Canvas, r row) {
	step := p.days[r.day].Attempts[r.attempt].Steps[r.step]
	c.Skip(2)
	text := "+ " + draw.Counted(step.Count-r.line, "more line")
	switch {
	case p.unfolded || len(step.Lines) <= shortly:
		text += ", not kept: enter opens the log"
	case step.Count > len(step.Lines):
		text += fmt.Sprintf(" (u shows %d; enter opens the log)", len(step.Lines)-r.line)
	default:
		text += " (u shows all)"
	}
	c.Put(theme.Faint, text)
}

func (p *Page) note(c *draw.Canvas, r row) {
	day := p.days[r.day]
	c.Put(theme.Plain, page.Weekday(day.Date))
	switch {
	case r.attempt >= 0:
		c.Put(theme.Faint, fmt.Sprintf("  attempt %d  ", day.Attempts[r.attempt].Attempt))
	default:
		p.dayState(c, day.State)
	}
	role := theme.Faint
	if day.Err != nil && strings.HasPrefix(r.note, "not read") {
		role = theme.Bad
	}
	c.Deselect()
	c.Put(role, r.note)
}

// never draws several days that nobody has run.
func (p *Page) never(c *draw.Canvas, r row) {
	newest, oldest := p.days[r.day], p.days[r.last]
	c.Put(theme.Plain, fmt.Sprintf("%d days  %s to %s", r.last-r.day+1, page.Weekday(oldest.Date), page.Weekday(newest.Date)))
	p.dayState(c, newest.State)
	c.Deselect()
	words := "no log: nobody has run them"
	if draw.Width(words) > c.Left() {
		words = "no log"
	}
	c.Put(theme.Faint, words)
}

// dayState draws the state of a day, if it is known.
func (p *Page) dayState(c *draw.Canvas, state forecast.DayState) {
	if state == "" {
		return
	}
	c.Skip(2)
	mark := p.env.Theme.Day(state, 0)
	c.Mark(mark)
	c.Put(mark.Role, " "+string(state)+"  ")
}

// bar draws what is searched for.
func (p *Page) bar(c *draw.Canvas) {
	c.Put(theme.Accent, " /")
	const left = 24 // for how it is searched
	if p.typing {
		p.cursor = 2 + p.field.Render(c, theme.Plain, min(max(10, c.Left()-left), c.Left()))
	} else {
		c.Put(theme.Plain, p.field.Text())
	}
	mode := "  text"
	if p.regex {
		mode = "  regex"
	}
	c.Put(theme.Faint, mode)
	c.End()
}
