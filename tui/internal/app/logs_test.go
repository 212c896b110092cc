package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// wordy is a day whose Extract wrote all that a log view has to cope with.
func wordy(f *enginetest.Fake) {
	f.Seed(jan(20), enginetest.Past{Steps: map[forecast.StepName]enginetest.Behaviour{forecast.Extract: {Log: []string{
		"INFO open orders, 3 sources",
		"DEBUG select vehicle, region, sum(quantity) from orders where ds = '2026-01-20' group by vehicle, region order by vehicle, region, ds limit 100000",
		"\x1b[31mWARN\x1b[0m \x1b]0;title\x07late rows of 関東: 12 of 1,204 👩‍👩‍👧",
		"10 %\r 50 %\r100 % of rows read",
		`{"level":"info","msg":"rows","count":6570,"by":{"kanto":3210,"kansai":3360}}`,
		"INFO connect with token=abcd1234efgh",
		"ERROR features failed",
		"Traceback (most recent call last):",
		`  File "/opt/ml/code/features.py", line 88, in build`,
		"    frame['price_lag_7']",
		"KeyError: 'price_lag_7'",
		"WARN price_lag_7 is filled with zeros",
		"panic: runtime error: index out of range [7] with length 7",
		"",
		"goroutine 1 [running]:",
		"main.build(0x7)",
		"\t/src/main.go:88 +0x1d",
		"INFO done",
	}}}})
}

// logViews are the states of a log.
func logViews() []view {
	logs := scene{seed: wordy}
	return []view{
		{"logs_folded", logs, keysTo("right l")},
		{"logs_unfolded", logs, keysTo("right l u g")},
		{"logs_cut", logs, keysTo("right l w right")},
		{"logs_pretty", logs, keysTo("right l J g")},
		{"logs_level", logs, keysTo("right l 3*ctrl+l")},
		{"logs_error_next", logs, keysTo("right l g 2*e")},
		{"logs_names", logs, keysTo("L 2*t c g")},
		{"logs_filter", logs, func(p *script) { p.Press("right l &").Type("!price").Press("enter") }},
		{"logs_filter_typing", logs, func(p *script) { p.Press("right l &").Type("price") }},
		{"logs_filter_none", logs, func(p *script) { p.Press("right l &").Type("nowhere").Press("enter") }},
		{"logs_only", logs, func(p *script) { p.Press("right l /").Type(`price_lag_\d`).Press("ctrl+r enter x") }},
		{"logs_wrong_regex", logs, func(p *script) { p.Press("right l /").Type("a(").Press("ctrl+r") }},
	}
}

// TestLogScreens compares the states of a log with what a person has looked at.
func TestLogScreens(t *testing.T) {
	t.Parallel()
	for _, v := range logViews() {
		for name, look := range map[string]theme.Options{
			"utf8": {}, "ascii": {Charset: theme.ASCII}, "colour": {Profile: colorprofile.TrueColor},
		} {
			t.Run(v.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				var out strings.Builder
				for _, s := range []size{{60, 16}, {80, 24}, {120, 40}, {200, 60}} {
					frame := visible(shoot(t, v, s, look, nil))
					if name == "colour" {
						frame = visible(roles(shoot(t, v, s, look, nil), theme.New(look)))
					}
					out.WriteString("-- " + s.String() + " --\n" + frame)
				}
				golden(t, v.name+"."+name, out.String())
			})
		}
	}
}

func TestReadALog(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: wordy}, func(p *script) {
		p.Press("right l").ExpectPage(page.Logs)
		p.ExpectLine("WARN late rows of 関東").ExpectLine("100 % of rows read").ExpectNot("50 %", "title", "abcd1234efgh")
		p.ExpectLine("Traceback", "+ 2 lines folded").ExpectNot("features.py")
		p.Press("g e").Press("y")
		if p.clipboard != "ERROR features failed" {
			t.Errorf("y copied %q; want the error", p.clipboard)
		}
		p.Press("e enter").ExpectLine("features.py").Press("enter").ExpectNot("features.py")
		p.Press("/").Type("price_lag").Press("enter").ExpectLine("match 1 of 3").Expect("frame['price_lag_7']")
		p.Press("n").ExpectLine("match 2 of 3").Press("2*N").ExpectLine("match 3 of 3")
		p.Press("x").ExpectNot("INFO done").Press("x").Expect("INFO done")
		p.Press("esc").ExpectPage(page.Logs).ExpectNot("match 3").Press("esc").ExpectPage(page.Days)
	})
}

// TestFilterALog types a filter letter by letter: each cancels what the one
// before looked for.
func TestFilterALog(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: wordy}, func(p *script) {
		p.Press("right l &").Type("!INFO").ExpectNot("INFO open", "INFO done").Expect("KeyError")
		p.Press("enter").ExpectLine("without INFO").Press("2*ctrl+l").ExpectLine("from WARN on").ExpectNot("connect with")
		p.Press("esc 2*ctrl+l").Expect("INFO done", "DEBUG select")
		p.Press("&").Type("nowhere").Expect("No line is shown").Press("esc").Expect("INFO done")
	})
}

