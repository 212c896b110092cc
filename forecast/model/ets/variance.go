package ets

import "github.com/daybatch/daybatch/forecast/model/internal/sample"

// Variance returns the variances of the errors of the next h forecasts, were the
// parameters and the states true (Hyndman, Koehler, Ord & Snyder, J. Forecasting 24,
// 2005; HKOS chapter 6). They are exact, of multiplicative errors that are normal.
func (f *Fitted) Variance(h int) []float64 {
	h = max(h, 0)
	var out []float64
	switch {
	case f.form.season == multiplicative:
		out = f.productVariance(h)
	case f.form.multiplicative():
		out = f.relativeVariance(h)
	default:
		out = f.additiveVariance(h)
	}
	for i, v := range out {
		out[i] = max(0, sample.Clamp(v*f.scale*f.scale))
	}
	return out
}

// additiveVariance is that of additive errors (class 1).
func (f *Fitted) additiveVariance(h int) []float64 {
	out := make([]float64, h)
	weights, sum := f.weights(h), f.variance
	for i := range out {
		out[i] = sum
		sum += f.variance * weights[i] * weights[i]
	}
	return out
}

// relativeVariance is that of multiplicative errors with nothing else multiplied
// (class 2).
func (f *Fitted) relativeVariance(h int) []float64 {
	out, theta := make([]float64, h), make([]float64, h) // second moments of the forecasts
	weights, mu := f.weights(h), f.path(h)
	for i := range out {
		theta[i] = mu[i] * mu[i]
		for j := range i {
			theta[i] += f.variance * weights[j] * weights[j] * theta[i-1-j]
		}
		out[i] = theta[i]*(1+f.variance) - mu[i]*mu[i]
	}
	return out
}

// weights are those that an error has in the forecasts so many periods later, from one
// (HKOS table 6.1).
func (f *Fitted) weights(h int) []float64 {
	p := f.smoothing
	weights := make([]float64, h)
	slope, damped := 0., 1.
	for j := range weights {
		damped *= p.phi
		slope += damped
		weights[j] = p.alpha + p.beta*slope
		if f.form.season == additive && (j+1)%len(f.season) == 0 {
			weights[j] += p.gamma
		}
	}
	return weights
}

// productVariance is that of multiplicative errors and a multiplicative season (class
// 3): a forecast is the product of a level and the season's factor, which share the
// errors at that factor's times.
func (f *Fitted) productVariance(h int) []float64 {
	out := make([]float64, h)
	for i := range out {
		factor := f.season[(f.at+i)%len(f.season)]
		m := moments{q: f.q, c: f.c, qq: f.q * f.q, qc: f.q * f.c, cc: f.c * f.c}
		for t := range i {
			gamma := 0.
			if (i-t)%len(f.season) == 0 {
				gamma = f.smoothing.gamma
			}
			m = m.after(f.smoothing, gamma, f.variance)
		}
		out[i] = factor * factor * (m.qq*(1+f.variance) - m.q*m.q)
	}
	return out
}

// moments are the means of q and c of trace, and of their products, each times the
// growth of a seasonal factor or its square.
type moments struct{ q, c, qq, qc, cc float64 }

// after is a period later, whose relative error e of a given variance multiplies the
// factor by 1+gamma*e: with x = (q, c) it is x' = (F + e*A)x.
func (m moments) after(p smoothing, gamma, variance float64) moments {
	a, b := p.alpha+p.phi*p.beta, p.phi*p.beta // of A, whose second column is 0
	fq, fc := m.q+p.phi*m.c, p.phi*m.c
	// FSF', ASA' and FSA' with S the second moments.
	fqq, fqc, fcc := m.qq+2*p.phi*m.qc+p.phi*p.phi*m.cc, p.phi*m.qc+p.phi*p.phi*m.cc, p.phi*p.phi*m.cc
	xq, xc := m.qq+p.phi*m.qc, p.phi*m.qc // F times S's first column
	one := 1 + gamma*gamma*variance
	two := variance + 3*gamma*gamma*variance*variance // the fourth moment is 3 variance^2
	cross := 2 * gamma * variance
	return moments{
		q: fq + gamma*variance*a*m.q, c: fc + gamma*variance*b*m.q,
		qq: one*fqq + two*a*a*m.qq + 2*cross*a*xq,
		qc: one*fqc + two*a*b*m.qq + cross*(b*xq+a*xc),
		cc: one*fcc + two*b*b*m.qq + 2*cross*b*xc,
	}
}
