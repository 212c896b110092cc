package arima

import "math"

// squares is a sum of squares to minimise.
type squares interface {
	dimension() int
	observations() int
	// residuals writes them, and reports whether they are finite.
	residuals(x, dst []float64) bool
}

const (
	mostRounds    = 40   // of a search
	derivative    = 1e-6 // step of the forward differences
	mostDamping   = 1e8
	leastDamping  = 1e-7
	firstDamping  = 1e-3
	searchGain    = 2e-5 // relative gain below which a search among orders stops
	finalGain     = 1e-9 // and that of the final one
	smallRounds   = 1    // how often in a row
	gradientShare = 1e-12
)

// marquardt is the least-squares search of Levenberg and Marquardt with
// numerical derivatives. Its buffers serve one search after the other.
type marquardt struct {
	tolerance float64
	rounds    int

	base, moved    []float64
	jacobian       []float64 // one column after the other
	gram, triangle []float64
	gradient, step []float64
	trial          []float64
	evaluations    int
}

func resize(b []float64, n int) []float64 {
	if cap(b) < n {
		return make([]float64, n)
	}
	return b[:n]
}

func (q *marquardt) prepare(k, n int) {
	q.base, q.moved = resize(q.base, n), resize(q.moved, n)
	q.jacobian = resize(q.jacobian, n*k)
	q.gram, q.triangle = resize(q.gram, k*k), resize(q.triangle, k*k)
	q.gradient, q.step, q.trial = resize(q.gradient, k), resize(q.step, k), resize(q.trial, k)
}

// search moves x to a minimum and returns it, +Inf if the start is not allowed.
// The last evaluation is that of the result.
func (q *marquardt) search(o squares, x []float64) float64 {
	k, n := o.dimension(), o.observations()
	q.prepare(k, n)
	if !o.residuals(x, q.base) {
		return math.Inf(1)
	}
	q.evaluations++
	value := sumSquares(q.base)
	damping, small := firstDamping, 0
	for round := 0; round < q.rounds && k > 0 && value > 0 && small < smallRounds; round++ {
		q.differentiate(o, x)
		if q.flat(value) {
			break
		}
		before := value
		value, damping = q.advance(o, x, value, damping)
		if before-value < q.tolerance*before {
			small++
		} else {
			small = 0
		}
		if !(value < before) {
			break
		}
	}
	o.residuals(x, q.base)
	return value
}

func sumSquares(v []float64) float64 {
	sum := 0.0
	for _, r := range v {
		sum += r * r
	}
	return sum
}

// differentiate sets gradient and gram at x, where the residuals are base.
func (q *marquardt) differentiate(o squares, x []float64) {
	n := len(q.base)
	copy(q.trial, x)
	for i := range x {
		h := derivative
		if x[i] > 0 {
			h = -h // towards the interior
		}
		q.trial[i] = x[i] + h
		column := q.jacobian[i*n : (i+1)*n]
		q.evaluations++
		if !o.residuals(q.trial, column) {
			clear(column)
		} else {
			for t, v := range q.base {
				column[t] = (column[t] - v) / h
			}
		}
		q.trial[i] = x[i]
		q.gradient[i] = dot(column, q.base)
		for j := range i + 1 {
			q.gram[i*len(x)+j] = dot(column, q.jacobian[j*n:(j+1)*n])
		}
	}
}

func dot(a, b []float64) float64 {
	sum := 0.0
	b = b[:len(a)]
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

// flat tells whether no coordinate promises a gain.
func (q *marquardt) flat(value float64) bool {
	k := len(q.gradient)
	for i, g := range q.gradient {
		if g*g > gradientShare*value*q.gram[i*k+i] {
			return false
		}
	}
	return true
}

// advance takes the first step, with more and more damping, that brings a lower
// value.
func (q *marquardt) advance(o squares, x []float64, value, damping float64) (lower, next float64) {
	for ; damping <= mostDamping; damping *= 8 {
		if !q.solve(damping) {
			continue
		}
		for i, s := range q.step {
			q.trial[i] = max(-limit, min(limit, x[i]+max(-1, min(1, s))))
		}
		q.evaluations++
		if !o.residuals(q.trial, q.moved) {
			continue
		}
		if reached := sumSquares(q.moved); reached < value {
			copy(x, q.trial)
			q.base, q.moved = q.moved, q.base
			return reached, max(leastDamping, damping/10)
		}
	}
	return value, damping
}

// solve sets step to that of the damped normal equations by Cholesky's factor.
func (q *marquardt) solve(damping float64) bool {
	k := len(q.gradient)
	for i := range k {
		for j := range i + 1 {
			sum := q.gram[i*k+j]
			if i == j {
				sum = sum*(1+damping) + 1e-12
			}
			for c := range j {
				sum -= q.triangle[i*k+c] * q.triangle[j*k+c]
			}
			if i != j {
				q.triangle[i*k+j] = sum / q.triangle[j*k+j]
				continue
			}
			if !(sum > 0) || math.IsInf(sum, 0) {
				return false
			}
			q.triangle[i*k+i] = math.Sqrt(sum)
		}
	}
	q.substitute()
	return true
}

// substitute solves with the factor, forwards and backwards.
func (q *marquardt) substitute() {
	k := len(q.gradient)
	for i := range k {
		sum := -q.gradient[i]
		for c := range i {
			sum -= q.triangle[i*k+c] * q.step[c]
		}
		q.step[i] = sum / q.triangle[i*k+i]
	}
	for i := k - 1; i >= 0; i-- {
		sum := q.step[i]
		for c := i + 1; c < k; c++ {
			sum -= q.triangle[c*k+i] * q.step[c]
		}
		q.step[i] = sum / q.triangle[i*k+i]
	}
}