// long is a day whose Extract wrote 300 lines, each tenth of which says so.
func long(f *enginetest.Fake) {
	log := make([]string, 300)
	for i := range log {
		log[i] = fmt.Sprintf("INFO row %d of orders", i)
		if i%10 == 0 {
			log[i] += ", each tenth"
		}
	}
	f.Seed(jan(20), enginetest.Past{Steps: map[forecast.StepName]enginetest.Behaviour{forecast.Extract: {Log: log}}})
}

// TestSearchFromHere searches from where the reader is: the next match below, with
// every letter from the same place; the end is said; what is dropped leads back.
func TestSearchFromHere(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: long, width: 100, height: 20}, func(p *script) {
		p.Press("right l g 9*ctrl+d").ExpectPage(page.Logs).ExpectTop("row 72 ")
		p.Press("/").Type("tenth").Expect("match 9 of 30").Expect("row 80 of orders, each tenth").ExpectTop("row 72 ")
		p.Press("5*backspace").Type("row 2").Expect("match 12 of 111", "row 200 of")
		p.Press("backspace").Type("7").Expect("match 4 of 11", "row 72 of").ExpectTop("row 72 ")
		p.Press("backspace").Type("4").Expect("match 1 of 11", "no match below: the first from the top").ExpectTop("row 0 ")
		p.Press("backspace").Type("nothing").Expect("no match").ExpectTop("row 72 ")
		p.Press("esc").ExpectTop("row 72 ").ExpectNot("no match")
		p.Press("/").Type("tenth").Press("enter n").Expect("match 10 of 30").Press("2*N").Expect("match 8 of 30")
		p.Press("8*N").Expect("match 30 of 30", "no further match above: the last from the end")
		p.Press("n").Expect("match 1 of 30", "no further match below: the first from the top")
		p.Press("G / ctrl+u").Type("row 29").Expect("match 2 of 11", "row 290 of").Press("esc").ExpectLine("ENDED complete").ExpectNot("not at the end")
	})
}

// The line that the reader is at is marked and counted; it is what is copied and
// opened, and a range of lines is copied as a whole.
func TestLineOfALog(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: wordy, width: 100, height: 30}, func(p *script) {
		copies := func(want string) {
			p.t.Helper()
			if p.Press("y"); p.clipboard != want {
				p.t.Errorf("y copied %q; want %q", p.clipboard, want)
			}
		}
		p.Press("right l").ExpectLine("ENDED complete", "06:00:0").ExpectLine("▸INFO done").Expect("line 18/18 100%")
		copies("INFO done")
		p.Press("k").ExpectLine("▸panic").Press("enter").ExpectLine("▸panic").ExpectLine("main.build(0x7)")
		p.Press("3*k").ExpectLine("▸Traceback", "2 lines folded").Press("enter").ExpectLine("▸Traceback").ExpectLine("features.py")
		p.Press("enter").ExpectNot("features.py").ExpectLine("main.build(0x7)")
		p.Press("g 3*ctrl+l").Expect("errors").Press("e").ExpectLine("▸ERROR features").Press("e").ExpectLine("▸Traceback")
		copies("Traceback (most recent call last):")
		p.Press("ctrl+l g V 2*j").Expect("3 selected")
		copies("INFO open orders, 3 sources\nDEBUG select vehicle, region, sum(quantity) from orders where ds = '2026-01-20' group by vehicle, region order by vehicle, region, ds limit 100000\nWARN late rows of 関東: 12 of 1,204 👩‍👩‍👧")
		p.ExpectNot("selected").Press("V").Expect("1 selected").Press("esc").ExpectPage(page.Logs).ExpectNot("selected").Expect("line 3/18 16%")
	})
}

// A log that is read from where it was kept says so, with its age and why; one that is
// asked for does not.
func TestLogFromDisk(t *testing.T) {
	t.Parallel()
	for why, want := range map[error]string{
		forecast.ErrLogin: "from disk, read 5m ago: not logged in", forecast.ErrUnavailable: "from disk, read 5m ago: no answer now",
	} {
		play(t, scene{seed: wordy, width: 100, height: 30, keptLogs: why}, func(p *script) { p.Press("right l").ExpectLine("ENDED complete", want).Expect("INFO done") })
	}
	play(t, scene{seed: wordy, width: 100, height: 30}, func(p *script) { p.Press("right l").ExpectLine("ENDED complete").ExpectNot("from disk") })
}

// While a log is followed no line is marked, and it is said how far it is behind.
func TestAgeOfALog(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("l").ExpectLine("FOLLOW", "lag 3s").ExpectNot("▸").Press("k").ExpectLine("PAUSED").Expect("▸", "line ")
		p.Press("f").ExpectLine("FOLLOW").ExpectNot("▸", "line ")
		p.fake.Hold("LogStream.Next")
		p.Advance(5*time.Minute).Pass().ExpectLine("FOLLOW", "nothing new for 4m")
	})
}
