// Package yearly carries the season of the year of daily demand: a regression of
// the logarithm of demand, lifted by 2 % of its mean (of values of which some are negative,
// lifted so far that the logarithm is a line), on weekdays, a bent trend and
// harmonics of 365.25 days (Fourier terms). It is ridge regression (Hoerl & Kennard,
// Technometrics 12, 1970) whose penalty grows with the square of the harmonic, and
// large residuals weigh less. It is a method of its own, which freezes the trend at
// its end and adds autoregression of the residuals, and an adjustment before another
// one, which takes the yearly curve out and puts it back.
//
// The year is estimated only from two full years of history: on the daily series
// that this was tried on, fewer made forecasts clearly worse. Two years can't tell
// a season from what happened twice, which is what the penalty is for, and the curve
// is shrunk by how little the changes of one year are those of the next. Special days
// are not its business: they are imputed before and put on top after.
//
// The same input gives the same bits on the same architecture; processors that
// fuse a product with a sum may round differently from those that do not.
package yearly

import (
	"fmt"

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/ar"
	"github.com/daybatch/daybatch/forecast/model/internal/sample"
)

const (
	// leastDays are two full years.
	leastDays  = 2 * 365
	daysOfWeek = 7
)

// carries tells why a history does not carry a yearly season, or nil.
func carries(s sample.Sample, c model.Context) error {
	low, high := s.Range()
	switch {
	case s.Observed == 0, len(s.Values) < leastDays, 2*s.Observed < len(s.Values):
		return fmt.Errorf("%w: %d values of %d days are no two years", model.ErrTooShort, s.Observed, len(s.Values))
	case c.Start.IsZero():
		return fmt.Errorf("%w: it has no dates", model.ErrUnsuitable)
	case c.Period > 1 && c.Period != daysOfWeek && c.Period != 2*daysOfWeek && c.Period != 4*daysOfWeek:
		return fmt.Errorf("%w: a season of %d is not one, two or four weeks: its values are not of days", model.ErrUnsuitable, c.Period)
	case low == high:
		return fmt.Errorf("%w: its values do not differ", model.ErrUnsuitable)
	}
	return nil
}

// history is a series that carries a yearly season, with the regression of it. It
// is shared and does not change.
type history struct {
	values []float64 // divided by scale, without the missing days at the beginning
	scale  float64
	ridge  *ridge
}

// regressionOf is the key of a history among what is known of its values.
type regressionOf struct {
	start  calendar.Date
	period int
}

// found is a history, or why there is none.
type found struct {
	history *history
	err     error
}

// historyOf returns the history of y. The methods of this package that are fitted
// to the same values share it: the regression is most of their work.
func historyOf(y []float64, c model.Context) (*history, error) {
	f := model.Recall(c, y, regressionOf{start: c.Start, period: c.Period}, func() found {
		h, err := newHistory(y, c)
		return found{history: h, err: err}
	})
	return f.history, f.err
}

func newHistory(y []float64, c model.Context) (*history, error) {
	s := sample.Of(y)
	if err := carries(s, c); err != nil {
		return nil, err
	}
	h := &history{values: s.Values, scale: s.Scale()}
	for i, v := range h.values {
		h.values[i] = v / h.scale
	}
	h.ridge = newRidge(h.values, c.Start+calendar.Date(len(y)-len(h.values)), max(c.Period, 1))
	if !sample.IsFinite(h.ridge.mean(h.ridge.n, 0)) || !(h.ridge.floor > 0) {
		return nil, fmt.Errorf("%w: the regression has no solution", model.ErrUnsuitable)
	}
	return h, nil
}

// withoutYearOf is the key of the values of a history without its year.
type withoutYearOf regressionOf

// withoutYear returns the values, lifted, without the yearly curve.
func (h *history) withoutYear() []float64 {
	values := make([]float64, len(h.values))
	for t, v := range h.values {
		values[t] = (v + h.ridge.floor) / h.ridge.year(t)
	}
	return values
}

// New returns the method "regression": the ridge regression, with the trend held
// at its last value, because a slope of the past is no promise, and autoregression
// (package ar) of what it leaves. The trend bends too rarely to follow a level that
// moves, which the regression forecast badly without.
func New() model.Model { return regression{} }

type regression struct{}

func (regression) Name() string { return "regression" }

