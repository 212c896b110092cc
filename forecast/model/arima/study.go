package arima

import (
	"cmp"
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/internal/sample"
)

const (
	// longestSearch is how many of the last values the orders are compared on;
	// the chosen one is estimated on all. It bounds the work: three years of
	// days.
	longestSearch = 1200
	// mostModels bounds the orders that are tried, as in R.
	mostModels = 94
	// Highest orders, as in R and in Hyndman & Khandakar 2008.
	mostPlain, mostSeasonal = 5, 2
	// plausibleRanges is how many ranges of the history a forecast may lie
	// outside of it, plausiblePeriods how far ahead that is looked at.
	plausibleRanges  = 10
	plausiblePeriods = 56
	// mostFinal is how many of the best orders are estimated in full.
	mostFinal = 10
)

// candidate is an order estimated on the differenced series of the search.
type candidate struct {
	order    Order
	x        []float64
	mean     float64
	variance float64
	aicc     float64
}

// study is the choice of an order for a series.
type study struct {
	*history
	w         []float64 // differenced, of the search
	highest   Order     // bounds of the orders
	marquardt marquardt
	tried     []candidate
}

// aicc is the corrected criterion of Akaike; +Inf if there are too few values.
func aicc(likelihood float64, n, k int) float64 {
	if n-k-1 <= 0 {
		return math.Inf(1)
	}
	return -2*likelihood + 2*float64(k) + 2*float64(k)*float64(k+1)/float64(n-k-1)
}

// newStudy chooses the differences.
func newStudy(h *history) *study {
	st := &study{history: h, marquardt: marquardt{tolerance: searchGain, rounds: mostRounds}}
	y := h.filled[max(0, len(h.filled)-longestSearch):]
	var o Order
	o.SeasonalD = seasonalDifferences(y, h.m)
	o.D = differences(difference(y, 0, o.SeasonalD, h.m))
	st.w = difference(y, o.D, o.SeasonalD, h.m)
	plain := min(mostPlain, h.observed/3)
	if h.m > 1 {
		plain = min(plain, h.m-1)
		o.SeasonalAR = min(mostSeasonal, h.observed/3/h.m)
		o.SeasonalMA = o.SeasonalAR
	}
	o.AR, o.MA = plain, plain
	o.Constant = o.D+o.SeasonalD < 2
	if constantSeries(st.w) {
		o.AR, o.MA, o.SeasonalAR, o.SeasonalMA = 0, 0, 0, 0
	}
	st.highest = o
	return st
}

// try estimates an order and returns its criterion, +Inf if it is out.
func (st *study) try(o Order, near *candidate) *candidate {
	for i := range st.tried {
		if st.tried[i].order == o {
			return &st.tried[i]
		}
	}
	c := candidate{order: o, aicc: math.Inf(1)}
	if n := len(st.w); n-o.count()-1 > 0 {
		p := newProblem(o, st.m, st.w)
		st.improve(p, start(p, near), &c)
	}
	st.tried = append(st.tried, c)
	return &st.tried[len(st.tried)-1]
}

// improve searches from x and keeps the result in c if it is better.
func (st *study) improve(p *problem, x []float64, c *candidate) {
	n := len(p.w)
	value := st.marquardt.search(p, x)
	if math.IsInf(value, 1) || !p.process.clear(p.order, st.m) {
		return
	}
	if criterion := aicc(logLikelihood(n, p.sum, p.logdet), n, p.order.count()); criterion < c.aicc {
		c.x, c.mean, c.variance, c.aicc = x, p.mean, max(p.sum/float64(n), leastVariance), criterion
	}
}

// start is zeros, or the optimum of a near order with zeros for what it lacks, if that
// is likelier.
func start(p *problem, near *candidate) []float64 {
	zeros := make([]float64, p.dimension())
	if len(zeros) == 0 || near == nil || near.x == nil {
		return zeros
	}
	scratch := make([]float64, len(p.w))
	plain, known := p.residuals(zeros, scratch), sumSquares(scratch)
	carried := carry(near.order, p.order, near.x)
	if ok := p.residuals(carried, scratch); ok && (!plain || sumSquares(scratch) < known) {
		return carried
	}
	return zeros
}

// inner bounds a start, so that it can move away from the edge.
const inner = 1.5

// carry brings the free parameters of one order into the places of another.
func carry(from, to Order, x []float64) []float64 {
	out := make([]float64, to.parameters())
	had := [4]int{from.AR, from.MA, from.SeasonalAR, from.SeasonalMA}
	has := [4]int{to.AR, to.MA, to.SeasonalAR, to.SeasonalMA}
	source, target := 0, 0
	for i := range had {
		for j := range min(had[i], has[i]) {
			out[target+j] = max(-inner, min(inner, x[source+j]))
		}
		source += had[i]
		target += has[i]
	}
	return out
}

