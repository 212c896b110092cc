package app_test

import (
	"slices"
	"strings"
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
		{"rerun 2026-01-10..2026-01-13 01-18 --dry-run", page.Request, "daybatch rerun 2026-01-10..2026-01-13 2026-01-18"},
		{"rerun -3..yesterday", page.Request, "daybatch rerun 2026-01-18 2026-01-19 2026-01-20"},
		{"rerun --failed", page.Request, "daybatch rerun 2026-01-18 2026-01-16"},
		{"rerun --gated --stale --from 2026-01-01", page.Request, "daybatch rerun 2026-01-19 2026-01-10"},
		{"run 2026-01-17", page.Request, "daybatch run 2026-01-17"},
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
		{"rerun 2026-01-05..2026-01-01", "2026-01-05 is after 2026-01-01"},
		{"rerun 2026-01-05..", `"" is no date`},
		{"rerun --failed 2026-01-05", "name the dates, or use --failed, --gated or --stale, not both"},
		{"rerun --from 2026-01-05", "--from and --to go with --failed"},
		{"rerun --gated --to 2026-01-18", "nothing to do: no date from 2025-12-20 to 2026-01-18 needs it"},
		{"rerun --failed --from 2024-01-18", "2025-11-30 is not among the days that were read"},
		{"logs latest Trian", `"Trian" is no step of demand-daily`},
		{"backfill --mode some", `--mode "some": must be missing, missing-and-failed, all`},
		{"backfill --from 2026-01-05 --to 2026-01-01", "--from 2026-01-05 is after --to 2026-01-01"},
		{"backfill --max-active none", `--max-active "none": must be a number from 1`},
		{"backfill --fast now", "backfill has no option --fast"},
		{"backfill --mode", "--mode wants a value"},
		{"theme blue", "theme blue: must be auto, dark, light"},
		{"set theme blue", "theme blue: must be auto, dark, light"},
		{"set colour", "set colour: must be theme, zone, mouse, ascii"},
		{"partition 2026-01-12 --filter 'van kei", "the quote ' has no end"},
		{"set ascii on off", `"off" is one word too many`},
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
		p.Press(":").Type("rerun 2026-01-10..2026-01-1").ExpectLine("rerun 2026-01-10..2026-01-17").ExpectNot("--whole").Type("2").Press("tab enter")
		p.ExpectPage(page.Request).Expect("daybatch rerun 2026-01-10 2026-01-11 2026-01-12")
	})
}

// A date by itself, in any of its forms, is offered with what can be done with it.
func TestPaletteOffersADate(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press(":").Type("-8").ExpectLine("2026-01-13", "Tue  open the day").ExpectLine("logs 2026-01-13", "its log").ExpectLine("rerun 2026-01-13", "shows a plan first")
		p.Press("2*down enter").ExpectPage(page.Request).Expect("daybatch rerun 2026-01-13").Press("esc")
		p.Press(":").Type("12-31").ExpectLine("2025-12-31", "Wed  open the day").Press("down enter").ExpectPage(page.Logs).Expect("2025-12-31").Advance(time.Second).Press("esc")
		p.Press(":").Type("2026-01-05").Press("tab").ExpectLine(": 2026-01-05").Press("ctrl+u")
		if n := strings.Count(p.Type("2026-01-05").Screen(), "open the day"); n != 1 {
			t.Errorf("2026-01-05 is offered %d times; want once", n)
		}
		p.Press("ctrl+u").Type("2031-01-05").ExpectLine("2031-01-05", "Sun  open the day").ExpectNot("rerun 2031-01-05").Press("esc")
		p.Press(":").Type("rerun -8").ExpectLine("rerun 2026-01-13", "Tue").Press("esc") // as an argument too
		p.Press(":").Type("search -8").ExpectNot("2026-01-13")
	})
	play(t, scene{seed: month, readOnly: true}, func(p *script) {
		p.Press(":").Type("01-13").ExpectLine("logs 2026-01-13", "its log").ExpectNot("rerun 2026-01-13")
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

// A setting is changed, what it is now is said, and its names and values are offered.
func TestPaletteSets(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press(":").Type("set").Press("enter").ExpectPage(page.Days).Expect("theme auto, zone pipeline, mouse off, ascii off")
		p.Press(":").Type("set ").ExpectLine("set mouse", "off now: wheel and clicks").Type("as").Press("tab").ExpectLine("set ascii off", "now").Type("on").Press("enter")
		p.Expect("ascii on, for now: config.yaml says how daybatch begins").ExpectNot("\u2713")
		p.Press(":").Type("set ascii ").ExpectLine("set ascii on", "now").Type("off").Press("enter").Expect("ascii off").Press("j").Expect("\u2713")
		p.Press(":").Type("set zone utc").Press("enter").Expect("times are shown in UTC")
		p.Press(":").Type("set zone").Press("enter").Expect("zone is utc, of pipeline, local, utc")
		p.Press(":").Type("zone ").ExpectLine("zone utc", "now").Press("esc")
		p.Press("ctrl+t").Expect("mouse on").Press(":").Type("set mouse").Press("enter").Expect("mouse is on, of on, off")
		p.Press(":").Type("backfill --from 2026-01-05 --order ").ExpectLine("--order oldest").ExpectNot("--last")
	})
}

