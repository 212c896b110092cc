package step

import (
	"context"
	"os"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/series"
)

// partitionBuilder checks a forecast and makes the partition of it, some series at a
// time.
type partitionBuilder struct {
	spec   Spec
	layout lake.Layout
	out    *lake.WholeWriter

	open *forecastRows // of the series that may go on in the next window
	seen map[series.Key]bool
	rows int64
}

// read reads the forecast in windows, in an order by series.
func (p *partitionBuilder) read(ctx context.Context, db *lake.DB, path, scratch string, window int) error {
	if horizon := p.spec.Definition.Forecast.Horizon; horizon < 1 {
		return failf(forecast.ReasonConfig, "forecast.horizon is %d: it must be at least 1", horizon)
	}
	columns := p.layout.Forecast()
	ordered, err := db.BySeries(ctx, path, scratch, p.layout.Series, columns[len(p.layout.Series):]...)
	if err != nil {
		return failf(forecast.ReasonStep, "read %s: %w; it needs the columns %v", path, err, columns)
	}
	if ordered != path {
		defer func() { _ = os.Remove(ordered) }()
	}
	for frame, err := range db.Windows(ctx, ordered, window, columns...) {
		if err != nil {
			return err //nolint:wrapcheck // it names the file
		}
		rows, err := rowsOf(frame, p.layout)
		if err != nil {
			return failf(forecast.ReasonStep, "read %s: %w; it needs the columns %v", path, err, columns)
		}
		if err := p.add(ctx, rows); err != nil {
			return err
		}
	}
	if p.open == nil {
		return failf(forecast.ReasonStep, "%s has no rows", ForecastFile)
	}
	return p.flush(ctx, p.open)
}

// add takes the rows of a window: those of its last series wait for the next one.
func (p *partitionBuilder) add(ctx context.Context, rows *forecastRows) error {
	if p.open != nil {
		rows = p.open.joined(rows)
	}
	last := len(rows.keys) - 1
	from := last
	for from > 0 && rows.keys[from-1] == rows.keys[last] {
		from--
	}
	p.open = rows.slice(from, last+1)
	if from == 0 {
		return nil
	}
	return p.flush(ctx, rows.slice(0, from))
}

// flush checks the rows of some series and hands them on.
func (p *partitionBuilder) flush(ctx context.Context, rows *forecastRows) error {
	rows.sort()
	for i, key := range rows.keys {
		if i > 0 && rows.keys[i-1] == key {
			continue
		}
		if p.seen[key] {
			return failf(forecast.ReasonStep, "%s: series %s is in two places of a file that is marked as ordered by series", ForecastFile, key)
		}
		p.seen[key] = true
		if columns := p.layout.Series; len(key.Parts()) != len(columns) {
			return failf(forecast.ReasonStep, "%s: series %q, column %s: it is empty or contains the unit separator (U+001F)",
				ForecastFile, string(key), strings.Join(columns, " or "))
		}
	}
	if err := rows.check(p.spec); err != nil {
		return err
	}
	p.rows += int64(len(rows.keys))
	return p.out.Append(ctx, rows.partition(p.spec)) //nolint:wrapcheck // it names the file and what to do
}

// slice returns some of the rows.
func (f *forecastRows) slice(from, to int) *forecastRows {
	part := &forecastRows{
		layout: f.layout, keys: f.keys[from:to], dates: f.dates[from:to], means: f.means[from:to],
		horizon: f.horizon[from:to], models: f.models[from:to],
	}
	for k := range f.lower {
		part.lower, part.upper = append(part.lower, f.lower[k][from:to]), append(part.upper, f.upper[k][from:to])
	}
	return part
}

// joined returns the rows of both.
func (f *forecastRows) joined(next *forecastRows) *forecastRows {
	all := &forecastRows{
		layout: f.layout, keys: slices.Concat(f.keys, next.keys), dates: slices.Concat(f.dates, next.dates), means: slices.Concat(f.means, next.means),
		horizon: slices.Concat(f.horizon, next.horizon), models: slices.Concat(f.models, next.models),
	}
	for k := range f.lower {
		all.lower, all.upper = append(all.lower, slices.Concat(f.lower[k], next.lower[k])), append(all.upper, slices.Concat(f.upper[k], next.upper[k]))
	}
	return all
}
