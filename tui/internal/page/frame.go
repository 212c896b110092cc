package page

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/widget/filter"
)

// Frame is what every page has: requests of its own and a size. Pages embed it.
type Frame struct {
	Width, Height int

	scope *effects.Scope
	spots []spot // as it was drawn last
}

// NewFrame returns the frame of a new page; its size comes with Resize.
func NewFrame(env *Env) Frame { return Frame{scope: env.Effects.Scope()} }

// Scope returns the page's requests.
func (f *Frame) Scope() *effects.Scope { return f.scope }

// Resize sets the size in cells.
func (f *Frame) Resize(width, height int) { f.Width, f.Height = width, height }

// Filtered is the frame of a page whose list is filtered by words in its last line.
type Filtered struct {
	Frame

	Filter filter.Bar

	env    *Env
	narrow func()
}

// NewFiltered returns the frame of a new page; narrow lists anew what the words let
// pass, whenever they have changed.
func NewFiltered(env *Env, narrow func()) Filtered {
	return Filtered{Frame: NewFrame(env), env: env, narrow: narrow}
}

// Focused reports whether the filter is typed.
func (f *Filtered) Focused() bool { return f.Filter.Typing() }

// Cursor returns where it is typed.
func (f *Filtered) Cursor() (x, y int) { return f.Filter.Column(), max(0, f.Height-1) }

// Back takes the words away, and reports whether there were any.
func (f *Filtered) Back() bool {
	had := f.Filter.Clear()
	if had {
		f.narrow()
	}
	return had
}

// Typed reports whether a message was for the words, as they are typed.
func (f *Filtered) Typed(msg tea.Msg) bool {
	if !f.Filter.Takes(msg) {
		return false
	}
	if f.Filter.Take(msg) {
		f.narrow()
	}
	return true
}

// Screen returns what was drawn, cut to the height of the page. While the filter is
// shown the last line is its bar, which bar draws; nil: there is nothing to filter.
func (f *Filtered) Screen(c *draw.Canvas, bar func(*draw.Canvas)) string {
	lines := strings.Split(c.String(), "\n")
	lines = lines[:min(len(lines), max(1, f.Height))]
	if bar != nil && f.Filter.Shown() {
		last := draw.New(f.env.Theme, f.Width)
		bar(last)
		for len(lines) < f.Height {
			lines = append(lines, "")
		}
		lines = append(lines[:max(0, f.Height-1)], last.String())
	}
	return strings.Join(lines, "\n")
}
