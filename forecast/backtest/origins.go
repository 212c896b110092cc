package backtest

import (
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
)

// originStep is the distance between origins: whole weeks, so that each sees
// the same weekdays ahead.
const originStep = 7

// Origins returns the origins that judge a forecast for the given date, oldest
// first: the newest is the horizon before the date, so that all its actuals are
// known, and the others lie a week apart before it. A horizon or count below 1
// gives none.
func Origins(date calendar.Date, horizon, count int) []calendar.Date {
	if horizon < 1 || count < 1 {
		return nil
	}
	origins := make([]calendar.Date, count)
	for i := range origins {
		origins[i] = date - calendar.Date(horizon+originStep*(count-1-i))
	}
	return origins
}

// Schedule returns the origins of a series and how many days are forecast from
// each. It drops the origins that leave it less than the minimum history. If
// that drops all, one origin takes their place, as late as needed, with a
// horizon that ends where the newest origin's does: a short series is judged
// over fewer days. Below a week of them it has no origin.
func (o Options) Schedule(s series.Series) (origins []calendar.Date, horizon int) {
	known := trimEnd(s.Values)
	first := firstObserved(known)
	earliest := s.Start + calendar.Date(first+o.MinHistory-1)
	for i, origin := range o.Origins {
		if origin >= earliest {
			return o.Origins[i:], o.Horizon
		}
	}
	if len(o.Origins) == 0 || first == len(known) {
		return nil, 0
	}
	horizon = int(o.Origins[len(o.Origins)-1]-earliest) + o.Horizon
	if horizon < originStep {
		return nil, 0
	}
	return []calendar.Date{earliest}, horizon
}
