package partition

import (
	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// readRows reads the rows of the generation that is shown.
func (p *Page) readRows() tea.Cmd {
	return p.Scope().Forecasts(effects.KindForecasts, forecast.SeriesQuery{Date: p.date, Generation: p.preview.generation})
}

// follow reads the rows of the generation under the cursor, if others are shown.
func (p *Page) follow() tea.Cmd {
	chosen, ok := p.selected()
	v := &p.preview
	switch {
	case !ok || v.generation == chosen.Generation:
		return nil
	case v.generation == "" && chosen.Current && !v.read: // they are asked for
		return nil
	}
	v.turn(chosen.Generation)
	return p.readRows()
}

// settle finds the generation under the cursor among those that were read: the first if
// none was chosen, or if the chosen one is gone.
func (p *Page) settle() tea.Cmd {
	chosen, ok := p.selected()
	switch {
	case !ok || p.cursor == chosen.Generation:
		return p.follow()
	case p.cursor == "":
		return p.point(chosen)
	}
	gone := "generation " + p.cursor + " of " + p.date.String() + " is not there, or not any more"
	return tea.Batch(p.point(chosen), page.Say(theme.Gate, gone))
}

// point moves the cursor to a generation.
func (p *Page) point(to forecast.Partition) tea.Cmd {
	p.cursor, p.seen = to.Generation, ""
	if to.Current {
		p.seen = to.Generation
	}
	return p.follow()
}

// newer returns the generation that readers see by now, while the one that is looked at
// was the current one when somebody began to.
func (p *Page) newer() (forecast.Partition, bool) {
	current, ok := p.current()
	return current, ok && p.seen != "" && p.seen != current.Generation
}
