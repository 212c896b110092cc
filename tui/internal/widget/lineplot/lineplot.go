// Package lineplot draws a measure by date against its limit: a column for each date,
// so that no bad date is averaged away, and none where there is no value.
//
// Values are strokes of braille, four to the height of a cell; where there is no
// braille they are "o". One over the limit has an "x", so that it is told without
// colour. No character takes two cells in an East Asian locale.
package lineplot

import (
	"math"
	"strings"

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// Point is a date.
type Point struct {
	Date  calendar.Date
	Value float64 // NaN: none
	// Why is drawn below a date without a value: what became of it. Without a glyph
	// it is nothing.
	Why theme.Mark
}

// Plot is what is drawn. The last of its points is the one that it is about.
type Plot struct {
	Points []Point // a date each, oldest first, without holes
	Limit  float64 // values above it are over; NaN: there is none
	// Baseline is what the last value is compared with, NaN if with nothing, and
	// Versus its name.
	Baseline float64
	Versus   string
	Name     string               // of the measure
	Format   func(float64) string // a value, for its label
}

const (
	leftWidth  = 9  // of the values at the left, the line after them included
	leastRight = 11 // of the labels at the right, the space before them included
	mostRight  = 22
	fewRows    = 8 // below it ends are not rounded
	lowHeight  = 5 // below it there is no line above the dates
	mostCells  = 4 // of a date: wider ones are no clearer
	labelWidth = len("01-02")
)

// plotted is a plot with its scales.
type plotted struct {
	Plot

	look  *theme.Theme
	scale layout.Scale
	cells int // of a date
	width int // of all dates
}

// Fit returns how many dates fit a width.
func (p Plot) Fit(width int) int { return max(0, width-leftWidth-p.right()) }

// right is how wide the labels at the right are.
func (p Plot) right() int {
	widest := leastRight
	for _, label := range p.labels() {
		widest = max(widest, draw.Width(label.text)+2)
	}
	return min(widest, mostRight)
}

// Draw draws the plot into width cells and height lines.
func (p Plot) Draw(c *draw.Canvas, look *theme.Theme, width, height int) {
	p.Points = p.Points[max(0, len(p.Points)-p.Fit(width)):]
	if len(p.Points) == 0 || height < 2 {
		return
	}
	ax := plotted{Plot: p, look: look, cells: layout.Clamp(p.Fit(width)/len(p.Points), 1, mostCells)}
	ax.width = ax.cells * len(p.Points)
	low, high := p.extent()
	axis := 2
	if height < lowHeight {
		axis = 1
	}
	ax.scale = layout.NewScale(low, high, height-axis)
	if height-axis < fewRows && low < high {
		ax.scale.Low, ax.scale.High = low, high
	}
	beside := ax.beside()
	for row := range ax.scale.Rows {
		c.Right(theme.Faint, ax.tick(row), leftWidth-1)
		c.Put(theme.Faint, look.Upright)
		ax.line(c, row)
		if label, ok := beside[row]; ok {
			c.Skip(1)
			c.Put(label.role, label.text)
		}
		c.End()
	}
	if axis > 1 {
		ax.axis(c)
	}
	ax.dates(c)
}

// extent returns the least and the largest value that is drawn.
func (p Plot) extent() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, point := range p.Points {
		if !math.IsNaN(point.Value) {
			low, high = min(low, point.Value), max(high, point.Value)
		}
	}
	if low > high {
		low, high = 0, 1
	}
	if !math.IsNaN(p.Limit) {
		low, high = min(low, p.Limit), max(high, p.Limit)
	}
	if p.compared() {
		low, high = min(low, p.Baseline), max(high, p.Baseline)
	}
	if low == high && low != 0 { // a level lies in the middle
		const around = 0.1
		low, high = low-around*math.Abs(low), high+around*math.Abs(high)
	}
	return low, high
}

// compared reports whether the baseline is drawn. One that lies far from all else would
// make a flat line of that.
func (p Plot) compared() bool {
	const far = 1.5
	most := math.Abs(p.last().Value)
	if !math.IsNaN(p.Limit) {
		most = max(most, p.Limit)
	}
	return !math.IsNaN(p.Baseline) && !math.IsNaN(most) && math.Abs(p.Baseline) <= far*most
}

func (p Plot) last() Point { return p.Points[len(p.Points)-1] }

func (p Plot) over(value float64) bool { return !math.IsNaN(p.Limit) && value > p.Limit }

// label is what stands at the right, in the row of its value.
type label struct {
	value float64
	text  string
	role  theme.Role
}

