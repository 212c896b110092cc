package step //nolint:testpackage // a bridge for the tests

import (
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/accuracy"
)

// Judge runs the gate over an evaluation whose forecast makes the given share
// of the baseline's error.
func Judge(criteria forecast.Gate, e *forecast.Evaluation, test accuracy.Test, ratio float64) (GateNumbers, error) {
	g := newGate(criteria, e)
	g.check(versus{wanted: criteria.Versus, test: test, ratio: ratio, known: ratio > 0})
	return g.numbers, g.verdict()
}
