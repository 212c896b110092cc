// Package filter is the last line of a list: the words that its rows must have.
package filter

import (
	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/theme"
	"github.com/daybatch/daybatch/tui/internal/widget/input"
)

// widest is how many cells the words may take.
const widest = 40

// Bar holds the words, and whether they are being typed. The zero Bar is empty.
type Bar struct {
	words  input.Input
	typing bool
	x      int
}

// Open begins to type.
func (b *Bar) Open() { b.typing = true }

// Typing reports whether keys are text.
func (b *Bar) Typing() bool { return b.typing }

// Shown reports whether the list gives its last line away.
func (b *Bar) Shown() bool { return b.typing || b.words.Text() != "" }

// Text returns the words.
func (b *Bar) Text() string { return b.words.Text() }

// Set replaces the words.
func (b *Bar) Set(text string) { b.words.Set(text) }

// Paste adds text where typing goes.
func (b *Bar) Paste(text string) { b.words.Insert(text) }

// Clear takes the words away, and reports whether there were any.
func (b *Bar) Clear() bool {
	had := b.words.Text() != ""
	b.words.Set("")
	return had
}

// Key types, and ends typing: enter keeps the words, esc takes them away. It
// reports whether the words may have changed.
func (b *Bar) Key(msg tea.KeyPressMsg) (changed bool) {
	switch msg.String() {
	case "enter":
		b.typing = false
		return false
	case "esc":
		b.typing = false
		return b.Clear()
	default:
		return b.words.Key(msg)
	}
}

// Column returns where the text cursor was drawn.
func (b *Bar) Column() int { return b.x }

// Draw draws the words in a line of width cells, and what the list says of them.
func (b *Bar) Draw(c *draw.Canvas, width int, says string) {
	c.Put(theme.Accent, " /")
	b.x = 2 + b.words.Render(c, theme.Plain, layout.Clamp(width/2, 1, widest))
	c.Put(theme.Faint, " "+says)
	c.End()
}
