// Package definition reads pipeline definitions, the JSON that SageMaker
// Pipelines runs: which steps there are, what they wait for, and what the
// expressions in their arguments mean.
package definition

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Definition is a parsed and checked pipeline definition.
type Definition struct {
	Parameters []Parameter
	Nodes      []*Node // every step, those of a Condition's branches included, as written
}

// Parameter is a parameter of the pipeline.
type Parameter struct {
	Name         string
	Type         string // String, Integer, Float, Boolean
	DefaultValue any
}

// Node is a step in the graph.
type Node struct {
	Name          string
	Type          string
	DisplayName   string
	Description   string
	Arguments     any
	DependsOn     []string
	RetryPolicies []RetryPolicy
	PropertyFiles []PropertyFile

	Parent string   // the Condition whose branch the step is in
	Branch string   // "True" or "False"
	Needs  []string // all that must have succeeded, the parent included

	Conditions []any // of a Condition
}

// RetryPolicy says which failures of the infrastructure are tried again.
type RetryPolicy struct {
	ExceptionType   []string
	IntervalSeconds float64
	BackoffRate     float64
	MaxAttempts     int
	ExpireAfterMin  float64
}

// PropertyFile is a JSON file in an output of a Processing step.
type PropertyFile struct {
	PropertyFileName, OutputName, FilePath string
}

type document struct {
	Version    string
	Parameters []Parameter
	Steps      []step
}

type step struct {
	Name          string
	Type          string
	DisplayName   string
	Description   string
	Arguments     json.RawMessage
	DependsOn     []string
	RetryPolicies []RetryPolicy
	PropertyFiles []PropertyFile
}

type branches struct {
	Conditions json.RawMessage
	IfSteps    []step
	ElseSteps  []step
}

// Parse reads a definition and checks its graph.
func Parse(text string) (*Definition, error) {
	var doc document
	if err := decode([]byte(text), &doc); err != nil {
		return nil, fmt.Errorf("the definition is not valid JSON: %w", err)
	}
	if doc.Version != "2020-12-01" {
		return nil, fmt.Errorf("unsupported version %q", doc.Version)
	}
	if len(doc.Steps) == 0 {
		return nil, errors.New("the pipeline has no steps")
	}
	d := &Definition{Parameters: doc.Parameters}
	for _, s := range doc.Steps {
		if err := d.add(s, "", ""); err != nil {
			return nil, err
		}
	}
	return d, d.check()
}

// add flattens a step and, if it is a Condition, the steps of its branches.
func (d *Definition) add(s step, parent, branch string) error {
	n := &Node{
		Name: s.Name, Type: s.Type, DisplayName: s.DisplayName, Description: s.Description,
		DependsOn: s.DependsOn, RetryPolicies: s.RetryPolicies, PropertyFiles: s.PropertyFiles, Parent: parent, Branch: branch,
	}
	d.Nodes = append(d.Nodes, n)
	if s.Type != "Condition" {
		return d.arguments(n, s)
	}
	if parent != "" {
		return fmt.Errorf("step %s: a Condition can't be inside another", s.Name)
	}
	var b branches
	if err := decode(s.Arguments, &b); err != nil {
		return fmt.Errorf("step %s: %w", s.Name, err)
	}
	if err := decode(b.Conditions, &n.Conditions); err != nil {
		return fmt.Errorf("step %s: conditions: %w", s.Name, err)
	}
	for _, inner := range b.IfSteps {
		if err := d.add(inner, s.Name, "True"); err != nil {
			return err
		}
	}
	for _, inner := range b.ElseSteps {
		if err := d.add(inner, s.Name, "False"); err != nil {
			return err
		}
	}
	return nil
}

func (d *Definition) arguments(n *Node, s step) error {
	if len(s.Arguments) == 0 {
		return nil
	}
	if err := decode(s.Arguments, &n.Arguments); err != nil {
		return fmt.Errorf("step %s: arguments: %w", s.Name, err)
	}
	return nil
}

// Node finds a step by its name.
func (d *Definition) Node(name string) *Node {
	for _, n := range d.Nodes {
		if n.Name == name {
			return n
		}
	}
	return nil
}

