package ets

import "math"

// objective is a function with bounds. gradient and curvature belong to the x
// of the last call of value and look at the first len(g) coordinates only.
type objective interface {
	value(x []float64) float64
	gradient(x, g []float64)
	curvature(x []float64, k int, h [][]float64)
}

// descent is a bounded quasi-Newton search over the first k coordinates: a
// projected Newton step on the coordinates that no bound holds (Bertsekas, SIAM
// J. Control and Optimization 20, 1982) with the BFGS matrix, damped so that it
// stays positive (Powell 1978), which starts from the objective's curvature.
// Its buffers serve one search after the other.
type descent struct {
	low, high []float64 // bounds, len(x)
	tolerance float64   // stop when a step promises or brings less

	k                   int
	g, gNew             []float64
	step, trial, bs     []float64
	matrix, triangle    [][]float64
	free                []int
	value               float64
	evaluations, rounds int
}

const maxRounds = 100

// search moves x to a minimum and returns its value, +Inf if the start is not
// allowed.
func (d *descent) search(o objective, x []float64, k int) float64 {
	d.prepare(len(x), k)
	d.value = o.value(x)
	d.evaluations, d.rounds = 1, 0
	if math.IsInf(d.value, 1) {
		return d.value
	}
	o.gradient(x, d.g)
	d.restart(o, x)
	fresh, small := true, 0
	for d.rounds = range maxRounds {
		before := d.value
		moved := d.direction(x) && d.advance(o, x)
		if !moved {
			if fresh {
				break
			}
			o.value(x)
			d.restart(o, x)
			fresh = true
			continue
		}
		fresh = false
		if before-d.value < d.tolerance {
			if small++; small == 2 {
				break
			}
		} else {
			small = 0
		}
	}
	o.value(x) // the objective's trace is that of the result
	return d.value
}

func (d *descent) prepare(n, k int) {
	if len(d.trial) != n {
		d.trial = make([]float64, n)
	}
	if d.k == k {
		return
	}
	d.k = k
	d.g, d.gNew = make([]float64, k), make([]float64, k)
	d.step, d.bs = make([]float64, k), make([]float64, k)
	d.matrix, d.triangle = square(k), square(k)
	d.free = make([]int, 0, k)
}

func square(k int) [][]float64 {
	cells := make([]float64, k*k)
	rows := make([][]float64, k)
	for i := range rows {
		rows[i] = cells[i*k : (i+1)*k]
	}
	return rows
}

// restart sets the matrix to the objective's curvature, made safely positive.
func (d *descent) restart(o objective, x []float64) {
	o.curvature(x, d.k, d.matrix)
	d.evaluations += d.k + 1
	most := 0.0
	for i := range d.k {
		most = max(most, d.matrix[i][i])
	}
	for i := range d.k {
		d.matrix[i][i] += 1e-3*d.matrix[i][i] + 1e-9*most + 1e-12
	}
}

// direction sets step to the Newton step of the coordinates that are free, and
// tells whether it promises enough.
func (d *descent) direction(x []float64) bool {
	d.free = d.free[:0]
	clear(d.step)
	for i := range d.k {
		held := (x[i] <= d.low[i] && d.g[i] > 0) || (x[i] >= d.high[i] && d.g[i] < 0)
		if !held {
			d.free = append(d.free, i)
		}
	}
	if !d.factor() {
		for _, i := range d.free {
			d.step[i] = -d.g[i] / math.Max(d.matrix[i][i], 1e-12)
		}
	} else {
		d.solve()
	}
	promise := 0.0
	for _, i := range d.free {
		promise -= d.g[i] * d.step[i]
	}
	return promise > d.tolerance*1e-2
}

// factor writes the Cholesky factor of the free part of the matrix.
func (d *descent) factor() bool {
	for a, i := range d.free {
		for b := range a + 1 {
			j := d.free[b]
			sum := d.matrix[i][j]
			for c := range b {
				sum -= d.triangle[a][c] * d.triangle[b][c]
			}
			if a != b {
				d.triangle[a][b] = sum / d.triangle[b][b]
				continue
			}
			if !(sum > 1e-14*d.matrix[i][i]) {
				return false
			}
			d.triangle[a][a] = math.Sqrt(sum)
		}
	}
	return true
}

// solve sets the free part of step to minus the inverse times the gradient.
func (d *descent) solve() {
	z := d.bs // free until the update
	for a, i := range d.free {
		sum := -d.g[i]
		for b := range a {
			sum -= d.triangle[a][b] * z[b]
		}
		z[a] = sum / d.triangle[a][a]
	}
	for a := len(d.free) - 1; a >= 0; a-- {
		sum := z[a]
		for b := a + 1; b < len(d.free); b++ {
			sum -= d.triangle[b][a] * z[b]
		}
		z[a] = sum / d.triangle[a][a]
		d.step[d.free[a]] = z[a]
	}
}

// advance goes along step, projected into the bounds, until the objective has
// decreased enough, and updates gradient and matrix there.
func (d *descent) advance(o objective, x []float64) bool {
	copy(d.trial, x)
	length := 1.0
	for range 30 {
		slope := 0.0
		for _, i := range d.free {
			d.trial[i] = min(max(x[i]+length*d.step[i], d.low[i]), d.high[i])
			slope += d.g[i] * (d.trial[i] - x[i])
		}
		value := o.value(d.trial)
		d.evaluations++
		if value <= d.value+1e-4*slope && slope < 0 {
			o.gradient(d.trial, d.gNew)
			for i := range d.k {
				d.step[i] = d.trial[i] - x[i]
			}
			copy(x, d.trial)
			d.value = value
			d.update()
			d.g, d.gNew = d.gNew, d.g
			return true
		}
		length *= shrink(d.value, slope, value)
	}
	return false
}

// shrink is the factor by which a step that went too far is cut: the minimum of
// the parabola through both values and the slope, within [.1, .5].
func shrink(before, slope, after float64) float64 {
	if math.IsInf(after, 1) || !(slope < 0) {
		return 0.3
	}
	return min(0.5, max(0.1, -slope/(2*(after-before-slope))))
}

// update is the damped BFGS update of the matrix for the step just taken.
func (d *descent) update() {
	sBs, sy := 0.0, 0.0
	for i := range d.k {
		d.bs[i] = dot(d.matrix[i], d.step)
		sBs += d.step[i] * d.bs[i]
		sy += d.step[i] * (d.gNew[i] - d.g[i])
	}
	if !(sBs > 0) {
		return
	}
	share := 1.0
	if sy < 0.2*sBs {
		share = 0.8 * sBs / (sBs - sy)
	}
	// d.step becomes the damped difference of gradients.
	sr := 0.0
	for i := range d.k {
		r := share*(d.gNew[i]-d.g[i]) + (1-share)*d.bs[i]
		sr += d.step[i] * r
		d.step[i] = r
	}
	if !(sr > 0) {
		return
	}
	for i := range d.k {
		for j := range d.k {
			d.matrix[i][j] += d.step[i]*d.step[j]/sr - d.bs[i]*d.bs[j]/sBs
		}
	}
}
