package sagemaker

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

type selectiveConfig struct {
	SourcePipelineExecutionArn string `json:",omitempty"`
	SelectedSteps              []selectedStep
}

type selectedStep struct {
	StepName string
}

// chooseSteps checks a selective execution and takes over from the source what
// the selected steps read.
func (s *Service) chooseSteps(e *execution, c *selectiveConfig) error {
	if c == nil {
		return nil
	}
	if n := len(c.SelectedSteps); n < 1 || n > 50 {
		return wire.Invalidf("SelectedSteps must have 1 to 50 members.")
	}
	e.selective, e.selected = c, map[string]bool{}
	for _, selected := range c.SelectedSteps {
		n := e.def.Node(selected.StepName)
		if n == nil {
			return wire.Invalidf("Selected step '%s' is not a step of the pipeline.", selected.StepName)
		}
		if n.Parent != "" && s.o.Quirks().NoBranchSelection {
			return wire.Invalidf("Selected step '%s' is inside a Condition step.", selected.StepName)
		}
		e.selected[selected.StepName] = true
	}
	if err := e.checkConnected(); err != nil {
		return err
	}
	needed := e.unselectedNeeds()
	if c.SourcePipelineExecutionArn == "" {
		if len(needed) == 0 {
			return nil
		}
		return wire.Invalidf("Invalid SourcePipelineExecutionArn: null. The selected steps [%s] have dependencies on [%s]",
			strings.Join(names(e.selected), ", "), strings.Join(needed, ", "))
	}
	return s.reuse(e, c.SourcePipelineExecutionArn, needed)
}

// checkConnected refuses a selection that falls apart or leaves a step out on
// a path between two of its steps.
func (e *execution) checkConnected() error {
	for a := range e.selected {
		for b := range e.def.Upstream(a) {
			if c := firstOf(e.def.Upstream(b), e.selected); c != "" && !e.selected[b] {
				return wire.Invalidf("The selected steps must include '%s', which is on a path from '%s' to '%s'.", b, c, a)
			}
		}
	}
	start := names(e.selected)[0]
	reached := map[string]bool{start: true}
	for grown := true; grown; {
		grown = false
		for name := range e.selected {
			for _, need := range e.def.Node(name).Needs {
				if e.selected[need] && reached[name] != reached[need] {
					reached[name], reached[need], grown = true, true, true
				}
			}
		}
	}
	if len(reached) != len(e.selected) {
		return wire.Invalidf("The selected steps [%s] must be connected.", strings.Join(names(e.selected), ", "))
	}
	return nil
}

// firstOf is a name that is in both sets, or nothing.
func firstOf(a, b map[string]bool) string {
	for _, name := range names(a) {
		if b[name] {
			return name
		}
	}
	return ""
}

// unselectedNeeds are the steps outside the selection that a step in it reads
// or waits for.
func (e *execution) unselectedNeeds() []string {
	var out []string
	for name := range e.selected {
		for _, need := range e.def.Node(name).Needs {
			if !e.selected[need] && !slices.Contains(out, need) {
				out = append(out, need)
			}
		}
	}
	sort.Strings(out)
	return out
}

func (s *Service) reuse(e *execution, arn string, needed []string) error {
	source, err := s.findExecution(arn)
	if err != nil {
		return err
	}
	if source.pipeline != e.pipeline {
		return wire.Invalidf("The source execution '%s' is of another pipeline.", arn)
	}
	if source.status != failed && source.status != succeeded {
		return wire.Invalidf("The source execution must be Failed or Succeeded, not %s.", source.status)
	}
	for _, name := range needed {
		old := source.steps[name]
		if old == nil || old.status != succeeded {
			return wire.Invalidf("Step '%s' did not succeed in the source execution '%s'.", name, arn)
		}
		e.steps[name] = &step{
			node: e.def.Node(name), status: succeeded, began: old.began, ended: old.ended, visible: s.now(), attempts: old.attempts,
			outcome: old.outcome, job: old.job, properties: old.properties, reusedFrom: fmt.Sprintf("%s/execution/%s", s.arn("pipeline/"+e.pipeline.name), source.id),
		}
	}
	return nil
}

func names(set map[string]bool) []string {
	out := make([]string, 0, len(set))
	for name := range set {
		out = append(out, name)
	}
	sort.Strings(out)
	return out
}
