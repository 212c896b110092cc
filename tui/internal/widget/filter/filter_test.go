package filter_test

import (
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/tui/internal/widget/filter"
)

func key(code rune, text string) tea.KeyPressMsg { return tea.KeyPressMsg{Code: code, Text: text} }

func TestBar(t *testing.T) {
	t.Parallel()
	var b filter.Bar
	if b.Shown() || b.Typing() || b.Clear() {
		t.Fatal("an empty bar is shown, typed or cleared; want none of it")
	}
	b.Open()
	if !b.Shown() || !b.Typing() {
		t.Fatal("an open bar is not shown or not typed; want both")
	}
	if !b.Key(key('k', "k")) || b.Text() != "k" {
		t.Errorf("after k the text is %q; want k, changed", b.Text())
	}
	b.Paste("ei\nx")
	if b.Text() != "kei x" {
		t.Errorf("after a paste the text is %q; want kei x", b.Text())
	}
	if b.Key(key(tea.KeyEnter, "")) || b.Typing() || !b.Shown() {
		t.Error("enter changed the words, went on typing or hid them; want them kept and shown")
	}
	b.Open()
	if !b.Key(key(tea.KeyEscape, "")) || b.Typing() || b.Shown() || b.Text() != "" {
		t.Errorf("esc left %q; want nothing, and a change", b.Text())
	}
	b.Open()
	if b.Key(key(tea.KeyEscape, "")) {
		t.Error("esc of no words is a change; want none")
	}
}