// Fit needs two years of daily values.
func (regression) Fit(y []float64, c model.Context) (model.Fitted, error) {
	h, err := historyOf(y, c)
	if err != nil {
		return nil, fmt.Errorf("fit regression: %w", err)
	}
	rest, err := ar.New().Fit(h.ridge.rest, model.Context{Period: 1})
	if err != nil {
		return nil, fmt.Errorf("fit regression: %w", err)
	}
	return &regressed{ridge: h.ridge, rest: rest, scale: h.scale}, nil
}

type regressed struct {
	ridge *ridge
	rest  model.Fitted
	scale float64
}

func (f *regressed) Predict(h int) []float64 {
	out := f.rest.Predict(max(h, 0))
	for i, rest := range out {
		out[i] = sample.Clamp(f.ridge.mean(f.ridge.n+i, rest) * f.scale)
	}
	return out
}

func (f *regressed) Description() model.Description {
	return model.Description{Form: fmt.Sprintf("ridge(%d,365.25)+%s", len(f.ridge.phases), f.rest.Description().Form)}
}

// Over returns method m on the series without its year, which is put back on the
// forecasts. It has the name of m, and is m where the history does not carry a
// year.
func Over(m model.Model) model.Model { return over{under: m} }

type over struct{ under model.Model }

func (o over) Name() string { return o.under.Name() }

// Fit divides the values, lifted, by the yearly curve.
func (o over) Fit(y []float64, c model.Context) (model.Fitted, error) {
	return o.fit(y, c, o.under.Fit)
}

// fit is Fit by a fit of the method under it.
func (o over) fit(y []float64, c model.Context, fit func([]float64, model.Context) (model.Fitted, error)) (model.Fitted, error) {
	h, err := historyOf(y, c)
	if err != nil {
		return o.plain(o.under.Fit(y, c))
	}
	values := model.Recall(c, y, withoutYearOf{start: c.Start, period: c.Period}, h.withoutYear)
	c.Start, c.Memo = h.ridge.start, nil // other values
	under, err := fit(values, c)
	if err != nil {
		return nil, err
	}
	return &adjusted{over: o, under: under, ridge: h.ridge, scale: h.scale, at: len(h.values)}, nil
}

// plain lets a method that was fitted without a year be refitted with one, once the
// history carries it.
func (o over) plain(f model.Fitted, err error) (model.Fitted, error) {
	if under, ok := f.(refitter); ok && err == nil {
		return &unadjusted{refitter: under, over: o}, nil
	}
	return f, err
}

// refitter is a method that can both take in values and be estimated again.
type refitter interface {
	model.Fitted
	model.Appender
	model.Refitter
}

// unadjusted is a method fitted to a series that does not carry a year.
type unadjusted struct {
	refitter

	over over
}

// Refit estimates the method from where it is, or with the year from the beginning.
func (f *unadjusted) Refit(y []float64, c model.Context) (model.Fitted, error) {
	if _, err := historyOf(y, c); err == nil {
		return f.over.Fit(y, c)
	}
	return f.over.plain(f.refitter.Refit(y, c))
}

// adjusted is a method fitted to a series without its year.
type adjusted struct {
	over  over
	under model.Fitted
	ridge *ridge
	scale float64
	at    int // days of the next value after the first
}

func (f *adjusted) Predict(h int) []float64 {
	out := f.under.Predict(max(h, 0))
	for i, v := range out {
		out[i] = sample.Clamp((v*f.ridge.year(f.at+i) - f.ridge.floor) * f.scale)
	}
	return out
}

// Append moves the method under it on; the year is kept.
func (f *adjusted) Append(y []float64) {
	under, ok := f.under.(model.Appender)
	for _, v := range y {
		if ok {
			under.Append([]float64{(v/f.scale + f.ridge.floor) / f.ridge.year(f.at)})
		}
		f.at++
	}
}

// Refit estimates the year anew and the method under it from where it is.
func (f *adjusted) Refit(y []float64, c model.Context) (model.Fitted, error) {
	if under, ok := f.under.(model.Refitter); ok {
		return f.over.fit(y, c, under.Refit)
	}
	return f.over.Fit(y, c)
}

// Description is that of the method under it, after "year+".
func (f *adjusted) Description() model.Description {
	d := f.under.Description()
	d.Form = "year+" + d.Form
	return d
}
