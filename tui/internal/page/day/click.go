package day

import (
	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// Lists of the page.
const (
	attemptTabs = iota
	stepRows
)

// Pick shows an attempt, or goes to a step of the one that is shown.
func (p *Page) Pick(item page.Item) tea.Cmd {
	execution, ok := p.execution()
	switch {
	case !ok:
	case item.List == stepRows:
		p.choose(execution, item.At)
	case item.At < len(p.attempts):
		return p.show(p.attempts[item.At].Attempt)
	}
	return nil
}

// Wheel moves over the steps, and below them scrolls the text.
func (p *Page) Wheel(line, rows int) tea.Cmd {
	action := keys.Down
	if rows < 0 {
		action = keys.Up
	}
	if line < p.textAt {
		return p.press(keys.Pressed{Action: action})
	}
	p.scroll = max(0, p.scroll+rows) // as far as there is more: see attempted
	return nil
}
