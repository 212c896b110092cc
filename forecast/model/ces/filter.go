package ces

import (
	"math"

	"github.com/daybatch/daybatch/forecast/model/internal/sample"
)

// form says how the season enters.
type form uint8

const (
	none    form = iota // no season
	simple              // the complex pair at lag m
	partial             // and one real seasonal state
	full                // and a second complex pair at lag m
)

// String returns the letter of the form.
func (f form) String() string { return [...]string{"N", "S", "P", "F"}[f] }

// size is the number of smoothing parameters.
func (f form) size() int { return [...]int{2, 2, 3, 4}[f] }

// degrees counts the parameters for the criterion as statsforecast does, so that the
// choices are comparable: two states, three of the partial form and four of the full one,
// and the variance. By the book the smoothing parameters and the states of a whole season
// would count too, which few seasonal forms would survive on a short history.
func (f form) degrees() int { return [...]int{3, 3, 4, 5}[f] }

// parameters are alpha's real and imaginary part, and beta's, as far as the
// form has them.
type parameters [4]float64

// starts returns where the search begins: with a level that stays where it is,
// and with one that falls back, for the least squares on either side of an
// imaginary part of 1 don't lead to one another.
func (f form) starts() []parameters {
	switch f {
	case none:
		return []parameters{{1.3, 1}, {1.1, 0.9}, {1.7, 0.97}}
	case simple:
		return []parameters{{1.3, 1}}
	case partial:
		return []parameters{{1.3, 1, 0.1}, {1.3, 1, 0.02}, {1.1, 0.9, 0.05}}
	default:
		return []parameters{{1.3, 1, 1.3, 1}, {1.1, 0.9, 1.1, 1}}
	}
}

// bounds returns the box of the search.
func bounds() (low, high parameters) {
	return parameters{0.01, 0.01, 0.01, 0.01}, parameters{1.8, 1.9, 1.5, 1.5}
}

// pair is a complex state: the value and its information potential.
type pair struct{ value, potential float64 }

// smoother moves a pair on: the value by across times the potential and gain
// times the error, the potential to from times the value plus keep times itself
// plus push times the error.
type smoother struct{ across, gain, from, keep, push float64 }

// complexSmoother is that of the complex parameter real + i imaginary.
func complexSmoother(re, im float64) smoother {
	return smoother{across: im - 1, gain: re - im, from: 1, keep: 1 - re, push: re + im}
}

func (s smoother) next(p pair, e float64) pair {
	return pair{
		value:     p.value + s.across*p.potential + s.gain*e,
		potential: s.from*p.value + s.keep*p.potential + s.push*e,
	}
}

// filter is a form with its parameters: a smoother of the level, which moves
// every period, and one of the season, of which one phase moves. The zero
// smoother leaves a value where it is.
type filter struct{ level, season smoother }

func (f form) filter(x parameters) filter {
	switch f {
	case none:
		return filter{level: complexSmoother(x[0], x[1])}
	case simple:
		return filter{season: complexSmoother(x[0], x[1])}
	case partial:
		return filter{level: complexSmoother(x[0], x[1]), season: smoother{gain: x[2]}}
	default:
		return filter{level: complexSmoother(x[0], x[1]), season: complexSmoother(x[2], x[3])}
	}
}

// states are those before a period: the level, and the season by phase, that of
// the first observation first. A form without season has one phase that is 0.
type states struct {
	level  pair
	season []pair
}

// stable tells whether the filter of a run forgets: what a single error leaves
// behind is not more after as many periods as the quiet series has than it was at
// first. The least squares are often at a filter whose slowest part grows by a few
// per cent in a cycle, so more than this can't be asked.
func (w twin) stable(f form, quiet []float64) bool {
	for _, r := range w {
		clear(r.states.season)
		r.states.level = r.filter.level.next(pair{}, 1)
		r.states.season[0] = r.filter.season.next(pair{}, 1)
	}
	first := w[0].states.size()
	w.pass(f, quiet)
	last := w[0].states.size()
	return sample.IsFinite(last) && last <= first
}

// size is the largest state.
func (s states) size() float64 {
	largest := max(math.Abs(s.level.value), math.Abs(s.level.potential))
	for _, p := range s.season {
		largest = max(largest, math.Abs(p.value), math.Abs(p.potential))
	}
	return largest
}
