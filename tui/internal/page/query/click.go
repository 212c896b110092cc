package query

import (
	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/tui/internal/page"
)

// Pick goes to a row.
func (p *Page) Pick(item page.Item) tea.Cmd {
	p.cursor = item.At
	return nil
}