// search goes from order to order as long as the criterion falls (Hyndman &
// Khandakar 2008, section 3.2, with the steps in R's order).
func (st *study) search() {
	st.tried = make([]candidate, 0, mostModels+8)
	best := st.first()
	for improved := true; improved && len(st.tried) < mostModels; {
		improved = false
		for _, step := range steps() {
			o, ok := st.moved(best.order, step)
			if !ok || len(st.tried) >= mostModels {
				continue
			}
			known := len(st.tried)
			c := st.try(o, best)
			if len(st.tried) > known && c.aicc < best.aicc {
				best, improved = c, true
				break
			}
		}
	}
}

// first tries the orders to start from and returns the best.
func (st *study) first() *candidate {
	h := st.highest
	plain := func(p, q, sp, sq int) Order {
		o := h
		o.AR, o.MA = min(p, h.AR), min(q, h.MA)
		o.SeasonalAR, o.SeasonalMA = min(sp, h.SeasonalAR), min(sq, h.SeasonalMA)
		return o
	}
	orders := []Order{plain(0, 0, 0, 0), plain(1, 0, 1, 0), plain(0, 1, 0, 1), plain(2, 2, 1, 1)}
	if h.Constant {
		o := plain(0, 0, 0, 0)
		o.Constant = false
		orders = append(orders, o)
	}
	best := st.try(orders[0], nil)
	for _, o := range orders[1:] {
		if c := st.try(o, best); c.aicc < best.aicc {
			best = c
		}
	}
	return best
}

// step is a change of orders.
type step struct {
	ar, ma, sar, sma int
	constant         bool
}

func steps() []step {
	return []step{
		{sar: -1},
		{sma: -1},
		{sar: 1},
		{sma: 1},
		{sar: -1, sma: -1},
		{sar: -1, sma: 1},
		{sar: 1, sma: -1},
		{sar: 1, sma: 1},
		{ar: -1},
		{ma: -1},
		{ar: 1},
		{ma: 1},
		{ar: -1, ma: -1},
		{ar: -1, ma: 1},
		{ar: 1, ma: -1},
		{ar: 1, ma: 1},
		{constant: true},
	}
}

// moved applies a step and tells whether the order is within the bounds.
func (st *study) moved(o Order, s step) (Order, bool) {
	h := st.highest
	if s.constant {
		o.Constant = !o.Constant
		return o, h.Constant
	}
	o.AR, o.MA = o.AR+s.ar, o.MA+s.ma
	o.SeasonalAR, o.SeasonalMA = o.SeasonalAR+s.sar, o.SeasonalMA+s.sma
	within := func(v, most int) bool { return v >= 0 && v <= most }
	return o, within(o.AR, h.AR) && within(o.MA, h.MA) && within(o.SeasonalAR, h.SeasonalAR) && within(o.SeasonalMA, h.SeasonalMA)
}

// choose returns the average of the best orders whose forecasts are plausible, and a
// random walk if there is none.
func (st *study) choose() model.Fitted {
	st.search()
	slices.SortStableFunc(st.tried, func(a, b candidate) int { return cmp.Compare(a.aicc, b.aicc) })
	reach := math.Inf(1)
	var members []*Fitted
	for i, c := range st.tried {
		if i == mostFinal || math.IsInf(c.aicc, 1) || c.aicc > reach {
			break
		}
		rounds := gapRounds
		if len(members) > 0 {
			rounds = 0 // it hardly moves the average
		}
		if f := st.estimate(c, rounds); f != nil && f.clear && f.plausible() {
			members = append(members, f)
			reach = min(reach, c.aicc-2*math.Log(leastWeight))
		}
	}
	if len(members) == 0 {
		return st.randomWalk("no order gives plausible forecasts: a random walk is used")
	}
	return average(members)
}

// randomWalk is the model that always can be estimated, with a warning.
func (h *history) randomWalk(warning string) *Fitted {
	f := h.estimate(candidate{order: Order{D: 1}, variance: 1}, 0)
	f.warnings = append(slices.Clone(f.warnings), warning)
	return f
}

// estimate maximises the likelihood of an order over the whole series from the
// candidate's parameters, of a series with gaps in a number of rounds at most. It
// returns nil if that breaks down.
func (h *history) estimate(c candidate, rounds int) *Fitted {
	own := *h // the regressor depends on the order
	own.trending = c.order.D+c.order.SeasonalD > 0
	o := c.order
	x := slices.Clone(c.x)
	g := newGapped(&own, o, c.variance)
	if g.count == 0 {
		return nil
	}
	q := marquardt{tolerance: finalGain, rounds: 2 * mostRounds}
	if h.gaps() {
		q.rounds = rounds
		q.search(g, x)
	} else {
		p := newProblem(o, h.m, difference(h.filled, o.D, o.SeasonalD, h.m))
		q.search(p, x)
	}
	if !g.residuals(x, make([]float64, g.count)) {
		return nil
	}
	return newFitted(g, x)
}

// gapRounds bounds the search with the full filter, which costs the square of
// the number of states in every step. It begins at the optimum of the filled series.
const gapRounds, fixedGapRounds = 4, 12

// finite tells whether all values are.
func finite(v []float64) bool {
	return !slices.ContainsFunc(v, func(x float64) bool { return !sample.IsFinite(x) })
}
