// Package naive has the methods without a parameter to search for: the last value,
// the last season, the mean, the drift, and the last value seasonally adjusted.
// They are the baselines that every other model has to beat, and what a forecast
// falls back to (Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 3rd
// edition, 2021, section 5.2).
//
// A missing value is NaN; an infinite one counts as missing. All methods
// return an error wrapping [model.ErrTooShort] if there is nothing to repeat.
package naive

import (
	"fmt"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/internal/sample"
)

// New returns the method "naive": every forecast is the newest observation.
func New() model.Model { return last{} }

type last struct{}

func (last) Name() string { return "naive" }

func (last) Fit(y []float64, _ model.Context) (model.Fitted, error) {
	s := sample.Of(y)
	if s.Observed == 0 {
		return nil, fmt.Errorf("fit naive: %w: no observation", model.ErrTooShort)
	}
	f := &lastFit{}
	f.Append(s.Values)
	return f, nil
}

type lastFit struct{ level float64 }

func (f *lastFit) Predict(h int) []float64 { return constant(f.level, h) }

func (f *lastFit) Append(y []float64) {
	for _, v := range y {
		if sample.IsFinite(v) {
			f.level = v
		}
	}
}

func (f *lastFit) Description() model.Description {
	return model.Description{Form: "naive", Parameters: map[string]float64{"level": f.level}}
}

// NewMean returns the method "mean": every forecast is the mean of all
// observations.
func NewMean() model.Model { return average{} }

type average struct{}

func (average) Name() string { return "mean" }

func (average) Fit(y []float64, _ model.Context) (model.Fitted, error) {
	s := sample.Of(y)
	if s.Observed == 0 {
		return nil, fmt.Errorf("fit mean: %w: no observation", model.ErrTooShort)
	}
	f := &averageFit{}
	f.Append(s.Values)
	return f, nil
}

type averageFit struct {
	mean  float64
	count float64
}

func (f *averageFit) Predict(h int) []float64 { return constant(f.mean, h) }

// Append updates the running mean. Both terms are divided before they are
// subtracted, because the difference of two values may not be representable.
func (f *averageFit) Append(y []float64) {
	for _, v := range y {
		if !sample.IsFinite(v) {
			continue
		}
		f.count++
		f.mean = sample.Clamp(f.mean + (v/f.count - f.mean/f.count))
	}
}

func (f *averageFit) Description() model.Description {
	return model.Description{Form: "mean", Parameters: map[string]float64{"mean": f.mean}}
}

// NewDrift returns the method "drift": the line through the first and the
// newest observation, continued. It needs two observations.
func NewDrift() model.Model { return drift{} }

type drift struct{}

func (drift) Name() string { return "drift" }

func (drift) Fit(y []float64, _ model.Context) (model.Fitted, error) {
	s := sample.Of(y)
	if s.Observed < 2 {
		return nil, fmt.Errorf("fit drift: %w: %d of 2 observations", model.ErrTooShort, s.Observed)
	}
	f := &driftFit{first: s.Values[0], level: s.Values[0]}
	f.Append(s.Values[1:])
	return f, nil
}

type driftFit struct {
	first, level float64
	at           int // periods from the first observation to the newest
	end          int // periods from the first observation to the end
}

func (f *driftFit) slope() float64 {
	span := float64(f.at)
	return f.level/span - f.first/span
}

func (f *driftFit) Predict(h int) []float64 {
	slope := f.slope()
	gap := f.end - f.at
	out := make([]float64, max(h, 0))
	for i := range out {
		out[i] = sample.Clamp(f.level + sample.Clamp(slope*float64(gap+i+1)))
	}
	return out
}

func (f *driftFit) Append(y []float64) {
	for _, v := range y {
		f.end++
		if sample.IsFinite(v) {
			f.level, f.at = v, f.end
		}
	}
}

func (f *driftFit) Description() model.Description {
	return model.Description{Form: "drift", Parameters: map[string]float64{"level": f.level, "slope": f.slope()}}
}

func constant(v float64, h int) []float64 {
	out := make([]float64, max(h, 0))
	for i := range out {
		out[i] = v
	}
	return out
}
