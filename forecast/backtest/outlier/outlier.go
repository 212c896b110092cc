// Package outlier finds values that no forecast should learn from: a price in the
// column of the quantity, a month booked on one day, a week in the wrong unit.
//
// A value is compared with what is usual around it, the median of the same phase of
// the season, and its distance from that with the distances of all other values.
// Outliers are the most distant ones, as many as there are above the largest gap:
// each lies ten times as far off as any value that is none, so that they can't hide
// each other. This takes the tail of the series into account, as a distance in
// standard deviations does not. Of the heaviest tails with a finite variance the
// k-th largest value is r times the next one in a share of r^-2k of all series
// (Renyi, Acta Mathematica Hungarica 4, 1953): one series in a hundred is taken for
// one with an outlier, of lighter tails next to none.
//
// Neighbours are one event, which is no longer than a season and over: what has not
// come back to where it was is a level that begins. A new level is taken for an
// outlier on its first day at most. Events are rare: the wider the gap the more there
// may be, up to one in forty values, since what comes every month belongs to the
// demand. So does what comes back a year later, or at even distances.
package outlier

import (
	"cmp"
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

	// leastValues is how many values that tell of demand a series must have. There is
	// one for every event after the first in rarity of them times the decimal logarithm
	// of the gap, but at most in rarest, and no more than one value in share belongs to
	// an event.
	leastValues = 10
	rarity      = 100
	rarest      = 40
	share       = 10
)

// Outlier is a value unlike all others.
type Outlier struct {
	Index int
	Value float64
	Usual float64 // median of the same phase of the season around it
}

// Find returns the outliers among values, oldest first, NaN = missing, with a season
// of period values; 1 or less means none. Longer seasons are those at which what comes
// again is demand. It is nil for a series that tells too little.
func Find(values []float64, period int, longer ...int) []Outlier {
	period = max(1, period)
	if !stepsOut(values, period) {
		return nil
	}
	found := make([]Outlier, 0, len(values))
	telling := 0
	for i, v := range values {
		if math.IsNaN(v) {
			continue
		}
		usual, ok := around(values, i, period)
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
	slices.SortStableFunc(found, func(a, b Outlier) int { return cmp.Compare(b.distance(), a.distance()) })
	return first(found, telling, history{values: values, period: period, longer: longer})
}

// stepsOut reports whether some steps from one value of a phase to the next are two to
// four times as large as all others, as one to an outlier and one back from it are:
// their distances differ tenfold. Most series have none and need no closer look. A
// series of few seasons always gets one.
func stepsOut(values []float64, period int) bool {
	if len(values) < 2*reach*period {
		return true
	}
	steps := make([]float64, 0, len(values))
	last := slices.Repeat([]float64{math.NaN()}, period)
	largest := 0.0
	for i, v := range values {
		if math.IsNaN(v) {
			continue
		}
		if step := min(math.Abs(v-last[i%period]), math.MaxFloat64); !math.IsNaN(step) {
			steps = append(steps, step)
			largest = max(largest, step)
		}
		last[i%period] = v
	}
	var halvings [64]int // steps by how often the largest must be halved
	_, top := math.Frexp(largest)
	for _, step := range steps {
		_, size := math.Frexp(step)
		if step == 0 {
			size = top - len(halvings)
		}
		halvings[min(top-size, len(halvings)-1)]++
	}
	above, most := 0, 2*max(1, len(values)/share)
	for _, n := range halvings {
		if n == 0 && above < len(steps) {
			return true
		}
		if above += n; above > most {
			return false
		}
	}
	return false
}

// first returns the most distant of values, found, that lie farther off than all
// others and are outliers, oldest first.
func first(found []Outlier, telling int, h history) []Outlier {
	for k := min(max(1, telling/share), len(found)-1); k > 0; k-- {
		next := found[k].distance()
		if next == 0 && found[k-1].Usual == 0 {
			continue // all others are zeros: it is the demand
		}
		gap := found[k-1].distance() / next
		if !(gap > farther) {
			continue
		}
		events := together(found[:k])
		if float64(len(events)) > max(1, float64(telling)*min(math.Log10(gap)/rarity, 1./rarest)) {
			continue
		}
		return slices.Concat(h.mistakes(events)...)
	}
	return nil
}

// together returns the outliers in events of neighbours, oldest first.
func together(found []Outlier) [][]Outlier {
	found = slices.SortedFunc(slices.Values(found), func(a, b Outlier) int { return cmp.Compare(a.Index, b.Index) })
	var events [][]Outlier
	from := 0
	for i := range found {
		if end := i + 1; end == len(found) || found[end].Index != found[i].Index+1 {
			events = append(events, found[from:end])
			from = end
		}
	}
	return events
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
