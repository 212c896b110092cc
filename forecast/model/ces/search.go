package ces

import (
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast/model/internal/sample"
	"github.com/daybatch/daybatch/forecast/model/internal/vector"
)

const (
	// firstSteps tell which start leads to the lower valley.
	firstSteps = 3
	// mostSteps is enough for what remains after the first few steps to be far
	// below a difference in the criterion that matters.
	mostSteps = 30
	// tolerance is the relative decrease of the sum of squares, times the number
	// of values, below which the search has arrived: half a thousandth in the
	// logarithm of the likelihood.
	tolerance = 1e-3
	// difference is the step by which derivatives are taken.
	difference = 1e-6
)

// search is the least squares of the one-step errors by Levenberg and
// Marquardt's method (Marquardt, J. SIAM 11, 1963) within bounds: a parameter
// that a bound holds takes no part in a step. Its buffers serve one form after
// the other; an evaluation allocates nothing.
type search struct {
	y, backwards []float64
	quiet        []float64 // as long, without anything
	seed         states
	at, trial    *run                    // at x, and where a step leads to
	moved        [len(parameters{})]*run // from x with one parameter moved
	idle         *run                    // beside one that has no other
}

// prepare sets the series and the number of phases.
func (s *search) prepare(y []float64, m int) {
	n := len(y)
	buffer := make([]float64, (2+3+len(s.moved))*n)
	next := func() []float64 {
		part := buffer[:n:n]
		buffer = buffer[n:]
		return part
	}
	newRun := func() *run { return &run{errors: next(), states: states{season: make([]pair, m)}} }
	s.y, s.backwards, s.quiet = y, next(), next()
	for t, v := range y {
		s.backwards[n-1-t] = v
	}
	s.at, s.trial, s.idle = newRun(), newRun(), newRun()
	for i := range s.moved {
		s.moved[i] = newRun()
	}
}

// begin takes a run to the beginning with the filter of x.
func (s *search) begin(f form, x parameters, r *run) {
	r.filter = f.filter(x)
	r.states.level = s.seed.level
	r.states.season = r.states.season[:len(s.seed.season)]
	copy(r.states.season, s.seed.season)
}

// evaluate leaves the errors at x in a run and returns the sum of their squares,
// +Inf if that is no number.
func (s *search) evaluate(f form, x parameters, r *run) float64 {
	s.begin(f, x, r)
	s.begin(f, x, s.idle)
	twin{r, s.idle}.settle(f, s.y, s.backwards)
	return r.sum()
}

// sum is the sum of the squared errors that a run left, +Inf if that is no number.
func (r *run) sum() float64 {
	sum := vector.Dot(r.errors, r.errors)
	if !sample.IsFinite(sum) || !sample.IsFinite(r.states.level.value) {
		return math.Inf(1)
	}
	return sum
}

// final returns the states after the last value.
func (s *search) final(f form, x parameters) states {
	s.evaluate(f, x, s.trial)
	return states{level: s.trial.states.level, season: slices.Clone(s.trial.states.season)}
}

// stable tells whether the filter of x forgets over as many periods as y has.
func (s *search) stable(f form, x parameters) bool {
	s.begin(f, x, s.trial)
	s.begin(f, x, s.idle)
	return twin{s.trial, s.idle}.stable(f, s.quiet)
}

// minimise returns the parameters with the least sum of squares, plus floor,
// for passes that begin with seed. Each start goes a few steps down, and the
// lowest of them on to the end.
func (s *search) minimise(f form, seed states, floor float64) (x parameters, least float64) {
	s.seed = seed
	least = math.Inf(1)
	for _, start := range f.starts() {
		if to, sum := s.descend(f, start, floor, firstSteps); sum < least {
			x, least = to, sum
		}
	}
	return s.descend(f, x, floor, mostSteps)
}

// follow is minimise near the parameters of an earlier part of the series. Where
// they fit less well than those that any search begins with the series is another
// one, and is searched like that.
func (s *search) follow(f form, seed states, near parameters, floor float64) (x parameters, least float64) {
	s.seed = seed
	s.begin(f, near, s.at)
	s.begin(f, f.starts()[0], s.trial)
	twin{s.at, s.trial}.settle(f, s.y, s.backwards)
	if !(s.at.sum() <= s.trial.sum()) {
		return s.minimise(f, seed, floor)
	}
	return s.descend(f, near, floor, mostSteps)
}

