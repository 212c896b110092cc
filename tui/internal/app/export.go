package app

import (
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// export writes what the page on top shows to a file; without a name the page
// chooses one.
func (m *Model) export(file string) tea.Cmd {
	if strings.EqualFold(filepath.Ext(file), "."+string(forecast.FormatParquet)) {
		return m.exportStored(file)
	}
	switch top := m.top().page.(type) {
	case page.Exporter:
		return top.Export(file)
	case page.Lister:
		rows := top.Rows()
		if rows.Len == 0 {
			return page.Say(theme.Faint, "no row is shown that could be written to a file")
		}
		return tea.Sequence(page.Say(theme.Faint, "writing "+draw.Counted(rows.Len, "row")), m.scope.ExportRows(file, rows))
	default:
		return page.Say(theme.Faint, "this page has no rows that could be written to a file")
	}
}

// exportStored writes the partition that the page on top is about to a file as it is
// stored: all of it, whatever is shown.
func (m *Model) exportStored(file string) tea.Cmd {
	about, ok := m.top().page.(page.Stored)
	if !ok {
		return page.Say(theme.Faint, "only a partition (d on a day) is stored as Parquet: give a name that ends in .csv or .json")
	}
	query, ok := about.Stored()
	if !ok {
		return page.Say(theme.Faint, "there is no generation that could be written to a file")
	}
	query.Format = forecast.FormatParquet
	return tea.Sequence(page.Say(theme.Faint, "writing generation "+query.Generation), m.scope.ExportStored(file, query))
}
