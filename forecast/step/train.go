package step

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"

	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/backtest/conformal"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/logkey"
	"github.com/daybatch/daybatch/forecast/selection"
	"github.com/daybatch/daybatch/forecast/series"
)

// Output files of Train.
const (
	ModelsFile   = "models.json"
	BacktestFile = "backtest.parquet"
)

// Models says how each series of a date is forecast; it is models.json.
type Models struct {
	Date     calendar.Date   `json:"date"`
	Horizon  int             `json:"horizon"`
	Levels   []int           `json:"levels"`
	Origins  []calendar.Date `json:"origins"` // of the backtest
	Series   []SeriesModel   `json:"series"`  // in the panel's order
	Warnings []string        `json:"warnings,omitempty"`
}

// SeriesModel says how one series is forecast, and why so.
type SeriesModel struct {
	Series series.Key `json:"series"`
	selection.Choice

	Form       string             `json:"form"`
	Parameters map[string]float64 `json:"parameters,omitempty"`
	Warnings   []string           `json:"warnings,omitempty"`

	// Scale is the unit of Bands in the unit of the data.
	Scale float64          `json:"scale"`
	Bands []conformal.Band `json:"bands"`
	// BandSource says what the bands are made of.
	BandSource conformal.Source `json:"band_source"`
}

// Train backtests the candidates of each series, chooses one, and measures how
// wide its intervals must be.
func Train(ctx context.Context, env Env) error { return withBatch(ctx, env, train) }

func train(ctx context.Context, b *batch) error {
	b.logClasses(ctx)
	options := b.backtestOptions()
	b.env.Log.InfoContext(ctx, "backtest starts", slog.Int(logkey.Series, len(b.panel)),
		slog.Int(keyOrigins, len(options.Origins)), slog.Int(keyHorizon, options.Horizon), slog.Int(keyWorkers, b.env.Workers))
	tables, err := b.run(ctx, options, func(i int) []backtest.Candidate {
		return selection.Candidates(b.compared(options, b.panel[i])...)
	})
	if err != nil {
		return err
	}
	models := b.choose(tables)
	models.Origins = options.Origins
	b.logModels(ctx, models)
	b.logBacktest(ctx, tables, models)
	if err := b.writeBacktest(ctx, tables); err != nil {
		return err
	}
	return writeJSON(b.env.Output(ModelsFile), models)
}

// compared returns the methods that a series may have been given at any of its
// origins, or may be given now, and the baseline.
func (b *batch) compared(options backtest.Options, s series.Series) []string {
	origins, _ := options.Schedule(s)
	names := []string{selection.SeasonalNaive}
	for _, origin := range append(slices.Clone(origins), b.date) {
		names = append(names, b.setAt(s, origin).Choices...)
	}
	return names
}

// setAt returns what a series may choose from, by what is known at a date.
func (b *batch) setAt(s series.Series, date calendar.Date) selection.Set {
	return selection.SetFor(series.Classify(s.Until(date), b.period), b.settings.Models)
}

// choose chooses a method and makes the bands of each series.
func (b *batch) choose(tables []*backtest.Table) Models {
	models := Models{Date: b.date, Horizon: b.settings.Horizon, Levels: b.settings.Levels}
	errs := make([]conformal.Errors, len(tables))
	for i, table := range tables {
		class := b.classes[i]
		m := SeriesModel{Series: table.Key}
		m.Choice = selection.Choose(table, class, selection.SetFor(class, b.settings.Models), b.date)
		at := table.Model(m.Model)
		if len(table.Origins) > 0 {
			m.Form, m.Parameters = table.Fits[at].Form, table.Fits[at].Parameters
			m.Warnings = append(m.Warnings, table.Fits[at].Warnings...)
		}
		m.Warnings = append(append(m.Warnings, b.classWarnings(i)...), failureWarnings(table, m.Model)...)
		errs[i] = scaledErrors(table, class, func(int) int { return at })
		models.Series = append(models.Series, m)
	}
	units, doubts := b.units()
	bands := conformal.NewPanel(errs, b.settings.Levels, b.settings.Horizon, b.period)
	sources := make(map[conformal.Source]int)
	for i := range models.Series {
		m := &models.Series[i]
		m.Scale = units[i]
		if doubts[i] != "" {
			m.Warnings = append(m.Warnings, doubts[i])
		}
		m.Bands, m.BandSource = bands.Bands(i, 0)
		if m.Scale > 0 {
			sources[m.BandSource]++
		}
	}
	if n := sources[conformal.SourcePanel]; n > 0 {
		models.Warnings = append(models.Warnings, fmt.Sprintf("intervals of %d series come from the errors of the whole panel: their class has too few", n))
	}
	if n := sources[conformal.SourceAnalytic]; n > 0 {
		models.Warnings = append(models.Warnings, fmt.Sprintf("intervals of %d series are analytic: the backtest has too few errors", n))
	}
	return models
}

// failureWarnings says where a method failed and what stands in for it.
func failureWarnings(table *backtest.Table, name string) []string {
	var warnings []string
	for _, failure := range table.Failures {
		if failure.Model == name {
			warnings = append(warnings, fmt.Sprintf("%s failed at %s, %s stands in: %s", name, failure.Origin, failure.Instead, failure.Err))
		}
	}
	return warnings
}

// scaledErrors returns the errors of the forecasts that pick names by the index
// of the origin. A series without a scale has none that others could use.
func scaledErrors(table *backtest.Table, class series.Class, pick func(origin int) int) conformal.Errors {
	errs := conformal.Errors{Group: class.String()}
	for k, origin := range table.Origins {
		scale := table.Scales[k].Seasonal
		if scale == 0 {
			continue
		}
		actual, forecasts := table.Actual(k), table.Forecast(k, pick(k))
		row := make([]float64, table.Horizon)
		for h := range row {
			row[h] = (actual[h] - forecasts[h]) / scale
		}
		errs.Origins = append(errs.Origins, origin)
		errs.Scaled = append(errs.Scaled, row)
	}
	return errs
}

// writeJSON writes a file of an output.
func writeJSON(path string, value any) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // people read "wape 0.412 > 0.350"
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return writeWhole(path, text.Bytes())
}
