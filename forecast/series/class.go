package series

import (
	"fmt"
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// Class says which kind of methods suit the demand of a series.
type Class uint8

// Classes, in the order in which [Classify] tries them.
const (
	// ClassNoData has no observation.
	ClassNoData Class = iota
	// ClassAllZero never sold.
	ClassAllZero
	// ClassConstant has the same value throughout.
	ClassConstant
	// ClassDead sold, but not in the last eight seasons of at least a week, which is
	// longer than it ever was without a sale before.
	ClassDead
	// ClassShort has fewer observations than two seasons, or misses more than
	// half of its values.
	ClassShort
	// ClassIntermittent sells too rarely for a smoother.
	ClassIntermittent
	// ClassDaily is regular demand with a weekly season.
	ClassDaily
	// ClassOther is regular demand with another season or none.
	ClassOther
)

const (
	// intermittentInterval separates smooth from intermittent demand: Syntetos,
	// Boylan & Croston, J. Operational Research Society 56 (2005), 495-503.
	intermittentInterval = 1.32

	// deadSeasons is how many seasons without a sale make a series dead. A season
	// counts as a week at least.
	deadSeasons = 8

	weekDays = 7
)

// classNames are the text forms, by Class.
func classNames() [8]string {
	return [...]string{"no data", "all zero", "constant", "dead", "short", "intermittent", "daily", "other"}
}

// Classify returns the class of s for a season of the given number of days; 1
// or less means none. A missing value is no observation: whether there was a sale is
// not known.
//
// How rarely a series sells is counted over the time that it is open. At a phase of
// the season, for a week on a weekday, at which it never sells it is closed: that a
// business sells on five days in seven is no chance. It is closed too in a time
// without a sale that is long enough for a series to be dead, and that sales followed:
// a shop may close for the winter.
func Classify(s Series, period int) Class {
	p := profileOf(s.Values)
	long := deadSeasons * max(weekDays, period)
	quiet, before := quietOf(s.Values)
	switch {
	case p.observed == 0:
		return ClassNoData
	case p.demands == 0:
		return ClassAllZero
	case p.low == p.high:
		return ClassConstant
	case quiet >= long && quiet > before:
		return ClassDead
	case p.observed < 2*max(1, period), 2*p.observed < len(s.Values)-p.first:
		return ClassShort
	case rare(s.Values[p.firstDemand:], period, long):
		return ClassIntermittent
	case period == weekDays:
		return ClassDaily
	}
	return ClassOther
}

// HasEnded reports whether a series whose newest value is of a date has ended, as its
// panel has values up to newest: rows that stop while those of others go on are no
// outage of the source.
func HasEnded(last, newest calendar.Date) bool { return int(newest-last) >= deadSeasons*weekDays }

// profile is what Classify looks at.
type profile struct {
	observed, demands int // values, and values that are not zero
	first             int // index of the first value
	firstDemand       int // and of the first demand
	low, high         float64
}

func profileOf(values []float64) profile {
	p := profile{low: math.Inf(1), high: math.Inf(-1)}
	for i, v := range values {
		if math.IsNaN(v) {
			continue
		}
		if p.observed == 0 {
			p.first = i
		}
		p.observed++
		p.low, p.high = min(p.low, v), max(p.high, v)
		if v == 0 {
			continue
		}
		if p.demands == 0 {
			p.firstDemand = i
		}
		p.demands++
	}
	return p
}

// quietOf returns how many zeros there are since the last demand, and the most that
// there were between two.
func quietOf(values []float64) (now, before int) {
	sold := false
	for _, v := range values {
		switch {
		case math.IsNaN(v):
		case v == 0:
			now++
		default:
			if sold {
				before = max(before, now)
			}
			now, sold = 0, true
		}
	}
	return now, before
}

// rare reports whether demand, which begins with the first value, is intermittent
// where and when the series is open.
func rare(values []float64, period, long int) bool {
	phases := CountPhases(open(values, long), period)
	observed, demands := 0, 0
	for i, closed := range phases.Closed() {
		if !closed {
			observed += phases.Observed[i]
			demands += phases.Demands[i]
		}
	}
	return float64(observed) >= intermittentInterval*float64(demands)
}

// open returns a copy of values with the zeros of long times as missing.
func open(values []float64, long int) []float64 {
	opened := slices.Clone(values)
	zeros, first := 0, 0 // since the last demand, and the index after it
	end := func(i int) {
		for k := first; k < i && zeros >= long; k++ {
			opened[k] = math.NaN()
		}
		zeros, first = 0, i+1
	}
	for i, v := range values {
		switch {
		case math.IsNaN(v):
		case v == 0:
			zeros++
		default:
			end(i)
		}
	}
	end(len(values))
	return opened
}

// String returns the class in words: "no data", "intermittent".
func (c Class) String() string {
	names := classNames()
	if int(c) < len(names) {
		return names[c]
	}
	return fmt.Sprintf("class %d", uint8(c))
}

// MarshalText writes c as its words.
func (c Class) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads the words that MarshalText writes.
func (c *Class) UnmarshalText(text []byte) error {
	for i, name := range classNames() {
		if name == string(text) {
			*c = Class(i)
			return nil
		}
	}
	return fmt.Errorf("class %q is unknown: known are %q", text, classNames())
}
