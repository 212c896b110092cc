package ets

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/internal/decompose"
	"github.com/daybatch/daybatch/forecast/model/internal/sample"
)

const (
	// margin is how far above the best AICc of the first step, in which the
	// starting states are not yet estimated, a form may lie to be refined.
	margin = 1e9
	// leastShare of the median is the smallest value that multiplicative forms
	// accept: relative errors around near-zeros make them explode.
	leastShare = 0.01
	// plausibleRanges is how many ranges of the history a forecast may lie
	// outside of it, plausiblePeriods how far ahead that is looked at.
	plausibleRanges  = 10
	plausiblePeriods = 56
)

// study is the estimation of several forms on one series. They share the
// scaled values, the gap-free series for the starting states and all buffers.
type study struct {
	m         int
	scale     float64
	y         []float64 // divided by scale, NaN = missing
	filled    []float64 // y without gaps
	count     int
	low, high float64 // range of y
	positive  bool    // values suit multiplicative forms
	variation float64 // sum of squared deviations from the mean
	warnings  []string

	trace  *trace
	newton gaussNewton
	coarse descent // of the smoothing parameters
	fine   descent // of all parameters
}

func newStudy(s sample.Sample, m int) *study {
	st := &study{m: m, scale: s.Scale(), count: s.Observed}
	if m > maxSeason {
		st.warnings = append(st.warnings, fmt.Sprintf("season of %d left out: ETS has at most %d seasonal states", m, maxSeason))
		st.m = 1
	}
	st.y = make([]float64, len(s.Values))
	observed := make([]float64, 0, s.Observed)
	for t, v := range s.Values {
		st.y[t] = v / st.scale
		if !math.IsNaN(v) {
			observed = append(observed, st.y[t])
		}
	}
	centre := mean(observed)
	for _, v := range observed {
		st.variation += (v - centre) * (v - centre)
	}
	slices.Sort(observed)
	st.low, st.high = observed[0], observed[len(observed)-1]
	median := observed[len(observed)/2]
	st.positive = st.low > 0 && st.low >= leastShare*median
	if missing := len(s.Values) - s.Observed; missing > s.Observed {
		st.warnings = append(st.warnings, fmt.Sprintf("%d of %d values are missing", missing, len(s.Values)))
	}
	st.filled, _ = decompose.Fill(st.y, st.m)
	st.trace = newTrace(len(st.y), st.m)
	st.coarse.tolerance, st.fine.tolerance = 1e-2, 1e-6
	return st
}

// suits tells why a form does not apply to the series, or nil.
func (st *study) suits(f form) error {
	if f.hasSeason() {
		if st.m < 2 {
			return fmt.Errorf("%w: %s needs a season of 2 to %d", model.ErrUnsuitable, f, maxSeason)
		}
		if len(st.y) < 2*st.m {
			return fmt.Errorf("%w: %s needs two seasons of %d, have %d values", model.ErrTooShort, f, st.m, len(st.y))
		}
	}
	if !st.positive && (f.multiplicative() || f.season == multiplicative) {
		return fmt.Errorf("%w: %s needs values above zero, and above %g of the median", model.ErrUnsuitable, f, leastShare)
	}
	pr := st.problem(f)
	if k := pr.degrees(); st.count-k-1 <= 0 {
		return fmt.Errorf("%w: %s has %d parameters for %d observations", model.ErrTooShort, f, k, st.count)
	}
	return nil
}

func (st *study) problem(f form) *problem {
	pr := &problem{
		form: f, m: st.m, y: st.y, count: float64(st.count), trace: st.trace,
		floor: 1e-16 * st.variation, seeds: len(st.y) >= 3*st.m,
	}
	if f.multiplicative() {
		centre := mean(st.filled)
		pr.floor /= centre * centre
	}
	return pr
}

// candidate is a form on its way through the two steps.
type candidate struct {
	problem *problem
	x       []float64
	aicc    float64
}

// fit estimates one form.
func (st *study) fit(f form) (*Fitted, error) {
	if err := st.suits(f); err != nil {
		return nil, err
	}
	cand := st.rough(f)
	if !math.IsInf(cand.aicc, 1) {
		if fitted := st.refine(&cand); fitted != nil {
			return fitted, nil
		}
	}
	return nil, fmt.Errorf("%w: forecasts of %s leave the range of the history", model.ErrUnsuitable, f)
}

