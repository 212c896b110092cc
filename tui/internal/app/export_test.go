package app

import "github.com/daybatch/daybatch/tui/internal/page"

// Top returns the kind of the page or dialog on top.
func (m *Model) Top() page.Kind { return m.top().kind }

// Depth returns how many pages and dialogs are open.
func (m *Model) Depth() int { return len(m.stack) }

// Page returns the page or dialog on top.
func (m *Model) Page() page.Page { return m.top().page }

// Kinds returns every kind of page that can be opened.
func Kinds() []page.Kind {
	var kinds []page.Kind
	for kind := range table() {
		kinds = append(kinds, kind)
	}
	return kinds
}
