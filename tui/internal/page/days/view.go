package days

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// View draws the rows on screen and nothing else.
func (p *Page) View() string {
	c := p.Canvas(p.env.Theme, p.Width)
	c.Grow(p.Height)
	switch {
	case len(p.days) > 0 && len(p.rows) == 0:
		p.nothing(c)
	case len(p.days) > 0 && p.across:
		p.acrossTable(c)
	case len(p.days) > 0:
		p.table(c)
	case p.failed != nil:
		page.Blank(c, p.Height, "The days can't be read", p.failed.Err.Error(), page.Remedy(p.failed))
	case p.read.IsZero():
		page.Blank(c, p.Height, "Reading the days ...", "", "q quits")
	default:
		p.empty(c)
	}
	if len(p.days) == 0 {
		return p.Screen(c, nil)
	}
	return p.Screen(c, p.filterBar)
}

// nothing says that the filter hides all days.
func (p *Page) nothing(c *draw.Canvas) {
	press := "esc shows all"
	if p.Filter.Typing() {
		press = "backspace takes letters away   esc shows all"
	}
	page.Blank(c, p.Height, "No day has these words", fmt.Sprintf("The filter hides all %d days.", len(p.days)), press)
	c.Fill(p.Height - 1)
}

func (p *Page) empty(c *draw.Canvas) {
	why := "No date is owed yet."
	if start := p.env.Pipeline.Start; !start.IsZero() {
		why = fmt.Sprintf("No date is owed yet: the pipeline begins with %s, and a date is due by the schedule %s.",
			page.Weekday(start), p.env.Pipeline.Schedule)
	}
	page.Blank(c, p.Height, "No days yet", why, "B makes past dates (backfill)   r reads again   ? shows all keys")
}

// extra returns how many lines are not rows: the head, a failed refresh, and
// the cause.
func (p *Page) extra() int {
	lines := 0
	if p.Filter.Shown() {
		lines++
	}
	if p.env.Small() {
		return lines
	}
	lines += 1 + p.causeLines()
	if p.old() {
		lines++
	}
	if p.upcoming() {
		lines++
	}
	return lines
}

func (p *Page) causeLines() int {
	switch {
	case p.env.Small():
		return 0
	case p.Height >= 34:
		return 4
	case p.Height >= 20:
		return 2
	default:
		return 1
	}
}

// body returns how many rows are shown.
func (p *Page) body() int { return max(1, p.Height-p.extra()) }

// window returns the rows on screen: the cursor is among them.
func (p *Page) window() []int {
	if len(p.rows) == 0 {
		return nil
	}
	count := p.body()
	if p.across {
		count = p.columns()
	}
	p.top = layout.Scroll(p.top, max(0, p.row(p.cursor)), len(p.rows), count)
	return p.rows[p.top:min(len(p.rows), p.top+count)]
}

func (p *Page) table(c *draw.Canvas) {
	columns := layout.FitDays(layout.Table{Width: p.Width, Steps: len(p.env.Pipeline.Steps), Paid: p.paid})
	if !p.env.Small() {
		if p.old() {
			p.age(c)
		}
		p.head(c, columns)
		if p.upcoming() {
			p.next(c, columns)
		}
	}
	first := c.Lines()
	for i, index := range p.window() {
		p.drawRow(c, columns, p.days[index], p.top+i)
	}
	c.Fill(first + p.body())
	if !p.env.Small() {
		p.cause(c)
	}
}

func (p *Page) head(c *draw.Canvas, columns layout.Days) {
	c.Skip(1)
	p.title(c.Cell, byDate, "date", columns.Date)
	p.title(c.Cell, byState, "day", columns.State)
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
	p.title(c.Right, byTries, "att", columns.Attempts)
	p.title(c.Right, byTook, "took", columns.Took)
	if columns.Typical > 0 {
		c.Skip(2)
		c.Cell(theme.Faint, "vs typical", columns.Typical-2)
	}
	p.title(c.Right, byWAPE, "wape", columns.WAPE)
	c.Right(theme.Faint, "vs 7d", columns.Change)
	if columns.Flags > 0 {
		c.Skip(2)
		p.title(c.Cell, byLate, "flags", columns.Flags-2)
	}
	p.title(c.Right, byRows, "rows", columns.Rows)
	p.title(c.Right, byCost, "cost", columns.Cost)
	if columns.Reason > 0 {
		c.Skip(2)
		c.Cell(theme.Faint, "why", columns.Reason-2)
	}
	c.End()
}

// title draws the name of a column, and in which direction days are sorted by it.
func (p *Page) title(cell func(theme.Role, string, int), column, text string, width int) {
	role := theme.Faint
	if p.order.Column == column {
		role = theme.Accent
		if p.order.Reverse {
			text += p.env.Theme.Up
		} else {
			text += p.env.Theme.Down
		}
	}
	cell(role, text, width)
}

