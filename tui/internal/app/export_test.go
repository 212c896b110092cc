package app

import (
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

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

// Look returns how the program looks, and SetLook changes it.
func (m *Model) Look() theme.Options { return m.env.Theme.Options }

// SetLook changes how the program looks.
func (m *Model) SetLook(options theme.Options) { m.env.Theme = theme.New(options) }

// Commanders returns the kinds of pages that name a command.
func (m *Model) Commanders() []page.Kind {
	var kinds []page.Kind
	for kind, row := range m.table {
		opened := row.open(m.env, page.Place{Kind: kind})
		if _, ok := opened.(page.Commander); ok {
			kinds = append(kinds, kind)
		}
		opened.Scope().Close()
	}
	return kinds
}
