package yearly

import (
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/model"
)

// RidgeOf returns what tells one regression from another.
func RidgeOf(f model.Fitted) any {
	switch f := f.(type) {
	case *regressed:
		return f.ridge
	case *adjusted:
		return f.ridge
	}
	return nil
}

// Ranked is the value at index k of the sorted values.
func Ranked(values []float64, k int) float64 { return ranked(values, k) }

// NormalEquations returns the normal equations of the logarithms of y with the
// given weights, from the moments and from the rows of regressors one by one: the
// matrix, its lower half by rows, and behind it the right side.
func NormalEquations(y, weights []float64, start calendar.Date, m int) (moments, rows []float64) {
	r := &ridge{start: start, n: len(y), phases: make([]float64, m), columns: m + trends + waves}
	days, logs := r.observe(y, len(y))
	known, eq, plain := newMoments(m), newEquations(r.columns), newEquations(r.columns)
	for i := range days {
		known.add(&days[i], logs[i], 1)
		known.add(&days[i], logs[i], weights[i]-1)
		row := make([]float64, r.columns)
		row[i%m] = 1
		for j := range trends {
			row[m+j] = max(0, r.at(i)-knot(j))
		}
		copy(row[m+trends:], days[i].waves[:])
		for p := range row {
			plain.right[p] += weights[i] * row[p] * logs[i]
			for q := range p + 1 {
				plain.matrix[p*plain.k+q] += weights[i] * row[p] * row[q]
			}
		}
	}
	known.write(eq, func(int) float64 { return 0 })
	return append(eq.matrix, eq.right...), append(plain.matrix, plain.right...)
}

// Part is a part of a year.
type Part = part

// NewPart returns the part of a mean with the variance of its noise.
func NewPart(mean, noise float64) Part { return part{mean: mean, noise: noise} }

// Reliability is which share of a year's curve is a season.
func Reliability(history []Part) float64 { return reliability(history) }
