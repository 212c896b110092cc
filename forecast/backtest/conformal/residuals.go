// Package conformal makes prediction intervals of the errors that a forecast
// made at rolling origins (Vovk, Gammerman & Shafer, Algorithmic Learning in a
// Random World, 2005; Lei et al., J. American Statistical Association 113,
// 2018). Both sides of an interval are estimated on their own (Romano,
// Patterson & Candes 2019).
//
// How errors grow with the days ahead is estimated for a whole group and taken out of
// them, so that those of all days make one sample.
//
// A series has too few errors for its own tails. Its errors, scaled, are mixed
// with those of its group: N of its own weigh N/(N+20). Errors of one origin come
// and go together, so that fewer than their number count: 28 from four origins that
// happened to be calm are little evidence of calm.
//
// What all series have in common at an origin, and how calm its days were, is known of a
// handful of origins only: the former counts with either sign (see sway), the latter is put
// in proportion to the history of the series (see steadiness).
//
// Errors on special days are a pool of their own where there are at least 30, all
// together: they say how many times as far bounds lie there, and nothing of other days.
//
// The guarantee of the literature, coverage in finite samples, needs errors that are
// exchangeable. Those of a time series are not, and mixtures of two samples are not
// covered by it either: coverage here is approximate, and is to be measured, as it is
// at the origins of every evaluation. Where few pairs of series and origin made them,
// or many that have their days in common, intervals are widened as Student's
// distribution is against the normal one.
package conformal

import (
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast/calendar"
)

const (
	// shrink is the number of own errors that weigh as much as the group, if they are
	// independent.
	shrink = 20

	// window is how many neighbouring days ahead, a whole week where there are so many,
	// are counted together.
	window = 7

	// leastGroup is the number of errors in a window from which a group stands
	// for itself; below, the panel takes its place.
	leastGroup = 100

	// leastPanel is the number of errors in a window from which there are
	// conformal intervals at all.
	leastPanel = 20

	// gridPoints is how many quantiles stand for the errors of a group: enough
	// for the tails of a 99 % interval.
	gridPoints = 400
)

// Errors are the errors of one series.
type Errors struct {
	Group string
	// Rare says that there is no demand at most times: errors are then the forecast itself,
	// and what all have in common can't be taken out of them.
	Rare    bool
	Origins []calendar.Date
	// Scaled holds actual minus forecast over the scale of the series at the
	// origin, by origin and then horizon (element i is for i+1 days ahead). NaN
	// is unknown; a series may have fewer horizons, or none.
	Scaled [][]float64
	// Special holds by origin which elements are of special days, if any are.
	Special [][]int
	// Swing says how much the series moved meanwhile.
	Swing Swing
}

// pool holds the errors of several series, without their growth, as quantiles: half of
// them would tell the same, and mixing stays cheap for any number of series.
type pool struct {
	grid     []float64 // ascending
	mirrored []float64 // those of the negative errors
	count    []int     // by horizon, in the window around it
	wider    []float64 // how much wider than it bands are, by level
	sway     sway
	alike    float64 // correlation of neighbouring errors of one origin, 0 to 1
}

// weight is that of as many own errors from some origins. They count as so many
// fewer as their design effect says (Kish, Survey Sampling, 1965, section 5.4).
func (p pool) weight(errors, origins int) float64 {
	together := float64(errors) / float64(max(1, origins))
	n := float64(errors) / (1 + max(0, together-1)*p.alike)
	return n / (n + shrink)
}

// pooled returns the pool of the errors that choose selects, without those of
// the origin to leave out.
func (p *Panel) pooled(leaveOut calendar.Date, choose func(Errors) bool) pool {
	var result pool
	result.alike = p.alike(leaveOut, choose, asTheyAre)
	result.wider = caution(p.levels, p.freedom(leaveOut, choose, max(result.alike, p.alike(leaveOut, choose, math.Abs))))
	result.sway = p.sway(leaveOut, choose)
	var chosen []Errors
	for _, e := range p.errors(leaveOut) {
		if choose(e) {
			chosen = append(chosen, e)
		}
	}
	counts := p.known(chosen, leaveOut)
	all := make([]float64, 0, 2*sum(counts))
	for i, e := range p.errors(leaveOut) {
		if choose(e) {
			all = p.mirrored(all, i, leaveOut, result.sway)
		}
	}
	slices.Sort(all)
	result.count = windows(counts)
	result.grid = thin(all)
	result.mirrored = mirror(result.grid)
	return result
}

