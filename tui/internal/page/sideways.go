package page

import (
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// SidewaysHeads draws the line above the rows of a table that is wider than the screen: head draws
// the name of a column, and marks stand at the sides where there are more.
func SidewaysHeads(c *draw.Canvas, shown layout.View, head func(column int)) {
	end := c.Left() - 1
	c.Skip(1)
	for _, at := range shown.Keys {
		head(at)
	}
	if shown.Left {
		c.Put(theme.Accent, "<")
	} else {
		c.Skip(1)
	}
	for _, at := range shown.Columns {
		head(at)
	}
	if shown.Right {
		c.To(end)
		c.Put(theme.Accent, ">")
	}
	c.End()
}
