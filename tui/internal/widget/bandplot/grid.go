package bandplot

import (
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// band is how much of a cell lies in an interval.
type band int

const (
	none band = iota
	light
	dense
)

// cell is one of the plot: dots of the bands, and a sign over them.
type cell struct {
	dots [dots]band // from above
	sign rune       // 0: none
	role theme.Role
}

// grid holds the cells, row by row.
type grid struct {
	width int
	ascii bool
	cells []cell
}

// paint draws bands, then points over them.
func (p Plot) paint(ax axes) grid {
	g := grid{width: ax.dates*ax.cells + 1, ascii: ax.look.Charset == theme.ASCII}
	g.cells = make([]cell, g.width*ax.scale.Rows)
	for row := range ax.scale.Rows {
		g.put(row, ax.history*ax.cells, '|', theme.Faint)
	}
	for _, at := range p.Forecast.Points {
		for i := range slices.Backward(at.Lower) {
			fill := light
			if i == 0 {
				fill = dense
			}
			g.fill(&ax, at, i, fill)
		}
	}
	if p.Other != nil {
		for _, at := range p.Other.Points {
			g.point(&ax, at.Date, at.Mean, compared, theme.Halted)
		}
	}
	bounds := make(map[int]forecast.Point, len(p.Forecast.Points))
	for _, at := range p.Forecast.Points {
		g.point(&ax, at.Date, at.Mean, mean, theme.Accent)
		bounds[int(at.Date)] = at
	}
	for _, o := range p.Forecast.Actuals {
		sign, role := actual, theme.Strong
		if at, ok := bounds[int(o.Date)]; ok && outside(at, o.Value) {
			sign, role = outlier, theme.Bad
		}
		g.point(&ax, o.Date, o.Value, sign, role)
	}
	return g
}

// outside reports whether a value lies outside the widest interval.
func outside(at forecast.Point, value float64) bool {
	widest := len(at.Lower) - 1
	return widest >= 0 && (value < at.Lower[widest] || value > at.Upper[widest])
}

func (g *grid) put(row, column int, sign rune, role theme.Role) {
	if at := row*g.width + column; column >= 0 && column < g.width && at < len(g.cells) {
		g.cells[at].sign, g.cells[at].role = sign, role
	}
}

// point puts a sign in the middle of a date.
func (g *grid) point(ax *axes, date calendar.Date, value float64, sign rune, role theme.Role) {
	if column := ax.column(date); column >= 0 && !math.IsNaN(value) {
		g.put(ax.scale.Row(value), column+ax.cells/2, sign, role)
	}
}

// fill fills a date between the bounds of an interval.
func (g *grid) fill(ax *axes, at forecast.Point, level int, with band) {
	column := ax.column(at.Date)
	if column < 0 || level >= len(at.Upper) {
		return
	}
	for dot := ax.scale.Dot(at.Upper[level]); dot <= ax.scale.Dot(at.Lower[level]); dot++ {
		for cell := range ax.cells {
			if i := dot/dots*g.width + column + cell; i < len(g.cells) {
				g.cells[i].dots[dot%dots] = with
			}
		}
	}
}

// line writes a row; runs of one role are written together.
func (g *grid) line(c *draw.Canvas, row int) {
	run := make([]rune, 0, g.width)
	role := theme.Plain
	for _, one := range g.cells[row*g.width : (row+1)*g.width] {
		sign, look := one.sign, one.role
		if sign == 0 {
			sign, look = g.shade(one)
		}
		if look != role {
			c.Glyphs(role, run)
			run, role = run[:0], look
		}
		run = append(run, sign)
	}
	c.Glyphs(role, run)
}

// shade returns the sign of a cell's bands.
func (g *grid) shade(one cell) (rune, theme.Role) {
	left := [dots]rune{0x01, 0x02, 0x04, 0x40}
	right := [dots]rune{0x08, 0x10, 0x20, 0x80}
	pattern, most := rune(0), none
	for i, fill := range one.dots {
		if fill >= light {
			pattern |= left[i]
		}
		if fill == dense {
			pattern |= right[i]
		}
		most = max(most, fill)
	}
	role := theme.Faint
	if most == dense {
		role = theme.Busy
	}
	switch {
	case most == none:
		return ' ', theme.Plain
	case !g.ascii:
		return 0x2800 + pattern, role
	case one.dots[1] == dense || one.dots[2] == dense:
		return ':', role
	case one.dots[1] != none || one.dots[2] != none:
		return '.', theme.Faint
	default:
		return ' ', theme.Plain
	}
}
