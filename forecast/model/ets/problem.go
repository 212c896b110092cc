package ets

import "math"

// The usual region of the smoothing parameters (HKOS section 5.1). phi is
// identified badly and must not reach 1, where it would be no damping at all.
const (
	smallest  = 1e-4
	largest   = 1 - 1e-4
	phiLow    = 0.8
	phiHigh   = 0.98
	maxSeason = 24 // more seasonal states are too many to estimate
)

// problem is the estimation of one form on one series.
//
// Its vector x begins with the smoothing parameters that the form has, alpha,
// beta, gamma, phi, of which beta and gamma are the position inside their
// bounds, so that the bounds are a box: beta <= alpha and gamma <= 1-alpha.
// Then follow the level, the slope and the seeds of the second to the last
// season of the cycle; that of the first makes them sum to 0 or m.
type problem struct {
	form   form
	m      int
	y      []float64 // scaled near 1, NaN = missing
	count  float64   // observed values
	floor  float64   // added to the sum of squares: a perfect fit has no logarithm
	trace  *trace
	start  states
	seeds  bool    // the seasonal seeds are part of x
	shrink float64 // weight of the penalty on beta's share of alpha

	sum float64 // of squared errors at the last evaluated x
	log float64 // of the one-step forecasts there, for multiplicative errors
	*gaussNewton
}

// states are a form's states before an observation. The seasonal ones are in
// the order in which they will be used.
type states struct {
	level, slope float64
	season       []float64
}

// size is the length of x.
func (pr *problem) size() int {
	size := pr.form.smoothers() + 1
	if pr.form.hasTrend() {
		size++
	}
	if pr.form.hasSeason() && pr.seeds {
		size += pr.m - 1
	}
	return size
}

// degrees is the number of estimated quantities of the information criterion:
// those of x, the two of a season seeded by one pair of Fourier terms, and the
// variance.
func (pr *problem) degrees() int {
	degrees := pr.size() + 1
	if pr.form.hasSeason() && !pr.seeds {
		degrees += 2
	}
	return degrees
}

// smoothing returns the smoothing parameters of x.
func (pr *problem) smoothing(x []float64) smoothing {
	p := smoothing{alpha: x[0], phi: 1}
	i := 1
	if pr.form.hasTrend() {
		p.beta = smallest + (p.alpha-smallest)*x[i]
		i++
	}
	if pr.form.hasSeason() {
		p.gamma = smallest + (1-p.alpha-smallest)*x[i]
		i++
	}
	if pr.form.damped {
		p.phi = x[i]
	}
	return p
}

// pack writes smoothing parameters and the problem's starting states to x.
func (pr *problem) pack(p smoothing, x []float64) {
	x[0] = p.alpha
	i := 1
	if pr.form.hasTrend() {
		x[i] = (p.beta - smallest) / (p.alpha - smallest)
		i++
	}
	if pr.form.hasSeason() {
		x[i] = (p.gamma - smallest) / (1 - p.alpha - smallest)
		i++
	}
	if pr.form.damped {
		x[i] = p.phi
		i++
	}
	x[i] = pr.start.level
	i++
	if pr.form.hasTrend() {
		x[i] = pr.start.slope
		i++
	}
	if pr.form.hasSeason() && pr.seeds {
		copy(x[i:], pr.start.season[1:])
	}
}

// begin sets the trace's first states from x.
func (pr *problem) begin(x []float64, p smoothing) {
	i := pr.form.smoothers()
	level, slope := x[i], 0.0
	i++
	if pr.form.hasTrend() {
		slope = x[i]
		i++
	}
	pr.trace.c[0] = p.phi * slope
	pr.trace.q[0] = level + p.phi*slope
	if !pr.form.hasSeason() {
		return
	}
	season := pr.trace.s[:pr.m]
	if !pr.seeds {
		copy(season, pr.start.season)
		return
	}
	rest := pr.seasonTotal()
	for j, s := range x[i:] {
		season[j+1] = s
		rest -= s
	}
	season[0] = rest
}

