package step

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/accuracy"
	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/backtest/special"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/logkey"
	"github.com/daybatch/daybatch/forecast/selection"
	"github.com/daybatch/daybatch/forecast/series"
)

// defaultOrigins is the number of origins of a definition that names none.
const defaultOrigins = 4

// batch is what the numeric steps of one date share.
type batch struct {
	env      Env
	db       *lake.DB
	date     calendar.Date
	settings forecast.Settings
	period   int   // the shortest season in days
	longer   []int // the longer seasons, ascending
	panel    []series.Series
	classes  []series.Class
	days     special.Days
}

// withBatch does the work of a numeric step on its batch.
func withBatch(ctx context.Context, env Env, work func(context.Context, *batch) error) error {
	if err := env.makeOutput(); err != nil {
		return err
	}
	db, done, err := env.open(ctx)
	if err != nil {
		return err
	}
	defer done()
	b, err := loadBatch(ctx, env, db)
	if err != nil {
		return err
	}
	if err := work(ctx, b); !errors.Is(err, errGiven) {
		return err
	}
	return nil
}

// loadBatch reads the panel, and checks the settings that the numeric steps
// rely on.
func loadBatch(ctx context.Context, env Env, db *lake.DB) (*batch, error) {
	definition := env.Spec.Definition
	if err := checkSettings(definition.Forecast); err != nil {
		return nil, err
	}
	table, err := db.ReadPanel(ctx, env.Input("panel", PanelFile), definition.Source.Series)
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the file
	}
	if len(table.Panel.Series) == 0 {
		return nil, failf(forecast.ReasonData, "%s has no series", PanelFile)
	}
	holidays, err := holidaysOf(definition)
	if err != nil {
		return nil, err
	}
	b := &batch{
		env: env, db: db, date: env.Spec.Date, settings: definition.Forecast,
		panel: table.Panel.Series,
	}
	b.period, b.longer = periods(definition.Forecast.Season)
	for i, s := range b.panel {
		// What came after the date is not known to anyone who forecasts from it.
		b.panel[i] = s.Until(b.date)
		b.classes = append(b.classes, series.Classify(b.panel[i], b.period))
	}
	dates := calendar.Range{From: table.Panel.Range.From, To: b.date + calendar.Date(b.settings.Horizon)}
	b.days = special.NewDays(dates, func(day calendar.Date) calendar.Class {
		if class := table.Special[day]; class != "" {
			return calendar.Class(class)
		}
		return holidays.Class(day)
	})
	return b, nil
}

// checkSettings returns an error of the class config.
func checkSettings(settings forecast.Settings) error {
	if settings.Horizon < 1 {
		return failf(forecast.ReasonConfig, "forecast.horizon is %d: it must be at least 1", settings.Horizon)
	}
	if settings.Origins < 0 {
		return failf(forecast.ReasonConfig, "forecast.origins is %d: it must be at least 1", settings.Origins)
	}
	for i, level := range settings.Levels {
		if level < 1 || level > 99 || (i > 0 && level <= settings.Levels[i-1]) {
			return failf(forecast.ReasonConfig, "forecast.levels are %v: they must be percents between 1 and 99, ascending", settings.Levels)
		}
	}
	if err := selection.Check(settings.Models); err != nil {
		return failf(forecast.ReasonConfig, "forecast.models: %w", err)
	}
	return nil
}

// backtestOptions are those of the rolling origins.
func (b *batch) backtestOptions() backtest.Options {
	count := b.settings.Origins
	if count == 0 {
		count = defaultOrigins
	}
	o := b.options()
	o.Origins = backtest.Origins(b.date, b.settings.Horizon, b.period, count)
	o.MinHistory = 2 * max(b.period, 2) // two seasons, as the classes of demand ask for
	// Predict estimates anew every day, so the backtest does: it judges what is
	// published.
	o.Refit = backtest.RefitEach
	return o
}

// options are those of any forecast of the batch, without origins.
func (b *batch) options() backtest.Options {
	return backtest.Options{
		Horizon: b.settings.Horizon, Period: b.period, Longer: b.longer, Days: b.days,
		Seed: b.settings.Seed, Workers: b.env.Workers,
	}
}

