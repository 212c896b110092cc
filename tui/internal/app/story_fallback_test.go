package app_test

import (
	"errors"
	"testing"

	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// A day that failed is filled: what with is shown first, and afterwards the day
// says what it is.
func TestFillADay(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("2*j F").ExpectPage(page.Confirm).
			Expect("Fill Sun 2026-01-18?", "With the forecast of 2026-01-13, 5 days old").Expect("same as  daybatch")
		p.Press("esc").ExpectPage(page.Days).ExpectCursor("2026-01-18")
		p.Press("F enter").ExpectPage(page.Days).Expect("2026-01-18 is filled with the forecast of Tue 2026-01-13, 5 days old")
		p.ExpectLine("01-18", "Failed", "Fallback 01-13")
		p.Press("enter").ExpectPage(page.Day).Expect("fallback", "5 days old")
		p.Press("F").ExpectPage(page.Day).Expect("2026-01-18: it is filled with the forecast of 2026-01-13 already")
		p.Press("esc @").ExpectPage(page.Activity).Expect("fill 2026-01-18")
	})
}

func TestFillWhatHasItsOwn(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("7*j F").ExpectPage(page.Days).Expect("2026-01-13: it has a forecast of its own")
	})
}

func TestFillInProduction(t *testing.T) {
	t.Parallel()
	play(t, scene{engine: production(), seed: month}, func(p *script) {
		p.Press("2*j F").ExpectPage(page.Confirm).Expect("type demand-daily to confirm")
		p.Press("enter").ExpectPage(page.Confirm)
		p.Type("demand-daily").Press("enter").ExpectPage(page.Days).Expect("2026-01-18 is filled")
	})
}

func TestFillReadOnly(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: func(f *enginetest.Fake) { month(f) }, readOnly: true}, func(p *script) {
		p.Press("2*j F").ExpectPage(page.Days)
	})
}

// The palette fills a date too; where that can't be planned it is said, and so is
// that a log can't be opened.
func TestFillByCommand(t *testing.T) {
	t.Parallel()
	lost := errors.New("no route to host")
	play(t, scene{seed: month}, func(p *script) {
		p.fake.FailNext("PlanFallback", lost)
		p.Press("2*j F").ExpectPage(page.Days).Expect("plan a fallback for 2026-01-18: no route to host")
		p.Press(":").Type("fallback 2026-01-18").Press("enter").ExpectPage(page.Confirm).Expect("Fill Sun 2026-01-18?")
		p.Press("enter").ExpectPage(page.Days).Expect("2026-01-18 is filled with the forecast of Tue 2026-01-13, 5 days old")
		p.fake.FailNext("Executions", lost)
		p.Press(":").Type("logs 2026-01-18").Press("enter").ExpectPage(page.Days).Expect("no route to host")
	})
	play(t, scene{seed: month, readOnly: true}, func(p *script) {
		p.Press(":").Type("fallback 2026-01-18").Press("enter").ExpectPage(page.Palette).Expect("read-only: fallback is not there")
		p.Press("esc :").Type("console").Press("enter").Expect("this engine has no console")
	})
}
