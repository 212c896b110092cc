package palette

import (
	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/tui/internal/page"
)

// Pick goes to a suggestion.
func (p *Page) Pick(item page.Item) tea.Cmd {
	p.cursor, p.chosen = item.At, true
	return nil
}

// Leads reports whether the suggestion under the cursor leads to a change.
func (p *Page) Leads() bool {
	if p.cursor >= len(p.list) {
		return false
	}
	s := p.list[p.cursor]
	if s.at > 0 {
		return p.keys[s.at-1].Changes
	}
	line, _, _ := pasted(s.line)
	c, _, ok := p.meantBy(line)
	return ok && c.changes
}
