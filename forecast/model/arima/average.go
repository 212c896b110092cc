package arima

import (
	"fmt"
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/internal/sample"
)

// leastWeight is the smallest weight, relative to the best order's, with which one
// takes part: 1 to 20 is the evidence that is usually called strong (Royall, Statistical
// Evidence, 1997). It bounds the work; what lies below it moves no forecast visibly.
const leastWeight = 0.05

// Average is the orders that the criterion hardly tells apart, their forecasts averaged
// with the weights of Akaike: exp(-d/2), where d is how much a criterion is above the
// lowest (Burnham & Anderson, Model Selection and Multimodel Inference, 2002, section
// 2.9; for forecasts Kolassa, IJF 27, 2011). They have the same differences, because
// criteria of others don't compare. It is an appender, so it is not safe for concurrent
// use.
type Average struct {
	members []*Fitted // the best first
	weights []float64 // sum to 1
}

// average returns the average of orders that were estimated on the same series, at
// least one.
func average(members []*Fitted) *Average {
	slices.SortStableFunc(members, func(a, b *Fitted) int {
		switch {
		case a.relative < b.relative:
			return -1
		case a.relative > b.relative:
			return 1
		}
		return 0
	})
	a := &Average{members: members[:1], weights: []float64{1}}
	sum := 1.0
	for _, f := range members[1:] {
		weight := math.Exp((members[0].relative - f.relative) / 2)
		if !(weight >= leastWeight) { // also where neither has a criterion
			break
		}
		a.members, a.weights = append(a.members, f), append(a.weights, weight)
		sum += weight
	}
	for i := range a.weights {
		a.weights[i] /= sum
	}
	return a
}

// Predict returns the point forecasts of the next h periods.
func (a *Average) Predict(h int) []float64 {
	out := make([]float64, max(h, 0))
	for k, f := range a.members {
		for i, v := range f.Predict(h) {
			out[i] = sample.Clamp(out[i] + float64(a.weights[k]*v))
		}
	}
	return out
}

// Variance returns the variances of the forecasts of the next h periods, given the
// parameters: those of the orders, and of the forecasts among them.
func (a *Average) Variance(h int) []float64 {
	mean, out := a.Predict(h), make([]float64, max(h, 0))
	for k, f := range a.members {
		path := f.Predict(h)
		for i, v := range f.Variance(h) {
			apart := path[i] - mean[i]
			out[i] = sample.Clamp(out[i] + a.weights[k]*sample.Clamp(v+apart*apart))
		}
	}
	return out
}

// Append advances the states of all by y with the parameters kept.
func (a *Average) Append(y []float64) {
	for _, f := range a.members {
		f.Append(y)
	}
}

// Description is that of the best order, with how many others there are in its form:
// "ARIMA(0,1,1)(0,1,1)[12] and 2 near it".
func (a *Average) Description() model.Description {
	d := a.members[0].Description()
	if more := len(a.members) - 1; more > 0 {
		d.Form += fmt.Sprintf(" and %d near it", more)
	}
	return d
}
