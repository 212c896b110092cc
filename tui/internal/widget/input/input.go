// Package input is a line of text that is being typed.
package input

import (
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast/scrub"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// Input holds text and the place in it where typing goes. The zero Input is
// empty and ready.
type Input struct {
	text    []rune
	at      int
	offered bool // all of it is marked: what is typed takes its place
}

// Offer is Set for a text that nobody has typed: it is marked as a whole, and what is
// typed takes its place. Whoever moves in it or edits it takes it.
func (i *Input) Offer(text string) {
	i.Set(text)
	i.offered = len(i.text) > 0
}

// Set replaces the text and goes to its end.
func (i *Input) Set(text string) {
	i.text = []rune(scrub.Text(text))
	i.at, i.offered = len(i.text), false
}

// Text returns what was typed.
func (i *Input) Text() string { return string(i.text) }

// Key types or edits. It reports whether it took the key; esc, enter, tab and
// unknown control keys are left to the caller.
func (i *Input) Key(msg tea.KeyPressMsg) (handled bool) {
	switch name := msg.String(); {
	case !i.offered, name == "enter", name == "tab", name == "esc":
	case name == "backspace", name == "ctrl+h", name == "delete", name == "ctrl+d":
		i.Set("")
		return true
	case msg.Text == "":
		i.offered = false
	}
	switch msg.String() {
	case "backspace", "ctrl+h":
		i.cut(i.at - 1)
	case "delete", "ctrl+d":
		if i.at < len(i.text) {
			i.at++
			i.cut(i.at - 1)
		}
	case "ctrl+w", "alt+backspace":
		i.cut(i.word())
	case "ctrl+u":
		i.cut(0)
	case "left":
		i.at = max(0, i.at-1)
	case "right":
		i.at = min(len(i.text), i.at+1)
	case "home", "ctrl+a":
		i.at = 0
	case "end", "ctrl+e":
		i.at = len(i.text)
	default:
		if msg.Text == "" {
			return false
		}
		i.Insert(msg.Text)
	}
	return true
}

// Insert adds text where typing goes; line ends become spaces.
func (i *Input) Insert(text string) {
	if i.offered {
		i.Set("")
	}
	added := []rune(scrub.Text(text))
	rest := append(added, i.text[i.at:]...)
	i.text = append(i.text[:i.at:i.at], rest...)
	i.at += len(added)
}

// cut removes what lies between an index and the cursor.
func (i *Input) cut(from int) {
	if from < 0 {
		return
	}
	i.text = append(i.text[:from:from], i.text[i.at:]...)
	i.at = from
}

func (i *Input) word() int {
	from := i.at
	for from > 0 && unicode.IsSpace(i.text[from-1]) {
		from--
	}
	for from > 0 && !unicode.IsSpace(i.text[from-1]) {
		from--
	}
	return from
}

// Render draws the text in width cells, scrolled so that the cursor is seen,
// and returns the column of the cursor within them.
func (i *Input) Render(c *draw.Canvas, role theme.Role, width int) (cursor int) {
	if width < 1 {
		return 0
	}
	before := string(i.text[:i.at])
	for draw.Width(before) >= width && before != "" {
		_, size := firstRune(before)
		before = before[size:]
	}
	cursor = draw.Width(before)
	if i.offered {
		shown := min(width, draw.Width(before))
		c.Select()
		c.Cell(role, before, shown)
		c.Deselect()
		c.Skip(width - shown)
		return cursor
	}
	c.Cell(role, strings.TrimSuffix(before+string(i.text[i.at:]), "\n"), width)
	return cursor
}

func firstRune(text string) (first rune, size int) {
	for at, r := range text {
		if at > 0 {
			return first, at
		}
		first = r
	}
	return first, len(text)
}
