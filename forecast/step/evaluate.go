package step

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/accuracy"
	"github.com/daybatch/daybatch/forecast/accuracy/drift"
	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/backtest/conformal"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/logkey"
	"github.com/daybatch/daybatch/forecast/selection"
	"github.com/daybatch/daybatch/forecast/series"
)

// Output files of TrainEvaluation.
const (
	MetricsFile    = "metrics.json"
	EvaluationFile = "evaluation.json"
)

// Metrics is metrics.json: what the gate saw, and its numbers where a pipeline
// of SageMaker can compare them with a limit.
type Metrics struct {
	forecast.Evaluation

	Gate GateNumbers `json:"gate"`
}

// TrainEvaluation measures how good the date's forecast can be expected to be,
// and fails by the gate if that is not good enough.
//
// At each origin it looks at the method that would have been chosen there, by
// what was known then: choosing by the errors that then judge the choice would
// flatter it.
func TrainEvaluation(ctx context.Context, env Env) error { return withBatch(ctx, env, evaluate) }

func evaluate(ctx context.Context, b *batch) error {
	env := b.env
	e, err := b.evaluate(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx) //nolint:wrapcheck // the caller's own
		}
		return err
	}
	evaluation := e.evaluation()
	g := newGate(env.Spec.Definition.Gate, &evaluation)
	g.check(e.versus(env.Spec.Definition.Gate.Versus))
	if err := writeJSON(env.Output(MetricsFile), Metrics{Evaluation: evaluation, Gate: g.numbers}); err != nil {
		return err
	}
	if err := writeJSON(env.Output(EvaluationFile), e.report(evaluation, env.Now())); err != nil {
		return err
	}
	b.logEvaluation(ctx, evaluation)
	return g.verdict()
}

// judged is one series as the evaluation sees it.
type judged struct {
	series   series.Series
	table    *backtest.Table
	used     []int // by origin: the candidate that would have been chosen there
	baseline int   // the baseline's candidate, -1 if the backtest has none
	sums     accuracy.Sums
	compared accuracy.Sums // of the baseline, on the same rows
}

// evaluated is what an evaluation found. It is made in two readings of the panel
// and the backtest: the intervals of a series come from the errors of all.
type evaluated struct {
	batch *batch

	// Of the first reading.
	used    [][]int // by series, then origin
	errs    []conformal.Errors
	origins []calendar.Date
	input   *drift.Watch

	// Of the second.
	series      []forecast.SeriesAccuracy
	absolute    []float64 // by series: the sum of its absolute errors
	pool        accuracy.Pool
	baseline    accuracy.Pool
	differences [][]float64 // by series, then origin
	blocks      []errorSums
	expected    expectations
	outliers    int // values after a first origin that are no evidence
}

