package days

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// transpose makes rows of columns, and back. The cursor stays on its date.
func (p *Page) transpose() {
	p.across = !p.across
	p.anchor, p.top = 0, 0
	p.arrange()
	p.window()
}

// labelWidth is how wide the names of steps are, the space after them included.
func (p *Page) labelWidth() int {
	const short, least, most = 5, 6, 17
	if p.env.Small() {
		return short
	}
	width := least
	for _, step := range p.env.Pipeline.Steps {
		width = max(width, draw.Width(string(step))+2)
	}
	return min(width, most)
}

// columns returns how many dates fit.
func (p *Page) columns() int {
	return max(1, (p.Width-p.labelWidth())/layout.AcrossCells)
}

// stepRows returns how many steps are shown.
func (p *Page) stepRows() int {
	const heads, sums = 3, 3
	rows := p.Height - heads - sums - p.causeLines()
	if p.Filter.Shown() {
		rows--
	}
	return layout.Clamp(rows, 1, max(1, len(p.env.Pipeline.Steps)))
}

// acrossTable draws a column for each date, the oldest at the left.
func (p *Page) acrossTable(c *draw.Canvas) {
	rows := slices.Clone(p.window())
	slices.Reverse(rows)
	if p.old() {
		p.age(c)
	} else {
		p.acrossTitle(c, rows)
	}
	p.acrossWeeks(c, rows)
	p.acrossDays(c, rows)
	count := p.stepRows()
	p.stepTop = layout.Scroll(p.stepTop, max(0, p.step-1), len(p.env.Pipeline.Steps), count)
	heads := page.Heads(p.env.Pipeline.Steps)
	for at := p.stepTop; at < min(len(heads), p.stepTop+count); at++ {
		p.acrossStep(c, rows, at, heads[at])
	}
	p.acrossSums(c, rows)
	below := p.causeLines()
	if p.Filter.Shown() {
		below++
	}
	c.Fill(p.Height - below)
	p.cause(c)
}

func (p *Page) acrossTitle(c *draw.Canvas, rows []int) {
	newest := p.days[rows[len(rows)-1]].Date
	c.Put(theme.Strong, fmt.Sprintf(" %d days to %s", len(rows), page.Weekday(newest)))
	if hidden := len(p.env.Pipeline.Steps) - p.stepRows(); hidden > 0 {
		c.Put(theme.Faint, fmt.Sprintf("  %d further steps (j k)", hidden))
	}
	if c.Left() > len("T rows ") {
		c.To(p.Width - len("T rows "))
		c.Put(theme.Accent, "T")
		c.Put(theme.Faint, " rows")
	}
	c.End()
}

// acrossWeeks puts the date over the first column of each week.
func (p *Page) acrossWeeks(c *draw.Canvas, rows []int) {
	const label = len("01-02")
	for i, index := range rows {
		date := p.days[index].Date
		at := p.labelWidth() + i*layout.AcrossCells + 1
		begins := i == 0 || week(date) != week(p.days[rows[i-1]].Date)
		if !begins || at < p.Width-c.Left() || at+label > p.Width || i == 0 && p.crowded(rows, label) {
			continue
		}
		c.To(at)
		c.Put(theme.Faint, date.String()[5:]+" ")
	}
	c.End()
}

// week returns the Monday of a date's week.
func week(d calendar.Date) calendar.Date {
	const days = 7
	return d - calendar.Date((int(d.Weekday())+days-int(time.Monday))%days)
}

// crowded reports whether the first column's date would take the place of the
// second week's.
func (p *Page) crowded(rows []int, label int) bool {
	for i := 1; i < len(rows) && i*layout.AcrossCells <= label; i++ {
		if week(p.days[rows[i]].Date) != week(p.days[rows[0]].Date) {
			return true
		}
	}
	return false
}

// acrossDays heads each column with its weekday, and marks what is chosen.
func (p *Page) acrossDays(c *draw.Canvas, rows []int) {
	c.Skip(p.labelWidth())
	for i, index := range rows {
		day := &p.days[index]
		p.spotColumn(c, len(rows)-1-i, 0)
		p.marker(c, theme.Plain, day.Date, p.row(day.Date))
		p.column(c, day)
		c.Put(theme.Faint, day.Date.Weekday().String()[:1])
		c.Deselect()
	}
	c.End()
}

// spotColumn says where a date lies, by its number from the newest of those on screen,
// or a step of it.
func (p *Page) spotColumn(c *draw.Canvas, at, step int) {
	p.Spot(c, page.Item{List: step, At: p.top + at})
}