// descend goes down from x by at most some steps.
func (s *search) descend(f form, x parameters, floor float64, steps int) (parameters, float64) {
	least := s.evaluate(f, x, s.at) + floor
	damping := 1e-2
	var eq equations
	fresh := false
	for range steps {
		if !fresh {
			s.linearise(f, x, &eq)
			fresh = true
		}
		next, ok := eq.step(x, damping)
		if !ok {
			break
		}
		sum := s.evaluate(f, next, s.trial) + floor
		if !(sum < least) {
			if damping *= 8; damping > 1e8 {
				break
			}
			continue
		}
		gain := (least - sum) / least * float64(len(s.y))
		x, least, fresh = next, sum, false
		s.at, s.trial = s.trial, s.at
		damping = max(damping/8, 1e-9)
		if gain < tolerance {
			break
		}
	}
	return x, least
}

// linearise sets the normal equations of the errors around x, which are those of
// the run at x.
func (s *search) linearise(f form, x parameters, eq *equations) {
	eq.k = f.size()
	for i := 0; i < eq.k; i += 2 {
		pair := twin{s.moved[i], s.idle}
		if i+1 < eq.k {
			pair[1] = s.moved[i+1]
		}
		var by [len(pair)]float64
		for k, r := range pair {
			var moved parameters
			moved, by[k] = x.nudge(min(i+k, eq.k-1))
			s.begin(f, moved, r)
		}
		pair.settle(f, s.y, s.backwards)
		for k, r := range pair {
			slopes(r.errors, s.at.errors, by[k])
		}
	}
	for i := range eq.k {
		eq.gradient[i] = vector.Dot(s.moved[i].errors, s.at.errors)
		for j := range i + 1 {
			eq.matrix[i][j] = vector.Dot(s.moved[i].errors, s.moved[j].errors)
			eq.matrix[j][i] = eq.matrix[i][j]
		}
	}
}

// slopes turns errors that a parameter moved into their derivatives.
func slopes(moved, at []float64, by float64) {
	at = at[:len(moved)]
	per := 1 / by
	for t, d := range moved {
		moved[t] = (d - at[t]) * per
	}
}

// nudge moves parameter i by a little, within the bounds, and tells by how much.
func (x parameters) nudge(i int) (moved parameters, by float64) {
	_, high := bounds()
	by = difference
	if x[i]+by > high[i] {
		by = -by
	}
	x[i] += by
	return x, by
}

// equations are the normal equations of at most four parameters.
type equations struct {
	k        int
	gradient parameters
	matrix   [4]parameters
}

// step returns x after a damped step, or false if there is none.
func (eq *equations) step(x parameters, damping float64) (parameters, bool) {
	low, high := bounds()
	damped := *eq
	for i := range eq.k {
		damped.gradient[i] = -eq.gradient[i]
		damped.matrix[i][i] *= 1 + damping
		if (x[i] <= low[i] && damped.gradient[i] < 0) || (x[i] >= high[i] && damped.gradient[i] > 0) {
			damped.hold(i)
		}
	}
	if !damped.solve() {
		return x, false
	}
	before := x
	for i := range eq.k {
		x[i] = min(max(x[i]+damped.gradient[i], low[i]), high[i])
	}
	return x, x != before
}

// hold takes parameter i out of the equations.
func (eq *equations) hold(i int) {
	for j := range eq.k {
		eq.matrix[i][j], eq.matrix[j][i] = 0, 0
	}
	eq.matrix[i][i], eq.gradient[i] = 1, 0
}

// solve replaces the gradient by the solution for it as the right-hand side, or
// tells that the matrix is not positive.
func (eq *equations) solve() bool {
	a, b := &eq.matrix, &eq.gradient
	for i := range eq.k {
		if !(a[i][i] > 0) || math.IsInf(a[i][i], 1) {
			return false
		}
		for j := i + 1; j < eq.k; j++ {
			r := a[j][i] / a[i][i]
			for c := i; c < eq.k; c++ {
				a[j][c] -= r * a[i][c]
			}
			b[j] -= r * b[i]
		}
	}
	for i := eq.k - 1; i >= 0; i-- {
		for c := i + 1; c < eq.k; c++ {
			b[i] -= a[i][c] * b[c]
		}
		b[i] /= a[i][i]
	}
	return true
}
