package foreign_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/aws/internal/definition"
	"github.com/daybatch/daybatch/aws/internal/foreign"
	"github.com/daybatch/daybatch/forecast"
)

const (
	failedAtTrain = "Ingest Succeeded, Train Failed, Evaluate Skipped, QualityGate Skipped, Publish Skipped, QualityFailed Skipped"
	refused       = "Ingest Succeeded, Train Succeeded, Evaluate Succeeded, QualityGate Succeeded, Publish Skipped, QualityFailed Failed"
	passed        = "Ingest Succeeded, Train Succeeded, Evaluate Succeeded, QualityGate Succeeded, Publish Succeeded, QualityFailed Skipped"
	failedAtEnd   = "Ingest Succeeded, Train Succeeded, Evaluate Succeeded, QualityGate Succeeded, Publish Failed, QualityFailed Skipped"
)

func TestChoose(t *testing.T) {
	t.Parallel()
	before := func(status forecast.Status, text string, change ...func(*foreign.Before)) foreign.Before {
		b := foreign.Before{Attempt: 2, Status: status, Steps: steps(text), Graph: graph(t), Definition: "a", Now: "a"}
		for _, c := range change {
			c(&b)
		}
		return b
	}
	redefined := func(b *foreign.Before) { b.Now = "b" }
	tests := []struct {
		name     string
		from     forecast.StartFrom
		before   foreign.Before
		way      foreign.Way
		start    forecast.StepName
		selected string
		why      string
	}{
		{"the whole date", "", before(forecast.Failed, failedAtTrain), foreign.Fresh, "Ingest", "", ""},
		{"never ran", "failed", foreign.Before{}, foreign.Fresh, "Ingest", "", "it never ran"},
		{"a job failed", "failed", before(forecast.Failed, failedAtTrain), foreign.Retry, "Train", "", ""},
		{"a job in a branch failed", "failed", before(forecast.Failed, failedAtEnd), foreign.Retry, "Publish", "", ""},
		{"the gate refused", "failed", before(forecast.Failed, refused), foreign.Selective, "Evaluate", "Evaluate QualityGate Publish QualityFailed", "SageMaker does not retry what ended in a Fail step (QualityFailed)"},
		{"redefined since", "failed", before(forecast.Failed, failedAtTrain, redefined), foreign.Selective, "Train", "Train Evaluate QualityGate Publish QualityFailed", "the definition has changed"},
		{"redefined, the branch failed", "failed", before(forecast.Failed, failedAtEnd, redefined), foreign.Selective, "QualityGate", "QualityGate Publish QualityFailed", "the definition has changed"},
		{"other parameters", "failed", before(forecast.Failed, failedAtTrain, func(b *foreign.Before) { b.Changed = "MinAuc" }), foreign.Selective, "Train", "Train Evaluate QualityGate Publish QualityFailed", "the parameter MinAuc is another now"},
		{"stopped", "failed", before(forecast.Stopped, failedAtTrain), foreign.Fresh, "Ingest", "", "a2 was stopped, and SageMaker takes nothing over from it"},
		{"gone", "failed", before(forecast.Failed, failedAtTrain, func(b *foreign.Before) { b.Expired = true }), foreign.Fresh, "Ingest", "", "SageMaker has no execution of a2"},
		{"nothing failed", "failed", before(forecast.Succeeded, passed), foreign.Fresh, "Ingest", "", "no step of a2 failed"},
		{"the first step failed, redefined", "failed", before(forecast.Failed, "Ingest Failed", redefined), foreign.Fresh, "Ingest", "", "no finished step is left to take over"},
		{"from a step", "Train", before(forecast.Succeeded, passed), foreign.Selective, "Train", "Train Evaluate QualityGate Publish QualityFailed", ""},
		{"from a step in a branch", "Publish", before(forecast.Succeeded, passed), foreign.Selective, "QualityGate", "QualityGate Publish QualityFailed", ""},
		{"from beyond what failed", "Evaluate", before(forecast.Failed, failedAtTrain), foreign.Fresh, "Ingest", "", "a2 did not finish Train, which would be taken over"},
		{"from the first step", "Ingest", before(forecast.Succeeded, passed), foreign.Fresh, "Ingest", "", "no finished step is left to take over"},
	}
	for _, tt := range tests {
		c := foreign.Choose(tt.from, tt.before, graph(t))
		if c.Way != tt.way || c.Start != tt.start || strings.Join(c.Selected, " ") != tt.selected || !strings.Contains(c.Because, tt.why) {
			t.Errorf("%s: %+v\nwant %s from %s, selected %q, because %q", tt.name, c, tt.way, tt.start, tt.selected, tt.why)
		}
		if c.Way == foreign.Selective {
			if again := foreign.Selected(graph(t), c.Reused); !slices.Equal(again, c.Selected) {
				t.Errorf("%s: selected by what is reused: %v; want %v", tt.name, again, c.Selected)
			}
		}
		if c.Way == foreign.Fresh && len(c.Reused) > 0 {
			t.Errorf("%s: a fresh execution reuses %v", tt.name, c.Reused)
		}
	}
}

// TestText: a plan says the way first.
func TestText(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]foreign.Choice{
		"retry from Train: SageMaker reopens the execution of a2, which stays attempt 2 and keeps its finished steps": {Way: foreign.Retry, Start: "Train"},
		"selective execution from Train with D=x, the rest taken over from a2":                                        {Way: foreign.Selective, Start: "Train"},
		"fresh execution of all steps with D=x, as it never ran":                                                      {Way: foreign.Fresh, Start: "Ingest", Because: "it never ran"},
	} {
		if got := c.Text(2, "D=x"); got != want {
			t.Errorf("Text of %+v = %q; want %q", c, got, want)
		}
	}
}

// TestChooseApart: two steps failed that do not hang together.
func TestChooseApart(t *testing.T) {
	t.Parallel()
	g, err := definition.Parse([]byte(`{"Steps": [{"Name": "A", "Type": "Processing"}, {"Name": "B", "Type": "Processing"},
		{"Name": "C", "Type": "Processing", "DependsOn": ["A"]}, {"Name": "D", "Type": "Processing", "DependsOn": ["B"]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	b := foreign.Before{Attempt: 1, Status: forecast.Failed, Steps: steps("A Succeeded, B Succeeded, C Failed, D Failed"), Graph: g, Definition: "a", Now: "b"}
	c := foreign.Choose(forecast.StartFailedStep, b, g)
	if c.Way != foreign.Fresh || !strings.Contains(c.Because, "do not hang together: C, D") {
		t.Errorf("choice = %+v; want a fresh execution, as C and D don't hang together", c)
	}
	b.Steps = steps("A Succeeded, B Succeeded, C Failed, D Succeeded")
	if c = foreign.Choose(forecast.StartFailedStep, b, g); c.Way != foreign.Selective || strings.Join(c.Selected, " ") != "C" {
		t.Errorf("choice = %+v; want C alone", c)
	}
}
