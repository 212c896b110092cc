package days

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// View draws the rows on screen and nothing else.
func (p *Page) View() string {
	c := draw.New(p.env.Theme, p.width)
	switch {
	case len(p.days) > 0:
		p.table(c)
	case p.failed != nil:
		page.Blank(c, p.height, "The days can't be read", p.failed.Err.Error(), page.Remedy(p.failed.Err))
	case p.read.IsZero():
		page.Blank(c, p.height, "Reading the days ...", "", "q quits")
	default:
		p.empty(c)
	}
	return c.String()
}

func (p *Page) empty(c *draw.Canvas) {
	why := "No date is owed yet."
	if start := p.env.Pipeline.Start; !start.IsZero() {
		why = fmt.Sprintf("No date is owed yet: the pipeline begins with %s, and a date is due by the schedule %s.",
			page.Weekday(start), p.env.Pipeline.Schedule)
	}
	page.Blank(c, p.height, "No days yet", why, "B makes past dates (backfill)   r reads again   ? shows all keys")
}

// extra returns how many lines are not rows: the head, a failed refresh, and
// the cause.
func (p *Page) extra() int {
	if p.env.Small() {
		return 0
	}
	lines := 1 + p.causeLines()
	if p.failed != nil {
		lines++
	}
	return lines
}

func (p *Page) causeLines() int {
	switch {
	case p.height >= 34:
		return 4
	case p.height >= 20:
		return 2
	default:
		return 1
	}
}

// body returns how many rows are shown.
func (p *Page) body() int { return max(1, p.height-p.extra()) }

// window returns the days on screen.
func (p *Page) window() []forecast.Day {
	if len(p.days) == 0 {
		return nil
	}
	p.top = layout.Scroll(p.top, p.index(p.cursor), len(p.days), p.body())
	return p.days[p.top:min(len(p.days), p.top+p.body())]
}

func (p *Page) table(c *draw.Canvas) {
	columns := layout.FitDays(p.width, len(p.env.Pipeline.Steps))
	if !p.env.Small() {
		p.env.Stale(c, p.failed, p.env.Clock(p.read))
		p.head(c, columns)
	}
	first := c.Lines()
	for i, day := range p.window() {
		p.row(c, columns, day, p.top+i)
	}
	if p.env.Small() {
		c.Fill(p.height)
		return
	}
	c.Fill(first + p.body())
	p.cause(c)
}

func (p *Page) head(c *draw.Canvas, columns layout.Days) {
	c.Skip(1)
	c.Cell(theme.Faint, "date", columns.Date)
	c.Cell(theme.Faint, "day", columns.State)
	switch columns.Form {
	case layout.StepsHeaded:
		c.Skip(1)
		for i, head := range page.Heads(p.env.Pipeline.Steps) {
			role := theme.Faint
			if i+1 == p.step {
				role = theme.Accent
			}
			c.Cell(role, head, 4)
		}
	case layout.StepsNarrow:
		c.Cell(theme.Faint, "steps", columns.Steps)
	case layout.StepsFailed:
		c.Cell(theme.Faint, "failed at", columns.Steps)
	case layout.StepsHidden:
	}
	c.Right(theme.Faint, "took", columns.Took)
	if columns.Typical > 0 {
		c.Skip(2)
		c.Cell(theme.Faint, "vs typical", columns.Typical-2)
	}
	c.Right(theme.Faint, "wape", columns.WAPE)
	c.Right(theme.Faint, "7 days", columns.Change)
	if columns.Flags > 0 {
		c.Skip(2)
		c.Cell(theme.Faint, "flags", columns.Flags-2)
	}
	c.Right(theme.Faint, "att", columns.Attempts)
	c.Right(theme.Faint, "rows", columns.Rows)
	if columns.Reason > 0 {
		c.Skip(2)
		c.Cell(theme.Faint, "why", columns.Reason-2)
	}
	c.End()
}

