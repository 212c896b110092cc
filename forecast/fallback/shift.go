package fallback

import (
	"fmt"
	"math"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
)

// Target is the date to be filled.
type Target struct {
	Date    calendar.Date
	Horizon int // days after it
	// Class returns the class of a special day, calendar.ClassNone of an ordinary
	// one; nil: all days are ordinary.
	Class func(calendar.Date) calendar.Class
	// ClassOf, if not nil, returns the Class of a series.
	ClassOf func(series.Key) func(calendar.Date) calendar.Class
	// Effect, if not nil, returns the factor of a special day of a series as its history
	// has it, and whether that is known: for classes that a forecast has no day of.
	Effect func(key series.Key, day calendar.Date) (factor float64, known bool)
}

// of returns the target with the special days of a series.
func (t Target) of(key series.Key) Target {
	if t.ClassOf != nil {
		t.Class = t.ClassOf(key)
	}
	return t
}

func (t Target) class(d calendar.Date) calendar.Class {
	if t.Class == nil {
		return calendar.ClassNone
	}
	return t.Class(d)
}

// Shift returns forecasts made for one date as forecasts for a later one. The
// forecasts have a point for each day of the horizon after their date, and levels
// in ascending order; what is returned shares nothing with them. It wraps
// forecast.ErrInvalid if they have not, or if the horizon is shorter than a week,
// which can't be carried on.
func Shift(list []forecast.SeriesForecast, t Target) ([]forecast.SeriesForecast, error) {
	shifted := make([]forecast.SeriesForecast, len(list))
	for i, s := range list {
		if err := t.check(s); err != nil {
			return nil, fmt.Errorf("fill %s with the forecast of %s: %w: %s", t.Date, s.Date, forecast.ErrInvalid, err.Error())
		}
		shifted[i] = t.of(s.Series).shift(s)
	}
	return shifted, nil
}

func (t Target) check(s forecast.SeriesForecast) error {
	switch {
	case s.Date >= t.Date:
		return fmt.Errorf("series %s: it is not older", s.Series)
	case t.Horizon < week:
		return fmt.Errorf("a horizon of %d days has no same weekday one week earlier", t.Horizon)
	case len(s.Points) != t.Horizon:
		return fmt.Errorf("series %s has %d days, want %d", s.Series, len(s.Points), t.Horizon)
	}
	for i, p := range s.Points {
		if want := s.Date + calendar.Date(i) + 1; p.Date != want {
			return fmt.Errorf("series %s has a row for %s where that for %s belongs", s.Series, p.Date, want)
		}
		if len(p.Lower) != len(s.Levels) || len(p.Upper) != len(s.Levels) {
			return fmt.Errorf("series %s, %s: %d and %d bounds, want %d", s.Series, p.Date, len(p.Lower), len(p.Upper), len(s.Levels))
		}
	}
	return nil
}

// shift carries a series on and drops what lies at or before the target's date.
func (t Target) shift(s forecast.SeriesForecast) forecast.SeriesForecast {
	path := path{Target: t, key: s.Series, made: s.Date, points: make([]forecast.Point, 0, len(s.Points)+int(t.Date-s.Date))}
	path.floored = true
	for _, p := range s.Points {
		path.points = append(path.points, clone(p))
		for _, low := range p.Lower {
			path.floored = path.floored && low >= 0
		}
	}
	path.given = len(path.points)
	for end := t.Date + calendar.Date(t.Horizon); path.last() < end; {
		path.points = append(path.points, path.next())
	}
	s.Points = path.points[len(path.points)-t.Horizon:]
	s.FallbackOf, s.Date, s.Actuals, s.Generation = s.Date, t.Date, nil, ""
	return s
}

func clone(p forecast.Point) forecast.Point {
	p.Lower, p.Upper = append([]float64(nil), p.Lower...), append([]float64(nil), p.Upper...)
	return p
}

// path is the forecast of a series as it is carried on, day by day.
type path struct {
	Target

	key     series.Key
	made    calendar.Date
	points  []forecast.Point // from made+1 on
	given   int              // how many of them are the forecast's own
	floored bool             // no bound lies below 0
}

func (p *path) last() calendar.Date { return p.made + calendar.Date(len(p.points)) }

// at returns the point of a day, and false if there is none.
func (p *path) at(d calendar.Date) (forecast.Point, bool) {
	i := int(d-p.made) - 1
	if i < 0 || i >= len(p.points) {
		return forecast.Point{}, false
	}
	return p.points[i], true
}

