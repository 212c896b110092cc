package app_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// chatty is a month of which one date says much, and one step nothing.
func chatty(f *enginetest.Fake) {
	month(f)
	var many []string
	for i := range 250 {
		many = append(many, fmt.Sprintf("series %d of 250: drift at kanto", i+1))
	}
	many = append(many, strings.Repeat("long ", 60)+"drift at the end")
	f.Seed(jan(11), enginetest.Past{Steps: map[forecast.StepName]enginetest.Behaviour{
		forecast.Train: {Log: many}, forecast.Predict: {Log: []string{}},
	}})
}

// seeks opens the search over days and searches for a text.
func seeks(text string) func(*script) {
	return func(p *script) { p.Press("S").Type(text).Press("enter") }
}

// searchViews are the forms of the page of a search over days.
func searchViews() []view {
	busy := scene{seed: chatty}
	held := func(method string) scene {
		return scene{seed: func(f *enginetest.Fake) {
			chatty(f)
			f.Hold(method)
		}}
	}
	return []view{
		{"search", busy, func(p *script) { seeks("kanto")(p); p.Press("3*j") }},
		{"search_new", busy, keysTo("S")},
		{"search_none", busy, func(p *script) { seeks("zebra")(p); p.Press("x") }},
		{"search_loading", held("Logs"), seeks("kanto")},
		{"search_wrong", busy, func(p *script) { p.Press("S ctrl+r").Type("kanto(").Press("enter") }},
		{"search_error", scene{seed: func(f *enginetest.Fake) {
			chatty(f)
			for range 28 { // days that are read at a time ask in no order
				f.FailNext("Logs", fmt.Errorf("read log: %w", forecast.ErrLogin))
			}
		}}, seeks("kanto")},
	}
}

// An error that a day shows is looked for on all days, and its line is opened.
func TestSearchManyDays(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	play(t, scene{seed: chatty, readOnly: true, desk: effects.Desk{Dir: dir}}, func(p *script) {
		p.Press("2*j l /").Type("kanto").Press("enter").Expect("match 1 of 1").Press("S").ExpectPage(page.Search)
		p.Expect("DONE", "1 line on 1 day", "28 days to Tue 2026-01-20, PreProc").ExpectCursor("2026-01-18").
			ExpectLine("2026-01-17", "no log: nobody has run it")
		p.Press("L").Expect("28 days to Tue 2026-01-20 ").ExpectCursor("2026-01-20").ExpectLine("Train", "1 line")
		p.Press("n").ExpectCursor("2026-01-19").Press("N").ExpectCursor("2026-01-20")
		p.Press("/ ctrl+u").Type("drift at (kanto|the)").Press("ctrl+r enter").Expect("251 lines on 1 day").ExpectCursor("2026-01-11").ExpectLine("Train", "251 lines").ExpectLine("+ 248 more lines (u shows 197; enter opens the log)").
			ExpectLine("2026-01-11", "no line of Predict: it wrote none, or its log was removed")
		p.Press("2*j").ExpectCursor("series 2 of 250").Press("y")
		if want := "series 2 of 250: drift at kanto"; p.clipboard != want {
			t.Errorf("y copied %q; want %q", p.clipboard, want)
		}
		p.Press("ctrl+y")
		if want := "daybatch logs --from 2025-12-24 --to 2026-01-20 --grep 'drift at (kanto|the)'"; p.clipboard != want {
			t.Errorf("ctrl+y copied %q; want %q", p.clipboard, want)
		}
		p.Press("enter").ExpectPage(page.Logs).Expect("2026-01-11 attempt 2 Train", "match 2 of 251")
		p.Press("esc").Expect("/ searches").ExpectPage(page.Logs).Press("esc").ExpectPage(page.Search).ExpectCursor("series 2 of 250")
		p.Press("u G").Expect("not kept: enter opens the log").Press("ctrl+s").Expect("200 rows written to ", "/logs-found.csv")
	})
	fields, rows := written(t, filepath.Join(dir, "logs-found.csv"))
	if len(rows) != 200 || fields[0] != "date" || rows[0][0] != "2026-01-11" || rows[0][6] != "series 1 of 250: drift at kanto" {
		t.Errorf("the file has %q and %d rows; want the 200 lines that are kept", fields, len(rows))
	}
}

// The first line of a step leads to its first match, wherever in the log it is.
func TestSearchOpensTheFirstMatch(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: chatty, height: 24, width: 80}, func(p *script) {
		seeks("series 24")(p)
		p.ExpectCursor("2026-01-11").Press("enter").ExpectPage(page.Logs).Expect("match 1 of 11", "series 24 of 250").ExpectNot("series 250 of 250")
		p.Press("2*esc").ExpectPage(page.Search)
		// A line that lies far down is on the screen, with what is around it.
		p.Press("u 10*j").ExpectCursor("series 248").Press("enter").Expect("series 247 of 250", "series 248 of 250", "series 249 of 250", "match 10 of 11")
	})
}

