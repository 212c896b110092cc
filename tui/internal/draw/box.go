package draw

import "github.com/daybatch/daybatch/tui/internal/theme"

// Box draws a frame as wide as the canvas with a title around the lines that
// inside draws with Inside, or with Open and Close.
func (c *Canvas) Box(role theme.Role, title string, inside func()) {
	c.edge(role, title, c.theme.Corners[:2])
	inside()
	c.edge(role, "", c.theme.Corners[2:])
}

func (c *Canvas) edge(role theme.Role, title string, corners []string) {
	c.Put(role, corners[0])
	if title != "" {
		c.Put(role, c.theme.Rule+" ")
		c.Put(role, title)
		c.Skip(1)
	}
	c.Repeat(role, c.theme.Rule, c.Left()-1)
	c.Put(role, corners[1])
	c.End()
}

// Inside draws a line of text within a box.
func (c *Canvas) Inside(role theme.Role, text string) {
	c.Open()
	c.Cell(role, text, c.Left()-2)
	c.Close()
}

// Open begins a line within a box, and Close ends it.
func (c *Canvas) Open() {
	c.Put(theme.Faint, c.theme.Upright)
	c.Skip(1)
}

// Close fills a line within a box and ends it.
func (c *Canvas) Close() {
	c.Skip(c.Left() - 1)
	c.Deselect()
	c.Put(theme.Faint, c.theme.Upright)
	c.End()
}
