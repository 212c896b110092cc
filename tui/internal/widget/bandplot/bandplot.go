// Package bandplot draws a forecast against what came, with its prediction
// intervals as bands: a column for each date, so that no date is averaged away.
//
// Points are always ASCII. Bands are dots of braille, four to a cell, dense for
// the narrow interval and light for the wide one; where there is no braille they
// are ":" and ".". No character takes two cells in an East Asian locale.
package bandplot

import (
	"math"
	"slices"
	"strconv"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// Signs of the points.
const (
	actual   = 'o'
	outlier  = 'x' // an actual value outside the widest interval
	mean     = '+'
	compared = '-'
)

// Plot is what is drawn.
type Plot struct {
	Forecast forecast.SeriesForecast
	// Other is another day's forecast of the series; its means are drawn too.
	Other *forecast.SeriesForecast
	// History is how many days before the forecast are wanted; fewer are drawn
	// where they do not fit.
	History int
	Cursor  calendar.Date // zero: none
}

const (
	labelWidth = 9 // of the values, the line after them included
	axisLines  = 2 // below the plot: the line, and the dates
	dots       = layout.Dots
)

// axes is where things lie.
type axes struct {
	first      calendar.Date // leftmost
	history    int           // dates before the forecast
	dates      int
	cells      int // of a date
	scale      layout.Scale
	look       *theme.Theme
	issued     calendar.Date
	lastOfTime calendar.Date
}

// Fit returns how many days of history fit a width.
func (p Plot) Fit(width int) int {
	return layout.Clamp(width-labelWidth-1-len(p.Forecast.Points), 0, p.History)
}

// Draw draws the plot into width cells and height lines.
func (p Plot) Draw(c *draw.Canvas, look *theme.Theme, width, height int) {
	ax := p.axes(look, width, height)
	grid := p.paint(ax)
	for row := range ax.scale.Rows {
		c.Right(theme.Faint, ax.scale.Label(row), labelWidth-1)
		c.Put(theme.Faint, "|")
		grid.line(c, row)
		c.End()
	}
	ax.bottom(c, p.Cursor)
}

// axes finds the scales.
func (p Plot) axes(look *theme.Theme, width, height int) axes {
	const most = 6 // cells of a date: wider ones are no clearer
	ax := axes{look: look, issued: p.Forecast.Date}
	points := len(p.Forecast.Points)
	ax.history = p.Fit(width)
	ax.dates = max(1, min(ax.history+points, width-labelWidth-1))
	ax.cells = layout.Clamp((width-labelWidth-1)/ax.dates, 1, most)
	from := ax.issued + 1
	if points > 0 {
		from = p.Forecast.Points[0].Date
	}
	ax.issued = from - 1
	ax.first = from - calendar.Date(ax.history)
	ax.lastOfTime = ax.first + calendar.Date(ax.dates) - 1
	low, high := p.extent(ax.first)
	ax.scale = layout.NewScale(low, high, height-axisLines)
	return ax
}

// extent returns the least and the largest value that is drawn.
func (p Plot) extent(first calendar.Date) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	take := func(values ...float64) {
		for _, v := range values {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	for _, at := range p.Forecast.Points {
		take(at.Mean)
		take(at.Lower...)
		take(at.Upper...)
	}
	for _, o := range p.Forecast.Actuals {
		if o.Date >= first {
			take(o.Value)
		}
	}
	if p.Other != nil {
		for _, at := range p.Other.Points {
			take(at.Mean)
		}
	}
	if low > high {
		return 0, 1
	}
	return low, high
}

// column returns the first cell of a date, -1 if it is not drawn. The line
// between past and future takes a cell.
func (ax *axes) column(date calendar.Date) int {
	at := int(date - ax.first)
	if at < 0 || at >= ax.dates {
		return -1
	}
	cell := at * ax.cells
	if date > ax.issued {
		cell++
	}
	return cell
}

// At returns the date that lies at a cell of a plot so wide; false where none does.
func (p Plot) At(width, cell int) (calendar.Date, bool) {
	ax := p.axes(nil, width, axisLines)
	for date := ax.first; date <= ax.lastOfTime; date++ {
		if from := labelWidth + ax.column(date); cell >= from && cell < from+ax.cells {
			return date, true
		}
	}
	return 0, false
}

// bottom draws the line below the plot and the dates of Mondays.
func (ax *axes) bottom(c *draw.Canvas, cursor calendar.Date) {
	c.Skip(labelWidth - 1)
	c.Put(theme.Faint, "+")
	end := ax.dates*ax.cells + 1
	if at := ax.column(cursor); at >= 0 && !cursor.IsZero() {
		c.Repeat(theme.Faint, "-", at+ax.cells/2)
		c.Put(theme.Accent, "^")
		c.Repeat(theme.Faint, "-", end-at-ax.cells/2-1)
	} else {
		c.Repeat(theme.Faint, "-", end)
	}
	c.End()
	const label, gap = len("01-02"), 2
	free := labelWidth
	for date := ax.first; date <= ax.lastOfTime; date++ {
		at := labelWidth + ax.column(date)
		if date.Weekday() != 1 || at < free || at+label > labelWidth+max(end, label) {
			continue
		}
		c.To(at)
		c.Put(theme.Faint, date.String()[5:])
		free = at + label + gap
	}
	c.End()
}

// Legend returns what the signs of a plot mean, as pairs of sign and meaning.
func (p Plot) Legend(look *theme.Theme) [][2]string {
	legend := [][2]string{{string(actual), "actual"}, {string(mean), "forecast"}}
	levels := p.Forecast.Levels
	dense, light := bands(look)
	for i, level := range levels {
		sign := dense
		if i > 0 {
			sign = light
		}
		legend = append(legend, [2]string{sign, strconv.Itoa(level) + " %"})
	}
	if len(levels) > 0 {
		legend = append(legend, [2]string{string(outlier), "actual outside " + strconv.Itoa(slices.Max(levels)) + " %"})
	}
	if p.Other != nil {
		legend = append(legend, [2]string{string(compared), "made for " + p.Other.Date.String()})
	}
	return legend
}

// bands returns the signs of the narrow and of the wide interval.
func bands(look *theme.Theme) (dense, light string) {
	if look.Charset == theme.ASCII {
		return ":", "."
	}
	return "\u28ff", "\u2847"
}
