// Package keys holds the key bindings of every page. Help, footer and routing
// read the same tables, so that what is shown is what works.
//
// Keys that change something are upper-case letters; no lower-case key changes
// anything.
package keys

import (
	"fmt"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/tui/internal/fuzzy"
)

// Action is what a key does, independent of the key.
type Action string

// Pressed is the message that tells a page to act.
type Pressed struct {
	Action Action
	// Digit is which of the keys 1 to 9 was pressed; 0 if none.
	Digit int
}

// Binding ties keys to an action.
type Binding struct {
	Action Action
	Keys   []string // as Bubble Tea names them; the first is the one shown
	Label  string   // shown instead of the first key, such as j/k
	Help   string   // what it does, for the help
	Hint   string   // a word or two for the footer; empty: not there
	// Changes says that the action leads to a change of what runs.
	Changes bool
	// Yields says, of one that works on every page, that a page may have the action or
	// the keys for itself.
	Yields bool
}

// Shown returns the key as help and footer name it.
func (b Binding) Shown() string {
	if b.Label != "" {
		return b.Label
	}
	return b.Keys[0]
}

// Map holds the bindings of a page, in the order they are shown.
type Map []Binding

// Find returns what a key press does on this page.
func (m Map) Find(press fmt.Stringer) (Pressed, bool) {
	name := press.String()
	for _, binding := range m {
		if !slices.Contains(binding.Keys, name) {
			continue
		}
		pressed := Pressed{Action: binding.Action}
		if len(name) == 1 && name[0] >= '1' && name[0] <= '9' {
			pressed.Digit = int(name[0] - '0')
		}
		return pressed, true
	}
	return Pressed{}, false
}

// ReadOnly returns the bindings that change nothing.
func (m Map) ReadOnly() Map {
	return slices.DeleteFunc(slices.Clone(m), func(b Binding) bool { return b.Changes })
}

// Beside returns the bindings of every page that work beside those of one.
func (m Map) Beside(own Map) Map {
	return slices.DeleteFunc(slices.Clone(m), func(b Binding) bool {
		return b.Yields && slices.ContainsFunc(own, func(o Binding) bool {
			return o.Action == b.Action || slices.ContainsFunc(o.Keys, func(key string) bool { return slices.Contains(b.Keys, key) })
		})
	})
}

// Changes reports whether an action leads to a change of what runs.
func (m Map) Changes(action Action) bool {
	return slices.ContainsFunc(m, func(b Binding) bool { return b.Action == action && b.Changes })
}

// Quiet returns the bindings with no hints of some actions, which would do nothing now.
func (m Map) Quiet(actions ...Action) Map {
	m = slices.Clone(m)
	for i := range m {
		if slices.Contains(actions, m[i].Action) {
			m[i].Hint = ""
		}
	}
	return m
}

// Matching returns the bindings that match what is typed, best first: by their
// keys, what they do, or the action's name.
func (m Map) Matching(typed string) Map {
	if len(strings.TrimSpace(typed)) == 1 {
		// A single character is a key more often than a word.
		if at := slices.IndexFunc(m, func(b Binding) bool { return slices.Contains(b.Keys, strings.TrimSpace(typed)) }); at >= 0 {
			return append(Map{m[at]}, fuzzy.Sort(slices.Delete(slices.Clone(m), at, at+1), typed, Binding.words)...)
		}
	}
	return fuzzy.Sort(m, typed, Binding.words)
}

// words are what a binding is found by.
func (b Binding) words() string {
	return b.Help + " " + b.Hint + " " + strings.Join(b.Keys, " ") + " " + string(b.Action)
}

// Clash returns a key that two bindings of the map share, and "" if there is
// none.
func (m Map) Clash() string {
	seen := make(map[string]bool)
	for _, binding := range m {
		for _, name := range binding.Keys {
			if seen[name] {
				return name
			}
			seen[name] = true
		}
	}
	return ""
}
