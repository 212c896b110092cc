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
	pen      pen
	empty    int // cells before the next text that are not written yet
}

// pen is the style that is being written. It stays down while the style is the
// same, and across gaps, which the renderer erases in any style: a terminal far away
// has to be sent each change.
type pen struct {
	role     theme.Role
	selected bool
	down     bool // the style is open
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

// Column returns how many cells of the current line are used.
func (c *Canvas) Column() int { return c.used }

// Left returns how many cells the current line still has.
func (c *Canvas) Left() int { return c.width - c.used }

// Select makes the current line the selected one, from here to its end, or to
// Deselect. What is selected is painted anew with each move of the cursor: leave
// it short.
func (c *Canvas) Select() {
	if !c.selected {
		c.blank()
		c.selected = true
	}
}

// Row says whether a row of a list is the selected one.
type Row bool

// Pointer writes the one cell before a row of a list, and begins the selection if
// the row is the selected one. Where there are colours the cell is a block of one,
// and the row has the same characters as when it is not selected: the renderer knows
// rows by these, and lets the terminal move a row that it knows, where it would write
// all of another anew.
func (c *Canvas) Pointer(selected Row) {
	switch {
	case !bool(selected):
		c.Skip(1)
	case c.theme.Coloured():
		c.Put(theme.Band, " ")
		c.Select()
	default:
		c.Select()
		c.Put(theme.Plain, c.theme.Cursor)
	}
}

// Deselect ends what Select began before the line ends.
func (c *Canvas) Deselect() {
	if c.selected {
		c.blank()
		c.selected = false
	}
}

// Theme returns what the canvas draws with.
func (c *Canvas) Theme() *theme.Theme { return c.theme }

// Put writes text in a role's style.
func (c *Canvas) Put(role theme.Role, text string) {
	text, cells := c.fit(text, c.Left())
	c.write(role, text, cells)
}

// Cell writes text to the left of a column that is width cells wide. Of a text that
// must be cut a blank is left before the next column: both would read as one word.
func (c *Canvas) Cell(role theme.Role, text string, width int) {
	width = min(width, c.Left())
	room := width
	if c.Left() > width && len(text) > width && Width(text) > width {
		room--
	}
	text, cells := c.fit(text, room)
	c.write(role, text, cells)
	c.Skip(width - cells)
}

// Ends is Cell for a text whose end says as much as its beginning, as that of an
// error does: what doesn't fit is left out of the middle.
func (c *Canvas) Ends(role theme.Role, text string, width int) {
	width = min(width, c.Left())
	if !printable(text) {
		text = scrub.Text(text)
	}
	if cells := Width(text); cells > width {
		room := max(0, width-Width(c.theme.Ellipsis))
		end := room / 2
		text = ansi.Truncate(text, room-end, "") + c.theme.Ellipsis + ansi.TruncateLeft(text, cells-end, "")
	}
	c.Cell(role, text, width)
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
	c.write(mark.Role, mark.Glyph, 1)
}

// Skip leaves cells empty.
func (c *Canvas) Skip(cells int) {
	cells = min(cells, c.Left())
	if cells <= 0 {
		return
	}
	c.empty += cells
	c.used += cells
}

// blank writes the empty cells that Skip has left. Within the selection blanks
// of all styles look alike; elsewhere what is blank to the end of a line is
// cheaper without one.
func (c *Canvas) blank() {
	if c.empty > 0 {
		if !c.selected || !c.pen.selected || !c.pen.role.Runs() {
			c.style(theme.Plain)
		}
		c.out.WriteString(spaces(c.empty))
		c.empty = 0
	}
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
	c.blank()
	c.lift()
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
func (c *Canvas) String() string {
	c.blank()
	c.lift()
	return strings.TrimSuffix(c.out.String(), "\n")
}

func (c *Canvas) write(role theme.Role, text string, cells int) {
	if cells == 0 {
		return
	}
	if !c.pen.down || !c.pen.role.Runs() {
		c.blank()
	}
	c.out.WriteString(spaces(c.empty))
	c.empty = 0
	c.style(role)
	c.out.WriteString(text)
	c.used += cells
}

// style begins a role's style, unless it is the one that is being written.
func (c *Canvas) style(role theme.Role) {
	want := pen{role, c.selected, true}
	if c.pen == want {
		return
	}
	c.lift()
	open := c.theme.Style(role).Open()
	if c.selected {
		open = c.theme.Style(role).OpenChosen()
	}
	if open != "" {
		c.out.WriteString(open)
		c.pen = want
	}
}

// lift ends the style that is being written, if there is one.
func (c *Canvas) lift() {
	if c.pen.down {
		c.out.WriteString(theme.Reset)
	}
	c.pen = pen{}
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
		c.blank()
		c.lift()
		c.out.WriteString(line)
		c.End()
	}
}

// Beside adds lines of two canvases beside each other, those of the right one from a
// column on.
func (c *Canvas) Beside(left, right []string, column int) {
	for i := range max(len(left), len(right)) {
		line := ""
		if i < len(left) {
			line = left[i]
		}
		if i < len(right) && right[i] != "" {
			line += spaces(max(0, column-ansi.StringWidth(line))) + right[i]
		}
		c.Append([]string{line})
	}
}
