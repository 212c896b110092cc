package app

import (
	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// openConsole opens what the page on top shows in the console of the engine.
func (m *Model) openConsole() tea.Cmd {
	top := m.top().page
	if linked, ok := top.(page.Linked); ok {
		if query, ok := linked.Link(); ok {
			return m.scope.Link(query)
		}
	}
	if dated, ok := top.(page.Dated); ok && !dated.Date().IsZero() {
		return m.scope.Link(forecast.LinkQuery{Kind: forecast.LinkStep, Date: dated.Date()})
	}
	return page.Say(theme.Faint, "there is no day here to open in the console")
}

// linked says what was opened, or copies the address.
func (m *Model) linked(found effects.Linked) tea.Cmd {
	switch {
	case found.Err != nil:
		return page.Say(theme.Bad, found.Err.Error())
	case found.With != "":
		return page.Say(theme.Good, "opened with "+found.With+": "+found.What)
	default:
		return m.env.Effects.Copy(found.URL)
	}
}
