package bench

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/daybatch/daybatch/forecast/calendar"
)

const (
	// longestGap is how many times longer than its observations an axis may be: what
	// has more gaps has another frequency.
	longestGap = 5

	// commonShare and commonLeast are how many of the distances between observations
	// must be the same, at the least, for the others to count as mistakes.
	commonShare = .75
	commonLeast = 8
)

// axis lays the rows of series on steps of one frequency.
type axis struct {
	Frequency

	snapped bool // the frequency was given: a row takes the nearest step
}

// at returns the position of a time in units.
func (a axis) at(s stamp) int64 {
	switch a.Unit {
	case UnitNumber:
		return s.at
	case UnitSecond:
		return s.instant
	case UnitDay:
		return int64(s.day())
	case UnitWorkday:
		week, day := weekOf(s.day())
		return 5*week + int64(day)
	case UnitMonth:
		year, month, _ := s.day().Civil()
		return int64(monthsOfYear*year) + int64(month) - 1
	}
	return s.at
}

// weekOf returns the number of the week of a date and its weekday from Monday, 0.
func weekOf(d calendar.Date) (week int64, day int) {
	day = (int(d.Weekday()) + 6) % 7
	return (int64(d) - int64(day)) / 7, day
}

// axisOf finds the axis of some series, whose rows are in the order of their time.
func axisOf(all map[string][]row, given Frequency) (axis, error) {
	rows := make([][]row, 0, len(all))
	for _, id := range slices.Sorted(maps.Keys(all)) {
		rows = append(rows, all[id])
	}
	a := axis{Frequency: given, snapped: true}
	if rows[0][0].time.number {
		a.Frequency, a.snapped = Frequency{UnitNumber, 1}, false
	} else if given == (Frequency{}) {
		a.Unit, a.snapped = unitFor(rows), false
	}
	if a.snapped {
		return a, nil
	}
	d := distancesOf(rows, a.at)
	a.Step = max(1, int(d.common))
	return a, d.refused(a.Unit)
}

// unitFor returns the unit of the distances between dates and times. Whether they are
// days is told by clocks, which summer time leaves alone.
func unitFor(rows [][]row) Unit {
	if clock := distancesOf(rows, func(s stamp) int64 { return s.at }); clock.common%secondsOfDay != 0 {
		return UnitSecond
	}
	days := distancesOf(rows, axis{Frequency: Frequency{Unit: UnitDay}}.at)
	switch {
	case monthly(rows, days):
		return UnitMonth
	case days.common == 1 && days.often == 1 && onlyWorkdays(rows):
		return UnitWorkday
	}
	return UnitDay
}

// monthly reports whether dates are a month or several apart: they have their day of
// the month in common, or end it, or are no weeks apart.
func monthly(rows [][]row, days distances) bool {
	const shortest = 28
	if days.least < shortest {
		return false
	}
	for _, of := range rows {
		_, _, first := of[0].time.day().Civil()
		for _, o := range of {
			_, _, day := o.time.day().Civil()
			_, _, next := (o.time.day() + 1).Civil()
			if day != first && next != 1 {
				return days.common%7 != 0
			}
		}
	}
	return true
}

// leastWorkdays is how many dates without a weekend say that there are none: two weeks.
const leastWorkdays = 10

func onlyWorkdays(rows [][]row) bool {
	most := 0
	for _, of := range rows {
		most = max(most, len(of))
		for _, o := range of {
			if day := o.time.day().Weekday(); day == time.Saturday || day == time.Sunday {
				return false
			}
		}
	}
	return most >= leastWorkdays
}

// distances are those between the successive times of each series, in units.
type distances struct {
	common int64 // greatest common divisor, 0 if there is no distance
	least  int64
	often  int64 // the one seen most often
	share  float64
	count  int
	odd    gap // the first that is no multiple of the one seen most often
}

// gap is the distance between the rows of two lines.
type gap struct {
	before, line int
	length       int64
}

