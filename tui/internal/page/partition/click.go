package partition

import (
	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// Lists of the page.
const (
	generations = iota
	paneRows
)

// pointer begins a row of the pane.
func (p *Page) pointer(c *draw.Canvas, at, cursor int) {
	p.Spot(c, page.Item{List: paneRows, At: at})
	c.Pointer(draw.Row(at == cursor && p.below))
}

// Pick goes to a generation, or to a row of the pane below.
func (p *Page) Pick(item page.Item) tea.Cmd {
	p.below = item.List == paneRows
	if at, count, _ := p.lies(); item.At < count && item.At != at {
		return p.to(item.At)
	}
	return nil
}

// Wheel moves in the list that the mouse points to.
func (p *Page) Wheel(line, rows int) tea.Cmd {
	if item, ok := p.Frame.Click(0, line); ok {
		p.below = item.List == paneRows
	}
	at, count, _ := p.lies()
	if count == 0 {
		return nil
	}
	return p.to(layout.Clamp(at+rows, 0, count-1))
}
