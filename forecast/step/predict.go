package step

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/backtest/conformal"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/logkey"
	"github.com/daybatch/daybatch/forecast/selection"
	"github.com/daybatch/daybatch/forecast/series"
)

// Predict fits the method that Train chose to all of each series, and forecasts
// the horizon with intervals.
func Predict(ctx context.Context, env Env) error { return withBatch(ctx, env, predict) }

// predicting is a Predict on its way.
type predicting struct {
	*batch

	file     *modelsReader
	units    []float64
	defaults []conformal.Band
	source   conformal.Source
	models   []SeriesModel // of the shard

	out      *lake.ParquetWriter
	rows     predictions
	warnings warningLog
	counts   map[string]int
}

func predict(ctx context.Context, b *batch) error {
	file, err := b.openModels()
	if err != nil {
		return err
	}
	p := &predicting{
		batch: b, file: file, rows: newPredictions(b), counts: make(map[string]int),
		out: b.db.NewParquetWriter(b.env.Output(ForecastFile), lake.OrderedBySeries()),
	}
	defer p.out.Discard()
	defer func() { p.file.close() }()
	bands := conformal.NewPanel(make([]conformal.Errors, 1), b.settings.Levels, b.settings.Horizon, b.period)
	p.defaults, p.source = bands.Bands(0, 0)
	options := b.options()
	options.Origins = []calendar.Date{b.date}
	err = b.run(ctx, options, pass{
		noted:      func() { p.units, _ = b.units() },
		prepare:    p.prepare,
		again:      p.reopen,
		candidates: func(i int, _ series.Series) []backtest.Candidate { return selection.Candidates(p.model(i).Model) },
		emit:       func(i int, table *backtest.Table) error { return p.take(ctx, i, table) },
	})
	if err != nil {
		return err
	}
	b.logWarnings(ctx, &p.warnings, nil)
	if err := p.flush(ctx); err != nil {
		return err
	}
	rows := p.out.Rows()
	if err := p.out.Close(ctx, p.rows.frame(b.env.Spec.Definition.Source.Series)); err != nil {
		return err //nolint:wrapcheck // it names the file
	}
	b.env.Log.InfoContext(ctx, "forecast made", slog.Int(logkey.Series, len(b.notes)), slog.Int64(logkey.Rows, rows), slog.String(logkey.Model, countTexts(p.counts)))
	return nil
}

// reopen reads the models from the first on again.
func (p *predicting) reopen() error {
	p.file.close()
	file, err := p.openModels()
	p.file = file
	return err
}

// prepare finds the models of a shard. A series that models.json doesn't have, or
// with a method that is not built in, gets the default of its class.
func (p *predicting) prepare(shard []series.Series) error {
	p.models = p.models[:0]
	for k, s := range shard {
		i := p.first + k
		m, ok, err := p.file.find(s.Key)
		if err != nil {
			return err
		}
		if !ok || len(selection.Candidates(m.Model)) == 0 {
			m = SeriesModel{Series: s.Key, Scale: p.units[i]}
			m.Model = p.set(p.notes[i].Class).Default
		}
		if !p.fits(m.Bands) {
			m.Scale = p.units[i]
			m.Bands, m.BandSource = p.defaults, p.source
		}
		p.models = append(p.models, m)
	}
	return nil
}

// model returns the model of a series of the shard.
func (p *predicting) model(i int) SeriesModel { return p.models[i-p.first] }

// take adds the forecast of a series to the output.
func (p *predicting) take(ctx context.Context, i int, table *backtest.Table) error {
	m := p.model(i)
	texts := append(table.Warnings, failureWarnings(table, m.Model)...)
	if p.notes[i].Class == series.ClassNoData {
		p.warnings.add(table.Key.String(), append(texts, p.classWarnings(i)...))
		return nil
	}
	f, err := p.predict(i, table, m)
	if err != nil {
		texts = append(texts, fmt.Sprintf("%s: its last value stands in, without an interval: %s", f.method, err))
		f = p.lastValue(i)
	}
	p.warnings.add(table.Key.String(), texts)
	p.counts[f.method]++
	p.rows.add(table.Key, p.date, f)
	if len(p.rows.means) < p.group {
		return nil
	}
	return p.flush(ctx)
}

func (p *predicting) flush(ctx context.Context) error {
	err := p.out.Append(ctx, p.rows.frame(p.env.Spec.Definition.Source.Series))
	p.rows = newPredictions(p.batch)
	return err //nolint:wrapcheck // it names the file
}

// fits reports whether bands have the levels and the horizon of the batch.
func (b *batch) fits(bands []conformal.Band) bool {
	return slices.EqualFunc(bands, b.settings.Levels, func(band conformal.Band, level int) bool {
		return band.Level == level && len(band.Lower) == b.settings.Horizon && len(band.Upper) == b.settings.Horizon
	})
}

// prediction is the forecast of one series.
type prediction struct {
	method       string // the one that made it
	mean         []float64
	lower, upper [][]float64 // by level, then day
}

