package conformal

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
)

// Swing says how much a series moved in the days ahead of each of its origins: how far it
// was from where it had been whole seasons before, as the forecast of a seasonal random
// walk is. That costs nothing and is known of all its history, which a handful of origins
// see little of. The zero Swing is unknown.
type Swing struct {
	// Ahead is by origin, over the mean of windows of as many days in the history. NaN is
	// unknown.
	Ahead []float64
	// Windows is how many of them lie in the history one behind the other.
	Windows float64

	// Sums over the windows of the history of how much more than the mean the series moved
	// at origins that lay before a window as the origins do before the end: squared, and
	// times what it moved more in the window.
	before, after float64
}

// NewSwing returns the swing of a series from its end and before. Each window is in units
// of the scale that the series had until then, as its errors are. Special days don't count.
func NewSwing(s series.Series, special func(calendar.Date) bool, origins []calendar.Date, horizon, period int) Swing {
	if len(origins) == 0 || horizon < 1 {
		return Swing{}
	}
	w := newMover(s, special, horizon, period)
	last := len(s.Values) - 1
	all, at := w.all(last - horizon)
	if len(all) == 0 || !(floats.Sum(all) > 0) {
		return Swing{}
	}
	mean := floats.Sum(all) / float64(len(all))
	swing := Swing{Windows: float64(at[0]-at[len(at)-1])/float64(horizon) + 1}
	back := make([]int, len(origins)) // from the end
	for k, origin := range origins {
		back[k] = int(s.End() - origin)
		swing.Ahead = append(swing.Ahead, w.moved(last-back[k])/mean)
	}
	for i, t := range at {
		before := 0.0
		for _, b := range back {
			before += w.moved(t-b) / mean / float64(len(back))
		}
		if !math.IsNaN(before) {
			swing.before += (before - 1) * (before - 1)
			swing.after += (before - 1) * (all[i]/mean - 1)
		}
	}
	return swing
}

// mover measures how much a series moves.
type mover struct {
	values          []float64
	special         []bool
	scales          []float64 // up to each value, NaN where there is none
	horizon, period int

	known map[int]float64 // moved, by value: origins see most windows several times
}

func newMover(s series.Series, special func(calendar.Date) bool, horizon, period int) mover {
	w := mover{values: s.Values, horizon: horizon, period: max(1, period), known: make(map[int]float64)}
	w.special, w.scales = make([]bool, len(s.Values)), make([]float64, len(s.Values))
	sum, n := 0.0, 0.0
	for t, v := range s.Values {
		w.special[t] = special(s.Start + calendar.Date(t))
		if t >= w.period {
			if d := math.Abs(v - s.Values[t-w.period]); !math.IsNaN(d) {
				sum, n = sum+d, n+1
			}
		}
		w.scales[t] = sum / n
	}
	return w
}

// all are the windows of a history, from the one after value t back, half of one apart and
// up to whole seasons as the origins of a batch are.
func (w mover) all(t int) (moved []float64, at []int) {
	step := (w.horizon + 1) / 2
	step = (step + w.period - 1) / w.period * w.period
	for ; t >= 0; t -= step {
		if v := w.moved(t); !math.IsNaN(v) {
			moved, at = append(moved, v), append(at, t)
		}
	}
	return moved, at
}

// moved is how far on average the values of the window after value t lie from where the
// series was whole seasons before, the last known then, in units of the scale. It is NaN
// where less than half of them tell, or the history before is as short as origins need.
func (w mover) moved(t int) float64 {
	if t+1 < leastSeasons*max(w.period, 2) || t+w.horizon >= len(w.values) {
		return math.NaN()
	}
	if moved, ok := w.known[t]; ok {
		return moved
	}
	moved := w.measure(t)
	w.known[t] = moved
	return moved
}

func (w mover) measure(t int) float64 {
	sum, n := 0.0, 0
	for h := range w.horizon {
		now := t + 1 + h
		then := now - w.period*(h/w.period+1)
		if d := math.Abs(w.values[now] - w.values[then]); !math.IsNaN(d) && !w.special[now] && !w.special[then] {
			sum, n = sum+d, n+1
		}
	}
	moved := sum / float64(n) / w.scales[t]
	if 2*n < w.horizon || math.IsInf(moved, 0) {
		return math.NaN()
	}
	return moved
}

// leastSeasons is how many seasons, of two values at least, lie before a window, as before
// the origins of a batch.
const leastSeasons = 2

