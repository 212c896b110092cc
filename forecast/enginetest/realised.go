package enginetest

import (
	"context"
	"fmt"
	"slices"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/realised"
)

// Realised compares what was published with the actuals that Forecasts tells.
func (f *Fake) Realised(ctx context.Context, query forecast.RealisedQuery) (forecast.Realised, error) {
	if err := f.enter(ctx, "Realised"); err != nil {
		return forecast.Realised{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	newest := f.cal.Newest(f.now())
	targets := realised.Targets(query, newest)
	var rows []realised.Row
	for d := targets.From - calendar.Date(f.def.Forecast.Horizon); d < targets.To; d++ {
		rows = append(rows, f.scored(d, targets)...)
	}
	o := realised.Options{Query: query, Targets: targets, Levels: f.def.Forecast.Levels, Expected: f.expected(targets.From-1, newest)}
	report := realised.Report(rows, o)
	if len(report.Horizons) == 0 {
		return forecast.Realised{}, fmt.Errorf("read realised accuracy: nothing that was published has come true yet: %w", forecast.ErrNotFound)
	}
	report.Read = f.now()
	if targets.To == newest && query.Series == "" && f.drift.Lasts() {
		report.DriftSince = f.drift.Since
	}
	return report, nil
}

// Drift returns the drift that the fake was made with.
func (f *Fake) Drift(ctx context.Context) (forecast.Drift, error) {
	if err := f.enter(ctx, "Drift"); err != nil {
		return forecast.Drift{}, err
	}
	return f.drift, nil
}

// scored compares the current generation of a date.
func (w *world) scored(d calendar.Date, targets calendar.Range) []realised.Row {
	current := w.facts(d).Current
	if current.Generation == "" {
		return nil
	}
	query := forecast.SeriesQuery{Date: d}
	list, planted := w.forecasts[d]
	if !planted {
		list = w.demoForecasts(query, current)
	}
	actuals := make(realised.Actuals)
	for _, s := range list {
		actuals[s.Series] = make(map[calendar.Date]float64)
		for _, o := range s.Actuals {
			if targets.Contains(o.Date) {
				actuals[s.Series][o.Date] = o.Value
			}
		}
	}
	return realised.Score(current, list, actuals)
}

// expected returns what the newest evaluations of each weekday up to a date let expect, or
// of any date if none before does.
func (w *world) expected(upTo, newest calendar.Date) []forecast.OriginErrors {
	for _, from := range []calendar.Date{upTo, newest} {
		week := realised.NewWeek()
		for d := from; d >= w.cal.Start(); d-- {
			if score, ok := w.score(d); ok && week.Wants(d) {
				week.Add(score)
			}
		}
		if errors := week.Errors(); len(errors) > 0 {
			return errors
		}
	}
	return nil
}

// score returns the newest evaluation of a date.
func (w *world) score(d calendar.Date) (forecast.Evaluation, bool) {
	for _, attempt := range slices.Backward(w.attempts[d]) {
		if score, ok := w.scores[attempt.ID]; ok {
			return score, true
		}
	}
	return forecast.Evaluation{}, false
}
