package logview_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/loglevel"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/theme"
	"github.com/daybatch/daybatch/tui/internal/widget/logview"
)

func at(second int) time.Time {
	return time.Date(2026, 1, 20, 6, 0, 0, 0, time.UTC).Add(time.Duration(second) * time.Second)
}

// lines are lines of one step, a second apart.
func lines(texts ...string) []forecast.LogLine {
	all := make([]forecast.LogLine, len(texts))
	for i, text := range texts {
		all[i] = forecast.LogLine{At: at(i), Step: forecast.Train, Stream: "try-1", Seq: int64(i), Text: text}
	}
	return all
}

// numbered are n lines, every tenth of which says "ten".
func numbered(n int) []forecast.LogLine {
	texts := make([]string, n)
	for i := range texts {
		texts[i] = fmt.Sprintf("INFO line %d", i)
		if i%10 == 0 {
			texts[i] += " ten"
		}
	}
	return lines(texts...)
}

// open returns a view of lines without timestamps, following its end.
func open(tb testing.TB, width, height int, all []forecast.LogLine) *logview.View {
	tb.Helper()
	v := logview.New(time.UTC)
	v.Resize(1+width, height)
	for range 3 {
		v.NextStamps()
	}
	if err := v.Append(all); err != nil {
		tb.Fatal(err)
	}
	return v
}

// screen returns what a view shows, line by line, without the marks before lines.
func screen(v *logview.View, width int) []string {
	c := draw.New(theme.New(theme.Options{Profile: colorprofile.ASCII}), 1+width)
	v.Render(c)
	rows := strings.Split(ansi.Strip(c.String()), "\n")
	for i := range rows {
		if mark, size := utf8.DecodeRuneInString(rows[i]); strings.ContainsRune(" \u25b8*", mark) {
			rows[i] = rows[i][size:]
		}
		rows[i] = strings.TrimRight(rows[i], " ")
	}
	return rows
}

func want(t *testing.T, v *logview.View, width int, rows ...string) {
	t.Helper()
	if diff := cmp.Diff(rows, screen(v, width)); diff != "" {
		t.Errorf("screen differs (-want +got):\n%s", diff)
	}
}

func compile(tb testing.TB, query logview.Query) *logview.Matcher {
	tb.Helper()
	matcher, err := logview.Compile(query)
	if err != nil {
		tb.Fatal(err)
	}
	return matcher
}

// search runs a search to its end, as commands do.
func search(tb testing.TB, v *logview.View, query logview.Query) {
	tb.Helper()
	v.Search(compile(tb, query))
	matcher, from, to := v.Pending()
	v.Found(logview.Scan(tb.Context(), matcher, v.Snapshot(), from, to-from))
}

// filter is search for a filter.
func filter(tb testing.TB, v *logview.View, query logview.Query) {
	tb.Helper()
	v.Filter(compile(tb, query))
	matcher, from, to := v.Unkept()
	v.Kept(logview.Scan(tb.Context(), matcher, v.Snapshot(), from, to-from))
}

func python() []string {
	return []string{
		"INFO fit 1184 series", "ERROR fit failed", "Traceback (most recent call last):", `  File "train.py", line 12, in fit`,
		"    model.fit(x)", "KeyError: 'price_lag_7'", "INFO give up",
	}
}

func TestFold(t *testing.T) {
	t.Parallel()
	v := open(t, 60, 8, lines(python()...))
	want(t, v, 60, "INFO fit 1184 series", "ERROR fit failed", "Traceback (most recent call last):  + 2 lines folded (enter)",
		"KeyError: 'price_lag_7'", "INFO give up", "", "", "")
	if v.Open() {
		t.Fatal("Open on the last line = true; want nothing to open there: the trace is elsewhere")
	}
	v.Go(2)
	if !v.Open() {
		t.Fatal("Open = false; want the trace of the line")
	}
	want(t, v, 60, append(python(), "")...)
	v.Open()
	if got := screen(v, 60)[3]; got != "KeyError: 'price_lag_7'" {
		t.Errorf("row behind the folded trace = %q; want the exception", got)
	}
	if v.ToggleFolds() != 1 || screen(v, 60)[3] != python()[3] {
		t.Error("ToggleFolds did not open the only trace")
	}
}

// TestShown takes all lines that filters let pass, whether or not they are folded.
func TestShown(t *testing.T) {
	t.Parallel()
	texts := func(v *logview.View) string {
		shown := v.Shown()
		var all []string
		for i := range shown.Len() {
			all = append(all, shown.Line(i).Text)
		}
		return strings.Join(all, "|")
	}
	v := open(t, 60, 8, lines(python()...))
	if got, want := texts(v), strings.Join(python(), "|"); got != want {
		t.Errorf("Shown of a log with a folded trace = %q; want %q", got, want)
	}
	v.NextLevel()
	v.NextLevel()
	v.NextLevel()
	if got, want := texts(v), strings.Join(python()[1:6], "|"); got != want {
		t.Errorf("Shown of errors = %q; want %q: the trace belongs to its error", got, want)
	}
	v.NextLevel()
	v.Back(3 * time.Second)
	if got, want := texts(v), strings.Join(python()[3:], "|"); got != want {
		t.Errorf("Shown of the last seconds = %q; want %q", got, want)
	}
	v.Back(0)
	filter(t, v, logview.Query{Text: "fit"})
	if got, want := texts(v), strings.Join([]string{python()[0], python()[1], python()[3], python()[4]}, "|"); got != want {
		t.Errorf("Shown of a filter = %q; want %q", got, want)
	}
}

