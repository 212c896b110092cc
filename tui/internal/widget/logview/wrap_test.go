package logview_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"
)

func TestWrap(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, rows string }{
		{"fit the series of all models", "fit the series of|all models"},
		{"fit all these series and models", "fit all these series|and models"}, // the blank is behind the full row
		{"fit all the series and  models of each series", "fit all the series|and  models of each|series"},
		{"fit all these series  of each", "fit all these series| of each"},
		{"fit all these series   ", "fit all these series"},
		{"s3 /srv/lake/forecasts/2026", "s3 /srv/lake/forecas|ts/2026"},
		{"wrote to /srv/lake/forecasts", "wrote to|/srv/lake/forecasts"},
		{"wrote /srv/lake/forecasts", "wrote /srv/lake/fore|casts"},
		{"it is written to /srv/lake/2026", "it is written to|/srv/lake/2026"},
		{"日本語の予測が終わりました。次の日", "日本語の予測が終わり|ました。次の日"},
		{"日本語の予測が終わる。次の日", "日本語の予測が終わ|る。次の日"},
		{"fit 20 series of 日本語 data", "fit 20 series of 日|本語 data"},
		{"日本語 shop and its-models", "日本語 shop and|its-models"},
	} {
		wanted := strings.Split(tt.rows, "|")
		v := open(t, 20, len(wanted), lines(tt.text))
		want(t, v, 20, wanted...)
	}
}

// TestWrapHoldsAll wraps lines of all kinds at all widths: each character is on the
// screen once, no row is too wide, and none is empty.
func TestWrapHoldsAll(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		words := rapid.SliceOfN(rapid.SampledFrom([]string{"a", " ", "  ", "word", "longer-word", "日本", "。", "é", "👩‍👩‍👧"}), 1, 60).Draw(r, "words")
		width := rapid.IntRange(2, 40).Draw(r, "width")
		text := strings.TrimRight(strings.Join(words, ""), " ")
		v := open(t, width, 200, lines(text))
		rows := screen(v, width)
		for len(rows) > 0 && rows[len(rows)-1] == "" {
			rows = rows[:len(rows)-1]
		}
		for _, row := range rows {
			if ansi.StringWidth(row) > width {
				r.Errorf("row %q is wider than %d", row, width)
			}
		}
		bare := strings.NewReplacer(" ", "")
		if got := bare.Replace(strings.Join(rows, "")); got != bare.Replace(text) {
			r.Errorf("%q at width %d is shown as %q", text, width, rows)
		}
	})
}

// TestLong scrolls through a line of 100 kB.
func TestLong(t *testing.T) {
	t.Parallel()
	v := open(t, 50, 10, lines("first", strings.Repeat("0123456789", 10_000), "last"))
	rows := append([]string{"first"}, slicesRepeat(strings.Repeat("0123456789", 5), 7)...)
	want(t, v, 50, append(rows, "0123456789012345678901234567890  + 99.6 kB (enter)", "last")...)
	v.Go(1)
	if !v.Folds(1) || !v.Open() || v.Folds(1) {
		t.Fatal("the long line was not opened; want it whole")
	}
	v.Follow()
	if rows := screen(v, 50); rows[9] != "last" || rows[8] != strings.Repeat("0123456789", 5) {
		t.Errorf("end of the screen = %q", rows[8:])
	}
	v.Scroll(-1992)
	want(t, v, 50, append([]string{"first"}, slicesRepeat(strings.Repeat("0123456789", 5), 9)...)...)
	v.ToggleWrap()
	v.Sideways(7)
	if got := screen(v, 50)[1]; !strings.HasPrefix(got, "789012") {
		t.Errorf("cut line, 7 cells sideways = %q", got)
	}
}

func slicesRepeat(text string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = text
	}
	return all
}

// TestSideways scrolls cut lines as far as the longest on the screen reaches.
func TestSideways(t *testing.T) {
	t.Parallel()
	v := open(t, 30, 2, lines("short", strings.Repeat("0123456789", 5)+"the end"))
	v.Sideways(10)
	if v.Shift() != 0 {
		t.Errorf("wrapped lines are scrolled by %d cells; want none", v.Shift())
	}
	v.ToggleWrap()
	for _, wanted := range []string{"0123456789", "7890123456", "4567890123"} {
		if !strings.HasPrefix(screen(v, 30)[1], wanted) {
			t.Errorf("line, %d cells to the right = %q; want %q", v.Shift(), screen(v, 30)[1], wanted)
		}
		v.Sideways(7)
	}
	for range 9 {
		v.Sideways(7)
	}
	if got := screen(v, 30)[1]; !strings.HasSuffix(got, "the end") || v.Shift() != 27 {
		t.Errorf("line, as far to the right as it goes = %q by %d; want its end, by 27", got, v.Shift())
	}
	for range 9 {
		v.Sideways(-7)
	}
	if v.Shift() != 0 {
		t.Errorf("scrolled back to %d; want the beginning", v.Shift())
	}
}