// Days that nobody has run take one row if they are three or more in succession,
// until the rows are unfolded.
func TestSearchFoldsDaysWithoutALog(t *testing.T) {
	t.Parallel()
	gaps := func(f *enginetest.Fake) {
		f.Seed(jan(5), enginetest.Made())
		f.Seed(jan(8), enginetest.Made())
		f.Seed(jan(18), enginetest.Made())
	}
	play(t, scene{seed: gaps, height: 24, width: 80}, func(p *script) {
		seeks("zebra")(p)
		p.ExpectLine("9 days  Fri 2026-01-09 to Sat 2026-01-17", "Missing", "no log").ExpectNot("2026-01-12")
		p.ExpectLine("Wed 2026-01-07", "nobody has run it").ExpectLine("Tue 2026-01-06", "nobody has run it") // two are no run
		p.Press("g").ExpectCursor("2026-01-20").Press("2*j").ExpectCursor("9 days").Press("u").ExpectCursor("2026-01-17").ExpectLine("Mon 2026-01-12", "nobody has run it")
		p.Press("3*j").ExpectCursor("2026-01-14").Press("u").ExpectCursor("9 days").Press("enter").ExpectPage(page.Day).Expect("Sat 2026-01-17")
		p.Press("esc x").ExpectNot("9 days")
	})
	play(t, scene{seed: gaps, height: 24, width: 160}, func(p *script) {
		seeks("zebra")(p)
		p.ExpectLine("9 days  Fri 2026-01-09 to Sat 2026-01-17", "Missing  no log: nobody has run them")
	})
}

// The days that are searched can be moved, and made more.
func TestSearchOtherDays(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: chatty}, func(p *script) {
		seeks("out of memory")(p)
		p.Expect("28 days to Tue 2026-01-20").ExpectCursor("2026-01-13").Expect("1 line on 1 day")
		p.Press("[").Expect("23 days to Tue 2025-12-23", "no line matches", "No line matches").Press("[").Expect("no day before 2025-12-01")
		p.Press("] ]").Expect("28 days to Tue 2026-01-20", "is the newest day").Press("h").Expect("51 days to Tue 2026-01-20").
			Press("2*h").Expect("7 days to Tue 2026-01-20", "no line matches", "no log: nobody has run it")
		p.Press("esc").ExpectPage(page.Days).Press("G S").Expect("The logs of all attempts of Mon 2025-12-01")
	})
}

// What was typed and left is not what was searched for: neither its text nor how it
// was meant.
func TestSearchTypedAndLeft(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: chatty}, func(p *script) {
		seeks("kanto")(p)
		p.ExpectLine(" /kanto  text").Press("/").Type("(").Press("ctrl+r").ExpectLine(" /kanto(", "regex").Press("esc").ExpectLine(" /kanto  text")
	})
}

// A search is stopped by esc, what it has found stays, and nothing more is read.
func TestSearchIsStopped(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: chatty}, func(p *script) {
		release := p.fake.Hold("Logs")
		seeks("kanto")(p)
		p.Expect("Searching", "searching").Press("esc").ExpectPage(page.Search).Expect("STOPPED", "no line matched so far")
		calls := p.fake.Calls("Logs")
		release()
		p.settle()
		p.ExpectCalls("Logs", calls).Press("r").Expect("DONE").Press("esc").ExpectPage(page.Days)
		// Leaving the page ends it too.
		p.fake.Hold("Logs")
		seeks("kanto")(p)
		p.Press("q").ExpectPage(page.Days)
	})
}

// A day that can't be read is said among the others.
func TestSearchSaysWhatWasNotRead(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: chatty}, func(p *script) {
		p.fake.FailNext("Logs", errors.New("throttled"))
		seeks("kanto")(p)
		p.Expect("DONE").ExpectLine("attempt 1", "not read: throttled").ExpectLine("2026-01-12", "attempt 1", "Train")
		p.Press("x").ExpectLine("attempt 1", "not read: throttled").ExpectNot("nobody has run it").Expect("without a log (x shows)")
		p.fake.FailNext("Days", fmt.Errorf("read days: %w", forecast.ErrLogin))
		p.Press("r").Expect("The logs can't be searched", "I logs in again").Press("r").Expect("DONE")
	})
}

// From the palette, with its text; esc on an empty text goes back.
func TestSearchByCommand(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: chatty}, func(p *script) {
		p.Press(":").Type("search nobody writes this").Press("enter").ExpectPage(page.Search).Expect("no line matches", "/nobody writes this")
		p.Press("esc S enter").Expect("Search the logs of many days").Press("esc").ExpectPage(page.Days)
	})
}
