// Package filter is the last line of a list: the words that its rows must have.
package filter

import (
	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/keys"
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

// Close ends typing; the words stay.
func (b *Bar) Close() { b.typing = false }

// Typing reports whether keys are text.
func (b *Bar) Typing() bool { return b.typing }

// Shown reports whether the list gives its last line away.
func (b *Bar) Shown() bool { return b.typing || b.words.Text() != "" }

// Text returns the words.
func (b *Bar) Text() string { return b.words.Text() }

// Set replaces the words.
func (b *Bar) Set(text string) { b.words.Set(text) }

// Clear takes the words away, and reports whether there were any.
func (b *Bar) Clear() bool {
	had := b.words.Text() != ""
	b.words.Set("")
	return had
}

// Takes reports whether a message is for the words, as they are typed: a text, or
// that typing ends.
func (b *Bar) Takes(msg tea.Msg) bool {
	switch msg := msg.(type) {
	case tea.KeyPressMsg, tea.PasteMsg:
		return b.typing
	case keys.Pressed:
		return b.typing && (msg.Action == keys.Confirm || msg.Action == keys.Back)
	default:
		return false
	}
}

// Take types, and ends typing: the words are kept, or taken away. It reports
// whether they may have changed.
func (b *Bar) Take(msg tea.Msg) (changed bool) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return b.words.Key(msg)
	case tea.PasteMsg:
		b.words.Insert(msg.Content)
		return true
	case keys.Pressed:
		b.typing = false
		return msg.Action == keys.Back && b.Clear()
	default:
		return false
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
