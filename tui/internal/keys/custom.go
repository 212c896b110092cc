package keys

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Table is the keys of a page under its name.
type Table struct {
	Page string
	Map  Map
}

// GlobalName is the name of the keys that work on every page.
const GlobalName = "global"

// AcrossName is the name of the keys of the days when dates are columns.
const AcrossName = "days-across"

// RealisedName is the name of the keys of the metrics while these are of what came
// true.
const RealisedName = "realised"

// Tables returns the keys of all pages and dialogs, in the order in which they are
// shown.
func Tables() []Table {
	return []Table{
		{GlobalName, Global()},
		{"days", Days()},
		{AcrossName, DaysAcross()},
		{"day", Day()},
		{"logs", Logs()},
		{"metrics", MetricsPage()},
		{RealisedName, RealisedPage()},
		{"progress", Progress()},
		{"partition", Partition()},
		{"partitions", PartitionsPage()},
		{"forecast", PlotPage()},
		{"doctor", DoctorPage()},
		{"activity", ActivityPage()},
		{"pipelines", OverviewPage()},
		{"query", QueryPage()},
		{"search", SearchPage()},
		{FormName, Form()},
		{TypingName, TypingLogs()},
		{HelpName, HelpDialog()},
		{PaletteName, PaletteDialog()},
		{QuestionName, Question("do it")},
	}
}

// Rebinding gives an action other keys: on one page, or on all that have it.
type Rebinding struct {
	Page   string // as in Tables; empty: all but those where keys are text
	Action Action
	Keys   []string // none: the action has no key
	Where  string   // where it is written, for messages
}

// Custom are the keys that a person has chosen. The zero Custom is the keys as
// they are made.
type Custom []Rebinding

// On returns a page's keys as they were chosen.
func (c Custom) On(page string, m Map) Map {
	if len(c) == 0 {
		return m
	}
	var changed Map
	for _, binding := range m {
		if chosen, ok := c.of(page, binding.Action); ok && len(chosen.Keys) == 0 {
			continue
		} else if ok {
			binding.Keys, binding.Label = chosen.Keys, ""
		}
		changed = append(changed, binding)
	}
	for i := range changed {
		if !changed.bound(changed[i].Label) {
			changed[i].Label = ""
		}
	}
	return changed
}

// of returns what was chosen for an action; what names the page wins. Keys for all
// pages are for none where they would be text.
func (c Custom) of(page string, action Action) (found Rebinding, ok bool) {
	for _, r := range c {
		if r.Action == action && (r.Page == page || r.Page == "" && !ok && !Textual(page)) {
			found, ok = r, true
		}
	}
	return found, ok
}

// bound reports whether the keys that a label names do something.
func (m Map) bound(label string) bool {
	first, second, pair := strings.Cut(strings.ReplaceAll(label, " ", "/"), "/")
	return !pair || m.has(first) && m.has(second)
}

func (m Map) has(key string) bool {
	return slices.ContainsFunc(m, func(b Binding) bool { return slices.Contains(b.Keys, key) })
}

// Check returns what is wrong with the keys that were chosen: names that do not
// exist, keys that would change something by accident, and keys that two
// actions of a page share.
func (c Custom) Check() []error {
	var wrong []error
	for _, r := range c {
		if err := r.check(); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", r.Where, err))
		}
	}
	if len(wrong) > 0 {
		return wrong
	}
	global := c.On(GlobalName, Global())
	for _, table := range Tables() {
		m := c.On(table.Page, table.Map)
		if table.Page != GlobalName && !Textual(table.Page) {
			m = append(m, global.Beside(m)...)
		}
		wrong = append(wrong, c.clashes(table.Page, m)...)
	}
	return wrong
}

// clashes returns an error for each key that two actions share and that one of
// them was given by the person.
func (c Custom) clashes(page string, m Map) []error {
	var wrong []error
	first := make(map[string]Action)
	for _, binding := range m {
		for _, key := range binding.Keys {
			other, taken := first[key]
			if !taken {
				first[key] = binding.Action
				continue
			}
			where := c.origin(page, key, binding.Action, other)
			if where == "" || other == binding.Action {
				continue
			}
			wrong = append(wrong, fmt.Errorf("%s: %s is %s and %s on the page %s: give one of them another key, or [] for none",
				where, key, other, binding.Action, page))
		}
	}
	return wrong
}

// origin returns where a key was given to one of two actions.
func (c Custom) origin(page, key string, actions ...Action) string {
	for _, r := range c {
		if slices.Contains(actions, r.Action) && slices.Contains(r.Keys, key) && (r.Page == "" && !Textual(page) || r.Page == page || r.Page == GlobalName) {
			return r.Where
		}
	}
	return ""
}

func (r Rebinding) check() error {
	if r.Page != "" && !slices.ContainsFunc(Tables(), func(t Table) bool { return t.Page == r.Page }) {
		return fmt.Errorf("there is no page %q with keys; `daybatch config keys` lists them", r.Page)
	}
	found, changes := r.find()
	if r.Page != "" && Textual(r.Page) && found {
		if err := r.checkText(); err != nil {
			return err
		}
	}
	if !found {
		return fmt.Errorf("there is no action %q; `daybatch config keys` lists them", r.Action)
	}
	for _, key := range r.Keys {
		if !known(key) {
			return fmt.Errorf("%q is no key: write one character, or a name such as enter, space, pgdown, f5, ctrl+e, alt+e", key)
		}
		if changes && !deliberate(key) && (key != "enter" || !Textual(r.Page)) {
			return fmt.Errorf("%s changes what runs: give it an upper-case letter, a function key, or one with ctrl or alt, not %q", r.Action, key)
		}
		if key == "ctrl+c" {
			return fmt.Errorf("ctrl+c always quits and can't be %s", r.Action)
		}
	}
	return nil
}

// find reports whether there is the action, and whether it changes what runs.
func (r Rebinding) find() (found, changes bool) {
	for _, table := range Tables() {
		if r.Page != table.Page && (r.Page != "" || Textual(table.Page)) {
			continue
		}
		for _, binding := range table.Map {
			if binding.Action == r.Action {
				found, changes = true, changes || binding.Changes
			}
		}
	}
	return found, changes
}

// known reports whether a terminal can send a key, as Bubble Tea names it.
func known(key string) bool {
	named := []string{
		"enter", "esc", "tab", "shift+tab", "space", "backspace", "delete", "insert",
		"up", "down", "left", "right", "home", "end", "pgup", "pgdown",
	}
	for _, modifier := range []string{"ctrl+", "alt+", "shift+"} {
		if rest, ok := strings.CutPrefix(key, modifier); ok && rest != "" {
			return known(rest)
		}
	}
	if number, ok := strings.CutPrefix(key, "f"); ok && number != "" && len(number) < 3 {
		return strings.Trim(number, "0123456789") == "" && number[0] != '0'
	}
	r, size := utf8.DecodeRuneInString(key)
	return slices.Contains(named, key) || size == len(key) && size > 0 && unicode.IsPrint(r) && r != ' '
}

// deliberate reports whether a key is not hit by the way.
func deliberate(key string) bool {
	r, size := utf8.DecodeRuneInString(key)
	if size == len(key) {
		return unicode.IsUpper(r)
	}
	return strings.Contains(key, "+") && !strings.HasPrefix(key, "shift+") || len(key) > 1 && key[0] == 'f'
}
