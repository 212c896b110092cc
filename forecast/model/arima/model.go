// Package arima has seasonal ARIMA models with a mean or a drift, and the
// automatic choice of their orders.
//
// The choice is that of Hyndman & Khandakar, J. Statistical Software 27 (2008),
// as R's auto.arima has it today: seasonal differences by the strength of the
// season, differences by repeated KPSS tests, then a stepwise search by the
// corrected Akaike criterion. Three things differ on purpose. A second difference
// needs another test as well. Every order is
// compared by its exact likelihood, also for long seasons, because the
// Chandrasekhar recursions make it as cheap as a conditional sum of squares. And
// where the criterion hardly tells several orders apart, their forecasts are
// averaged: see [Average]. No constant of that was chosen by data; on all four parts
// of M3 the forecasts are better than the best order's. Of a
// series of more than 1,200 values the last ones choose the order, and all
// estimate it; gaps are filled for the choice. An order's state is that of
// a Kalman filter on the undifferenced series, which takes missing values as they
// are.
//
// The same input gives the same bits on the same architecture; processors that
// fuse a product with a sum may round differently from those that do not.
package arima

import (
	"fmt"
	"slices"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/internal/sample"
)

// Model is ARIMA with fixed or automatically chosen orders. The zero value is
// the automatic model.
type Model struct {
	order Order
	fixed bool
}

// New returns the automatic model.
func New() Model { return Model{} }

// NewOrder returns the model of one order. The error says which number is
// negative or larger than 5 (AR, MA) or 2 (the others).
func NewOrder(o Order) (Model, error) {
	if plain := []int{o.AR, o.MA}; slices.Min(plain) < 0 || slices.Max(plain) > mostPlain {
		return Model{}, fmt.Errorf("order %s: AR and MA must be 0 to %d", o.notation(1), mostPlain)
	}
	if rest := []int{o.D, o.SeasonalAR, o.SeasonalD, o.SeasonalMA}; slices.Min(rest) < 0 || slices.Max(rest) > mostSeasonal {
		return Model{}, fmt.Errorf("order %s: differences and seasonal orders must be 0 to %d", o.notation(1), mostSeasonal)
	}
	if o.D+o.SeasonalD > 1 {
		o.Constant = false
	}
	return Model{order: o, fixed: true}, nil
}

// Name returns "arima".
func (m Model) Name() string { return "arima" }

// Fit estimates the model on y. Missing values (NaN; infinite ones count as
// missing) are left out by the filter; only the choice of orders is made on an
// interpolated series. A season longer than 24 is taken out beforehand by its
// mean pattern. A constant series is forecast by its constant,
// as a random walk. The error wraps
// [model.ErrTooShort] for fewer than three observations or fewer than a fixed
// order has parameters, and [model.ErrUnsuitable] where a fixed order cannot be
// estimated; the automatic model always finds an order, in the worst case a
// random walk. The Fitted is an [model.Appender].
func (m Model) Fit(y []float64, c model.Context) (model.Fitted, error) {
	s := sample.Of(y)
	if s.Observed < leastObservations {
		return nil, fmt.Errorf("fit arima: %w: %d of %d observations", model.ErrTooShort, s.Observed, leastObservations)
	}
	if low, high := s.Range(); low == high {
		return newHistory(s, 1).randomWalk("all values are equal"), nil
	}
	h := newHistory(s, max(c.Period, 1))
	if !m.fixed {
		return newStudy(h).choose(), nil
	}
	return m.fitOrder(h)
}

// leastObservations is the length below which nothing can be estimated.
const leastObservations = 3

func (m Model) fitOrder(h *history) (model.Fitted, error) {
	o := m.order
	if h.m == 1 {
		o.SeasonalAR, o.SeasonalD, o.SeasonalMA = 0, 0, 0
	}
	form := o.notation(h.m)
	if least := o.differenced(h.m) + o.count() + 1; h.observed <= least || len(h.y) <= least {
		return nil, fmt.Errorf("fit %s: %w: %d of %d observations", form, model.ErrTooShort, h.observed, least+1)
	}
	f := h.estimate(candidate{order: o, x: h.likeliest(o), variance: 1}, fixedGapRounds)
	if f == nil || !finite(f.path(plausiblePeriods)) {
		return nil, fmt.Errorf("fit %s: %w: its likelihood has no maximum in floating point", form, model.ErrUnsuitable)
	}
	return f, nil
}
