package logview_test

import (
	"strings"
	"testing"

	"github.com/daybatch/daybatch/tui/internal/widget/logview"
)

// current returns the line under the cursor.
func current(v *logview.View) string {
	line, _ := v.Current()
	return line.Text
}

// TestSeek looks from where the reader is, not from the top.
func TestSeek(t *testing.T) {
	t.Parallel()
	v := open(t, 40, 5, numbered(100))
	v.Top()
	v.Scroll(42)
	begun := v.Spot()
	search(t, v, logview.Query{Text: "ten"})
	if got := v.Seek(begun); got != logview.Ahead || current(v) != "INFO line 50 ten" {
		t.Errorf("Seek from line 42 = %d at %q; want line 50 ahead", got, current(v))
	}
	if count, at := v.Matches(); count != 10 || at != 6 {
		t.Errorf("Matches = %d, %d; want the sixth of 10", count, at)
	}
	search(t, v, logview.Query{Text: "line 30"})
	if got := v.Seek(begun); got != logview.Wrapped || current(v) != "INFO line 30 ten" {
		t.Errorf("Seek of a line above = %d at %q; want line 30, from the top", got, current(v))
	}
	search(t, v, logview.Query{Text: "no such line"})
	if got := v.Seek(begun); got != logview.NoMatch {
		t.Errorf("Seek of nothing = %d; want no match", got)
	}
	want(t, v, 40, "INFO line 42", "INFO line 43", "INFO line 44", "INFO line 45", "INFO line 46")
}

// TestSeekOnScreen finds what is on the screen, without moving it: also the
// current line itself, also in a log that is followed.
func TestSeekOnScreen(t *testing.T) {
	t.Parallel()
	for _, wrapped := range []bool{true, false} {
		v := open(t, 40, 5, numbered(100))
		if !wrapped {
			v.ToggleWrap()
		}
		begun := v.Spot()
		search(t, v, logview.Query{Text: "9"})
		if got := v.Seek(begun); got != logview.Ahead || current(v) != "INFO line 95" || v.Following() {
			t.Errorf("Seek at the end = %d at %q, following %v; want the first line on screen, paused", got, current(v), v.Following())
		}
		v.NextMatch(1)
		begun = v.Spot()
		search(t, v, logview.Query{Text: "96"})
		if got := v.Seek(begun); got != logview.Ahead || current(v) != "INFO line 96" {
			t.Errorf("Seek from line 96 = %d at %q; want that line itself", got, current(v))
		}
		want(t, v, 40, "INFO line 95", "INFO line 96", "INFO line 97", "INFO line 98", "INFO line 99")
		v.Return(begun)
		if count, at := v.Matches(); count != 1 || at != 1 {
			t.Errorf("Matches after the return = %d, %d; want 1, 1", count, at)
		}
	}
}

// TestSeekWaits does not go round to the top before all lines were looked at.
func TestSeekWaits(t *testing.T) {
	t.Parallel()
	v := open(t, 40, 5, numbered(100))
	v.Top()
	v.Scroll(42)
	begun := v.Spot()
	matcher := compile(t, logview.Query{Text: "ten"})
	v.Search(matcher)
	v.Found(logview.Scan(t.Context(), matcher, v.Snapshot(), 0, 45))
	if got := v.Seek(begun); got != logview.Pending || v.Spot() != begun {
		t.Errorf("Seek with 45 of 100 lines = %d; want that it waits, and moves nothing", got)
	}
	// Lines that came later are not waited for.
	if err := v.Append(numbered(50)); err != nil {
		t.Fatal(err)
	}
	v.Found(logview.Scan(t.Context(), matcher, v.Snapshot(), 45, 55))
	if got := v.Seek(begun); got != logview.Ahead || current(v) != "INFO line 50 ten" {
		t.Errorf("Seek = %d at %q; want line 50", got, current(v))
	}
}

// TestNextMatchFromScreen starts at the screen: what lies just above it is the
// match before, and the ends say so.
func TestNextMatchFromScreen(t *testing.T) {
	t.Parallel()
	v := open(t, 40, 5, numbered(100))
	search(t, v, logview.Query{Text: "ten"})
	steps := []struct {
		scroll    int // from the top; -1: not at all
		direction int
		sought    logview.Sought
		line      string
	}{
		{41, -1, logview.Ahead, "40"},
		{40, 1, logview.Ahead, "40"},
		{-1, 1, logview.Ahead, "50"},
		{-1, -1, logview.Ahead, "40"},
		{94, 1, logview.Wrapped, "0"},
		{-1, -1, logview.Wrapped, "90"},
	}
	for _, step := range steps {
		if step.scroll >= 0 {
			v.Search(nil)
			search(t, v, logview.Query{Text: "ten"})
			v.Top()
			v.Scroll(step.scroll)
		}
		if got := v.NextMatch(step.direction); got != step.sought || current(v) != "INFO line "+step.line+" ten" {
			t.Errorf("from line %d in direction %d: %d at %q; want %d at line %s", step.scroll, step.direction, got, current(v), step.sought, step.line)
		}
	}
}

// TestErrorFromTheEnd finds the error on screen in a log that is followed.
func TestErrorFromTheEnd(t *testing.T) {
	t.Parallel()
	for direction, wanted := range map[int]string{1: "ERROR 97", -1: "ERROR 98"} {
		all := numbered(100)
		for i := 95; i < 99; i++ {
			all[i].Text = strings.Replace(all[i].Text, "INFO line", []string{"INFO", "INFO", "ERROR", "ERROR"}[i-95], 1)
		}
		v := open(t, 40, 5, all)
		if !v.NextError(direction) || current(v) != wanted {
			t.Errorf("in direction %d the next error is %q; want %q", direction, current(v), wanted)
		}
	}
}
