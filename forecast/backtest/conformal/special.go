package conformal

import (
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// leastSpecial is the number of errors on special days from which these have
// intervals of their own.
const leastSpecial = 30

// At returns the bounds h+1 days ahead, where some elements are of special days.
func (b Band) At(h int, special []int) (lower, upper float64) {
	lower, upper = b.Lower[h], b.Upper[h]
	if slices.Contains(special, h) {
		lower *= max(1, b.Special)
		upper *= max(1, b.Special)
	}
	return lower, upper
}

// errors are those that make the bands of ordinary days.
func (p *Panel) errors(leaveOut calendar.Date) []Errors { return p.grown(leaveOut).errors }

// grown returns the errors that make the bands of ordinary days, without those of special
// ones if these are enough to stand for themselves, and their growth.
func (p *Panel) grown(leaveOut calendar.Date) grown {
	made, ok := p.without[leaveOut]
	if !ok {
		made.errors = p.series
		if p.apart(leaveOut) {
			made.errors = p.ordinary
		}
		made.growths = p.growths(made.errors, leaveOut)
		made.factors = p.steadied(made.errors, leaveOut)
		p.without[leaveOut] = made
	}
	return made
}

// apart reports whether special days have a pool of their own.
func (p *Panel) apart(leaveOut calendar.Date) bool {
	made, ok := p.specials[leaveOut]
	if !ok {
		made = p.standApart(leaveOut)
		p.specials[leaveOut] = made
	}
	return made
}

// standApart reports whether there are enough special days, and around each horizon
// enough others without them: where most days are special, as in a season that is, they
// make the bands together.
func (p *Panel) standApart(leaveOut calendar.Date) bool {
	n := 0
	for _, e := range p.series {
		for range e.special(leaveOut) {
			n++
		}
	}
	if n < leastSpecial {
		return false
	}
	all, others := p.known(p.series, leaveOut), p.known(p.ordinary, leaveOut)
	others = windows(others)
	for h, n := range windows(all) {
		if others[h] < leastPanel || 2*others[h] < n {
			return false
		}
	}
	return true
}

// known counts the errors at each horizon.
func (p *Panel) known(series []Errors, leaveOut calendar.Date) []int {
	counts := make([]int, p.horizon)
	for _, e := range series {
		for k, row := range e.Scaled {
			if e.Origins[k] == leaveOut {
				continue
			}
			for h, v := range row[:min(len(row), p.horizon)] {
				if !math.IsNaN(v) {
					counts[h]++
				}
			}
		}
	}
	return counts
}

// factors compares, by level, the errors on special days with the bands that their
// group has on ordinary ones: the quantile of the ratio is the factor by which the
// level's share of special days is covered, whatever the horizon and the side. There are
// too few for a group, a horizon or a side by itself. And few calm holidays are no
// evidence that holidays are calmer than other days: bounds never get narrower, nor
// those of a wider level less wide than a narrower's. They are wider as few days tell: all
// series may have the same ones.
func (p *Panel) factors(leaveOut calendar.Date) []float64 {
	if made, ok := p.factor[leaveOut]; ok {
		return made
	}
	factors := make([]float64, len(p.levels))
	if p.apart(leaveOut) {
		wider, least := caution(p.levels, p.specialFreedom(leaveOut)), 0.0
		for k, level := range p.levels {
			least = max(least, p.ratio(leaveOut, level))
			factors[k] = least * wider[k]
		}
	}
	p.factor[leaveOut] = factors
	return factors
}

// ratio is how many times as far as the bound of a level on ordinary days the errors on
// special ones lie, of which it covers its share; 0 if nothing tells.
func (p *Panel) ratio(leaveOut calendar.Date, level int) float64 {
	share := float64(100+level) / 200
	var ratios []float64
	for i, e := range p.series {
		if len(e.Special) == 0 {
			continue
		}
		shared, _ := p.shared(i, leaveOut)
		for h, v := range e.special(leaveOut) {
			if h >= p.horizon || shared.count[h] == 0 {
				continue
			}
			grid := shared.grid
			if v < 0 {
				grid = shared.mirrored
			}
			ratio := p.grown(leaveOut).factors[i] * math.Abs(v) / quantile(grid, share) / p.grown(leaveOut).of(e.Group)[h]
			if ratio >= 0 && !math.IsInf(ratio, 0) {
				ratios = append(ratios, ratio)
			}
		}
	}
	if len(ratios) < leastSpecial {
		return 0
	}
	slices.Sort(ratios)
	return quantile(ratios, max(.5, float64(level)/100))
}

// specialFreedom is how many degrees of freedom the errors on special days leave for how
// large they are. Clusters are dates here, whose errors are the same from whichever origin.
// What is alike in them is told by two dates or more; of one nothing is known but that.
func (p *Panel) specialFreedom(leaveOut calendar.Date) float64 {
	dates := make(map[calendar.Date][]float64)
	sizes := p.sizes(p.series, leaveOut, everyone)
	for i, e := range p.series {
		seen := make(map[calendar.Date]bool)
		for k, days := range e.Special {
			for _, h := range days {
				date := e.Origins[k] + calendar.Date(h)
				if e.Origins[k] != leaveOut && !seen[date] && sizes[i] > 0 && h < len(e.Scaled[k]) && !math.IsNaN(e.Scaled[k][h]) {
					seen[date] = true
					dates[date] = append(dates[date], e.Scaled[k][h]/sizes[i])
				}
			}
		}
	}
	n := 0.0
	for _, errors := range dates {
		n += float64(len(errors))
	}
	const fewest = 2
	alike := 1.0
	if len(dates) >= fewest {
		var all anova
		all.add(dates)
		alike = all.alike()
	}
	return n / (1 + (n/max(1, float64(len(dates)))-1)*alike*alike)
}

// special returns the known errors on special days with their horizons.
func (e Errors) special(leaveOut calendar.Date) func(yield func(h int, v float64) bool) {
	return func(yield func(int, float64) bool) {
		for k, days := range e.Special {
			if e.Origins[k] == leaveOut {
				continue
			}
			for _, h := range days {
				if h < len(e.Scaled[k]) && !math.IsNaN(e.Scaled[k][h]) && !yield(h, e.Scaled[k][h]) {
					return
				}
			}
		}
	}
}

// withoutSpecial returns errors in which those of special days are unknown.
func withoutSpecial(series []Errors) []Errors {
	out := slices.Clone(series)
	for i, e := range out {
		if len(e.Special) == 0 {
			continue
		}
		out[i].Scaled = slices.Clone(e.Scaled)
		for k, days := range e.Special {
			if len(days) == 0 {
				continue
			}
			row := slices.Clone(e.Scaled[k])
			for _, h := range days {
				if h < len(row) {
					row[h] = math.NaN()
				}
			}
			out[i].Scaled[k] = row
		}
	}
	return out
}
