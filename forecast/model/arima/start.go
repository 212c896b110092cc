package arima

import "math"

// outset is where a free parameter starts besides zero: far from it, and from the edge.
const outset = 1.

// likeliest returns the best parameters that short searches find for an order, from
// zeros and from all signs of the first parameter of each of its factors. The likelihood
// of a mixed model has several maxima, as a factor of one side nearly cancels one of the
// other: zeros alone lead to the one that is next.
func (h *history) likeliest(o Order) []float64 {
	p := newProblem(o, h.m, difference(h.filled, o.D, o.SeasonalD, h.m))
	q := marquardt{tolerance: searchGain, rounds: mostRounds}
	best, lowest := make([]float64, o.parameters()), math.Inf(1)
	for _, x := range starts(o) {
		if value := q.search(p, x); value < lowest {
			best, lowest = x, value
		}
	}
	return best
}

// starts are zeros, and the combinations of signs.
func starts(o Order) [][]float64 {
	var firsts []int // parameter of each factor
	at := 0
	for _, k := range [...]int{o.AR, o.MA, o.SeasonalAR, o.SeasonalMA} {
		if k > 0 {
			firsts = append(firsts, at)
		}
		at += k
	}
	all := [][]float64{make([]float64, at)}
	if len(firsts) < 2 {
		return all
	}
	for signs := range 1 << len(firsts) {
		x := make([]float64, at)
		for i, first := range firsts {
			x[first] = outset
			if signs>>i&1 == 1 {
				x[first] = -outset
			}
		}
		all = append(all, x)
	}
	return all
}
