package definition

import (
	"cmp"
	"strings"
)

// criteria returns what a Condition asks, as people read it; empty if it is of a form
// that is not known. All must hold.
func criteria(conditions any) string {
	all, ok := conditions.([]any)
	if !ok {
		return ""
	}
	return connected(all, " and ")
}

func connected(conditions []any, between string) string {
	texts := make([]string, len(conditions))
	for i, condition := range conditions {
		c, ok := condition.(map[string]any)
		if texts[i] = criterion(c); !ok || texts[i] == "" {
			return ""
		}
	}
	return strings.Join(texts, between)
}

// criterion returns one condition: "auc.value >= {MinAuc}".
func criterion(c map[string]any) string {
	kind, _ := c["Type"].(string)
	sign := map[string]string{
		"Equals": "=", "GreaterThan": ">", "GreaterThanOrEqualTo": ">=", "LessThan": "<", "LessThanOrEqualTo": "<=",
	}[kind]
	switch {
	case sign != "":
		return operand(c["LeftValue"]) + " " + sign + " " + operand(c["RightValue"])
	case kind == "In":
		values, _ := c["Values"].([]any)
		texts := make([]string, len(values))
		for i, value := range values {
			texts[i] = operand(value)
		}
		return operand(c["QueryValue"]) + " in " + strings.Join(texts, ", ")
	case kind == "Not":
		inner, _ := c["Expression"].(map[string]any)
		if inner == nil {
			inner, _ = c["Condition"].(map[string]any)
		}
		if text := criterion(inner); text != "" {
			return "not (" + text + ")"
		}
	case kind == "Or":
		conditions, _ := c["Conditions"].([]any)
		if text := connected(conditions, " or "); text != "" {
			return "(" + text + ")"
		}
	}
	return ""
}

// operand returns a value of a condition: of one in a file its path there.
func operand(v any) string {
	if object, ok := v.(map[string]any); ok {
		if get, ok := object["Std:JsonGet"].(map[string]any); ok {
			return cmp.Or(words(get["Path"]), words(v))
		}
	}
	return words(v)
}