// column selects what follows if the column is the selected one. It is for the
// ends of the column and for the chosen step: a move writes every cell of the
// selection twice.
func (p *Page) column(c *draw.Canvas, day *forecast.Day) {
	if day.Date == p.cursor {
		c.Select()
	}
}

func (p *Page) acrossStep(c *draw.Canvas, rows []int, at int, head string) {
	name := p.env.Pipeline.Steps[at]
	label := string(name)
	if p.env.Small() {
		label = head
	}
	role, sign := theme.Plain, " "
	if at+1 == p.step {
		role, sign = theme.Accent, p.env.Theme.Cursor
	}
	c.Put(theme.Accent, sign)
	c.Cell(role, label, p.labelWidth()-1)
	for i, index := range rows {
		day := &p.days[index]
		p.spotColumn(c, len(rows)-1-i, at+1)
		c.Skip(1)
		if at+1 == p.step {
			p.column(c, day)
		}
		p.stepCell(c, day, at, name)
		c.Deselect()
	}
	c.End()
}

// stepOf returns the step of a name, which mostly lies where the pipeline has it.
func stepOf(day *forecast.Day, at int, name forecast.StepName) (*forecast.Step, bool) {
	if at < len(day.Steps) && day.Steps[at].Name == name {
		return &day.Steps[at], true
	}
	for i := range day.Steps {
		if day.Steps[i].Name == name {
			return &day.Steps[i], true
		}
	}
	return nil, false
}

// acrossSums draws the days' states, how long they took against twice the
// typical time, and their wape between the least and the largest on screen.
func (p *Page) acrossSums(c *draw.Canvas, rows []int) {
	c.Skip(1)
	c.Cell(theme.Strong, "day", p.labelWidth()-1)
	for i, index := range rows {
		day := &p.days[index]
		p.spotColumn(c, len(rows)-1-i, 0)
		c.Skip(1)
		p.column(c, day)
		c.Mark(p.env.Theme.Day(day.State, p.env.Frame))
		c.Deselect()
	}
	c.End()
	full := 2 * p.typical.Seconds()
	p.acrossLevels(c, rows, "took", func(day *forecast.Day) (float64, theme.Role, bool) {
		took := day.Last.Took(p.env.Now).Seconds()
		if took > full/2*1.5 {
			return took / full, theme.Gate, took > 0
		}
		return took / full, theme.Busy, took > 0 && full > 0
	})
	low, high := p.extremes(rows)
	limit := p.env.Pipeline.Gate.WAPE
	p.acrossLevels(c, rows, "wape", func(day *forecast.Day) (float64, theme.Role, bool) {
		wape, ok := day.Evaluated()["wape"]
		role := theme.Busy
		if limit > 0 && wape > limit {
			role = theme.Bad
		}
		if high <= low {
			return 0.5, role, ok
		}
		return (wape - low) / (high - low), role, ok
	})
}

func (p *Page) extremes(rows []int) (low, high float64) {
	found := false
	for _, index := range rows {
		wape, ok := p.days[index].Evaluated()["wape"]
		switch {
		case !ok:
		case !found:
			low, high, found = wape, wape, true
		default:
			low, high = min(low, wape), max(high, wape)
		}
	}
	return low, high
}

// acrossLevels draws a level for each day that has a share between 0 and 1.
func (p *Page) acrossLevels(c *draw.Canvas, rows []int, label string, of func(*forecast.Day) (float64, theme.Role, bool)) {
	levels := p.env.Theme.Spark
	c.Skip(1)
	c.Cell(theme.Faint, label, p.labelWidth()-1)
	for i, index := range rows {
		day := &p.days[index]
		p.spotColumn(c, len(rows)-1-i, 0)
		c.Skip(1)
		if share, role, ok := of(day); ok {
			c.Put(role, levels[layout.Clamp(int(share*float64(len(levels))), 0, len(levels)-1)])
		} else {
			c.Skip(1)
		}
	}
	c.End()
}

// filterBar draws what is typed, in the last line.
func (p *Page) filterBar(c *draw.Canvas) {
	words := fmt.Sprintf("%d of %d days", len(p.rows), len(p.days))
	if p.Filter.Typing() && strings.TrimSpace(p.Filter.Text()) == "" {
		words += "   words of a row: failed mon late !stale"
	}
	p.Filter.Draw(c, p.Width, words)
}