// next returns the point after the last one.
func (p *path) next() forecast.Point {
	d := p.last() + 1
	base, effect := p.base(d)
	grown := p.grow(base, d)
	grown.Mean = base.Mean * effect
	for k := range grown.Lower {
		low, high := grown.Lower[k]*effect, grown.Upper[k]*effect
		if k > 0 { // intervals stay nested
			low, high = max(low, grown.Mean-grown.Lower[k-1]), max(high, grown.Upper[k-1]-grown.Mean)
		}
		grown.Lower[k], grown.Upper[k] = grown.Mean-low, grown.Mean+high
		if p.floored {
			grown.Lower[k] = max(0, grown.Lower[k])
		}
	}
	return grown
}

// base returns the point that day d is made of, and the factor of d's calendar
// effect on it.
func (p *path) base(d calendar.Date) (forecast.Point, float64) {
	weekBefore, _ := p.at(d - week)
	if p.class(d-week) == p.class(d) {
		return weekBefore, 1
	}
	ordinary, found := p.newest(d, week)
	if found {
		return ordinary, p.factor(d)
	}
	// The only same weekday is a special day: its effect is taken off.
	if effect, known := p.known(d - week); known && effect > 0 {
		return weekBefore, p.factor(d) / effect
	} else if newest, found := p.newest(d, 1); found && known { // closed: it tells nothing
		return newest, p.factor(d)
	}
	return weekBefore, 1
}

// factor returns the effect of a day, 1 of one that nothing is known of.
func (p *path) factor(d calendar.Date) float64 {
	if effect, known := p.known(d); known {
		return effect
	}
	return 1
}

// known returns the effect of a day, as the forecast's own days of its class have it, else
// as the history of the series.
func (p *path) known(d calendar.Date) (float64, bool) {
	class := p.class(d)
	if class == calendar.ClassNone {
		return 1, true
	}
	if effect, known := p.effect(class); known {
		return effect, true
	}
	if p.Effect == nil {
		return 1, false
	}
	return p.Effect(p.key, d)
}

// newest returns the newest point before d that is no special day, of those that lie
// steps of so many days before.
func (p *path) newest(d, step calendar.Date) (forecast.Point, bool) {
	for day := d - step; day > p.made; day -= step {
		if p.class(day) == calendar.ClassNone {
			return p.at(day)
		}
	}
	return forecast.Point{}, false
}

// effect returns by which factor the forecast's own days of a class differ from
// the ordinary days a week beside them; false if it has no such pair.
func (p *path) effect(class calendar.Class) (float64, bool) {
	special, beside := 0.0, 0.0
	for _, point := range p.points[:p.given] {
		if p.class(point.Date) != class {
			continue
		}
		for _, other := range []calendar.Date{point.Date - week, point.Date + week} {
			ordinary, found := p.at(other)
			if found && int(other-p.made) <= p.given && p.class(other) == calendar.ClassNone {
				special, beside = special+point.Mean, beside+ordinary.Mean
				break
			}
		}
	}
	effect := special / beside
	return effect, beside > 0 && effect >= 0 && !math.IsInf(effect, 0)
}

// grow returns the distances of the bounds of day d from its mean: those of the
// day that it is made of, grown on as they grew over the week before that. Where
// nothing is known of that week they grow as those of a random walk do, which is
// also the most.
func (p *path) grow(base forecast.Point, d calendar.Date) forecast.Point {
	from, to := float64(base.Date-p.made), float64(d-p.made)
	grown := forecast.Point{Date: d, Lower: make([]float64, len(base.Lower)), Upper: make([]float64, len(base.Upper))}
	before, known := p.at(base.Date - week)
	for k := range base.Lower {
		low, high := base.Mean-base.Lower[k], base.Upper[k]-base.Mean
		most := math.Sqrt(to / from)
		growLow, growHigh := most, most
		if known {
			weeks := (to - from) / week
			growLow = growth(before.Mean-before.Lower[k], low, weeks, most)
			growHigh = growth(before.Upper[k]-before.Mean, high, weeks, most)
		}
		grown.Lower[k], grown.Upper[k] = low*growLow, high*growHigh
	}
	return grown
}

// growth returns the factor by which a width goes on growing that grew from
// before to now in a week, between 1 and most.
func growth(before, now, weeks, most float64) float64 {
	if !(before > 0) || !(now > 0) {
		return 1
	}
	return min(max(1, math.Pow(now/before, weeks)), most)
}
