package forecast

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Changes returns what differs in another definition, a line for each value, by
// the names that it has in JSON: "gate.wape 0.35 -> 0.4". Of a text of several
// lines it is how many were added and removed. Nil: nothing differs.
func (d Definition) Changes(to Definition) ([]string, error) {
	then, err := flat(d)
	if err != nil {
		return nil, err
	}
	now, err := flat(to)
	if err != nil {
		return nil, err
	}
	names := make(map[string]bool, len(then))
	for name := range then {
		names[name] = true
	}
	for name := range now {
		names[name] = true
	}
	var changes []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if then[name] != now[name] {
			changes = append(changes, change(name, then[name], now[name]))
		}
	}
	return changes, nil
}

// flat returns the values of a definition by name, lists as one value.
func flat(d Definition) (map[string]string, error) {
	text, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("compare definitions: %w", err)
	}
	var tree map[string]any
	if err := json.Unmarshal(text, &tree); err != nil {
		return nil, fmt.Errorf("compare definitions: %w", err)
	}
	values := make(map[string]string)
	flatten(values, "", tree)
	return values, nil
}

func flatten(values map[string]string, name string, value any) {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			flatten(values, strings.TrimPrefix(name+"."+key, "."), inner)
		}
	case []any:
		words := make([]string, len(value))
		for i, one := range value {
			words[i] = fmt.Sprint(one)
		}
		values[name] = strings.Join(words, " ")
	case nil:
	default:
		values[name] = fmt.Sprint(value)
	}
}

// change says how a value differs.
func change(name, then, now string) string {
	if !strings.Contains(strings.TrimSpace(then)+strings.TrimSpace(now), "\n") {
		return fmt.Sprintf("%s %s -> %s", name, named(then), named(now))
	}
	added, removed := lines(now, then), lines(then, now)
	if added+removed == 0 {
		return name + ": the same lines in another order"
	}
	return fmt.Sprintf("%s: %d lines added, %d removed", name, added, removed)
}

// lines counts the lines of a text that another lacks, each as often as it is
// there more.
func lines(text, other string) int {
	counts := make(map[string]int)
	for line := range strings.Lines(other) {
		counts[strings.TrimSpace(line)]++
	}
	n := 0
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); counts[line] > 0 {
			counts[line]--
			continue
		}
		n++
	}
	return n
}

func named(value string) string {
	if value == "" {
		return "none"
	}
	return value
}
