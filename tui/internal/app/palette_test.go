package app_test

import (
	"slices"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/tui/internal/app"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/page"
)

func TestPaletteOpensPlaces(t *testing.T) {
	t.Parallel()
	tests := []struct {
		line string
		kind page.Kind
		want string
	}{
		{"goto 2026-01-05", page.Days, "Mon 2026-01-05"},
		{"2026-01-13", page.Day, "Tue 2026-01-13"},
		{"01-13", page.Day, "Tue 2026-01-13"},
		{"steps -8", page.Day, "Tue 2026-01-13"},
		{"metrics yesterday", page.Metrics, "Tue 2026-01-20"},
		{"metrics 2026-01-13 --realised", page.Metrics, "a evaluation"},
		{"logs 2026-01-18 prep", page.Logs, "PreProc"},
		{"logs train", page.Logs, "Train"},
		{"plans", page.Progress, "plan"},
		{"rerun 2026-01-18 2026-01-19 --whole", page.Request, "daybatch rerun 2026-01-18 2026-01-19 --whole"},
		{"backfill --from 2026-01-12 --to=2026-01-17 --mode all --chunk 2", page.Request, "--from 2026-01-12 --to 2026-01-17 --mode all --max-active 2 --chunk 2"},
		{"backfill --last 3", page.Request, "--from 2026-01-18 --to 2026-01-20 --mode missing"},
		{"stop latest", page.Confirm, "Stop Tue 2026-01-20, the running attempt?"},
	}
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			t.Parallel()
			play(t, scene{seed: month}, func(p *script) {
				p.Press(":").ExpectPage(page.Palette).Type(tt.line).Press("enter").ExpectPage(tt.kind).Expect(tt.want)
				p.Advance(time.Second).Press("2*esc :").ExpectLine(tt.line, "again").Press("enter").ExpectPage(tt.kind)
			})
		})
	}
}

func TestPaletteRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ line, want string }{
		{"explode now", `there is no command "explode"`},
		{"goto 2026-02-30", `"2026-02-30" is no date`},
		{"goto 2026-01-05 2026-01-06", `"2026-01-06" is one word too many`},
		{"logs latest Trian", `"Trian" is no step of demand-daily`},
		{"backfill --mode some", `--mode "some": must be missing, missing-and-failed, all`},
		{"backfill --from 2026-01-05 --to 2026-01-01", "--from 2026-01-05 is after --to 2026-01-01"},
		{"backfill --max-active none", `--max-active "none": must be a number from 1`},
		{"backfill --fast now", "backfill has no option --fast"},
		{"backfill --mode", "--mode wants a value"},
		{"theme blue", "theme blue: must be auto, dark, light"},
	}
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			t.Parallel()
			play(t, scene{seed: month}, func(p *script) {
				p.Press(":").Type(tt.line).Press("enter").ExpectPage(page.Palette).Expect(tt.want).ExpectCalls("Plan", 0)
				p.Press("backspace").ExpectNot(tt.want)
			})
		})
	}
}

func TestPaletteCompletes(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("ctrl+p").Type("bkf").Press("tab").ExpectLine(": backfill").Type("--mo").Press("tab").Type("missing-a")
		p.Press("tab enter").ExpectPage(page.Request).Expect("--mode missing-and-failed").Press("esc")
		p.Press(":").Type("goto").Press("enter").ExpectPage(page.Palette).ExpectLine("goto 2026-01-20", "Tue")
		p.Press("3*down enter").ExpectPage(page.Days).ExpectCursor("2026-01-17")
	})
}

// What the page does is found by what it is called, and runs.
func TestPaletteRunsActions(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("j :").Type("mark all failed").Press("enter").ExpectPage(page.Days).Expect("2026-01-18")
		p.Press("R").ExpectPage(page.Request).Expect("daybatch rerun 2026-01-18").Press("2*esc")
		p.Press(":").Type("zone utc").Press("enter").Expect("times are shown in UTC")
		p.Press("z").Expect("Asia/Tokyo").Press(":").Press("backspace").ExpectPage(page.Days)
		p.Press(":").Type("quit").Press("enter")
		if !p.quit {
			t.Error("quit did not end the program")
		}
	})
}

func TestPaletteReadOnly(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month, readOnly: true}, func(p *script) {
		p.Press(":").Type("rerun").ExpectNot("repeat dates").Press("enter").Expect("read-only: rerun is not there").ExpectCalls("Plan", 0)
	})
}

// Keys that were chosen work, and are what footer and help show.
func TestChosenKeys(t *testing.T) {
	t.Parallel()
	custom := keys.Custom{
		{Action: keys.Metrics, Keys: []string{"a"}},
		{Page: "days", Action: keys.Rerun, Keys: []string{"ctrl+e"}},
		{Page: keys.GlobalName, Action: keys.Help, Keys: []string{"H"}},
	}
	play(t, scene{seed: month, keys: custom}, func(p *script) {
		p.ExpectLine("a metrics", "ctrl+e rerun", "H help").ExpectNot("m metrics", "? help")
		p.Press("m R ?").ExpectPage(page.Days).Press("a").ExpectPage(page.Metrics).Press("esc")
		p.Press("H").Type("ctrl+e").ExpectLine("ctrl+e", "rerun the selected dates").Press("enter").ExpectPage(page.Request)
	})
}

// TestPagesHaveKeys fails if the keys of a new page can't be chosen.
func TestPagesHaveKeys(t *testing.T) {
	t.Parallel()
	fixed := []page.Kind{page.Request, page.Help, page.Confirm, page.Palette} // forms and dialogs
	for _, kind := range app.Kinds() {
		known := slices.ContainsFunc(keys.Tables(), func(table keys.Table) bool { return table.Page == string(kind) })
		if known == slices.Contains(fixed, kind) {
			t.Errorf("keys of the page %s can be chosen: %v; want %v: see keys.Tables", kind, known, !known)
		}
	}
}

// TestLogOfADateWithoutAttempt says why nothing opens.
func TestLogOfADateWithoutAttempt(t *testing.T) {
	t.Parallel()
	play(t, scene{engine: enginetest.FakeOptions{}}, func(p *script) {
		p.Press(":").Type("logs latest").Press("enter").ExpectPage(page.Days).Expect("has no log: nobody has run it")
	})
}
