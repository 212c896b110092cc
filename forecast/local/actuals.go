//go:build unix

package local

import (
	"context"
	"path/filepath"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/result"
	"github.com/daybatch/daybatch/forecast/step"
)

// addActuals adds what the source had: from the newest extract that is on disk,
// and for dates before its history from the date's own.
func (e *Engine) addActuals(ctx context.Context, list []forecast.SeriesForecast, query forecast.SeriesQuery) error {
	window := result.ActualsWindow(e.definition, query)
	ids, err := e.store.Extracts(ctx, query.Date)
	if err != nil {
		return err //nolint:wrapcheck // the store says what was read
	}
	for _, id := range ids {
		first, err := e.addFrom(ctx, id, window, list)
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
func (e *Engine) addFrom(ctx context.Context, id forecast.ExecutionID, window calendar.Range, list []forecast.SeriesForecast) (calendar.Date, error) {
	dir, err := e.latestTry(ctx, id, forecast.Extract)
	if err != nil {
		return 0, err
	}
	path := filepath.Join(e.outputDir(forecast.Extract, dir), step.RowsFile)
	frame, err := e.data.ReadParquet(ctx, path, result.ActualColumns(e.definition)...)
	if err != nil {
		return 0, nil //nolint:nilerr // a forecast without actuals is better than none
	}
	return result.AddActuals(list, frame, e.definition, window) //nolint:wrapcheck // it names the column
}
