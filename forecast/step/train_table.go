package step

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"path/filepath"
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

// backtestFile writes a row for each forecast: the series columns, made_for (the
// origin), ds, horizon, model, yhat, value (what happened), stand_in. The rows
// come by series, origin, method and horizon.
type backtestFile struct {
	out     *lake.ParquetWriter
	columns []string
	limit   int // rows from which on a row group ends
	rows    backtestRows
}

func (b *batch) newBacktestFile() *backtestFile {
	columns := b.env.Spec.Definition.Source.Series
	return &backtestFile{
		out:     b.db.NewParquetWriter(b.env.Output(BacktestFile), lake.OrderedBySeries()),
		columns: columns, limit: b.group, rows: backtestRows{keys: make([][]string, len(columns))},
	}
}

func (f *backtestFile) add(ctx context.Context, table *backtest.Table) error {
	f.rows.add(table)
	if len(f.rows.forecasts) < f.limit {
		return nil
	}
	return f.flush(ctx)
}

func (f *backtestFile) flush(ctx context.Context) error {
	err := f.out.Append(ctx, f.rows.frame(f.columns))
	f.rows.reset()
	return err //nolint:wrapcheck // it names the file
}

func (f *backtestFile) close(ctx context.Context) error {
	if err := f.flush(ctx); err != nil {
		return err
	}
	return f.out.Close(ctx, f.rows.frame(f.columns)) //nolint:wrapcheck // it names the file
}

func (f *backtestFile) discard() { f.out.Discard() }

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

func (r *backtestRows) frame(columns []string) *lake.Frame {
	frame := &lake.Frame{}
	for k, name := range columns {
		frame.Strings(name, r.keys[k])
	}
	frame.Dates(lake.MadeForColumn, r.origins)
	frame.Dates(lake.DateColumn, r.dates)
	frame.Ints(lake.HorizonColumn, r.horizons)
	frame.Strings(lake.ModelColumn, r.models)
	frame.Floats(lake.MeanColumn, r.forecasts)
	frame.Floats(lake.ValueColumn, r.actuals)
	frame.Strings(standInColumn, r.standIns)
	return frame
}

