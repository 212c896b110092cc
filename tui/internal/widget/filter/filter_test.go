package filter_test

import (
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/widget/filter"
)

func key(code rune, text string) tea.KeyPressMsg { return tea.KeyPressMsg{Code: code, Text: text} }

func TestBar(t *testing.T) {
	t.Parallel()
	var b filter.Bar
	if b.Shown() || b.Typing() || b.Clear() {
		t.Fatal("an empty bar is shown, typed or cleared; want none of it")
	}
	if b.Takes(key('k', "k")) || b.Takes(keys.Pressed{Action: keys.Back}) {
		t.Error("a bar that is not typed takes keys; want that the page does")
	}
	b.Open()
	if b.Takes(keys.Pressed{Action: keys.Down}) {
		t.Error("the bar takes what moves the list; want that the page does")
	}
	if !b.Shown() || !b.Typing() {
		t.Fatal("an open bar is not shown or not typed; want both")
	}
	if !b.Takes(key('k', "k")) || !b.Take(key('k', "k")) || b.Text() != "k" {
		t.Errorf("after k the text is %q; want k, changed", b.Text())
	}
	if paste := (tea.PasteMsg{Content: "ei\nx"}); !b.Takes(paste) || !b.Take(paste) || b.Text() != "kei x" {
		t.Errorf("after a paste the text is %q; want kei x", b.Text())
	}
	if b.Take(keys.Pressed{Action: keys.Confirm}) || b.Typing() || !b.Shown() {
		t.Error("enter changed the words, went on typing or hid them; want them kept and shown")
	}
	b.Open()
	if !b.Take(keys.Pressed{Action: keys.Back}) || b.Typing() || b.Shown() || b.Text() != "" {
		t.Errorf("esc left %q; want nothing, and a change", b.Text())
	}
	b.Open()
	if b.Take(keys.Pressed{Action: keys.Back}) {
		t.Error("esc of no words is a change; want none")
	}
}
