package step

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"slices"

	"github.com/daybatch/daybatch/forecast"
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

func predict(ctx context.Context, b *batch) error {
	models, err := b.models()
	if err != nil {
		return err
	}
	options := b.options()
	options.Origins = []calendar.Date{b.date}
	tables, err := b.run(ctx, options, func(i int) []backtest.Candidate { return selection.Candidates(models[i].Model) })
	if err != nil {
		return err
	}
	columns := b.env.Spec.Definition.Source.Series
	rows := predictions{keys: make([][]string, len(columns)), levels: b.settings.Levels}
	rows.lower, rows.upper = make([][]float64, len(rows.levels)), make([][]float64, len(rows.levels))
	counts := make(map[string]int)
	warnings := make([]seriesWarnings, len(tables))
	for i, table := range tables {
		warnings[i] = seriesWarnings{name: table.Key.String(), texts: append(table.Warnings, failureWarnings(table, models[i].Model)...)}
		if b.classes[i] == series.ClassNoData {
			warnings[i].texts = append(warnings[i].texts, b.classWarnings(i)...)
			continue
		}
		f, err := b.predict(i, table, models[i])
		if err != nil {
			return failf(forecast.ReasonStep, "series %s: %w", table.Key, err)
		}
		counts[f.method]++
		rows.add(table.Key, b.date, f)
	}
	b.logWarnings(ctx, warnings, nil)
	if err := b.db.WriteParquet(ctx, b.env.Output(ForecastFile), rows.frame(columns), lake.ParquetOptions{}); err != nil {
		return err //nolint:wrapcheck // it names the file
	}
	b.env.Log.InfoContext(ctx, "forecast made", slog.Int(logkey.Series, len(tables)), slog.Int(logkey.Rows, len(rows.means)), slog.String(logkey.Model, countTexts(counts)))
	return nil
}

// readModels returns what Train wrote about each series.
func (b *batch) readModels() (map[series.Key]SeriesModel, error) {
	path := b.env.Input("model", ModelsFile)
	text, err := os.ReadFile(path) //nolint:gosec // the step's own input
	if err != nil {
		return nil, failf(forecast.ReasonInfrastructure, "read models: %w", err)
	}
	var models Models
	if err := json.Unmarshal(text, &models); err != nil {
		return nil, failf(forecast.ReasonStep, "read %s: %w", path, err)
	}
	byKey := make(map[series.Key]SeriesModel, len(models.Series))
	for _, m := range models.Series {
		byKey[m.Series] = m
	}
	return byKey, nil
}

// models returns the model of each series of the panel. A series that
// models.json doesn't have, or with a method that is not built in, gets the
// default of its class.
func (b *batch) models() ([]SeriesModel, error) {
	byKey, err := b.readModels()
	if err != nil {
		return nil, err
	}
	units, _ := b.units()
	defaults := conformal.NewPanel(make([]conformal.Errors, 1), b.settings.Levels, b.settings.Horizon, b.period)
	all := make([]SeriesModel, len(b.panel))
	for i, s := range b.panel {
		m, ok := byKey[s.Key]
		if !ok || len(selection.Candidates(m.Model)) == 0 {
			m = SeriesModel{Series: s.Key, Scale: units[i]}
			m.Model = selection.SetFor(b.classes[i], b.settings.Models).Default
		}
		if !b.fits(m.Bands) {
			m.Scale = units[i]
			m.Bands, m.BandSource = defaults.Bands(0, 0)
		}
		all[i] = m
	}
	return all, nil
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
	if instead := standIn(table, m.Model, b.date); instead != "" {
		f.method = instead
	}
	f.lower, f.upper = bounds(f.mean, m.Bands, m.Scale, lowest(b.panel[i].Values))
	return f, f.check()
}

// bounds returns the intervals around a forecast by level, floored at 0 if the
// lowest value of the history is not negative.
func bounds(mean []float64, bands []conformal.Band, scale, low float64) (lower, upper [][]float64) {
	lower, upper = make([][]float64, len(bands)), make([][]float64, len(bands))
	for k, band := range bands {
		lower[k], upper[k] = make([]float64, len(mean)), make([]float64, len(mean))
		for h, v := range mean {
			lower[k][h], upper[k][h] = v+scale*band.Lower[h], v+scale*band.Upper[h]
			if low >= 0 {
				lower[k][h] = max(0, lower[k][h])
			}
		}
	}
	return lower, upper
}

// lowest returns the smallest value, +Inf if there is none.
func lowest(values []float64) float64 {
	low := math.Inf(1)
	for _, v := range values {
		if v < low {
			low = v
		}
	}
	return low
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
