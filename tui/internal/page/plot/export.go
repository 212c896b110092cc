package plot

import (
	"maps"
	"slices"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// Rows returns the dates of the series that is plotted: what came, of as many
// days as were chosen, and what was forecast.
func (p *Page) Rows() effects.Rows {
	rows := effects.Rows{Name: "forecast-" + p.date.String()}
	if !p.loaded {
		return rows
	}
	columns, f := p.env.Pipeline.Series, p.shown
	points, actuals := make(map[calendar.Date]forecast.Point), make(map[calendar.Date]float64)
	dates := make(map[calendar.Date]bool)
	for _, point := range f.Points {
		points[point.Date], dates[point.Date] = point, true
	}
	first := f.Date - calendar.Date(histories()[p.history]-1)
	for _, seen := range f.Actuals {
		if seen.Date < first {
			continue
		}
		actuals[seen.Date], dates[seen.Date] = seen.Value, true
	}
	order := slices.Sorted(maps.Keys(dates))
	rows.Len, rows.Fields = len(order), append(page.ForecastFields(columns, f.Levels), "actual", "model")
	rows.At = func(i int) []any {
		point, ok := points[order[i]]
		values := append(page.SeriesValues(columns, f.Series.Parts()), order[i])
		if ok {
			values = page.ForecastValues(columns, f, point)
		}
		for len(values) < len(rows.Fields)-2 {
			values = append(values, nil)
		}
		if actual, ok := actuals[order[i]]; ok {
			return append(values, actual, f.Model)
		}
		return append(values, nil, f.Model)
	}
	return rows
}