func (d *Definition) check() error {
	seen := map[string]bool{}
	for _, n := range d.Nodes {
		if seen[n.Name] {
			return fmt.Errorf("step name %q is not unique", n.Name)
		}
		seen[n.Name] = true
		if n.Name == "" || len(n.Name) > 64 || n.Type == "" {
			return fmt.Errorf("step %q needs a name of 1 to 64 characters and a type", n.Name)
		}
		if err := n.checkRetries(); err != nil {
			return fmt.Errorf("step %s: %w", n.Name, err)
		}
	}
	for _, n := range d.Nodes {
		if err := d.link(n); err != nil {
			return fmt.Errorf("step %s: %w", n.Name, err)
		}
	}
	return d.acyclic()
}

func (n *Node) checkRetries() error {
	if len(n.RetryPolicies) > 0 && (n.Type == "Condition" || n.Type == "Fail") {
		return fmt.Errorf("a %s step has no retry policy", n.Type)
	}
	for _, p := range n.RetryPolicies {
		if p.MaxAttempts > 0 && p.ExpireAfterMin > 0 {
			return errors.New("a retry policy has MaxAttempts or ExpireAfterMin, not both")
		}
		if p.MaxAttempts > 20 || p.ExpireAfterMin > 14400 || p.IntervalSeconds > 43200 {
			return errors.New("a retry policy is beyond its limits")
		}
	}
	return nil
}

// link finds what a step waits for, and whether it all exists.
func (d *Definition) link(n *Node) error {
	refs := references(n.Arguments)
	refs = append(refs, references(n.Conditions)...)
	needs := slices.Clone(n.DependsOn)
	for _, ref := range refs {
		kind, rest, _ := strings.Cut(ref, ".")
		name, _, _ := strings.Cut(rest, ".")
		switch kind {
		case "Parameters":
			if !slices.ContainsFunc(d.Parameters, func(p Parameter) bool { return p.Name == name }) {
				return fmt.Errorf("unknown parameter in %q", ref)
			}
		case "Steps":
			needs = append(needs, name)
		case "Execution":
		default:
			return fmt.Errorf("unknown reference %q", ref)
		}
	}
	if n.Parent != "" {
		needs = append(needs, n.Parent)
	}
	for _, name := range needs {
		other := d.Node(name)
		switch {
		case other == nil:
			return fmt.Errorf("unknown step %q", name)
		case other.Type == "Fail":
			return fmt.Errorf("no step may depend on the Fail step %q", name)
		case !slices.Contains(n.Needs, name):
			n.Needs = append(n.Needs, name)
		}
	}
	return nil
}

func (d *Definition) acyclic() error {
	state := map[string]int{} // 1: on the path, 2: done
	var visit func(n *Node) error
	visit = func(n *Node) error {
		switch state[n.Name] {
		case 1:
			return fmt.Errorf("step %s is part of a cycle", n.Name)
		case 2:
			return nil
		}
		state[n.Name] = 1
		for _, need := range n.Needs {
			if err := visit(d.Node(need)); err != nil {
				return err
			}
		}
		state[n.Name] = 2
		return nil
	}
	for _, n := range d.Nodes {
		if err := visit(n); err != nil {
			return err
		}
	}
	return nil
}

// Upstream are the steps that a step waits for, directly or not.
func (d *Definition) Upstream(name string) map[string]bool {
	out := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		for _, need := range d.Node(name).Needs {
			if !out[need] {
				out[need] = true
				visit(need)
			}
		}
	}
	visit(name)
	return out
}

// references are the targets of all Gets in a value.
func references(v any) []string {
	var out []string
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["Get"].(string); ok && len(v) == 1 {
			return []string{ref}
		}
		for _, inner := range v {
			out = append(out, references(inner)...)
		}
	case []any:
		for _, inner := range v {
			out = append(out, references(inner)...)
		}
	}
	slices.Sort(out)
	return out
}

func decode(text []byte, v any) error {
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber() // 1.0 stays 1.0
	return d.Decode(v)
}
