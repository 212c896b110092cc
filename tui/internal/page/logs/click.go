package logs

import (
	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/tui/internal/page"
)

// Lists of the page: lines by their number in the log.
const (
	lines = iota
	folded
)

// Click returns the line that was clicked at: below the state of the log.
func (p *Page) Click(_, y int) (page.Item, bool) {
	const state = 1
	line, ok := p.view.At(y - state)
	switch {
	case !ok:
		return page.Item{}, false
	case p.view.Folds(line):
		return page.Item{List: folded, At: line}, true
	default:
		return page.Item{List: lines, At: line}, true
	}
}

// Pick goes to a line, and opens what is folded there.
func (p *Page) Pick(item page.Item) tea.Cmd {
	p.typing, p.jump, p.goal = nil, false, page.Find{}
	p.view.Go(item.At)
	if item.List == folded {
		p.view.Open()
	}
	return nil
}