func (p *Page) row(c *draw.Canvas, columns layout.Days, day forecast.Day, at int) {
	if day.Date == p.cursor {
		c.Select()
	}
	p.marker(c, day)
	date := page.Weekday(day.Date)
	if columns.Date < len(date) {
		date = day.Date.String()
	}
	c.Cell(theme.Plain, date, columns.Date)
	mark := p.env.Theme.Day(day.State, p.env.Frame)
	role := roleOf(day.State)
	c.Mark(mark)
	c.Skip(1)
	word := string(day.State)
	if columns.Flags == 0 {
		word += p.signs(day)
	}
	c.Cell(role, word, columns.State-2)
	p.steps(c, columns, day)
	p.took(c, columns, day)
	p.accuracy(c, columns, day, at)
	if columns.Flags > 0 {
		c.Skip(2)
		p.flags(c, columns.Flags-2, day)
	}
	if columns.Attempts > 0 {
		attempts := "-"
		if day.Attempts > 0 {
			attempts = strconv.Itoa(day.Attempts)
		}
		c.Right(theme.Faint, attempts, columns.Attempts)
	}
	if columns.Rows > 0 {
		rows := "-"
		if day.Partition.Generation != "" {
			rows = draw.Count(day.Partition.Rows)
		}
		c.Right(theme.Faint, rows, columns.Rows)
	}
	if columns.Reason > 0 {
		c.Skip(2)
		if (day.State != forecast.DaySucceeded || day.Stale) && day.State != forecast.DayNotDue {
			c.Cell(theme.Faint, draw.First(page.Cause(day)), columns.Reason-2)
		}
	}
	c.End()
}

func (p *Page) marker(c *draw.Canvas, day forecast.Day) {
	switch {
	case p.marked[day.Date] || p.inRange(day.Date):
		c.Put(theme.Accent, p.env.Theme.Marked)
	case day.Date == p.cursor:
		c.Put(theme.Accent, p.env.Theme.Cursor)
	default:
		c.Skip(1)
	}
}

// roleOf returns how a state's word looks: what is well is quiet.
func roleOf(state forecast.DayState) theme.Role {
	switch state {
	case forecast.DaySucceeded:
		return theme.Plain
	case forecast.DayFailed:
		return theme.Bad
	case forecast.DayGated:
		return theme.Gate
	case forecast.DayRunning:
		return theme.Busy
	case forecast.DayStopping, forecast.DayStopped:
		return theme.Halted
	case forecast.DayMissing:
		return theme.Absent
	case forecast.DayUnknown:
		return theme.Unsure
	default:
		return theme.Idle
	}
}

func (p *Page) steps(c *draw.Canvas, columns layout.Days, day forecast.Day) {
	end := p.width - c.Left() + columns.Steps
	switch columns.Form {
	case layout.StepsHeaded:
		c.Skip(1)
		if len(day.Steps) == 0 {
			c.Cell(theme.Faint, p.waiting(day), columns.Steps-1)
			break
		}
		for _, step := range day.Steps {
			c.Skip(1)
			c.Mark(p.stepMark(day, step))
			c.Skip(2)
		}
	case layout.StepsNarrow:
		for _, step := range day.Steps {
			c.Mark(p.stepMark(day, step))
		}
	case layout.StepsFailed:
		if step, ok := day.FailedStep(); ok {
			c.Cell(theme.Plain, string(step.Name), columns.Steps)
		}
	case layout.StepsHidden:
		return
	}
	c.To(end)
}

// stepMark returns the mark of a step. Nobody is known to run an open step of a
// day that is Unknown, so it does not spin.
func (p *Page) stepMark(day forecast.Day, step forecast.Step) theme.Mark {
	if day.State == forecast.DayUnknown && step.Status != forecast.StepWaiting && step.Status.Open() {
		return p.env.Theme.Day(forecast.DayUnknown, p.env.Frame)
	}
	return p.env.Theme.Step(step.Status, p.env.Frame)
}

// waiting says when a day without steps begins or began to be owed.
func (p *Page) waiting(day forecast.Day) string {
	switch {
	case day.State == forecast.DayNotDue && day.Due.After(p.env.Now):
		return "due in " + draw.Took(day.Due.Sub(p.env.Now))
	case day.State == forecast.DayNotDue:
		return "not owed"
	case day.State == forecast.DayMissing && !day.Due.IsZero():
		return "owed for " + draw.Ago(p.env.Now.Sub(day.Due))
	default:
		return ""
	}
}

func (p *Page) took(c *draw.Canvas, columns layout.Days, day forecast.Day) {
	took := day.Last.Took(p.env.Now)
	text := ""
	if took > 0 {
		text = draw.Took(took)
	}
	c.Right(theme.Plain, text, columns.Took)
	if columns.Typical == 0 {
		return
	}
	c.Skip(2)
	p.bar(c, took, columns.Typical-2)
}

// bar draws a time against the typical one, which is half of the width. What
// goes beyond it has another colour.
func (p *Page) bar(c *draw.Canvas, took time.Duration, width int) {
	filled := layout.Bar(took.Seconds(), 2*p.typical.Seconds(), width)
	within := min(filled, width/2)
	c.Repeat(theme.Busy, p.env.Theme.Bar, within)
	c.Repeat(theme.Gate, p.env.Theme.Bar, filled-within)
	c.Skip(width - filled)
}

