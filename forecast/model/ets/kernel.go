package ets

import "math"

// smoothing holds the smoothing parameters. Without a trend beta is 0 and phi
// 1, without a season gamma is 0, so that one recursion serves all forms.
type smoothing struct{ alpha, beta, gamma, phi float64 }

// trace is the path of a form through a series of n values and, after a
// backward pass, the derivative of the criterion along it. The arrays are
// allocated once per series and used by every pass.
//
// With c = phi * slope and q = level + c, the forecast before the season, all
// forms follow (Hyndman, Koehler, Ord & Snyder 2008, tables 2.2 and 2.3)
//
//	u = y - q       q' = q + phi*c + (alpha + phi*beta)*u    no season
//	u = (y-s) - q   c' = phi*c + phi*beta*u                  additive season
//	u = y/s - q     s' = s + gamma*(y/q - s)                 multiplicative
//
// where u is the innovation of the level; a missing y has u = 0. The states do
// not depend on the kind of the error, only the criterion does. Written so, one
// step is one subtraction, one product and one addition behind the other.
type trace struct {
	q, c []float64 // before the season and phi*slope, n+1 each
	s    []float64 // s[t] is the season used at t, s[t+m] what it becomes; n+m
	mu   []float64 // one-step forecasts, n
	gmu  []float64 // derivative of the criterion by mu, n
	gs   []float64 // derivative by s, n+m
}

func newTrace(n, m int) *trace {
	buffer := make([]float64, 2*(n+1)+2*(n+m)+2*n)
	cut := func(k int) []float64 {
		part := buffer[:k:k]
		buffer = buffer[k:]
		return part
	}
	return &trace{q: cut(n + 1), c: cut(n + 1), s: cut(n + m), mu: cut(n), gmu: cut(n), gs: cut(n + m)}
}

// forwardPlain runs a form without season from q[0] and c[0].
func (tr *trace) forwardPlain(y []float64, p smoothing) {
	n := len(y)
	qs, cs, mu := tr.q[:n+1], tr.c[:n+1], tr.mu[:n]
	k, kc := p.alpha+p.phi*p.beta, p.phi*p.beta
	q, c := qs[0], cs[0]
	for t, v := range y {
		u := v - q
		if u != u {
			u = 0
		}
		mu[t] = q
		c *= p.phi
		q = (q + c) + k*u
		c += kc * u
		qs[t+1], cs[t+1] = q, c
	}
}

// forwardAdditive runs a form with an additive season from q[0], c[0], s[:m].
func (tr *trace) forwardAdditive(y []float64, p smoothing, m int) {
	n := len(y)
	qs, cs, mu := tr.q[:n+1], tr.c[:n+1], tr.mu[:n]
	season, next := tr.s[:n], tr.s[m:m+n]
	k, kc := p.alpha+p.phi*p.beta, p.phi*p.beta
	q, c := qs[0], cs[0]
	for t, v := range y {
		s := season[t]
		u := (v - s) - q
		if u != u {
			u = 0
		}
		mu[t] = q + s
		next[t] = s + p.gamma*u
		c *= p.phi
		q = (q + c) + k*u
		c += kc * u
		qs[t+1], cs[t+1] = q, c
	}
}

// forwardMultiplicative runs a form with a multiplicative season from q[0],
// c[0], s[:m].
func (tr *trace) forwardMultiplicative(y []float64, p smoothing, m int) {
	n := len(y)
	qs, cs, mu := tr.q[:n+1], tr.c[:n+1], tr.mu[:n]
	season, next := tr.s[:n], tr.s[m:m+n]
	k, kc := p.alpha+p.phi*p.beta, p.phi*p.beta
	q, c := qs[0], cs[0]
	for t, v := range y {
		s := season[t]
		u, w := v/s-q, v/q-s
		if u != u {
			u, w = 0, 0
		}
		mu[t] = q * s
		next[t] = s + p.gamma*w
		c *= p.phi
		q = (q + c) + k*u
		c += kc * u
		qs[t+1], cs[t+1] = q, c
	}
}

// squares returns the sum of squared errors of an additive form.
func (tr *trace) squares(y []float64) float64 {
	mu := tr.mu[:len(y)]
	sum := 0.0
	for t, v := range y {
		if d := v - mu[t]; d == d {
			sum += d * d
		}
	}
	return sum
}

