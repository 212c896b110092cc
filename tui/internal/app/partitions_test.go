package app_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// partitionsViews are the forms of the list of partitions.
func partitionsViews() []view {
	busy := scene{seed: twice}
	return []view{
		{"partitions", busy, keysTo("3*j 2*d")},
		{"partitions_all", busy, keysTo("8*j 2*d a j")},
		{"partitions_filter", busy, func(p *script) { p.Press("2*d /").Type("!attempt").Press("enter e") }},
		{"partitions_sorted", busy, keysTo("2*d s j")},
		{"partitions_empty", scene{engine: unborn()}, func(p *script) { p.Press(":").Type("partition list").Press("enter") }},
		{"partitions_error", scene{seed: twice}, func(p *script) {
			p.Press("d")
			p.fake.FailNext("Days", errors.New("read the lake: no route to host"))
			p.Press("d")
		}},
	}
}

// The list of all partitions is made of the days: older generations are one more read,
// of all dates at once.
func TestPartitionsOfAllDates(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: twice}, func(p *script) {
		p.Press("8*j d").ExpectPage(page.Partition).ExpectCalls("Partitions", 1)
		p.Press("d").ExpectPage(page.Partitions).ExpectCursor("2026-01-12").ExpectLine("2026-01-12", "168", "attempt 2").
			ExpectLine("2026-01-17", "Missing", "fallback 01-13").ExpectLine("2026-01-18", "Failed", "none: PreProc: series van kanto").
			ExpectLine("2026-01-20", "Running").ExpectCalls("Partitions", 1)
		p.Press("a").ExpectCalls("Partitions", 2).ExpectCursor("attempt 2").Press("j").ExpectCursor("attempt 1").ExpectLine("was current", "attempt 1", "168")
		p.Press("enter").ExpectPage(page.Partition).ExpectCursor("attempt 1").Expect("not the current one").
			Press("esc").ExpectPage(page.Partitions).ExpectCursor("attempt 1")
		p.Press("a").ExpectCursor("attempt 2").ExpectNot("was current")
		p.Press("E").ExpectCursor("2026-01-14").Press("2*E").ExpectCursor("2026-01-16").Press("E").ExpectCursor("fallback 01-13").Press("8*e").
			Expect("no further date lacks a whole forecast").ExpectCursor("2026-01-14")
		p.Press("/").Type("fallback").Press("enter").ExpectCursor("2026-01-17").Expect("1 row shown").Press("ctrl+y")
		if want := "daybatch partition list"; p.clipboard != want {
			t.Errorf("ctrl+y copied %q; want %q", p.clipboard, want)
		}
		p.Press("R").ExpectPage(page.Request).Expect("daybatch rerun 2026-01-17").Press("esc l").ExpectPage(page.Partitions).Expect("2026-01-17 has no log")
		p.Press("esc").ExpectCursor("2026-01-17").ExpectLine("2026-01-18").Press("esc").ExpectPage(page.Partition)
	})
}

// A date that is published while the list is shown gets its generation there, and the
// older ones are read again only while they are shown.
func TestPartitionsLive(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: twice}, func(p *script) {
		p.Press(":").Type("partition list").Press("enter").ExpectPage(page.Partitions).ExpectCursor("2026-01-20").ExpectLine("2026-01-20", "none")
		days := p.fake.Calls("Days")
		p.Advance(time.Hour).ExpectLine("2026-01-20", "Succeeded", "168", "attempt 1").ExpectCalls("Partitions", 0).ExpectCalls("Days", days)
		p.fake.Seed(jan(12), enginetest.Made())
		p.Press("r").ExpectLine("2026-01-12", "attempt 3").ExpectCalls("Partitions", 0)
		p.Press("a").ExpectLine("was current", "attempt 2").ExpectLine("was current", "attempt 1").ExpectCalls("Partitions", 1)
	})
}

// Of some dates no others are listed, also when they change.
func TestPartitionsOfSomeDates(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: twice}, func(p *script) {
		p.Press(":").Type("partition list --from 2026-01-10 --to 2026-01-13").Press("enter").ExpectPage(page.Partitions).Expect("4 own", "1/4").ExpectNot("Wed 2026-01-14", "Fri 2026-01-09")
		days := p.fake.Calls("Days")
		p.Advance(time.Hour).Expect("4 own").ExpectNot("2026-01-20").ExpectCalls("Days", days)
		p.Press("a").ExpectLine("was current", "attempt 1").Press("r G").ExpectCursor("2026-01-10").Press("ctrl+y")
		if want := "partition list --from 2026-01-10 --to 2026-01-13 --all"; !strings.HasSuffix(p.clipboard, want) {
			t.Errorf("ctrl+y copied %q; want %q", p.clipboard, want)
		}
		p.Press("esc :").Type("partition list --from 2026-01-13 --to 2026-01-10").Press("enter").ExpectPage(page.Palette).Expect("is after --to")
	})
}
