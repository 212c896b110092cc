package step

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/daybatch/daybatch/forecast/accuracy"
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

// training is what a Train has found so far. Of each series it keeps what was
// chosen, and its errors: they are pooled once all are known.
type training struct {
	*batch

	out    *backtestFile
	models []SeriesModel // without scale and bands
	errs   []conformal.Errors
	pool   accuracy.Pool // of the chosen methods' errors
}

func train(ctx context.Context, b *batch) error {
	options := b.backtestOptions()
	t := &training{batch: b, out: b.newBacktestFile()}
	defer t.out.discard()
	err := b.run(ctx, options, pass{
		noted: func() {
			b.logClasses(ctx)
			b.env.Log.InfoContext(ctx, "backtest starts", slog.Int(logkey.Series, len(b.notes)),
				slog.Int(keyOrigins, len(options.Origins)), slog.Int(keyHorizon, options.Horizon), slog.Int(keyWorkers, b.env.Workers))
		},
		candidates: func(i int, s series.Series) []backtest.Candidate {
			return selection.Candidates(b.compared(options, i, s)...)
		},
		emit: func(i int, table *backtest.Table) error {
			t.choose(i, table)
			return t.out.add(ctx, table)
		},
	})
	if err != nil {
		return err
	}
	t.logBacktest(ctx)
	if err := t.out.close(ctx); err != nil {
		return err
	}
	return t.write(ctx, Models{Date: b.date, Horizon: b.settings.Horizon, Levels: b.settings.Levels, Origins: options.Origins})
}

// compared returns the methods that a series may have been given at any of its
// origins, or may be given now, and the baseline.
func (b *batch) compared(options backtest.Options, i int, s series.Series) []string {
	origins, _ := options.Schedule(s)
	names := append([]string{selection.SeasonalNaive}, b.set(b.notes[i].Class).Choices...)
	for _, origin := range origins {
		names = append(names, b.set(series.Classify(s.Until(origin), b.period)).Choices...)
	}
	return names
}

// set returns what a series of a class may choose from.
func (b *batch) set(class series.Class) selection.Set {
	return selection.SetFor(class, b.seasons(), b.settings.Models)
}

// choose chooses the method of a series.
func (t *training) choose(i int, table *backtest.Table) {
	class := t.notes[i].Class
	m := SeriesModel{Series: table.Key}
	m.Choice = selection.Choose(table, class, t.set(class), t.date)
	at := table.Model(m.Model)
	if len(table.Origins) > 0 {
		m.Form, m.Parameters = table.Fits[at].Form, table.Fits[at].Parameters
		m.Warnings = append(m.Warnings, table.Fits[at].Warnings...)
	}
	m.Warnings = append(append(m.Warnings, t.classWarnings(i)...), failureWarnings(table, m.Model)...)
	t.models = append(t.models, m)
	t.errs = append(t.errs, t.scaledErrors(i, t.at(i), table, func(int) int { return at }))
	t.measure(table, at)
}

// write makes the bands of each series and writes what was chosen.
func (t *training) write(ctx context.Context, head Models) error {
	file, err := newModelsFile(t.env.Output(ModelsFile), head)
	if err != nil {
		return err
	}
	defer file.discard()
	units, doubts := t.units()
	bands := conformal.NewPanel(t.errs, t.settings.Levels, t.settings.Horizon, t.period)
	sources := make(map[conformal.Source]int)
	for i := range t.models {
		m := &t.models[i]
		m.Scale = units[i]
		if doubts[i] != "" {
			m.Warnings = append(m.Warnings, doubts[i])
		}
		m.Bands, m.BandSource = bands.Bands(i, 0)
		if m.Scale > 0 {
			sources[m.BandSource]++
		}
		if err := file.add(m); err != nil {
			return err
		}
		m.Bands = nil
	}
	if n := sources[conformal.SourcePanel]; n > 0 {
		head.Warnings = append(head.Warnings, fmt.Sprintf("intervals of %d series come from the errors of the whole panel: their class has too few", n))
	}
	if n := sources[conformal.SourceAnalytic]; n > 0 {
		head.Warnings = append(head.Warnings, fmt.Sprintf("intervals of %d series are analytic: the backtest has too few errors", n))
	}
	head.Series = t.models
	t.logModels(ctx, head)
	return file.close(head)
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

// mostScaled is the most that an error counts in units of the scale: a larger one
// might not be a number.
const mostScaled = 1e100

// scaledErrors returns the errors of the forecasts of series i that pick names by the
// index of the origin. A series without a scale has none that others could use.
func (b *batch) scaledErrors(i int, s series.Series, table *backtest.Table, pick func(origin int) int) conformal.Errors {
	class := b.notes[i].Class
	errs := conformal.Errors{Group: class.String(), Rare: class == series.ClassIntermittent}
	days := b.days.For(table.Key)
	for k, origin := range table.Origins {
		scale := table.Usual[k].Seasonal
		if scale == 0 {
			continue
		}
		actual, forecasts := table.Actual(k), table.Forecast(k, pick(k))
		row := make([]float64, table.Horizon)
		for h := range row {
			row[h] = max(-mostScaled, min((actual[h]-forecasts[h])/scale, mostScaled))
		}
		errs.Origins = append(errs.Origins, origin)
		errs.Scaled = append(errs.Scaled, row)
		errs.Special = append(errs.Special, days.Ahead(origin, table.Horizon))
	}
	s.Values = b.usual(s)
	errs.Swing = conformal.NewSwing(s, days.Special, errs.Origins, table.Horizon, b.period)
	return errs
}

// writeJSON writes a file of an output.
func writeJSON(path string, value any) error {
	text, err := textOf(value, "")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return writeWhole(path, append(text, '\n'))
}

// textOf returns a value as indented JSON whose lines after the first begin with
// a prefix.
func textOf(value any, prefix string) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // people read "wape 0.412 > 0.350"
	encoder.SetIndent(prefix, "  ")
	if err := encoder.Encode(value); err != nil {
		return nil, err //nolint:wrapcheck // the caller says what it is for
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), nil
}
