package bench

import (
	"fmt"

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
)

// common is the date on which the training parts of a set end whose series have
// no date in common. Nothing depends on which one it is.
const common = calendar.Date(730_000)

// layout is a set on one axis of dates.
type layout struct {
	panel   []series.Series
	origins []calendar.Date
	horizon int
}

// lay puts the series on the axis of the origins: on their own dates if their
// training parts end on the same one, else so that they do.
func (s Set) lay(o Options) (layout, error) {
	l := layout{horizon: o.Horizon, panel: make([]series.Series, len(s.Series))}
	if l.horizon == 0 {
		l.horizon = s.Series[0].Test
	}
	if l.horizon < 1 {
		return layout{}, fmt.Errorf("%s: no horizon: give one, or mark the rows to forecast as test in a column split", s.Name)
	}
	ends, shared := make([]int, len(s.Series)), s.Dated
	for i, sample := range s.Series {
		if o.Origins == 0 && o.Horizon == 0 && sample.Test != l.horizon {
			return layout{}, fmt.Errorf("%s: series %s has %d test rows, %s has %d: give the horizon", s.Name, s.Series[0].ID, l.horizon, sample.ID, sample.Test)
		}
		ends[i] = len(sample.Values) - l.horizon
		if o.Origins == 0 && sample.Test > 0 {
			if sample.Test < l.horizon {
				return layout{}, fmt.Errorf("%s: series %s has %d test rows, not the horizon of %d", s.Name, sample.ID, sample.Test, l.horizon)
			}
			ends[i] = len(sample.Values) - sample.Test
		}
		if ends[i] < 1 {
			return layout{}, fmt.Errorf("%s: series %s has %d values, too few for a horizon of %d", s.Name, sample.ID, len(sample.Values), l.horizon)
		}
		shared = shared && sample.Start+calendar.Date(ends[i]) == s.Series[0].Start+calendar.Date(ends[0])
	}
	if o.Holidays && !shared {
		return layout{}, fmt.Errorf("%s: holidays need a column of dates, and series whose training parts end on the same one", s.Name)
	}
	origin := common
	if shared {
		origin = s.Series[0].Start + calendar.Date(ends[0]-1)
	}
	for i, sample := range s.Series {
		l.panel[i] = series.Series{Key: series.MakeKey(sample.ID), Start: origin - calendar.Date(ends[i]-1), Values: sample.Values}
	}
	for k := max(1, o.Origins) - 1; k >= 0; k-- {
		l.origins = append(l.origins, origin-calendar.Date(k*o.step(l.horizon)))
	}
	return l, nil
}

// step is the distance between origins.
func (o Options) step(horizon int) int {
	if o.Step > 0 {
		return o.Step
	}
	return horizon
}