// reset drops the rows and keeps their memory.
func (r *backtestRows) reset() {
	for k := range r.keys {
		r.keys[k] = r.keys[k][:0]
	}
	r.origins, r.dates, r.horizons, r.models = r.origins[:0], r.dates[:0], r.horizons[:0], r.models[:0]
	r.forecasts, r.actuals, r.standIns = r.forecasts[:0], r.actuals[:0], r.standIns[:0]
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

// backtestReader reads the tables of series beside a panel: of a file in the
// panel's order it holds a window of rows, of any other also the tables that it
// has passed.
type backtestReader struct {
	path    string
	columns []string
	period  int
	usual   func(series.Series) []float64
	horizon int // of the project
	next    func() (*lake.Frame, error, bool)
	stop    func()

	ready  []*backtest.Table // read and not yet asked for
	rows   backtestRows      // of the series that may go on in the next window
	open   series.Key
	begun  bool
	ended  bool
	passed map[series.Key]*backtest.Table
	seen   map[series.Key]bool
}

// backtestPath returns the path of the backtest with the rows of a series
// together.
func (b *batch) backtestPath(ctx context.Context) (string, error) {
	path := b.env.Input("model", BacktestFile)
	return b.db.BySeries(ctx, path, filepath.Join(b.env.Root, "tmp"), b.env.Spec.Definition.Source.Series) //nolint:wrapcheck // it names the file
}

func (b *batch) readBacktest(ctx context.Context, path string) *backtestReader {
	r := &backtestReader{path: path, columns: b.env.Spec.Definition.Source.Series, period: b.period, usual: b.usual, horizon: b.settings.Horizon, passed: make(map[series.Key]*backtest.Table), seen: make(map[series.Key]bool)}
	r.next, r.stop = iter.Pull2(b.db.Windows(ctx, path, b.rows))
	return r
}

// table returns the table of a series; the next series of the panel is the one to
// ask for next. A series that the file doesn't have has a table without origins.
func (r *backtestReader) table(s series.Series) (*backtest.Table, error) {
	table, err := r.find(s.Key)
	if err != nil {
		return nil, err
	}
	usual := r.usual(s)
	for k, origin := range table.Origins {
		forget(table.Actual(k), origin, s, usual)
		known := s.Until(origin)
		table.Scales[k], table.Usual[k] = accuracy.ScaleOf(known.Values, r.period), accuracy.ScaleOf(r.usual(known), r.period)
	}
	return table, nil
}

// forget leaves out of what happened after an origin the outliers, also of a project's
// own Train: they are missing among what is usual.
func forget(actual []float64, origin calendar.Date, s series.Series, usual []float64) {
	for h := range actual {
		if i := int(origin-s.Start) + 1 + h; i >= 0 && i < len(usual) && math.IsNaN(usual[i]) && !math.IsNaN(s.Values[i]) {
			actual[h] = math.NaN()
		}
	}
}

func (r *backtestReader) find(key series.Key) (*backtest.Table, error) {
	if table, ok := r.passed[key]; ok {
		delete(r.passed, key)
		return table, nil
	}
	for {
		for len(r.ready) > 0 {
			table := r.ready[0]
			r.ready = r.ready[1:]
			if table.Key == key {
				return table, nil
			}
			r.passed[table.Key] = table
		}
		if r.ended {
			return backtest.NewTable(key, nil, 0, nil), nil
		}
		if err := r.read(); err != nil {
			return nil, err
		}
	}
}

// read reads a window and makes the tables of the series that end in it.
func (r *backtestReader) read() error {
	frame, err, ok := r.next()
	if err != nil {
		return err
	}
	if !ok {
		r.ended = true
		return r.end()
	}
	rows, keys, err := backtestOf(frame, r.columns)
	if err != nil {
		return failf(forecast.ReasonStep, "read %s: %w", r.path, err)
	}
	for from := 0; from < len(keys); {
		to := from + 1
		for to < len(keys) && keys[to] == keys[from] {
			to++
		}
		if !r.begun || keys[from] != r.open {
			if err := r.end(); err != nil {
				return err
			}
			r.open, r.begun = keys[from], true
		}
		r.rows.take(&rows, from, to)
		from = to
	}
	return nil
}

// end makes the table of the series that was open.
func (r *backtestReader) end() error {
	if !r.begun {
		return nil
	}
	if r.seen[r.open] { // a mark that the file was rewritten with
		return failf(forecast.ReasonStep, "read %s: series %s is in two places of a file that is marked as ordered by series", r.path, r.open)
	}
	r.seen[r.open] = true
	table, err := r.rows.table(r.open, r.horizon)
	if err != nil {
		return failf(forecast.ReasonStep, "read %s: series %s: %w", r.path, r.open, err)
	}
	r.rows, r.begun = backtestRows{}, false
	r.ready = append(r.ready, table)
	return nil
}

// take appends rows of another, without their keys and dates.
func (r *backtestRows) take(other *backtestRows, from, to int) {
	r.origins = append(r.origins, other.origins[from:to]...)
	r.horizons = append(r.horizons, other.horizons[from:to]...)
	r.models = append(r.models, other.models[from:to]...)
	r.forecasts = append(r.forecasts, other.forecasts[from:to]...)
	r.actuals = append(r.actuals, other.actuals[from:to]...)
	r.standIns = append(r.standIns, other.standIns[from:to]...)
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

// table builds the table of a series from its rows, which look no farther ahead
// than most days.
func (r *backtestRows) table(key series.Key, most int) (*backtest.Table, error) {
	var origins []calendar.Date
	var models []string
	horizon := 0
	for row := range r.origins {
		if len(origins) == 0 || origins[len(origins)-1] != r.origins[row] {
			origins = append(origins, r.origins[row])
		}
		if !slices.Contains(models, r.models[row]) {
			models = append(models, r.models[row])
		}
		if r.horizons[row] < 1 {
			return nil, fmt.Errorf("row %d: horizon %d is not a number of days ahead", row+1, r.horizons[row])
		}
		if r.horizons[row] > int64(most) {
			return nil, fmt.Errorf("row %d: horizon %d is beyond forecast.horizon, which is %d", row+1, r.horizons[row], most)
		}
		horizon = max(horizon, int(r.horizons[row]))
	}
	slices.Sort(origins)
	origins = slices.Compact(origins)
	table := backtest.NewTable(key, origins, horizon, models)
	for row := range r.origins {
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