// steadiness says what the swings of some series tell of their errors.
//
// Four origins may be calmer than usual, or wilder: then their errors are smaller, or
// larger, than the next ones may be expected to be. What is measured at a few places
// together with something that is known everywhere is best put in proportion to the latter
// (the ratio estimator: Cochran, Sampling Techniques, 1977, chapter 6). So errors are
// multiplied by what the series move usually, over what they did after the origins.
//
// What all series have in common counts whole, as the ratio says: their mean is nearly
// without noise. (From 46 origins of Chicago, bike and NN5 errors followed it with slopes of
// .85 to 1: that is a check, and nothing was chosen by it.) How a
// series differs from that counts as the errors of its origins follow its swings, by
// regression of the logarithms within the series: its own swings are noisy. Both count
// less as swings last: where wild windows come after wild ones, by regression over the
// history, the origins tell more of the next days than the history does.
type steadiness struct {
	common  float64 // swing of the mean series and origin
	own     float64 // power of what differs from it, 0 to 1
	lasting float64 // share of a swing that is there in the next window too, 0 to 1
	told    float64 // share of the variance of the logarithms of errors that swings explain
	windows float64 // in a history, on average
}

// steadiness is that of the series that choose selects. It is unknown, with the common
// swing 0, where no series has one.
func (p *Panel) steadiness(errors []Errors, leaveOut calendar.Date, choose func(Errors) bool) steadiness {
	var swings, whole, before, after []float64
	var within regression
	for _, e := range errors {
		if !choose(e) {
			continue
		}
		var moved, sizes []float64
		for k, row := range e.Scaled {
			if swing := e.swing(k); swing > 0 && e.Origins[k] != leaveOut && known(row) {
				swings = append(swings, swing)
				moved, sizes = append(moved, math.Log(swing)), append(sizes, math.Log(meanSize(row)))
			}
		}
		within.add(moved, sizes)
		whole, before, after = append(whole, e.Swing.Windows), append(before, e.Swing.before), append(after, e.Swing.after)
	}
	if len(swings) == 0 {
		return steadiness{}
	}
	s := steadiness{common: total(swings) / float64(len(swings)), windows: total(whole) / float64(len(whole))}
	s.own, s.told = within.fit()
	if b := total(before); b > 0 {
		s.lasting = max(0, min(1, total(after)/b))
	}
	return s
}

// swing is that of origin k, NaN if it is unknown.
func (e Errors) swing(k int) float64 {
	if k >= len(e.Swing.Ahead) {
		return math.NaN()
	}
	return e.Swing.Ahead[k]
}

// of is by what the errors of a series are multiplied to be those of windows as it may be
// expected to have next.
func (s steadiness) of(e Errors, leaveOut calendar.Date) float64 {
	if !(s.common > 0) {
		return 1
	}
	next := func(swing float64) float64 { return (1 + s.lasting*(swing-1)) / swing }
	factor := next(s.common)
	mean, n := 0.0, 0.0
	for k, row := range e.Scaled {
		if swing := e.swing(k); !math.IsNaN(swing) && e.Origins[k] != leaveOut && known(row) {
			mean, n = mean+swing, n+1
		}
	}
	if own := mean / n / s.common; own > 0 {
		factor *= math.Pow(next(own), s.own)
	}
	return max(1.0/mostUnlike, min(factor, mostUnlike))
}

// mostUnlike keeps what is not as it was within reason, as of a series that stood still at
// all its origins. It is a guard, and no part of the estimate.
const mostUnlike = 4

// regression is that within groups of a few pairs, each with a mean of its own.
type regression struct {
	xx, xy, yy []float64
	free       float64 // pairs less groups
}

func (r *regression) add(x, y []float64) {
	mx, my := meanOf(x), meanOf(y)
	var xx, xy, yy float64
	for i := range x {
		xx, xy, yy = xx+(x[i]-mx)*(x[i]-mx), xy+(x[i]-mx)*(y[i]-my), yy+(y[i]-my)*(y[i]-my)
	}
	if len(x) < 2 || math.IsNaN(xy) || math.IsInf(yy, 0) {
		return // an error of exactly zero has no logarithm
	}
	r.xx, r.xy, r.yy = append(r.xx, xx), append(r.xy, xy), append(r.yy, yy)
	r.free += float64(len(x) - 1)
}

// fit returns the slope, 0 to 1, and the share of the variance that it explains, less what
// it would by chance.
func (r *regression) fit() (slope, explained float64) {
	xx, xy, yy := total(r.xx), total(r.xy), total(r.yy)
	if !(xx > 0) || !(xy > 0) {
		return 0, 0
	}
	if r.free > 1 && yy > 0 {
		explained = max(0, 1-(1-xy*xy/xx/yy)*r.free/(r.free-1))
	}
	return min(1, xy/xx), explained
}

// total is a sum that the order of its terms, which it sorts, has no part in.
func total(terms []float64) float64 {
	slices.Sort(terms)
	return floats.Sum(terms)
}
