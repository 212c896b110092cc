package ets

import (
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast/model"
)

// optima are where the searches of the forms ended on a part of a series, and the unit
// of its states. The zero value knows none.
type optima struct {
	forms map[form]optimum
	scale float64
}

// optimum is where the search of a form ended.
type optimum struct {
	x       []float64
	refined bool // the states were searched as well
}

// Refit is the choice among the forms on a series that goes on from the one that was
// fitted. The searches begin where they ended there: the states before the first value
// are the same ones, and a few more values move the parameters little. Where another
// form comes out the series may be another one, and is searched from the beginning. A
// fixed form always is, from all its starts.
func (f *Fitted) Refit(y []float64, c model.Context) (model.Fitted, error) {
	if f.found.forms == nil {
		return f.model.Fit(y, c)
	}
	again, err := f.model.fit(y, c, f.found)
	if g, ok := again.(*Fitted); ok && err == nil && g.form == f.form {
		return again, nil
	}
	return f.model.Fit(y, c)
}

// nearMargin is margin for a form whose AICc is that of an optimum for nearly the same
// values.
const nearMargin = 15

// again returns the candidate of a form from where its search ended before, false if
// that is not known or not allowed any more.
func (st *study) again(pr *problem) (candidate, bool) {
	before, ok := st.before.forms[pr.form]
	if !ok || len(before.x) != pr.size() {
		return candidate{}, false
	}
	cand := candidate{problem: pr, x: slices.Clone(before.x), margin: margin}
	if before.refined {
		cand.margin, cand.refined = nearMargin, true
		pr.rescale(cand.x, st.before.scale/st.scale)
	} else {
		pr.pack(pr.smoothing(before.x), cand.x)
	}
	value := pr.value(cand.x)
	cand.aicc = st.aicc(value, pr.degrees())
	return cand, !math.IsInf(value, 1)
}

// inside moves the smoothing parameters of x into the region of the moderate starts, if
// that is allowed: a search that begins where a bound holds one may stay there.
func (pr *problem) inside(x []float64) {
	alphas := startAlphas()
	moved := slices.Clone(x)
	moved[0] = min(max(x[0], alphas[0]), alphas[len(alphas)-1])
	i := 1
	if pr.form.hasTrend() {
		moved[i] = min(max(x[i], slowest), half)
		i++
	}
	if pr.form.hasSeason() {
		moved[i] = min(max(x[i], slowest), half)
	}
	if !math.IsInf(pr.value(moved), 1) {
		copy(x, moved)
	}
}

// slowest and half are positions of beta and gamma inside their bounds.
const slowest, half = .05, .5

// rescale takes the states of x to another unit: factors of a season have none.
func (pr *problem) rescale(x []float64, by float64) {
	first := pr.form.smoothers()
	last := len(x)
	if pr.form.season == multiplicative {
		last = first + 1
		if pr.form.hasTrend() {
			last++
		}
	}
	for i := first; i < last; i++ {
		x[i] *= by
	}
}
