package app_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// daysViews are the forms of the page of days.
func daysViews() []view {
	busy := scene{seed: month}
	return []view{
		{"days_across", busy, keysTo("T 3*left")},
		{"days_across_range", busy, keysTo("space 2*j T left V 3*left j")},
		{"days_across_filter", busy, func(p *script) { p.Press("T /").Type("mon") }},
		{"days_filter", busy, func(p *script) { p.Press("/").Type("kanto") }},
		{"days_filter_none", busy, func(p *script) { p.Press("/").Type("zzz").Press("enter") }},
		{"days_sorted", busy, keysTo("s j")},
		{"days_paid", simulated(), keysTo("2*j")},
	}
}

// A step that fails every Monday is seen at once where dates are columns.
func TestTranspose(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: func(f *enginetest.Fake) {
		for d := calendar.Of(2025, time.December, 1); d <= jan(20); d++ {
			if d.Weekday() == time.Monday {
				f.Seed(d, enginetest.FailedAt(forecast.PreProc, "no rows of sundays"))
				continue
			}
			f.Seed(d, enginetest.Made())
		}
	}}, func(p *script) {
		p.Press("3*j T").ExpectPage(page.Days).Expect("51 days to Tue 2026-01-20", "2026-01-17 Succeeded")
		p.Press("/").Type("mon").Press("enter").Expect("8 days to Mon 2026-01-19", "8 of 51 days").
			ExpectLine("PreProc", "\u2717 \u2717 \u2717 \u2717").Expect("no rows of sundays")
		p.Press("3*left").Expect("2025-12-29 Failed").Press("esc").Expect("51 days", "2025-12-29 Failed")
		p.Press("right").Expect("2025-12-30 Succeeded").Press("2*j l").ExpectPage(page.Logs).Expect("PreProc", "2025-12-30")
		p.Press("esc T").ExpectCursor("2025-12-30")
	})
}

// Above the newest date stands the one that becomes due next, and how long that takes.
// It is no row: it is neither counted nor gone to. Once it is due another stands there.
func TestNextDate(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.ExpectCursor("2026-01-20").ExpectLine("Wed 2026-01-21", "NotDue", "due in").Expect("1/51")
		p.Press("up").ExpectCursor("2026-01-20").Press("k g").ExpectCursor("2026-01-20")
		p.Press("/").Type("mon").ExpectNot("NotDue").Press("2*esc").Expect("NotDue")
		p.Press("s").ExpectNot("NotDue")
	})
	play(t, scene{seed: month}, func(p *script) {
		p.Advance(21*time.Hour).Pass().ExpectLine("Thu 2026-01-22", "NotDue", "due in 23h30m").ExpectLine("Wed 2026-01-21", "Missing")
	})
	ends := enginetest.DemoDefinition()
	ends.End = jan(20)
	play(t, scene{engine: enginetest.FakeOptions{Definition: ends}, seed: month}, func(p *script) {
		p.ExpectNot("NotDue")
	})
}

// A key that does nothing says why.
func TestNoKeyIsSilent(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: func(f *enginetest.Fake) { f.Seed(jan(20), enginetest.Made()) }}, func(p *script) {
		p.Press("*").Expect("no date that is listed has Failed").ExpectNot("1 marked")
		for _, key := range []string{"D", "U", "M"} {
			p.Press(key).Expect(key + " is no key of this page: ? shows those")
		}
		p.Press("L").ExpectPage(page.Logs).Press("Y").Expect("Y is no key of this page")
		p.Press("f").Expect("the log has ended").Press("j p").Expect("the log has ended")
		p.Press("J").Expect("lines that are JSON are laid out, if there are any").Press("J").ExpectNot("laid out")
	})
}

