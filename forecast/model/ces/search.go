package ces

import (
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast/model/internal/sample"
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
	y          []float64
	errors     [5][]float64 // at x, and with each parameter moved
	trial      []float64
	seed, work states
}

// prepare sets the series and the number of phases.
func (s *search) prepare(y []float64, m int) {
	s.y = y
	for i := range s.errors {
		s.errors[i] = make([]float64, len(y))
	}
	s.trial = make([]float64, len(y))
	s.work.season = make([]pair, m)
}

// evaluate writes the errors at x and returns the sum of their squares, +Inf if
// that is no number.
func (s *search) evaluate(f form, x parameters, e []float64) float64 {
	s.work.level = s.seed.level
	s.work.season = s.work.season[:len(s.seed.season)]
	copy(s.work.season, s.seed.season)
	f.filter(x).settle(&s.work, s.y, e)
	sum := dot(e, e)
	if !sample.IsFinite(sum) || !sample.IsFinite(s.work.level.value) {
		return math.Inf(1)
	}
	return sum
}

// final returns the states after the last value.
func (s *search) final(f form, x parameters) states {
	s.evaluate(f, x, s.trial)
	return states{level: s.work.level, season: slices.Clone(s.work.season)}
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

// descend goes down from x by at most some steps.
func (s *search) descend(f form, x parameters, floor float64, steps int) (parameters, float64) {
	least := s.evaluate(f, x, s.errors[0]) + floor
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
		s.errors[0], s.trial = s.trial, s.errors[0]
		damping = max(damping/8, 1e-9)
		if gain < tolerance {
			break
		}
	}
	return x, least
}

// linearise sets the normal equations of the errors around x, which are in
// errors[0].
func (s *search) linearise(f form, x parameters, eq *equations) {
	eq.k = f.size()
	for i := range eq.k {
		moved, by := x.nudge(i)
		s.evaluate(f, moved, s.errors[i+1])
		for t, d := range s.errors[i+1] {
			s.errors[i+1][t] = (d - s.errors[0][t]) / by
		}
		eq.gradient[i] = dot(s.errors[i+1], s.errors[0])
		for j := range i + 1 {
			eq.matrix[i][j] = dot(s.errors[i+1], s.errors[j+1])
			eq.matrix[j][i] = eq.matrix[i][j]
		}
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

// dot is the inner product, in four sums that don't wait for one another.
func dot(a, b []float64) float64 {
	var sum [4]float64
	b = b[:len(a)]
	i := 0
	for ; i+4 <= len(a); i += 4 {
		sum[0] += a[i] * b[i]
		sum[1] += a[i+1] * b[i+1]
		sum[2] += a[i+2] * b[i+2]
		sum[3] += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		sum[0] += a[i] * b[i]
	}
	return (sum[0] + sum[1]) + (sum[2] + sum[3])
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
