package arima

import "math"

// problem is the exact likelihood of an order on a differenced series without
// gaps. Its buffers belong to one search.
type problem struct {
	order Order
	m     int
	w     []float64

	x          []float64 // free parameters of the last evaluation
	process    process
	k, l, a, b []float64 // gain, increment and states, one longer than needed
	ones       []float64 // innovations of a series of ones

	mean   float64 // of w
	sum    float64 // of squared innovations in units of their variance
	logdet float64 // of the covariance matrix over the innovation variance
}

func newProblem(o Order, m int, w []float64) *problem {
	r := o.states(m)
	cells := make([]float64, 4*(r+1))
	return &problem{
		order: o, m: m, w: w, x: make([]float64, o.parameters()), process: newProcess(o, m),
		k: cells[:r+1], l: cells[r+1 : 2*(r+1)], a: cells[2*(r+1) : 3*(r+1)], b: cells[3*(r+1):],
		ones: make([]float64, len(w)),
	}
}

func (p *problem) dimension() int    { return len(p.x) }
func (p *problem) observations() int { return len(p.w) }

// residuals writes numbers whose sum of squares is the concentrated likelihood,
// up to a monotone transformation: the standardised innovations times the
// 1/(2n)-th power of the determinant (Ansley, Biometrika 66, 1979). It reports
// whether they are finite.
func (p *problem) residuals(x, dst []float64) bool {
	copy(p.x, x)
	p.process.set(p.order, p.m, x)
	return p.filter(dst)
}

// filter is the part of residuals after the coefficients are known.
//
// The innovations come from the Chandrasekhar recursions (Morf, Sidhu &
// Kailath, IEEE Trans. Automatic Control 19, 1974; for ARMA models Pearlman,
// Biometrika 67, 1980, and Melard, AS 197, 1984): started at the stationary
// distribution the state's covariance changes by a matrix of rank one in every
// step, so that a step costs as many operations as there are states.
func (p *problem) filter(dst []float64) bool {
	f, ok := p.process.begin(p.k)
	if !ok {
		return false
	}
	copy(p.l, p.k)
	clear(p.a)
	clear(p.b)
	p.run(f, dst)
	return p.finish(dst)
}

// settledAt is the size of the changes of the covariance, relative to the
// innovation variance, from which on the gain is kept.
const settledAt = 1e-14

// run writes the standardised innovations of w to dst, and those of ones.
func (p *problem) run(f float64, dst []float64) {
	change, product, exponent := -1/f, 1.0, 0
	settled := false
	root := 1 / math.Sqrt(f)
	for t, w := range p.w {
		v, one := w-p.a[0], 1-p.b[0]
		dst[t], p.ones[t] = v*root, one*root
		if settled {
			p.advance(v/f, one/f)
			continue
		}
		product *= f
		z := p.l[0]
		if p.order.Constant {
			p.updateBoth(v/f, one/f, z/f, change*z)
		} else {
			p.update(v/f, z/f, change*z)
		}
		next := f + z*z*change
		if !(next >= 1) {
			next = 1 // the exact value is at least 1
		}
		change *= f / next
		f = next
		root = 1 / math.Sqrt(f)
		if t&15 == 15 {
			var e int
			product, e = math.Frexp(product)
			exponent += e
			if settled = p.changes()*-change < settledAt; settled {
				f, root = 1, 1
			}
		}
	}
	p.logdet = math.Log(product) + float64(exponent)*math.Ln2
}

// changes is the size of the increment's vector.
func (p *problem) changes() float64 {
	sum := 0.0
	for _, v := range p.l {
		sum += v * v
	}
	return sum
}

// update moves state, gain and increment by one step.
func (p *problem) update(gain, correction, change float64) {
	ar := p.process.ar
	r := len(ar)
	k, l, a := p.k[:r+1], p.l[:r+1], p.a[:r+1]
	l0, a0 := l[0], a[0]
	for i, phi := range ar {
		moved := float64(phi*l0) + l[i+1]
		ki := k[i]
		a[i] = float64(phi*a0) + a[i+1] + float64(ki*gain)
		l[i] = moved - float64(ki*correction)
		k[i] = ki + float64(moved*change)
	}
}

// updateBoth is update for the series and for ones.
func (p *problem) updateBoth(gain, gainOne, correction, change float64) {
	ar := p.process.ar
	r := len(ar)
	k, l, a, b := p.k[:r+1], p.l[:r+1], p.a[:r+1], p.b[:r+1]
	l0, a0, b0 := l[0], a[0], b[0]
	for i, phi := range ar {
		moved := float64(phi*l0) + l[i+1]
		ki := k[i]
		a[i] = float64(phi*a0) + a[i+1] + float64(ki*gain)
		b[i] = float64(phi*b0) + b[i+1] + float64(ki*gainOne)
		l[i] = moved - float64(ki*correction)
		k[i] = ki + float64(moved*change)
	}
}

// advance moves the states with a gain that no longer changes.
func (p *problem) advance(gain, gainOne float64) {
	ar := p.process.ar
	r := len(ar)
	k, a, b := p.k[:r+1], p.a[:r+1], p.b[:r+1]
	a0, b0 := a[0], b[0]
	if !p.order.Constant {
		for i, phi := range ar {
			a[i] = float64(phi*a0) + a[i+1] + float64(k[i]*gain)
		}
		return
	}
	for i, phi := range ar {
		a[i] = float64(phi*a0) + a[i+1] + float64(k[i]*gain)
		b[i] = float64(phi*b0) + b[i+1] + float64(k[i]*gainOne)
	}
}

// finish concentrates the mean out and scales the innovations.
func (p *problem) finish(dst []float64) bool {
	p.mean = 0
	if p.order.Constant {
		p.mean = project(dst, p.ones)
	}
	p.sum = 0
	scale := math.Exp(p.logdet / float64(2*len(dst)))
	for t, v := range dst {
		p.sum += v * v
		dst[t] = v * scale
	}
	return !math.IsNaN(p.sum) && !math.IsInf(p.sum*scale*scale, 0)
}

// project takes the regression of u on x out of u and returns its coefficient,
// 0 if x is 0.
func project(u, x []float64) float64 {
	var cross, square float64
	for t, v := range u {
		cross += v * x[t]
		square += x[t] * x[t]
	}
	if !(square > 0) {
		return 0
	}
	beta := cross / square
	for t := range u {
		u[t] -= float64(beta * x[t])
	}
	return beta
}

// leastVariance keeps the likelihood of a series without noise finite: the
// square of what rounding leaves of values of size 1.
const leastVariance = 1e-20

// logLikelihood is Gaussian, with the variance concentrated out.
func logLikelihood(n int, sum, logdet float64) float64 {
	size := float64(n)
	return -0.5 * (size*math.Log(max(sum/size, leastVariance)) + logdet + size + size*math.Log(2*math.Pi))
}