func (p *Page) accuracy(c *draw.Canvas, columns layout.Days, day forecast.Day, at int) {
	wape, ok := day.Evaluated()["wape"]
	if columns.WAPE > 0 {
		text, role := "", theme.Plain
		if ok {
			text = strconv.FormatFloat(wape, 'f', 3, 64)
		}
		if limit := p.env.Pipeline.Gate.WAPE; ok && limit > 0 && wape > limit {
			role = theme.Bad
		}
		c.Right(role, text, columns.WAPE)
	}
	if columns.Change == 0 {
		return
	}
	text, role := "", theme.Faint
	if week := at + 7; ok && week < len(p.days) {
		if before, had := p.days[week].Evaluated()["wape"]; ok && had {
			text, role = change(wape, before)
		}
	}
	c.Right(role, text, columns.Change)
}

// change returns how a measure moved; a rise by a fifth is worth a look.
func change(now, before float64) (string, theme.Role) {
	text := fmt.Sprintf("%+.2f", now-before)
	if text == "-0.00" || text == "+0.00" {
		return "=", theme.Faint
	}
	if text[1] == '0' {
		text = text[:1] + text[2:]
	}
	if now > 1.2*before {
		return text + "!", theme.Gate
	}
	return text, theme.Faint
}

// signs are the flags where there is no room for their words.
func (p *Page) signs(day forecast.Day) string {
	signs := ""
	if day.Late > 0 {
		signs += p.env.Theme.Late
	}
	if day.Stale {
		signs += p.env.Theme.Stale
	}
	if !day.Fallback().IsZero() {
		signs += p.env.Theme.Fallback
	}
	return signs
}

func (p *Page) flags(c *draw.Canvas, width int, day forecast.Day) {
	end := p.width - c.Left() + width
	gap := ""
	put := func(role theme.Role, text string) {
		room := end - (p.width - c.Left()) - len(gap)
		if room <= 0 {
			return
		}
		c.Put(theme.Plain, gap)
		c.Cell(role, text, min(draw.Width(text), room))
		gap = " "
	}
	if of := day.Fallback(); !of.IsZero() {
		put(theme.Gate, "Fallback "+of.String()[5:])
	}
	if day.Late > 0 {
		put(theme.Bad, "Late "+draw.Ago(day.Late))
	}
	if day.Stale {
		put(theme.Faint, "Stale")
	}
	c.To(end)
}

// cause says why the selected day is what it is.
func (p *Page) cause(c *draw.Canvas) {
	day, ok := p.selected()
	if !ok {
		return
	}
	lines := draw.Wrap(p.sentence(day), max(1, p.width-2))
	shown := min(len(lines), p.causeLines())
	if len(lines) > shown {
		lines[shown-1] += " " + lines[shown] // too long: cut with an ellipsis
	}
	blank := p.causeLines() - shown
	if blank > 0 {
		c.Repeat(theme.Faint, p.env.Theme.Rule, p.width)
		c.End()
		blank--
	}
	for i, line := range lines[:shown] {
		c.Skip(1)
		if rest, found := strings.CutPrefix(line, day.Date.String()+" "+string(day.State)); i == 0 && found {
			c.Put(theme.Strong, day.Date.String()+" ")
			c.Put(roleOf(day.State), string(day.State))
			line = rest
		}
		c.Put(theme.Plain, line)
		c.End()
	}
	for range blank {
		c.End()
	}
}

func (p *Page) sentence(day forecast.Day) string {
	text := day.Date.String() + " " + string(day.State)
	if cause := page.Cause(day); cause != "" {
		return text + "  " + strings.ReplaceAll(cause, "\n", "  ")
	}
	switch day.State {
	case forecast.DaySucceeded:
		return fmt.Sprintf("%s  %s rows of %d series, generation %s, published %s", text, draw.Count(day.Partition.Rows),
			day.Partition.Series, day.Partition.Generation, p.env.Clock(day.Partition.Published))
	case forecast.DayRunning, forecast.DayStopping:
		if step := page.Telling(day.Steps); step != "" {
			return fmt.Sprintf("%s  %s, attempt %d, asked for by %s", text, step, day.Last.Attempt, day.Last.Actor)
		}
	case forecast.DayNotDue:
		if !day.Due.IsZero() {
			return text + "  due " + p.env.Clock(day.Due)
		}
	default:
	}
	return text
}
