package conformal

import (
	"math"
	"slices"
)

const (
	// terms are those of a variance, to the third power: that of a forecast whose trend
	// moves is no more (Hyndman, Koehler, Ord & Snyder, section 6.3).
	terms = 4

	// steepest is how many times the variance of the first day the second's may be
	// larger by. If every surprise lasts and changes the trend as much, the variance of
	// h days ahead is 1, 1+4, 1+4+9, ...: no error grows faster.
	steepest = 4

	// negligible is which part of the largest square a smaller one counts as at least: the
	// fit is relative, and days that happen to have no errors to speak of are not to decide
	// it.
	negligible = 1e-4

	// rounds are enough for the weights of a fit to settle to a thousandth.
	rounds = 20
)

// coefficients are those of a variance, by its terms.
type coefficients [terms]float64

// dot is the sum of the products.
func (c coefficients) dot(x coefficients) float64 {
	sum := 0.0
	for k := range c {
		sum += c[k] * x[k]
	}
	return sum
}

// termsOf are the terms d days after the first: with coefficients that are not negative,
// what is added on the second is at most steepest times the first.
func termsOf(d float64) coefficients {
	const first = 1.0 / steepest
	return coefficients{1, d + first, d*d + first, d*d*d + first}
}

// fitVariances is the variance by day that fits best to squares over some blocks, each of
// which has a mean in proportion to itself and a deviation too: quasi-likelihood
// (McCullagh & Nelder, Generalized Linear Models, 1989, section 9.2), by least squares
// with the weights of the fit before.
func fitVariances(places []block, squares []float64, horizon int) []float64 {
	basis := make([]coefficients, len(places))
	for i, place := range places {
		for d := place.from; d < place.to; d++ {
			for k, v := range termsOf(float64(d)) {
				basis[i][k] += v / float64(place.to-place.from)
			}
		}
	}
	var best coefficients
	before := slices.Clone(squares)
	for range rounds {
		best = nonNegative(basis, squares, before)
		for i, b := range basis {
			before[i] = max(best.dot(b), squares[i]*negligible)
		}
	}
	variances := make([]float64, horizon)
	for d := range variances {
		variances[d] = best.dot(termsOf(float64(d)))
	}
	return variances
}

// nonNegative is the fit by least squares, relative to sizes, whose coefficients are not
// negative: of the fits by some of the terms the best that has none.
func nonNegative(basis []coefficients, squares, sizes []float64) coefficients {
	var products [terms]coefficients
	var aims coefficients
	for i, b := range basis {
		weight := 1 / (sizes[i] * sizes[i])
		for j := range b {
			aims[j] += weight * b[j] * squares[i]
			for k := range b {
				products[j][k] += weight * b[j] * b[k]
			}
		}
	}
	var best coefficients
	explained := 0.0 // by which the sum of squares falls
	for subset := 1; subset < 1<<terms; subset++ {
		if c, ok := solve(products, aims, subset); ok && c.dot(aims) > explained {
			best, explained = c, c.dot(aims)
		}
	}
	return best
}

// solve solves the normal equations of the terms whose bits are set; ok if the solution
// has no negative ones.
func solve(a [terms]coefficients, b coefficients, subset int) (x coefficients, ok bool) {
	for k := range terms {
		if subset&(1<<k) != 0 {
			continue
		}
		for j := range terms {
			a[j][k], a[k][j] = 0, 0
		}
		a[k][k], b[k] = 1, 0
	}
	for k := range terms { // elimination without pivots: the matrix is positive definite
		for j := k + 1; j < terms; j++ {
			f := a[j][k] / a[k][k]
			for l := k; l < terms; l++ {
				a[j][l] -= f * a[k][l]
			}
			b[j] -= f * b[k]
		}
	}
	for k := terms - 1; k >= 0; k-- {
		x[k] = b[k]
		for l := k + 1; l < terms; l++ {
			x[k] -= a[k][l] * x[l]
		}
		x[k] /= a[k][k]
		if !(x[k] >= 0) || math.IsInf(x[k], 1) {
			return x, false
		}
	}
	return x, true
}
