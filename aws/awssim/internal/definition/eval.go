package definition

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Scope answers the references of expressions.
type Scope interface {
	// Parameter is the value of a parameter, of its type.
	Parameter(name string) (any, error)
	// Execution is a property of the execution: PipelineExecutionId, ...
	Execution(name string) (any, error)
	// Step is a property of a step that has ended.
	Step(name, path string) (any, error)
	// PropertyFile is the content of a property file of a step.
	PropertyFile(step, file string) (any, error)
}

// Eval replaces the expressions in a value by what they mean.
func Eval(v any, scope Scope) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 1 {
			if out, ok, err := expression(v, scope); ok || err != nil {
				return out, err
			}
		}
		out := make(map[string]any, len(v))
		for key, inner := range v {
			value, err := Eval(inner, scope)
			if err != nil {
				return nil, err
			}
			out[key] = value
		}
		return out, nil
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			value, err := Eval(inner, scope)
			if err != nil {
				return nil, err
			}
			out[i] = value
		}
		return out, nil
	default:
		return v, nil
	}
}

func expression(v map[string]any, scope Scope) (out any, ok bool, err error) {
	if ref, found := v["Get"].(string); found {
		out, err = get(ref, scope)
		return out, true, err
	}
	if join, found := v["Std:Join"].(map[string]any); found {
		out, err = joined(join, scope)
		return out, true, err
	}
	if from, found := v["Std:JsonGet"].(map[string]any); found {
		out, err = jsonGet(from, scope)
		return out, true, err
	}
	return nil, false, nil
}

func get(ref string, scope Scope) (any, error) {
	kind, rest, _ := strings.Cut(ref, ".")
	switch kind {
	case "Parameters":
		return scope.Parameter(rest)
	case "Execution":
		return scope.Execution(rest)
	case "Steps":
		name, path, _ := strings.Cut(rest, ".")
		return scope.Step(name, path)
	default:
		return nil, fmt.Errorf("unknown reference %q", ref)
	}
}

func joined(join map[string]any, scope Scope) (any, error) {
	on, _ := join["On"].(string)
	values, ok := join["Values"].([]any)
	if !ok {
		return nil, errors.New("Std:Join without Values")
	}
	parts := make([]string, len(values))
	for i, value := range values {
		part, err := Eval(value, scope)
		if err != nil {
			return nil, err
		}
		parts[i] = Text(part)
	}
	return strings.Join(parts, on), nil
}

func jsonGet(from map[string]any, scope Scope) (any, error) {
	ref, ok := from["PropertyFile"].(map[string]any)
	path, _ := from["Path"].(string)
	target, _ := ref["Get"].(string)
	parts := strings.Split(target, ".")
	if !ok || len(parts) != 4 || parts[0] != "Steps" || parts[2] != "PropertyFiles" {
		return nil, errors.New("Std:JsonGet needs a property file")
	}
	content, err := scope.PropertyFile(parts[1], parts[3])
	if err != nil {
		return nil, err
	}
	return Lookup(content, path)
}

// Lookup follows a path of names and indices: a.b['c'][0]. In a list of
// objects a name in brackets picks the one of that name, as in Outputs['rows'].
func Lookup(v any, path string) (any, error) {
	for _, part := range segments(path) {
		next, ok := member(v, part)
		if !ok {
			return nil, fmt.Errorf("nothing at %q in path %q", part, path)
		}
		v = next
	}
	return v, nil
}

func segments(path string) []string {
	path = strings.NewReplacer("[", ".", "]", "", "'", "", `"`, "").Replace(path)
	return strings.FieldsFunc(path, func(r rune) bool { return r == '.' })
}

func member(v any, name string) (any, bool) {
	switch v := v.(type) {
	case map[string]any:
		inner, ok := v[name]
		return inner, ok
	case []any:
		if i, err := strconv.Atoi(name); err == nil {
			if i < 0 || i >= len(v) {
				return nil, false
			}
			return v[i], true
		}
		for _, item := range v {
			object, _ := item.(map[string]any)
			for _, key := range []string{"OutputName", "InputName", "ChannelName", "MetricName", "Name"} {
				if object[key] == name {
					return object, true
				}
			}
		}
	}
	return nil, false
}

// Text writes a value as Std:Join does.
func Text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case float64:
		text := strconv.FormatFloat(v, 'f', -1, 64)
		if !strings.Contains(text, ".") {
			text += ".0"
		}
		return text
	default:
		return fmt.Sprint(v)
	}
}
