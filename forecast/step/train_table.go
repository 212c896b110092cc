package step

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/accuracy"
	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/series"
)

// standInColumn of a backtest names the method whose forecast stands in for one
// that failed; it is empty for a forecast of the method itself.
const standInColumn = "stand_in"

// errStoodIn is what is left of the cause of a failure in a stored backtest.
var errStoodIn = errors.New("another method stood in")

// writeBacktest writes a row for each forecast: the series columns, made_for
// (the origin), ds, horizon, model, yhat, value (what happened), stand_in. The
// rows come by series, origin, method and horizon.
func (b *batch) writeBacktest(ctx context.Context, tables []*backtest.Table) error {
	columns := b.env.Spec.Definition.Source.Series
	rows := backtestRows{keys: make([][]string, len(columns))}
	for _, table := range tables {
		rows.add(table)
	}
	frame := &lake.Frame{}
	for k, name := range columns {
		frame.Strings(name, rows.keys[k])
	}
	frame.Dates(lake.MadeForColumn, rows.origins)
	frame.Dates(lake.DateColumn, rows.dates)
	frame.Ints(lake.HorizonColumn, rows.horizons)
	frame.Strings(lake.ModelColumn, rows.models)
	frame.Floats(lake.MeanColumn, rows.forecasts)
	frame.Floats(lake.ValueColumn, rows.actuals)
	frame.Strings(standInColumn, rows.standIns)
	return b.db.WriteParquet(ctx, b.env.Output(BacktestFile), frame, lake.ParquetOptions{}) //nolint:wrapcheck // it names the file
}

// backtestRows are the rows of a backtest, column by column.
type backtestRows struct {
	keys      [][]string // by series column
	origins   []calendar.Date
	dates     []calendar.Date
	horizons  []int64
	models    []string
	forecasts []float64
	actuals   []float64
	standIns  []string
}

func (r *backtestRows) add(table *backtest.Table) {
	n := table.Horizon
	for k, origin := range table.Origins {
		for m, name := range table.Models {
			for column, part := range table.Key.Parts() {
				r.keys[column] = append(r.keys[column], slices.Repeat([]string{part}, n)...)
			}
			r.origins = append(r.origins, slices.Repeat([]calendar.Date{origin}, n)...)
			r.models = append(r.models, slices.Repeat([]string{name}, n)...)
			r.standIns = append(r.standIns, slices.Repeat([]string{standIn(table, name, origin)}, n)...)
			r.forecasts = append(r.forecasts, table.Forecast(k, m)...)
			r.actuals = append(r.actuals, table.Actual(k)...)
			for h := range n {
				r.dates = append(r.dates, origin+calendar.Date(h+1))
				r.horizons = append(r.horizons, int64(h+1))
			}
		}
	}
}

func standIn(table *backtest.Table, name string, origin calendar.Date) string {
	for _, failure := range table.Failures {
		if failure.Model == name && failure.Origin == origin {
			return failure.Instead
		}
	}
	return ""
}

// readBacktest reads the tables of the batch's series, in the panel's order;
// the rows may come in any. A series that the file doesn't have has a table
// without origins.
func (b *batch) readBacktest(ctx context.Context) ([]*backtest.Table, error) {
	path := b.env.Input("model", BacktestFile)
	frame, err := b.db.ReadParquet(ctx, path)
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the file
	}
	rows, keys, err := backtestOf(frame, b.env.Spec.Definition.Source.Series)
	if err != nil {
		return nil, failf(forecast.ReasonStep, "read %s: %w", path, err)
	}
	of := make(map[series.Key][]int)
	for row, key := range keys {
		of[key] = append(of[key], row)
	}
	tables := make([]*backtest.Table, len(b.panel))
	for i, s := range b.panel {
		if tables[i], err = rows.table(s.Key, of[s.Key]); err != nil {
			return nil, failf(forecast.ReasonStep, "read %s: series %s: %w", path, s.Key, err)
		}
		for k, origin := range tables[i].Origins {
			tables[i].Scales[k] = accuracy.ScaleOf(s.Until(origin).Values, b.period)
		}
	}
	return tables, nil
}

// backtestOf takes the columns of a backtest from its frame.
func backtestOf(frame *lake.Frame, columns []string) (backtestRows, []series.Key, error) {
	var rows backtestRows
	keys, errKeys := lake.KeyColumn(frame, columns)
	var errs [6]error
	rows.origins, errs[0] = lake.Column[[]calendar.Date](frame, lake.MadeForColumn)
	rows.horizons, errs[1] = lake.Column[[]int64](frame, lake.HorizonColumn)
	rows.models, errs[2] = lake.Column[[]string](frame, lake.ModelColumn)
	rows.forecasts, errs[3] = lake.Column[[]float64](frame, lake.MeanColumn)
	rows.actuals, errs[4] = lake.Column[[]float64](frame, lake.ValueColumn)
	rows.standIns, errs[5] = lake.Column[[]string](frame, standInColumn)
	return rows, keys, errors.Join(append(errs[:], errKeys)...)
}

// table builds the table of a series from its rows, given by their indices.
func (r *backtestRows) table(key series.Key, rows []int) (*backtest.Table, error) {
	var origins []calendar.Date
	var models []string
	horizon := 0
	for _, row := range rows {
		if len(origins) == 0 || origins[len(origins)-1] != r.origins[row] {
			origins = append(origins, r.origins[row])
		}
		if !slices.Contains(models, r.models[row]) {
			models = append(models, r.models[row])
		}
		if r.horizons[row] < 1 {
			return nil, fmt.Errorf("row %d: horizon %d is not a number of days ahead", row+1, r.horizons[row])
		}
		horizon = max(horizon, int(r.horizons[row]))
	}
	slices.Sort(origins)
	origins = slices.Compact(origins)
	table := backtest.NewTable(key, origins, horizon, models)
	for _, row := range rows {
		k, _ := slices.BinarySearch(origins, r.origins[row])
		h := int(r.horizons[row]) - 1
		table.Forecast(k, table.Model(r.models[row]))[h] = r.forecasts[row]
		table.Actual(k)[h] = r.actuals[row]
		if r.standIns[row] != "" && h == 0 {
			table.Failures = append(table.Failures, backtest.Failure{
				Model: r.models[row], Origin: r.origins[row], Err: errStoodIn, Instead: r.standIns[row],
			})
		}
	}
	return table, nil
}
