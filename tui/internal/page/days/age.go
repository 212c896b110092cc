package days

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// old reports whether a line says how old the days are.
func (p *Page) old() bool { return p.early || p.failed != nil }

// age draws that line.
func (p *Page) age(c *draw.Canvas) {
	if p.failed != nil {
		p.env.Stale(c, p.failed, p.env.Clock(p.read))
		return
	}
	c.Skip(1)
	c.Mark(p.env.Theme.Spinner(p.env.Frame))
	c.Put(theme.Plain, " shown as of "+p.env.Clock(p.read)+", when they were read last")
	c.End()
}

// keep keeps the days for the next start.
func (p *Page) keep() tea.Cmd {
	if p.kept || p.early || p.read.IsZero() {
		return nil
	}
	p.kept = true
	return p.Scope().KeepDays(effects.Snapshot{At: p.read, Days: slices.Clone(p.days[:min(len(p.days), firstRead)])})
}

// Stalled returns why what is shown was not read again.
func (p *Page) Stalled() (failed *effects.Failed, told bool) { return p.failed, len(p.days) == 0 }
