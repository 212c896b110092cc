package definition

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/forecast"
)

// Graph is what there is to know about a pipeline to show its executions: which
// steps there are, in which order, and what parameters say by default. An
// execution lists neither.
type Graph struct {
	Parameters []Parameter
	// Steps are all steps, those in the branches of Conditions included, each
	// behind those that it waits for, and else as they are written.
	Steps []Step
}

// Parameter is a parameter of a pipeline.
type Parameter struct {
	Name     string
	Type     string // String, Integer, Float or Boolean
	Default  string // as a text
	Required bool   // there is no default
}

// Step is a step of a pipeline, of any type.
type Step struct {
	Name        string
	DisplayName string
	Description string
	Type        string   // Processing, Training, Condition, Fail, ...
	After       []string // the steps that it waits for, in the order of Graph.Steps
	Condition   string   // the Condition in whose branch it is; empty: none
	Branch      Branch
	Message     string // of a Fail step; what only a run knows is shown as {Name}
	Criteria    string // of a Condition, likewise: auc.value >= {MinAuc}
	Reports     []Report
}

// Report is a property file: JSON in an output of a Processing step, which
// Conditions read.
type Report struct {
	Name   string `json:"PropertyFileName"`
	Output string `json:"OutputName"`
	File   string `json:"FilePath"` // below the output
}

// Judges reports whether a step ends the execution because something else did not
// meet criteria: it is a Fail step in the branch of a Condition.
func (s Step) Judges() bool { return s.Type == typeFail && s.Condition != "" }

// Decides reports whether a step is a Condition.
func (s Step) Decides() bool { return s.Type == typeCondition }

// Unlogged returns the step's type if steps of that have no job whose log can be read;
// else it is empty.
func (s Step) Unlogged() string {
	switch s.Type {
	case "Processing", "Training", "Transform", "Tuning", "QualityCheck", "ClarifyCheck":
		return ""
	default:
		return s.Type
	}
}

// Fails reports whether a step does nothing but end the execution.
func (s Step) Fails() bool { return s.Type == typeFail }

// Branch is a branch of a Condition.
type Branch string

// Branches.
const (
	Always Branch = ""     // of no Condition
	Then   Branch = "then" // taken if the Condition holds
	Else   Branch = "else"
)

// Step returns a step by its name.
func (g Graph) Step(name string) (Step, bool) {
	i := slices.IndexFunc(g.Steps, func(s Step) bool { return s.Name == name })
	if i < 0 {
		return Step{}, false
	}
	return g.Steps[i], true
}

// Default returns what a parameter says if nobody says otherwise.
func (g Graph) Default(name string) (string, bool) {
	for _, p := range g.Parameters {
		if p.Name == name {
			return p.Default, !p.Required
		}
	}
	return "", false
}

