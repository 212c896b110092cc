package backtest

import (
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
)

// Origins returns the origins that judge a forecast for the given date, oldest
// first: the newest is the horizon before the date, so that all its actuals are
// known, and the others lie half a horizon apart before it, up to whole seasons so
// that each sees the same weekdays ahead. Closer ones would share most of their
// actuals: what happens once would count several times, and intervals would be
// made of too few events. Farther ones would ask for histories that short series
// don't have. A horizon or count below 1 gives none.
func Origins(date calendar.Date, horizon, season, count int) []calendar.Date {
	if horizon < 1 || count < 1 {
		return nil
	}
	season = max(1, season)
	half := (horizon + 1) / 2
	step := (half + season - 1) / season * season
	origins := make([]calendar.Date, count)
	for i := range origins {
		origins[i] = date - calendar.Date(horizon+step*(count-1-i))
	}
	return origins
}

// leastHorizon is how many days a short series must be judged by.
const leastHorizon = 7

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
	if horizon < leastHorizon {
		return nil, 0
	}
	return []calendar.Date{earliest}, horizon
}
