package ets

import (
	"math"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/internal/sample"
)

// Fitted is an estimated form with its states at the end of the series. It is
// an appender, so it is not safe for concurrent use.
type Fitted struct {
	form          form
	smoothing     smoothing
	scale         float64 // states are in this unit
	variance      float64 // of the errors: in it, or relative if they are multiplicative
	q, c          float64 // next forecast before the season, and phi*slope
	season        []float64
	at            int // index of the next period's season
	aicc          float64
	logLikelihood float64
	warnings      []string

	model Model
	found optima // of the automatic choice
}

// constant is the fit of a series that never changes.
func constant(v float64) *Fitted {
	return &Fitted{
		form: form{err: additive, trend: none, season: none}, smoothing: smoothing{alpha: smallest, phi: 1},
		scale: 1, q: v, warnings: []string{"all values are equal"},
	}
}

// Predict returns the point forecasts of the next h periods.
func (f *Fitted) Predict(h int) []float64 {
	out := f.path(max(h, 0))
	for i, v := range out {
		out[i] = sample.Clamp(v * f.scale)
	}
	return out
}

// path returns forecasts in units of the scale.
func (f *Fitted) path(h int) []float64 {
	out := make([]float64, h)
	q, c := f.q, f.c
	for i := range out {
		out[i] = f.seasoned(q, i)
		c *= f.smoothing.phi
		q += c
	}
	return out
}

// seasoned adds the season of the period ahead to a forecast without.
func (f *Fitted) seasoned(q float64, ahead int) float64 {
	switch f.form.season {
	case additive:
		return q + f.season[(f.at+ahead)%len(f.season)]
	case multiplicative:
		return q * f.season[(f.at+ahead)%len(f.season)]
	default:
		return q
	}
}

// Append advances the states by y with the parameters kept. Missing values and
// those that would take the states out of the finite numbers leave them to
// evolve by themselves.
func (f *Fitted) Append(y []float64) {
	for _, v := range y {
		f.advance(v / f.scale)
	}
}

// advance is one step of the recursions of trace.
func (f *Fitted) advance(v float64) {
	u, w, season := f.innovation(v)
	p := f.smoothing
	c := p.phi*f.c + p.phi*p.beta*u
	q := f.q + p.phi*f.c + (p.alpha+p.phi*p.beta)*u
	next := season + p.gamma*w
	if !sample.IsFinite(c) || !sample.IsFinite(q) || !sample.IsFinite(next) {
		c = p.phi * f.c
		q, next = f.q+c, season
	}
	f.q, f.c = q, c
	if len(f.season) > 0 {
		if f.form.season == multiplicative {
			next = math.Max(next, leastFactor*leastFactor) // values below zero would turn it over
		}
		f.season[f.at] = next
		f.at = (f.at + 1) % len(f.season)
	}
}

// innovation returns what v tells about the level and about the season, both 0
// if v is missing, and the season's present state.
func (f *Fitted) innovation(v float64) (level, seasonal, season float64) {
	if f.form.hasSeason() {
		season = f.season[f.at]
	}
	if !sample.IsFinite(v) {
		return 0, 0, season
	}
	switch f.form.season {
	case additive:
		u := (v - season) - f.q
		return u, u, season
	case multiplicative:
		if !(f.q > 0) {
			return v/season - f.q, 0, season // the level first has to recover
		}
		return v/season - f.q, v/f.q - season, season
	default:
		return v - f.q, 0, season
	}
}

// LogLikelihood returns the log-likelihood of the estimation, up to a constant
// of the series, on the scale on which forms are compared (HKOS section 5.1).
func (f *Fitted) LogLikelihood() float64 { return f.logLikelihood }

// Description returns the form, its smoothing parameters and its AICc.
func (f *Fitted) Description() model.Description {
	parameters := map[string]float64{"alpha": f.smoothing.alpha}
	if f.form.hasTrend() {
		parameters["beta"] = f.smoothing.beta
	}
	if f.form.hasSeason() {
		parameters["gamma"] = f.smoothing.gamma
	}
	if f.form.damped {
		parameters["phi"] = f.smoothing.phi
	}
	return model.Description{Form: f.form.String(), Parameters: parameters, Criterion: f.aicc, Warnings: f.warnings}
}
