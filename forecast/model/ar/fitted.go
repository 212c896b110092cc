package ar

import (
	"fmt"
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/internal/sample"
)

// fitted is an autoregression with the values that the next one follows from.
type fitted struct {
	process

	recent      []float64 // as many values around the mean, or steps; newest first
	differenced bool
	mean        float64 // 0 if differenced
	last        float64 // the newest value, if differenced
	scale       float64 // all is in this unit
	warnings    []string
}

// next is the forecast of the next value around the mean, or step.
func (f *fitted) next() float64 {
	sum := 0.0
	for i, c := range f.coefficients {
		sum += c * f.recent[i]
	}
	return sum
}

// value is that of a value around the mean, or step.
func (f *fitted) value(x float64) float64 { return f.last + f.mean + x }

// take moves on by a value around the mean, or step.
func (f *fitted) take(x float64) {
	if f.differenced {
		f.last += x
	}
	if n := len(f.recent); n > 0 {
		copy(f.recent[1:], f.recent[:n-1])
		f.recent[0] = x
	}
}

// Predict feeds each forecast back as the next observation.
func (f *fitted) Predict(h int) []float64 {
	out := make([]float64, max(h, 0))
	ahead := *f
	ahead.recent = slices.Clone(f.recent)
	for i := range out {
		x := ahead.next()
		out[i] = sample.Clamp(ahead.value(x) * f.scale)
		ahead.take(x)
	}
	return out
}

// Variance returns the variance of the errors of the next h forecasts, were the
// coefficients true (Brockwell & Davis, Time Series: Theory and Methods, 1991, section
// 5.2).
func (f *fitted) Variance(h int) []float64 {
	weights := make([]float64, max(h, 0)) // of the error so many periods before
	out := make([]float64, max(h, 0))
	sum, total := 0.0, 0.0
	for i := range out {
		if i == 0 {
			weights[0] = 1
		}
		for k, c := range f.coefficients[:min(i, len(f.coefficients))] {
			weights[i] += c * weights[i-1-k]
		}
		weight := weights[i]
		if total += weight; f.differenced {
			weight = total
		}
		sum += weight * weight
		out[i] = sample.Clamp(f.variance * sum * f.scale * f.scale)
	}
	return out
}

// tooLarge is where sums of scaled values could overflow.
const tooLarge = 1e300

// Append moves on with the coefficients kept. A missing value is taken as its
// forecast, and so is one that would take the sums out of the finite numbers.
func (f *fitted) Append(y []float64) {
	for _, v := range y {
		x := v/f.scale - f.value(0)
		if !sample.IsFinite(x) || math.Abs(x) > tooLarge {
			x = f.next()
		}
		f.take(x)
	}
}

// Description returns the form, "AR(3)" or for differences "AR(3,1)", the
// coefficients and the criterion.
func (f *fitted) Description() model.Description {
	d := model.Description{Form: fmt.Sprintf("AR(%d)", len(f.coefficients)), Parameters: make(map[string]float64), Criterion: f.criterion, Warnings: f.warnings}
	if f.differenced {
		d.Form = fmt.Sprintf("AR(%d,1)", len(f.coefficients))
	}
	for i, c := range f.coefficients {
		d.Parameters[fmt.Sprintf("phi_%d", i+1)] = c
	}
	return d
}