// evaluate picks the methods, makes the intervals and sums the errors.
func (b *batch) evaluate(ctx context.Context) (*evaluated, error) {
	path, err := b.backtestPath(ctx)
	if err != nil {
		return nil, err
	}
	if path != b.env.Input("model", BacktestFile) {
		defer func() { _ = os.Remove(path) }() // a sorted copy
	}
	special := func(key series.Key) func(calendar.Date) bool { return b.days.For(key).Special }
	e := &evaluated{batch: b, input: drift.NewWatch(b.date, special)}
	err = b.eachTable(ctx, path, func(i int, one *judged, m SeriesModel) {
		one.used = b.judge(one, m.Model)
		e.input.Add(one.series)
		e.used = append(e.used, one.used)
		e.errs = append(e.errs, b.scaledErrors(i, one.series, one.table, func(origin int) int { return one.used[origin] }))
		e.origins = append(e.origins, one.table.Origins...)
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(e.origins)
	e.origins = slices.Clip(slices.Compact(e.origins))
	e.expected = newExpectations(b.settings.Horizon, e.origins)
	bands := e.bands()
	err = b.eachTable(ctx, path, func(i int, one *judged, m SeriesModel) {
		one.used = e.used[i]
		e.sum(i, one, bands)
		e.take(i, one, m)
	})
	return e, err
}

// eachTable reads the panel, and beside it the backtest and what Train wrote about
// each series. A project's own Train may leave the latter out.
func (b *batch) eachTable(ctx context.Context, path string, work func(i int, one *judged, m SeriesModel)) error {
	models, err := b.openModels()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	defer models.close()
	tables := b.readBacktest(ctx, path)
	defer tables.stop()
	for shard, err := range b.shards(ctx) {
		if err != nil {
			return err
		}
		for k, s := range shard {
			if ctx.Err() != nil {
				return context.Cause(ctx) //nolint:wrapcheck // the caller's own
			}
			table, err := tables.table(s)
			if err != nil {
				return err
			}
			m, _, err := models.find(s.Key)
			if err != nil {
				return err
			}
			work(b.first+k, &judged{series: s, table: table, baseline: table.Model(selection.SeasonalNaive)}, m)
		}
	}
	return nil
}

// judge picks for each origin the method that would have been chosen there. A
// backtest without the default of the class there is of a project's own Train,
// which gave the series the method trained: that one is judged.
func (b *batch) judge(one *judged, trained string) (used []int) {
	for _, origin := range one.table.Origins {
		class := series.Classify(one.series.Until(origin), b.period)
		set := b.set(class)
		at := foreign(one.table, trained, one.baseline)
		if one.table.Model(set.Default) >= 0 {
			at = one.table.Model(selection.Choose(one.table, class, set, origin).Model)
		}
		used = append(used, at)
	}
	return used
}

// foreign returns the candidate of a backtest that is not our own: the one that
// was trained, else the first besides the baseline.
func foreign(table *backtest.Table, trained string, baseline int) int {
	if at := table.Model(trained); at >= 0 {
		return at
	}
	if baseline == 0 && len(table.Models) > 1 {
		return 1
	}
	return 0
}

// sum adds the rows of a series to its sums. Each origin's intervals are made
// without the errors of that origin.
func (e *evaluated) sum(i int, one *judged, bands bandMaker) {
	days := e.batch.days.For(one.series.Key)
	for k, origin := range one.table.Origins {
		scale := one.table.Scales[k]
		actual, mean := one.table.Actual(k), one.table.Forecast(k, one.used[k])
		around := interval{
			bands: bands(i, origin), scale: one.table.Usual[k].Seasonal, special: days.Ahead(origin, len(mean)),
			plausible: backtest.PlausibleOf(e.batch.usual(one.series.Until(origin)), e.batch.period),
		}
		lower, upper := around.bounds(mean)
		block, compared := one.sums.Block(scale), one.compared.Block(scale)
		bounds := make([]accuracy.Bounds, len(lower))
		for h, y := range actual {
			for l, level := range e.batch.settings.Levels {
				bounds[l] = accuracy.Bounds{Level: level, Lower: lower[l][h], Upper: upper[l][h]}
			}
			block.Add(y, mean[h], bounds...)
			if one.baseline >= 0 {
				compared.Add(y, one.table.Forecast(k, one.baseline)[h])
			}
		}
	}
}

// take keeps what the evaluation needs of a series.
func (e *evaluated) take(i int, one *judged, m SeriesModel) {
	e.series = append(e.series, forecast.SeriesAccuracy{
		Series: one.table.Key, Model: m.Model, Form: m.Form, Class: e.batch.notes[i].Class.String(),
		Measures: one.sums.Measures().Values(), Why: m.Why, Warnings: m.Warnings,
	})
	e.absolute = append(e.absolute, one.sums.Absolute)
	e.pool.Add(&one.sums)
	e.baseline.Add(&one.compared)
	e.differences = append(e.differences, e.differencesOf(one))
	e.blocks = append(e.blocks, blocksOf(one)...)
	e.expected.add(one)
	e.outliers += e.batch.outliersOf(one)
}

// outliersOf counts the values after the first origin of a series that are taken as
// outliers.
func (b *batch) outliersOf(one *judged) int {
	if len(one.table.Origins) == 0 {
		return 0
	}
	s := one.series
	usual := b.usual(s)
	n := 0
	for i := max(0, int(one.table.Origins[0]-s.Start)+1); i < len(usual); i++ {
		if math.IsNaN(usual[i]) && !math.IsNaN(s.Values[i]) {
			n++
		}
	}
	return n
}

// evaluation returns the result in the words of the contract, before the gate.
func (e *evaluated) evaluation() forecast.Evaluation {
	spec := e.batch.env.Spec
	pooled := e.pool.Measures()
	result := forecast.Evaluation{
		Date: spec.Date, Execution: spec.Execution, Measures: pooled.Values(),
		Baseline: e.baseline.Measures().Values(), Versus: selection.SeasonalNaive,
		Origins: e.origins, Horizon: e.batch.settings.Horizon, Rows: pooled.Rows,
		Series:   e.series,
		Input:    e.input.Signals(),
		Expected: e.expected.finite(),
	}
	if total := e.pool.Sums.Absolute; total > 0 {
		for i := range result.Series {
			result.Series[i].Share = e.absolute[i] / total
		}
	}
	slices.SortStableFunc(result.Series, func(x, y forecast.SeriesAccuracy) int {
		return cmp.Or(cmp.Compare(y.Share, x.Share), cmp.Compare(x.Series, y.Series))
	})
	if pooled.Unscaled > 0 {
		result.Warnings = append(result.Warnings, counted(pooled.Unscaled, "series have no scale: they are left out of mase"))
	}
	if e.outliers > 0 {
		result.Warnings = append(result.Warnings, fmt.Sprintf("left out as outliers: %s, on whose dates no error counts", plural(e.outliers, "value")))
	}
	if without := len(e.series) - e.pool.Series; without > 0 {
		result.Warnings = append(result.Warnings, counted(without, "series have no backtest: too short, or without actuals"))
	}
	return result
}

// differencesOf returns the sum of a series' absolute errors minus the baseline's, by
// origin; NaN where there is none. They are those of the WAPE, in which large series
// count for more.
func (e *evaluated) differencesOf(one *judged) []float64 {
	row := make([]float64, len(e.origins))
	for k := range row {
		row[k] = math.NaN()
	}
	for k, origin := range one.table.Origins {
		ours, n := one.table.Error(k, one.used[k], e.batch.date)
		if n == 0 || one.baseline < 0 {
			continue
		}
		theirs, days := one.table.Error(k, one.baseline, e.batch.date)
		at, _ := slices.BinarySearch(e.origins, origin)
		row[at] = ours*float64(n) - theirs*float64(days)
	}
	return row
}

func (b *batch) logEvaluation(ctx context.Context, e forecast.Evaluation) {
	b.env.Log.InfoContext(ctx, "measured", slog.Int(keyOrigins, len(e.Origins)), slog.Int(logkey.Series, len(e.Series)), slog.Int(logkey.Rows, e.Rows),
		slog.String(keyWAPE, shown(e.Measures, "wape")), slog.String(keyBaselineWAPE, shown(e.Baseline, "wape")),
		slog.String(keyMASE, shown(e.Measures, "mase")), slog.String(keyBias, shown(e.Measures, "bias")),
		slog.String(keyCoverage, b.coverages(e.Measures)))
	for _, check := range e.Checks {
		b.env.Log.InfoContext(ctx, "gate", slog.String(keyCheck, check.Name), slog.String(keyVerdict, string(check.Verdict)), slog.String(logkey.Reason, check.Text))
	}
	for _, text := range e.Input {
		b.env.Log.WarnContext(ctx, "input is unlike before", slog.String(logkey.Reason, text))
	}
	for _, text := range e.Warnings {
		b.env.Log.WarnContext(ctx, "evaluation", slog.String(logkey.Reason, text))
	}
	const worst = 3
	for _, s := range e.Series[:min(worst, len(e.Series))] {
		b.env.Log.InfoContext(ctx, "largest error", slog.String(logkey.Series, s.Series.String()), slog.String(logkey.Model, s.Model),
			slog.String(keyShare, fmt.Sprintf("%.0f %%", 100*s.Share)), slog.String(keyWAPE, shown(s.Measures, "wape")))
	}
}

// coverages returns the coverage of each level: "80 % 0.812, 95 % 0.951".
func (b *batch) coverages(m forecast.Measures) string {
	texts := make([]string, len(b.settings.Levels))
	for i, level := range b.settings.Levels {
		texts[i] = fmt.Sprintf("%d %% %s", level, shown(m, forecast.CoverageName(level)))
	}
	return strings.Join(texts, ", ")
}

// shown returns a measure with three decimals, or "-" if it has no value.
func shown(m forecast.Measures, name string) string {
	if v, ok := m[name]; ok {
		return fmt.Sprintf("%.3f", v)
	}
	return "-"
}
