// Package shift finds a new level on which a series has been since a while: a shop
// that moved, a unit that changed. Methods with a season of fixed size, or much
// history to learn from, take months to follow.
//
// Levels are means of whole seasons, counted back from the end, of which the one with
// the change in it is left out. A new level has lasted for a season and holds; and the
// step to it is several times as large as any that the series made before, between
// levels found alike: twice as many times if a single season is all there is of it. So
// a trend is none, nor what happens every year.
//
// What was before is then taken to the new level, and the season is kept: a few weeks
// of their own would tell too little of it (the intervention of Box & Tiao, J.
// American Statistical Association 70, 1975, as a step of known date).
package shift

import (
	"math"
	"slices"
)

const (
	// mostAfter is how many seasons a new level has lasted at most: then methods have
	// seen enough of it.
	mostAfter = 12

	// leastBefore is how many seasons say what steps the series makes, and near how
	// many of them what the level was.
	leastBefore = 12
	near        = 4

	// larger is how many times as large as any step before that to a new level is, and
	// atOnce that of one which has lasted for a single season.
	larger = 5
	atOnce = 10

	// steady is what part of the step the seasons on the new level may differ by, and
	// least what part of the level a step worth telling of is.
	steady = .5
	least  = .05
)

// Shift is a change of level: from index Start on a value is Factor times, and Add
// more than, what it would have been before. The zero Shift is none.
type Shift struct {
	Start       int
	Factor, Add float64
}

// Find returns the newest shift of values, oldest first and NaN = missing, with a
// season of period values.
func Find(values []float64, period int) (Shift, bool) {
	if period < 2 {
		return Shift{}, false
	}
	levels := levelsOf(values, period)
	for after := min(mostAfter, len(levels)-1-leastBefore); after > 0; after-- {
		now, old := median(levels[:after]), median(levels[after+1:after+1+near])
		if now == 0 || old == 0 || math.Abs(now-old) < least*math.Abs(old) {
			continue // of nothing a season is none
		}
		if slices.Max(levels[:after])-slices.Min(levels[:after]) > steady*math.Abs(now-old) || !stands(levels, after, math.Abs(now-old)) {
			continue
		}
		if s, ok := between(values, period, after); ok {
			return s, true
		}
	}
	return Shift{}, false
}

// stands reports whether a step to a level of some seasons is larger than all before,
// found alike.
func stands(levels []float64, after int, step float64) bool {
	width, limit := 2, step/larger
	if after == 1 {
		width, limit = 1, step/atOnce
	}
	for i := after + 1; i+width+1+near <= len(levels); i++ {
		if old := levels[i+width+1 : i+width+1+near]; !(math.Abs(median(levels[i:i+width])-median(old)) < limit) {
			return false
		}
	}
	return true
}

// Adjust returns values with those before a shift on its level.
func (s Shift) Adjust(values []float64) []float64 {
	adjusted := slices.Clone(values)
	for i, v := range adjusted[:s.Start] {
		adjusted[i] = max(-math.MaxFloat64, min(float64(s.Factor*v)+s.Add, math.MaxFloat64)) // NaN stays
	}
	return adjusted
}

// levelsOf returns the means of whole seasons, newest first, up to the first of which
// more than half is missing. What is missing is as it was a season later.
func levelsOf(values []float64, period int) []float64 {
	var levels []float64
	later := slices.Repeat([]float64{math.NaN()}, period)
	for end := len(values); end >= period; end -= period {
		mean, missing := 0.0, 0
		for k, v := range values[end-period : end] {
			if math.IsNaN(v) {
				missing++
				v = later[k]
			}
			later[k] = v
			mean += v / float64(period)
		}
		if 2*missing > period || math.IsNaN(mean) || math.IsInf(mean, 0) {
			break
		}
		levels = append(levels, mean)
	}
	return levels
}

// between returns the shift that lies in the season before the newest ones, as many as
// after, or in one next to it. It is none if the newest season, where that is all there
// is of the new level, has a value that is nearer to the old one.
func between(values []float64, period, after int) (s Shift, ok bool) {
	n := len(values)
	begin := n - (after+1)*period // of the season with the shift in it
	from, to := begin-period, min(begin+2*period, n-period)
	old, now := phases(values, from-near*period, from, period), phases(values, to, n, period)
	start := startIn(values, from, to, old, now)
	old, now = phases(values, start-near*period, start, period), phases(values, start, n, period)
	s = Shift{Start: start, Factor: 1, Add: mean(now) - mean(old)}
	if factor := mean(now) / mean(old); factor > 0 && !math.IsInf(factor, 0) && missFrom(now, old, factor, 0) <= missFrom(now, old, 1, s.Add) {
		s.Factor, s.Add = factor, 0
	}
	for i := n - period; i < n && after == 1; i++ {
		if was := old[i%period]; math.Abs(values[i]-was) <= math.Abs(values[i]-s.Factor*was-s.Add) {
			return Shift{}, false
		}
	}
	return s, true
}

// startIn returns the index in a range from which on values are nearer to those of now
// than to the old ones, which are by phase.
func startIn(values []float64, from, to int, old, now []float64) int {
	best, miss, least := from, 0.0, 0.0 // relative to a start at from
	for i := from; i < to; i++ {
		if phase := i % len(old); !math.IsNaN(values[i]) {
			miss += math.Abs(values[i]-old[phase]) - math.Abs(values[i]-now[phase])
		}
		if miss < least {
			best, least = i+1, miss
		}
	}
	return best
}

// phases returns the median of each phase of the values in a range. One of which
// nothing is known is as the mean of the others.
func phases(values []float64, from, to, period int) []float64 {
	known := 0.0
	n := 0
	medians := make([]float64, period)
	for k := range medians {
		var phase []float64
		for i := from + k; i < to; i += period {
			if !math.IsNaN(values[i]) {
				phase = append(phase, values[i])
			}
		}
		at := (from + k) % period
		medians[at] = median(phase)
		if len(phase) > 0 {
			n++
			known += (medians[at] - known) / float64(n)
		}
	}
	for k, v := range medians {
		if math.IsNaN(v) {
			medians[k] = known
		}
	}
	return medians
}

// missFrom is how far values are from others that are taken to their level.
func missFrom(values, others []float64, factor, add float64) float64 {
	sum := 0.0
	for i, v := range values {
		sum += math.Abs(v - factor*others[i] - add)
	}
	return sum
}

func mean(values []float64) float64 {
	mean := 0.0
	for _, v := range values {
		mean += v / float64(len(values))
	}
	return mean
}

// median returns the median of values, NaN without any.
func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	var few [16]float64
	sorted := append(few[:0], values...)
	slices.Sort(sorted)
	return sorted[(len(sorted)-1)/2]/2 + sorted[len(sorted)/2]/2
}
