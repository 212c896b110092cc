package conformal

import (
	"maps"
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// freedom is how many degrees of freedom the errors of a pool leave for how large errors
// are: the number of pairs of a series and an origin that would tell as much if the pairs
// were independent. Where the middle is takes none: it is not asked (see mirrored).
//
// Pairs are not independent where a day hits all series alike (weather, a strike): then the errors
// of many series from four origins are little more than four. Values in clusters of m
// whose correlation is r tell as much as 1/(1+(m-1)r) of their number: the design
// effect (Kish, Survey Sampling, 1965, section 5.4). Clusters are nested here. As with
// the weight of a series' own errors, w days from one origin whose correlation is a
// stand for w/(1+(w-1)a). Those of m series from it stand for 1/(1+(m-1)c²) of the sum
// of that, where c is the correlation of the means of two series: a variance is a mean
// of squares, and the squares of two normal errors have the correlation of the errors,
// squared (Isserlis, Biometrika 12, 1918).
//
// Neighbouring days are as alike as their errors or, where that is more, as their sizes:
// calm days come together whatever their signs. A pair counts as less where the origins of
// its series lie closer together than the horizon: errors of the same days are made of the
// same surprises.
func (p *Panel) freedom(leaveOut calendar.Date, choose func(Errors) bool, alike float64) float64 {
	blocks := make(map[calendar.Date]float64)
	var separate []float64
	for _, e := range p.errors(leaveOut) {
		if !choose(e) {
			continue
		}
		var own []calendar.Date
		for k, row := range e.Scaled {
			if e.Origins[k] != leaveOut && known(row) {
				blocks[e.Origins[k]]++
				own = append(own, e.Origins[k])
			}
		}
		if len(own) > 0 {
			separate = append(separate, p.separate(own))
		}
	}
	var pairs, squares float64
	for _, m := range blocks { // whole numbers: their sums are exact in any order
		pairs += m
		squares += m * m
	}
	if pairs == 0 {
		return 0
	}
	common := p.common(leaveOut, choose)
	series := squares / pairs // from the same origin, as the mean pair has them
	days := float64(min(window, p.horizon))
	apart := total(separate)
	n := apart * days / (1 + (days-1)*alike) / (1 + (series-1)*common*common)
	// Swings tell a share of the variance from all the windows of the history (Cochran,
	// Sampling Techniques, 1977, section 12.6), as far as these are like those to come.
	steady := p.steadiness(p.errors(leaveOut), leaveOut, choose)
	told := steady.told * (1 - steady.lasting)
	more := max(1, steady.windows*float64(len(separate))/apart)
	return n / (1 - told + told/more)
}

// separate is how many origins without a day in common tell as much of how large errors
// are as those of a series do. Two whose windows share a part of their days have errors
// with that correlation, if days are independent, and squares with its square.
func (p *Panel) separate(origins []calendar.Date) float64 {
	n, sum := float64(len(origins)), 0.0
	for _, a := range origins {
		for _, b := range origins {
			shared := 1 - math.Abs(float64(a-b))/float64(p.horizon)
			sum += max(0, shared) * max(0, shared)
		}
	}
	if sum == 0 {
		return 0
	}
	return n * n / sum
}

// common is the correlation between two series of their mean errors from one origin
// over some neighbouring horizons, 0 to 1: that within classes, by the analysis of
// variance for classes of unequal size (Searle, Casella & McCulloch, Variance
// Components, 1992, section 3.6), where a class is an origin. The errors of each
// series are taken in units of their own size, so that a wild one does not hide what
// the others have in common. It is 0 if nothing tells.
func (p *Panel) common(leaveOut calendar.Date, choose func(Errors) bool) float64 {
	var all anova
	classes := make(map[calendar.Date][]float64)
	units := p.sizes(p.errors(leaveOut), leaveOut, choose)
	for from := 0; from < p.horizon; from += window {
		clear(classes)
		for i, e := range p.errors(leaveOut) {
			if !(units[i] > 0) {
				continue
			}
			for k, origin := range e.Origins {
				if origin == leaveOut {
					continue
				}
				if mean := meanOf(e.part(k, from)) / units[i]; !math.IsNaN(mean) && !math.IsInf(mean, 0) {
					classes[origin] = append(classes[origin], mean)
				}
			}
		}
		all.add(classes)
	}
	return all.alike()
}

// sizes are the root mean squares of the errors of the series that choose selects,
// and 0 for others.
func (p *Panel) sizes(errors []Errors, leaveOut calendar.Date, choose func(Errors) bool) []float64 {
	sizes := make([]float64, len(p.series))
	for i, e := range errors {
		if !choose(e) {
			continue
		}
		sum, n := 0.0, 0.0
		for k, row := range e.Scaled {
			for _, v := range row {
				if e.Origins[k] != leaveOut && !math.IsNaN(v) {
					sum += v * v
					n++
				}
			}
		}
		sizes[i] = math.Sqrt(sum / max(1, n))
	}
	return sizes
}

// anova adds up the analyses of variance of sets of classes, each set with a mean of
// its own. What it adds is sorted before, so that the order of the series has no part
// in the roundings.
type anova struct {
	between, within         float64 // sums of squares
	betweenFree, withinFree float64 // their degrees of freedom
	size                    float64 // of a class, times the free ones
}

func (a *anova) add(classes map[calendar.Date][]float64) {
	var n, squares, sum float64
	origins := slices.Sorted(maps.Keys(classes))
	for _, origin := range origins {
		class := classes[origin]
		slices.Sort(class)
		size := float64(len(class))
		n += size
		squares += size * size
		sum += size * meanOf(class)
	}
	if len(origins) < 2 {
		return
	}
	mean := sum / n
	for _, origin := range origins {
		class := classes[origin]
		own := meanOf(class)
		a.between += float64(len(class)) * (own - mean) * (own - mean)
		for _, v := range class {
			a.within += (v - own) * (v - own)
		}
	}
	a.betweenFree += float64(len(origins) - 1)
	a.withinFree += n - float64(len(origins))
	a.size += n - squares/n
}

// alike is the share of the variance that the members of a class have in common.
func (a *anova) alike() float64 {
	if a.withinFree == 0 || a.betweenFree == 0 {
		return 0
	}
	within := a.within / a.withinFree
	between := (a.between - within*a.betweenFree) / a.size
	if !(between > 0) {
		return 0
	}
	return between / (between + within)
}
