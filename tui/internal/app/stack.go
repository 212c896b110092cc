package app

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// deepest is how many pages lie on each other at most; of those before, the oldest
// is forgotten, but never the home page.
const deepest = 20

// push opens a page on top.
func (m *Model) push(place page.Place) tea.Cmd {
	row, ok := m.table[place.Kind]
	if !ok {
		return page.Say(theme.Bad, "there is no page "+string(place.Kind))
	}
	if place.Unasked {
		now := m.env.Effects.Wall()
		m.guard = guard{opened: now, last: now}
	}
	m.echo = echo{m.pressed, m.env.Effects.Wall()}
	m.stack = append(m.stack, opened{kind: place.Kind, page: row.open(m.env, place), dialog: row.dialog})
	if len(m.stack) > deepest { // whoever goes round in circles still gets home
		m.stack[1].page.Scope().Close()
		m.stack = slices.Delete(m.stack, 1, 2)
	}
	m.resize()
	return m.top().page.Init()
}

// pop closes the top page; the home page stays.
func (m *Model) pop() {
	if len(m.stack) == 1 {
		return
	}
	m.top().page.Scope().Close()
	m.stack = m.stack[:len(m.stack)-1]
	m.resize()
}

func (m *Model) top() opened { return m.stack[len(m.stack)-1] }

// tick lets time pass while work is shown, and only then.
func (m *Model) tick() tea.Cmd {
	if m.ticking || m.quitting || m.away {
		return nil
	}
	for _, open := range m.visible() {
		if worker, ok := open.page.(page.Worker); ok && worker.Busy() {
			m.ticking = true
			return m.env.Effects.Tick()
		}
	}
	return nil
}

// visible returns the dialogs on top and the page below them, bottom first.
func (m *Model) visible() []opened {
	at := len(m.stack) - 1
	for at > 0 && m.stack[at].dialog {
		at--
	}
	return m.stack[at:]
}
