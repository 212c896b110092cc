package days

import (
	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/tui/internal/page"
)

// Pick goes to a date; to a step of it if that is what was clicked at: the lists of the
// page are the dates, and those with each step.
func (p *Page) Pick(item page.Item) tea.Cmd {
	if item.At >= len(p.rows) {
		return nil
	}
	p.cursor = p.days[p.rows[item.At]].Date
	if item.List > 0 {
		p.step = item.List
	}
	return nil
}
