package partitions

import (
	"fmt"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// Widths of columns, the space after each included.
const (
	dateWidth       = 15
	stateWidth      = 12
	rowsWidth       = 9
	byWidth         = 16
	publishedWidth  = 12
	generationWidth = 17
	leastGeneration = 9
	seriesWidth     = 8
	bytesWidth      = 10
	leastNote       = 20
	labelWidth      = 13
)

// columns says how wide those are that there is not always room for; 0: left out.
type columns struct{ published, generation, series, bytes, note int }

// fit gives away what a width leaves: first when a generation was published, then its
// id, which is cut if need be, then what is not as usual, then its size.
func fit(width int) columns {
	var fits columns
	left := width - 1 - dateWidth - stateWidth - rowsWidth - byWidth
	if left < publishedWidth {
		return fits
	}
	fits.published = publishedWidth
	left -= publishedWidth
	if left < leastGeneration {
		return fits
	}
	fits.generation = min(left, generationWidth)
	left -= fits.generation
	if left >= leastNote+seriesWidth+bytesWidth {
		fits.series, fits.bytes = seriesWidth, bytesWidth
		left -= seriesWidth + bytesWidth
	}
	if left >= leastNote {
		fits.note = left
	}
	return fits
}

// View draws the rows on screen, and what is to say of the one under the cursor.
func (p *Page) View() string {
	c := p.Canvas(p.env.Theme, p.Width)
	c.Grow(p.Height)
	switch {
	case p.env.Pipeline.Foreign != "":
		why := "What it has published, and where, only the team of " + p.env.Pipeline.Foreign + " knows: ask them, or query its tables."
		page.Blank(c, p.Height, "The partitions of this pipeline are not known", why, "esc goes back")
	case len(p.days) > 0 && len(p.rows) > 0:
		p.env.Stale(c, p.failed, p.env.AsOf(p.read))
		p.list(c)
		p.detail(c)
	case len(p.days) > 0 && p.Filter.Shown():
		page.Blank(c, p.Height, "No date has these words", fmt.Sprintf("The filter hides the partitions of all %d days.", len(p.days)), "esc shows all")
	case p.failed != nil:
		page.Blank(c, p.Height, "The partitions can't be read", p.failed.Err.Error(), page.Remedy(p.failed))
	case p.read.IsZero():
		page.Blank(c, p.Height, "Reading the partitions ...", "", "esc goes back")
	default:
		page.Blank(c, p.Height, "No partitions yet", "No date is owed yet, and nothing was published.", "esc goes back   B makes past dates (shows a plan first)")
	}
	return p.Screen(c, p.filterBar)
}

// foot returns how many lines lie below the rows.
func (p *Page) foot() int {
	const low, lines = 14, 4
	if p.Height < low {
		return 0
	}
	return lines
}

// body returns how many rows are shown.
func (p *Page) body() int {
	used := 1 + p.foot()
	if p.failed != nil {
		used++
	}
	if p.Filter.Shown() {
		used++
	}
	return max(1, p.Height-used)
}

func (p *Page) list(c *draw.Canvas) {
	fits := fit(p.Width)
	c.Skip(1)
	p.title(c.Cell, byDate, "date", dateWidth)
	c.Cell(theme.Faint, "day", stateWidth)
	p.title(c.Right, byRows, "rows", rowsWidth-2)
	c.Skip(2)
	p.title(c.Cell, byKind, "by", byWidth)
	p.title(c.Cell, byPublished, "published", fits.published)
	c.Cell(theme.Faint, "generation", fits.generation)
	c.Right(theme.Faint, "series", fits.series)
	c.Right(theme.Faint, "bytes", fits.bytes)
	if fits.note > 0 {
		c.Skip(2)
		c.Put(theme.Faint, "note")
	}
	c.End()
	first := c.Lines()
	window := p.window()
	for i, one := range window {
		p.Spot(c, page.Item{At: p.top + i})
		p.drawRow(c, fits, one)
	}
	c.Fill(first + p.body())
}

// title draws the name of a column, and in which direction rows are sorted by it.
func (p *Page) title(cell func(theme.Role, string, int), column, text string, width int) {
	role := theme.Faint
	if p.order.Column == column && p.order != (page.Order{Column: byDate}) {
		role = theme.Accent
		if p.order.Reverse == (column == byRows || column == byKind) {
			text += p.env.Theme.Down
		} else {
			text += p.env.Theme.Up
		}
	}
	cell(role, text, width)
}

func (p *Page) drawRow(c *draw.Canvas, fits columns, one row) {
	made := one.made()
	c.Pointer(draw.Row(one.at() == p.cursor))
	c.Cell(theme.Plain, page.Weekday(one.day.Date), dateWidth-1)
	c.Deselect()
	c.Skip(1)
	p.state(c, one)
	if made.Generation == "" {
		c.Skip(rowsWidth)
		c.Cell(theme.Faint, p.note(one), c.Left())
		c.End()
		return
	}
	role, sign := theme.Plain, " "
	switch {
	case p.thin(made):
		role, sign = theme.Bad, p.env.Theme.Late
	case one.older != nil:
		role = theme.Faint
	}
	c.Right(role, draw.Count(made.Rows)+sign, rowsWidth-1)
	c.Skip(1)
	role = theme.Plain
	switch {
	case made.Kind == forecast.GenerationFallback:
		role = theme.Gate
	case one.older != nil:
		role = theme.Faint
	}
	c.Cell(role, by(made), byWidth-1)
	c.Skip(1)
	c.Cell(theme.Faint, p.moment(made.Published), fits.published)
	if fits.generation > 0 {
		c.Cell(theme.Faint, made.Generation, fits.generation-1)
		c.Skip(1)
	}
	c.Right(theme.Faint, draw.Count(made.Series), fits.series)
	c.Right(theme.Faint, draw.Bytes(made.Bytes), fits.bytes)
	if fits.note > 0 {
		c.Skip(2)
		c.Cell(theme.Gate, p.note(one), fits.note-2)
	}
	c.End()
}

// state draws the state of the day, of an older generation what became of it.
func (p *Page) state(c *draw.Canvas, one row) {
	if one.older != nil {
		c.Cell(theme.Faint, standing(one), stateWidth)
		return
	}
	c.Mark(p.env.Theme.Day(one.day.State, p.env.Frame))
	c.Skip(1)
	c.Cell(page.StateRole(one.day.State), string(one.day.State), stateWidth-2)
}

// detail says of the row under the cursor what it has no room for.
func (p *Page) detail(c *draw.Canvas) {
	one, ok := p.selected()
	if !ok || p.foot() == 0 {
		return
	}
	c.Repeat(theme.Faint, p.env.Theme.Rule, p.Width)
	c.End()
	made := one.made()
	if made.Generation == "" {
		p.lacks(c, one.day)
		return
	}
	p.fact(c, standing(one), fmt.Sprintf("%s, %s rows of %s series, %s, by %s",
		made.Generation, draw.Count(made.Rows), draw.Count(made.Series), draw.Bytes(made.Bytes), page.Maker(made)))
	published := "never published: readers have not seen it"
	if !made.Published.IsZero() {
		published = p.env.Clock(made.Published)
	}
	if note := p.note(one); note != "" {
		published += "   " + note
	}
	p.fact(c, "published", published)
	path := made.Path
	if path == "" {
		path = "the engine does not say"
	}
	c.Skip(1)
	c.Cell(theme.Faint, "at", labelWidth)
	path = p.env.Effects.Tilde(path)
	c.Ends(theme.Plain, path, min(draw.Width(path), c.Left()-1))
	c.End()
}

// lacks says why a date has no partition, and what to press.
func (p *Page) lacks(c *draw.Canvas, day forecast.Day) {
	const lines = 2
	why := page.Cause(day)
	if why == "" {
		why = "nothing was published for this date"
	}
	wrapped := draw.Wrap(why, p.Width-labelWidth-2)
	if len(wrapped) > lines {
		wrapped = append(wrapped[:lines-1], strings.Join(wrapped[lines-1:], " "))
	}
	label := "none"
	for _, line := range wrapped {
		p.fact(c, label, line)
		label = ""
	}
	c.Skip(1 + labelWidth)
	if day.Last.ID != "" {
		c.Put(theme.Accent, "l log   ")
	}
	if !p.env.ReadOnly && !day.Last.Status.Open() {
		c.Put(theme.Accent, "R runs it (shows a plan first)")
	}
	c.End()
}

func (p *Page) fact(c *draw.Canvas, label, text string) {
	c.Skip(1)
	c.Cell(theme.Faint, label, labelWidth)
	c.Put(theme.Plain, text)
	c.End()
}

func (p *Page) filterBar(c *draw.Canvas) {
	p.Filter.Draw(c, p.Width, draw.Counted(len(p.rows), "row")+" shown")
}
