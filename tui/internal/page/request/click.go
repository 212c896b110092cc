package request

import (
	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/tui/internal/page"
)

// asked is the number of a question itself; those from 0 on are its choices.
const asked = -1

// Pick goes to a question of the form: the lists of the page. A choice that is clicked
// at is made.
func (p *Page) Pick(item page.Item) tea.Cmd {
	p.at = item.List
	if item.At == asked {
		return nil
	}
	p.fields[p.at].chosen = item.At
	return p.ask()
}

// Wheel scrolls the dates of the plan.
func (p *Page) Wheel(_, rows int) tea.Cmd {
	p.scroll = max(0, p.scroll+rows) // as far as there is more: see rows
	return nil
}
