// Package ar has autoregression: a value is a linear function of those before it.
//
// The coefficients are those of Burg (Maximum Entropy Spectral Analysis, thesis,
// Stanford 1975), which are stable whatever the data, and the order is that of the
// lowest corrected Akaike criterion, up to 10 log10(n) as in R's ar. The same
// criterion says whether the values around their mean are autoregressive or their
// differences.
//
// It is for series without a season and without a trend that goes on, above all
// for what a decomposition leaves of hourly data (package mstl).
package ar

import (
	"fmt"
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/internal/decompose"
	"github.com/daybatch/daybatch/forecast/model/internal/sample"
)

// Model is autoregression. The zero value is ready to use.
type Model struct{}

// New returns the model.
func New() Model { return Model{} }

// Name returns "ar".
func (Model) Name() string { return "ar" }

const (
	// leastObservations leave the first order a degree of freedom in the criterion.
	leastObservations = 6
	// leastShare of the variance is left by any order: a perfect fit has no
	// logarithm.
	leastShare = 1e-16
)

// Fit estimates the model on y. Missing values (NaN; infinite ones count as
// missing) are interpolated; appended later they are replaced by their one-step
// forecast. A constant series is forecast by its constant. The error wraps
// [model.ErrTooShort] for fewer than six observations. The Fitted is a
// [model.Appender].
func (Model) Fit(y []float64, _ model.Context) (model.Fitted, error) {
	s := sample.Of(y)
	if s.Observed < leastObservations {
		return nil, fmt.Errorf("fit ar: %w: %d of %d observations", model.ErrTooShort, s.Observed, leastObservations)
	}
	if low, high := s.Range(); low == high {
		return &fitted{mean: low, scale: 1, warnings: []string{"all values are equal"}}, nil
	}
	scale := s.Scale()
	for t, v := range s.Values {
		s.Values[t] = v / scale
	}
	values, missing := decompose.Fill(s.Values, 1)
	mean := 0.0
	for _, v := range values {
		mean += v / float64(len(values))
	}
	around, steps := make([]float64, len(values)), make([]float64, len(values)-1)
	for t, v := range values {
		around[t] = v - mean
	}
	for t := range steps {
		steps[t] = values[t+1] - values[t]
	}
	// Both criteria are for as many values, so that they can be compared, and the
	// mean and the variance are parameters as well.
	p := burg(around, len(steps), 2)
	f := &fitted{process: p, mean: mean, scale: scale, recent: tail(around, len(p.coefficients))}
	if p := burg(steps, len(steps), 1); p.criterion < f.criterion {
		f = &fitted{process: p, differenced: true, last: values[len(values)-1], scale: scale, recent: tail(steps, len(p.coefficients))}
	}
	if missing > s.Observed {
		f.warnings = []string{fmt.Sprintf("%d of %d values are missing", missing, len(values))}
	}
	return f, nil
}

// tail returns the last n values, the newest first.
func tail(values []float64, n int) []float64 {
	out := slices.Clone(values[len(values)-n:])
	slices.Reverse(out)
	return out
}

// process is an autoregression.
type process struct {
	coefficients []float64 // that of the newest value first
	variance     float64   // of what they leave
	criterion    float64
}

// burg returns the process of the order with the lowest corrected Akaike
// criterion, for a count of values and as many parameters more than the
// order. The values stay as they are.
func burg(values []float64, count, more int) process {
	n := float64(count)
	forward, backward := slices.Clone(values), slices.Clone(values)
	variance := 0.0
	for _, v := range values {
		variance += v * v / float64(len(values))
	}
	floor := leastShare * variance
	criterion := func(order int) float64 {
		k := float64(order + more)
		return n*math.Log(max(variance, floor, math.SmallestNonzeroFloat64)) + 2*k + 2*k*(k+1)/(n-k-1)
	}
	best := process{variance: variance, criterion: criterion(0)}
	var all []float64
	for order := 1; order <= min(int(10*math.Log10(n)), count-more-2); order++ {
		var product, squares float64
		ahead, behind := forward[order:], backward[order-1:len(backward)-1]
		for t, f := range ahead {
			product += f * behind[t]
			squares += f*f + behind[t]*behind[t]
		}
		if !(squares > 0) {
			break
		}
		reflection := 2 * product / squares
		next := make([]float64, order)
		for i, c := range all {
			next[i] = c - reflection*all[len(all)-1-i]
		}
		next[order-1] = reflection
		all = next
		for t := len(forward) - 1; t >= order; t-- {
			f, b := forward[t], backward[t-1]
			forward[t], backward[t] = f-reflection*b, b-reflection*f
		}
		variance *= 1 - reflection*reflection
		if c := criterion(order); c < best.criterion {
			best = process{all, variance, c}
		}
	}
	return best
}
