package ets

import "math"

// gaussNewton holds the Jacobian of the errors while the curvature is formed.
type gaussNewton struct {
	jacobian []float64 // column by column
	residual []float64
}

// curvature writes the Gauss-Newton approximation of the criterion's second
// derivatives at x to h, len(x) columns but only the first k of them free. With
// e the errors times the geometric mean of their forecasts the criterion is
// n log(sum e^2), so it is 2n/sum(e^2) J'J. The columns of J are differences:
// the matrix only gives the search its first directions.
func (pr *problem) curvature(x []float64, k int, h [][]float64) {
	n := len(pr.y)
	pr.residual = grow(pr.residual, n)
	pr.jacobian = grow(pr.jacobian, n*k)
	pr.run(x)
	pr.residuals(pr.residual)
	total := pr.floor
	for _, e := range pr.residual {
		total += e * e
	}
	for i := range k {
		column := pr.jacobian[i*n : (i+1)*n]
		pr.column(x, i, column)
	}
	scale := 2 * pr.count / total
	for i := range k {
		a := pr.jacobian[i*n : (i+1)*n]
		for j := range i + 1 {
			h[i][j] = scale * dot(a, pr.jacobian[j*n:(j+1)*n])
			h[j][i] = h[i][j]
		}
	}
	if pr.form.hasTrend() {
		h[1][1] += 2 * pr.shrink
	}
}

// column writes the derivative of the errors by x[i]. A step that leaves the
// allowed region is taken to the other side; if both do, the column is zero.
func (pr *problem) column(x []float64, i int, column []float64) {
	old := x[i]
	defer func() { x[i] = old }()
	for _, step := range []float64{-1e-6, 1e-6} {
		step *= math.Max(1, math.Abs(old))
		x[i] = old + step
		if !pr.run(x) {
			continue
		}
		pr.residuals(column)
		for t, e := range pr.residual {
			column[t] = (column[t] - e) / step
		}
		return
	}
	clear(column)
}

// residuals writes the errors of the last run, scaled as curvature says.
func (pr *problem) residuals(e []float64) {
	mu := pr.trace.mu
	scale := math.Exp(pr.log / pr.count)
	for t, v := range pr.y {
		switch {
		case math.IsNaN(v):
			e[t] = 0
		case pr.form.multiplicative():
			e[t] = (v/mu[t] - 1) * scale
		default:
			e[t] = v - mu[t]
		}
	}
}

func grow(buffer []float64, n int) []float64 {
	if cap(buffer) < n {
		return make([]float64, n)
	}
	return buffer[:n]
}

func dot(a, b []float64) float64 {
	sum := 0.0
	b = b[:len(a)]
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}
