package forecast_test

import (
	"testing"

	"github.com/daybatch/daybatch/forecast"
)

// TestWithoutLog says of steps that have no log what there is of them.
func TestWithoutLog(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		step forecast.Step
		want string
	}{
		{forecast.Step{Name: "Train", Status: forecast.StepFailed}, ""},
		{
			forecast.Step{Name: "Gate", Unlogged: "Condition", Status: forecast.StepSucceeded, Reason: forecast.Reason{Text: "it came out true"}},
			"Gate is a step of the kind Condition, which has no log: Succeeded, it came out true",
		},
		{
			forecast.Step{Name: "Bad", Unlogged: "Fail", Status: forecast.StepFailed, Reason: forecast.Reason{Text: "AUC is below 0.75"}},
			"Bad is a step of the kind Fail, which has no log: Failed, AUC is below 0.75",
		},
		{forecast.Step{Name: "Bad", Unlogged: "Fail", Status: forecast.StepSkipped}, "Bad is a step of the kind Fail, which has no log: it was not reached"},
		{forecast.Step{Name: "Ask", Unlogged: "Callback", Status: forecast.StepWaiting}, "Ask is a step of the kind Callback, which has no log: it has not begun"},
		{forecast.Step{Name: "Ask", Unlogged: "Callback", Status: forecast.StepExecuting}, "Ask is a step of the kind Callback, which has no log: Executing"},
	} {
		if got := tt.step.WithoutLog(); got != tt.want {
			t.Errorf("WithoutLog(%+v) = %q; want %q", tt.step, got, tt.want)
		}
	}
}