// Parse reads a definition: daybatch's own or another team's. What it doesn't
// know it passes over; a text that is no definition wraps [forecast.ErrInvalid].
func Parse(text []byte) (Graph, error) {
	var written struct {
		Parameters []struct {
			Name         string
			Type         string
			DefaultValue any
		}
		Steps []rawStep
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber() // 1.0 stays 1.0
	if err := decoder.Decode(&written); err != nil {
		return Graph{}, fmt.Errorf("read pipeline definition: %w: %s", forecast.ErrInvalid, err.Error())
	}
	var g Graph
	for _, p := range written.Parameters {
		parameter := Parameter{Name: p.Name, Type: p.Type, Required: p.DefaultValue == nil}
		if !parameter.Required {
			parameter.Default = fmt.Sprint(p.DefaultValue)
		}
		g.Parameters = append(g.Parameters, parameter)
	}
	f := flattener{after: map[string]map[string]bool{}}
	f.add(written.Steps, "", Always)
	if len(f.steps) == 0 {
		return Graph{}, fmt.Errorf("read pipeline definition: %w: it has no steps", forecast.ErrInvalid)
	}
	g.Steps = f.sorted()
	return g, nil
}

// rawStep is a step as it is written.
type rawStep struct {
	Name        string
	DisplayName string
	Description string
	Type        string
	DependsOn   []string
	Arguments   map[string]any

	PropertyFiles []Report
}

// flattener collects steps and their edges.
type flattener struct {
	steps []Step
	after map[string]map[string]bool // by step, the names that it refers to
}

func (f *flattener) add(steps []rawStep, condition string, branch Branch) {
	for _, s := range steps {
		flat := Step{
			Name: s.Name, DisplayName: s.DisplayName, Description: s.Description, Type: s.Type, Condition: condition, Branch: branch,
			Reports: s.PropertyFiles,
		}
		names := map[string]bool{}
		for _, name := range append(s.DependsOn, condition) {
			names[name] = true
		}
		for key, argument := range s.Arguments {
			if key != "IfSteps" && key != "ElseSteps" {
				references(argument, func(path string) { names[stepIn(path)] = true })
			}
		}
		if s.Type == typeCondition {
			flat.Criteria = criteria(s.Arguments["Conditions"])
		}
		if s.Type == typeFail {
			flat.Message = words(s.Arguments["ErrorMessage"])
		}
		f.steps = append(f.steps, flat)
		f.after[s.Name] = names
		f.add(branchOf(s, "IfSteps"), s.Name, Then)
		f.add(branchOf(s, "ElseSteps"), s.Name, Else)
	}
}

// branchOf returns the steps of a Condition's branch.
func branchOf(s rawStep, key string) []rawStep {
	text, err := json.Marshal(s.Arguments[key])
	if err != nil {
		return nil
	}
	var steps []rawStep
	if json.Unmarshal(text, &steps) != nil {
		return nil // something else of that name
	}
	return steps
}

// references calls found with every path that a value refers to.
func references(v any, found func(path string)) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			references(item, found)
		}
	case map[string]any:
		if path, ok := v["Get"].(string); ok {
			found(path)
		}
		for _, item := range v {
			references(item, found)
		}
	}
}

// stepIn returns the step that a path begins with: Steps.Train.ModelArtifacts.
func stepIn(path string) string {
	rest, ok := strings.CutPrefix(path, "Steps.")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, ".")
	return name
}

// words returns a value as people read it.
func words(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case map[string]any:
		return compound(v)
	default:
		return fmt.Sprint(v)
	}
}

func compound(v map[string]any) string {
	if path, ok := v["Get"].(string); ok {
		return "{" + path[strings.LastIndexByte(path, '.')+1:] + "}"
	}
	joined, ok := v["Std:Join"].(map[string]any)
	if !ok {
		return "{" + strings.Join(slices.Sorted(maps.Keys(v)), ", ") + "}"
	}
	var parts []string
	values, _ := joined["Values"].([]any)
	for _, part := range values {
		parts = append(parts, words(part))
	}
	return strings.Join(parts, words(joined["On"]))
}

// sorted puts each step behind those that it waits for, and keeps the order as
// written where there is a choice.
func (f *flattener) sorted() []Step {
	known := map[string]bool{}
	for _, s := range f.steps {
		known[s.Name] = true
	}
	placed := map[string]bool{}
	ready := func(s Step) bool {
		for name := range f.after[s.Name] {
			if known[name] && !placed[name] && name != s.Name {
				return false
			}
		}
		return true
	}
	rest := slices.Clone(f.steps)
	sorted := make([]Step, 0, len(rest))
	for len(rest) > 0 {
		// A circle is none that SageMaker takes; whoever wrote it still sees it.
		i := max(0, slices.IndexFunc(rest, ready))
		s := rest[i]
		for _, before := range sorted {
			if f.after[s.Name][before.Name] {
				s.After = append(s.After, before.Name)
			}
		}
		sorted, placed[s.Name] = append(sorted, s), true
		rest = slices.Delete(rest, i, i+1)
	}
	return sorted
}
