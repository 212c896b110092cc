package plot

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
	"github.com/daybatch/daybatch/tui/internal/widget/bandplot"
)

// Sizes from which there is room for more.
const (
	wide      = 120 // the list of series stands beside the plot
	usualSide = 38
	tall      = 22 // the list stands below the plot
	low       = 14 // the legend is left out below it
)

// View draws the plot and the list of series.
func (p *Page) View() string {
	c := p.Canvas(p.env.Theme, p.Width)
	c.Grow(p.Height)
	switch {
	case p.loaded:
		p.body(c)
	case p.failed != nil && errors.Is(p.failed.Err, forecast.ErrNotFound):
		page.Blank(c, p.Height, page.Weekday(p.date)+" has no forecast of this series", p.failed.Err.Error(), "j k other series   { } other dates   esc goes back")
	case p.failed != nil:
		page.Blank(c, p.Height, "The forecast can't be read", p.failed.Err.Error(), page.Remedy(p.failed))
	case !p.read || p.day.Partition.Generation != "":
		page.Blank(c, p.Height, "Reading the forecast of "+page.Weekday(p.date)+" ...", "", "esc goes back")
	default:
		p.none(c)
	}
	return p.Screen(c, p.filterBar)
}

// none says why the date has no forecast.
func (p *Page) none(c *draw.Canvas) {
	why := "Nothing is published for this date"
	if p.day.State != "" {
		why += "; it is " + string(p.day.State)
		if cause := page.Cause(p.day); cause != "" {
			why += ": " + cause
		}
	}
	page.Blank(c, p.Height, page.Weekday(p.date)+" has no forecast", why+".", "{ } other dates   m what the gate saw   esc goes back")
}

// plotWidth returns how wide the plot is.
func (p *Page) plotWidth() int {
	if p.Width >= wide {
		return p.Width - p.sideWidth()
	}
	return p.Width
}

// pane is that of the series: beside the plot, or below it.
func (p *Page) pane() page.Pane {
	const least, share = 24, 2
	if p.Width >= wide {
		return page.Pane{Kind: page.Plot, Name: "side", Least: least - usualSide, Most: p.Width/share - usualSide}
	}
	usual := p.usualRows()
	return page.Pane{Kind: page.Plot, Name: "below", Least: -usual, Most: p.Height - low - usual}
}

// sideWidth returns how wide the list of series is beside the plot.
func (p *Page) sideWidth() int { return usualSide + p.env.Pane(p.pane()) }

// usualRows returns how many series are listed below the plot unless another number
// was chosen.
func (p *Page) usualRows() int {
	const share = 4
	if p.Height < tall {
		return 0
	}
	return layout.Clamp(len(p.rows), 1, p.Height/share)
}

// widen makes the plot larger, or the list.
func (p *Page) widen(action keys.Action) tea.Cmd {
	const columns = 4
	cells := 1
	if p.Width >= wide {
		cells = columns
	}
	if action == keys.Larger {
		cells = -cells
	}
	return p.env.Widen(p.pane(), cells)
}

// listRows returns how many series are listed.
func (p *Page) listRows() int {
	if p.Width >= wide {
		return max(1, p.Height-p.belowLines()-1)
	}
	return p.usualRows() + p.env.Pane(p.pane())
}

// belowLines returns how many lines are neither plot nor list.
func (p *Page) belowLines() int {
	lines := 3 // title, what came of it, the date under the cursor
	if p.Height >= low {
		lines++
	}
	if p.Filter.Shown() {
		lines++
	}
	if p.failed != nil {
		lines++
	}
	return lines
}

func (p *Page) body(c *draw.Canvas) {
	p.env.Stale(c, p.failed, p.env.AsOf(p.taken))
	p.title(c)
	p.realised(c)
	rows := p.Height - p.belowLines()
	side := p.Width >= wide
	if list := p.listRows(); !side && list > 0 {
		rows -= list + 1
	}
	rows = max(3, rows)
	plot := draw.New(p.env.Theme, p.plotWidth())
	p.plot().Draw(plot, p.env.Theme, p.plotWidth(), rows)
	var list []string
	if side {
		right := draw.New(p.env.Theme, p.sideWidth())
		p.series(right, rows-1, p.sideWidth())
		p.spotSeries(c.Lines()+1, p.plotWidth(), rows-1)
		list = strings.Split(right.String(), "\n")
	}
	p.drawn.from = c.Lines()
	c.Beside(strings.Split(plot.String(), "\n"), list, p.plotWidth())
	p.drawn.to = c.Lines()
	if p.Height >= low {
		p.legend(c)
	}
	p.readout(c)
	if !side && p.listRows() > 0 {
		p.series(c, p.listRows(), p.Width)
		p.spotSeries(c.Lines()-min(p.listRows(), len(p.rows)-p.top), 0, p.listRows())
	}
}

func (p *Page) title(c *draw.Canvas) {
	name := p.shown.Series.String()
	if name == "" {
		name = p.env.Pipeline.Table
	}
	c.Put(theme.Strong, " "+name)
	c.Put(theme.Plain, "  by "+p.shown.Model)
	if p.wanted != p.shown.Series {
		c.Put(theme.Busy, "  reading "+p.wanted.String()+" ...")
		c.End()
		return
	}
	if one := p.at(); one >= 0 && p.judged {
		entry := p.list[p.rows[one]]
		c.Put(theme.Faint, fmt.Sprintf("  %s, %.1f %% of the error, wape %.3f at the gate", entry.class, 100*entry.share, entry.wape))
	}
	if of := p.day.Fallback(); !of.IsZero() {
		c.Put(theme.Gate, "  Fallback of "+of.String())
	}
	c.Put(theme.Faint, "  generation "+p.shown.Generation)
	c.End()
}

