package arima

import "math"

// process is a stationary ARMA process in the state space form of Harvey: the
// first state is the value, and the i-th (from 0) what is known of the value i
// periods ahead but for the recursion over the values in between. In units of
// the innovation variance.
type process struct {
	ar, ma []float64 // by lag from 1, as long as there are states; ma of the last is 0

	small, work         []float64 // the four factors, one after the other
	inverse, covariance []float64 // of the autoregression alone, of the process
	weights, phi        []float64 // of the innovations; scratch
}

func newProcess(o Order, m int) process {
	r := o.states(m)
	k := o.parameters()
	return process{
		ar: make([]float64, r), ma: make([]float64, r),
		small: make([]float64, k), work: make([]float64, max(r, k)),
		inverse: make([]float64, 2*r+2), covariance: make([]float64, r+1), weights: make([]float64, r+1), phi: make([]float64, r),
	}
}

// set takes the free parameters: those of AR, MA, seasonal AR, seasonal MA.
func (p *process) set(o Order, m int, x []float64) {
	at := 0
	for _, k := range [4]int{o.AR, o.MA, o.SeasonalAR, o.SeasonalMA} {
		coefficients(p.small[at:at+k], x[at:at+k], p.work)
		at += k
	}
	p.expand(o, m)
}

// expand multiplies the factors out.
func (p *process) expand(o Order, m int) {
	f := p.factors(o)
	expand(p.ar, f.ar, f.sar, m)
	expand(p.ma, f.ma, f.sma, m)
	for i := range p.ma {
		p.ma[i] = -p.ma[i]
	}
}

// factors are the coefficients c of the polynomials 1 - sum c B^i; those of the
// moving averages have the opposite sign of the usual ones.
func (p *process) factors(o Order) factors {
	s := p.small
	var f factors
	f.ar, s = s[:o.AR], s[o.AR:]
	f.ma, s = s[:o.MA], s[o.MA:]
	f.sar, f.sma = s[:o.SeasonalAR], s[o.SeasonalAR:]
	return f
}

type factors struct{ ar, ma, sar, sma []float64 }

// clear tells whether no root of a factor is near the unit circle.
func (p *process) clear(o Order, m int) bool {
	f := p.factors(o)
	return clearOfUnit(f.ar, 1) && clearOfUnit(f.ma, 1) && clearOfUnit(f.sar, m) && clearOfUnit(f.sma, m)
}

// begin writes the first gain, the transition times the first column of the
// stationary covariance matrix, and returns the process' variance. It reports
// false if the process is not stationary in floating point.
func (p *process) begin(gain []float64) (float64, bool) {
	if !p.autocovariances() {
		return 0, false
	}
	r := len(p.ar)
	for i := range r - 1 {
		gain[i] = float64(p.ar[i]*p.covariance[0]) + p.column(i+1)
	}
	gain[r-1] = p.ar[r-1] * p.covariance[0]
	gain[r] = 0
	return p.covariance[0], true
}

// column is the covariance of the i-th state, i > 0, with the first.
func (p *process) column(i int) float64 {
	sum := 0.0
	for j := i; j < len(p.ar); j++ {
		sum += float64(p.ar[j] * p.covariance[j-i+1])
	}
	for j := i - 1; j < len(p.ma)-1; j++ {
		sum += float64(p.ma[j] * p.weights[j-i+1])
	}
	return sum
}

// autocovariances sets the covariances and weights at the lags up to r: those
// of the autoregression by the recursions of Levinson and Durbin backwards and
// forwards, and from them those of the process.
func (p *process) autocovariances() bool {
	r := len(p.ar)
	p.weights[0] = 1
	for k := 1; k <= r; k++ {
		sum := p.ma[k-1]
		for j := range k {
			sum += float64(p.ar[j] * p.weights[k-1-j])
		}
		p.weights[k] = sum
	}
	order := r
	for order > 0 && p.ar[order-1] == 0 {
		order--
	}
	if !p.autoregression(order) {
		return false
	}
	last := r - 1 // highest lag of the moving average
	for last > 0 && p.ma[last-1] == 0 {
		last--
	}
	clear(p.covariance)
	for lag := -last; lag <= last; lag++ {
		c := p.overlap(max(lag, -lag), last)
		if c == 0 {
			continue
		}
		for k := range p.covariance {
			p.covariance[k] += float64(c * p.inverse[max(k-lag, lag-k)])
		}
	}
	return p.covariance[0] >= 1-1e-9 && !math.IsInf(p.covariance[0], 0)
}

// overlap is the product sum of the moving average's weights at a lag.
func (p *process) overlap(lag, last int) float64 {
	weight := func(i int) float64 {
		if i == 0 {
			return 1
		}
		return p.ma[i-1]
	}
	sum := 0.0
	for i := 0; i+lag <= last; i++ {
		sum += float64(weight(i) * weight(i+lag))
	}
	return sum
}

// autoregression sets inverse to the autocovariances of the autoregression of
// an order: partial autocorrelations first, then Levinson's recursion forwards.
func (p *process) autoregression(order int) bool {
	partial := p.covariance[:order] // not in use yet
	if !partials(partial, p.ar[:order], p.work) {
		return false
	}
	variance := 1.0
	for _, v := range partial {
		variance /= 1 - float64(v*v)
	}
	p.inverse[0] = variance
	p.forward(partial, variance)
	return true
}

// forward continues from the variance at lag 0.
func (p *process) forward(partial []float64, variance float64) {
	phi := p.phi[:len(partial)]
	for i, v := range partial {
		next := v * variance
		for j := range i {
			next += float64(phi[j] * p.inverse[i-j])
		}
		p.inverse[i+1] = next
		copy(p.work, phi[:i])
		for j := range i {
			phi[j] = p.work[j] - float64(v*p.work[i-1-j])
		}
		phi[i] = v
		variance *= 1 - float64(v*v)
	}
	for k := len(partial) + 1; k < len(p.inverse); k++ {
		sum := 0.0
		for j := range partial {
			sum += float64(p.ar[j] * p.inverse[k-1-j])
		}
		p.inverse[k] = sum
	}
}
