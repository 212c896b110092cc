package doctor

import (
	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/tui/internal/page"
)

// Pick goes to a finding.
func (p *Page) Pick(item page.Item) tea.Cmd {
	p.at = item.At
	return nil
}
