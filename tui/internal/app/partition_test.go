package app_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// twice is a month whose 12th has two generations.
func twice(f *enginetest.Fake) {
	month(f)
	f.Seed(jan(12), enginetest.Made())
}

// partitionViews are the forms of the page of a partition.
func partitionViews() []view {
	busy := scene{seed: twice}
	fails := func(method string, keys string) view {
		return view{"partition_error_" + method, scene{seed: func(f *enginetest.Fake) {
			twice(f)
			f.FailNext(method, errors.New("read the lake: no route to host"))
		}}, keysTo(keys)}
	}
	return []view{
		{"partition", busy, keysTo("8*j d")},
		{"partition_rows", busy, func(p *script) { p.Press("8*j d tab 30*j s right /").Type("kanto ets").Press("enter") }},
		{"partition_older", busy, func(p *script) { p.Press("8*j d j /").Type("vehicle=van").Press("enter") }},
		{"partition_diff", busy, keysTo("8*j d c tab j")},
		{"partition_rollback", busy, keysTo("8*j d c U")},
		{"partition_fallback", busy, keysTo("3*j d")},
		{"partition_none", busy, keysTo("2*j d")},
		{"partition_loading", scene{seed: func(f *enginetest.Fake) {
			month(f)
			f.Hold("Partitions")
		}}, keysTo("8*j d")},
		fails("Partitions", "8*j d"), fails("Forecasts", "8*j d"), fails("Compare", "8*j d c"),
	}
}

func TestRollBackADate(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: twice}, func(p *script) {
		p.Press("8*j d").ExpectPage(page.Partition).Expect("attempt 2", "current", "168 of 168", "asked for by serve").ExpectCursor("attempt 2")
		p.Press("c").Expect("6 series differ", "+1.0 %").Press("U").ExpectPage(page.Confirm).
			Expect("attempt 1, 168 rows", "changes by -1.0 %").ExpectCalls("Rollback", 0)
		p.Press("esc").ExpectPage(page.Partition).ExpectCalls("Rollback", 0)
		p.Press("j U").Expect("attempt 1, 168 rows").Press("enter").ExpectCalls("Rollback", 1).ExpectPage(page.Partition).
			Expect("readers see generation").ExpectLine("attempt 1", "current").ExpectLine("attempt 2", "was current")
		p.Press("2*esc").ExpectPage(page.Days).ExpectCursor("2026-01-12")
	})
}

// Somebody else's publication between the question and the answer is not undone.
func TestRollBackTooLate(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: twice}, func(p *script) {
		p.Press("8*j d U").ExpectPage(page.Confirm)
		p.fake.Seed(jan(12), enginetest.Made())
		p.Press("enter").ExpectPage(page.Partition).Expect("conflict").ExpectLine("attempt 3", "current")
	})
}

func TestRowsOfAPartition(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: twice}, func(p *script) {
		p.Press("8*j d /").Type("van 02-0").Expect("18 of 168 rows").Press("enter").ExpectCursor("2026-02-01")
		p.Press("G").ExpectCursor("2026-02-09").Expect("row 18/18").Press("esc").Expect("168 of 168").ExpectCursor("2026-02-09").Expect("row 168/168")
		p.Press("g 3*j s").Expect("rows by date").ExpectCursor("2026-01-16").Expect("row 19/168")
		p.Press("2*s").Expect("rows by series").Press("]").ExpectLine("partition", "2026-01-13").Press("{").ExpectLine("2026-01-12", "partition")
		p.Press("{ U").Expect("no older generation").Press("c").Expect("no second generation")
		p.Press("y")
		if p.clipboard == "" {
			t.Error("y copied nothing")
		}
		p.Press("ctrl+y")
		if want := "daybatch partition show 2026-01-11"; p.clipboard != want {
			t.Errorf("ctrl+y copied %q; want %q", p.clipboard, want)
		}
	})
	play(t, scene{seed: twice, readOnly: true}, func(p *script) {
		p.Press("8*j d U").ExpectPage(page.Partition).ExpectCalls("Rollback", 0)
	})
}

// The rows are those of the generation under the cursor, through the filter; one that
// becomes current meanwhile is told of and does not take its place.
func TestRowsOfAnOlderGeneration(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: twice}, func(p *script) {
		p.Press("8*j d").Expect("rows of the current generation", "40.0").Press("/").Type("vehicle=compact ds=2026-01-13 kansai").Press("enter").
			Expect("1 of 168").ExpectLine("compact", "40.0").Press("tab j").
			Expect("not the current one", "1 of 168").ExpectLine("compact", "39.6").Press("k").Expect("rows of the current generation").ExpectLine("compact", "40.0")
		p.fake.Seed(jan(12), enginetest.Made())
		p.Press("tab").Expect("readers see", "now (r)").ExpectLine("attempt 2", "was current").ExpectLine("compact", "40.0")
		p.Press("ctrl+y")
		if !strings.Contains(p.clipboard, "partition preview 2026-01-12 --generation ") || !strings.Contains(p.clipboard, " --filter 'vehicle=compact ds=2026-01-13 kansai'") {
			t.Errorf("ctrl+y copied %q; want the command that shows the same rows", p.clipboard)
		}
		p.Press("tab r").Expect("rows of the current generation").ExpectCursor("attempt 3")
		p.Press("3*esc :").Type("partition 2026-01-12 --filter van").Press("enter").Expect("56 of 168")
		p.Press("3*esc :").Type("partition 2026-01-12 --generation nope").Press("enter").
			Expect("generation nope of 2026-01-12 is not there", "168 of 168").ExpectCursor("attempt 3")
	})
}

// The columns of the series and the date stay while the others are moved through.
func TestColumnsOfAPartition(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: twice, width: 60, height: 24}, func(p *script) {
		p.Press("8*j d").ExpectLine("vehicle", "region", "ds", "yhat", "lo80", ">").Press("right").
			ExpectLine("vehicle", "region", "ds", "<", "hi80", ">").ExpectNot("yhat").ExpectLine("compact", "kansai", "2026-01-13")
		p.Press("9*right").ExpectLine("vehicle", "ds", "<", "model").ExpectNot(">").Press("9*left").ExpectLine("ds", "yhat", ">").ExpectNot("<")
		p.Press("right s").ExpectLine("ds", "<", "lo80").Press("/").Type("van").Press("enter").ExpectLine("ds", "<", "lo80").ExpectLine("van", "2026-01-13")
	})
}
