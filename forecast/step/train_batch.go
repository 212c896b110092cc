package step

import (
	"cmp"
	"context"
	"errors"
	"log/slog"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/backtest/conformal"
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
	days     special.Days
	panel
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
	file, err := db.OpenPanel(ctx, env.Input("panel", PanelFile), definition.Source.Series)
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the file
	}
	if file.Range.To < file.Range.From {
		return nil, failf(forecast.ReasonData, "%s has no series", PanelFile)
	}
	known, err := newSpecialDays(definition)
	if err != nil {
		return nil, err
	}
	b := &batch{env: env, db: db, date: env.Spec.Date, settings: definition.Forecast}
	b.period, b.longer = periods(definition.Forecast.Season)
	b.panel = panel{file: file, date: b.date, period: b.period, rows: cmp.Or(env.shard, shardRows), group: cmp.Or(env.group, groupRows)}
	if env.Share.Machines > 1 {
		b.only = env.Share.has
	}
	dates := calendar.Range{From: file.Range.From, To: b.date + calendar.Date(b.settings.Horizon)}
	b.days = known.lay(dates, func(day calendar.Date) calendar.Class {
		// The file has one class a day, which may be that of some series only.
		if class := file.Special[day]; class != "" && !known.someHave(day) {
			return calendar.Class(class)
		}
		return calendar.Class(known.class(day))
	})
	b.usual = b.options().Usual
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

// seasons are all of them in days, the shortest first.
func (b *batch) seasons() []int { return append([]int{b.period}, b.longer...) }

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

// pass is what a step does with its panel.
type pass struct {
	// noted is called once the panel has been read for the first time.
	noted func()
	// prepare, if not nil, is called with the series of a shard before any of them
	// is forecast.
	prepare    func(shard []series.Series) error
	candidates func(i int, s series.Series) []backtest.Candidate
	// again, if not nil, is called before shards are prepared once more from the
	// panel's first on.
	again func() error
	// emit gets the tables in the panel's order, while the shard of their series is
	// in memory.
	emit func(i int, table *backtest.Table) error
}

// run forecasts the panel shard by shard, logs every tenth of the way, and ends
// between two series when the context does. Where several machines share the step
// it returns errGiven on all but the first.
func (b *batch) run(ctx context.Context, o backtest.Options, p pass) error {
	o.Stop = func() bool { return ctx.Err() != nil }
	tenth := 0
	o.Progress = func(done int) {
		if now := 10 * done / b.own; now > tenth {
			tenth = now
			b.env.Log.InfoContext(ctx, "progress", slog.Int(logkey.Series, done), slog.Int(keyOf, b.own), slog.Int(keyPercent, 10*now))
		}
	}
	work := b.stream
	if b.env.Share.Machines > 1 {
		work = b.shared
	}
	err := work(ctx, o, p)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx) //nolint:wrapcheck // the caller's own
	}
	return err
}

// stream forecasts the panel shard by shard.
func (b *batch) stream(ctx context.Context, o backtest.Options, p pass) error {
	reads := 0
	shards := func(yield func([]series.Series, error) bool) {
		reads++
		for shard, err := range b.shards(ctx) {
			if err == nil && reads > 1 && p.prepare != nil {
				err = p.prepare(shard)
			}
			if !yield(shard, err) || err != nil {
				return
			}
		}
		if reads == 1 && p.noted != nil {
			p.noted()
		}
	}
	return backtest.Stream(shards, p.candidates, o, p.emit) //nolint:wrapcheck // the shards' or emit's own
}

// classWarnings says what an operator should know about the class of a series.
func (b *batch) classWarnings(i int) []string {
	switch b.notes[i].Class {
	case series.ClassNoData:
		return []string{"has no observation: it gets no forecast"}
	case series.ClassAllZero:
		return []string{"is zero throughout: forecast as zero"}
	case series.ClassDead:
		return []string{"has not sold for eight weeks: forecast as zero"}
	case series.ClassShort:
		return []string{"is short: its forecast rests on few values"}
	default:
		return nil
	}
}

// units returns the unit of each series' intervals, and what is to be said about it.
func (b *batch) units() (units []float64, warnings []string) {
	extents := make([]conformal.Extent, len(b.notes))
	for i, n := range b.notes {
		extents[i] = n.Extent
	}
	return conformal.Units(extents, b.period)
}

// logClasses logs how many series are of each class.
func (b *batch) logClasses(ctx context.Context) {
	counts := make(map[string]int)
	for _, n := range b.notes {
		counts[n.Class.String()]++
	}
	b.env.Log.InfoContext(ctx, "panel read", slog.Int(logkey.Series, len(b.notes)), slog.String(keyClass, countTexts(counts)))
}
