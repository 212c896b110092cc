package app_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/app"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// A session that was left comes back: page, date, filter, order, zone, and what
// the palette has run.
func TestSessionComesBack(t *testing.T) {
	t.Parallel()
	desk := effects.Desk{Session: filepath.Join(t.TempDir(), "daybatch", "demand.json")}
	play(t, scene{seed: month, desk: desk}, func(p *script) {
		p.Press("s /").Type("succeeded").Press("enter :").Type("zone utc").Press("enter :").Type("goto 2026-01-12").Press("enter")
		p.Press("enter").ExpectPage(page.Day).Press(":").Type("quit").Press("enter")
		if !p.quit {
			t.Error("the program goes on; want it ended")
		}
	})
	var kept app.Session
	if err := desk.Recall(&kept); err != nil {
		t.Fatal(err)
	}
	want := app.Session{
		Page: page.Day, Date: jan(12), Step: forecast.PostProc, Zone: app.UTCZone, Recent: []string{"quit", "goto 2026-01-12", "zone utc"},
		Days: map[string]string{"filter": "succeeded", "sort": "state"},
	}
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Errorf("what was kept differs (-want +got):\n%s", diff)
	}
	play(t, scene{seed: month, session: kept}, func(p *script) {
		p.ExpectPage(page.Day).Expect("Mon 2026-01-12", "UTC").Press("esc").ExpectPage(page.Days)
		p.ExpectCursor("2026-01-12").ExpectNot("Failed").Press(":").ExpectLine("goto 2026-01-12", "again")
	})
}

// Each page that was left comes back as it was, when daybatch starts again: its screen
// is the same but for the foot, which may say something.
func TestSessionOfEachPage(t *testing.T) {
	t.Parallel()
	// These are not opened again, or have tests of their own.
	seen := map[page.Kind]bool{page.Days: true, page.Request: true, page.Progress: true, page.Help: true, page.Confirm: true, page.Palette: true}
	for _, test := range []struct {
		name  string
		scene scene
		lead  func(*script)
		kind  page.Kind
		want  []string
		other bool // the screen is another
	}{
		{"day", scene{}, keysTo("7*j enter ["), page.Day, []string{"Tue 2026-01-13", "attempt 1/2", "out of memory"}, false},
		{"metrics", scene{}, keysTo("j m 2*s"), page.Metrics, []string{"Mon 2026-01-19", "series by name"}, false},
		{"realised", scene{}, keysTo("8*j m a"), page.Metrics, []string{"Mon 2026-01-12", "came true"}, false},
		{"log of a step", scene{}, keysTo("2*j l"), page.Logs, []string{"Sun 2026-01-18 attempt 1 PreProc"}, false},
		{"log of all steps", scene{}, keysTo("2*j l L"), page.Logs, []string{"Sun 2026-01-18 attempt 1 all steps"}, false},
		{"log of an attempt", scene{}, func(p *script) {
			p.Press("7*j enter [ l /").Type("mem.ry").Press("ctrl+r enter &").Type("!nothing").Press("enter 2*ctrl+l")
		}, page.Logs, []string{"Tue 2026-01-13 attempt 1 Train", "/mem.ry", "regex", "without nothing", "from WARN on"}, false},
		{"plot", scene{}, keysTo("8*j f 2*]"), page.Plot, []string{"Mon 2026-01-12", "series 3/6"}, false},
		{"partition", scene{}, func(p *script) { p.Press("7*j d s /").Type("kei").Press("enter tab") }, page.Partition, []string{"Tue 2026-01-13", "/kei", "by date"}, false},
		{"partitions", scene{seed: twice}, func(p *script) { p.Press("8*j 2*d s /").Type("attempt").Press("enter j") }, page.Partitions, []string{"/attempt", "2026-01-12"}, false},
		{"older generation", scene{seed: twice}, keysTo("8*j d j"), page.Partition, []string{"Mon 2026-01-12", "generation 2/2"}, false},
		{"search", scene{}, func(p *script) { p.Press("S").Type("kanto").Press("enter") }, page.Search, []string{"kanto"}, true},
		{"query that is free", scene{seed: asked, kind: "local"}, func(p *script) {
			runs(byDay)(p)
			p.Press("2*right s /").Type("kei").Press("enter 2*left")
		}, page.Query, []string{"60 rows", "by yhat", "/kei"}, false},
		{"query that is paid", scene{seed: asked}, runs(byDay), page.Query, []string{"SELECT * FROM demand_forecast"}, true},
		{"activity", scene{}, keysTo("@"), page.Activity, []string{"newest first"}, false},
		{"doctor", scene{}, keysTo("!"), page.Doctor, []string{"doctor"}, false},
		{"pipelines", morning(), keysTo("0"), page.Overview, []string{"returns"}, false},
	} {
		seen[test.kind] = true
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if test.scene.seed == nil {
				test.scene.seed = month
			}
			left := ""
			test.scene.desk = effects.Desk{Session: filepath.Join(t.TempDir(), "demand.json")}
			play(t, test.scene, func(p *script) {
				test.lead(p)
				left = p.ExpectPage(test.kind).Expect(test.want...).Screen()
				p.Press(":").Type("quit").Press("enter")
				if !p.quit {
					p.t.Error("the program goes on; want it ended")
				}
			})
			if err := test.scene.desk.Recall(&test.scene.session); err != nil {
				t.Fatal(err)
			}
			play(t, test.scene, func(p *script) {
				p.ExpectPage(test.kind).Expect(test.want...)
				if diff := cmp.Diff(body(left), body(p.Screen())); diff != "" && !test.other {
					t.Errorf("the screen differs from what was left (-want +got):\n%s", diff)
				}
				p.Advance(time.Second)
				switch {
				case test.kind == page.Search:
					p.ExpectCalls("Logs", 0).Press("esc") // it is typed, and no more
				case test.kind == page.Query && test.other:
					p.Expect("The query of last time").ExpectCalls("Query", 0).Press("r").Expect("60 rows")
				}
				p.Press(":").Type("days").Press("enter").ExpectPage(page.Days)
			})
		})
	}
	for _, kind := range app.Kinds() {
		if !seen[kind] {
			t.Errorf("whether the page %s comes back is not tried: list it above", kind)
		}
	}
}

