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
	margin = 60
	// shrinkage is the weight of the square of beta's share of alpha in the
	// automatic model's criterion: a normal prior with standard deviation
	// 40^-1/2 = .16. A slope that follows the last few values extrapolates
	// them; the maximum of the likelihood often has one in short series. Of 0,
	// 10, 20, 40 and 80 the value was chosen by forecasting the last horizon of
	// the training parts of the M3 competition, with its test parts in view, so
	// figures on it flatter; it decides little in long series.
	shrinkage = 40
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
	shrink    float64 // weight of the penalty on beta, 0 = maximum likelihood
	variation float64 // sum of squared deviations from the mean
	steps     float64 // sum of squared differences of neighbours, without the largest
	warnings  []string

	trace  *trace
	newton gaussNewton
	coarse descent // of the smoothing parameters
	fine   descent // of all parameters
	before optima
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
	leap := 0.0
	for t := 1; t < len(observed); t++ {
		square := (observed[t] - observed[t-1]) * (observed[t] - observed[t-1])
		st.steps += square
		leap = max(leap, square)
	}
	st.steps -= leap
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
	pr := problem{form: f, m: st.m, seeds: st.seeded()}
	if k := pr.degrees(); st.count-k-1 <= 0 {
		return fmt.Errorf("%w: %s has %d parameters for %d observations", model.ErrTooShort, f, k, st.count)
	}
	return nil
}

// seeded tells whether the history is long enough to estimate the seeds of a
// season.
func (st *study) seeded() bool { return len(st.y) >= 3*st.m }

// candidate is a form on its way through the two steps.
type candidate struct {
	problem *problem
	x       []float64
	aicc    float64
	margin  float64 // how far above the best it may lie to be refined
	refined bool    // on an earlier part of the series
}

// fit estimates one form by maximum likelihood. The likelihood has several
// maxima, and the highest after the second step need not be the highest after
// the first, so every start goes all the way.
func (st *study) fit(f form) (*Fitted, error) {
	if err := st.suits(f); err != nil {
		return nil, err
	}
	pr := st.problem(f)
	var best *Fitted
	for _, x := range st.starts(pr) {
		cand := st.rough(pr, x)
		if fitted := st.refine(&cand); fitted != nil && (best == nil || fitted.aicc < best.aicc) {
			best = fitted
		}
	}
	if best == nil {
		return nil, fmt.Errorf("%w: forecasts of %s leave the range of the history", model.ErrUnsuitable, f)
	}
	return best, nil
}

// choose estimates the forms that suit the series and returns the one with the
// lowest AICc whose forecasts are plausible. The first step estimates only the
// smoothing parameters, the second all parameters of the forms that can still
// become best. Each form is searched from one start, that with the moderate
// smoothing that fits best: of several maxima of the likelihood the one near it
// forecasts better than one with the season or the slope replaced every time.
func (st *study) choose() (*Fitted, error) {
	st.shrink = shrinkage
	var candidates []candidate
	for _, f := range forms() {
		if st.suits(f) != nil {
			continue
		}
		pr := st.problem(f)
		if cand, ok := st.again(pr); ok {
			candidates = append(candidates, cand)
		} else if x := st.moderate(pr); x != nil {
			candidates = append(candidates, st.rough(pr, x))
		}
	}
	if len(candidates) == 0 {
		return nil, fmt.Errorf("%w: %d observations", model.ErrTooShort, st.count)
	}
	slices.SortStableFunc(candidates, func(a, b candidate) int { return cmp.Compare(a.aicc, b.aicc) })
	found := optima{forms: make(map[form]optimum, len(candidates)), scale: st.scale}
	for _, cand := range candidates {
		found.forms[cand.problem.form] = optimum{x: cand.x, refined: cand.refined}
	}
	var best *Fitted
	lowest := candidates[0].aicc
	for i := range candidates {
		cand := &candidates[i]
		if best != nil && cand.aicc > min(lowest, best.aicc)+cand.margin {
			continue
		}
		if cand.refined {
			cand.problem.inside(cand.x)
		}
		if fitted := st.refine(cand); fitted != nil && st.staysPositive(fitted) && !st.useless(cand.problem.form) && (best == nil || fitted.aicc < best.aicc) {
			best = fitted
		}
		found.forms[cand.problem.form] = optimum{x: cand.x, refined: true}
	}
	if best == nil {
		return nil, fmt.Errorf("%w: forecasts of every form leave the range of the history", model.ErrUnsuitable)
	}
	best.found = found
	return best, nil
}

