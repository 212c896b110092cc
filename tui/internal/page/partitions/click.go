package partitions

import (
	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/tui/internal/page"
)

// Pick goes to a partition.
func (p *Page) Pick(item page.Item) tea.Cmd {
	if item.At < len(p.rows) {
		p.cursor = p.rows[item.At].at()
	}
	return nil
}
