package step

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/series"
)

// listedProblems is how many bad observations the error of a panel lists.
const listedProblems = 10

// buildPanel writes the panel of the rows and returns what it found. A NULL value is a
// date without an observation.
func buildPanel(ctx context.Context, env Env, db *lake.DB, special specialDays) (PanelReport, error) {
	b := panelBuilder{
		spec: env.Spec, columns: env.Spec.Definition.Source.Series, special: special,
		seen:   make(map[series.Key]bool),
		report: PanelReport{Date: env.Spec.Date, First: env.Spec.Date + 1},
	}
	b.period, _ = periods(env.Spec.Definition.Forecast.Season)
	b.out = db.NewPanelWriter(env.Output(PanelFile), b.columns, special.of)
	defer b.out.Discard()
	if err := b.read(ctx, db, env.Input("rows", RowsFile), filepath.Join(env.Root, "tmp"), cmp.Or(env.shard, shardRows)); err != nil {
		return PanelReport{}, err
	}
	if err := b.fault(); err != nil {
		return PanelReport{}, fmt.Errorf("build panel of %s: %w", RowsFile, err)
	}
	if len(b.report.Series) == 0 {
		return PanelReport{}, failf(forecast.ReasonData, "no row has a value: look at column %s of the query", env.Spec.Definition.Source.Value)
	}
	if err := b.out.Close(ctx); err != nil {
		return PanelReport{}, err //nolint:wrapcheck // it names the file and what to do
	}
	b.report.SeriesCount = len(b.report.Series)
	b.report.findEnded()
	b.report.SpecialDays = special.count(calendar.Range{From: b.report.First, To: env.Spec.Date})
	b.report.Warnings = append(panelWarnings(b.report), special.strangers(b.report.Series)...)
	return b.report, nil
}

// panelBuilder makes a panel of rows of which those of a series stand together.
type panelBuilder struct {
	spec    Spec
	columns []string
	period  int
	special specialDays
	out     *lake.PanelWriter
	report  PanelReport

	rows int             // read
	key  series.Key      // of the series that may go on
	open *series.Builder // its observations; nil without any
	seen map[series.Key]bool

	problems []series.Problem // the first, by their rows
	total    int
}

// read reads the rows in windows, in an order by series.
func (b *panelBuilder) read(ctx context.Context, db *lake.DB, path, scratch string, window int) error {
	ordered, err := db.BySeries(ctx, path, scratch, b.columns, lake.DateColumn, lake.ValueColumn)
	if err != nil {
		return err //nolint:wrapcheck // it names the file and column
	}
	columns := append(slices.Clone(b.columns), lake.DateColumn, lake.ValueColumn)
	if ordered != path {
		defer func() { _ = os.Remove(ordered) }()
		columns = append(columns, lake.RowColumn)
	}
	for frame, err := range db.Windows(ctx, ordered, window, columns...) {
		if err != nil {
			return err //nolint:wrapcheck // it names the file and column
		}
		if err := b.add(ctx, frame); err != nil {
			return err
		}
	}
	return b.end(ctx)
}

// add takes the rows of a window.
func (b *panelBuilder) add(ctx context.Context, frame *lake.Frame) error {
	keys, err := lake.KeyColumn(frame, b.columns)
	if err != nil {
		return fmt.Errorf("read %s: %w", RowsFile, err)
	}
	dates, errDates := lake.Column[[]calendar.Date](frame, lake.DateColumn)
	values, errValues := lake.Column[[]float64](frame, lake.ValueColumn)
	if err := errors.Join(errDates, errValues); err != nil {
		return fmt.Errorf("read %s: %w", RowsFile, err)
	}
	texts := make([][]string, len(b.columns)) // a key that is at fault doesn't give its parts
	for k, name := range b.columns {
		if texts[k], err = lake.Column[[]string](frame, name); err != nil {
			return fmt.Errorf("read %s: %w", RowsFile, err)
		}
	}
	parts := make([]string, len(b.columns))
	positions, err := lake.Column[[]int64](frame, lake.RowColumn)
	if err != nil { // the file has the order of the rows
		positions = nil
	}
	for i, key := range keys {
		row := b.rows + 1
		if positions != nil {
			row = int(positions[i]) + 1
		}
		b.rows++
		if math.IsNaN(values[i]) {
			continue
		}
		if b.open == nil || key != b.key {
			if err := b.begin(ctx, key); err != nil {
				return err
			}
		}
		for k := range parts {
			parts[k] = texts[k][i]
		}
		b.open.Add(series.Observation{Parts: parts, Date: dates[i], Value: values[i], Row: row})
	}
	return nil
}

// begin ends the open series and begins another.
func (b *panelBuilder) begin(ctx context.Context, key series.Key) error {
	if err := b.end(ctx); err != nil {
		return err
	}
	if b.seen[key] && b.total == 0 { // a mark that the file was rewritten with; a key that is at fault may be that of several
		return failf(forecast.ReasonStep, "read %s: series %s is in two places of a file that is marked as ordered by series", RowsFile, key)
	}
	b.seen[key] = true
	b.key, b.open = key, series.NewBuilder(series.Options{Columns: b.columns, Origin: b.spec.Date, Problems: listedProblems})
	return nil
}

// end writes the open series and reports on it.
func (b *panelBuilder) end(ctx context.Context) error {
	if b.open == nil {
		return nil
	}
	panel, err := b.open.Build()
	b.open = nil
	if data := (*series.DataError)(nil); errors.As(err, &data) {
		b.take(data)
		return nil
	}
	if err != nil {
		return fmt.Errorf("build panel of %s: %w", RowsFile, err)
	}
	for i, one := range panel.Series {
		class := b.special.of(one.Key)
		flags, outliers := findOutliers(one, func(day calendar.Date) bool { return class(day) != "" })
		b.describe(one, panel.Reports[i], outliers)
		if b.total > 0 { // there will be no panel
			continue
		}
		if err := b.out.Append(ctx, one, flags); err != nil {
			return err //nolint:wrapcheck // it names the file and what to do
		}
	}
	return nil
}

func (b *panelBuilder) describe(one series.Series, report series.Report, outliers []Outlier) {
	b.report.Series = append(b.report.Series, SeriesReport{
		Report: report, Class: series.Classify(one, b.period), Start: one.Start, Outliers: outliers,
	})
	b.report.First = min(b.report.First, one.Start)
	b.report.Observations += report.Observations
	b.report.Gaps += report.Gaps
	b.report.Outliers += len(outliers)
}

// findEnded says which series have ended: their values did, and those of others not.
func (r *PanelReport) findEnded() {
	newest := calendar.Date(0)
	for _, one := range r.Series {
		newest = max(newest, r.Date-calendar.Date(one.Trailing))
	}
	for i, one := range r.Series {
		r.Series[i].Class = classAfter(one.Class, r.Date-calendar.Date(one.Trailing), newest)
	}
}

// take keeps the first problems, by their rows.
func (b *panelBuilder) take(data *series.DataError) {
	b.total += data.Total
	b.problems = append(b.problems, data.Problems...)
	slices.SortStableFunc(b.problems, func(x, y series.Problem) int { return cmp.Compare(x.Row, y.Row) })
	b.problems = b.problems[:min(len(b.problems), listedProblems)]
}

// fault returns a *series.DataError, or nil if there is no problem.
func (b *panelBuilder) fault() error {
	if b.total == 0 {
		return nil
	}
	return &series.DataError{Problems: b.problems, Total: b.total}
}
