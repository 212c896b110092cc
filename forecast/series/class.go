package series

import (
	"fmt"
	"math"
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
	// ClassDead has not sold in the last eight weeks, or seasons if those are longer,
	// but before.
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

	// deadSeasons without a sale, none shorter than a week, make a series dead: 56
	// hours are a weekend.
	deadSeasons = 8

	weekDays = 7
)

// classNames are the text forms, by Class.
func classNames() [8]string {
	return [...]string{"no data", "all zero", "constant", "dead", "short", "intermittent", "daily", "other"}
}

// Classify returns the class of s for a season of the given number of days; 1
// or less means none. A missing value is no sale and no observation.
//
// How rarely a series sells is counted over the phases of the season at which it
// is open, for a week its weekdays: that a business closed at weekends sells on
// five days in seven is no chance.
func Classify(s Series, period int) Class {
	p := profileOf(s.Values)
	switch {
	case p.observed == 0:
		return ClassNoData
	case p.demands == 0:
		return ClassAllZero
	case p.low == p.high:
		return ClassConstant
	case len(s.Values)-p.lastDemand > deadSeasons*max(period, weekDays):
		return ClassDead
	case p.observed < 2*max(1, period), 2*p.observed < len(s.Values)-p.first:
		return ClassShort
	case rare(s.Values[p.firstDemand:], period):
		return ClassIntermittent
	case period == weekDays:
		return ClassDaily
	}
	return ClassOther
}

// profile is what Classify looks at.
type profile struct {
	observed, demands       int // values, and values that are not zero
	first                   int // index of the first value
	firstDemand, lastDemand int // and of the first and the last demand
	low, high               float64
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
		p.lastDemand = i
	}
	return p
}

// rare reports whether demand is intermittent where the series is open.
func rare(values []float64, period int) bool {
	phases := CountPhases(values, period)
	observed, demands := 0, 0
	for i, closed := range phases.Closed() {
		if !closed {
			observed += phases.Observed[i]
			demands += phases.Demands[i]
		}
	}
	return float64(observed) >= intermittentInterval*float64(demands)
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
