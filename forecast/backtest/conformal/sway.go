package conformal

import (
	"maps"
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// sway is by how much all series together came out higher at an origin than was
// forecast, in units of each one's own size, so that a wild one does not move the others.
//
// There are as few of these as there are origins, so that they say how large such a
// thing is and not which sign it has: four weeks that were all better than forecast make
// no fifth. Each error counts once as it is, and once with the part of it turned over
// that all had in common. The sides of an interval differ by what is unlike within the
// origins: of that there is much.
type sway struct {
	shifts map[calendar.Date]float64
	sizes  []float64 // by series
}

// of is the common part in the errors of series i from an origin.
func (s sway) of(i int, origin calendar.Date) float64 { return s.shifts[origin] * s.sizes[i] }

// sway is that of the series that choose selects. What it adds up is sorted before, so
// that the order of the series has no part in the roundings.
func (p *Panel) sway(leaveOut calendar.Date, choose func(Errors) bool) sway {
	errors := p.errors(leaveOut)
	s := sway{shifts: make(map[calendar.Date]float64), sizes: p.sizes(errors, leaveOut, choose)}
	means := make(map[calendar.Date][]float64)
	for i, e := range errors {
		if e.Rare || !(s.sizes[i] > 0) {
			s.sizes[i] = 0
			continue
		}
		growth := p.grown(leaveOut).of(e.Group)
		for k, row := range e.Scaled {
			if mean := levelOf(row, growth) / s.sizes[i]; e.Origins[k] != leaveOut && !math.IsNaN(mean) && !math.IsInf(mean, 0) {
				means[e.Origins[k]] = append(means[e.Origins[k]], mean)
			}
		}
	}
	for origin, of := range means {
		s.shifts[origin] = total(of) / float64(len(of))
	}
	const fewest = 2 // what is common to one alone may be how errors are skewed
	if len(s.shifts) < fewest {
		clear(s.shifts)
	}
	lasting := p.lasting(s.shifts)
	for origin := range s.shifts {
		s.shifts[origin] -= lasting
	}
	return s
}

// lasting is which part of the shifts may be expected at the next origin too: their mean,
// shrunk by what chance lets expect of it as that of Stein is (James & Stein, Fourth
// Berkeley Symposium, 1961). Windows that share days have shifts that are as much alike:
// of n values with the mean correlation r the variance is 1/(1-r) times that of the
// sample, and that of their mean 1+(n-1)r times what it is otherwise. With n-1 degrees of
// freedom the square of a mean by chance, over its variance so estimated, is on average
// (n-1)/(n-3) (the mean of the F distribution): below four origins nothing is known to
// last.
func (p *Panel) lasting(shifts map[calendar.Date]float64) float64 {
	origins := slices.Sorted(maps.Keys(shifts))
	const fewest = 4
	if len(origins) < fewest {
		return 0
	}
	n := float64(len(origins))
	mean, alike := 0.0, 0.0
	for i, a := range origins {
		mean += shifts[a] / n
		for _, b := range origins[:i] {
			alike += max(0, 1-float64(a-b)/float64(p.horizon)) * 2 / n / (n - 1)
		}
	}
	variance := 0.0
	for _, origin := range origins {
		variance += (shifts[origin] - mean) * (shifts[origin] - mean) / (n - 1)
	}
	chance := variance / (1 - alike) * (1 + (n-1)*alike) / n * (n - 1) / (n - 3)
	if !(mean*mean > chance) {
		return 0
	}
	return mean - chance/mean
}

// levelOf is the mean of the known errors of one origin without their growth, NaN if
// there are none.
func levelOf(row, growth []float64) float64 {
	mean, n := 0.0, 0
	for h, v := range row[:min(len(row), len(growth))] {
		if !math.IsNaN(v) {
			n++
			mean += (v/growth[h] - mean) / float64(n)
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return mean
}

// mirrored appends the known errors of series i to dst, without their growth and as of
// windows to expect, each as it is and with the common part turned over.
func (p *Panel) mirrored(dst []float64, i int, leaveOut calendar.Date, common sway) []float64 {
	e, factor := p.errors(leaveOut)[i], p.grown(leaveOut).factors[i]
	growth := p.grown(leaveOut).of(e.Group)
	for k, row := range e.Scaled {
		if e.Origins[k] == leaveOut {
			continue
		}
		turn := 2 * common.of(i, e.Origins[k])
		for h, v := range row[:min(len(row), len(growth))] {
			if !math.IsNaN(v) {
				dst = append(dst, factor*v/growth[h], factor*(v/growth[h]-turn))
			}
		}
	}
	return dst
}

func sum(counts []int) int {
	n := 0
	for _, c := range counts {
		n += c
	}
	return n
}