// The generations of the line's date are asked for once, and offered with what made
// them; the columns of a filter are too.
func TestPaletteOffersGenerations(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		before := p.fake.Calls("Partitions")
		p.Press(":").Type("partition 2026-01-13 --gen").Press("tab").ExpectLine("--generation ", "current: attempt 2, 01-14 06:06")
		p.Type("nothing").ExpectNot("attempt 2").Press("7*backspace").ExpectLine("--generation ", "attempt 2")
		if n := p.fake.Calls("Partitions") - before; n != 1 {
			t.Errorf("generations were asked for %d times; want once", n)
		}
		p.Press("tab").Type("--fi").Press("tab").ExpectLine("--filter vehicle=").Type("vehicle=van").Press("enter")
		p.ExpectPage(page.Partition).Expect("2026-01-13")
		p.Press("esc :").Type("partition 2026-01-14 --generation ").Expect("2026-01-14 has no partition").Press("esc")
		p.Press(":").Type("partition 2026-01-12 --filter ").ExpectLine("--filter model=").Press("tab").ExpectLine(": partition 2026-01-12 --filter vehicle=")
		p.Press("ctrl+u").Type("partition 2026-01-12 --filter 'vehicle=van 02-0'").Press("enter").ExpectPage(page.Partition).Expect("02-0")
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

// Dialogs and forms take the keys that were chosen for them, and say which these
// are; those that were chosen for pages are text there.
func TestChosenKeysOfDialogs(t *testing.T) {
	t.Parallel()
	custom := keys.Custom{
		{Action: keys.Down, Keys: []string{"n"}},
		{Page: keys.FormName, Action: keys.Confirm, Keys: []string{"ctrl+x"}},
		{Page: keys.FormName, Action: keys.NextField, Keys: []string{"ctrl+n"}},
		{Page: keys.TypingName, Action: keys.Confirm, Keys: []string{"ctrl+j"}},
		{Page: keys.HelpName, Action: keys.Down, Keys: []string{"ctrl+j"}},
		{Page: keys.HelpName, Action: keys.Confirm, Keys: []string{"f2"}},
		{Page: keys.PaletteName, Action: keys.Back, Keys: []string{"ctrl+g"}},
		{Page: keys.QuestionName, Action: keys.Confirm, Keys: []string{"y"}},
	}
	if wrong := custom.Check(); len(wrong) != 1 || !strings.Contains(wrong[0].Error(), `"y" is text there`) {
		t.Errorf("Check = %v; want y alone, which may have to be typed", wrong)
	}
	custom[len(custom)-1].Keys = []string{"ctrl+y"}
	if wrong := custom.Check(); len(wrong) > 0 {
		t.Errorf("Check = %v; want nothing wrong", wrong)
	}
	play(t, scene{seed: month, keys: custom}, func(p *script) {
		p.Press("/").Type("mon").Press("enter").Expect("ctrl+j keeps it").Press("ctrl+j").ExpectNot("keeps it").Expect("/mon").Press("esc")
		p.Press("2*n X").ExpectPage(page.Days).Press("g X").ExpectPage(page.Confirm).Expect("ctrl+y stops it", "esc leaves it as it is")
		p.Press("enter").ExpectPage(page.Confirm).ExpectCalls("Stop", 0).Press("ctrl+y").ExpectPage(page.Days).ExpectCalls("Stop", 1)
		p.Press(":").Expect("ctrl+g closes").Press("esc").ExpectPage(page.Palette).Press("ctrl+g").ExpectPage(page.Days)
		p.Press("?").Type("n").Expect("f2 runs it").Press("esc").ExpectPage(page.Days)
		p.Press("B").ExpectPage(page.Request).ExpectLine("ctrl+x start", "esc back").Expect("ctrl+x starts ")
		p.Press("2*ctrl+n right").Expect("(o) missing, failed").Press("enter").ExpectPage(page.Request)
		p.Press("ctrl+x").ExpectPage(page.Progress)
	})
}

// TestPagesHaveKeys fails if the keys of a new page can't be chosen.
func TestPagesHaveKeys(t *testing.T) {
	t.Parallel()
	for _, kind := range app.Kinds() {
		name := string(kind)
		if kind == page.Request {
			name = keys.FormName
		}
		if !slices.ContainsFunc(keys.Tables(), func(table keys.Table) bool { return table.Page == name }) {
			t.Errorf("keys of the page %s can't be chosen; want that they can: see keys.Tables", kind)
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

// A command that takes one date offers no second one, one that takes several does.
func TestPaletteOffersWhatIsTaken(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press(":").Type("steps ").ExpectNot(" 0   tab completes").Type("2026-01-18 ").Expect("--attempt", " 1   tab completes")
		p.Press("ctrl+u").Type("metrics 2026-01-18 ").Expect("--realised", " 1   tab completes")
		p.Press("ctrl+u").Type("rerun 2026-01-18 ").Expect("rerun 2026-01-18 2026-01-17")
	})
}