// TestFoldLive adds the lines of a trace one by one, among those of another
// step.
func TestFoldLive(t *testing.T) {
	t.Parallel()
	v := open(t, 80, 8, nil)
	for i, text := range python() {
		other := forecast.LogLine{At: at(i), Step: forecast.Predict, Stream: "try-1", Text: fmt.Sprintf("  other %d", i)}
		if err := v.Append([]forecast.LogLine{{At: at(i), Step: forecast.Train, Stream: "try-1", Text: text}, other}); err != nil {
			t.Fatal(err)
		}
	}
	got := strings.Join(screen(v, 80), "\n")
	for _, text := range []string{"+ 2 lines folded", "other 3", "other 4", "KeyError"} {
		if !strings.Contains(got, text) {
			t.Errorf("the screen lacks %q:\n%s", text, got)
		}
	}
	if strings.Contains(got, "model.fit") {
		t.Errorf("the screen shows a folded line:\n%s", got)
	}
}

func TestGoTrace(t *testing.T) {
	t.Parallel()
	v := open(t, 60, 5, lines("INFO begin", "panic: runtime error: index out of range", "", "goroutine 1 [running]:", "main.(*T).run(0x1)",
		"        /src/main.go:12 +0x1d", "created by main.main in goroutine 7", "exit status 2", "INFO (all) is well"))
	want(t, v, 60, "INFO begin", "panic: runtime error: index out of range  + 5 lines folded", "(enter)", "exit status 2", "INFO (all) is well")
	v.ToggleWrap()
	want(t, v, 60, "INFO begin", "panic: runtime error: index out of  + 5 lines folded (enter)", "exit status 2", "INFO (all) is well", "")
}

func TestLevels(t *testing.T) {
	t.Parallel()
	v := open(t, 60, 6, lines("starts", "DEBUG deep", "WARN low", "  goes on", "INFO done", "ERROR bad"))
	for _, tt := range []struct {
		level loglevel.Level
		rows  []string
	}{
		{loglevel.Info, []string{"starts", "WARN low", "  goes on", "INFO done", "ERROR bad", ""}},
		{loglevel.Warn, []string{"WARN low", "  goes on", "ERROR bad", "", "", ""}},
		{loglevel.Error, []string{"ERROR bad", "", "", "", "", ""}},
		{loglevel.None, []string{"starts", "DEBUG deep", "WARN low", "  goes on", "INFO done", "ERROR bad"}},
	} {
		if got := v.NextLevel(); got != tt.level {
			t.Errorf("NextLevel = %v; want %v", got, tt.level)
		}
		want(t, v, 60, tt.rows...)
	}
}

func TestFilter(t *testing.T) {
	t.Parallel()
	v := open(t, 40, 3, numbered(100))
	filter(t, v, logview.Query{Text: "ten"})
	want(t, v, 40, "INFO line 70 ten", "INFO line 80 ten", "INFO line 90 ten")
	filter(t, v, logview.Query{Text: "ten", Not: true})
	want(t, v, 40, "INFO line 97", "INFO line 98", "INFO line 99")
	if got := v.Rows(); got != 90 {
		t.Errorf("Rows = %d; want the 90 lines without the text", got)
	}
	search(t, v, logview.Query{Text: "line 5"})
	v.ToggleOnly()
	if got := v.Rows(); got != 10 {
		t.Errorf("Rows = %d; want the 10 matches of 51-59 and 5 that the filter lets pass", got)
	}
	v.ToggleOnly()
	v.Filter(nil)
	if got := v.Rows(); got != 100 {
		t.Errorf("Rows without filters = %d; want 100", got)
	}
}

// TestStays adds lines below a view that was scrolled up, with and without
// filters.
func TestStays(t *testing.T) {
	t.Parallel()
	for _, filtered := range []bool{false, true} {
		v := open(t, 40, 3, numbered(50))
		if filtered {
			filter(t, v, logview.Query{Text: "line"})
		}
		v.Scroll(-5)
		before := screen(v, 40)
		if err := v.Append(numbered(20)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, screen(v, 40)); diff != "" {
			t.Errorf("filtered %t: the screen moved (-before +after):\n%s", filtered, diff)
		}
		if got := v.New(); got != 20 {
			t.Errorf("New = %d; want 20", got)
		}
		v.Scroll(1000)
		if !v.Following() {
			t.Error("scrolling to the end does not follow")
		}
	}
}

