package plot

import (
	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// Lists of the page: the series by their rows, and the dates of the plot.
const (
	listed = iota
	plotted
)

// spotSeries says where series lie that are listed in lines from one on, from a column
// on.
func (p *Page) spotSeries(line, column, rows int) {
	for i := range min(rows, len(p.rows)-p.top) {
		p.SpotAt(line+i, column, page.Item{List: listed, At: p.top + i})
	}
}

// Click returns the series that was clicked at, or the date of the plot.
func (p *Page) Click(x, y int) (page.Item, bool) {
	if item, ok := p.Filtered.Click(x, y); ok {
		return item, true
	}
	date, ok := p.plot().At(p.plotWidth(), x)
	return page.Item{List: plotted, At: int(date)}, ok && p.loaded && y >= p.drawn.from && y < p.drawn.to
}

// Pick shows a series, or the numbers of a date.
func (p *Page) Pick(item page.Item) tea.Cmd {
	switch {
	case item.List == plotted:
		p.cursor = calendar.Date(item.At)
	case item.At < len(p.rows):
		return p.turnTo(p.list[p.rows[item.At]].series)
	}
	return nil
}
