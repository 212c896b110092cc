package arima

import (
	"math"
	"slices"
)

// filter is the Kalman filter of a model on the undifferenced series, which
// takes missing values as they are (Jones 1980; Harvey & McKenzie, J. Time
// Series Analysis 4, 1983). The state is that of the ARMA process of the
// differences, followed by the values that the differences go back to, newest
// first. Variances are in units of the innovation variance.
type filter struct {
	ar, ma []float64
	past   []float64 // weights of the past values in a value
	lags   []int     // of those that are not 0

	a, b       []float64 // states of the series and of the regressor
	covariance []float64 // row by row
	next       []float64
	before     []float64
	gain       []float64
	start      []float64 // first gain of the process, not used
	variance   float64   // of the innovation, for the gain
	steps      int       // since it began
	settled    bool      // the covariance no longer changes while values come in
}

func newFilter(p *process, past []float64) *filter {
	f := &filter{ar: p.ar, ma: p.ma, past: past}
	for j, c := range past {
		if c != 0 {
			f.lags = append(f.lags, j)
		}
	}
	size := f.size()
	cells := make([]float64, 3*size)
	f.start = make([]float64, len(p.ar)+1)
	f.a, f.b, f.gain = cells[:size], cells[size:2*size], cells[2*size:]
	f.covariance, f.next, f.before = make([]float64, size*size), make([]float64, size*size), make([]float64, size*size)
	return f
}

func (f *filter) size() int { return len(f.ar) + len(f.past) }

// begin sets the state after the first values, as many as differencing costs,
// of the series and of the regressor. A missing one has a prior around its
// interpolation with a variance of wide. The process has its
// stationary distribution. It reports false if that does not exist.
func (f *filter) begin(p *process, s *history, wide float64) bool {
	clear(f.a)
	clear(f.b)
	clear(f.covariance)
	f.settled, f.steps = false, 0
	r, size := len(f.ar), f.size()
	variance, ok := p.begin(f.start)
	if !ok {
		return false
	}
	f.covariance[0] = variance
	for i := 1; i < r; i++ {
		f.covariance[i] = p.column(i)
		f.covariance[i*size] = f.covariance[i]
	}
	for i := r - 1; i > 0; i-- {
		for j := i; j > 0; j-- {
			f.covariance[i*size+j] = f.stationary(i, j)
			f.covariance[j*size+i] = f.covariance[i*size+j]
		}
	}
	n := len(f.past)
	for j := range n {
		t := n - 1 - j
		f.a[r+j], f.b[r+j] = s.filled[t], s.regressor(t)
		if math.IsNaN(s.y[t]) {
			f.covariance[(r+j)*size+r+j] = wide
		}
	}
	return true
}

// stationary is an element of P = T P T' + R R' from the first row and the
// element after it.
func (f *filter) stationary(i, j int) float64 {
	r, size := len(f.ar), f.size()
	at := func(i, j int) float64 {
		if i == r || j == r {
			return 0
		}
		return f.covariance[i*size+j]
	}
	return at(i+1, j+1) + float64(f.ar[i]*f.ar[j]*at(0, 0)) + float64(f.ar[i]*at(0, j+1)) +
		float64(f.ar[j]*at(i+1, 0)) + float64(f.shock(i)*f.shock(j))
}

// shock is the weight of the innovation in a state of the process.
func (f *filter) shock(i int) float64 {
	if i == 0 {
		return 1
	}
	return f.ma[i-1]
}

// value is what a state says about the present value.
func (f *filter) value(state []float64) float64 {
	r := len(f.ar)
	v := state[0]
	for _, j := range f.lags {
		v += float64(f.past[j] * state[r+j])
	}
	return v
}

