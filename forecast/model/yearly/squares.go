package yearly

import (
	"math"
	"slices"
)

// equations are the normal equations of weighted least squares, the lower half
// of the matrix by rows. Their matrix begins with the penalties.
type equations struct {
	k             int
	matrix, right []float64
	triangle      []float64
}

func newEquations(k int) *equations {
	return &equations{k: k, matrix: make([]float64, k*k), right: make([]float64, k), triangle: make([]float64, k*k)}
}

// add takes in a row of regressors with its value and weight; a negative weight
// takes it out again.
func (e *equations) add(row []float64, y, weight float64) {
	for p, v := range row {
		if v == 0 { // most phases and bends
			continue
		}
		v *= weight
		e.right[p] += v * y
		into := e.matrix[p*e.k : p*e.k+p+1]
		for q, u := range row[:len(into)] {
			into[q] += v * u
		}
	}
}

// solve returns the coefficients by Cholesky's decomposition, which the
// penalties keep positive.
func (e *equations) solve() []float64 {
	k, a := e.k, e.triangle
	copy(a, e.matrix)
	for p := range k {
		for q := range p + 1 {
			sum := a[p*k+q] - dot(a[p*k:p*k+q], a[q*k:q*k+q])
			if p == q {
				a[p*k+p] = math.Sqrt(sum)
			} else {
				a[p*k+q] = sum / a[q*k+q]
			}
		}
	}
	b := slices.Clone(e.right)
	for p := range k {
		b[p] = (b[p] - dot(a[p*k:p*k+p], b[:p])) / a[p*k+p]
	}
	for p := k - 1; p >= 0; p-- {
		for q := p + 1; q < k; q++ {
			b[p] -= a[q*k+p] * b[q]
		}
		b[p] /= a[p*k+p]
	}
	return b
}

// reweigh lowers the weight of a residual beyond two standard deviations to
// what its square would have there (Huber 1964), the deviation by the median.
func reweigh(weights, rest []float64) {
	const toNormal, far = 1.4826, 2
	sizes := make([]float64, len(rest))
	for i, v := range rest {
		sizes[i] = math.Abs(v)
	}
	slices.Sort(sizes)
	limit := far * toNormal * sizes[len(sizes)/2]
	for i, v := range rest {
		weights[i] = 1
		if a := math.Abs(v); limit > 0 && a > limit {
			weights[i] = limit / a
		}
	}
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}
