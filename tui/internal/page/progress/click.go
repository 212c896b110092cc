package progress

import (
	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/tui/internal/page"
)

// Pick goes to a date.
func (p *Page) Pick(item page.Item) tea.Cmd {
	plan, _ := p.plan()
	p.move(p.listed(plan), item.At)
	return nil
}
