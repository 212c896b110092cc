package record

import (
	"slices"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/step"
)

// Progress is how far a run is with a date: the job that carries it out rewrites
// it at each change, and nobody else. It is naming.ProgressKey.
type Progress struct {
	Date    calendar.Date  `json:"date"`
	Run     string         `json:"run"` // last part of the execution's ARN
	Attempt int            `json:"attempt"`
	Fence   int64          `json:"fence"`
	Steps   []ProgressStep `json:"steps"` // in the order they run
	// Metrics are what the gate saw.
	Metrics forecast.Measures `json:"metrics,omitempty"`
	Updated time.Time         `json:"updated"`
}

// ProgressStep is a step and what it made.
type ProgressStep struct {
	forecast.Step

	// Run is the run below which the outputs are: another one's if the step was
	// taken over.
	Run string `json:"run,omitempty"`
	// Prefix is what the outputs are below.
	Prefix  string `json:"prefix,omitempty"`
	Outputs []File `json:"outputs,omitempty"`
	// Archived says that they are a model of a Training job besides, which SageMaker
	// gives to later steps.
	Archived bool `json:"archived,omitempty"`
	// Fingerprint is that of what the step was made of.
	Fingerprint string `json:"fingerprint,omitempty"`
}

// File is a file of a step's output.
type File = step.File

// Step returns the step with a name, and false if there is none.
func (p Progress) Step(name forecast.StepName) (ProgressStep, bool) {
	i := slices.IndexFunc(p.Steps, func(s ProgressStep) bool { return s.Name == name })
	if i < 0 {
		return ProgressStep{}, false
	}
	return p.Steps[i], true
}
