// Package model defines what a forecasting method is. The methods themselves
// are in its sub-packages, one family each.
//
// A [Model] is a small immutable value, safe for concurrent use; fitting it to
// a series gives a [Fitted], which forecasts. The same input gives the same
// bits: a model reads no clock, no environment and no global, and takes its
// randomness from [Context.Seed].
package model

import (
	"errors"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// ErrTooShort says that a series has too few observations for the model. The
// caller goes down its ladder to a simpler one.
var ErrTooShort = errors.New("too few observations")

// ErrUnsuitable says that the values rule the model out, for example zeros
// under a multiplicative season.
var ErrUnsuitable = errors.New("values do not suit the model")

// Model is a forecasting method with its options.
type Model interface {
	// Name is the method's name in the field: "naive", "ets", "theta".
	Name() string
	// Fit estimates the method on y, oldest first, NaN = missing. It neither
	// changes nor keeps y. It returns an error wrapping ErrTooShort or
	// ErrUnsuitable if the method does not apply; it never panics and never
	// returns a Fitted whose forecasts are not finite.
	Fit(y []float64, c Context) (Fitted, error)
}

// Fitted is a model estimated on one series. It is not safe for concurrent use
// if it is an Appender.
type Fitted interface {
	// Predict returns the point forecasts of the h periods after the last
	// observation, all finite. The slice is the caller's.
	Predict(h int) []float64
	// Description says what was fitted, for screens and records.
	Description() Description
}

// Appender is a Fitted that can take in newer observations without estimating
// its parameters again: rolling origins, and the days between estimations.
type Appender interface {
	// Append advances the states by y, oldest first, NaN = missing.
	Append(y []float64)
}

// Refitter is a Fitted that can be estimated again on a history that goes on from
// its own, faster than from the beginning because its parameters are near.
type Refitter interface {
	// Refit is [Model.Fit] of the model that was fitted. The Fitted that it is
	// called on stays as it is.
	Refit(y []float64, c Context) (Fitted, error)
}

// Uncertain is a Fitted that knows by itself how far its forecasts may be off.
type Uncertain interface {
	// Variance returns the variances of the errors of the next h forecasts, finite and
	// not decreasing but by a season, were the parameters true. The slice is the
	// caller's.
	Variance(h int) []float64
}

// Context is what a model knows about a series besides its values.
type Context struct {
	// Period is the main seasonal period in observations, 7 for daily data with
	// a weekly season; 1 means none.
	Period int
	// Longer are further seasonal periods in observations, ascending, each longer
	// than Period: 168 for hourly data with days of 24. Only the methods that say
	// so use them.
	Longer []int
	// Start is the date of the first value; zero if the series has no dates.
	Start calendar.Date
	// Seed seeds simulation. It depends on the series, never on its position.
	Seed uint64
	// Memo is where methods share what they find out about the values; nil: they
	// do not. It has no effect on what they find.
	Memo *Memo
}

// Description says what was fitted.
type Description struct {
	// Form is the model's form in the field's notation: "ETS(M,Ad,M)".
	Form string `json:"form"`
	// Parameters are the estimated parameters by their usual names.
	Parameters map[string]float64 `json:"parameters,omitempty"`
	// Criterion is the information criterion used to choose the form, 0 if none.
	Criterion float64 `json:"criterion,omitempty"`
	// Warnings are facts about the fit that an operator should see.
	Warnings []string `json:"warnings,omitempty"`
}
