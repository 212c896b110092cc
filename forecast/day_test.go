package forecast_test

import (
	"testing"

	"github.com/daybatch/daybatch/forecast"
)

// TestEvaluated shows beside an attempt only what it was judged by.
func TestEvaluated(t *testing.T) {
	t.Parallel()
	tests := []struct {
		step forecast.Step
		want bool
	}{
		{forecast.Step{Name: forecast.TrainEvaluation, Status: forecast.StepSucceeded}, true},
		{forecast.Step{Name: forecast.TrainEvaluation, Status: forecast.StepReused}, true},
		{forecast.Step{Name: forecast.TrainEvaluation, Status: forecast.StepFailed, Reason: forecast.Reason{Class: forecast.ReasonGate}}, true},
		{forecast.Step{Name: forecast.TrainEvaluation, Status: forecast.StepFailed, Reason: forecast.Reason{Class: forecast.ReasonStep}}, false},
		{forecast.Step{Name: forecast.TrainEvaluation, Status: forecast.StepSkipped}, false},
		{forecast.Step{Name: forecast.TrainEvaluation, Status: forecast.StepExecuting}, false},
		{forecast.Step{Name: forecast.Train, Status: forecast.StepStopped}, false},
		{forecast.Step{Name: "Evaluate", Status: forecast.StepSucceeded, Measures: true}, true},
		{forecast.Step{Name: "Evaluate", Status: forecast.StepSucceeded}, false},
	}
	for _, tt := range tests {
		day := forecast.Day{Steps: []forecast.Step{tt.step}, Metrics: forecast.Measures{"wape": 0.2}}
		if got := day.Evaluated() != nil; got != tt.want {
			t.Errorf("%s %s: metrics shown = %t; want %t", tt.step.Name, tt.step.Status, got, tt.want)
		}
	}
}
