package conformal

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// Source says what the intervals of a series are made of.
type Source string

// Sources, best first.
const (
	SourceGroup    Source = "group"    // errors of the series and its group
	SourcePanel    Source = "panel"    // errors of the series and the whole panel
	SourceAnalytic Source = "analytic" // the normal distribution: there are too few errors
)

// Band is an interval around a forecast in units of the series' scale: Lower[i]
// <= 0 <= Upper[i] for i+1 days ahead, neither getting narrower with i.
type Band struct {
	Level int       `json:"level"` // percent
	Lower []float64 `json:"lower"`
	Upper []float64 `json:"upper"`
	// Special is how many times as far the bounds lie on a special day, at least 1. 0:
	// as on other days.
	Special float64 `json:"special,omitempty"`
}

// Panel makes bands for the series of a panel. It is not safe for concurrent
// use.
type Panel struct {
	series   []Errors
	ordinary []Errors // without those of special days
	horizon  int
	levels   []int
	period   int

	pools map[poolKey]pool
	// By the origin left out.
	without  map[calendar.Date]grown
	specials map[calendar.Date]bool      // whether special days have a pool of their own
	factor   map[calendar.Date][]float64 // on special days, by level
}

type poolKey struct {
	group    string
	panel    bool
	leaveOut calendar.Date
}

// NewPanel prepares the bands of a panel for the given levels in percent,
// ascending, and days ahead. The period is the season of the scale.
func NewPanel(series []Errors, levels []int, horizon, period int) *Panel {
	return &Panel{
		series: series, ordinary: withoutSpecial(series), levels: levels, horizon: horizon, period: max(1, period),
		pools: make(map[poolKey]pool), without: make(map[calendar.Date]grown), specials: make(map[calendar.Date]bool), factor: make(map[calendar.Date][]float64),
	}
}

// Bands returns the bands of series i by level. The errors of origin leaveOut
// are not used, in any series: what judges the intervals of an origin must not
// have made them. The zero date leaves out none.
func (p *Panel) Bands(i int, leaveOut calendar.Date) ([]Band, Source) {
	own := p.errors(leaveOut)[i]
	shared, source := p.shared(i, leaveOut)
	if slices.Min(shared.count) < leastPanel {
		return p.analytic(), SourceAnalytic
	}
	bands := p.empty()
	growth := p.grown(leaveOut).of(own.Group)
	all := p.mirrored(nil, i, leaveOut, shared.sway)
	slices.Sort(all)
	weight := shared.weight(len(all)/2, own.blocks(leaveOut))
	above := mixture{own: all, group: shared.grid, weight: weight}
	below := mixture{own: mirror(all), group: shared.mirrored, weight: weight}
	for k, level := range p.levels {
		share := float64(100+level) / 200
		lower, upper := min(0, -below.upper(share)*shared.wider[k]), max(0, above.upper(share)*shared.wider[k])
		for h, growth := range growth {
			bands[k].Lower[h], bands[k].Upper[h] = lower*growth, upper*growth
		}
	}
	nest(bands)
	for k, f := range p.factors(leaveOut) {
		if f > 0 {
			bands[k].Special = max(1, f/shared.wider[k])
		}
	}
	return bands, source
}

// shared returns the pool that makes the bands of series i besides its own errors.
func (p *Panel) shared(i int, leaveOut calendar.Date) (pool, Source) {
	group := p.pool(poolKey{group: p.series[i].Group, leaveOut: leaveOut})
	if slices.Min(group.count) >= leastGroup {
		return group, SourceGroup
	}
	return p.pool(poolKey{panel: true, leaveOut: leaveOut}), SourcePanel
}

// caution returns by level how much wider than the errors seen an interval must
// be because they are few: the errors of a series from one origin come and go
// together, and so may those of several series, so what counts are the degrees of
// freedom that they leave. As for a normal sample of unknown variance it is the quantile of
// Student's t over the normal one; it fades away with many series, unless they have
// their days in common.
func caution(levels []int, freedom float64) []float64 {
	wider := make([]float64, len(levels))
	student := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: max(leastFreedom, freedom)}
	for k, level := range levels {
		p := float64(100+level) / 200
		wider[k] = student.Quantile(p) / distuv.UnitNormal.Quantile(p)
	}
	return wider
}

// leastFreedom keeps the widths of very few pairs within reason.
const leastFreedom = 3

// nest takes back the roundings that would let a band stick out of a wider one.
func nest(bands []Band) {
	for k := 1; k < len(bands); k++ {
		inner, outer := bands[k-1], bands[k]
		for h := range outer.Lower {
			outer.Lower[h] = min(outer.Lower[h], inner.Lower[h])
			outer.Upper[h] = max(outer.Upper[h], inner.Upper[h])
		}
	}
}

// pool returns a pool, which it makes only once.
func (p *Panel) pool(key poolKey) pool {
	made, ok := p.pools[key]
	if !ok {
		made = p.pooled(key.leaveOut, func(e Errors) bool { return key.panel || e.Group == key.group })
		p.pools[key] = made
	}
	return made
}

func (p *Panel) empty() []Band {
	bands := make([]Band, len(p.levels))
	for k, level := range p.levels {
		bands[k] = Band{Level: level, Lower: make([]float64, p.horizon), Upper: make([]float64, p.horizon)}
	}
	return bands
}

// analytic returns the bands of a seasonal random walk with normal steps: the
// scale is the mean absolute step, sqrt(2/pi) of their deviation, and the
// variance grows by one step each season.
func (p *Panel) analytic() []Band {
	bands := p.empty()
	for k, level := range p.levels {
		z := distuv.UnitNormal.Quantile(1 - float64(100-level)/200)
		for h := range p.horizon {
			seasons := float64(h/p.period + 1)
			width := z * math.Sqrt(math.Pi/2*seasons)
			bands[k].Lower[h], bands[k].Upper[h] = -width, width
		}
	}
	return bands
}

// mixture is the distribution of a series' errors: its own with a weight, and
// its group's. Both are sorted.
type mixture struct {
	own, group []float64
	weight     float64 // of the own
}

// upper returns the error at which the share of the mixture reaches p, at least
// one half. Each error stands for as much on either side of itself (Hazen
// 1914): counting one more error than there are, as for a single sample, would
// do so for both samples and make the bands too wide.
func (m mixture) upper(p float64) float64 {
	if len(m.own) == 0 {
		return quantile(m.group, p)
	}
	ownStep := m.weight / float64(len(m.own))
	groupStep := (1 - m.weight) / float64(len(m.group))
	var share, value float64 // of the mixture below value
	i, j := 0, 0
	for i < len(m.own) || j < len(m.group) {
		step := groupStep
		if j == len(m.group) || (i < len(m.own) && m.own[i] <= m.group[j]) {
			value, step = m.own[i], ownStep
			i++
		} else {
			value = m.group[j]
			j++
		}
		if share+step/2 >= p {
			return value
		}
		share += step
	}
	return value
}

// mirror returns sorted values with the other sign, sorted.
func mirror(sorted []float64) []float64 {
	out := make([]float64, len(sorted))
	for i, v := range sorted {
		out[len(out)-1-i] = -v
	}
	return out
}
