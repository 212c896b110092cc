package deploy

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// differences returns the fields in which two texts of JSON differ. A text that
// is no JSON counts as one field.
func differences(name, got, want string) []Field {
	from, to := flatten(name, got), flatten(name, want)
	var fields []Field
	for _, key := range slices.Sorted(maps.Keys(union(from, to))) {
		if from[key] != to[key] {
			fields = append(fields, Field{Name: key, From: from[key], To: to[key]})
		}
	}
	return fields
}

// difference returns the field if its two values differ.
func difference(name, got, want string) []Field {
	if got == want {
		return nil
	}
	return []Field{{Name: name, From: got, To: want}}
}

func union(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// flatten returns the values of a document by their paths.
func flatten(name, text string) map[string]string {
	flat := map[string]string{}
	var tree any
	if text == "" {
		return flat
	}
	if err := json.Unmarshal([]byte(text), &tree); err != nil {
		flat[name] = text
		return flat
	}
	spread(flat, name, tree)
	return flat
}

func spread(flat map[string]string, path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for key, item := range v {
			spread(flat, join(path, key), item)
		}
	case []any:
		for i, item := range v {
			spread(flat, join(path, label(i, item)), item)
		}
	default:
		flat[path] = fmt.Sprint(v)
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// itemKeys are the keys under which items of lists have their names.
func itemKeys() []string { return []string{"Name", "InputName", "OutputName", "Sid"} }

// label names an item of a list: by its name, if it has one, so that an item
// that was put in does not change all behind it.
func label(i int, item any) string {
	if object, ok := item.(map[string]any); ok {
		for _, key := range itemKeys() {
			if name, ok := object[key].(string); ok {
				return name
			}
		}
	}
	return strconv.Itoa(i)
}
