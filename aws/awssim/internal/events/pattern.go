package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

// parsePattern reads an event pattern and checks its form: objects with arrays
// as leaves.
func parsePattern(text string) (map[string]any, error) {
	const longest = 4096
	if len(text) > longest {
		return nil, fmt.Errorf("it is longer than %d", longest)
	}
	var p map[string]any
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return nil, err
	}
	if len(p) == 0 {
		return nil, errors.New("it is empty")
	}
	return p, checkPattern(p)
}

func checkPattern(p map[string]any) error {
	for name, v := range p {
		switch v := v.(type) {
		case map[string]any:
			if len(v) == 0 {
				return fmt.Errorf("%q is empty", name)
			}
			if err := checkPattern(v); err != nil {
				return err
			}
		case []any:
			if len(v) == 0 {
				return fmt.Errorf("%q has no values", name)
			}
		default:
			return fmt.Errorf("%q must be an object or an array", name)
		}
	}
	return nil
}

// matches says whether an event has all that a pattern names.
func matches(pattern, event map[string]any) bool {
	for name, wanted := range pattern {
		value, there := event[name]
		switch wanted := wanted.(type) {
		case map[string]any:
			inner, ok := value.(map[string]any)
			if !ok || !matches(wanted, inner) {
				return false
			}
		case []any:
			if !anyMatches(wanted, value, there) {
				return false
			}
		}
	}
	return true
}

// anyMatches compares a value, or any element of it, with the alternatives.
func anyMatches(wanted []any, value any, there bool) bool {
	values := []any{value}
	if list, ok := value.([]any); ok {
		values = list
	}
	return slices.ContainsFunc(wanted, func(w any) bool {
		if test, ok := w.(map[string]any); ok {
			if exists, ok := test["exists"].(bool); ok {
				return exists == there
			}
			return there && slices.ContainsFunc(values, func(v any) bool { return holds(test, v) })
		}
		return there && slices.ContainsFunc(values, func(v any) bool { return reflect.DeepEqual(w, v) })
	})
}

// holds is one of the comparisons beside equality.
func holds(test map[string]any, value any) bool {
	text, isText := value.(string)
	for kind, operand := range test {
		word, _ := operand.(string)
		switch kind {
		case "prefix":
			return isText && strings.HasPrefix(text, word)
		case "suffix":
			return isText && strings.HasSuffix(text, word)
		case "equals-ignore-case":
			return isText && strings.EqualFold(text, word)
		case "anything-but":
			return butThese(operand, value)
		case "numeric":
			return numeric(operand, value)
		}
	}
	return false
}

func butThese(operand, value any) bool {
	switch operand := operand.(type) {
	case []any:
		return !slices.ContainsFunc(operand, func(x any) bool { return reflect.DeepEqual(x, value) })
	case map[string]any:
		return !holds(operand, value)
	default:
		return !reflect.DeepEqual(operand, value)
	}
}

// numeric compares with pairs of a sign and a number: [">", 0, "<=", 5].
func numeric(operand, value any) bool {
	n, ok := value.(float64)
	pairs, isList := operand.([]any)
	if !ok || !isList || len(pairs)%2 != 0 {
		return false
	}
	for i := 0; i < len(pairs); i += 2 {
		limit, _ := pairs[i+1].(float64)
		within := map[any]bool{"=": n == limit, "<": n < limit, "<=": n <= limit, ">": n > limit, ">=": n >= limit}[pairs[i]]
		if !within {
			return false
		}
	}
	return true
}

type testInput struct {
	EventPattern, Event string
}

type testOutput struct {
	Result bool
}

func (s *Service) testPattern(_ context.Context, in *testInput) (*testOutput, error) {
	p, err := parsePattern(in.EventPattern)
	if err != nil {
		return nil, wire.Errorf("InvalidEventPatternException", "Event pattern is not valid. Reason: %v", err)
	}
	var event map[string]any
	if err := json.Unmarshal([]byte(in.Event), &event); err != nil {
		return nil, wire.Invalidf("Parameter Event is not valid. Reason: %v", err)
	}
	return &testOutput{Result: matches(p, event)}, nil
}

type putEventsInput struct {
	Entries []struct {
		Source, DetailType, Detail string
		Resources                  []string
	}
}

type putEventsEntry struct {
	EventID      string `json:"EventId,omitempty"`
	ErrorCode    string `json:",omitempty"`
	ErrorMessage string `json:",omitempty"`
}

type putEventsOutput struct {
	FailedEntryCount int
	Entries          []putEventsEntry
}

func (s *Service) putEvents(_ context.Context, in *putEventsInput) (*putEventsOutput, error) {
	out := &putEventsOutput{Entries: []putEventsEntry{}}
	for _, e := range in.Entries {
		var detail map[string]any
		entry := putEventsEntry{}
		switch err := json.Unmarshal([]byte(e.Detail), &detail); {
		case strings.HasPrefix(e.Source, "aws."):
			entry.ErrorCode, entry.ErrorMessage = "NotAuthorizedForSourceException", "Not authorized for the source."
		case err != nil:
			entry.ErrorCode, entry.ErrorMessage = "MalformedDetail", "Detail is malformed."
		default:
			s.Put(e.Source, e.DetailType, e.Resources, detail)
			entry.EventID = "00000000-0000-4000-8000-000000000000"
		}
		if entry.ErrorCode != "" {
			out.FailedEntryCount++
		}
		out.Entries = append(out.Entries, entry)
	}
	return out, nil
}
