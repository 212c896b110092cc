package welcome_test

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"github.com/daybatch/daybatch/tui/internal/theme"
	"github.com/daybatch/daybatch/tui/internal/welcome"
)

func screen(m *welcome.Model) string { return ansi.Strip(m.View().Content) }

func options() welcome.Options {
	return welcome.Options{
		Look: theme.Options{Profile: colorprofile.ASCII}, FixedProfile: true, Dir: "/srv/sales",
		Projects: []string{"demand", "returns"}, Files: []string{"a.csv", "b.parquet"},
	}
}

// press gives keys, named as Bubble Tea names them, and reports whether the
// program ends.
func press(m *welcome.Model, names ...string) (ended bool) {
	codes := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "up": tea.KeyUp, "backspace": tea.KeyBackspace, "left": tea.KeyLeft}
	for _, name := range names {
		msg := tea.KeyPressMsg{Code: codes[name]}
		switch {
		case name == "ctrl+c" || name == "ctrl+u":
			msg = tea.KeyPressMsg{Code: rune(name[len(name)-1]), Mod: tea.ModCtrl}
		case msg.Code == 0:
			msg = tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
		}
		_, command := m.Update(msg)
		if command != nil {
			_, ended = command().(tea.QuitMsg)
		}
	}
	return ended
}

func TestChoices(t *testing.T) {
	t.Parallel()
	tests := []struct {
		keys string
		want welcome.Choice
	}{
		{"q", welcome.Choice{}},
		{"esc", welcome.Choice{}},
		{"ctrl+c", welcome.Choice{}},
		{"d enter", welcome.Choice{Demo: true}},
		{"d q esc q", welcome.Choice{}},
		{"d ctrl+c", welcome.Choice{}},
		{"2", welcome.Choice{Open: "returns"}},
		{"i enter", welcome.Choice{From: "a.csv"}},
		{"i tab enter", welcome.Choice{From: "b.parquet"}},
		{"i up enter", welcome.Choice{From: "b.parquet"}},
		{"i ctrl+u d . c s v enter", welcome.Choice{From: "d.csv"}},
		{"i esc d enter", welcome.Choice{Demo: true}},
		{"i ctrl+c", welcome.Choice{}},
		{"i d . c s v enter", welcome.Choice{From: "d.csv"}},
		{"i backspace d enter", welcome.Choice{From: "d"}},
		{"i tab d enter", welcome.Choice{From: "d"}},
		{"i left backspace x enter", welcome.Choice{From: "a.cxv"}},
	}
	for _, tt := range tests {
		m := welcome.New(options())
		if ended := press(m, strings.Fields(tt.keys)...); !ended || m.Choice != tt.want {
			t.Errorf("%s: choice %+v, ended %v; want %+v, ended", tt.keys, m.Choice, ended, tt.want)
		}
	}
	m := welcome.New(options())
	if ended := press(m, "d", "d", "1", "esc", "3", "x", "i", "ctrl+u", "enter"); ended || m.Choice != (welcome.Choice{}) {
		t.Errorf("keys that mean nothing: choice %+v, ended %v; want none, and the screen still there", m.Choice, ended)
	}
}

// The demo is asked for, and it is said what it does.
func TestDemoAsks(t *testing.T) {
	t.Parallel()
	m := welcome.New(options())
	m.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	if ended := press(m, "d"); ended || m.Choice.Demo {
		t.Errorf("d makes the demo at once: %+v", m.Choice)
	}
	for _, want := range []string{"Make the demo?", "21 dates that run", "enter makes and runs it"} {
		if text := screen(m); !strings.Contains(text, want) {
			t.Errorf("the screen lacks %q:\n%s", want, text)
		}
	}
}

// After a file that could not be taken the operator is at its name still, with what was
// wrong: none of the letters of another is a key.
func TestFileThatFailed(t *testing.T) {
	t.Parallel()
	o := options()
	o.Problem, o.From = "words.csv: no column can be a date", "words.csv"
	m := welcome.New(o)
	m.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	if text := screen(m); !strings.Contains(text, "file: words.csv") || !strings.Contains(text, "no column can be a date") || m.View().Cursor == nil {
		t.Errorf("the screen lacks the file that was typed, what was wrong with it, or the text cursor:\n%s", text)
	}
	if ended := press(m, "ctrl+u", "d", "1", "q", "enter"); !ended || m.Choice != (welcome.Choice{From: "d1q"}) {
		t.Errorf("choice %+v, ended %v; want the file that was typed", m.Choice, ended)
	}
}

// Nothing is made where everything is read-only, and the screen says so.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	o := options()
	o.ReadOnly = true
	m := welcome.New(o)
	if ended := press(m, "d", "i", "enter"); ended || m.Choice != (welcome.Choice{}) {
		t.Errorf("choice %+v, ended %v; want none", m.Choice, ended)
	}
	if text := screen(m); !strings.Contains(text, "READ-ONLY") || strings.Contains(text, "daybatch demo") {
		t.Errorf("the screen offers a demo, or does not say read-only:\n%s", text)
	}
}

func TestScreen(t *testing.T) {
	t.Parallel()
	o := options()
	o.Problem = "sales.csv: no column can be a date\nname one with --time"
	for _, size := range []tea.WindowSizeMsg{{Width: 0, Height: 0}, {Width: 20, Height: 5}, {Width: 60, Height: 16}, {Width: 80, Height: 24}, {Width: 300, Height: 100}} {
		for _, charset := range []theme.Charset{theme.Unicode, theme.ASCII} {
			o.Look.Charset = charset
			m := welcome.New(o)
			m.Update(size)
			press(m, "i")
			lines := strings.Split(m.View().Content, "\n")
			if len(lines) > max(1, size.Height) {
				t.Errorf("%dx%d: %d lines", size.Width, size.Height, len(lines))
			}
			for _, line := range lines {
				if cells := ansi.StringWidth(line); cells > size.Width {
					t.Errorf("%dx%d: a line has %d cells: %q", size.Width, size.Height, cells, line)
				}
			}
			if size.Width < 120 {
				continue
			}
			for _, want := range []string{"no project in /srv/sales", "daybatch --project returns", "daybatch demo", "file: a.csv", "no column can be a date", "name one with --time"} {
				if text := screen(m); !strings.Contains(text, want) {
					t.Errorf("the screen lacks %q:\n%s", want, text)
				}
			}
		}
	}
}