// run forecasts the panel, logs every tenth of the way, and ends between two
// series when the context does. Where several machines share the step it returns
// errGiven on all but the first.
func (b *batch) run(ctx context.Context, o backtest.Options, candidates func(i int) []backtest.Candidate) ([]*backtest.Table, error) {
	o.Stop = func() bool { return ctx.Err() != nil }
	tenth := 0
	o.Progress = func(done int) {
		if now := 10 * done / len(b.panel); now > tenth {
			tenth = now
			b.env.Log.InfoContext(ctx, "progress", slog.Int(logkey.Series, done), slog.Int(keyOf, len(b.panel)), slog.Int(keyPercent, 10*now))
		}
	}
	share := b.env.Share
	if share.Machines > 1 {
		o.Only = share.has
	}
	tables, err := backtest.Run(b.panel, candidates, o)
	if err != nil {
		return nil, context.Cause(ctx) //nolint:wrapcheck // the caller's own
	}
	if share.Machines > 1 {
		return tables, b.shared(ctx, tables)
	}
	return tables, nil
}

// classWarnings says what an operator should know about the class of a series.
func (b *batch) classWarnings(i int) []string {
	switch b.classes[i] {
	case series.ClassNoData:
		return []string{"has no observation: it gets no forecast"}
	case series.ClassAllZero:
		return []string{"is zero throughout: forecast as zero"}
	case series.ClassDead:
		return []string{"has not sold for eight weeks: forecast as zero"}
	case series.ClassShort:
		return []string{"is short: forecast by its level and the panel's week"}
	default:
		return nil
	}
}

// units returns the scale of each series' intervals, and what is to be said about
// it. One without a scale of its own gets its level times what a unit of level has
// as scale in the panel; one without demand has no width. If nothing in the panel
// has a scale, one that is too short for any has its steps from day to day, or its
// level: that it does not vary is not known. One that is long enough and never
// varies has no width.
func (b *batch) units() (units []float64, warnings []string) {
	units, warnings = make([]float64, len(b.panel)), make([]string, len(b.panel))
	levels := make([]float64, len(b.panel))
	var ratios []float64
	for i, s := range b.panel {
		units[i] = accuracy.SeasonalScale(s.Values, b.period)
		levels[i] = level(s.Values)
		if units[i] > 0 && levels[i] > 0 {
			ratios = append(ratios, units[i]/levels[i])
		}
	}
	typical := 0.0
	if len(ratios) > 0 {
		slices.Sort(ratios)
		typical = ratios[len(ratios)/2]
	}
	for i := range units {
		switch {
		case b.classes[i] == series.ClassAllZero, b.classes[i] == series.ClassDead, b.classes[i] == series.ClassNoData:
			units[i] = 0
		case units[i] > 0:
		case typical > 0:
			units[i] = typical * levels[i]
		case len(b.panel[i].Values) <= b.period:
			units[i], warnings[i] = unitOfShort(b.panel[i].Values, levels[i])
		}
	}
	return units, warnings
}

// unitOfShort returns the scale of a series that has no two values a season apart.
func unitOfShort(values []float64, level float64) (unit float64, warning string) {
	if unit = accuracy.SeasonalScale(values, 1); unit > 0 {
		return unit, "has less than a season, as all of the panel: its interval goes by its steps from day to day"
	}
	return level, "is too short, as all of the panel, to tell how far it varies: its interval is as wide as if by its own size"
}

// level returns the mean absolute value.
func level(values []float64) float64 {
	var sum, n float64
	for _, v := range values {
		if !math.IsNaN(v) {
			sum += math.Abs(v)
			n++
		}
	}
	return sum / max(1, n)
}

// logClasses logs how many series are of each class.
func (b *batch) logClasses(ctx context.Context) {
	counts := make(map[string]int)
	for _, class := range b.classes {
		counts[class.String()]++
	}
	b.env.Log.InfoContext(ctx, "panel read", slog.Int(logkey.Series, len(b.panel)), slog.String(keyClass, countTexts(counts)))
}
