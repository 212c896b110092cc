package arima

import (
	"fmt"
	"math"
)

// Order is the number of parameters of a model and its differences:
// ARIMA(AR,D,MA)(SeasonalAR,SeasonalD,SeasonalMA)[m].
type Order struct {
	AR, D, MA                         int
	SeasonalAR, SeasonalD, SeasonalMA int
	// Constant is a mean without differences and a drift with one; with more it
	// has no effect.
	Constant bool
}

// parameters is the number of coefficients besides the constant.
func (o Order) parameters() int { return o.AR + o.MA + o.SeasonalAR + o.SeasonalMA }

// count is the number of estimated numbers in the criterion: coefficients,
// constant and variance.
func (o Order) count() int {
	k := o.parameters() + 1
	if o.Constant {
		k++
	}
	return k
}

// differenced is the number of values that differencing costs.
func (o Order) differenced(m int) int { return o.D + m*o.SeasonalD }

// states is the dimension of the ARMA part.
func (o Order) states(m int) int {
	return max(o.AR+m*o.SeasonalAR, o.MA+m*o.SeasonalMA+1)
}

// String returns the form in the field's notation.
func (o Order) notation(m int) string {
	s := fmt.Sprintf("ARIMA(%d,%d,%d)", o.AR, o.D, o.MA)
	if o.SeasonalAR+o.SeasonalD+o.SeasonalMA > 0 {
		s += fmt.Sprintf("(%d,%d,%d)[%d]", o.SeasonalAR, o.SeasonalD, o.SeasonalMA, m)
	}
	switch {
	case !o.Constant:
		return s
	case o.D+o.SeasonalD == 0:
		return s + " with mean"
	default:
		return s + " with drift"
	}
}

// difference returns y differenced d times at lag 1 and then D times at lag m.
func difference(y []float64, d, seasonal, m int) []float64 {
	w := append([]float64(nil), y...)
	for range seasonal {
		w = lagged(w, m)
	}
	for range d {
		w = lagged(w, 1)
	}
	return w
}

func lagged(w []float64, lag int) []float64 {
	if len(w) <= lag {
		return nil
	}
	for t := range len(w) - lag {
		w[t] = w[t+lag] - w[t]
	}
	return w[:len(w)-lag]
}

// integration returns the weights c of y[t] = w[t] + sum c[j] y[t-1-j], where w
// is the differenced series.
func (o Order) integration(m int) []float64 {
	p := []float64{1}
	for range o.D {
		p = multiply(p, 1)
	}
	for range o.SeasonalD {
		p = multiply(p, m)
	}
	c := make([]float64, len(p)-1)
	for j := range c {
		c[j] = -p[j+1]
	}
	return c
}

// multiply returns the polynomial p times 1 - B^lag.
func multiply(p []float64, lag int) []float64 {
	out := make([]float64, len(p)+lag)
	for i, v := range p {
		out[i] += v
		out[i+lag] -= v
	}
	return out
}

// constantSeries tells whether w does not vary beyond rounding of values of
// size 1.
func constantSeries(w []float64) bool {
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range w {
		low, high = min(low, v), max(high, v)
	}
	return !(high-low > 1e-10)
}
