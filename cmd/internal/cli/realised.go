package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/series"
)

// runRealised shows what published forecasts came to.
func runRealised(ctx context.Context, opts metricsOptions) error {
	if opts.all || opts.attempt != 0 {
		return usagef("--all and --attempt are about evaluations: leave them out with --realised")
	}
	return opts.app.with(ctx, reading, func(s *session) error {
		query := forecast.RealisedQuery{Targets: opts.targets}
		if len(opts.args) > 0 {
			date, err := s.date(opts.args)
			if err != nil {
				return err
			}
			query.To = date
		}
		if opts.series != "" {
			parts := strings.Split(opts.series, ",")
			if len(parts) != len(s.pipeline.Series) {
				return usagef("--series %s: give %s: %s", opts.series, count(len(s.pipeline.Series), "value"), strings.Join(s.pipeline.Series, ","))
			}
			query.Series = series.MakeKey(parts...)
		}
		report, err := s.engine.Realised(ctx, query)
		if errors.Is(err, forecast.ErrNotFound) {
			return &hintError{err, "forecasts are compared once a later date was run: its extract has the actuals"}
		}
		if err != nil {
			return err //nolint:wrapcheck // the engine says what was read
		}
		return opts.app.print(realisedListing(report, s.pipeline.Levels))
	})
}

// realisedListing lists the accuracy by horizon: what was published, and beside it
// the model alone against what its backtest let expect.
func realisedListing(r forecast.Realised, levels []int) listing {
	l := listing{
		header:   []string{"AHEAD ", "DATES ", "ROWS ", "WAPE ", "BIAS "},
		fields:   []string{"horizon", "published_targets", "published_rows", "model_targets", "model_rows"},
		items:    []forecast.Realised{r},
		warnings: r.Warnings,
	}
	names := []string{"wape", "bias", "smape", "mae"}
	for _, level := range levels {
		l.header = append(l.header, strconv.Itoa(level)+"% ")
		names = append(names, forecast.CoverageName(level))
	}
	l.header = append(l.header, "MODEL ", "EXPECTED", "DRIFT")
	for _, prefix := range []string{"published_", "model_"} {
		for _, name := range names {
			l.fields = append(l.fields, prefix+name)
		}
	}
	l.fields = append(l.fields, "expected_low", "expected_median", "expected_high", "drift")
	for _, h := range r.Horizons {
		l.rows = append(l.rows, realisedRow(h, levels))
		l.records = append(l.records, realisedRecord(h, names))
	}
	l.notes = []string{fmt.Sprintf("\n%s .. %s, actuals as of %s; WAPE, BIAS and coverage of what readers saw, MODEL without fallbacks",
		r.Targets.From, r.Targets.To, stamp(r.Read))}
	switch since := r.DriftSince.String(); {
	case r.Drift != "" && !r.DriftSince.IsZero():
		l.notes = append(l.notes, "drift since "+since+": "+r.Drift)
	case r.Drift != "":
		l.notes = append(l.notes, "drift: "+r.Drift)
	case !r.DriftSince.IsZero():
		l.notes = append(l.notes, "drift since "+since+": not at the newest date; three dates without end it")
	}
	for _, text := range r.Signals {
		l.notes = append(l.notes, "signal: "+text)
	}
	return l
}

func realisedRow(h forecast.HorizonAccuracy, levels []int) []string {
	row := []string{
		strconv.Itoa(h.Horizon), strconv.Itoa(h.Published.Targets), strconv.Itoa(h.Published.Rows),
		measure(h.Published.Measures, "wape"), measure(h.Published.Measures, "bias"),
	}
	for _, level := range levels {
		row = append(row, measure(h.Published.Measures, forecast.CoverageName(level)))
	}
	expected := ""
	if h.Expected != nil {
		expected = fmt.Sprintf("%.3f (%.3f .. %.3f)", h.Expected.Median, h.Expected.Low, h.Expected.High)
	}
	return append(row, measure(h.Model.Measures, "wape"), expected, h.Drift)
}

func realisedRecord(h forecast.HorizonAccuracy, names []string) []string {
	record := []string{
		strconv.Itoa(h.Horizon), strconv.Itoa(h.Published.Targets), strconv.Itoa(h.Published.Rows),
		strconv.Itoa(h.Model.Targets), strconv.Itoa(h.Model.Rows),
	}
	for _, measures := range []forecast.Measures{h.Published.Measures, h.Model.Measures} {
		for _, name := range names {
			record = append(record, recorded(measures, name))
		}
	}
	band := []string{"", "", ""}
	if h.Expected != nil {
		band = []string{exact(h.Expected.Low), exact(h.Expected.Median), exact(h.Expected.High)}
	}
	return append(slices.Concat(record, band), h.Drift)
}

// drift warns beside a listing of days if forecasts have become worse than expected.
func (s *session) drift(ctx context.Context, l *listing) {
	d, err := s.engine.Drift(ctx)
	switch {
	case err != nil:
		l.warnings = append(l.warnings, "whether forecasts drift can't be told: "+firstLine(err.Error()))
	case d.Lasts():
		l.warnings = append(l.warnings, fmt.Sprintf("drift since %s: %s; see daybatch metrics --realised", d.Since, firstLine(d.Reason)))
	}
}
