// Package ces has complex exponential smoothing (Svetunkov, Kourentzes & Ord,
// Naval Research Logistics 69, 2022) in its four forms, and the choice among
// them by the corrected Akaike criterion.
//
// The method smooths a complex number, the level and the "information
// potential", with a complex parameter. It has no trend of its own: with the
// imaginary part of the parameter just above or below 1 the level runs on or
// falls back, so the same form follows series with and without trend. The forms
// differ by the season: CES(N) has none, CES(S) smooths each phase by itself,
// CES(P) adds one real seasonal state per phase, CES(F) a second complex pair.
//
// The states before the first observation are found by smoothing forward,
// backward and forward again, so only the two to four smoothing parameters are
// searched, by least squares.
//
// The same input gives the same bits on the same architecture; processors that
// fuse a product with a sum may round differently from those that do not.
package ces

import (
	"fmt"
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/internal/decompose"
	"github.com/daybatch/daybatch/forecast/model/internal/sample"
)

// Model is complex exponential smoothing with a fixed or an automatically
// chosen form. The zero value is the automatic model.
type Model struct {
	form  form
	fixed bool
}

// New returns the automatic model: the form with the lowest AICc of those that
// suit the series.
func New() Model { return Model{} }

// NewForm returns the model of one form: "N" without season, "S" simple, "P"
// partial, "F" full.
func NewForm(letter string) (Model, error) {
	for f := none; f <= full; f++ {
		if f.String() == letter {
			return Model{form: f, fixed: true}, nil
		}
	}
	return Model{}, fmt.Errorf("form %q of CES is unknown: known are N, S, P, F", letter)
}

// Name returns "ces".
func (m Model) Name() string { return "ces" }

const (
	// leastObservations leave the form without season two degrees of freedom.
	leastObservations = 5
	// plausibleRanges is how many ranges of the history a forecast may lie
	// outside of it, plausiblePeriods how far ahead that is looked at.
	plausibleRanges  = 10
	plausiblePeriods = 56
	// leastShare of the variation around the mean is added to the squared
	// errors: a perfect fit has no logarithm.
	leastShare = 1e-16
)

// Fit estimates the model on y. A missing value (NaN; infinite ones count as
// missing) is taken as its one-step forecast. A constant series is forecast by
// its constant, and one too short for its optimum to be stable with the
// parameters of a steady level, which is a warning. The errors wrap [model.ErrTooShort] for fewer than five
// observations or fewer than two cycles of a seasonal form, and
// [model.ErrUnsuitable] if a fixed form needs a season that the series does not
// have, or if every form's forecasts run away. The Fitted is a
// [model.Appender] and a [model.Refitter].
func (m Model) Fit(y []float64, c model.Context) (model.Fitted, error) {
	return m.fit(y, c, optima{})
}

// optima are the parameters that were found for each form, as far as they were.
type optima [full + 1]struct {
	parameters

	found bool
}

// fit is Fit, with searches that begin at what was found before.
func (m Model) fit(y []float64, c model.Context, before optima) (model.Fitted, error) {
	s := sample.Of(y)
	if s.Observed < leastObservations {
		return nil, fmt.Errorf("fit ces: %w: %d of %d observations", model.ErrTooShort, s.Observed, leastObservations)
	}
	if low, high := s.Range(); low == high {
		same := constant(low)
		same.model = m
		return same, nil
	}
	st := newStudy(s, max(c.Period, 1))
	st.optima = before
	forms := []form{none, simple, partial, full}
	if m.fixed {
		if err := st.suits(m.form); err != nil {
			return nil, fmt.Errorf("fit ces: %w", err)
		}
		forms = []form{m.form}
	}
	best := st.choose(forms)
	if best == nil && !m.fixed {
		best = st.steady()
	}
	if best != nil {
		best.model, best.optima = m, st.optima
		return best, nil
	}
	return nil, fmt.Errorf("fit ces: %w: forecasts leave the range of the history", model.ErrUnsuitable)
}

// study is the estimation of several forms on one series. They share the scaled
// values and all buffers.
type study struct {
	m         int
	y         []float64 // divided by scale, NaN = missing
	scale     float64
	count     float64 // observed values
	low, high float64 // range of y
	variation float64 // sum of squared deviations from the mean
	level     float64 // mean of the beginning
	season    []float64
	warnings  []string
	search    search
	optima    optima // what was found: before, then now
}

