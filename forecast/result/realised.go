package result

import (
	"errors"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/realised"
	"github.com/daybatch/daybatch/forecast/series"
)

// Columns of kept rows beside those of a forecast.
const (
	dateColumn   = "dt"
	actualColumn = "actual"
)

// RealisedFrame returns rows as a table to be kept. A series is one column with its
// key, so that no name of a project can be another's.
func RealisedFrame(rows []realised.Row, d forecast.Definition) *lake.Frame {
	n := len(rows)
	keys := make([]string, n)
	dates, targets := make([]calendar.Date, n), make([]calendar.Date, n)
	kinds, generations := make([]string, n), make([]string, n)
	actual, mean := make([]float64, n), make([]float64, n)
	lower, upper := make([][]float64, len(d.Forecast.Levels)), make([][]float64, len(d.Forecast.Levels))
	for i, r := range rows {
		keys[i], dates[i], targets[i], kinds[i], generations[i] = string(r.Series), r.Date, r.Target, string(r.Kind), r.Generation
		actual[i], mean[i] = r.Actual, r.Mean
		for k := range lower {
			lower[k], upper[k] = append(lower[k], r.Lower[k]), append(upper[k], r.Upper[k])
		}
	}
	frame := &lake.Frame{}
	frame.Strings("series", keys)
	frame.Dates(lake.DateColumn, targets)
	frame.Dates(dateColumn, dates)
	frame.Strings(lake.KindColumn, kinds)
	frame.Strings(lake.GenerationColumn, generations)
	frame.Floats(actualColumn, actual)
	frame.Floats(lake.MeanColumn, mean)
	for k, level := range d.Forecast.Levels {
		frame.Floats(lake.LowerColumn(level), lower[k])
		frame.Floats(lake.UpperColumn(level), upper[k])
	}
	return frame
}

// RealisedRows returns the rows of a kept table. One that was kept for other
// levels wraps lake.ErrNoColumn.
func RealisedRows(frame *lake.Frame, d forecast.Definition) ([]realised.Row, error) {
	keys, err1 := lake.Column[[]string](frame, "series")
	targets, err2 := lake.Column[[]calendar.Date](frame, lake.DateColumn)
	dates, err3 := lake.Column[[]calendar.Date](frame, dateColumn)
	kinds, err4 := lake.Column[[]string](frame, lake.KindColumn)
	generations, err5 := lake.Column[[]string](frame, lake.GenerationColumn)
	actual, err6 := lake.Column[[]float64](frame, actualColumn)
	mean, err7 := lake.Column[[]float64](frame, lake.MeanColumn)
	if err := errors.Join(err1, err2, err3, err4, err5, err6, err7); err != nil {
		return nil, err
	}
	rows := make([]realised.Row, len(keys))
	for i := range rows {
		rows[i] = realised.Row{
			Series: series.Key(keys[i]), Target: targets[i], Date: dates[i], Kind: forecast.GenerationKind(kinds[i]),
			Generation: generations[i], Actual: actual[i], Mean: mean[i],
		}
	}
	for _, level := range d.Forecast.Levels {
		lower, errLower := lake.Column[[]float64](frame, lake.LowerColumn(level))
		upper, errUpper := lake.Column[[]float64](frame, lake.UpperColumn(level))
		if err := errors.Join(errLower, errUpper); err != nil {
			return nil, err
		}
		for i := range rows {
			rows[i].Lower, rows[i].Upper = append(rows[i].Lower, lower[i]), append(rows[i].Upper, upper[i])
		}
	}
	return rows, nil
}