// predict puts the bands around the mean.
func (b *batch) predict(i int, table *backtest.Table, m SeriesModel) (prediction, error) {
	at := table.Model(m.Model)
	f := prediction{method: m.Model, mean: table.Forecast(0, at)}
	instead := standIn(table, m.Model, b.date)
	if instead != "" {
		f.method = instead
	}
	if known := table.Variances[at]; m.BandSource == conformal.SourceAnalytic && instead == "" && known != nil {
		m.Bands, m.Scale = conformal.NormalBands(known, b.settings.Levels), 1
	}
	around := interval{
		bands: m.Bands, scale: m.Scale, special: b.days.For(table.Key).Ahead(b.date, len(f.mean)),
		closed: table.Closed, plausible: backtest.PlausibleOf(b.usual(b.at(i)), b.period),
	}
	f.lower, f.upper = around.bounds(f.mean)
	return f, f.check()
}

// lastValue is the forecast of a series for which there is no other.
func (b *batch) lastValue(i int) prediction {
	last := 0.0
	for _, v := range b.at(i).Values {
		if !math.IsNaN(v) {
			last = v
		}
	}
	f := prediction{method: selection.Naive, mean: slices.Repeat([]float64{last}, b.settings.Horizon)}
	for range b.settings.Levels {
		f.lower, f.upper = append(f.lower, f.mean), append(f.upper, f.mean)
	}
	return f
}

// interval is what lies around the forecast of a series.
type interval struct {
	bands     []conformal.Band
	scale     float64
	special   []int // days of the horizon, from 0
	closed    []int // of these, days without demand and without a width
	plausible backtest.Plausible
}

// bounds returns the intervals around a forecast by level, as far as they are
// plausible.
func (a interval) bounds(mean []float64) (lower, upper [][]float64) {
	lower, upper = make([][]float64, len(a.bands)), make([][]float64, len(a.bands))
	for k, band := range a.bands {
		lower[k], upper[k] = make([]float64, len(mean)), make([]float64, len(mean))
		for h, v := range mean {
			below, above := band.At(h, a.special)
			if slices.Contains(a.closed, h) {
				below, above = 0, 0
			}
			lower[k][h], upper[k][h] = a.plausible.Hold(v+a.scale*below, v, v+a.scale*above)
		}
	}
	return lower, upper
}

var (
	errNotFinite = errors.New("forecast is not a finite number")
	errNotNested = errors.New("intervals are not nested")
)

// check is the last look at a forecast before it leaves: finite and nested.
func (f prediction) check() error {
	for h, mean := range f.mean {
		low, high := mean, mean
		if math.IsNaN(mean) || math.IsInf(mean, 0) {
			return fmt.Errorf("day %d: %w: %v", h+1, errNotFinite, mean)
		}
		for k := range f.lower {
			lower, upper := f.lower[k][h], f.upper[k][h]
			if math.IsNaN(lower+upper) || math.IsInf(lower, 0) || math.IsInf(upper, 0) {
				return fmt.Errorf("day %d: %w: %v .. %v", h+1, errNotFinite, lower, upper)
			}
			if lower > low || upper < high {
				return fmt.Errorf("day %d: %w: %v .. %v does not enclose %v .. %v", h+1, errNotNested, lower, upper, low, high)
			}
			low, high = lower, upper
		}
	}
	return nil
}

// predictions are the rows of the forecast, column by column.
type predictions struct {
	levels   []int
	keys     [][]string // by series column
	dates    []calendar.Date
	horizons []int64
	means    []float64
	lower    [][]float64 // by level
	upper    [][]float64
	models   []string
}

func newPredictions(b *batch) predictions {
	levels := b.settings.Levels
	return predictions{
		levels: levels, keys: make([][]string, len(b.env.Spec.Definition.Source.Series)),
		lower: make([][]float64, len(levels)), upper: make([][]float64, len(levels)),
	}
}

func (p *predictions) add(key series.Key, date calendar.Date, f prediction) {
	n := len(f.mean)
	for column, part := range key.Parts() {
		p.keys[column] = append(p.keys[column], slices.Repeat([]string{part}, n)...)
	}
	p.means = append(p.means, f.mean...)
	p.models = append(p.models, slices.Repeat([]string{f.method}, n)...)
	for k := range f.lower {
		p.lower[k] = append(p.lower[k], f.lower[k]...)
		p.upper[k] = append(p.upper[k], f.upper[k]...)
	}
	for h := range n {
		p.dates = append(p.dates, date+calendar.Date(h+1))
		p.horizons = append(p.horizons, int64(h+1))
	}
}

func (p *predictions) frame(columns []string) *lake.Frame {
	frame := &lake.Frame{}
	for k, name := range columns {
		frame.Strings(name, p.keys[k])
	}
	frame.Dates(lake.DateColumn, p.dates)
	frame.Ints(lake.HorizonColumn, p.horizons)
	frame.Floats(lake.MeanColumn, p.means)
	for k, level := range p.levels {
		frame.Floats(lake.LowerColumn(level), p.lower[k])
		frame.Floats(lake.UpperColumn(level), p.upper[k])
	}
	frame.Strings(lake.ModelColumn, p.models)
	return frame
}
