package help

import (
	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/tui/internal/page"
)

// Pick goes to a key.
func (p *Page) Pick(item page.Item) tea.Cmd {
	p.cursor = item.At
	return nil
}

// Leads reports whether the key under the cursor leads to a change.
func (p *Page) Leads() bool {
	chosen, ok := p.chosen()
	return ok && chosen.Changes
}
