// Package theta has the Theta method: the standard one and the dynamic
// optimised one.
//
// The standard method (Assimakopoulos & Nikolopoulos, IJF 16, 2000) is simple
// exponential smoothing with half the slope of the regression line as drift
// (Hyndman & Billah, IJF 19, 2003). The dynamic optimised method, DOTM
// (Fiorucci, Pellegrini, Louzada, Petropoulos & Koehler, IJF 32, 2016), keeps
// that line up to date with every observation and estimates how much of it
// enters. Both work on the seasonally adjusted series if it has a season: the
// standard method on the multiplicatively adjusted one, as in the M4
// competition, the dynamic one on whichever of both adjustments is less noisy.
//
// The same input gives the same bits on the same architecture; processors that
// fuse a product with a sum may round differently from those that do not.
package theta

import (
	"fmt"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/internal/sample"
)

// Model is the Theta method. The zero value is the dynamic optimised one.
type Model struct{ standard bool }

// New returns the dynamic optimised Theta method, "theta". On short series its
// parameters are shrunk towards those of the standard method.
func New() Model { return Model{} }

// NewStandard returns the standard Theta method, "theta_standard".
func NewStandard() Model { return Model{standard: true} }

// Name returns "theta" or "theta_standard".
func (m Model) Name() string {
	if m.standard {
		return "theta_standard"
	}
	return "theta"
}

// leastObservations leaves the dynamic method, whose first three errors do not
// count, two errors.
const leastObservations = 5

// Fit estimates the method on y. Missing values (NaN; infinite ones count as
// missing) are interpolated relative to the means of the season; appended later
// they are replaced by their one-step forecast. A constant series is forecast
// by its constant. The error wraps [model.ErrTooShort] for fewer than five
// observations. The Fitted is an [model.Appender].
func (m Model) Fit(y []float64, c model.Context) (model.Fitted, error) {
	s := sample.Of(y)
	if s.Observed < leastObservations {
		return nil, fmt.Errorf("fit theta: %w: %d of %d observations", model.ErrTooShort, s.Observed, leastObservations)
	}
	if low, high := s.Range(); low == high {
		return &fitted{name: m.notation(), line: &level{value: low}, scale: 1, warnings: []string{"all values are equal"}}, nil
	}
	choose := quieter
	if m.standard {
		choose = classical
	}
	adjusted := adjust(s, max(c.Period, 1), choose)
	f := &fitted{
		name: m.notation(), scale: adjusted.scale, season: adjusted.season, warnings: adjusted.warnings,
		at: len(adjusted.values) % max(1, len(adjusted.season.factors)),
	}
	if m.standard {
		f.line = fitStandard(adjusted.values)
	} else {
		f.line = fitDynamic(adjusted.values)
	}
	return f, nil
}

func (m Model) notation() string {
	if m.standard {
		return "Theta"
	}
	return "DOTM"
}
