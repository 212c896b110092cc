package search

import (
	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/tui/internal/page"
)

// Pick goes to a row. A text that is being typed stays.
func (p *Page) Pick(item page.Item) tea.Cmd {
	p.row, p.moved, p.typing = item.At, true, false
	return nil
}