// labels returns what stands at the right, the most important first.
func (p Plot) labels() []label {
	var all []label
	if len(p.Points) > 0 && !math.IsNaN(p.last().Value) {
		role := theme.Strong
		text := p.Format(p.last().Value)
		if p.over(p.last().Value) {
			role = theme.Gate
			text += "!"
		}
		all = append(all, label{p.last().Value, text, role})
	}
	if !math.IsNaN(p.Limit) {
		all = append(all, label{p.Limit, "gate " + p.Format(p.Limit), theme.Gate})
	}
	if len(p.Points) > 0 && p.compared() {
		all = append(all, label{p.Baseline, p.Format(p.Baseline) + " " + p.Versus, theme.Faint})
	}
	return all
}

// beside gives each label a row: its own, else the nearest that is free.
func (ax *plotted) beside() map[int]label {
	taken := make(map[int]label)
	for _, one := range ax.labels() {
		row := ax.scale.Row(one.value)
		for _, off := range []int{0, 1, -1} {
			_, full := taken[row+off]
			if to := row + off; !full && to >= 0 && to < ax.scale.Rows {
				taken[to] = one
				break
			}
		}
	}
	return taken
}

// tick returns the value that stands at the left of a row: a round one, or that of an
// end where round ones would leave no row to the values. The limit has its own at the
// right.
func (ax *plotted) tick(row int) string {
	switch {
	case ax.limits(row):
		return ""
	case ax.scale.Rows >= fewRows:
		return ax.scale.Label(row)
	case row == 0:
		return ax.Format(ax.scale.High)
	case row == ax.scale.Rows-1:
		return ax.Format(ax.scale.Low)
	default:
		return ""
	}
}

// limits reports whether the limit lies in a row.
func (ax *plotted) limits(row int) bool {
	return !math.IsNaN(ax.Limit) && ax.scale.Row(ax.Limit) == row
}

// line draws a row: the values in it, over the limit and what the last is compared with.
func (ax *plotted) line(c *draw.Canvas, row int) {
	limit := ax.limits(row)
	for i, point := range ax.Points {
		switch {
		case !math.IsNaN(point.Value) && ax.scale.Row(point.Value) == row:
			ax.value(c, point)
		case i == len(ax.Points)-1 && ax.compared() && ax.scale.Row(ax.Baseline) == row:
			c.Repeat(theme.Faint, " ", (ax.cells-1)/2)
			c.Put(theme.Faint, "+")
			c.Skip(ax.cells / 2)
		case limit:
			c.Repeat(theme.Gate, ax.look.Rule, ax.cells)
		default:
			c.Skip(ax.cells)
		}
	}
}

// value draws the value of a date in the middle of its cells.
func (ax *plotted) value(c *draw.Canvas, point Point) {
	role, sign := theme.Busy, "o"
	if ax.over(point.Value) {
		role, sign = theme.Gate, "x"
	}
	stroke := " "
	if ax.look.Charset != theme.ASCII {
		strokes := []rune{0x2809, 0x2812, 0x2824, 0x28c0}
		pattern := strokes[ax.scale.Dot(point.Value)%layout.Dots]
		if ax.limits(ax.scale.Row(point.Value)) {
			pattern |= strokes[ax.scale.Dot(ax.Limit)%layout.Dots]
		}
		stroke = string(pattern)
		if !ax.over(point.Value) && point.Date != ax.last().Date {
			sign = stroke
		}
	}
	c.Put(role, strings.Repeat(stroke, (ax.cells-1)/2))
	c.Put(role, sign)
	c.Put(role, strings.Repeat(stroke, ax.cells/2))
}

// axis draws the line below the values. A date without one has in it what became of it.
func (ax *plotted) axis(c *draw.Canvas) {
	c.Skip(leftWidth - 1)
	c.Put(theme.Faint, ax.look.Corners[2])
	for _, point := range ax.Points {
		if !math.IsNaN(point.Value) || point.Why.Glyph == "" {
			c.Repeat(theme.Faint, ax.look.Rule, ax.cells)
			continue
		}
		c.Repeat(theme.Faint, ax.look.Rule, (ax.cells-1)/2)
		c.Mark(point.Why)
		c.Repeat(theme.Faint, ax.look.Rule, ax.cells/2)
	}
	c.End()
}

// dates draws the name of the measure, the dates of Mondays and the last.
func (ax *plotted) dates(c *draw.Canvas) {
	c.Right(theme.Faint, ax.Name, leftWidth-1)
	const gap = 2
	// A date begins below its cells; the last ends with them where it can.
	final := leftWidth + max(0, min(ax.width-ax.cells, ax.width-labelWidth))
	free := leftWidth
	for i, point := range ax.Points[:len(ax.Points)-1] {
		at := leftWidth + i*ax.cells
		if point.Date.Weekday() != 1 || at < free || at+labelWidth+1 > final {
			continue
		}
		c.To(at)
		c.Put(theme.Faint, point.Date.String()[len("2006-"):])
		free = at + labelWidth + gap
	}
	c.To(final)
	c.Put(theme.Strong, ax.last().Date.String()[len("2006-"):])
	c.End()
}
