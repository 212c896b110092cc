// Package draw writes styled screen lines that never exceed their width.
//
// It is the boundary to the terminal: text that comes from outside passes
// through it and loses its control characters here.
package draw

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"github.com/daybatch/daybatch/forecast/scrub"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// Canvas collects lines of a fixed width. Text goes to the current line until
// End; what does not fit is cut, with an ellipsis. Make one with New.
type Canvas struct {
	out      strings.Builder
	theme    *theme.Theme
	width    int
	used     int // cells of the current line
	lines    int // lines that have ended
	selected bool
}

// New returns an empty canvas.
func New(look *theme.Theme, width int) *Canvas {
	c := &Canvas{theme: look, width: max(0, width)}
	c.out.Grow(4096)
	return c
}

// Grow makes room for lines that are full of styled cells.
func (c *Canvas) Grow(lines int) {
	const styled = 24 // bytes: a colour, the glyph, and the end of the style
	c.out.Grow(max(0, lines) * c.width * styled / 2)
}

// Lines returns how many lines have ended.
func (c *Canvas) Lines() int { return c.lines }

// Left returns how many cells the current line still has.
func (c *Canvas) Left() int { return c.width - c.used }

// Select makes the current line the selected one, from here to its end.
func (c *Canvas) Select() { c.selected = true }

// Deselect ends what Select began before the line ends.
func (c *Canvas) Deselect() { c.selected = false }

// Put writes text in a role's style.
func (c *Canvas) Put(role theme.Role, text string) {
	text, cells := c.fit(text, c.Left())
	c.write(role, text, cells)
}

// Cell writes text to the left of a column that is width cells wide.
func (c *Canvas) Cell(role theme.Role, text string, width int) {
	width = min(width, c.Left())
	text, cells := c.fit(text, width)
	c.write(role, text, cells)
	c.Skip(width - cells)
}

// Right writes text to the right of a column that is width cells wide.
func (c *Canvas) Right(role theme.Role, text string, width int) {
	width = min(width, c.Left())
	text, cells := c.fit(text, width)
	c.Skip(width - cells)
	c.write(role, text, cells)
}

// Mark writes the one cell of a state.
func (c *Canvas) Mark(mark theme.Mark) {
	if c.Left() < 1 {
		return
	}
	if c.selected {
		c.out.WriteString(mark.Selected)
	} else {
		c.out.WriteString(mark.Cell)
	}
	c.used++
}

// Skip leaves cells empty.
func (c *Canvas) Skip(cells int) {
	cells = min(cells, c.Left())
	if cells <= 0 {
		return
	}
	c.write(theme.Plain, spaces(cells), cells)
}

// To leaves cells empty up to a column, counted from 0.
func (c *Canvas) To(column int) { c.Skip(column - c.used) }

// Repeat writes a one-cell glyph cells times.
func (c *Canvas) Repeat(role theme.Role, glyph string, cells int) {
	cells = min(cells, c.Left())
	if cells <= 0 {
		return
	}
	c.write(role, strings.Repeat(glyph, cells), cells)
}

// Glyphs writes as many glyphs of one cell each as fit. They come from the program
// itself, not from outside.
func (c *Canvas) Glyphs(role theme.Role, glyphs []rune) {
	glyphs = glyphs[:min(len(glyphs), max(0, c.Left()))]
	c.write(role, string(glyphs), len(glyphs))
}

// End ends the line. A selected line is filled to its width.
func (c *Canvas) End() {
	if c.selected {
		c.Skip(c.Left())
	}
	c.out.WriteByte('\n')
	c.used, c.selected = 0, false
	c.lines++
}

// Fill ends lines until there are as many as height.
func (c *Canvas) Fill(height int) {
	for c.lines < height {
		c.End()
	}
}

// String returns the lines, without a line end after the last.
func (c *Canvas) String() string { return strings.TrimSuffix(c.out.String(), "\n") }

func (c *Canvas) write(role theme.Role, text string, cells int) {
	if cells == 0 {
		return
	}
	style := c.theme.Style(role)
	if c.selected {
		c.out.WriteString(style.Chosen(text))
	} else {
		c.out.WriteString(style.Wrap(text))
	}
	c.used += cells
}

// fit makes text safe and cuts it to limit cells; it returns its width.
func (c *Canvas) fit(text string, limit int) (string, int) {
	if limit <= 0 || text == "" {
		return "", 0
	}
	if printable(text) {
		if len(text) <= limit {
			return text, len(text)
		}
	} else {
		text = scrub.Text(text)
	}
	cells := ansi.StringWidth(text)
	if cells <= limit {
		return text, cells
	}
	text = ansi.Truncate(text, limit, c.theme.Ellipsis)
	return text, ansi.StringWidth(text)
}

// printable reports whether text is ASCII without control characters, so that
// its bytes are its cells.
func printable(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] >= utf8.RuneSelf-1 {
			return false
		}
	}
	return true
}

func spaces(n int) string {
	const blank = "                                                                                "
	if n <= len(blank) {
		return blank[:n]
	}
	return strings.Repeat(" ", n)
}

// Append adds lines that another canvas of this width has drawn.
func (c *Canvas) Append(lines []string) {
	for _, line := range lines {
		c.out.WriteString(line)
		c.End()
	}
}