// step takes a value, NaN = missing, and that of the regressor, and moves on to
// the next period. It returns the innovations of both and their variance.
func (f *filter) step(v, regressor float64) (innovation, other, variance float64) {
	if math.IsNaN(v) {
		f.settled = false
		f.transition(f.a)
		f.transition(f.b)
		f.propagate()
		return v, v, 0
	}
	innovation, other = v-f.value(f.a), regressor-f.value(f.b)
	if f.settled {
		variance = f.variance
	} else {
		variance = f.weigh()
	}
	if !(variance > 0) {
		variance = 1
		clear(f.gain)
	}
	for i, g := range f.gain {
		f.a[i] += float64(g * innovation)
		f.b[i] += float64(g * other)
	}
	f.transition(f.a)
	f.transition(f.b)
	if !f.settled {
		f.variance = variance
		f.learn()
	}
	return innovation, other, variance
}

// weigh sets the gain and returns the variance of the innovation.
func (f *filter) weigh() float64 {
	r, size := len(f.ar), f.size()
	for i := range f.gain {
		row := f.covariance[i*size : (i+1)*size]
		g := row[0]
		for _, j := range f.lags {
			g += float64(f.past[j] * row[r+j])
		}
		f.gain[i] = g
	}
	variance := f.value(f.gain)
	for i := range f.gain {
		f.gain[i] /= variance
	}
	return variance
}

const (
	// settledChange is the largest change of a variance that is no change.
	settledChange = 1e-13
	// checkedSteps is how often that is looked at, which costs as much as a step.
	checkedSteps = 8
)

// learn subtracts from the covariance what the value told and moves it on.
func (f *filter) learn() {
	size := f.size()
	f.steps++
	checked := f.steps%checkedSteps == 0
	if checked {
		copy(f.before, f.covariance)
	}
	for i, gi := range f.gain {
		if gi == 0 {
			continue
		}
		row := f.covariance[i*size : (i+1)*size]
		gi *= f.variance
		for j, gj := range f.gain {
			row[j] -= float64(gi * gj)
		}
	}
	f.propagate()
	if !checked {
		return
	}
	change := 0.0
	for i, v := range f.covariance {
		change = max(change, math.Abs(v-f.before[i]))
	}
	f.settled = change < settledChange
}

// propagate moves the covariance on by one period: T P T' + R R'.
func (f *filter) propagate() {
	r, size := len(f.ar), f.size()
	half := f.next
	row := func(m []float64, i int) []float64 { return m[i*size : (i+1)*size] }
	p0 := row(f.covariance, 0)
	for i := range r {
		dst := row(half, i)
		if i+1 < r {
			copy(dst, row(f.covariance, i+1))
		} else {
			clear(dst)
		}
		axpy(dst, f.ar[i], p0)
	}
	if size > r {
		dst := row(half, r)
		copy(dst, p0)
		for _, j := range f.lags {
			axpy(dst, f.past[j], row(f.covariance, r+j))
		}
		copy(half[(r+1)*size:], f.covariance[r*size:(size-1)*size])
	}
	for i := range size {
		f.transition(row(half, i))
	}
	for i := range r {
		dst := row(half, i)
		shock := f.shock(i)
		for j := range r {
			dst[j] += float64(shock * f.shock(j))
		}
	}
	f.covariance, f.next = half, f.covariance
}

func axpy(dst []float64, c float64, x []float64) {
	if c == 0 {
		return
	}
	x = x[:len(dst)]
	for i := range dst {
		dst[i] += float64(c * x[i])
	}
}

// transition moves a state on by one period in place.
func (f *filter) transition(state []float64) {
	r := len(f.ar)
	if len(state) > r {
		v := f.value(state)
		copy(state[r+1:], state[r:len(state)-1])
		state[r] = v
	}
	first := state[0]
	for i, phi := range f.ar {
		next := 0.0
		if i+1 < r {
			next = state[i+1]
		}
		state[i] = float64(phi*first) + next
	}
}

// clone is an independent copy of what changes.
func (f *filter) clone() *filter {
	c := *f
	c.a, c.b, c.gain = slices.Clone(f.a), slices.Clone(f.b), slices.Clone(f.gain)
	c.covariance, c.next, c.before = slices.Clone(f.covariance), slices.Clone(f.next), slices.Clone(f.before)
	return &c
}