func distancesOf(rows [][]row, at func(stamp) int64) distances {
	var d distances
	seen := make(map[int64]int)
	for g := range gaps(rows, at) {
		seen[g.length]++
		d.count++
		d.common = divisor(d.common, g.length)
		if d.least == 0 || g.length < d.least {
			d.least = g.length
		}
	}
	for _, length := range slices.Sorted(maps.Keys(seen)) {
		if seen[length] > seen[d.often] {
			d.often = length
		}
	}
	d.share = float64(seen[d.often]) / float64(max(1, d.count))
	for g := range gaps(rows, at) {
		if g.length%d.often != 0 && (d.odd.line == 0 || g.line < d.odd.line) {
			d.odd = g
		}
	}
	return d
}

// gaps are those of all series, without those of length 0.
func gaps(rows [][]row, at func(stamp) int64) iter.Seq[gap] {
	return func(yield func(gap) bool) {
		for _, of := range rows {
			for i := 1; i < len(of); i++ {
				g := gap{of[i-1].line, of[i].line, at(of[i].time) - at(of[i-1].time)}
				if g.length > 0 && !yield(g) {
					return
				}
			}
		}
	}
}

// divisor is the greatest that two numbers have in common.
func divisor(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return max(a, -a)
}

// refused says which line is out of step with nearly all others, if one is.
func (d distances) refused(unit Unit) error {
	if d.odd.line == 0 || d.count < commonLeast || d.share < commonShare {
		return nil
	}
	one := Frequency{Unit: unit, Step: 1}
	return fmt.Errorf("line %d: it is %s after line %d, where %.0f %% of the observations are %s apart: correct its time, or give the frequency (--freq)",
		d.odd.line, one.span(int(d.odd.length)), d.odd.before, 100*d.share, one.span(int(d.often)))
}

// step returns how many steps a time is behind the first one.
func (a axis) step(first, s stamp) int {
	distance := a.at(s) - a.at(first)
	step := int64(a.Step)
	if a.snapped {
		return int((distance + step/2) / step)
	}
	return int(distance / step)
}

var errWeekend = errors.New("is at a weekend, which --freq business has not")

// sample lays the rows of a series, in the order of their time, on the axis.
func (a axis) sample(id string, rows []row) (Sample, error) {
	first, last := rows[0], rows[len(rows)-1]
	length := a.step(first.time, last.time) + 1
	if (length-1)/longestGap > len(rows) {
		return Sample{}, fmt.Errorf("lines %d to %d: %d observations over %d steps of a %s axis: give the frequency (--freq), or observe the missing ones",
			first.line, last.line, len(rows), length, a.Frequency)
	}
	s := Sample{ID: id, Values: make([]float64, length)}
	if !first.time.number {
		s.Start = first.time.day()
	}
	for i := range s.Values {
		s.Values[i] = math.NaN()
	}
	before := -1
	for i, o := range rows {
		at := a.step(first.time, o.time)
		if a.Unit == UnitWorkday && !workday(o.time.day()) {
			return Sample{}, fmt.Errorf("line %d: %w", o.line, errWeekend)
		}
		switch {
		case at == before && o.time == rows[i-1].time:
			return Sample{}, fmt.Errorf("line %d: its time is that of line %d too", o.line, rows[i-1].line)
		case at == before:
			return Sample{}, fmt.Errorf("line %d: it falls on the same step of a %s axis as line %d", o.line, a.Frequency, rows[i-1].line)
		case !o.test && s.Test > 0:
			return Sample{}, fmt.Errorf("line %d: a training row after the test rows", o.line)
		case o.test && s.Test == 0:
			s.Test = length - at
		}
		s.Values[at], before = o.value, at
	}
	return s, nil
}

func workday(d calendar.Date) bool {
	_, day := weekOf(d)
	return day < 5
}

// byTime orders rows by their time.
func byTime(a, b row) int {
	return cmp.Or(cmp.Compare(a.time.instant, b.time.instant), cmp.Compare(a.time.at, b.time.at))
}
