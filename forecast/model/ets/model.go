// Package ets has exponential smoothing in state space form: error, trend and
// season each additive or multiplicative, the trend possibly damped, and the
// choice among the forms by the corrected Akaike criterion.
//
// The family, its recursions and its likelihood are those of Hyndman, Koehler,
// Ord & Snyder, Forecasting with Exponential Smoothing (Springer 2008, HKOS
// below), chapters 2 and 5; the automatic choice follows Hyndman, Koehler,
// Snyder & Grose, IJF 18 (2002). The parameters searched are within the usual bounds
// and in the admissible region (HKOS chapter 10). Three things differ from what is
// customary, on purpose:
//
//   - A multiplicative trend is never used, and multiplicative forms need values
//     well above zero, because both extrapolate to absurd numbers.
//   - The automatic choice has a prior on the smoothing of the slope. It maximises
//     a penalised likelihood, and has this in the place of the likelihood in its
//     AICc: a criterion to choose by, not comparable with that of a fixed form,
//     which is estimated by maximum likelihood.
//   - A form whose forecasts leave the range of the history by far is passed over,
//     whatever its AICc, and by the automatic choice also one that falls to zero within
//     two seasons of a history well above it.
//
// The search goes by the exact gradient, which finds a maximum also with many
// seasonal states. The likelihood may have several: the automatic choice looks
// from one start for each form, a fixed form from several, and neither can promise
// the highest.
//
// The same input gives the same bits on the same architecture; processors that
// fuse a product with a sum may round differently from those that do not.
package ets

import (
	"fmt"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/internal/sample"
)

// Model is exponential smoothing with a fixed or an automatically chosen form.
// The zero value is the automatic model.
type Model struct {
	form  form
	fixed bool
}

// New returns the automatic model: the form with the lowest AICc of those that
// suit the series and have plausible forecasts. Forms that are far behind before
// their first states are estimated are left aside.
func New() Model { return Model{} }

// NewForm returns the model of one form, written in letters: error A or M,
// trend N, A or Ad, season N, A or M, for example "ANN" or "MAdM".
func NewForm(letters string) (Model, error) {
	f, err := parseForm(letters)
	if err != nil {
		return Model{}, err
	}
	return Model{form: f, fixed: true}, nil
}

// Name returns "ets".
func (m Model) Name() string { return "ets" }

// Fit estimates the model on y. Missing values (NaN; infinite ones count as
// missing) leave the states to evolve by themselves and have no likelihood. A
// constant series is forecast by its constant. The errors wrap
// [model.ErrTooShort] for fewer than three observations, fewer than the form
// has parameters or fewer than two cycles of a seasonal form, and
// [model.ErrUnsuitable] where the form needs positive values or a season of at
// most 24, or where every form's forecasts run away. The Fitted is a
// [model.Appender] and a [model.Refitter].
func (m Model) Fit(y []float64, c model.Context) (model.Fitted, error) {
	return m.fit(y, c, optima{})
}

// fit is Fit, with searches that begin at what was found before.
func (m Model) fit(y []float64, c model.Context, before optima) (model.Fitted, error) {
	s := sample.Of(y)
	if s.Observed < leastObservations {
		return nil, fmt.Errorf("fit ets: %w: %d of %d observations", model.ErrTooShort, s.Observed, leastObservations)
	}
	if low, high := s.Range(); low == high {
		same := constant(low)
		same.model = m
		return same, nil
	}
	st := newStudy(s, max(c.Period, 1))
	st.before = before
	var best *Fitted
	var err error
	if m.fixed {
		best, err = st.fit(m.form)
	} else {
		best, err = st.choose()
	}
	if err != nil {
		return nil, fmt.Errorf("fit ets: %w", err)
	}
	best.model = m
	return best, nil
}

// leastObservations is the length below which nothing can be estimated.
const leastObservations = 3
