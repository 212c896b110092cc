package definition

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Holds says whether all conditions of a Condition step are met.
func (n *Node) Holds(scope Scope) (bool, error) {
	for _, c := range n.Conditions {
		ok, err := holds(c, scope)
		if err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

func holds(v any, scope Scope) (bool, error) {
	c, ok := v.(map[string]any)
	if !ok {
		return false, errors.New("a condition is an object")
	}
	kind, _ := c["Type"].(string)
	switch kind {
	case "Not":
		inner, err := holds(c["Condition"], scope)
		return !inner && err == nil, err
	case "Or":
		return anyHolds(c["Conditions"], scope)
	case "In":
		return in(c, scope)
	default:
		return compare(kind, c, scope)
	}
}

func anyHolds(v any, scope Scope) (bool, error) {
	list, _ := v.([]any)
	for _, inner := range list {
		ok, err := holds(inner, scope)
		if err != nil || ok {
			return ok, err
		}
	}
	return false, nil
}

func in(c map[string]any, scope Scope) (bool, error) {
	query, err := Eval(c["QueryValue"], scope)
	if err != nil {
		return false, err
	}
	values, _ := c["Values"].([]any)
	for _, v := range values {
		value, err := Eval(v, scope)
		if err != nil {
			return false, err
		}
		if equal(query, value) {
			return true, nil
		}
	}
	return false, nil
}

func compare(kind string, c map[string]any, scope Scope) (bool, error) {
	left, err := Eval(c["LeftValue"], scope)
	if err != nil {
		return false, err
	}
	right, err := Eval(c["RightValue"], scope)
	if err != nil {
		return false, err
	}
	if kind == "Equals" {
		return equal(left, right), nil
	}
	a, okA := Number(left)
	b, okB := Number(right)
	if !okA || !okB {
		return false, fmt.Errorf("%s compares numbers, not %v and %v", kind, left, right)
	}
	switch kind {
	case "GreaterThan":
		return a > b, nil
	case "GreaterThanOrEqualTo":
		return a >= b, nil
	case "LessThan":
		return a < b, nil
	case "LessThanOrEqualTo":
		return a <= b, nil
	default:
		return false, fmt.Errorf("unknown condition %q", kind)
	}
}

func equal(a, b any) bool {
	x, okA := Number(a)
	y, okB := Number(b)
	if okA && okB {
		return x == y
	}
	return okA == okB && fmt.Sprint(a) == fmt.Sprint(b)
}

// Number is the numeric value of a JSON number or a parameter of such a type.
func Number(v any) (float64, bool) {
	switch v := v.(type) {
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	case float64:
		return v, true
	case int64:
		return float64(v), true
	default:
		return 0, false
	}
}
