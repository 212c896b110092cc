package cli

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

const (
	plotWidth  = 100 // where there is no terminal
	plotHeight = 14
	axisWidth  = 10 // of the labels at the left
)

// plot draws a forecast: a column for each date, actual values as o, the mean
// as *, and the intervals as shades that are lighter the wider they are. Where
// there are more dates than columns, the oldest actual values are left out.
func plot(f forecast.SeriesForecast, width int, s style) string {
	c := newCanvas(f, width)
	for i, level := range []int{len(f.Levels) - 1, 0} { // the widest, then the narrowest on it
		if level < 0 || i > 0 && level == len(f.Levels)-1 {
			continue
		}
		for _, point := range f.Points {
			c.fill(point.Date, point.Lower[level], point.Upper[level], s.shade(i))
		}
	}
	for _, point := range f.Points {
		c.set(point.Date, point.Mean, s.paint(running, "*"))
	}
	for _, observation := range f.Actuals {
		c.set(observation.Date, observation.Value, "o")
	}
	return c.draw(s) + legend(f, s)
}

// shade returns the cell of an interval: 0 is the widest.
func (s style) shade(i int) string {
	cells := []string{"⠐", "⠶"}
	if s.ascii {
		cells = []string{".", ":"}
	}
	return s.paint(faint, cells[i])
}

func legend(f forecast.SeriesForecast, s style) string {
	words := []string{"o actual", "* forecast"}
	if n := len(f.Levels); n > 0 {
		if n > 1 {
			words = append(words, fmt.Sprintf("%s %d %%", s.shade(1), f.Levels[0]))
		}
		words = append(words, fmt.Sprintf("%s %d %%", s.shade(0), f.Levels[n-1]))
	}
	return strings.Repeat(" ", axisWidth+2) + strings.Join(words, "   ") + "\n"
}

// canvas is a grid of cells with dates across and values upwards.
type canvas struct {
	first     calendar.Date
	columns   int
	low, high float64
	cells     [plotHeight][]string
}

func newCanvas(f forecast.SeriesForecast, width int) *canvas {
	last := f.Date
	c := &canvas{first: f.Date, low: math.Inf(1), high: math.Inf(-1)}
	for _, point := range f.Points {
		last = max(last, point.Date)
	}
	for _, observation := range f.Actuals {
		c.first = min(c.first, observation.Date)
		last = max(last, observation.Date)
	}
	c.columns = int(last-c.first) + 1
	if room := max(2, width-axisWidth-2); c.columns > room {
		c.first, c.columns = last-calendar.Date(room)+1, room
	}
	for _, point := range f.Points {
		c.stretch(point.Date, point.Mean)
		for i := range f.Levels {
			c.stretch(point.Date, point.Lower[i])
			c.stretch(point.Date, point.Upper[i])
		}
	}
	for _, observation := range f.Actuals {
		c.stretch(observation.Date, observation.Value)
	}
	if c.low > c.high {
		c.low, c.high = 0, 1
	}
	if c.low == c.high {
		c.low, c.high = c.low-1, c.high+1
	}
	for y := range c.cells {
		c.cells[y] = make([]string, c.columns)
	}
	return c
}

// stretch makes room for a value.
func (c *canvas) stretch(d calendar.Date, value float64) {
	if d >= c.first && !math.IsNaN(value) && !math.IsInf(value, 0) {
		c.low, c.high = min(c.low, value), max(c.high, value)
	}
}

// row returns the row of a value, 0 at the bottom.
func (c *canvas) row(value float64) int {
	return min(plotHeight-1, max(0, int(math.Round((value-c.low)/(c.high-c.low)*(plotHeight-1)))))
}

func (c *canvas) set(d calendar.Date, value float64, cell string) {
	x := int(d - c.first)
	if x >= 0 && x < c.columns && !math.IsNaN(value) {
		c.cells[c.row(value)][x] = cell
	}
}

func (c *canvas) fill(d calendar.Date, from, to float64, cell string) {
	x := int(d - c.first)
	if x < 0 || x >= c.columns || math.IsNaN(from) || math.IsNaN(to) {
		return
	}
	for y := c.row(from); y <= c.row(to); y++ {
		c.cells[y][x] = cell
	}
}

func (c *canvas) draw(s style) string {
	var text strings.Builder
	for y := plotHeight - 1; y >= 0; y-- {
		label := ""
		if y%4 == 1 || y == 0 || y == plotHeight-1 {
			label = short(c.low + (c.high-c.low)*float64(y)/(plotHeight-1))
		}
		var line strings.Builder
		for _, cell := range c.cells[y] {
			if cell == "" {
				cell = " "
			}
			line.WriteString(cell)
		}
		text.WriteString(strings.TrimRight(fmt.Sprintf("%*s %s%s", axisWidth, label, s.paint(faint, "|"), line.String()), " ") + "\n")
	}
	first, last := c.first.String(), (c.first + calendar.Date(c.columns) - 1).String()
	between := max(1, c.columns-len(first)-len(last))
	text.WriteString(strings.Repeat(" ", axisWidth+2) + first + strings.Repeat(" ", between) + last + "\n")
	return text.String()
}

// short shows a number of an axis in at most axisWidth letters.
func short(x float64) string {
	switch {
	case math.Abs(x) >= 1e7 || x != 0 && math.Abs(x) < 1e-3:
		return strconv.FormatFloat(x, 'e', 1, 64)
	case math.Abs(x) >= 100:
		return strconv.FormatFloat(x, 'f', 0, 64)
	default:
		return strconv.FormatFloat(x, 'f', 2, 64)
	}
}
