package partition

import (
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// sideways is the table as it lies on the screen: the series and the date stay.
func (v *preview) sideways(width int) layout.Sideways {
	const edge = 3 // the pointer, the cell before the columns that move, and that of the mark behind them
	table := layout.Sideways{Keys: v.named + 1, Width: width - edge, Whole: func(at int) bool { return v.columns[at].right }}
	for _, column := range v.columns {
		table.Widths = append(table.Widths, column.width)
	}
	return table
}

// scroll moves over the columns.
func (v *preview) scroll(width, by int) {
	table := v.sideways(width)
	v.left = layout.Clamp(v.left, table.Follow(0, 0), table.Last())
	v.left = layout.Clamp(v.left+by, table.Follow(0, 0), table.Last())
}

// drawRows draws the heads and so many rows. The cursor is shown if it is among them.
func (v *preview) drawRows(c *draw.Canvas, body int, pointer func(at int)) {
	table := v.sideways(c.Left())
	v.left = layout.Clamp(v.left, 0, table.Last())
	shown := table.From(v.left)
	page.SidewaysHeads(c, shown, func(at int) { v.columns[at].put(c, theme.Faint, v.columns[at].name) })
	v.top = layout.Scroll(v.top, v.at, len(v.rows), body)
	for i, row := range v.rows[v.top:min(len(v.rows), v.top+body)] {
		pointer(v.top + i)
		for _, at := range shown.Keys {
			v.cell(c, at, row)
		}
		c.Skip(1)
		for _, at := range shown.Columns {
			v.cell(c, at, row)
		}
		c.End()
	}
}

func (v *preview) cell(c *draw.Canvas, column int, at ref) {
	f := v.forecasts[at.series]
	v.columns[column].put(c, theme.Plain, v.columns[column].text(f, f.Points[at.point]))
}

// put draws a text in the column. A number has its room or is not: a part of one reads as
// another number.
func (col *column) put(c *draw.Canvas, role theme.Role, text string) {
	if col.right {
		c.Right(role, text, col.width)
	} else {
		c.Cell(role, text, col.width)
	}
}
