package theta

import (
	"math"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/internal/sample"
)

// Adjusted returns the series that the lines of the M4 competition's benchmarks
// are fitted to.
func Adjusted(y []float64, m int) []float64 {
	a := adjust(sample.Of(y), m, classical)
	out := make([]float64, len(a.values))
	for i, v := range a.values {
		out[i] = v * a.scale
	}
	return out
}

// Objective is the sum of squared errors of DOTM from the fourth value on, by
// the recursion itself.
func Objective(y []float64, alpha, first, weight float64) float64 {
	d := &dynamic{alpha: alpha, weight: weight, level: first, power: 1}
	sum := 0.0
	for t, v := range y {
		if t >= firstError {
			sum += math.Pow(v-d.next(), 2)
		}
		d.take(v)
	}
	return sum
}

// Estimate returns the least squares of an adjusted series, without the prior.
func Estimate(y []float64) (alpha, first, weight float64) {
	e := newEquations(y)
	alpha = e.search()
	_, first, weight = e.solve(alpha)
	return alpha, first, weight
}

// Line returns intercept and slope of the line through y by the recursion.
func Line(y []float64) (intercept, slope float64) {
	var d dynamic
	for _, v := range y {
		d.regress(v)
	}
	return d.intercept, d.slope
}

// Pass is one evaluation of the objective.
func Pass(y []float64) func(alpha float64) float64 {
	e := newEquations(y)
	return func(alpha float64) float64 {
		sse, _, _ := e.solve(alpha)
		return sse
	}
}

// Refine returns the lowest point that [refine] finds from a grid of f between 0
// and 1.
func Refine(f func(x float64) float64) float64 {
	points := make([]point, 5)
	for i := range points {
		points[i].x = float64(i) / 4
		points[i].y = f(points[i].x)
	}
	return refine(points, 30, 1e-6, f)
}

var _ model.Appender = (*fitted)(nil)
