package definition_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/internal/definition"
	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
)

// TestParseOwn reads the pipelines that daybatch writes.
func TestParseOwn(t *testing.T) {
	t.Parallel()
	pipelines, err := definition.Write(options(settings.LayoutSteps))
	if err != nil {
		t.Fatal(err)
	}
	ranges, steps := pipelines[0], pipelines[1]
	g := parse(t, ranges.Definition)
	if len(g.Steps) != 1 || g.Steps[0].Name != definition.StepRun {
		t.Errorf("steps of the range pipeline = %v; want Run alone", g.Steps)
	}
	if got, ok := g.Default(definition.ParameterDates); got != definition.None || !ok {
		t.Errorf("default of Dates = %q, %v; want none", got, ok)
	}
	g = parse(t, steps.Definition)
	if _, ok := g.Default(definition.ParameterDates); ok {
		t.Error("the pipeline of steps takes ranges; want not")
	}
	want := []definition.Step{
		{Name: "Extract", Type: "Processing"},
		{Name: "PreProc", Type: "Processing", After: []string{"Extract"}},
		{Name: "Train", Type: "Training", After: []string{"PreProc"}},
		{Name: "TrainEvaluation", Type: "Processing", After: []string{"PreProc", "Train"}, Reports: []definition.Report{{Name: "Metrics", Output: "evaluation", File: "metrics.json"}}},
		{Name: "Gate", Type: "Condition", After: []string{"TrainEvaluation"}, Criteria: "gate.wape <= 0.35 and gate.mase <= 1 and gate.versus_baseline <= 1"},
		{Name: "Predict", Type: "Processing", After: []string{"PreProc", "Train", "Gate"}, Condition: "Gate", Branch: definition.Then},
		{Name: "PostProc", Type: "Processing", After: []string{"Gate", "Predict"}, Condition: "Gate", Branch: definition.Then},
		{
			Name: "GateFailed", Type: "Fail", After: []string{"Gate"}, Condition: "Gate", Branch: definition.Else,
			Message: "gate not met: wape at most 0.35, mase at most 1, versus_baseline at most 1",
		},
	}
	for i := range g.Steps {
		g.Steps[i].Description = ""
	}
	if diff := cmp.Diff(want, g.Steps); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}

// TestParseForeign reads a pipeline as another team wrote it.
func TestParseForeign(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("testdata", "foreign.json"))
	if err != nil {
		t.Fatal(err)
	}
	g := parse(t, text)
	want := definition.Graph{
		Parameters: []definition.Parameter{
			{Name: "ProcessDate", Type: "String", Default: "AUTO"},
			{Name: "MinAuc", Type: "Float", Default: "0.75"},
			{Name: "Count", Type: "Integer", Default: "1"},
			{Name: "Who", Type: "String", Required: true},
		},
		Steps: []definition.Step{
			{Name: "Ingest", DisplayName: "Ingest day", Type: "Processing"},
			{Name: "Train", Type: "Training", After: []string{"Ingest"}},
			{Name: "Quality", Type: "Condition", After: []string{"Train"}, Criteria: "auc >= {MinAuc}"},
			{Name: "Register", Type: "RegisterModel", After: []string{"Train", "Quality"}, Condition: "Quality", Branch: definition.Then},
			{Name: "Bad", Type: "Fail", After: []string{"Quality"}, Condition: "Quality", Branch: definition.Else, Message: "AUC below {MinAuc}"},
			{Name: "Alarm", Type: "Lambda", After: []string{"Ingest"}},
			{Name: "Tell", Type: "Callback", After: []string{"Quality", "Alarm"}, Condition: "Quality", Branch: definition.Else},
		},
	}
	if diff := cmp.Diff(want, g); diff != "" {
		t.Errorf("graph (-want +got):\n%s", diff)
	}
	if _, ok := g.Default("Who"); ok {
		t.Error("a parameter without a default has one")
	}
	if s, ok := g.Step("Train"); !ok || s.Type != "Training" {
		t.Errorf("step Train = %+v, %v", s, ok)
	}
	if _, ok := g.Step("Nobody"); ok {
		t.Error("a step that is not there was found")
	}
}

func TestParseProblems(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "[]", "{", `{"Steps": []}`, `{"Steps": 3}`, `{}`} {
		if _, err := definition.Parse([]byte(text)); !errors.Is(err, forecast.ErrInvalid) {
			t.Errorf("Parse(%q): %v; want invalid", text, err)
		}
	}
}

// FuzzParse: no text makes Parse panic, and a step waits only for steps that
// come before it.
func FuzzParse(f *testing.F) {
	f.Add(`{"Steps":[{"Name":"A","DependsOn":["B"]},{"Name":"B","DependsOn":["A"]},{"Name":"A"}]}`)
	f.Add(`{"Steps":[{"Name":"C","Type":"Condition","Arguments":{"IfSteps":[{"Name":"D","Arguments":{"X":{"Get":"Steps.C"}}}]}}]}`)
	f.Add(`{"Steps":[{"Name":"F","Type":"Fail","Arguments":{"ErrorMessage":{"Std:Join":{"On":"-","Values":[1,{"Get":"Y"},{"a":0}]}}}}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		g, err := definition.Parse([]byte(text))
		if err != nil {
			return
		}
		if len(g.Steps) == 0 {
			t.Errorf("Parse(%q) found no steps; want an error", text)
		}
		before := map[string]bool{}
		for _, s := range g.Steps {
			for _, name := range s.After {
				if !before[name] {
					t.Errorf("Parse(%q): %q waits for %q, which comes later", text, s.Name, name)
				}
			}
			before[s.Name] = true
		}
	})
}

func parse(t *testing.T, text []byte) definition.Graph {
	t.Helper()
	g, err := definition.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return g
}
