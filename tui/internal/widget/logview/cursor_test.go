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

// TestFoldAtCursor opens the trace that the reader is at and no other, and leaves the
// reader there.
func TestFoldAtCursor(t *testing.T) {
	t.Parallel()
	v := open(t, 60, 16, lines(append(python(), python()...)...))
	const head = "Traceback (most recent call last):"
	at := func(line int, what string) string {
		t.Helper()
		v.Go(line)
		if !v.Open() || current(v) != head {
			t.Errorf("%s: the reader is at %q; want the trace opened or closed, and its first line", what, current(v))
		}
		return strings.Join(screen(v, 60), "\n")
	}
	for _, line := range []int{0, 1, 5, 6, 7, 13} {
		before := strings.Join(screen(v, 60), "\n")
		if v.Go(line); v.Open() || strings.Join(screen(v, 60), "\n") != before {
			t.Errorf("Open at line %d = true; want that nothing happens: it is in no trace", line)
		}
	}
	if got := at(9, "the second"); strings.Count(got, "model.fit") != 1 || strings.Index(got, "folded") > strings.Index(got, "model.fit") {
		t.Errorf("after opening the second trace:\n%s", got)
	}
	if got := at(11, "the second, from within"); strings.Count(got, "folded (enter)") != 2 {
		t.Errorf("after closing the second trace:\n%s", got)
	}
}

// TestOpenLine shows one line whole where lines are cut, and leaves the others and the
// reader where they are.
func TestOpenLine(t *testing.T) {
	t.Parallel()
	v := open(t, 10, 4, lines("0123456789abc", "short", "0123456789xyz", "last"))
	v.ToggleWrap()
	v.Go(2)
	if !v.Open() {
		t.Fatal("Open of a line that is cut = false; want it whole")
	}
	v.Top()
	want(t, v, 10, "012345678\u2026", "short", "0123456789", "xyz")
	v.Go(2)
	v.Open()
	want(t, v, 10, "012345678\u2026", "short", "012345678\u2026", "last")
	if v.Go(1); v.Open() || v.Wrapped() {
		t.Error("Open of a line that fits = true; want that nothing happens")
	}
}

// TestSearchEnds leaves the reader at the line that a search has led to.
func TestSearchEnds(t *testing.T) {
	t.Parallel()
	v := open(t, 20, 6, numbered(100))
	search(t, v, logview.Query{Text: "ten"})
	v.Top()
	for range 3 {
		v.NextMatch(1)
	}
	before := screen(v, 20)
	v.Search(nil)
	if diff := cmp.Diff(before, screen(v, 20)); diff != "" || current(v) != "INFO line 20 ten" {
		t.Errorf("after the search the reader is at %q; want line 20, and the same screen (-want +got):\n%s", current(v), diff)
	}
	search(t, v, logview.Query{Text: "ten"})
	v.Go(50)
	v.ToggleOnly()
	v.Go(70)
	v.Search(nil)
	if got := strings.Join(screen(v, 20), "\n"); current(v) != "INFO line 70 ten" || !strings.Contains(got, "INFO line 70 ten") {
		t.Errorf("after matches only the reader is at %q; want line 70, on the screen:\n%s", current(v), got)
	}
}

// TestMatchFarInside brings what a search has found into view, however far inside a long
// line it lies.
func TestMatchFarInside(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789", 300) + "needle" + strings.Repeat("0123456789", 300)
	for _, tt := range []struct {
		name string
		set  func(*logview.View)
	}{
		{"wrapped", func(*logview.View) {}},
		{"cut", func(v *logview.View) { v.ToggleWrap() }},
		{"cut, scrolled beyond it", func(v *logview.View) {
			v.ToggleWrap()
			v.Sideways(5500)
		}},
		{"opened", func(v *logview.View) {
			v.ToggleWrap()
			v.Go(1)
			v.Open()
		}},
		{"with JSON laid out", func(v *logview.View) { v.TogglePretty() }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := open(t, 50, 9, lines("first", long, "a needle", `{"a": 1}`, "last"))
			tt.set(v)
			search(t, v, logview.Query{Text: "needle"})
			v.Top()
			for i := range 3 {
				v.NextMatch(1)
				if got := strings.Join(screen(v, 50), "\n"); !strings.Contains(got, "needle") {
					t.Errorf("match %d is not on the screen:\n%s", i+1, got)
				}
			}
			v.NextMatch(1)
			if v.Search(nil); v.Shift() != 0 {
				t.Errorf("after the search the lines begin at column %d; want the first", v.Shift()+1)
			}
		})
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