// realised says how the forecast did so far.
func (p *Page) realised(c *draw.Canvas) {
	score := bandplot.Score(p.shown)
	c.Skip(1)
	if score.Days == 0 {
		c.Put(theme.Faint, fmt.Sprintf("no value of its %d days has arrived yet", len(p.shown.Points)))
		c.End()
		return
	}
	c.Put(theme.Plain, fmt.Sprintf("realised %d of %d days", score.Days, len(p.shown.Points)))
	for i, level := range score.Levels {
		c.Put(theme.Plain, fmt.Sprintf("  %d in %d %%", score.Within[i], level))
	}
	if !math.IsNaN(score.WAPE) {
		c.Put(theme.Strong, fmt.Sprintf("  wape %.3f", score.WAPE))
	}
	c.Put(theme.Plain, "  bias "+signed(score.Bias))
	c.End()
}

func (p *Page) legend(c *draw.Canvas) {
	c.Skip(1)
	for _, pair := range p.plot().Legend(p.env.Theme) {
		c.Put(theme.Strong, pair[0])
		c.Put(theme.Faint, " "+pair[1]+"   ")
	}
	if wanted := histories()[p.history]; p.plot().Fit(p.plotWidth()) < wanted {
		c.Put(theme.Faint, fmt.Sprintf("%d of %d days of history fit", p.plot().Fit(p.plotWidth()), wanted))
	}
	c.End()
}

// readout writes out the date under the cursor, in fewer words where they don't fit.
func (p *Page) readout(c *draw.Canvas) {
	if p.cursor.IsZero() {
		c.Skip(1)
		c.Put(theme.Faint, "left right: the numbers of a date")
		c.End()
		return
	}
	line := p.numbers(page.Weekday(p.cursor), " (%s)", "  %d %%: %s to %s")
	if line.Left() < 1 {
		line = p.numbers(page.Weekday(p.cursor)[:3]+" "+p.cursor.String()[5:], "", "  %d %% %s..%s")
	}
	c.Append([]string{line.String()})
}

// numbers writes what came and what was forecast for the date under the cursor. off is
// how their difference is written, and interval how a level with its ends is.
func (p *Page) numbers(date, off, interval string) *draw.Canvas {
	c := draw.New(p.env.Theme, p.Width)
	c.Skip(1)
	c.Put(theme.Strong, date)
	value, came := bandplot.Actuals(p.shown)[p.cursor]
	if came {
		c.Put(theme.Plain, "  actual "+number(value))
	} else {
		c.Put(theme.Faint, "  no value")
	}
	at := slices.IndexFunc(p.shown.Points, func(one forecast.Point) bool { return one.Date == p.cursor })
	if at < 0 {
		return c
	}
	point := p.shown.Points[at]
	c.Put(theme.Plain, "  forecast "+number(point.Mean))
	if came && off != "" {
		c.Put(theme.Plain, fmt.Sprintf(off, signed(point.Mean-value)))
	}
	for i, level := range p.shown.Levels {
		role := theme.Plain
		if came && (value < point.Lower[i] || value > point.Upper[i]) {
			role = theme.Bad
		}
		c.Put(role, fmt.Sprintf(interval, level, number(point.Lower[i]), number(point.Upper[i])))
	}
	if p.other != nil {
		p.otherAt(c, p.cursor)
	}
	return c
}

func (p *Page) otherAt(c *draw.Canvas, date calendar.Date) {
	for _, at := range p.other.Points {
		if at.Date == date {
			c.Put(theme.Halted, "  a week before "+number(at.Mean))
		}
	}
}

func number(x float64) string {
	const large = 1000
	if math.Abs(x) >= large {
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.1f", x)
}

func signed(x float64) string {
	if x >= 0 {
		return "+" + number(x)
	}
	return number(x)
}

// series lists the series in rows lines below a head.
func (p *Page) series(c *draw.Canvas, rows, width int) {
	head := " series, largest first"
	if p.judged {
		head = " series, worst first"
	}
	const numbers = 8
	name := max(8, min(width-2*numbers-2, 40))
	c.Cell(theme.Faint, head, name+1)
	c.Right(theme.Faint, "share", numbers)
	c.Right(theme.Faint, "wape", numbers)
	c.End()
	if len(p.rows) == 0 {
		c.Put(theme.Faint, "  none has these words (esc: all)")
		c.End()
		return
	}
	p.top = layout.Scroll(p.top, max(0, p.at()), len(p.rows), rows)
	limit := p.env.Pipeline.Gate.WAPE
	for _, i := range p.rows[p.top:min(len(p.rows), p.top+rows)] {
		one := p.list[i]
		c.Pointer(one.series == p.wanted)
		c.Cell(theme.Plain, one.series.String(), name)
		if p.judged {
			role := theme.Plain
			if limit > 0 && one.wape > limit {
				role = theme.Gate
			}
			c.Right(theme.Faint, fmt.Sprintf("%.1f %%", 100*one.share), numbers)
			c.Right(role, fmt.Sprintf("%.3f", one.wape), numbers)
		}
		c.End()
	}
}

func (p *Page) filterBar(c *draw.Canvas) {
	p.Filter.Draw(c, p.Width, fmt.Sprintf("%d of %d series", len(p.rows), len(p.list)))
}
