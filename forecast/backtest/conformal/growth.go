package conformal

import (
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// How errors grow with the days ahead is estimated once for all series of a group, and
// taken out of their errors: then those of all days ahead are alike, and together say how
// wide a band is. Estimates by day, made non-decreasing by isotonic regression, would be
// biased at both ends: what happens to be small pulls the first days down, what happens
// to be large the last ones up, however little errors grow.
//
// The variance is that of the first day plus multiples of the days after it, as if a
// level moved by chance (Hyndman, Koehler, Ord & Snyder, Forecasting with Exponential
// Smoothing, 2008, section 6.3), and of their second and third powers, as if a trend did.

// growths returns by group how many times as large errors are so many days ahead as on
// the first, for those groups that stand for themselves, and "" for the panel.
func (p *Panel) growths(errors []Errors, leaveOut calendar.Date) map[string][]float64 {
	found := map[string][]float64{"": p.growth(errors, leaveOut, everyone)}
	for group := range p.standing(errors, leaveOut) {
		found[group] = p.growth(errors, leaveOut, func(e Errors) bool { return e.Group == group })
	}
	return found
}

func everyone(Errors) bool { return true }

// standing are the groups with enough errors to stand for themselves.
func (p *Panel) standing(errors []Errors, leaveOut calendar.Date) map[string]bool {
	counts := make(map[string]int)
	for _, e := range errors {
		counts[e.Group] += e.known(leaveOut)
	}
	standing := make(map[string]bool)
	for group, n := range counts {
		if n*min(window, p.horizon) >= leastGroup*p.horizon {
			standing[group] = true
		}
	}
	return standing
}

// steadied returns by what the errors of each series are multiplied.
func (p *Panel) steadied(errors []Errors, leaveOut calendar.Date) []float64 {
	found := map[string]steadiness{}
	for group := range p.standing(errors, leaveOut) {
		found[group] = p.steadiness(errors, leaveOut, func(e Errors) bool { return e.Group == group })
	}
	panel := p.steadiness(errors, leaveOut, everyone)
	factors := make([]float64, len(errors))
	for i, e := range errors {
		s, ok := found[e.Group]
		if !ok {
			s = panel
		}
		factors[i] = s.of(e, leaveOut)
	}
	return factors
}

// known counts the errors.
func (e Errors) known(leaveOut calendar.Date) int {
	n := 0
	for k, row := range e.Scaled {
		if e.Origins[k] == leaveOut {
			continue
		}
		for _, v := range row {
			if !math.IsNaN(v) {
				n++
			}
		}
	}
	return n
}

// growth is that of the errors that choose selects. What they seem to grow by more than
// chance lets expect counts, which differences between origins tell: the estimate is
// shrunk towards none as that of Stein is (James & Stein, Fourth Berkeley Symposium, 1961).
func (p *Panel) growth(errors []Errors, leaveOut calendar.Date, choose func(Errors) bool) []float64 {
	blocks := p.blocks()
	origins := p.averages(blocks, errors, leaveOut, choose)
	dates := slices.Sorted(maps.Keys(origins))
	shape := p.shape(blocks, dates, origins)
	const fewest = 2
	if len(dates) < fewest {
		return roots(shape)
	}
	// The variance of the estimate by leaving out one origin at a time (Efron & Stein,
	// Annals of Statistics 9, 1981).
	chance, n := 0.0, float64(len(dates))
	for k := range dates {
		without := p.shape(blocks, slices.Delete(slices.Clone(dates), k, k+1), origins)
		distance := floats.Distance(without, shape, 2)
		chance += (n - 1) / n * distance * distance
	}
	grown := 0.0
	for _, v := range shape {
		grown += (v - 1) * (v - 1)
	}
	certain := max(0, 1-chance/max(grown, math.SmallestNonzeroFloat64))
	for h, v := range shape {
		shape[h] = 1 + certain*(v-1)
	}
	return roots(shape)
}

// average is a mean on its way.
type average struct{ sum, n float64 }

// averages returns by origin and block the mean absolute errors of the series that choose
// selects, each in units of its own.
func (p *Panel) averages(blocks []block, errors []Errors, leaveOut calendar.Date, choose func(Errors) bool) map[calendar.Date][]average {
	sizes := p.sizes(errors, leaveOut, choose)
	origins := make(map[calendar.Date][]average)
	means := make(map[calendar.Date][]float64)
	for b, block := range blocks { // one after the other: all at once they are many
		for i, e := range errors {
			if sizes[i] > 0 {
				e.averages(means, block, sizes[i], p.horizon)
			}
		}
		delete(means, leaveOut)
		for origin, of := range means {
			if origins[origin] == nil {
				origins[origin] = make([]average, len(blocks))
			}
			origins[origin][b] = average{total(of), float64(len(of))}
			means[origin] = of[:0]
		}
	}
	return origins
}

// averages appends the mean absolute error in a block from each origin with errors of the
// whole horizon, in units of a size.
func (e Errors) averages(means map[calendar.Date][]float64, block block, size float64, horizon int) {
	for k, row := range e.Scaled {
		if len(row) < horizon {
			continue
		}
		if mean := meanSize(row[block.from:block.to]) / size; !math.IsNaN(mean) && !math.IsInf(mean, 0) {
			means[e.Origins[k]] = append(means[e.Origins[k]], mean)
		}
	}
}

// roots are the deviations for variances.
func roots(variances []float64) []float64 {
	for h, v := range variances {
		variances[h] = math.Sqrt(v)
	}
	return variances
}

// block is a range of days ahead.
type block struct{ from, to int }

// blocks are the ranges over which errors are averaged: each whole season, on whichever day
// it begins, so that no day of it looks like growth, if there are two.
func (p *Panel) blocks() []block {
	size := p.period
	if 2*size > p.horizon {
		size = 1
	}
	var blocks []block
	for from := 0; from+size <= p.horizon; from++ {
		blocks = append(blocks, block{from, from + size})
	}
	return blocks
}

// shape is the variance by day, in units of its mean, that fits best to errors of some
// origins.
func (p *Panel) shape(blocks []block, dates []calendar.Date, origins map[calendar.Date][]average) []float64 {
	flat := slices.Repeat([]float64{1}, p.horizon)
	var places []block
	var squares []float64
	for b, block := range blocks {
		var all average
		for _, date := range dates {
			all.sum, all.n = all.sum+origins[date][b].sum, all.n+origins[date][b].n
		}
		if all.n == 0 {
			continue
		}
		mean := all.sum / all.n
		places, squares = append(places, block), append(squares, mean*mean)
	}
	if slices.ContainsFunc(squares, func(q float64) bool { return !(q > 0) || math.IsInf(q, 0) }) || len(squares) < 2 {
		return flat
	}
	for b, least := 0, slices.Max(squares)*negligible; b < len(squares); b++ {
		squares[b] = max(squares[b], least)
	}
	best := fitVariances(places, squares, p.horizon)
	floats.Scale(float64(len(best))/floats.Sum(best), best)
	return best
}

// meanSize is the mean of the sizes of the known values, NaN without any.
func meanSize(values []float64) float64 {
	sum, n := 0.0, 0.0
	for _, v := range values {
		if !math.IsNaN(v) {
			sum += math.Abs(v)
			n++
		}
	}
	return sum / n
}

// grown are errors, by how much those of a group grow, and by series by what they are to be
// multiplied.
type grown struct {
	errors  []Errors
	growths map[string][]float64
	factors []float64
}

// of returns how many times as large the errors of a group are so many days ahead.
func (g grown) of(group string) []float64 {
	if own, ok := g.growths[group]; ok {
		return own
	}
	return g.growths[""]
}
