package step

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/accuracy"
	"github.com/daybatch/daybatch/forecast/backtest"
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
	tables, err := b.readBacktest(ctx)
	if err != nil {
		return err
	}
	models, err := b.trained()
	if err != nil {
		return err
	}
	e := b.evaluate(tables, models)
	evaluation := e.evaluation(models)
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

// trained returns what Train wrote about each series. A project's own Train may
// leave it out.
func (b *batch) trained() (map[series.Key]SeriesModel, error) {
	models, err := b.readModels()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // a nil map has no models
	}
	return models, err
}

// judged is one series as the evaluation sees it.
type judged struct {
	table    *backtest.Table
	used     []int // by origin: the candidate that would have been chosen there
	baseline int   // the baseline's candidate, -1 if the backtest has none
	sums     accuracy.Sums
	compared accuracy.Sums // of the baseline, on the same rows
}

// evaluated is what an evaluation found.
type evaluated struct {
	batch    *batch
	series   []judged
	pool     accuracy.Pool
	baseline accuracy.Pool
	origins  []calendar.Date
}

// evaluate picks the methods, makes the intervals and sums the errors.
func (b *batch) evaluate(tables []*backtest.Table, models map[series.Key]SeriesModel) *evaluated {
	e := &evaluated{batch: b, series: make([]judged, len(tables))}
	for i, table := range tables {
		e.series[i] = b.judge(i, table, models[table.Key].Model)
		e.origins = append(e.origins, table.Origins...)
	}
	slices.Sort(e.origins)
	e.origins = slices.Compact(e.origins)
	bands := e.bands()
	for i := range e.series {
		one := &e.series[i]
		e.sum(i, bands)
		e.pool.Add(&one.sums)
		e.baseline.Add(&one.compared)
	}
	return e
}

// judge picks for each origin the method that would have been chosen there. A
// backtest without the default of the class there is of a project's own Train,
// which gave the series the method trained: that one is judged.
func (b *batch) judge(i int, table *backtest.Table, trained string) judged {
	one := judged{table: table, baseline: table.Model(selection.SeasonalNaive)}
	s := b.panel[i]
	for _, origin := range table.Origins {
		class := series.Classify(s.Until(origin), b.period)
		set := selection.SetFor(class, b.settings.Models)
		at := foreign(table, trained, one.baseline)
		if table.Model(set.Default) >= 0 {
			at = table.Model(selection.Choose(table, class, set, origin).Model)
		}
		one.used = append(one.used, at)
	}
	return one
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
func (e *evaluated) sum(i int, bands bandMaker) {
	one := &e.series[i]
	low := e.batch.panel[i]
	for k, origin := range one.table.Origins {
		scale := one.table.Scales[k]
		actual, mean := one.table.Actual(k), one.table.Forecast(k, one.used[k])
		lower, upper := bounds(mean, bands(i, origin), scale.Seasonal, lowest(low.Until(origin).Values))
		block, compared := one.sums.Block(scale), one.compared.Block(scale)
		interval := make([]accuracy.Bounds, len(lower))
		for h, y := range actual {
			for l, level := range e.batch.settings.Levels {
				interval[l] = accuracy.Bounds{Level: level, Lower: lower[l][h], Upper: upper[l][h]}
			}
			block.Add(y, mean[h], interval...)
			if one.baseline >= 0 {
				compared.Add(y, one.table.Forecast(k, one.baseline)[h])
			}
		}
	}
}

// evaluation returns the result in the words of the contract, before the gate.
func (e *evaluated) evaluation(models map[series.Key]SeriesModel) forecast.Evaluation {
	spec := e.batch.env.Spec
	pooled := e.pool.Measures()
	result := forecast.Evaluation{
		Date: spec.Date, Execution: spec.Execution, Measures: pooled.Values(),
		Baseline: e.baseline.Measures().Values(), Versus: selection.SeasonalNaive,
		Origins: e.origins, Horizon: e.batch.settings.Horizon, Rows: pooled.Rows,
		Series:   make([]forecast.SeriesAccuracy, len(e.series)),
		Expected: e.expected(),
	}
	for i := range e.series {
		one := &e.series[i]
		m := models[one.table.Key]
		accuracyOf := forecast.SeriesAccuracy{
			Series: one.table.Key, Model: m.Model, Form: m.Form, Class: e.batch.classes[i].String(),
			Measures: one.sums.Measures().Values(), Why: m.Why, Warnings: m.Warnings,
		}
		if e.pool.Sums.Absolute > 0 {
			accuracyOf.Share = one.sums.Absolute / e.pool.Sums.Absolute
		}
		result.Series[i] = accuracyOf
	}
	slices.SortStableFunc(result.Series, func(x, y forecast.SeriesAccuracy) int {
		return cmp.Or(cmp.Compare(y.Share, x.Share), cmp.Compare(x.Series, y.Series))
	})
	if pooled.Unscaled > 0 {
		result.Warnings = append(result.Warnings, counted(pooled.Unscaled, "series have no scale: they are left out of mase"))
	}
	if without := len(e.series) - e.pool.Series; without > 0 {
		result.Warnings = append(result.Warnings, counted(without, "series have no backtest: too short, or without actuals"))
	}
	return result
}

// differences returns the scaled mean absolute error minus the baseline's, by
// series and origin; NaN where there is none.
func (e *evaluated) differences() [][]float64 {
	rows := make([][]float64, 0, len(e.series))
	for i := range e.series {
		one := &e.series[i]
		row := make([]float64, len(e.origins))
		for k := range row {
			row[k] = math.NaN()
		}
		for k, origin := range one.table.Origins {
			ours, n := one.table.Error(k, one.used[k], e.batch.date)
			if n == 0 || one.baseline < 0 {
				continue
			}
			theirs, _ := one.table.Error(k, one.baseline, e.batch.date)
			at, _ := slices.BinarySearch(e.origins, origin)
			row[at] = (ours - theirs) / selection.Unit(one.table.Scales[k])
		}
		rows = append(rows, row)
	}
	return rows
}

func (b *batch) logEvaluation(ctx context.Context, e forecast.Evaluation) {
	b.env.Log.InfoContext(ctx, "measured", slog.Int(keyOrigins, len(e.Origins)), slog.Int(logkey.Series, len(e.Series)), slog.Int(logkey.Rows, e.Rows),
		slog.String(keyWAPE, shown(e.Measures, "wape")), slog.String(keyBaselineWAPE, shown(e.Baseline, "wape")),
		slog.String(keyMASE, shown(e.Measures, "mase")), slog.String(keyBias, shown(e.Measures, "bias")),
		slog.String(keyCoverage, b.coverages(e.Measures)))
	for _, check := range e.Checks {
		b.env.Log.InfoContext(ctx, "gate", slog.String(keyCheck, check.Name), slog.String(keyVerdict, string(check.Verdict)), slog.String(logkey.Reason, check.Text))
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