// relativeSquares returns the sum of squared relative errors and the sum of the
// logarithms of the one-step forecasts, or +Inf if one of them is not positive.
// The logarithm is taken of the exponent and the running product of the
// mantissas, which costs a hundredth of a call of math.Log per value.
func (tr *trace) relativeSquares(y []float64) (sum, logs float64) {
	mu := tr.mu[:len(y)]
	product, exponent, factors := 1.0, 0, 0
	for t, v := range y {
		if v != v {
			continue
		}
		f := mu[t]
		if !(f > 0) {
			return math.Inf(1), math.Inf(1)
		}
		r := v/f - 1
		sum += r * r
		product *= f
		if factors++; factors%16 == 0 {
			mantissa, e := math.Frexp(product)
			product, exponent = mantissa, exponent+e
		}
	}
	if !(product > 0) || math.IsInf(product, 0) {
		return math.Inf(1), math.Inf(1)
	}
	return sum, math.Log(product) + float64(exponent)*math.Ln2
}

// weigh sets the derivative of weight * sum(e^2) by the one-step forecasts.
func (tr *trace) weigh(y []float64, weight float64) {
	mu, g := tr.mu[:len(y)], tr.gmu[:len(y)]
	for t, v := range y {
		d := v - mu[t]
		if d != d {
			d = 0
		}
		g[t] = -2 * weight * d
	}
}

// weighRelative sets the derivative of weight * sum(r^2) + 2 sum(log mu) by the
// one-step forecasts.
func (tr *trace) weighRelative(y []float64, weight float64) {
	mu, g := tr.mu[:len(y)], tr.gmu[:len(y)]
	for t, v := range y {
		if v != v {
			g[t] = 0
			continue
		}
		ratio := v / mu[t]
		g[t] = 2 / mu[t] * (1 - weight*(ratio-1)*ratio)
	}
}

// slopes is the derivative of the criterion by the smoothing parameters and the
// first states; that by the seasonal states is in trace.gs[:m].
type slopes struct{ alpha, beta, gamma, phi, q, c float64 }

// backwardPlain is the adjoint of forwardPlain.
func (tr *trace) backwardPlain(y []float64, p smoothing) slopes {
	n := len(y)
	qs, cs, g := tr.q[:n], tr.c[:n], tr.gmu[:n]
	k, kc := p.alpha+p.phi*p.beta, p.phi*p.beta
	var d slopes
	for t := n - 1; t >= 0; t-- {
		u := y[t] - qs[t]
		both := d.q + d.c
		du := k*d.q + kc*d.c
		if u != u {
			u, du = 0, 0
		}
		d.alpha += d.q * u
		d.beta += p.phi * u * both
		d.phi += (cs[t] + p.beta*u) * both
		d.c = p.phi * both
		d.q += g[t] - du
	}
	return d
}

// backwardAdditive is the adjoint of forwardAdditive.
func (tr *trace) backwardAdditive(y []float64, p smoothing, m int) slopes {
	n := len(y)
	qs, cs, g, season := tr.q[:n], tr.c[:n], tr.gmu[:n], tr.s[:n]
	gs, gnext := tr.gs[:n], tr.gs[m:m+n]
	clear(tr.gs[n : n+m])
	k, kc := p.alpha+p.phi*p.beta, p.phi*p.beta
	var d slopes
	for t := n - 1; t >= 0; t-- {
		u := (y[t] - season[t]) - qs[t]
		both := d.q + d.c
		next := gnext[t]
		du := k*d.q + kc*d.c + p.gamma*next
		if u != u {
			u, du = 0, 0
		}
		d.alpha += d.q * u
		d.beta += p.phi * u * both
		d.gamma += next * u
		d.phi += (cs[t] + p.beta*u) * both
		d.c = p.phi * both
		d.q += g[t] - du
		gs[t] = next + g[t] - du
	}
	return d
}

// backwardMultiplicative is the adjoint of forwardMultiplicative.
func (tr *trace) backwardMultiplicative(y []float64, p smoothing, m int) slopes {
	n := len(y)
	qs, cs, g, season := tr.q[:n], tr.c[:n], tr.gmu[:n], tr.s[:n]
	gs, gnext := tr.gs[:n], tr.gs[m:m+n]
	clear(tr.gs[n : n+m])
	k, kc := p.alpha+p.phi*p.beta, p.phi*p.beta
	var d slopes
	for t := n - 1; t >= 0; t-- {
		q, s := qs[t], season[t]
		ys, yq := y[t]/s, y[t]/q
		u, w := ys-q, yq-s
		both := d.q + d.c
		next := gnext[t]
		du, dw := k*d.q+kc*d.c, p.gamma*next
		if u != u {
			u, w, du, dw, ys, yq = 0, 0, 0, 0, 0, 0
		}
		d.alpha += d.q * u
		d.beta += p.phi * u * both
		d.gamma += next * w
		d.phi += (cs[t] + p.beta*u) * both
		d.c = p.phi * both
		d.q += g[t]*s - du - dw*yq/q
		gs[t] = next + g[t]*q - dw - du*ys/s
	}
	return d
}
