package ets

import (
	"math"

	"github.com/daybatch/daybatch/forecast/model/internal/sample"
)

// Letters returns all forms in letters.
func Letters() []string {
	var all []string
	for _, f := range forms() {
		all = append(all, f.letters())
	}
	return all
}

// At runs a form over y with given smoothing parameters and states before the
// first observation, the season in the order of use, and returns the state at
// the end, the one-step forecasts and the log-likelihood.
func At(letters string, y []float64, p map[string]float64, season []float64) (fitted *Fitted, mu []float64, logLikelihood float64) {
	f, err := parseForm(letters)
	if err != nil {
		panic(err)
	}
	m := max(1, len(season))
	pr := &problem{form: f, m: m, y: y, count: float64(len(y)), trace: newTrace(len(y), m)}
	params := smoothing{alpha: p["alpha"], beta: p["beta"], gamma: p["gamma"], phi: 1}
	if f.damped {
		params.phi = p["phi"]
	}
	pr.trace.c[0] = params.phi * p["b"]
	pr.trace.q[0] = p["l"] + pr.trace.c[0]
	copy(pr.trace.s, season)
	pr.pass(params)
	value := pr.count*math.Log(pr.sum) + 2*pr.log
	fitted = &Fitted{form: f, smoothing: params, scale: 1, q: pr.trace.q[len(y)], c: pr.trace.c[len(y)]}
	fitted.variance = p["sigma2"]
	if f.hasSeason() {
		fitted.season = append([]float64(nil), pr.trace.s[len(y):len(y)+m]...)
	}
	return fitted, pr.trace.mu, -0.5 * value
}

// State returns level and slope, and the seasons of the next cycle.
func (f *Fitted) State() (level, slope float64, season []float64) {
	slope = f.c / f.smoothing.phi
	for i := range f.season {
		season = append(season, f.season[(f.at+i)%len(f.season)])
	}
	return (f.q - f.c) * f.scale, slope * f.scale, season
}

// Slope is a problem to differentiate: the criterion of a form on y.
type Slope struct {
	pr *problem
	X  []float64
}

// NewSlope returns the criterion of a form on y at a start inside the bounds.
func NewSlope(letters string, y []float64, m int) Slope {
	f, err := parseForm(letters)
	if err != nil {
		panic(err)
	}
	st := newStudy(sample.Of(y), m)
	st.shrink = 3
	pr := st.problem(f)
	x, value := st.start(pr, 0.3, 0.2, 0.3)
	if math.IsInf(value, 1) {
		panic(letters + ": start not allowed")
	}
	return Slope{pr: pr, X: x}
}

// Value returns the criterion at x.
func (s Slope) Value(x []float64) float64 { return s.pr.value(x) }

// Gradient writes the derivative at the x of the last Value.
func (s Slope) Gradient(x, g []float64) { s.pr.gradient(x, g) }

// Stable tells whether all roots of the polynomial, lowest power first, lie
// within the unit circle.
func Stable(a []float64) bool { return stable(append([]float64(nil), a...)) }

// Admissible tells whether the smoothing parameters of a seasonal form forget
// the start.
func Admissible(letters string, p map[string]float64, m int) bool {
	f, err := parseForm(letters)
	if err != nil {
		panic(err)
	}
	return admissible(f, smoothing{alpha: p["alpha"], beta: p["beta"], gamma: p["gamma"], phi: p["phi"]}, m)
}
