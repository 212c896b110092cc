package keys

import (
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"
)

// Names of the tables of dialogs, and of what is typed: there a key is text unless
// it stands in the table, and those that work on every page do not.
const (
	FormName     = "form"    // of a plan
	TypingName   = "typing"  // of a search or filter
	HelpName     = "help"    // the keys of a page
	PaletteName  = "palette" // commands
	QuestionName = "confirm" // a question before something is done
)

// Textual reports whether keys are text in a table.
func Textual(table string) bool {
	return slices.Contains([]string{FormName, TypingName, HelpName, PaletteName, QuestionName}, table)
}

// Form returns the bindings of a plan's form. Left and right turn choices; while a
// text is typed they move in it. No answer of the form but the name of a pipeline has
// a letter, so that one can be a key.
func Form() Map {
	return Map{
		{Action: NextField, Keys: []string{"tab", "down"}, Label: "tab", Help: "next field", Hint: "next field"},
		{Action: LastField, Keys: []string{"shift+tab", "up"}, Help: "previous field"},
		{Action: Left, Keys: []string{"left"}, Label: "left/right", Help: "previous choice (right: next)", Hint: "choose"},
		{Action: Right, Keys: []string{"right", "space"}, Help: "next choice"},
		{Action: Confirm, Keys: []string{"enter"}, Help: "do what the plan says", Hint: "start", Changes: true},
		{Action: Save, Keys: []string{"s", "ctrl+o"}, Help: "save the plan for later: :plan opens it again (ctrl+o while a name is typed)", Hint: "save"},
		{Action: Back, Keys: []string{"esc"}, Help: "leave everything as it is", Hint: "back"},
		{Action: PageDown, Keys: []string{"pgdown", "ctrl+f"}, Help: "further rows of the plan"},
		{Action: PageUp, Keys: []string{"pgup", "ctrl+b"}, Help: "earlier rows of the plan"},
		{Action: Export, Keys: []string{"ctrl+s"}, Help: "write the rows that are shown to a file (:export FILE names it)"},
	}
}

// Typing returns the bindings while the text of a search or filter is typed.
func Typing() Map {
	return Map{
		{Action: Confirm, Keys: []string{"enter"}, Help: "keep what was typed", Hint: "keeps it"},
		{Action: Back, Keys: []string{"esc"}, Help: "take away what was typed", Hint: "drops it"},
	}
}

// TypingLogs returns the bindings while the text of a search or filter of a log is
// typed.
func TypingLogs() Map {
	return append(Typing(), Binding{Action: Regex, Keys: []string{"ctrl+r"}, Help: "in a log: by regular expression, or by text", Hint: "regex"})
}

// TypingSearch returns the bindings while the text of a search over days is typed,
// which begins with enter.
func TypingSearch() Map {
	m := TypingLogs()
	for i := range m {
		switch m[i].Action {
		case Confirm:
			m[i].Help, m[i].Hint = "search for it", "searches"
		case Back:
			m[i].Help, m[i].Hint = "leave what was searched for", "back"
		default:
		}
	}
	return m
}

// choices are the bindings of a dialog that lists what matches what is typed.
func choices(confirm, back []string, down, up string) Map {
	return Map{
		{Action: Confirm, Keys: confirm, Help: "run what is chosen", Hint: "runs it"},
		{Action: Back, Keys: back, Help: "close it", Hint: "back"},
		{Action: Down, Keys: []string{"down", down}, Help: "one down"},
		{Action: Up, Keys: []string{"up", up}, Help: "one up"},
		{Action: PageDown, Keys: []string{"pgdown"}, Help: "a page down"},
		{Action: PageUp, Keys: []string{"pgup"}, Help: "a page up"},
	}
}

// HelpDialog returns the bindings of the dialog of keys.
func HelpDialog() Map {
	return choices([]string{"enter"}, []string{"esc", "f1"}, "ctrl+n", "ctrl+p")
}

// PaletteDialog returns the bindings of the dialog of commands.
func PaletteDialog() Map {
	m := choices([]string{"enter"}, []string{"esc", "ctrl+p"}, "ctrl+n", "ctrl+k")
	return append(m, Binding{Action: Complete, Keys: []string{"tab"}, Help: "complete what is typed"})
}

// Question returns the bindings of a dialog whose confirmation does what yes says.
func Question(yes string) Map {
	return Map{
		{Action: Confirm, Keys: []string{"enter"}, Help: yes, Hint: yes},
		{Action: Back, Keys: []string{"esc"}, Help: "leave it as it is", Hint: "back"},
	}
}

// Key returns a key of an action as it is shown; empty if it has none.
func (m Map) Key(action Action) string {
	for _, binding := range m {
		if binding.Action == action {
			return binding.Shown()
		}
	}
	return ""
}

// checkText returns what is wrong with keys that are chosen for a table where keys
// are text.
func (r Rebinding) checkText() error {
	if len(r.Keys) == 0 && (r.Action == Confirm || r.Action == Back) {
		return errors.New(string(r.Action) + " needs a key there: nothing else leads on")
	}
	for _, key := range r.Keys {
		special := r.Page == FormName && (r.Action == Left || r.Action == Right || r.Action == Save)
		switch {
		case special: // it is no text on a choice, and no date or number has a letter
		case utf8.RuneCountInString(key) == 1 || key == "space":
			return fmt.Errorf("%q is text there: take a key with ctrl or alt, a function key, or one that has a name", key)
		case slices.Contains(Editing(), key):
			return fmt.Errorf("%s edits text there and can't be %s", key, r.Action)
		}
	}
	return nil
}

// Editing returns the keys that edit a text.
func Editing() []string {
	return []string{
		"backspace", "ctrl+h", "delete", "ctrl+d", "ctrl+w", "alt+backspace", "ctrl+u", "left", "right", "home", "ctrl+a", "end", "ctrl+e",
	}
}
