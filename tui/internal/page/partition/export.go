package partition

import (
	"slices"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// Stored returns the generation under the cursor.
func (p *Page) Stored() (query forecast.ExportQuery, ok bool) {
	chosen, ok := p.selected()
	return forecast.ExportQuery{Date: p.date, Generation: chosen.Generation}, ok
}

// Rows returns what lies below the generations: the rows of the one under the cursor
// that the filter lets pass, in their order and with the columns of the table, or the
// series by which two differ.
func (p *Page) Rows() effects.Rows {
	if p.pane == paneDiff {
		return p.diff.rows("partition-" + p.date.String() + "-diff")
	}
	name := "partition-" + p.date.String()
	if p.preview.generation != "" {
		name += "-" + p.preview.generation
	}
	return p.preview.export(name, p.env.Pipeline.Series)
}

func (v *preview) export(name string, columns []string) effects.Rows {
	rows := effects.Rows{Name: name, Len: len(v.rows)}
	if rows.Len == 0 {
		return rows
	}
	forecasts, refs := v.forecasts, slices.Clone(v.rows)
	rows.Fields = append(page.ForecastFields(columns, forecasts[0].Levels), "model")
	rows.At = func(i int) []any {
		f := forecasts[refs[i].series]
		return append(page.ForecastValues(columns, f, f.Points[refs[i].point]), f.Model)
	}
	return rows
}

func (d *diff) rows(name string) effects.Rows {
	changes := d.value.Series
	value := func(sum *float64) any {
		if sum == nil {
			return nil
		}
		return *sum
	}
	return effects.Rows{
		Name: name, Fields: []string{"series", "from", "to"}, Len: len(changes),
		At: func(i int) []any {
			return []any{strings.Join(changes[i].Series.Parts(), " / "), value(changes[i].From), value(changes[i].To)}
		},
	}
}
