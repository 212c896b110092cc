package keys_test

import (
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/tui/internal/keys"
)

// find returns the action of a key on a page, as the program looks for it.
func find(c keys.Custom, page string, table keys.Map, press tea.KeyPressMsg) keys.Action {
	if pressed, ok := c.On(page, table).Find(press); ok {
		return pressed.Action
	}
	pressed, _ := c.On(keys.GlobalName, keys.Global()).Beside(slices.Concat(table, c.On(page, table))).Find(press)
	return pressed.Action
}

func key(r rune) tea.KeyPressMsg { return tea.KeyPressMsg{Code: r, Text: string(r)} }

func TestRebind(t *testing.T) {
	t.Parallel()
	custom := keys.Custom{
		{Action: keys.Metrics, Keys: []string{"a"}},
		{Page: "days", Action: keys.Metrics, Keys: []string{"u", "f5"}},
		{Action: keys.Down, Keys: []string{"d"}},
		{Page: "days", Action: keys.Zone},
		{Page: keys.GlobalName, Action: keys.Help, Keys: []string{"H"}},
	}
	if wrong := custom.Check(); len(wrong) > 0 {
		t.Fatalf("Check = %v; want nothing wrong", wrong)
	}
	tests := []struct {
		page  string
		table keys.Map
		press rune
		want  keys.Action
	}{
		{"days", keys.Days(), 'u', keys.Metrics},
		{"days", keys.Days(), tea.KeyF5, keys.Metrics},
		{"days", keys.Days(), 'm', ""},
		{"days", keys.Days(), 'z', ""},
		{"day", keys.Day(), 'a', keys.Metrics},
		{"day", keys.Day(), 'z', keys.Zone},
		{"day", keys.Day(), 'd', keys.Down},
		{"day", keys.Day(), 'k', keys.Up},
		{"day", keys.Day(), 'H', keys.Help},
		{"day", keys.Day(), '?', ""},
	}
	for _, tt := range tests {
		press := key(tt.press)
		if tt.press > 0x10000 {
			press.Text = ""
		}
		if got := find(custom, tt.page, tt.table, press); got != tt.want {
			t.Errorf("%s on %s = %q; want %q", press, tt.page, got, tt.want)
		}
	}
	for _, binding := range custom.On("days", keys.Days()) {
		if binding.Action == keys.Down && binding.Shown() != "d" {
			t.Errorf("down is shown as %q; want d, not keys that are bound no more", binding.Shown())
		}
		if binding.Action == keys.Left && binding.Shown() != "left/right" {
			t.Errorf("left is shown as %q; want left/right, as it was", binding.Shown())
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		bad  keys.Rebinding
		want string
	}{
		{"no page", keys.Rebinding{Page: "nights", Action: keys.Rerun, Keys: []string{"Z"}}, `there is no page "nights"`},
		{"no action", keys.Rebinding{Action: "rerunn", Keys: []string{"Z"}}, `there is no action "rerunn"`},
		{"not on the page", keys.Rebinding{Page: "logs", Action: keys.Rerun, Keys: []string{"Z"}}, `there is no action "rerun"`},
		{"no key", keys.Rebinding{Action: keys.Rerun, Keys: []string{"hyper"}}, `"hyper" is no key`},
		{"no function key", keys.Rebinding{Action: keys.Rerun, Keys: []string{"f0"}}, `"f0" is no key`},
		{"too easy", keys.Rebinding{Action: keys.Rerun, Keys: []string{"z"}}, "rerun changes what runs"},
		{"the way out", keys.Rebinding{Action: keys.Metrics, Keys: []string{"ctrl+c"}}, "ctrl+c always quits"},
		{"taken", keys.Rebinding{Page: "days", Action: keys.Metrics, Keys: []string{"l"}}, "l is step-log and metrics on the page days"},
		{"taken on another page", keys.Rebinding{Action: keys.Metrics, Keys: []string{"p"}}, "p is metrics and parameters on the page day"},
		{"taken everywhere", keys.Rebinding{Page: "logs", Action: keys.Wrap, Keys: []string{"?"}}, "? is wrap and help on the page logs"},
		{"text in a dialog", keys.Rebinding{Page: keys.HelpName, Action: keys.Confirm, Keys: []string{"j"}}, `"j" is text there`},
		{"a space in a dialog", keys.Rebinding{Page: keys.PaletteName, Action: keys.Complete, Keys: []string{"space"}}, `"space" is text there`},
		{"editing in a form", keys.Rebinding{Page: keys.FormName, Action: keys.PageUp, Keys: []string{"ctrl+u"}}, "ctrl+u edits text there"},
		{"taken in a form", keys.Rebinding{Page: keys.FormName, Action: keys.Export, Keys: []string{"enter"}}, "enter is confirm and export on the page form"},
		{"no way out", keys.Rebinding{Page: keys.QuestionName, Action: keys.Back}, "back needs a key there"},
		{"nowhere but in forms", keys.Rebinding{Action: keys.NextField, Keys: []string{"ctrl+n"}}, `there is no action "next-field"`},
		{"too easy in a form", keys.Rebinding{Page: keys.FormName, Action: keys.Confirm, Keys: []string{"tab"}}, "confirm changes what runs"},
		{"global over a page", keys.Rebinding{Page: "global", Action: keys.Help, Keys: []string{"w"}}, "w is wrap and help on the page logs"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.bad.Where = "config.yaml:3:7"
			wrong := keys.Custom{tt.bad}.Check()
			if len(wrong) != 1 || !strings.HasPrefix(wrong[0].Error(), "config.yaml:3:7: "+tt.want) {
				t.Errorf("Check = %v; want one error: config.yaml:3:7: %s", wrong, tt.want)
			}
		})
	}
}

// TestTables holds the keys as they are made to the rules that keys of a person
// are held to.
func TestTables(t *testing.T) {
	t.Parallel()
	var custom keys.Custom
	for _, table := range keys.Tables() {
		all := table.Map
		if !keys.Textual(table.Page) {
			all = append(all, keys.Global().Beside(all)...)
		}
		if clash := all.Clash(); clash != "" && table.Page != keys.GlobalName {
			t.Errorf("the page %s has two actions for %s", table.Page, clash)
		}
		for _, binding := range table.Map {
			custom = append(custom, keys.Rebinding{Page: table.Page, Action: binding.Action, Keys: binding.Keys, Where: table.Page})
		}
	}
	for _, err := range custom.Check() {
		t.Error(err)
	}
}