// body returns the lines of a screen but for the last, without blanks at their ends.
func body(screen string) []string {
	lines := strings.Split(screen, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines[:len(lines)-1]
}

// The plan that was shown is shown again, not the newest.
func TestSessionOfAPlan(t *testing.T) {
	t.Parallel()
	desk := effects.Desk{Session: filepath.Join(t.TempDir(), "demand.json")}
	play(t, scene{seed: month, desk: desk, drive: true}, func(p *script) {
		p.Press("2*j R enter").Advance(10*time.Minute).Press("esc k R enter").Advance(10*time.Minute).Press("[").Expect("plan 2/2", "2026-01-18")
		p.Press(":").Type("quit").Press("enter")
		var kept app.Session
		if err := desk.Recall(&kept); err != nil {
			p.t.Fatal(err)
		}
		next := beginOn(p.t, scene{session: kept}, p.fake)
		defer next.close()
		next.ExpectPage(page.Progress).Expect("plan 2/2", "2026-01-18")
	})
}

// Who was at the newest date is there again, whichever it is by then.
func TestSessionAtTheNewest(t *testing.T) {
	t.Parallel()
	desk := effects.Desk{Session: filepath.Join(t.TempDir(), "demand.json")}
	play(t, scene{seed: month, desk: desk}, func(p *script) { p.Press("j k q") })
	kept := app.Session{Page: "to be overwritten"}
	if err := desk.Recall(&kept); err != nil || !kept.Date.IsZero() || kept.Page == page.Day {
		t.Errorf("kept %+v, %v; want no date", kept, err)
	}
}

// What can't be shown any more is not.
func TestSessionThatIsGone(t *testing.T) {
	t.Parallel()
	for _, session := range []app.Session{
		{Page: "a page of another version", Date: jan(5)},
		{Page: page.Logs, Date: jan(17)},
		{Page: page.Request, Date: jan(17), Days: map[string]string{"sort": "by the moon", "filter": ""}},
	} {
		play(t, scene{seed: month, session: session}, func(p *script) { p.ExpectPage(page.Days).ExpectCursor(session.Date.String()) })
	}
}

// A page that opens by itself takes no key that was meant for the one before.
func TestKeysMeantForSomethingElse(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month, drive: true}, func(p *script) {
		p.Press("2*j R").ExpectPage(page.Request).Press("enter").ExpectPage(page.Progress)
		p.Press("X P D").ExpectPage(page.Progress).ExpectCalls("Control", 0)
		p.Advance(time.Second).Press("X").ExpectPage(page.Confirm)
	})
	play(t, scene{seed: month, drive: true}, func(p *script) {
		p.Press("2*j R enter").ExpectPage(page.Progress)
		for range 10 { // somebody types on: after a while the keys count again
			p.Press("X").fake.Advance(200 * time.Millisecond)
		}
		p.ExpectPage(page.Confirm).Press("ctrl+c")
	})
}

func TestCopy(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("2*j y").Expect("sent to the terminal's clipboard: 2026-01-18")
		p.Press("ctrl+y").Expect("daybatch steps 2026-01-18")
		p.Press("m ctrl+y").Expect("daybatch metrics 2026-01-18").Press("esc")
		p.Press("V j R ctrl+y").Expect("daybatch rerun 2026-01-1")
		if want := "daybatch rerun 2026-01-18 2026-01-17"; p.clipboard != want {
			t.Errorf("copied %q; want %q", p.clipboard, want)
		}
		p.Press("2*esc k enter y").Expect("3 duplicate rows")
	})
	file := filepath.Join(t.TempDir(), "copied.txt")
	play(t, scene{seed: month, desk: effects.Desk{Environ: map[string]string{"TERM": "linux"}, Saved: file}}, func(p *script) {
		p.Press("y").Expect("saved to " + file[:20])
	})
}

// Without the focus nothing spins.
func TestAway(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.settle()
		p.update(tea.BlurMsg{})
		p.Spin()
		p.Press("j k")
		if len(p.held) > 0 {
			t.Errorf("%d ticks wait without the focus; want none", len(p.held))
		}
		p.update(tea.FocusMsg{})
		p.Press("j k")
		if len(p.held) == 0 {
			t.Error("nothing spins with the focus; want it to: a day runs")
		}
	})
}