// choose estimates the forms that suit the series and returns the one with the
// lowest AICc whose forecasts are plausible. The first step estimates only the
// smoothing parameters, the second all parameters of the forms that can still
// become best.
func (st *study) choose() (*Fitted, error) {
	var candidates []candidate
	for _, f := range forms() {
		if st.suits(f) == nil {
			if cand := st.rough(f); !math.IsInf(cand.aicc, 1) {
				candidates = append(candidates, cand)
			}
		}
	}
	slices.SortStableFunc(candidates, func(a, b candidate) int { return cmp.Compare(a.aicc, b.aicc) })
	var best *Fitted
	for i := range candidates {
		cand := &candidates[i]
		if best != nil && cand.aicc > min(candidates[0].aicc, best.aicc)+margin {
			break
		}
		if fitted := st.refine(cand); fitted != nil && (best == nil || fitted.aicc < best.aicc) {
			best = fitted
		}
	}
	if best != nil {
		return best, nil
	}
	if len(candidates) > 0 {
		return nil, fmt.Errorf("%w: forecasts of every form leave the range of the history", model.ErrUnsuitable)
	}
	return nil, fmt.Errorf("%w: %d observations", model.ErrTooShort, st.count)
}

// rough is the first step: the smoothing parameters on heuristic states, from
// the best of a few starts.
func (st *study) rough(f form) candidate {
	pr := st.problem(f)
	pr.start = heuristic(f, st.filled, st.m)
	cand := candidate{problem: pr, x: make([]float64, pr.size()), aicc: math.Inf(1)}
	if !st.seed(&cand) {
		pr.start.level, pr.start.slope = mean(st.filled), 0
		if !st.seed(&cand) {
			return cand
		}
	}
	st.bound(&st.coarse, &cand)
	value := st.coarse.search(pr, cand.x, f.smoothers())
	cand.aicc = st.aicc(value, pr.degrees())
	return cand
}

// seed sets x to the best of a few smoothing parameters; false says that none
// is allowed.
func (st *study) seed(cand *candidate) bool {
	pr := cand.problem
	trial := make([]float64, len(cand.x))
	lowest := math.Inf(1)
	for _, alpha := range []float64{0.05, 0.3, 0.8} {
		for _, gamma := range []float64{0.05, 0.3} {
			if gamma > 0.1 && !pr.form.hasSeason() {
				continue
			}
			p := smoothing{alpha: alpha, beta: 0.1 * alpha, gamma: gamma * (1 - alpha), phi: 0.95}
			pr.pack(p, trial)
			if value := pr.value(trial); value < lowest {
				lowest = value
				copy(cand.x, trial)
			}
		}
	}
	return !math.IsInf(lowest, 1)
}

// bound sets the box of the search.
func (st *study) bound(d *descent, cand *candidate) {
	f := cand.problem.form
	d.low, d.high = make([]float64, len(cand.x)), make([]float64, len(cand.x))
	for i := range cand.x {
		d.low[i], d.high[i] = math.Inf(-1), math.Inf(1)
	}
	for i := range f.smoothers() {
		d.low[i], d.high[i] = 0, 1
	}
	d.low[0], d.high[0] = smallest, largest
	if f.damped {
		i := f.smoothers() - 1
		d.low[i], d.high[i] = phiLow, phiHigh
	}
}

// refine is the second step: all parameters. It returns nil if the forecasts
// are not plausible.
func (st *study) refine(cand *candidate) *Fitted {
	pr := cand.problem
	st.bound(&st.fine, cand)
	value := st.fine.search(pr, cand.x, len(cand.x))
	cand.aicc = st.aicc(value, pr.degrees())
	fitted := st.result(cand, value)
	if math.IsNaN(cand.aicc) || !st.plausible(fitted) {
		return nil
	}
	return fitted
}

// aicc is the corrected Akaike criterion in the unit of the data.
func (st *study) aicc(value float64, degrees int) float64 {
	n, k := float64(st.count), float64(degrees)
	return value + 2*n*math.Log(st.scale) + 2*k + 2*k*(k+1)/(n-k-1)
}

// result reads the fitted form from the trace of the last search.
func (st *study) result(cand *candidate, value float64) *Fitted {
	pr := cand.problem
	n := len(st.y)
	f := &Fitted{
		form: pr.form, smoothing: pr.smoothing(cand.x), scale: st.scale, warnings: st.warnings,
		q: st.trace.q[n], c: st.trace.c[n], aicc: cand.aicc,
		logLikelihood: -0.5 * (value + 2*float64(st.count)*math.Log(st.scale)),
	}
	if pr.form.hasSeason() {
		f.season = slices.Clone(st.trace.s[n : n+st.m])
	}
	return f
}

// plausible tells whether the forecasts stay within ten ranges of the history.
func (st *study) plausible(f *Fitted) bool {
	reach := plausibleRanges * (st.high - st.low)
	for _, v := range f.path(max(2*st.m, min(len(st.y), plausiblePeriods))) {
		if !(v >= st.low-reach && v <= st.high+reach) {
			return false
		}
	}
	return true
}
