package metrics

import (
	"slices"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// Rows returns the series that the filter lets pass, in their order, with the
// fields of `daybatch metrics -o csv`; or what came true, by days ahead.
func (p *Page) Rows() effects.Rows {
	if p.realised.shown {
		return p.realised.rows(p.date.String(), p.env.Pipeline.Levels)
	}
	columns, list := p.env.Pipeline.Series, slices.Clone(p.rows)
	names := measureNames(list)
	return effects.Rows{
		Name:   "metrics-" + p.date.String(),
		Fields: slices.Concat(columns, []string{"model", "form", "class", "share"}, names),
		Len:    len(list),
		At: func(i int) []any {
			one := list[i]
			values := append(page.SeriesValues(columns, one.Series.Parts()), one.Model, one.Form, one.Class, one.Share)
			return append(values, page.Measured(one.Measures, names)...)
		},
	}
}

// measureNames returns the measures that any of the series has, the best known
// first.
func measureNames(list []forecast.SeriesAccuracy) []string {
	var known, others []string
	has := make(map[string]bool)
	for _, one := range list {
		for name := range one.Measures {
			has[name] = true
		}
	}
	for _, name := range []string{"wape", "mase", "rmsse", "smape", "bias", "pinball", "msis", "coverage_80", "coverage_95"} {
		if has[name] {
			known = append(known, name)
			delete(has, name)
		}
	}
	for name := range has {
		others = append(others, name)
	}
	slices.Sort(others)
	return append(known, others...)
}

// rows returns the accuracy by days ahead, with the fields of `daybatch metrics
// --realised -o csv`.
func (r *realised) rows(date string, levels []int) effects.Rows {
	names := []string{"wape", "bias", "smape", "mae"}
	for _, level := range levels {
		names = append(names, forecast.CoverageName(level))
	}
	horizons := r.report.Horizons
	rows := effects.Rows{
		Name: "realised-" + date, Len: len(horizons),
		Fields: []string{"horizon", "published_targets", "published_rows", "model_targets", "model_rows"},
	}
	for _, prefix := range []string{"published_", "model_"} {
		for _, name := range names {
			rows.Fields = append(rows.Fields, prefix+name)
		}
	}
	rows.Fields = append(rows.Fields, "expected_low", "expected_median", "expected_high", "drift")
	rows.At = func(i int) []any {
		h := horizons[i]
		values := []any{h.Horizon, h.Published.Targets, h.Published.Rows, h.Model.Targets, h.Model.Rows}
		values = append(values, page.Measured(h.Published.Measures, names)...)
		values = append(values, page.Measured(h.Model.Measures, names)...)
		if h.Expected == nil {
			return append(values, nil, nil, nil, h.Drift)
		}
		return append(values, h.Expected.Low, h.Expected.Median, h.Expected.High, h.Drift)
	}
	return rows
}