// windows adds up counts by day over the window around each day, which is whole at the
// ends too.
func windows(counts []int) []int {
	sums := make([]int, len(counts))
	for h := range counts {
		from := max(0, min(h-window/2, len(counts)-window))
		for _, n := range counts[from:min(from+window, len(counts))] {
			sums[h] += n
		}
	}
	return sums
}

// alike is the correlation of what of makes of the errors of one origin that lend each
// other their place, within a series and over all that choose selects: that within
// classes, by the analysis of variance (Fisher, Statistical Methods for Research Workers,
// 1925, chapter 7), where a class is an origin's errors of some neighbouring horizons. It
// is 0 if nothing tells.
func (p *Panel) alike(leaveOut calendar.Date, choose func(Errors) bool, of func(float64) float64) float64 {
	var all variances
	for _, e := range p.errors(leaveOut) {
		if !choose(e) {
			continue
		}
		for from := 0; from < p.horizon; from += window {
			all.add(e.classes(from, leaveOut), of)
		}
	}
	return all.alike()
}

// part is the window of the errors from origin k that begins at a horizon.
func (e Errors) part(k, from int) []float64 {
	row := e.Scaled[k]
	return row[min(from, len(row)):min(from+window, len(row))]
}

func asTheyAre(v float64) float64 { return v }

// classes are the errors of the window that begins at a horizon, by origin.
func (e Errors) classes(from int, leaveOut calendar.Date) [][]float64 {
	var classes [][]float64
	for k := range e.Scaled {
		if e.Origins[k] == leaveOut {
			continue
		}
		part := e.part(k, from)
		if len(part) > 1 && !slices.ContainsFunc(part, math.IsNaN) {
			classes = append(classes, part)
		}
	}
	return classes
}

// variances are mean squares between and within classes, in units of the variance of
// all of them, so that each series and range counts alike.
type variances struct {
	between, within []float64
	size            []float64 // of classes
}

// alike is the correlation within the classes, 0 to 1. Terms are sorted before they
// are added up, so that the order of the series has no part in the roundings.
func (v *variances) alike() float64 {
	between, within := total(v.between), total(v.within)
	all := between + (total(v.size)/float64(max(1, len(v.size)))-1)*within
	if !(all > 0) {
		return 0
	}
	return max(0, min(1, (between-within)/all))
}

// add takes in the classes of one series, of whose values it takes what of makes of them.
func (v *variances) add(classes [][]float64, of func(float64) float64) {
	values := slices.Concat(classes...)
	if len(classes) < 2 {
		return
	}
	for i, x := range values {
		values[i] = of(x)
	}
	n, k := float64(len(values)), float64(len(classes))
	mean := meanOf(values)
	between, within := 0.0, 0.0
	for rest := values; len(rest) > 0; {
		class := rest[:len(classes[0])]
		rest, classes = rest[len(class):], classes[1:]
		own := meanOf(class)
		between += float64(len(class)) * (own - mean) * (own - mean)
		for _, x := range class {
			within += (x - own) * (x - own)
		}
	}
	unit := (between + within) / (n - 1)
	if !(unit > 0) || math.IsInf(unit, 1) {
		return
	}
	v.between = append(v.between, between/(k-1)/unit)
	v.within = append(v.within, within/(n-k)/unit)
	v.size = append(v.size, n/k)
}

// meanOf is NaN without values, and with one that is unknown.
func meanOf(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	mean := 0.0
	for _, v := range values {
		mean += v / float64(len(values))
	}
	return mean
}

// known reports whether any of some errors is.
func known(row []float64) bool {
	return slices.ContainsFunc(row, func(v float64) bool { return !math.IsNaN(v) })
}

// blocks is the number of origins that have errors.
func (e Errors) blocks(leaveOut calendar.Date) int {
	n := 0
	for k, row := range e.Scaled {
		if e.Origins[k] != leaveOut && known(row) {
			n++
		}
	}
	return n
}

// thin returns sorted values, or as many of their quantiles as a grid has.
func thin(sorted []float64) []float64 {
	n := len(sorted)
	if n <= gridPoints {
		return slices.Clone(sorted)
	}
	grid := make([]float64, gridPoints)
	for i := range grid {
		grid[i] = quantile(sorted, float64(i)/(gridPoints-1))
	}
	return grid
}

// quantile returns the conformal order statistic of sorted values for a
// probability: below one half the floor((n+1)p)-th smallest, above it the
// ceil((n+1)p)-th, within the values.
func quantile(sorted []float64, p float64) float64 {
	n := len(sorted)
	rank := float64(n+1) * p
	if p < .5 {
		rank = math.Floor(rank)
	} else {
		rank = math.Ceil(rank)
	}
	return sorted[max(0, min(int(rank)-1, n-1))]
}
