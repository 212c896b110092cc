package logview_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/theme"
	"github.com/daybatch/daybatch/tui/internal/widget/logview"
)

// marks returns the cell before each line on screen.
func marks(v *logview.View, width int) string {
	c := draw.New(theme.New(theme.Options{Profile: colorprofile.ASCII, Charset: theme.ASCII}), 1+width)
	v.Render(c)
	var cells strings.Builder
	for row := range strings.SplitSeq(ansi.Strip(c.String()), "\n") {
		cells.WriteString((row + " ")[:1])
	}
	return cells.String()
}

func wantMarks(t *testing.T, v *logview.View, doing, cells, line string) {
	t.Helper()
	if got := marks(v, 40); got != cells || current(v) != line {
		t.Errorf("%s: marks are %q, the reader is at %q; want %q at %q", doing, got, current(v), cells, line)
	}
}

// TestCursor moves from line to line: the screen follows only at its ends. In a log
// that is followed no line is marked, at the end of one that has ended the last is.
func TestCursor(t *testing.T) {
	t.Parallel()
	v := open(t, 40, 5, numbered(100))
	wantMarks(t, v, "following", "     ", "INFO line 99")
	v.End(true)
	wantMarks(t, v, "at the end", "    >", "INFO line 99")
	v.Up()
	wantMarks(t, v, "one up", "   > ", "INFO line 98")
	for range 4 {
		v.Up()
	}
	wantMarks(t, v, "at the first line, and one up", ">    ", "INFO line 94")
	v.Down()
	wantMarks(t, v, "one down", " >   ", "INFO line 95")
	v.Scroll(-10)
	wantMarks(t, v, "what was scrolled off the screen is at its end", "    >", "INFO line 88")
	v.Scroll(5)
	v.Scroll(5)
	wantMarks(t, v, "and is there again", " >   ", "INFO line 95")
	if at := v.Place(); at != 96 {
		t.Errorf("Place = %d; want 96", at)
	}
	for range 5 {
		v.Down()
	}
	if !v.Following() {
		t.Error("one down from the last line does not follow; want that it does")
	}
	v.Top()
	wantMarks(t, v, "at the top", ">    ", "INFO line 0 ten")
	v.Up()
	wantMarks(t, v, "above the first there is none", ">    ", "INFO line 0 ten")
}

// TestCursorOfLongLines shows all of a line that does not fit the screen before the
// next one.
func TestCursorOfLongLines(t *testing.T) {
	t.Parallel()
	v := open(t, 10, 3, lines("a", strings.Repeat("b", 50), "c"))
	v.Top()
	for _, step := range []struct {
		move func()
		at   string
		rows []string
	}{
		{v.Down, "bbbb", []string{"bbbbbbbbbb", "bbbbbbbbbb", "bbbbbbbbbb"}},
		{v.Down, "bbbb", []string{"bbbbbbbbbb", "bbbbbbbbbb", "bbbbbbbbbb"}},
		{v.Down, "bbbb", []string{"bbbbbbbbbb", "bbbbbbbbbb", "bbbbbbbbbb"}},
		{v.Down, "c", []string{"bbbbbbbbbb", "bbbbbbbbbb", "c"}},
		{v.Up, "bbbb", []string{"bbbbbbbbbb", "bbbbbbbbbb", "c"}},
		{v.Up, "bbbb", []string{"bbbbbbbbbb", "bbbbbbbbbb", "bbbbbbbbbb"}},
		{v.Up, "bbbb", []string{"bbbbbbbbbb", "bbbbbbbbbb", "bbbbbbbbbb"}},
		{v.Up, "bbbb", []string{"bbbbbbbbbb", "bbbbbbbbbb", "bbbbbbbbbb"}},
		{v.Up, "a", []string{"a", "bbbbbbbbbb", "bbbbbbbbbb"}},
	} {
		step.move()
		if diff := cmp.Diff(step.rows, screen(v, 10)); diff != "" || !strings.HasPrefix(current(v), step.at) {
			t.Errorf("at %q, want %q; screen (-want +got):\n%s", current(v), step.at, diff)
		}
	}
}

// TestFoldAtCursor opens the trace that the reader is at, also a second one on the
// screen; else the nearest below, or above.
func TestFoldAtCursor(t *testing.T) {
	t.Parallel()
	v := open(t, 60, 12, lines(append(python(), python()...)...))
	v.Top()
	v.ToggleFold()
	if got := current(v); got != "Traceback (most recent call last):" || !strings.Contains(strings.Join(screen(v, 60), " "), "model.fit") {
		t.Errorf("from the top the reader is at %q after folding; want the first trace, open:\n%s", got, strings.Join(screen(v, 60), "\n"))
	}
	for range 7 { // to the head of the second, over the lines of the first
		v.Down()
	}
	if got := current(v); got != "Traceback (most recent call last):" {
		t.Fatalf("the reader is at %q; want the second trace", got)
	}
	v.ToggleFold()
	text := strings.Join(screen(v, 60), "\n")
	v.Down()
	v.ToggleFold() // from within
	if got := strings.Join(screen(v, 60), "\n"); strings.Count(text, "model.fit") != 1 && strings.Count(text, "folded") != 0 || strings.Count(got, "folded (enter)") != 1 {
		t.Errorf("after opening and closing the second trace:\n%s\n\n%s", text, got)
	}
	v.Follow()
	v.End(true)
	if !v.ToggleFold() || current(v) != "Traceback (most recent call last):" {
		t.Errorf("from the last line the reader is at %q; want the trace above", current(v))
	}
}

// TestSelect takes lines from where a range began to the reader's.
func TestSelect(t *testing.T) {
	t.Parallel()
	v := open(t, 40, 5, numbered(100))
	v.Top()
	v.Down()
	v.Select()
	v.Down()
	v.Down()
	wantMarks(t, v, "a range", " **> ", "INFO line 3")
	if diff := cmp.Diff([]string{"INFO line 1", "INFO line 2", "INFO line 3"}, v.Texts(10)); diff != "" || v.Selected() != 3 {
		t.Errorf("Selected = %d; Texts (-want +got):\n%s", v.Selected(), diff)
	}
	if got := v.Texts(2); len(got) != 2 {
		t.Errorf("Texts(2) = %q; want two lines", got)
	}
	v.Scroll(50)
	if v.Selected() != 50 {
		t.Errorf("after a scroll by 50 %d lines are in the range; want those up to the first on screen", v.Selected())
	}
	if !v.Unselect() || v.Selected() != 0 || v.Unselect() {
		t.Error("Unselect does not end the range once")
	}
}
