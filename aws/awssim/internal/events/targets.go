package events

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

type targetsInput struct {
	Rule      string
	Targets   []target
	IDs       []string `json:"Ids"`
	NextToken *string
	Limit     int
}

type failedEntry struct {
	TargetID     string `json:"TargetId"`
	ErrorCode    string
	ErrorMessage string
}

type targetsOutput struct {
	FailedEntryCount int
	FailedEntries    []failedEntry
}

// putTargets answers 200 also for targets that it refuses: the count says so.
func (s *Service) putTargets(_ context.Context, in *targetsInput) (*targetsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.rule(in.Rule)
	if err != nil {
		return nil, err
	}
	out := &targetsOutput{FailedEntries: []failedEntry{}}
	for _, t := range in.Targets {
		if err := t.check(); err != nil {
			out.FailedEntries = append(out.FailedEntries, failedEntry{TargetID: t.ID, ErrorCode: "ValidationException", ErrorMessage: err.Error()})
			continue
		}
		r.targets = slices.DeleteFunc(r.targets, func(old target) bool { return old.ID == t.ID })
		const most = 5
		if len(r.targets) == most {
			return nil, wire.Errorf("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
		}
		r.targets = append(r.targets, t)
	}
	out.FailedEntryCount = len(out.FailedEntries)
	return out, nil
}

func (t target) check() error {
	ways := 0
	for _, given := range []bool{t.Input != "", t.InputPath != "", t.InputTransformer != nil} {
		if given {
			ways++
		}
	}
	switch {
	case !strings.HasPrefix(t.Arn, "arn:"):
		return fmt.Errorf("parameter %s is not valid", t.Arn)
	case ways > 1:
		return fmt.Errorf("only one of Input, InputPath, or InputTransformer must be provided for target %s", t.ID)
	case t.InputTransformer == nil:
		return nil
	}
	const mostPaths, longest = 100, 8192
	template := t.InputTransformer.InputTemplate
	if len(t.InputTransformer.InputPathsMap) > mostPaths || template == "" || len(template) > longest {
		return fmt.Errorf("invalid InputTransformer for target %s", t.ID)
	}
	_, err := t.InputTransformer.apply(map[string]any{}, "")
	return err
}

type listTargetsOutput struct {
	Targets   []target
	NextToken *string `json:",omitempty"`
}

func (s *Service) listTargets(_ context.Context, in *targetsInput) (*listTargetsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.rule(in.Rule)
	if err != nil {
		return nil, err
	}
	page, err := wire.Paginate(s.pager, r.targets, func(t target) string { return t.ID }, in.Limit, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &listTargetsOutput{Targets: append([]target{}, page.Items...), NextToken: page.Next}, nil
}

func (s *Service) removeTargets(_ context.Context, in *targetsInput) (*targetsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.rule(in.Rule)
	if err != nil {
		return nil, err
	}
	r.targets = slices.DeleteFunc(r.targets, func(t target) bool { return slices.Contains(in.IDs, t.ID) })
	return &targetsOutput{FailedEntries: []failedEntry{}}, nil
}

// text is what a target gets of an event.
func (t target) text(event map[string]any, ruleARN string) (string, error) {
	switch {
	case t.Input != "":
		return t.Input, nil
	case t.InputTransformer != nil:
		return t.InputTransformer.apply(event, ruleARN)
	default:
		value := any(event)
		if t.InputPath != "" {
			value = at(event, t.InputPath)
		}
		text, err := json.Marshal(value)
		return string(text), err
	}
}

// at follows a path like $.detail.pipelineArn; what is not there is nil.
func at(v any, path string) any {
	for _, name := range strings.FieldsFunc(strings.TrimPrefix(path, "$"), func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		switch inner := v.(type) {
		case map[string]any:
			v = inner[strings.Trim(name, `'"`)]
		case []any:
			var i int
			if _, err := fmt.Sscanf(name, "%d", &i); err != nil || i < 0 || i >= len(inner) {
				return nil
			}
			v = inner[i]
		default:
			return nil
		}
	}
	return v
}

// apply fills the template. A value in a quoted text goes in as it is, one
// outside as JSON. A template that is no JSON is refused.
func (x *transformer) apply(event map[string]any, ruleARN string) (string, error) {
	values := map[string]any{"aws.events.rule-arn": ruleARN, "aws.events.event": event, "aws.events.event.json": event}
	for name, path := range x.InputPathsMap {
		values[name] = at(event, path)
	}
	var out strings.Builder
	quoted := false
	for rest := x.InputTemplate; rest != ""; {
		if name, after, ok := placeholder(rest); ok {
			if value, known := values[name]; known {
				out.WriteString(fill(value, quoted))
				rest = after
				continue
			}
		}
		if rest[0] == '\\' && len(rest) > 1 {
			out.WriteString(rest[:2])
			rest = rest[2:]
			continue
		}
		if rest[0] == '"' {
			quoted = !quoted
		}
		out.WriteByte(rest[0])
		rest = rest[1:]
	}
	if !json.Valid([]byte(out.String())) {
		return "", fmt.Errorf("the InputTemplate makes no valid JSON: %s", wire.Cut(out.String(), 200))
	}
	return out.String(), nil
}

func placeholder(text string) (name, after string, ok bool) {
	if !strings.HasPrefix(text, "<") {
		return "", "", false
	}
	return strings.Cut(text[1:], ">")
}

func fill(value any, quoted bool) string { //nolint:revive // where a value stands decides its form
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	if !quoted {
		return string(text)
	}
	switch value.(type) {
	case nil:
		return ""
	case string:
		return string(text[1 : len(text)-1])
	default:
		escaped, err := json.Marshal(string(text))
		if err != nil {
			return ""
		}
		return string(escaped[1 : len(escaped)-1])
	}
}