func TestNextMatch(t *testing.T) {
	t.Parallel()
	v := open(t, 40, 5, lines(append(python(), "INFO model.fit again")...))
	v.Top()
	search(t, v, logview.Query{Text: "model.fit"})
	for _, wanted := range []int{1, 2, 1} {
		if v.NextMatch(1) == logview.NoMatch {
			t.Fatal("there is no next match; want one")
		}
		if count, current := v.Matches(); count != 2 || current != wanted {
			t.Errorf("Matches = %d, %d; want 2, %d", count, current, wanted)
		}
	}
	if got := strings.Join(screen(v, 40), "\n"); !strings.Contains(got, "    model.fit(x)") {
		t.Errorf("the trace with the match is still folded:\n%s", got)
	}
}

func TestNextError(t *testing.T) {
	t.Parallel()
	v := open(t, 60, 4, lines(python()...))
	v.Top()
	for _, text := range []string{"ERROR fit failed", "Traceback (most recent call last):"} {
		if !v.NextError(1) {
			t.Fatalf("NextError = false; want %q", text)
		}
		if line, _ := v.Current(); line.Text != text {
			t.Errorf("current line = %q; want %q", line.Text, text)
		}
	}
	if v.NextError(1) {
		line, _ := v.Current()
		t.Errorf("NextError found %q; want the lines of a trace to be one error", line.Text)
	}
}

func TestPretty(t *testing.T) {
	t.Parallel()
	v := open(t, 30, 8, lines(`train {"wape":0.3,"by":["a"]}`, "{not json}"))
	v.TogglePretty()
	want(t, v, 30, "train", "{", `  "wape": 0.3,`, `  "by": [`, `    "a"`, "  ]", "}", "{not json}")
	v.Scroll(-1)
	v.ToggleWrap()
	if got := screen(v, 30)[6]; got != "}" {
		t.Errorf("row 7 of cut JSON = %q; want }", got)
	}
}

func TestLookBack(t *testing.T) {
	t.Parallel()
	v := open(t, 30, 4, numbered(600))
	v.Back(time.Minute)
	if got := v.Rows(); got != 61 {
		t.Errorf("Rows of the last minute = %d; want 61, a second apart", got)
	}
	v.Back(0)
	if got := v.Rows(); got != 600 {
		t.Errorf("Rows = %d; want all 600", got)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	v := open(t, 60, 1, lines("hello"))
	for _, row := range []string{"hello", "try-1            hello", "hello"} {
		want(t, v, 60, row)
		v.NextNames()
	}
}

// TestMachines tells apart the lines of a step on which several machines work.
func TestMachines(t *testing.T) {
	t.Parallel()
	line := func(step forecast.StepName, process, text string) forecast.LogLine {
		return forecast.LogLine{At: at(0), Step: step, Stream: "pipelines-k3rrmomrxgx3-" + string(step) + "-5nxfq35b2g/" + process + "-1796023094", Text: text}
	}
	of := []forecast.LogLine{line(forecast.Train, "algo-1", "one"), line(forecast.Train, "algo-12", "two")}
	v := open(t, 80, 2, of)
	want(t, v, 80, "algo-1   one", "algo-12  two")
	v.Resize(60, 2)
	want(t, v, 60, "one", "two")
	all := open(t, 80, 3, append(of, line(forecast.TrainEvaluation, "algo-1", "three")))
	want(t, all, 80, "Train   algo-1   one", "Train   algo-12  two", "Train…  algo-1   three")
	alone := open(t, 80, 2, []forecast.LogLine{line(forecast.Train, "algo-1", "one"), line(forecast.Predict, "algo-1", "two")})
	want(t, alone, 80, "Train   one", "Predict two")
}

// TestWidths breaks text at cells, not at bytes or runes.
func TestWidths(t *testing.T) {
	t.Parallel()
	v := open(t, 30, 4, lines(strings.Repeat("日", 20), strings.Repeat("é", 31), strings.Repeat("👩‍👩‍👧", 16)))
	v.Top()
	want(t, v, 30, strings.Repeat("日", 15), strings.Repeat("日", 5), strings.Repeat("é", 30), "é")
	v.Scroll(2)
	for _, row := range screen(v, 30) {
		if got := ansi.StringWidth(row); got > 30 {
			t.Errorf("row %q has %d cells; want at most 30", row, got)
		}
	}
}

// TestWrap breaks text between words where that leaves a row a third full at least, and
// shows all of it but the blanks at which it breaks.
// TestAtEnd tells a view whose last line is on the screen from one that was scrolled
// up, whether or not it follows.
func TestAtEnd(t *testing.T) {
	t.Parallel()
	short, long := open(t, 40, 5, numbered(3)), open(t, 40, 5, numbered(30))
	for _, v := range []*logview.View{short, long} {
		if !v.AtEnd() {
			t.Error("a view that follows is not at its end")
		}
		v.Top()
	}
	if !short.AtEnd() || long.AtEnd() {
		t.Errorf("at their tops: %v for all on the screen, %v for more; want true and false", short.AtEnd(), long.AtEnd())
	}
	long.Scroll(25)
	if !long.AtEnd() || long.Following() {
		t.Errorf("scrolled to the last line: at the end %v, follows %v; want true and false", long.AtEnd(), long.Following())
	}
}
