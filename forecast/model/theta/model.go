// Package theta has the Theta method: the standard one and the dynamic
// optimised one.
//
// The standard method (Assimakopoulos & Nikolopoulos, IJF 16, 2000) is simple
// exponential smoothing with half the slope of the regression line as drift
// (Hyndman & Billah, IJF 19, 2003). The dynamic optimised method, DOTM
// (Fiorucci, Pellegrini, Louzada, Petropoulos & Koehler, IJF 32, 2016), keeps
// that line up to date with every observation and estimates how much of it
// enters, by least squares that shrink short series' parameters towards those of
// the standard method. Both work on the seasonally adjusted series if it passes
// the M4 competition's test of a season, on the 10 % level: the standard method on
// the multiplicatively adjusted one, as there, the dynamic one too unless the
// additive adjustment leaves significantly less noise. [Options] fix theta and the
// kind of season.
//
// The same input gives the same bits on the same architecture; processors that
// fuse a product with a sum may round differently from those that do not.
package theta

import (
	"errors"
	"fmt"
	"slices"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/internal/decompose"
	"github.com/daybatch/daybatch/forecast/model/internal/sample"
)

// Model is the Theta method. The zero value is the dynamic optimised one.
type Model struct {
	standard bool
	options  Options
}

// Options fix what the method chooses by itself. The zero Options fix nothing.
type Options struct {
	// Theta, 1 to [MostTheta], is how far the dynamic method stretches the
	// deviations from the line: 2 is the DSTM of Fiorucci et al. 2016, 1 is simple
	// exponential smoothing. 0 lets the method estimate it; the standard method
	// has no other than 2.
	Theta float64
	// Season is the kind of season that is taken out.
	Season Season
}

// MostTheta is the largest theta: the line enters with all but a thousandth of
// its weight.
const MostTheta = 1000

// Season is a kind of season, or "" for the method's own choice.
type Season string

// Kinds of season. A series in which the test finds no season has none taken out,
// and one with a value that is not positive, or a factor near zero, has the
// additive one taken out even if the multiplicative one was asked for.
const (
	Additive       Season = "additive"
	Multiplicative Season = "multiplicative"
	NoSeason       Season = "none" // the series is taken as it is
)

// Seasons returns the kinds of season that may be asked for.
func Seasons() []Season { return []Season{Additive, Multiplicative, NoSeason} }

// With returns the method with what o fixes. The error says which option can't be.
func (m Model) With(o Options) (Model, error) {
	switch {
	case o.Theta != 0 && m.standard:
		return Model{}, fmt.Errorf("%s: %w: its theta is 2", m.Name(), errTheta)
	case o.Theta != 0 && !(o.Theta >= 1 && o.Theta <= MostTheta):
		return Model{}, fmt.Errorf("%s: %w: it is %v, must be from 1 to %v", m.Name(), errTheta, o.Theta, MostTheta)
	case o.Season != "" && !slices.Contains(Seasons(), o.Season):
		return Model{}, fmt.Errorf("%s: %w: %q is none of %v", m.Name(), errSeason, o.Season, Seasons())
	}
	m.options = o
	return m, nil
}

var (
	errTheta  = errors.New("theta can't be so")
	errSeason = errors.New("season can't be so")
)

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
	adjusted := adjust(s, m.period(c), m.choose())
	f := &fitted{
		name: m.notation(), scale: adjusted.scale, season: adjusted.season, warnings: adjusted.warnings,
		at: len(adjusted.values) % max(1, len(adjusted.season.factors)),
	}
	if m.standard {
		f.line = fitStandard(adjusted.values)
	} else {
		f.line = fitDynamic(adjusted.values, m.options.Theta)
	}
	return f, nil
}

// period is that of the season that is looked for, 1 if none is.
func (m Model) period(c model.Context) int {
	if m.options.Season == NoSeason {
		return 1
	}
	return max(c.Period, 1)
}

// choose returns the way to choose the kind of season of positive values.
func (m Model) choose() func(y []float64, m int) decompose.Kind {
	switch {
	case m.options.Season == Additive:
		return func([]float64, int) decompose.Kind { return decompose.Additive }
	case m.options.Season == Multiplicative || m.standard:
		return classical
	default:
		return quieter
	}
}

// standardTheta is that of the standard methods.
const standardTheta = 2

// notation is the name of the method in the literature.
func (m Model) notation() string {
	switch {
	case m.standard:
		return "Theta"
	case m.options.Theta == standardTheta:
		return "DSTM"
	case m.options.Theta != 0:
		return "DTM"
	default:
		return "DOTM"
	}
}
