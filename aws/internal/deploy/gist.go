package deploy

import (
	"cmp"
	"slices"
	"strings"
)

// Gist is a part of what an update changes: a value, or a whole item of a list, as a
// step of a pipeline or a parameter, that comes or goes with all its fields.
type Gist struct {
	Action Action // ActionCreate: an item comes; ActionUpdate: a value; ActionDelete: an item goes
	Field  Field  // the value; of an item only the name is given
	Fields int    // of the item; 1 of a value
}

// ActionDelete is said of parts of a thing. No thing is ever deleted.
const ActionDelete Action = "delete"

// Gists returns what an update changes, what matters most first: what is said of the
// whole thing, such as a pipeline's layout, the steps that come and go, other
// items that do, and then values within what stays.
func (c Change) Gists() []Gist {
	var gists []Gist
	whole := make(map[string]int) // the gist of each item that comes or goes, by its path
	for _, item := range c.items() {
		whole[item.Field.Name] = len(gists)
		gists = append(gists, item)
	}
	for _, field := range c.Fields {
		if at, ok := within(whole, field.Name); ok {
			gists[at].Fields++
			continue
		}
		gists = append(gists, Gist{Action: ActionUpdate, Field: field, Fields: 1})
	}
	slices.SortStableFunc(gists, func(a, b Gist) int { return cmp.Compare(a.rank(), b.rank()) })
	return slices.DeleteFunc(gists, func(g Gist) bool { return g.Fields == 0 }) // it is within another
}

// items returns the items of lists that come or go. Such an item has a name, which is
// in its path too, on one side only.
func (c Change) items() []Gist {
	var items []Gist
	for _, field := range c.Fields {
		path, key := cut(field.Name)
		_, name := cut(path)
		if !slices.Contains(itemKeys(), key) || name == "" {
			continue
		}
		switch {
		case field.From == "" && field.To == name:
			items = append(items, Gist{Action: ActionCreate, Field: Field{Name: path}})
		case field.To == "" && field.From == name:
			items = append(items, Gist{Action: ActionDelete, Field: Field{Name: path}})
		}
	}
	return items
}

// cut returns a path without its last key, and that.
func cut(path string) (parent, key string) {
	at := strings.LastIndexByte(path, '.')
	if at < 0 {
		return "", path
	}
	return path[:at], path[at+1:]
}

// within returns the outermost item in which a field is.
func within(items map[string]int, path string) (int, bool) {
	for i := range len(path) {
		if path[i] != '.' {
			continue
		}
		if at, ok := items[path[:i]]; ok {
			return at, true
		}
	}
	return 0, false
}

// rank orders gists: the lower, the more they matter.
func (g Gist) rank() int {
	top, _, inner := strings.Cut(g.Field.Name, ".")
	list, _ := cut(g.Field.Name)
	_, list = cut(list)
	switch {
	case !inner || top == "Metadata": // of the thing as a whole
		return 0
	case g.Action != ActionUpdate && slices.Contains([]string{"Steps", "IfSteps", "ElseSteps"}, list):
		return 1
	case g.Action != ActionUpdate:
		return 2
	default:
		return 3
	}
}
