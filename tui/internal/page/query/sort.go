package query

import (
	"cmp"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// asked is the order in which the query gives its rows.
const asked = "as-asked"

// Columns returns what the rows can be sorted by: the order of the query, or any
// column.
func (p *Page) Columns() []string {
	names := []string{asked}
	for _, column := range p.table.Columns {
		names = append(names, column.Name)
	}
	return names
}

// Sort sorts the rows.
func (p *Page) Sort(order page.Order) tea.Cmd {
	p.order = order
	p.arrange()
	switch {
	case order.Column == asked && !order.Reverse:
		p.order = page.Order{}
		return page.Say(theme.Faint, "rows as the query gives them")
	case order.Reverse:
		return page.Say(theme.Faint, "rows by "+order.Column+", the largest first")
	default:
		return page.Say(theme.Faint, "rows by "+order.Column)
	}
}

// sortNext sorts by the column under the cursor, then turns that around, then goes back
// to the order of the query.
func (p *Page) sortNext() tea.Cmd {
	if p.column >= len(p.table.Columns) {
		return nil
	}
	name := p.table.Columns[p.column].Name
	switch {
	case p.order.Column != name:
		return p.Sort(page.Order{Column: name})
	case !p.order.Reverse:
		return p.Sort(page.Order{Column: name, Reverse: true})
	default:
		return p.Sort(page.Order{Column: asked})
	}
}

// sort puts the rows that are shown in order. The cursor stays on its row.
func (p *Page) sort() {
	at := slices.IndexFunc(p.table.Columns, func(c forecast.Column) bool { return c.Name == p.order.Column })
	switch {
	case at >= 0:
		slices.SortStableFunc(p.rows, func(a, b int) int {
			one, other := p.table.Rows[a][at], p.table.Rows[b][at]
			switch {
			case one == nil || other == nil: // NULL comes last, in either direction
				return cmp.Compare(missing(one), missing(other))
			default:
				return p.order.Turn(compare(one, other))
			}
		})
	case p.order.Reverse:
		slices.Reverse(p.rows)
	}
}

func missing(cell any) int {
	if cell == nil {
		return 1
	}
	return 0
}

// compare compares two cells of a column: numbers and instants as such, all else as
// it is shown.
func compare(a, b any) int {
	if one, ok := a.(time.Time); ok {
		if other, ok := b.(time.Time); ok {
			return one.Compare(other)
		}
	}
	one, isNumber := number(a)
	other, areNumbers := number(b)
	if isNumber && areNumbers {
		return cmp.Compare(one, other)
	}
	return strings.Compare(cellText(a), cellText(b))
}

func number(cell any) (value float64, ok bool) {
	switch cell := cell.(type) {
	case int64:
		return float64(cell), true
	case float64:
		return cell, true
	default:
		return 0, false
	}
}
