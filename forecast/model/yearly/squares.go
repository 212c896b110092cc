package yearly

import (
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast/model/internal/vector"
)

// equations are the normal equations of weighted least squares, the lower half
// of the matrix by rows.
type equations struct {
	k             int
	matrix, right []float64
	triangle      []float64
}

func newEquations(k int) *equations {
	return &equations{k: k, matrix: make([]float64, k*k), right: make([]float64, k), triangle: make([]float64, k*k)}
}

// solve returns the coefficients by Cholesky's decomposition, which the
// penalties keep positive.
func (e *equations) solve() []float64 {
	k, a := e.k, e.triangle
	copy(a, e.matrix)
	for p := range k {
		for q := range p + 1 {
			sum := a[p*k+q] - vector.Dot(a[p*k:p*k+q], a[q*k:q*k+q])
			if p == q {
				a[p*k+p] = math.Sqrt(sum)
			} else {
				a[p*k+q] = sum / a[q*k+q]
			}
		}
	}
	b := slices.Clone(e.right)
	for p := range k {
		b[p] = (b[p] - vector.Dot(a[p*k:p*k+p], b[:p])) / a[p*k+p]
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
// The buffer is as long as the residuals.
func reweigh(weights, rest, buffer []float64) {
	const toNormal, far = 1.4826, 2
	for i, v := range rest {
		buffer[i] = math.Abs(v)
	}
	limit := far * toNormal * ranked(buffer, len(buffer)/2)
	for i, v := range rest {
		weights[i] = 1
		if a := math.Abs(v); limit > 0 && a > limit {
			weights[i] = limit / a
		}
	}
}

// ranked returns the value that would be at index k if the values were sorted,
// and moves them about (Hoare, Comm. ACM 4, 1961).
func ranked(values []float64, k int) float64 {
	low, high := 0, len(values)-1
	for low < high {
		a, b, c := values[low], values[low+(high-low)/2], values[high]
		pivot := max(min(a, b), min(max(a, b), c))
		i, j := low, high
		for i <= j {
			for values[i] < pivot {
				i++
			}
			for values[j] > pivot {
				j--
			}
			if i <= j {
				values[i], values[j] = values[j], values[i]
				i++
				j--
			}
		}
		switch {
		case k <= j:
			high = j
		case k >= i:
			low = i
		default:
			return values[k]
		}
	}
	return values[k]
}
