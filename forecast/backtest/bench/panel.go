package bench

import (
	"cmp"
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
	short   int // series without a training part, left out
}

// lay puts the series on the axis of the origins: on their own dates if their
// training parts end on the same one, else so that they do.
func (s Set) lay(o Options) (layout, error) {
	l := layout{horizon: cmp.Or(o.Horizon, s.Series[0].Test, s.Horizon)}
	if l.horizon < 1 {
		return layout{}, fmt.Errorf("%s: no horizon: give one, or mark the rows to forecast as test in a column split", s.Name)
	}
	var kept []Sample
	var ends []int
	for _, sample := range s.Series {
		end, err := s.end(sample, l.horizon, o)
		if err != nil {
			return layout{}, err
		}
		if end < 1 {
			l.short++
			continue
		}
		kept, ends = append(kept, sample), append(ends, end)
	}
	if len(kept) == 0 {
		return layout{}, fmt.Errorf("%s: no series has more values than the horizon of %d", s.Name, l.horizon)
	}
	shared := s.Dated()
	for i, sample := range kept {
		shared = shared && sample.Start+calendar.Date(ends[i]) == kept[0].Start+calendar.Date(ends[0])
	}
	if o.Holidays && !shared {
		return layout{}, fmt.Errorf("%s: holidays need a column of dates, and series whose training parts end on the same one", s.Name)
	}
	origin := common
	if shared {
		origin = kept[0].Start + calendar.Date(ends[0]-1)
	}
	l.panel = make([]series.Series, len(kept))
	for i, sample := range kept {
		l.panel[i] = series.Series{Key: series.MakeKey(sample.ID), Start: origin - calendar.Date(ends[i]-1), Values: sample.Values}
	}
	for k := max(1, o.Origins) - 1; k >= 0; k-- {
		l.origins = append(l.origins, origin-calendar.Date(k*o.step(l.horizon)))
	}
	return l, nil
}

// end returns how many values of a series are before its newest test part, below 1 if
// none is.
func (s Set) end(sample Sample, horizon int, o Options) (int, error) {
	if first := s.Series[0]; o.Origins == 0 && o.Horizon == 0 && sample.Test != first.Test {
		return 0, fmt.Errorf("%s: series %s has %d test rows, %s has %d: give the horizon", s.Name, first.ID, first.Test, sample.ID, sample.Test)
	}
	if o.Origins > 0 || sample.Test == 0 {
		return len(sample.Values) - horizon, nil
	}
	if sample.Test < horizon {
		return 0, fmt.Errorf("%s: series %s has %d test rows, not the horizon of %d", s.Name, sample.ID, sample.Test, horizon)
	}
	return len(sample.Values) - sample.Test, nil
}

// step is the distance between origins.
func (o Options) step(horizon int) int {
	if o.Step > 0 {
		return o.Step
	}
	return horizon
}
