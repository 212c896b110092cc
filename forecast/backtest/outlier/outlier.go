// Package outlier finds single values that no forecast should learn from: a price
// in the column of the quantity, a month booked on one day.
//
// A value is compared with what is usual around it, the median of the same phase of
// the season, and its distance from that with the distances of all other values. It
// is an outlier if it lies ten times as far off as any value that is none. This
// takes the tail of the series into account, as a distance in standard deviations
// does not: of the heaviest tails with a finite variance, whose largest value is r
// times the next one in a share of r^-2 of all series, it takes one series in a
// hundred for one with an outlier, of lighter tails next to none.
//
// Outliers are rare and alone. Values that are neighbours are no outliers but an
// event, or a new level that begins; nor are they more than one in a hundred: what
// comes every month belongs to the demand. A new level is taken for an outlier on
// its first day at most.
package outlier

import (
	"math"
	"slices"
)

const (
	// farther is how many times as far from the usual an outlier lies as any value
	// that is none.
	farther = 10

	// reach is how many seasons on either side say what is usual, or how many
	// periods if these are too few.
	reach = 4

	// leastNear is how many values must say so.
	leastNear = 3

	// leastValues is how many values that tell of demand a series must have, and
	// rarity how many for every outlier after the first.
	leastValues = 10
	rarity      = 100
)

// Outlier is a value unlike all others.
type Outlier struct {
	Index int
	Value float64
	Usual float64 // median of the same phase of the season around it
}

// Find returns the outliers among values, oldest first, NaN = missing, with a season
// of period values; 1 or less means none. It is nil for a series that tells too little.
func Find(values []float64, period int) []Outlier {
	if !stepsOut(values, max(1, period)) {
		return nil
	}
	found := make([]Outlier, 0, len(values))
	telling := 0
	for i, v := range values {
		if math.IsNaN(v) {
			continue
		}
		usual, ok := around(values, i, max(1, period))
		if !ok {
			continue
		}
		if v != 0 || usual != 0 { // a zero among zeros says nothing of the size of a demand
			telling++
		}
		found = append(found, Outlier{Index: i, Value: v, Usual: usual})
	}
	if telling < leastValues {
		return nil
	}
	found = first(found, max(1, telling/rarity))
	slices.SortFunc(found, func(a, b Outlier) int { return a.Index - b.Index })
	return alone(found)
}

// stepsOut reports whether some steps from one value of a phase to the next are more
// than twice as large as all others, as one to an outlier and one back from it are:
// their distances differ tenfold. Most series have none and need no closer look. A
// series of few seasons always gets one.
func stepsOut(values []float64, period int) bool {
	if len(values) < 2*reach*period {
		return true
	}
	// The largest steps, two for each outlier that there may be and one more,
	// descending.
	largest := make([]float64, 2*max(1, len(values)/rarity)+1)
	last := make([]float64, period)
	for i := range last {
		last[i] = math.NaN()
	}
	for i, v := range values {
		if math.IsNaN(v) {
			continue
		}
		step := math.Abs(v - last[i%period])
		last[i%period] = v
		k := len(largest) - 1
		if !(step > largest[k]) {
			continue
		}
		for ; k > 0 && step > largest[k-1]; k-- {
			largest[k] = largest[k-1]
		}
		largest[k] = step
	}
	for k := 1; k < len(largest); k++ {
		if largest[k-1] > 2*largest[k] {
			return true
		}
	}
	return false
}

// first returns those of the most distant values, as many as limit, that lie farther
// off than all others.
func first(found []Outlier, limit int) []Outlier {
	slices.SortStableFunc(found, func(a, b Outlier) int {
		switch x, y := a.distance(), b.distance(); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	for k := min(limit, len(found)-1); k > 0; k-- {
		next := found[k].distance()
		if next == 0 && found[k-1].Usual == 0 {
			continue // all others are zeros: it is the demand
		}
		if found[k-1].distance() > farther*next {
			return found[:k]
		}
	}
	return nil
}

// alone returns the outliers without another one next to them.
func alone(found []Outlier) []Outlier {
	var all []Outlier
	for i, o := range found {
		if i > 0 && found[i-1].Index == o.Index-1 || i+1 < len(found) && found[i+1].Index == o.Index+1 {
			continue
		}
		all = append(all, o)
	}
	return all
}

func (o Outlier) distance() float64 { return math.Abs(o.Value - o.Usual) }

// around returns the median of the values around index i, without that one.
func around(values []float64, i, period int) (median float64, ok bool) {
	for _, step := range [...]int{period, 1} {
		var near [2 * reach]float64
		n := 0
		for k := i - reach*step; k <= i+reach*step; k += step {
			if k >= 0 && k < len(values) && k != i && !math.IsNaN(values[k]) {
				near[n] = values[k]
				n++
			}
		}
		if n >= leastNear {
			sorted := near[:n]
			slices.Sort(sorted)
			low, high := sorted[(n-1)/2], sorted[n/2]
			return low/2 + high/2, true
		}
	}
	return 0, false
}
