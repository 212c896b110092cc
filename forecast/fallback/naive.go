package fallback

import (
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
)

const (
	// recent is how many days back a series must have been seen to be forecast.
	recent = 4 * week
	// looked is how many days back differences from week to week are looked at.
	looked = 8 * week
	// fewest is how many differences an interval needs at least.
	fewest = week
)

// History is what was observed of a series, in any order.
type History struct {
	Series       series.Key
	Observations []forecast.Observation
}

// Observe returns the histories in rows of observations. NaN is none.
func Observe(keys []series.Key, dates []calendar.Date, values []float64) []History {
	var list []History
	index := make(map[series.Key]int)
	for i, key := range keys {
		if math.IsNaN(values[i]) {
			continue
		}
		at, ok := index[key]
		if !ok {
			at = len(list)
			index[key] = at
			list = append(list, History{Series: key})
		}
		list[at].Observations = append(list[at].Observations, forecast.Observation{Date: dates[i], Value: values[i]})
	}
	return list
}

// Forecast returns naive forecasts for the target: each day is what the same
// weekday was when it was last seen, where ordinary days are taken for ordinary
// ones and special ones for special ones, as far as there are any. What was
// observed after the target's date is not looked at. Intervals are quantiles of
// the differences between the same weekdays of the last eight weeks, and grow
// with the root of the weeks. A series that was not seen in the four weeks before
// the target's date, or has too few differences, is left out. Newest is the newest
// date with data, zero if there is none.
func Forecast(histories []History, t Target, levels []int) (list []forecast.SeriesForecast, newest calendar.Date) {
	for _, history := range histories {
		seen := make(map[calendar.Date]float64)
		last := calendar.Date(0)
		for _, o := range history.Observations {
			if o.Date > t.Date-looked && o.Date <= t.Date {
				seen[o.Date] = o.Value
				last = max(last, o.Date)
			}
		}
		if last <= t.Date-recent {
			continue
		}
		if s, ok := t.of(history.Series).naive(seen, levels); ok {
			newest = max(newest, last)
			s.Series = history.Series
			list = append(list, s)
		}
	}
	for i := range list {
		list[i].FallbackOf = newest
	}
	slices.SortFunc(list, func(a, b forecast.SeriesForecast) int { return slices.Compare([]byte(a.Series), []byte(b.Series)) })
	return list, newest
}

// naive forecasts a series.
func (t Target) naive(seen map[calendar.Date]float64, levels []int) (forecast.SeriesForecast, bool) {
	errs, lowest, total := t.differences(seen)
	if len(errs) < fewest {
		return forecast.SeriesForecast{}, false
	}
	s := forecast.SeriesForecast{Date: t.Date, Model: forecast.Naive, Levels: slices.Clone(levels)}
	for j := 1; j <= t.Horizon; j++ {
		d := t.Date + calendar.Date(j)
		from, found := t.like(seen, d)
		p := forecast.Point{Date: d, Mean: total / float64(len(seen))}
		if found {
			p.Mean = seen[from]
		} else {
			from = t.Date - recent
		}
		weeks := math.Sqrt(math.Ceil(float64(d-from) / week))
		for _, level := range levels {
			half := weeks * quantile(errs, level)
			low := p.Mean - half
			if lowest >= 0 {
				low = max(0, low)
			}
			p.Lower, p.Upper = append(p.Lower, low), append(p.Upper, p.Mean+half)
		}
		s.Points = append(s.Points, p)
	}
	return s, true
}

// like returns the newest day seen of the weekday of d and its class, else of its
// weekday alone.
func (t Target) like(seen map[calendar.Date]float64, d calendar.Date) (calendar.Date, bool) {
	class, newest := t.class(d), calendar.Date(0)
	for day := d - week; day > t.Date-looked; day -= week {
		if _, ok := seen[day]; !ok {
			continue
		}
		if t.class(day) == class {
			return day, true
		}
		newest = max(newest, day)
	}
	return newest, !newest.IsZero()
}

// differences returns how much days differed from those a week before, ascending,
// special days aside, and the lowest and the sum of all values.
func (t Target) differences(seen map[calendar.Date]float64) (errs []float64, lowest, total float64) {
	lowest = math.Inf(1)
	for d := t.Date - looked + 1; d <= t.Date; d++ {
		value, ok := seen[d]
		if !ok {
			continue
		}
		lowest, total = min(lowest, value), total+value
		before, ok := seen[d-week]
		if ok && t.class(d) == calendar.ClassNone && t.class(d-week) == calendar.ClassNone {
			errs = append(errs, math.Abs(value-before))
		}
	}
	slices.Sort(errs)
	return errs, lowest, total
}

// quantile returns the conformal quantile of a level in percent: the value that
// the next one of the same kind exceeds in at most 100-level of 100 cases, as far
// as there are values enough to say so.
func quantile(ascending []float64, level int) float64 {
	n := len(ascending)
	rank := int(math.Ceil(float64((n+1)*level) / 100))
	return ascending[min(rank, n)-1]
}