func newStudy(s sample.Sample, m int) *study {
	st := &study{m: m, scale: s.Scale(), count: float64(s.Observed), y: make([]float64, len(s.Values))}
	mean := 0.0
	for t, v := range s.Values {
		st.y[t] = v / st.scale
		if !math.IsNaN(v) {
			mean += st.y[t] / st.count
		}
	}
	low, high := s.Range()
	st.low, st.high = low/st.scale, high/st.scale
	for _, v := range st.y {
		if !math.IsNaN(v) {
			st.variation += (v - mean) * (v - mean)
		}
	}
	filled, missing := decompose.Fill(st.y, m)
	if missing > s.Observed {
		st.warnings = append(st.warnings, fmt.Sprintf("%d of %d values are missing", missing, len(st.y)))
	}
	first := filled[:min(len(filled), max(m, firstPeriods))]
	for _, v := range first {
		st.level += v / float64(len(first))
	}
	st.season = decompose.Classical(filled, m, decompose.Additive)
	st.search.prepare(st.y, m)
	return st
}

// firstPeriods is how many values make the first level of a series without
// season.
const firstPeriods = 10

// suits tells why a form does not apply to the series, or nil.
func (st *study) suits(f form) error {
	k := float64(f.degrees())
	switch {
	case f != none && st.m < 2:
		return fmt.Errorf("%w: CES(%s) needs a season", model.ErrUnsuitable, f)
	case f != none && st.season == nil:
		return fmt.Errorf("%w: CES(%s) needs two seasons of %d, have %d values", model.ErrTooShort, f, st.m, len(st.y))
	case st.count-k-1 <= 0:
		return fmt.Errorf("%w: CES(%s) has %g parameters for %g observations", model.ErrTooShort, f, k, st.count)
	}
	return nil
}

// choose returns the form with the lowest AICc whose forecasts are plausible,
// nil if there is none.
func (st *study) choose(forms []form) *fitted {
	var best *fitted
	for _, f := range forms {
		if st.suits(f) != nil {
			continue
		}
		if next := st.fit(f); next != nil && (best == nil || next.aicc < best.aicc) {
			best = next
		}
	}
	return best
}

// steady is the form without season at the parameters where its search begins,
// which smooth a level: the least squares of a few values may be at a filter that
// runs away. It returns nil if that is not plausible either.
func (st *study) steady() *fitted {
	x := none.starts()[0]
	st.search.seed = st.seed(none)
	sum := st.search.evaluate(none, x, st.search.trial) + leastShare*st.variation
	next := st.result(none, x, sum)
	if next != nil {
		next.warnings = append(slices.Clone(st.warnings), "parameters not estimated: their optimum runs away")
	}
	return next
}

// fit estimates one form; nil if its forecasts are not plausible.
func (st *study) fit(f form) *fitted {
	known := &st.optima[f]
	floor := leastShare * st.variation
	var x parameters
	var sum float64
	if known.found {
		x, sum = st.search.follow(f, st.seed(f), known.parameters, floor)
	} else {
		x, sum = st.search.minimise(f, st.seed(f), floor)
	}
	next := st.result(f, x, sum)
	known.parameters, known.found = x, next != nil
	return next
}

// result is a form with its parameters and the sum of squares at them.
func (st *study) result(f form, x parameters, sum float64) *fitted {
	if !sample.IsFinite(sum) || !st.search.stable(f, x) {
		return nil
	}
	k := float64(f.degrees())
	value := st.count * (math.Log(sum) + 2*math.Log(st.scale))
	next := &fitted{
		form: f, parameters: x, filter: f.filter(x), scale: st.scale, warnings: st.warnings, at: len(st.y) % len(st.search.seed.season),
		seen: len(st.y), states: st.search.final(f, x), logLikelihood: -value / 2, aicc: value + 2*k + 2*k*(k+1)/(st.count-k-1),
	}
	reach := plausibleRanges * (st.high - st.low)
	for _, v := range next.path(max(2*st.m, min(len(st.y), plausiblePeriods))) {
		if !(v >= st.low-reach && v <= st.high+reach) {
			return nil
		}
	}
	return next
}

// seed returns the states from which the first pass begins: they matter little
// after three passes. The share of the potential is that of the reference
// implementations.
func (st *study) seed(f form) states {
	const share = 1 / 1.1
	of := func(v float64) pair { return pair{v, v * share} }
	if f == none {
		return states{level: of(st.level), season: make([]pair, 1)}
	}
	s := states{season: make([]pair, st.m)}
	cycle := 0.0
	for _, v := range st.y[:st.m] {
		if math.IsNaN(v) {
			v = st.level
		}
		cycle += v / float64(st.m)
	}
	for i, v := range st.season {
		if f == simple {
			v += cycle
		}
		s.season[i] = of(v)
	}
	if f != simple {
		s.level = of(cycle)
	}
	return s
}