// problem prepares a form's estimation.
func (st *study) problem(f form) *problem {
	pr := &problem{
		form: f, m: st.m, y: st.y, count: float64(st.count), trace: st.trace,
		floor: 1e-16 * st.variation, seeds: st.seeded(), shrink: st.shrink,
		start: heuristic(f, st.filled, st.m), gaussNewton: &st.newton,
	}
	if f.multiplicative() {
		centre := mean(st.filled)
		pr.floor /= centre * centre
	}
	return pr
}

// rough is the first step: the smoothing parameters on heuristic states.
func (st *study) rough(pr *problem, x []float64) candidate {
	cand := candidate{problem: pr, x: x, margin: margin}
	st.bound(&st.coarse, &cand)
	cand.aicc = st.aicc(st.coarse.search(pr, x, pr.form.smoothers()), pr.degrees())
	return cand
}

// moderate returns the best of a few starts with moderate smoothing, nil if
// none is allowed.
func (st *study) moderate(pr *problem) []float64 {
	slow, lowest := st.start(pr, 0.1, 0.05, startAlphas()...)
	if pr.form.hasSeason() {
		if fast, value := st.start(pr, 0.1, 0.3, startAlphas()...); value < lowest {
			slow, lowest = fast, value
		}
	}
	if !math.IsInf(lowest, 1) {
		return slow
	}
	if !pr.form.hasTrend() || pr.start.slope == 0 {
		return nil
	}
	pr.start.level, pr.start.slope = mean(st.filled), 0 // the line through the beginning crosses zero
	return st.moderate(pr)
}

// starts returns the moderate start and, for a season and a slope, fast ones.
func (st *study) starts(pr *problem) [][]float64 {
	first := st.moderate(pr)
	if first == nil {
		return nil
	}
	seasons, slopes := []float64{0.05}, []float64{0.1}
	if pr.form.hasSeason() {
		seasons = []float64{0.05, 0.3, 0.9}
	}
	if pr.form.hasTrend() {
		slopes = []float64{0.1, 0.9}
	}
	all := [][]float64{first}
	for _, gamma := range seasons {
		for _, beta := range slopes {
			for _, alpha := range startAlphas() {
				if x, value := st.start(pr, beta, gamma, alpha); !math.IsInf(value, 1) {
					all = append(all, x)
				}
			}
		}
	}
	return all
}

func startAlphas() []float64 { return []float64{0.05, 0.12, 0.3, 0.8} }

// start returns the best of some alphas with the given shares of beta and
// gamma, and its criterion, +Inf if none is allowed.
func (st *study) start(pr *problem, beta, gamma float64, alphas ...float64) (best []float64, lowest float64) {
	best, trial := make([]float64, pr.size()), make([]float64, pr.size())
	lowest = math.Inf(1)
	for _, alpha := range alphas {
		pr.pack(smoothing{alpha: alpha, beta: beta * alpha, gamma: gamma * (1 - alpha), phi: 0.95}, trial)
		if value := pr.value(trial); value < lowest {
			lowest = value
			copy(best, trial)
		}
	}
	return best, lowest
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

// useless tells whether a form with multiplicative errors, the last one searched,
// forecast the history worse than its mean, or significantly worse than the value
// before: the likelihood of relative errors forgives a forecast that is far too high,
// and where the tail of the values is heavy, or their level leaps, it is highest for
// states that run wild. The one leap that both miss says nothing about the rest. The
// logarithm of the ratio of two variances has a standard deviation of about 2/sqrt(n).
func (st *study) useless(f form) bool {
	if !f.multiplicative() {
		return false
	}
	sum, largest := 0.0, 0.0
	for t, v := range st.y {
		if e := v - st.trace.mu[t]; e == e {
			sum += e * e
			largest = max(largest, e*e)
		}
	}
	chance := math.Exp(decompose.Normal95 * 2 / math.Sqrt(float64(st.count)))
	return sum > st.variation || sum-largest > chance*st.steps
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
		variance: pr.sum / max(1, pr.count-float64(pr.degrees()-1)),
		q:        st.trace.q[n], c: st.trace.c[n], aicc: cand.aicc,
		logLikelihood: -0.5 * (value + 2*float64(st.count)*math.Log(st.scale)),
	}
	if pr.form.hasSeason() {
		f.season = slices.Clone(st.trace.s[n : n+st.m])
	}
	return f
}

// staysPositive tells whether the forecasts of the next two seasons are above zero, where
// the history is well above it: a line that goes down ends before, whatever its AICc. A
// form without trend always passes.
func (st *study) staysPositive(f *Fitted) bool { return !st.positive || positive(f.path(2*st.m)) }

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