// Several dates are rerun at once, also those that a filter hides again.
func TestRerunSeveralDates(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("* /").Type("stopped").Press("enter").ExpectCursor("2026-01-16").Expect("1 of 51 days")
		p.Press("space R").ExpectPage(page.Request).Expect("2 dates, 2026-01-16 to 2026-01-18", "daybatch rerun 2026-01-18 2026-01-16")
		p.Press("esc 2*esc").ExpectPage(page.Days).ExpectNot("selected", "1 of 51 days").ExpectCursor("2026-01-16")
		p.Press("V 2*k").Expect("3 selected").Press("R").Expect("3 dates, 2026-01-16 to 2026-01-18")
	})
}

// A filter takes words, and words that must not be there; the cursor stays with
// its date where it can.
func TestFilterDays(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("4*j").ExpectCursor("2026-01-16").Press("/").Type("!succeeded").ExpectCursor("2026-01-16").
			ExpectLine("2026-01-20", "Running").ExpectNot("Succeeded  ")
		p.Type(" late !mon").ExpectNot("2026-01-19").Press("esc").ExpectCursor("2026-01-16").Expect("5/51")
		p.Press("/").Type("stale").Press("enter").ExpectCursor("2026-01-10")
		p.Press("esc").ExpectCursor("2026-01-10").ExpectPage(page.Days)
		p.Press("/").Type("q").ExpectPage(page.Days) // a key of the page is text here
		p.Press("esc /").Type("stopped").Press("enter").Press("ctrl+y")
		if want := "daybatch steps 2026-01-16"; p.clipboard != want {
			t.Errorf("ctrl+y copied %q; want %q", p.clipboard, want)
		}
	})
}

func TestSortDays(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("2*j s").Expect("sorted by state, worst first").ExpectCursor("2026-01-18")
		p.Press("g").ExpectCursor("Unknown").Press("j").ExpectCursor("Failed").Press("j").ExpectCursor("Gated")
		p.Press("2*s").Expect("sorted by wape").Press("g").ExpectCursor("0.412")
		p.Press("s").Expect("sorted by date").ExpectCursor("2026-01-19") // nothing was paid
	})
	play(t, simulated(), func(p *script) {
		p.Press("4*s").Expect("sorted by cost").Press("T").Expect("51 days").Press("T").ExpectPage(page.Days)
	})
}

// The table fits every screen, in every charset, with few steps and many, and
// series and reasons may be CJK text.
func TestDaysFit(t *testing.T) {
	t.Parallel()
	for _, s := range []size{{12, 3}, {20, 5}, {59, 16}, {60, 16}, {80, 24}, {100, 17}, {160, 50}, {300, 100}} {
		for _, charset := range []theme.Charset{theme.Unicode, theme.Wide, theme.ASCII} {
			t.Run(fmt.Sprint(s, charset), func(t *testing.T) {
				t.Parallel()
				play(t, scene{width: s.width, height: s.height, look: theme.Options{Charset: charset}, seed: func(f *enginetest.Fake) {
					month(f)
					f.Seed(jan(18), enginetest.FailedAt(forecast.Train, "系列 アルファード 関東: 三つの重複した行があります"))
				}}, func(p *script) {
					for _, keys := range []string{"2*j", "T", "j 3*left V 2*left", "/", "esc s", "T", "s", "*", "G", "g"} {
						p.Press(keys)
					}
				})
			})
		}
	}
}

// In an East Asian locale no cell that has to align is of ambiguous width.
func TestDaysOfWideTerminals(t *testing.T) {
	t.Parallel()
	ambiguous := []rune("●○■▶▒▓█▁▂▃▄▅▆▇·…—←Δ─│┌┐└┘━┄")
	for _, v := range slices.Concat(views(), daysViews(), partitionViews(), plotViews(), actViews(), dayViews(), planViews(), queryViews()) {
		frame := shoot(t, v, size{120, 40}, theme.Options{Charset: theme.Wide}, nil)
		for _, r := range frame {
			if slices.Contains(ambiguous, r) {
				t.Errorf("%s has %q, which takes two cells in an East Asian locale", v.name, r)
				break
			}
		}
	}
}