func (pr *problem) seasonTotal() float64 {
	if pr.form.season == multiplicative {
		return float64(pr.m)
	}
	return 0
}

// run passes through the series; false says that x is not allowed.
func (pr *problem) run(x []float64) bool {
	p := pr.smoothing(x)
	if !admissible(pr.form, p, pr.m) {
		return false
	}
	pr.begin(x, p)
	if pr.form.season == multiplicative && !positive(pr.trace.s[:pr.m]) {
		return false
	}
	pr.pass(p)
	return !math.IsNaN(pr.sum) && !math.IsInf(pr.sum, 0)
}

// pass runs the kernel of the form from the trace's first states and sets sum
// and log.
func (pr *problem) pass(p smoothing) {
	switch pr.form.season {
	case additive:
		pr.trace.forwardAdditive(pr.y, p, pr.m)
	case multiplicative:
		pr.trace.forwardMultiplicative(pr.y, p, pr.m)
	default:
		pr.trace.forwardPlain(pr.y, p)
	}
	if pr.form.multiplicative() {
		pr.sum, pr.log = pr.trace.relativeSquares(pr.y)
	} else {
		pr.sum, pr.log = pr.trace.squares(pr.y), 0
	}
}

func positive(values []float64) bool {
	for _, v := range values {
		if !(v > 0) {
			return false
		}
	}
	return true
}

// value returns the criterion n log(sum e^2) + 2 sum log|r|, minus twice the
// log-likelihood up to a constant of the series (HKOS section 5.1), plus the
// penalty; +Inf where x is not allowed. The trace is then that of x.
func (pr *problem) value(x []float64) float64 {
	if !pr.run(x) {
		return math.Inf(1)
	}
	return pr.count*math.Log(pr.sum+pr.floor) + 2*pr.log + pr.penalty(x)
}

// penalty is minus twice the logarithm of the prior density of beta's position
// inside its bounds, which is what shrinkage says.
func (pr *problem) penalty(x []float64) float64 {
	if !pr.form.hasTrend() {
		return 0
	}
	return pr.shrink * x[1] * x[1]
}

// gradient writes the derivative of the criterion at the x of the last call of
// value to g, whose length may leave out the states. One backward pass gives
// it, however many seasonal states there are.
func (pr *problem) gradient(x, g []float64) {
	p := pr.smoothing(x)
	weight := pr.count / (pr.sum + pr.floor)
	if pr.form.multiplicative() {
		pr.trace.weighRelative(pr.y, weight)
	} else {
		pr.trace.weigh(pr.y, weight)
	}
	var d slopes
	switch pr.form.season {
	case additive:
		d = pr.trace.backwardAdditive(pr.y, p, pr.m)
	case multiplicative:
		d = pr.trace.backwardMultiplicative(pr.y, p, pr.m)
	default:
		d = pr.trace.backwardPlain(pr.y, p)
	}
	pr.chain(x, d, g)
	if pr.form.hasTrend() {
		g[1] += 2 * pr.shrink * x[1]
	}
}

// chain carries the derivatives over to the coordinates of x.
func (pr *problem) chain(x []float64, d slopes, g []float64) {
	p := pr.smoothing(x)
	states := pr.form.smoothers()
	slope := 0.0
	if pr.form.hasTrend() {
		slope = x[states+1]
	}
	g[0] = d.alpha
	i := 1
	if pr.form.hasTrend() {
		g[0] += d.beta * x[i]
		g[i] = d.beta * (p.alpha - smallest)
		i++
	}
	if pr.form.hasSeason() {
		g[0] -= d.gamma * x[i]
		g[i] = d.gamma * (1 - p.alpha - smallest)
		i++
	}
	if pr.form.damped {
		g[i] = d.phi + slope*(d.q+d.c)
		i++
	}
	if i >= len(g) {
		return
	}
	g[i] = d.q
	i++
	if pr.form.hasTrend() {
		g[i] = p.phi * (d.q + d.c)
		i++
	}
	for j := i; j < len(g); j++ {
		g[j] = pr.trace.gs[j-i+1] - pr.trace.gs[0]
	}
}
