package arima

import (
	"fmt"

	"github.com/daybatch/daybatch/forecast/model/internal/sample"
)

// At runs an order over y at given coefficients, by R's names, and returns the
// fit of the filter and the log-likelihood by the recursions of the search.
func At(o Order, y []float64, m int, coefficients map[string]float64) (f *Fitted, logLikelihoodOfSearch float64, ok bool) {
	h := newHistory(sample.Of(y), m)
	h.trending = o.D+o.SeasonalD > 0
	p := newProblem(o, m, difference(h.filled, o.D, o.SeasonalD, m))
	g := newGapped(h, o, 1)
	for _, pr := range []*process{&p.process, &g.process} {
		all := pr.factors(o)
		for name, c := range map[string][]float64{"ar": all.ar, "ma": all.ma, "sar": all.sar, "sma": all.sma} {
			for i := range c {
				c[i] = coefficients[fmt.Sprintf("%s%d", name, i+1)]
				if name == "ma" || name == "sma" {
					c[i] = -c[i]
				}
			}
		}
		pr.expand(o, m)
	}
	dst := make([]float64, len(p.w))
	if !p.filter(dst) || !g.run(make([]float64, g.count)) {
		return nil, 0, false
	}
	scaled := logLikelihood(len(p.w), p.sum, p.logdet)
	f = newFitted(g, nil)
	return f, scaled + f.logLikelihood - logLikelihood(g.count, g.sum, g.logdet), true
}

// Differences returns the automatic orders of differencing of a whole series.
func Differences(y []float64, m int) (d, seasonal int) {
	return differences(y), seasonalDifferences(y, m)
}

// Kernel is both ways to the likelihood of an order, with their buffers.
type Kernel struct {
	problem *problem
	gapped  *gapped
	x, dst  []float64
	values  []float64
}

// NewKernel returns that of a series at small coefficients.
func NewKernel(o Order, y []float64, m int) Kernel {
	h := newHistory(sample.Of(y), m)
	h.trending = o.D+o.SeasonalD > 0
	k := Kernel{problem: newProblem(o, m, difference(h.filled, o.D, o.SeasonalD, m)), gapped: newGapped(h, o, 1)}
	k.x = make([]float64, o.parameters())
	for i := range k.x {
		k.x[i] = 0.3
	}
	k.dst, k.values = make([]float64, len(k.problem.w)), make([]float64, k.gapped.count)
	return k
}

// Likelihood is one evaluation in the search.
func (k Kernel) Likelihood() bool { return k.problem.residuals(k.x, k.dst) }

// Filter is one evaluation with gaps.
func (k Kernel) Filter() bool { return k.gapped.residuals(k.x, k.values) }

// Members returns the orders that are averaged and their weights.
func (a *Average) Members() (members []*Fitted, weights []float64) { return a.members, a.weights }

// DickeyFuller is the statistic of a unit root.
func DickeyFuller(w []float64) float64 { return dickeyFuller(w) }

// Lagged returns the differences of w at a lag.
func Lagged(w []float64, lag int) []float64 { return lagged(append([]float64(nil), w...), lag) }