func (p *Page) drawRow(c *draw.Canvas, columns layout.Days, day forecast.Day, at int) {
	p.Spot(c, page.Item{At: at})
	p.drawDate(c, columns, day.Date, at)
	mark := p.env.Theme.Day(day.State, p.env.Frame)
	role := page.StateRole(day.State)
	c.Mark(mark)
	c.Skip(1)
	word := string(day.State)
	if columns.Flags == 0 {
		word += p.signs(day)
	}
	c.Cell(role, word, columns.State-2)
	if text := p.waiting(day); columns.Form == layout.StepsNarrow && columns.Typical == 0 && len(day.Steps) == 0 && text != "" {
		c.Cell(theme.Faint, text, columns.Steps+columns.Attempts+columns.Took) // such a day has none of them
	} else {
		p.steps(c, columns, day, at)
		p.last(c, columns, day)
	}
	p.accuracy(c, columns, day)
	if columns.Flags > 0 {
		c.Skip(2)
		p.flags(c, columns.Flags-2, day)
	}
	p.sums(c, columns, day)
	if columns.Reason > 0 {
		c.Skip(2)
		if (day.State != forecast.DaySucceeded || day.Stale) && day.State != forecast.DayNotDue {
			c.Cell(theme.Faint, p.why(columns, day), columns.Reason-2)
		}
	}
	c.End()
}

// drawDate begins a row. Where there are colours the date under the cursor stands in a
// band: only its style differs from the other dates', so that a terminal can move the
// row, and a move of the cursor writes two dates and no more.
func (p *Page) drawDate(c *draw.Canvas, columns layout.Days, date calendar.Date, at int) {
	text := page.Weekday(date)
	if columns.Date < len(text) {
		text = date.String()
	}
	role := theme.Plain
	switch {
	case date != p.cursor:
	case p.env.Theme.Coloured():
		role = theme.Band
		text += strings.Repeat(" ", columns.Date-len(text))
	default:
		c.Select()
	}
	p.marker(c, role, date, at)
	c.Cell(role, text, columns.Date)
	c.Deselect()
}

// marker draws the one cell before a date: that it is marked, or under the cursor.
func (p *Page) marker(c *draw.Canvas, role theme.Role, date calendar.Date, at int) {
	switch {
	case p.marked[date] || p.inRange(at):
		c.Put(theme.Accent, p.env.Theme.Marked)
	case role == theme.Band:
		c.Put(role, " ")
	case date == p.cursor:
		c.Put(theme.Accent, p.env.Theme.Cursor)
	default:
		c.Skip(1)
	}
}

// why returns the reason of a day, without the name of the step whose mark stands
// under it.
func (p *Page) why(columns layout.Days, day forecast.Day) string {
	cause := draw.First(page.Cause(day))
	step, failed := day.FailedStep()
	if failed && columns.Form == layout.StepsHeaded && slices.Contains(p.env.Pipeline.Steps, step.Name) {
		return strings.TrimPrefix(cause, string(step.Name)+": ")
	}
	return cause
}

// sums draws what a day came to: rows and cost.
func (p *Page) sums(c *draw.Canvas, columns layout.Days, day forecast.Day) {
	if columns.Rows > 0 {
		rows := ""
		if day.Partition.Generation != "" {
			rows = draw.Count(day.Partition.Rows)
		}
		c.Right(weight(day), rows, columns.Rows)
	}
	if columns.Cost > 0 {
		cost := ""
		if day.Last.Cost > 0 {
			cost = strings.Replace(draw.Money(day.Last.Cost), "USD ", "", 1)
		}
		c.Right(weight(day), cost, columns.Cost)
	}
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

// weight returns how the figures of a day look: fainter if they came to nothing.
func weight(day forecast.Day) theme.Role {
	if day.State == forecast.DaySucceeded || day.State == forecast.DayRunning {
		return theme.Plain
	}
	return theme.Faint
}

// last draws of which attempt the steps are, and what it took. What one that did not
// succeed took until it ended is nothing to compare others with.
func (p *Page) last(c *draw.Canvas, columns layout.Days, day forecast.Day) {
	role := weight(day)
	attempts, text := "", ""
	if day.Attempts > 0 {
		attempts = strconv.Itoa(day.Attempts)
	}
	took := day.Last.Took(p.env.Now)
	if took > 0 {
		text = draw.Took(took)
	}
	c.Right(role, attempts, columns.Attempts)
	c.Right(role, text, columns.Took)
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

func (p *Page) accuracy(c *draw.Canvas, columns layout.Days, day forecast.Day) {
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
	if week := p.index(day.Date) + 7; ok && week < len(p.days) {
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
	end := p.Width - c.Left() + width
	gap := ""
	put := func(role theme.Role, text string) {
		room := end - (p.Width - c.Left()) - len(gap)
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
