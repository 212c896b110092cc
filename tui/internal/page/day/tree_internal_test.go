package day

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
)

// TestBranches puts each step below the last that it needs, with those that follow
// below the same one marked, and all others that it needs named.
func TestBranches(t *testing.T) {
	t.Parallel()
	steps := make([]forecast.Step, 0, 7)
	for _, name := range append(forecast.StepNames(), "Own") {
		steps = append(steps, forecast.Step{Name: name})
	}
	type place struct {
		name  forecast.StepName
		above []bool
		also  []forecast.StepName
	}
	var got []place
	for _, b := range branches(steps) {
		got = append(got, place{b.step.Name, b.above, b.also})
	}
	want := []place{
		{forecast.Extract, nil, nil},
		{forecast.PreProc, []bool{false}, nil},
		{forecast.Train, []bool{false, false}, nil},
		{forecast.TrainEvaluation, []bool{false, false, true}, []forecast.StepName{forecast.PreProc}},
		{forecast.Predict, []bool{false, false, false}, []forecast.StepName{forecast.PreProc}},
		{forecast.PostProc, []bool{false, false, false, false}, nil},
		{"Own", []bool{false, false, false, false, false}, nil},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(place{})); diff != "" {
		t.Errorf("branches differ (-want +got):\n%s", diff)
	}
}
