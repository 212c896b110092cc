//go:build unix

package local

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/series"
	"github.com/daybatch/daybatch/forecast/step"
)

// forecastColumns are the columns of a partition, row by row of a series and by
// ascending target date.
type forecastColumns struct {
	keys   []series.Key
	dates  []calendar.Date
	means  []float64
	models []string
	lower  [][]float64 // by level
	upper  [][]float64
}

func (e *Engine) forecastColumns(frame *lake.Frame) (c forecastColumns, err error) {
	if c.keys, err = lake.KeyColumn(frame, e.definition.Source.Series); err != nil {
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
	for _, level := range e.definition.Forecast.Levels {
		lower, errLower := lake.Column[[]float64](frame, lake.LowerColumn(level))
		upper, errUpper := lake.Column[[]float64](frame, lake.UpperColumn(level))
		if err := errors.Join(errLower, errUpper); err != nil {
			return c, err
		}
		c.lower, c.upper = append(c.lower, lower), append(c.upper, upper)
	}
	return c, nil
}

func (c forecastColumns) point(i int) forecast.Point {
	p := forecast.Point{Date: c.dates[i], Mean: c.means[i]}
	for k := range c.lower {
		p.Lower, p.Upper = append(p.Lower, c.lower[k][i]), append(p.Upper, c.upper[k][i])
	}
	return p
}

func compareKeys(a, b series.Key) int { return strings.Compare(string(a), string(b)) }

// addActuals adds what the source had: from the newest extract that is on disk,
// and for dates before its history from the date's own.
func (e *Engine) addActuals(ctx context.Context, list []forecast.SeriesForecast, query forecast.SeriesQuery) error {
	window := calendar.Range{From: query.Date - calendar.Date(query.History) + 1, To: query.Date + calendar.Date(e.definition.Forecast.Horizon)}
	ids, err := e.store.Extracts(ctx, query.Date)
	if err != nil {
		return err //nolint:wrapcheck // the store says what was read
	}
	index := make(map[series.Key]*forecast.SeriesForecast, len(list))
	for i := range list {
		index[list[i].Series] = &list[i]
	}
	for _, id := range ids {
		first, err := e.addFrom(ctx, id, window, index)
		if err != nil {
			return err
		}
		if first.IsZero() || first <= window.From {
			return nil
		}
		window.To = first - 1
	}
	return nil
}

// addFrom puts the observations of an extract before those that are there. It
// returns the first date of the extract; zero if it can't be read any more.
func (e *Engine) addFrom(ctx context.Context, id forecast.ExecutionID, window calendar.Range, index map[series.Key]*forecast.SeriesForecast) (calendar.Date, error) {
	dir, err := e.latestTry(ctx, id, forecast.Extract)
	if err != nil {
		return 0, err
	}
	path := filepath.Join(e.outputDir(forecast.Extract, dir), step.RowsFile)
	columns := append(append([]string{}, e.definition.Source.Series...), lake.DateColumn, lake.ValueColumn)
	frame, err := e.data.ReadParquet(ctx, path, columns...)
	if err != nil {
		return 0, nil //nolint:nilerr // a forecast without actuals is better than none
	}
	keys, errKeys := lake.KeyColumn(frame, e.definition.Source.Series)
	dates, errDates := lake.Column[[]calendar.Date](frame, lake.DateColumn)
	values, errValues := lake.Column[[]float64](frame, lake.ValueColumn)
	if err := errors.Join(errKeys, errDates, errValues); err != nil {
		return 0, err
	}
	first := calendar.Date(math.MaxInt32)
	found := make(map[series.Key][]forecast.Observation)
	for i, date := range dates {
		first = min(first, date)
		if window.Contains(date) && index[keys[i]] != nil && !math.IsNaN(values[i]) {
			found[keys[i]] = append(found[keys[i]], forecast.Observation{Date: date, Value: values[i]})
		}
	}
	for key, observations := range found {
		index[key].Actuals = append(observations, index[key].Actuals...)
	}
	return first, nil
}
