package app

import (
	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// export writes what the page on top shows to a file; without a name the page
// chooses one.
func (m *Model) export(file string) tea.Cmd {
	switch top := m.top().page.(type) {
	case page.Exporter:
		return top.Export(file)
	case page.Lister:
		rows := top.Rows()
		if rows.Len == 0 {
			return page.Say(theme.Faint, "no row is shown that could be written to a file")
		}
		return tea.Sequence(page.Say(theme.Faint, "writing "+draw.Count(rows.Len)+" rows"), m.scope.ExportRows(file, rows))
	default:
		return page.Say(theme.Faint, "this page has no rows that could be written to a file")
	}
}
