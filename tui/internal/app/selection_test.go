package app_test

import (
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// An action is for what is marked, wherever the cursor is: the foot says so from one
// mark on, and what was acted on is not marked any more.
func TestOneMarkIsSaid(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month, drive: true}, func(p *script) {
		p.Press("2*j space g").ExpectCursor("2026-01-20").Expect("1 marked")
		p.Press("R").Expect("Sun 2026-01-18", "RUN 1").Press("esc").Expect("1 marked")
		p.Press("R enter").ExpectPage(page.Progress).Advance(time.Second).Press("esc").ExpectPage(page.Days).ExpectNot("marked")
		p.Press("G R").ExpectNot("2026-01-18", "2 dates")
	})
}

// A mark that the filter hides counts, and is said to be hidden. What a plan has no
// row for stays marked.
func TestMarksThatStay(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month, drive: true}, func(p *script) {
		p.Press("2*j space /").Type("missing").Press("enter").Expect("1 marked, 1 hidden")
		p.Press("esc space").Expect("2 marked")
		p.Press(":").Type("rerun 2026-01-16").Press("enter").Advance(time.Second).Press("enter").ExpectPage(page.Progress).Advance(time.Second).Press("esc").ExpectPage(page.Days).Expect("2 marked")
	})
}

// A backfill is of a range: where that has more dates than were marked, the form says
// so.
func TestBackfillOfMarks(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("2*j space 4*j space B").Expect("3 dates are in the range not marked")
		p.Press("esc k space j space B").Expect("--from 2026-01-15")
		p.Press("2*esc").ExpectNot("marked").Press("2*k space B").Expect("--from 2026-01-16 --to 2026-01-16").ExpectNot("not marked")
		p.Press("2*esc V 2*j B").Expect("3 in range").ExpectNot("not marked")
	})
}

// Stop and fallback are for the marked dates: the question names them, each is an act
// of its own, and the marks of what was done are taken off.
func TestStopAndFillMarks(t *testing.T) {
	t.Parallel()
	seed := func(f *enginetest.Fake) {
		calm(f)
		f.Seed(jan(19), enginetest.RunningAt(forecast.Train))
		f.Seed(jan(20), enginetest.RunningAt(forecast.Train))
	}
	play(t, scene{seed: seed}, func(p *script) {
		p.Press("2*j space X").ExpectPage(page.Days).Expect("2026-01-18 is not running")
		p.Press("k space k space 3*j X").ExpectPage(page.Confirm).Expect("Stop 2 dates?", "2026-01-20 2026-01-19", "daybatch stop 2026-01-20")
		stops := p.fake.Calls("Stop")
		p.Press("esc").ExpectCalls("Stop", stops).Expect("3 marked")
		p.Press("X enter").ExpectCalls("Stop", stops+2).Advance(time.Minute).Expect("1 marked")
		p.ExpectLine("2026-01-20", "Stopped").ExpectLine("2026-01-19", "Stopped")
		p.Press("@").ExpectLine("stop 2026-01-20", "stopped").ExpectLine("stop 2026-01-19", "stopped").Press("esc")
		p.Press("g space F").ExpectPage(page.Confirm).Expect("Fill 2 dates?", "2026-01-20 with", "2026-01-18 with")
		p.Press("enter").ExpectPage(page.Days).Expect("2 dates are filled").ExpectLine("2026-01-20", "Fallback").ExpectLine("2026-01-18", "Fallback")
		p.Expect("1/51").ExpectNot("marked")
	})
}

// One of several that fails keeps none of the others from it.
func TestStopMarksThatFailInPart(t *testing.T) {
	t.Parallel()
	seed := func(f *enginetest.Fake) {
		calm(f)
		f.Seed(jan(19), enginetest.RunningAt(forecast.Train))
		f.Seed(jan(20), enginetest.RunningAt(forecast.Train))
	}
	play(t, scene{seed: seed}, func(p *script) {
		p.fake.FailNext("Stop", forecast.ErrUnavailable)
		p.Press("V j X enter").Expect("stop 2 dates: 2026-01-20: ").ExpectLine("2026-01-20", "Running").Advance(time.Minute).ExpectLine("2026-01-19", "Stopped")
		p.Press("@").ExpectLine("stop 2026-01-20", "unavailable").ExpectLine("stop 2026-01-19", "stopped")
	})
}
