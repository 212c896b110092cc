// Package result turns the files that executions made into what front ends show:
// forecasts by series with their actuals, and how two generations differ. Where
// the files are is the engine's affair.
package result

import (
	"errors"
	"math"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/series"
)

// columns are the columns of a partition, row by row of a series and by
// ascending target date.
type columns struct {
	keys   []series.Key
	dates  []calendar.Date
	means  []float64
	models []string
	lower  [][]float64 // by level
	upper  [][]float64
}

func columnsOf(frame *lake.Frame, d forecast.Definition) (c columns, err error) {
	if c.keys, err = lake.KeyColumn(frame, d.Source.Series); err != nil {
		return c, err //nolint:wrapcheck // the lake names the column
	}
	if c.dates, err = lake.Column[[]calendar.Date](frame, lake.DateColumn); err != nil {
		return c, err //nolint:wrapcheck // as above
	}
	if c.means, err = lake.Column[[]float64](frame, lake.MeanColumn); err != nil {
		return c, err //nolint:wrapcheck // as above
	}
	if c.models, err = lake.Column[[]string](frame, lake.ModelColumn); err != nil {
		return c, err //nolint:wrapcheck // as above
	}
	for _, level := range d.Forecast.Levels {
		lower, errLower := lake.Column[[]float64](frame, lake.LowerColumn(level))
		upper, errUpper := lake.Column[[]float64](frame, lake.UpperColumn(level))
		if err := errors.Join(errLower, errUpper); err != nil {
			return c, err
		}
		c.lower, c.upper = append(c.lower, lower), append(c.upper, upper)
	}
	return c, nil
}

func (c columns) point(i int) forecast.Point {
	p := forecast.Point{Date: c.dates[i], Mean: c.means[i]}
	for k := range c.lower {
		p.Lower, p.Upper = append(p.Lower, c.lower[k][i]), append(p.Upper, c.upper[k][i])
	}
	return p
}

func compareKeys(a, b series.Key) int { return strings.Compare(string(a), string(b)) }

// Series returns the forecasts in the rows of a generation that a query asks
// for, ordered by series, without actuals. A query without a series asks for all.
func Series(frame *lake.Frame, d forecast.Definition, query forecast.SeriesQuery, of forecast.Partition) ([]forecast.SeriesForecast, error) {
	rows, err := columnsOf(frame, d)
	if err != nil {
		return nil, err
	}
	var list []forecast.SeriesForecast
	for i, key := range rows.keys {
		if query.Series != "" && key != query.Series {
			continue
		}
		if len(list) == 0 || list[len(list)-1].Series != key {
			list = append(list, forecast.SeriesForecast{
				Series: key, Date: query.Date, Generation: of.Generation, FallbackOf: of.FallbackOf, Model: rows.models[i],
				Levels: slices.Clone(d.Forecast.Levels),
			})
		}
		last := &list[len(list)-1]
		last.Points = append(last.Points, rows.point(i))
	}
	slices.SortStableFunc(list, func(a, b forecast.SeriesForecast) int { return compareKeys(a.Series, b.Series) })
	return list, nil
}

// ActualsWindow returns the dates of which a query wants actuals.
func ActualsWindow(d forecast.Definition, query forecast.SeriesQuery) calendar.Range {
	return calendar.Range{From: query.Date - calendar.Date(query.History) + 1, To: query.Date + calendar.Date(d.Forecast.Horizon)}
}

// ActualColumns are the columns of an extract that AddActuals reads.
func ActualColumns(d forecast.Definition) []string {
	return append(slices.Clone(d.Source.Series), lake.DateColumn, lake.ValueColumn)
}

// AddActuals puts the observations of an extract that lie in a window before
// those that are there. It returns the first date of the extract.
func AddActuals(list []forecast.SeriesForecast, rows *lake.Frame, d forecast.Definition, window calendar.Range) (calendar.Date, error) {
	seen, err := Observations(rows, d)
	if err != nil {
		return 0, err
	}
	index := make(map[series.Key]*forecast.SeriesForecast, len(list))
	for i := range list {
		index[list[i].Series] = &list[i]
	}
	first := calendar.Date(math.MaxInt32)
	found := make(map[series.Key][]forecast.Observation)
	for i, date := range seen.Dates {
		first = min(first, date)
		if key := seen.Keys[i]; window.Contains(date) && index[key] != nil && !math.IsNaN(seen.Values[i]) {
			found[key] = append(found[key], forecast.Observation{Date: date, Value: seen.Values[i]})
		}
	}
	for key, observations := range found {
		index[key].Actuals = append(observations, index[key].Actuals...)
	}
	return first, nil
}
