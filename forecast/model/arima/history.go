package arima

import (
	"math"

	"github.com/daybatch/daybatch/forecast/model/internal/decompose"
	"github.com/daybatch/daybatch/forecast/model/internal/sample"
)

// history is a series as the models of all orders see it.
type history struct {
	y        []float64 // divided by scale, without season of factors, NaN = missing
	filled   []float64 // y without gaps
	scale    float64
	m        int
	factors  []float64 // additive season of a period too long for the model
	observed int
	trending bool // the regressor is the time, else 1
	warnings []string

	low, high float64 // range of y
}

func (h *history) regressor(t int) float64 {
	if h.trending {
		return float64(t + 1)
	}
	return 1
}

func (h *history) gaps() bool { return h.observed < len(h.y) }

// longest is the longest season that has seasonal orders. A longer one costs
// more states than it is worth; its mean pattern is taken out beforehand.
const longest = 24

func newHistory(s sample.Sample, m int) *history {
	h := &history{scale: s.Scale(), m: m, observed: s.Observed, y: make([]float64, len(s.Values))}
	for t, v := range s.Values {
		h.y[t] = v / h.scale
	}
	h.filled, _ = decompose.Fill(h.y, m)
	if missing := len(h.y) - h.observed; missing > h.observed {
		h.warnings = append(h.warnings, "more than half of the values are missing")
	}
	if m > longest {
		h.adjust()
	}
	h.low, h.high = math.Inf(1), math.Inf(-1)
	for _, v := range h.filled {
		h.low, h.high = min(h.low, v), max(h.high, v)
	}
	return h
}

// adjust takes a long season out.
func (h *history) adjust() {
	if decompose.Seasonal(h.filled, h.m) {
		h.factors = decompose.Classical(h.filled, h.m, decompose.Additive)
	}
	if h.factors != nil {
		h.filled = decompose.Adjust(h.filled, h.factors, decompose.Additive)
		h.y = decompose.Adjust(h.y, h.factors, decompose.Additive)
	}
	h.m = 1
}

// season is the additive factor of a period.
func (h *history) season(t int) float64 {
	if h.factors == nil {
		return 0
	}
	return h.factors[t%len(h.factors)]
}

// gapped is the exact likelihood of an order on a series with gaps.
type gapped struct {
	*history
	order   Order
	process process
	filter  *filter
	wide    float64
	ones    []float64
	count   int

	beta   float64 // of the regressor
	sum    float64
	logdet float64
}

// newGapped returns the likelihood of an order whose innovation variance is
// about variance.
func newGapped(h *history, o Order, variance float64) *gapped {
	g := &gapped{history: h, order: o, process: newProcess(o, h.m)}
	g.filter = newFilter(&g.process, o.integration(h.m))
	span := wideRanges * (h.high - h.low)
	g.wide = span * span / max(variance, leastVariance)
	for _, v := range h.y[len(g.filter.past):] {
		if !math.IsNaN(v) {
			g.count++
		}
	}
	g.ones = make([]float64, g.count)
	return g
}

// wideRanges is the standard deviation of the prior of a missing first value,
// in ranges of the series: it says nothing.
const wideRanges = 30

func (g *gapped) dimension() int    { return g.order.parameters() }
func (g *gapped) observations() int { return g.count }

func (g *gapped) residuals(x, dst []float64) bool {
	g.process.set(g.order, g.m, x)
	return g.run(dst)
}

// run is the part of residuals after the coefficients are known. It leaves the
// filter after the last value.
func (g *gapped) run(dst []float64) bool {
	f := g.filter
	if !f.begin(&g.process, g.history, g.wide) {
		return false
	}
	at := 0
	product, exponent := 1.0, 0
	for t := len(f.past); t < len(g.y); t++ {
		v, one, variance := f.step(g.y[t], g.regressor(t))
		if math.IsNaN(v) {
			continue
		}
		root := 1 / math.Sqrt(variance)
		dst[at], g.ones[at] = v*root, one*root
		at++
		var e int
		product, e = math.Frexp(product * variance)
		exponent += e
	}
	g.logdet = math.Log(product) + float64(exponent)*math.Ln2
	g.beta = 0
	if g.order.Constant {
		g.beta = project(dst, g.ones)
	}
	g.sum = sumSquares(dst)
	scale := math.Exp(g.logdet / float64(2*max(1, g.count)))
	for i := range dst {
		dst[i] *= scale
	}
	return sample.IsFinite(g.sum * scale * scale)
}
