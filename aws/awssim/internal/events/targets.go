package events

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
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

// putTargets refuses all targets for one that is wrong. The entries that its answer
// has for single ones are for too many calls at a time, which a fault can imitate.
func (s *Service) putTargets(_ context.Context, in *targetsInput) (*targetsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.rule(in.Rule)
	if err != nil {
		return nil, err
	}
	for _, t := range in.Targets {
		if err := t.check(); err != nil {
			return nil, err
		}
	}
	for _, t := range in.Targets {
		r.targets = slices.DeleteFunc(r.targets, func(old target) bool { return old.ID == t.ID })
		const most = 5
		if len(r.targets) == most {
			return nil, wire.Errorf("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
		}
		r.targets = append(r.targets, t)
	}
	return &targetsOutput{FailedEntries: []failedEntry{}}, nil
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
		return wire.Invalidf("Parameter %s is not valid. Reason: Provided Arn is not in correct format.", t.Arn)
	case ways > 1:
		return wire.Invalidf("Only one of Input, InputPath, or InputTransformer must be provided for target %s.", t.ID)
	case t.InputTransformer == nil:
		return nil
	}
	const mostPaths, longest = 100, 8192
	template := t.InputTransformer.InputTemplate
	if len(t.InputTransformer.InputPathsMap) > mostPaths || template == "" || len(template) > longest {
		return wire.Invalidf("Invalid InputTransformer for target %s.", t.ID)
	}
	for _, found := range regexp.MustCompile(`<([A-Za-z0-9._-]+)>`).FindAllStringSubmatch(template, -1) {
		if _, ok := t.InputTransformer.InputPathsMap[found[1]]; !ok && !slices.Contains(predefined(), found[1]) {
			return wire.Invalidf("InputTemplate for target %s contains invalid placeholder %s.", t.ID, found[1])
		}
	}
	if text := t.InputTransformer.fill(nil); !json.Valid([]byte(text)) && !lines(text) {
		return wire.Invalidf("Invalid InputTemplate for target %s : %s", t.ID, wire.Cut(text, 200))
	}
	return nil
}

// lines reports whether a template is that of a plain text of several lines, of
// which each stands in quotes.
func lines(text string) bool {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line != "" && (line[0] != '"' || !json.Valid([]byte(line))) {
			return false
		}
	}
	return true
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
func (t target) text(event map[string]any, r *rule, arn string) (string, error) {
	switch {
	case t.Input != "":
		return t.Input, nil
	case t.InputTransformer != nil:
		values := map[string]any{
			"aws.events.rule-arn": arn, "aws.events.rule-name": r.name, "aws.events.event.ingestion-time": event["time"],
			"aws.events.event.json": event, "aws.events.event": without(event, "detail"),
		}
		for name, path := range t.InputTransformer.InputPathsMap {
			values[name] = at(event, path)
		}
		return t.InputTransformer.fill(values), nil
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

// predefined are the names that templates may use without a path.
func predefined() []string {
	return []string{"aws.events.rule-arn", "aws.events.rule-name", "aws.events.event", "aws.events.event.json", "aws.events.event.ingestion-time"}
}

func without(event map[string]any, member string) map[string]any {
	rest := maps.Clone(event)
	delete(rest, member)
	return rest
}

// fill puts values into the template. One within quotes goes in as it is, another as
// JSON; one that the event does not have leaves nothing within quotes. The quotes of a
// plain text go to the target too.
func (x *transformer) fill(values map[string]any) string {
	var out strings.Builder
	quoted := false
	for rest := x.InputTemplate; rest != ""; {
		if name, after, ok := placeholder(rest); ok {
			out.WriteString(written(values[name], quoted))
			rest = after
			continue
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
	return out.String()
}

// placeholder returns the name of the placeholder that a text begins with.
func placeholder(text string) (name, after string, ok bool) {
	found := regexp.MustCompile(`^<([A-Za-z0-9._-]+)>`).FindStringSubmatch(text)
	if found == nil {
		return "", "", false
	}
	return found[1], text[len(found[0]):], true
}

func written(value any, quoted bool) string { //nolint:revive // where a value stands decides its form
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
