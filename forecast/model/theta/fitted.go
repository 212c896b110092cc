package theta

import (
	"fmt"
	"math"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/internal/decompose"
	"github.com/daybatch/daybatch/forecast/model/internal/sample"
)

// line forecasts a series without season one step ahead.
type line interface {
	// next is the forecast of the next value.
	next() float64
	// take moves on by one value.
	take(v float64)
	// clone is an independent copy.
	clone() line
	// parameters are the estimated parameters by name.
	parameters() map[string]float64
}

// season is what was taken out of a series; without factors there is none.
type season struct {
	factors []float64 // that of the first value first
	kind    decompose.Kind
}

func (s season) letter() string {
	switch {
	case len(s.factors) == 0:
		return "N"
	case s.kind == decompose.Multiplicative:
		return "M"
	default:
		return "A"
	}
}

// put returns v with the season of the given phase.
func (s season) put(v float64, phase int) float64 {
	if len(s.factors) == 0 {
		return v
	}
	if s.kind == decompose.Multiplicative {
		return v * s.factors[phase%len(s.factors)]
	}
	return v + s.factors[phase%len(s.factors)]
}

// remove returns v without the season of the given phase.
func (s season) remove(v float64, phase int) float64 {
	if len(s.factors) == 0 {
		return v
	}
	if s.kind == decompose.Multiplicative {
		return v / s.factors[phase%len(s.factors)]
	}
	return v - s.factors[phase%len(s.factors)]
}

// fitted is an estimated line with the season put on top.
type fitted struct {
	name     string
	line     line
	scale    float64 // the line and additive seasons are in this unit
	season   season
	at       int // phase of the next value
	warnings []string
}

// Predict feeds each forecast back as the next observation.
func (f *fitted) Predict(h int) []float64 {
	out := make([]float64, max(h, 0))
	ahead := f.line.clone()
	for i := range out {
		v := ahead.next()
		out[i] = sample.Clamp(f.season.put(v, f.at+i) * f.scale)
		ahead.take(v)
	}
	return out
}

// Append moves the states on; the parameters and the seasonal factors are kept.
// A missing value is replaced by its forecast, and so is one so large that it
// would take the states out of the finite numbers.
func (f *fitted) Append(y []float64) {
	for _, v := range y {
		v = f.season.remove(v/f.scale, f.at)
		if !sample.IsFinite(v) || math.Abs(v) > tooLarge {
			v = f.line.next()
		}
		f.line.take(v)
		f.at = (f.at + 1) % max(1, len(f.season.factors))
	}
}

// tooLarge is where sums of scaled values could overflow.
const tooLarge = 1e300

// Description returns the form, such as "DOTM(M)" with the kind of the season,
// and the parameters.
func (f *fitted) Description() model.Description {
	return model.Description{
		Form:       fmt.Sprintf("%s(%s)", f.name, f.season.letter()),
		Parameters: f.line.parameters(),
		Warnings:   f.warnings,
	}
}

// level is the line of a constant series.
type level struct{ value float64 }

func (l *level) next() float64                  { return l.value }
func (l *level) take(v float64)                 { l.value = v }
func (l *level) clone() line                    { return &level{value: l.value} }
func (l *level) parameters() map[string]float64 { return map[string]float64{"level": l.value} }
