package naive

import (
	"fmt"
	"slices"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/internal/decompose"
	"github.com/daybatch/daybatch/forecast/model/internal/sample"
)

// leastFactor is the smallest seasonal factor by which a value may be divided.
const leastFactor = .01

// NewAdjusted returns the method "naive2", the yardstick of the M4 competition
// (Makridakis, Spiliotis & Assimakopoulos, Int. J. Forecasting 36, 2020): the
// newest value without its season, with the season of each period ahead. The
// season is that of the classical multiplicative decomposition where the
// competition's test finds one; else the method is naive. A season that comes
// near zero, by which nothing can be divided, counts as none.
func NewAdjusted() model.Model { return adjusted{} }

type adjusted struct{}

func (adjusted) Name() string { return "naive2" }

func (adjusted) Fit(y []float64, c model.Context) (model.Fitted, error) {
	s := sample.Of(y)
	if s.Observed == 0 {
		return nil, fmt.Errorf("fit naive2: %w: no observation", model.ErrTooShort)
	}
	scale := s.Scale()
	f := &adjustedFit{scale: scale}
	scaled := make([]float64, len(s.Values))
	for t, v := range s.Values {
		scaled[t] = v / scale
	}
	values, _ := decompose.Fill(scaled, c.Period)
	f.level = values[len(values)-1]
	if !decompose.Seasonal(values, c.Period) {
		return f, nil
	}
	factors := decompose.Classical(values, c.Period, decompose.Multiplicative)
	if factors == nil || slices.Min(factors) < leastFactor {
		return f, nil
	}
	next := len(values) % c.Period
	f.level /= factors[(len(values)-1)%c.Period]
	f.factors = slices.Concat(factors[next:], factors[:next])
	return f, nil
}

// adjustedFit is a level without season, in units of scale, and the factors of
// the periods ahead.
type adjustedFit struct {
	level, scale float64
	factors      []float64 // nil: no season
}

func (f *adjustedFit) Predict(h int) []float64 {
	out := constant(f.level, h)
	for i := range out {
		if len(f.factors) > 0 {
			out[i] *= f.factors[i%len(f.factors)]
		}
		out[i] = sample.Clamp(out[i] * f.scale)
	}
	return out
}

func (f *adjustedFit) Description() model.Description {
	form := "naive"
	if len(f.factors) > 0 {
		form = "naive, seasonally adjusted"
	}
	return model.Description{Form: form, Parameters: map[string]float64{"level": sample.Clamp(f.level * f.scale)}}
}
