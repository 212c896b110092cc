package step

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/backtest/special"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/fallback"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/series"
)

// learn tells the target what special days do to each series, by what was observed up to
// the date, if a forecast that is carried on comes to special days. Without observations
// it tells nothing.
func (f Fallback) learn(ctx context.Context, db *lake.DB, days specialDays, target *fallback.Target) error {
	horizon := calendar.Date(f.Definition.Forecast.Horizon)
	carried := calendar.Range{From: f.Plan.Of + horizon + 1, To: f.Plan.Date + horizon}
	if f.Seen == nil || days.count(carried) == 0 {
		return nil
	}
	path, err := f.Seen(ctx)
	if errors.Is(err, forecast.ErrNotFound) || err == nil && path == "" {
		return nil
	}
	if err != nil {
		return fmt.Errorf("fill %s: %w", f.Plan.Date, err)
	}
	histories, err := readHistories(ctx, db, path, f.Definition)
	if err != nil {
		return err
	}
	target.Effect = effectsOf(histories, f.Plan.Date, carried.To, days)
	return nil
}

// effectsOf returns the factor of a special day of a series, as a forecast of a date has
// it, and whether it is known.
func effectsOf(histories []fallback.History, date, last calendar.Date, days specialDays) func(series.Key, calendar.Date) (float64, bool) {
	panel := make([]series.Series, 0, len(histories))
	first := date
	for _, history := range histories {
		s := dense(history, date)
		if len(s.Values) > 0 {
			panel, first = append(panel, s), min(first, s.Start)
		}
	}
	class := func(day calendar.Date) calendar.Class { return calendar.Class(days.class(day)) }
	laid := days.lay(calendar.Range{From: first, To: last}, class)
	observed := make(map[series.Key]special.Observed, len(panel))
	all := make([]special.Observed, len(panel))
	for i, s := range panel {
		all[i] = laid.For(s.Key).Observe(s.Values, s.Start)
		observed[s.Key] = all[i]
	}
	pooled := special.Pool(all)
	return func(key series.Key, day calendar.Date) (float64, bool) {
		return laid.For(key).Effects(observed[key], pooled).Factor(day)
	}
}

// dense returns what was observed of a series up to a date, by day.
func dense(history fallback.History, date calendar.Date) series.Series {
	s := series.Series{Key: history.Series}
	var last calendar.Date
	for _, o := range history.Observations {
		if o.Date > date {
			continue
		}
		if last.IsZero() || o.Date < s.Start {
			s.Start = o.Date
		}
		last = max(last, o.Date)
	}
	if last.IsZero() {
		return s
	}
	s.Values = make([]float64, last-s.Start+1)
	for i := range s.Values {
		s.Values[i] = math.NaN()
	}
	for _, o := range history.Observations {
		if o.Date <= date {
			s.Values[o.Date-s.Start] = o.Value
		}
	}
	return s
}
