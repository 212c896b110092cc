package page

import (
	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// Item is what the cursor of a page can be on: one of a list, by its number there. Which
// lists there are is the page's own matter.
type Item struct{ List, At int }

// Clicker is a page whose items take clicks.
type Clicker interface {
	// Click returns the item that was clicked at, as the page was drawn last; x and y
	// count from its upper left corner. It is false if none lies there.
	Click(x, y int) (Item, bool)
	// Pick does what a click on an item does: the cursor goes there. It changes nothing
	// of what runs.
	Pick(item Item) tea.Cmd
}

// Chooser is a dialog whose enter does what is under its cursor: Leads reports whether
// that leads to a change of what runs.
type Chooser interface{ Leads() bool }

// spot is where an item lies: some cells of a line.
type spot struct {
	line, from, to int
	item           Item
}

// Canvas returns an empty canvas for the page, on which no item lies yet.
func (f *Frame) Canvas(look *theme.Theme, width int) *draw.Canvas {
	f.spots = f.spots[:0]
	return draw.New(look, width)
}

// Spot says that an item lies on what is left of a line. Another one that begins further
// on takes the rest of it.
func (f *Frame) Spot(c *draw.Canvas, item Item) {
	f.SpotAt(c.Lines(), c.Column(), item)
}

// SpotAt says that an item lies on a line from a column on.
func (f *Frame) SpotAt(line, from int, item Item) {
	if last := len(f.spots) - 1; last >= 0 && f.spots[last].line == line && f.spots[last].to > from {
		f.spots[last].to = from
	}
	f.spots = append(f.spots, spot{line, from, f.Width, item})
}

// SpotEnd says that what is left of a line is no item.
func (f *Frame) SpotEnd(c *draw.Canvas) {
	if last := len(f.spots) - 1; last >= 0 && f.spots[last].line == c.Lines() {
		f.spots[last].to = c.Column()
	}
}

// Click returns the item that was clicked at.
func (f *Frame) Click(x, y int) (Item, bool) {
	for _, one := range f.spots {
		if one.line == y && x >= one.from && x < one.to {
			return one.item, true
		}
	}
	return Item{}, false
}

// Click returns the item that was clicked at. Whoever goes there has typed the filter.
func (f *Filtered) Click(x, y int) (Item, bool) {
	item, ok := f.Frame.Click(x, y)
	if ok {
		f.Filter.Close()
	}
	return item, ok
}
