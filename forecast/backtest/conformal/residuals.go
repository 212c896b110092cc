// Package conformal makes prediction intervals of the errors that a forecast
// made at rolling origins (Vovk, Gammerman & Shafer, Algorithmic Learning in a
// Random World, 2005; Lei et al., J. American Statistical Association 113,
// 2018). Both sides of an interval are estimated on their own (Romano,
// Patterson & Candes 2019).
//
// A series has too few errors for its own tails. Its errors, scaled, are mixed
// with those of its group: N of its own weigh N/(N+20).
package conformal

import (
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast/calendar"
)

const (
	// shrink is the number of own errors that weigh as much as the group.
	shrink = 20

	// around is how many horizons before and after one lend it their errors, so
	// that each sees a whole week: errors grow slowly over the horizon, but
	// differ between weekdays.
	around = 3

	// leastGroup is the number of errors at a horizon from which a group stands
	// for itself; below, the panel takes its place.
	leastGroup = 100

	// leastPanel is the number of errors at a horizon from which there are
	// conformal intervals at all.
	leastPanel = 20

	// gridPoints is how many quantiles stand for the errors of a group: enough
	// for the tails of a 99 % interval.
	gridPoints = 400
)

// Errors are the errors of one series.
type Errors struct {
	Group   string
	Origins []calendar.Date
	// Scaled holds actual minus forecast over the scale of the series at the
	// origin, by origin and then horizon (element i is for i+1 days ahead). NaN
	// is unknown; a series may have fewer horizons, or none.
	Scaled [][]float64
}

// pool holds the errors of several series by horizon, as quantiles: half of
// them would tell the same, and mixing stays cheap for any number of series.
type pool struct {
	grid     [][]float64 // by horizon, ascending
	mirrored [][]float64 // those of the negative errors
	count    []int       // by horizon
	blocks   int         // series and origins: errors of one are not independent
}

// pooled returns the pool of the errors that choose selects, without those of
// the origin to leave out.
func (p *Panel) pooled(leaveOut calendar.Date, choose func(Errors) bool) pool {
	result := pool{grid: make([][]float64, p.horizon), mirrored: make([][]float64, p.horizon), count: make([]int, p.horizon)}
	for _, e := range p.series {
		if choose(e) {
			result.blocks += e.blocks(leaveOut)
		}
	}
	var all []float64
	for h := range p.horizon {
		all = all[:0]
		for _, e := range p.series {
			if choose(e) {
				all = e.near(all, h, leaveOut)
			}
		}
		slices.Sort(all)
		result.count[h] = len(all)
		result.grid[h] = thin(all)
		result.mirrored[h] = mirror(result.grid[h])
	}
	return result
}

// blocks is the number of origins that have errors.
func (e Errors) blocks(leaveOut calendar.Date) int {
	n := 0
	for k, row := range e.Scaled {
		if e.Origins[k] != leaveOut && slices.ContainsFunc(row, func(v float64) bool { return !math.IsNaN(v) }) {
			n++
		}
	}
	return n
}

// near appends the errors around horizon h to dst.
func (e Errors) near(dst []float64, h int, leaveOut calendar.Date) []float64 {
	for k, row := range e.Scaled {
		if e.Origins[k] == leaveOut {
			continue
		}
		for i := max(0, h-around); i <= min(h+around, len(row)-1); i++ {
			if !math.IsNaN(row[i]) {
				dst = append(dst, row[i])
			}
		}
	}
	return dst
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
