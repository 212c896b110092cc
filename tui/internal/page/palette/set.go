package palette

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// setting is what of the screen can be changed while it is shown, and the words that
// it can be.
type setting struct {
	name   page.Setting
	help   string
	values []string
}

func known() []setting {
	return []setting{
		{page.SetTheme, "colours for a dark or a light background; auto asks the terminal", []string{"auto", "dark", "light"}},
		{page.SetZone, "times in the zone of the pipeline, of this machine, or in UTC", []string{"pipeline", "local", "utc"}},
		{page.SetMouse, "wheel and clicks; off leaves the mouse to the terminal", []string{"on", "off"}},
		{page.SetASCII, "no other characters than ASCII", []string{"on", "off"}},
	}
}

// settings are the command set, and each setting as a command of its own.
func settings() []command {
	commands := []command{{
		name: "set", args: "NAME [VALUE]", help: "how the screen is shown; without a value: how it is now", values: setWords, note: setNote, run: set,
	}}
	for _, s := range known() {
		commands = append(commands, command{
			name: string(s.name), args: strings.Join(s.values, "|"), help: s.help, values: first(s.values...),
			note: func(p *Page, _ []string, value string) string { return p.present(s.name, value) },
			run: func(r *reader, _ calendar.Date) tea.Msg {
				value, _ := r.next()
				return s.to(r, value)
			},
		})
	}
	return commands
}

// to returns the message that sets a value.
func (s setting) to(r *reader, value string) tea.Msg {
	if !slices.Contains(s.values, value) {
		r.fail("%s %s: must be %s", s.name, value, strings.Join(s.values, ", "))
		return nil
	}
	return page.Set{Setting: s.name, Value: value}
}

// set sets a value, or says what the values are.
func set(r *reader, _ calendar.Date) tea.Msg {
	name, one := r.next()
	if !one {
		var all []string
		for _, s := range known() {
			all = append(all, fmt.Sprintf("%s %s", s.name, r.settings[s.name]))
		}
		return page.Notify{Role: theme.Faint, Text: strings.Join(all, ", ")}
	}
	s, ok := settingOf(name)
	if !ok {
		r.fail("set %s: must be %s", name, strings.Join(settingNames(), ", "))
		return nil
	}
	value, given := r.next()
	if !given {
		return page.Notify{Role: theme.Faint, Text: fmt.Sprintf("%s is %s, of %s", name, r.settings[s.name], strings.Join(s.values, ", "))}
	}
	return s.to(r, value)
}

func settingOf(name string) (setting, bool) {
	all := known()
	at := slices.IndexFunc(all, func(s setting) bool { return string(s.name) == name })
	if at < 0 {
		return setting{}, false
	}
	return all[at], true
}

func settingNames() []string {
	var names []string
	for _, s := range known() {
		names = append(names, string(s.name))
	}
	return names
}

// setWords offers the names, and after one its values.
func setWords(_ *Page, before []string) []string {
	if len(before) == 0 {
		return settingNames()
	}
	if s, ok := settingOf(before[0]); ok && len(before) == 1 {
		return s.values
	}
	return nil
}

// setNote says of a name what its value is now and what it is about, and of a value
// whether it is that one.
func setNote(p *Page, before []string, word string) string {
	if len(before) > 0 {
		return p.present(page.Setting(before[0]), word)
	}
	s, _ := settingOf(word)
	return p.settings[s.name] + " now: " + s.help
}

// present says of a value whether it is what a setting is now.
func (p *Page) present(name page.Setting, value string) string {
	if p.settings[name] == value {
		return "now"
	}
	return ""
}
