package day

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// TestTwigs draws what joins the steps of a pipeline, of which one is its owner's.
func TestTwigs(t *testing.T) {
	t.Parallel()
	p := &Page{env: &page.Env{Theme: theme.New(theme.Options{})}}
	var steps []forecast.Step
	for _, name := range []forecast.StepName{"Extract", "PreProc", "Train", "TrainEvaluation", "Report", "Predict", "PostProc"} {
		steps = append(steps, forecast.Step{Name: name})
	}
	all := branches(steps)
	var lines []string
	for i, b := range all {
		lines = append(lines, p.twigs(all[i:])+string(b.step.Name))
	}
	if diff := cmp.Diff([]string{
		"Extract", "└─ PreProc", "   └─ Train", "      ├─ TrainEvaluation", "      │  └─ Report", "      └─ Predict", "         └─ PostProc",
	}, lines); diff != "" {
		t.Errorf("tree (-want +got):\n%s", diff)
	}
}
