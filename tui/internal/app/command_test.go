package app_test

import (
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// paste puts a text where one is typed, as a terminal does.
func (p *script) paste(text string) *script {
	p.t.Helper()
	p.update(tea.PasteMsg{Content: text})
	p.settle()
	return p
}

// Whatever ctrl+y copies, the palette takes: pasted as it is, it leads to the page that
// it was copied from, or to the plan or question of what it does.
func TestPaletteTakesWhatIsCopied(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	seen := map[page.Kind]bool{}
	var all []page.Kind
	play(t, scene{seed: month}, func(p *script) { all = p.model.Commanders() })
	t.Cleanup(func() {
		for _, kind := range all {
			if !seen[kind] {
				t.Errorf("no command of the page %s was tried; want one of each that names one", kind)
			}
		}
	})
	for _, test := range []struct {
		name string
		lead func(*script)
		want string // on the page that it leads to
		to   page.Kind
	}{
		{"days", keysTo("2*j"), "Sun 2026-01-18", page.Day},
		{"days marked", keysTo("V 2*j"), "returns rerun 2026-01-20 2026-01-19 2026-01-18", page.Request},
		{"day", keysTo("7*j enter ["), "attempt 1/2", ""},
		{"log", keysTo("2*j l"), "attempt 1 PreProc", ""},
		{"log of all steps", keysTo("2*j L"), "all steps", ""},
		{"log filtered", func(p *script) { p.Press("7*j enter [ l &").Type("!o.t (").Press("enter 2*ctrl+l") }, "without o.t (", ""},
		{"log by pattern", func(p *script) { p.Press("7*j l &").Type("tr[ae].n").Press("ctrl+r enter") }, "only tr[ae].n", ""},
		{"log, matches only", func(p *script) { p.Press("7*j l /").Type("series").Press("enter x") }, "only series", ""},
		{"metrics", keysTo("j m"), "Mon 2026-01-19", ""},
		{"realised", keysTo("8*j m a"), "came true", ""},
		{"plot", keysTo("8*j f 2*] h"), "series 3/6", ""},
		{"partition", keysTo("7*j d"), "Tue 2026-01-13", ""},
		{"partitions", keysTo("7*j 2*d"), "44 own", ""},
		{"older generations", keysTo("7*j 2*d a"), "44 own", ""},
		{"partitions of some dates", func(p *script) {
			p.Press(":").Type("partition list --from 2026-01-05 --to 01-12 --all").Press("enter")
		}, "8 own", ""},
		{"rows", func(p *script) { p.Press("7*j d /").Type("van kei").Press("enter") }, "/van kei", ""},
		{"generations", keysTo("7*j d c"), "Tue 2026-01-13", ""},
		{"query", func(p *script) {
			p.Press(":").Type("query select 'it''s' as a, dt from demand_forecast").Press("enter")
		}, "", ""},
		{"search", func(p *script) { p.Press("2*j l S").Type("kan.o (").Press("enter") }, "kan.o (", ""},
		{"pipelines", keysTo("0"), "", ""},
		{"doctor", keysTo("!"), "", ""},
		{"mended", keysTo("! M enter esc @"), "", page.Doctor},
		{"backfill", keysTo("B 2*tab 2*right 4*tab right"), "--mode all --max-active 2 --chunk 1", ""},
		{"backfill of what failed", keysTo("B 2*tab 3*right"), "--select failed", ""},
		{"rerun whole", keysTo("2*j R right"), "--whole", ""},
		{"plan", func(p *script) { p.Press("2*j R enter").Advance(10 * time.Minute) }, "plan rr-", ""},
		{"a plan that was saved", func(p *script) { p.Press("2*j R s esc @") }, "RERUN", page.Request},
		{"paused", func(p *script) {
			p.Press("j V 4*j R enter").Advance(time.Second).Press("P esc @")
		}, "pause the plan: ", page.Progress},
		{"drained", func(p *script) {
			p.Press("j V 4*j R enter").Advance(time.Second).Press("D").Advance(time.Second).Press("enter esc @")
		}, "Drain this plan?", page.Confirm},
		{"stopped", keysTo("X enter @"), "Stop Tue 2026-01-20, the running attempt?", page.Confirm},
		{"filled", keysTo("2*j F enter @"), "it is filled with the forecast of 2026-01-13 already", page.Days},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := scene{seed: ill, drive: true}
			if test.name == "pipelines" {
				s = morning()
			}
			s.project, s.dir, s.call = "/home/aki/work/returns", "/home/aki/work", "daybatch --project returns"
			play(t, s, func(p *script) {
				test.lead(p)
				from := p.model.Top()
				mu.Lock()
				seen[from] = true
				mu.Unlock()
				p.clipboard = ""
				p.Press("ctrl+y")
				if !strings.HasPrefix(p.clipboard, s.call+" ") {
					p.t.Fatalf("ctrl+y on %s copied %q; want a command for %s", from, p.clipboard, s.call)
				}
				if other := regexp.MustCompile(`daybatch [a-z].*`).FindString(p.Screen()); other != "" {
					p.t.Errorf("the screen of %s has %q; want every command to name the project", from, other)
				}
				to := test.to
				if to == "" {
					to = from
				}
				p.Advance(time.Second).Press("3*esc").Advance(time.Second)
				p.Press(":").ExpectPage(page.Palette).paste(p.clipboard).Press("enter")
				if p.model.Top() != to {
					p.t.Fatalf("%q leads to %s; want %s:\n%s", p.clipboard, p.model.Top(), to, p.Screen())
				}
				p.Expect(test.want)
			})
		})
	}
}

// Options that every verb of a shell has are taken where they say what is so here, and
// refused with what does the same here, or with why nothing can.
func TestPaletteTakesOptionsOfTheShell(t *testing.T) {
	t.Parallel()
	account := forecast.Account{Profile: "dev", Profiles: []string{"dev", "prod"}, Region: "eu-west-1"}
	desk := effects.Desk{Environ: map[string]string{"HOME": "/home/aki"}}
	for _, test := range []struct {
		line string
		to   page.Kind
		want string
	}{
		{"daybatch --project /home/aki/work/demand steps 2026-01-18", page.Day, "Sun 2026-01-18"},
		{"daybatch steps --project=../demand/ 2026-01-18", page.Day, "Sun 2026-01-18"},
		{"daybatch steps 2026-01-18 --project ~/work/demand", page.Day, "Sun 2026-01-18"},
		{"daybatch steps 2026-01-18 --project ../returns", page.Palette, "--project ../returns is another pipeline: pipeline returns shows it"},
		{"daybatch steps 2026-01-18 --project /srv/demand", page.Palette, "--project /srv/demand is not open here, but ~/work/demand"},
		{"daybatch steps 2026-01-18 --project", page.Palette, "--project wants a value"},
		{"daybatch --profile dev --region eu-west-1 steps 2026-01-18", page.Day, "Sun 2026-01-18"},
		{"daybatch --profile prod steps 2026-01-18", page.Palette, "--profile prod is not what is shown: profile prod turns to it"},
		{"daybatch rerun 2026-01-18 -y --no-input -o table", page.Request, "daybatch rerun 2026-01-18"},
		{"daybatch steps 2026-01-18 -o json", page.Palette, "--output json is for a shell: here export FILE.json"},
		{"daybatch --read-only steps 2026-01-18", page.Day, "Sun 2026-01-18"},
		{"daybatch rerun 2026-01-18 --read-only", page.Palette, "--read-only refuses to rerun"},
		{"daybatch --ascii steps 2026-01-18", page.Palette, "here set ascii on shows no other characters"},
		{"daybatch --yes query 'SELECT 1 AS dt WHERE false'", page.Query, "SELECT 1 AS dt WHERE false"},
		{"daybatch query 'SELECT", page.Palette, "the quote ' has no end"},
		{"steps 2026-01-18 --yes", page.Palette, "steps has no option --yes"},
	} {
		t.Run(test.line, func(t *testing.T) {
			t.Parallel()
			play(t, scene{
				seed: asked, account: &account, desk: desk, beside: []string{"demand", "returns"}, project: "/home/aki/work/demand", dir: "/home/aki/work/x",
			}, func(p *script) {
				p.Press(":").Type(test.line).Press("enter").ExpectPage(test.to).Expect(test.want)
			})
		})
	}
}

// Verbs that a shell has are taken with the program's name, as they are typed there, and
// what has no page says so.
func TestPaletteTakesVerbsOfTheShell(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		line string
		to   page.Kind
		want string
	}{
		{"daybatch diagnose 2026-01-18", page.Day, "Sun 2026-01-18"},
		{"steps 2026-01-13 --attempt 1", page.Day, "attempt 1/2"},
		{"logs 2026-01-13 --step Train --attempt 1", page.Logs, "attempt 1 Train"},
		{"logs 2026-01-13 --attempt 7", page.Days, "2026-01-13 has no attempt 7"},
		{"logs 2026-01-18 --grep a(", page.Palette, "--grep a(: missing closing )"},
		{"partition rollback 2026-01-13 --yes", page.Palette, "partition rollback has no option --yes"},
		{"daybatch partition rollback 2026-01-13 --yes", page.Partition, "Tue 2026-01-13"},
		{"partition export 2026-01-13", page.Partition, "Tue 2026-01-13"},
		{"backfill pause", page.Progress, "No plan was started yet"},
		{"backfill list", page.Progress, "No plan was started yet"},
		{"backfill apply", page.Palette, "give the id of a plan"},
		{"config explain", page.Palette, "config has no page: run daybatch config explain in a shell"},
		{"query 'select dt from demand_forecast'", page.Query, ""},
	} {
		t.Run(test.line, func(t *testing.T) {
			t.Parallel()
			play(t, scene{seed: month}, func(p *script) {
				p.Press(":").Type(test.line).Press("enter").ExpectPage(test.to).Expect(test.want)
			})
		})
	}
	play(t, scene{seed: month}, func(p *script) {
		p.Press(":").Type("logs 2026-01-18 ").ExpectLine("logs 2026-01-18 Extract").Type("Extract ").ExpectNot("Extract Ext").ExpectLine("--attempt")
		p.Press("ctrl+u").Type("logs Extract ").ExpectNot("Extract Ext").Press("ctrl+u").Type("daybatch backfill pau").ExpectLine("backfill pause")
	})
	play(t, scene{seed: month, readOnly: true}, func(p *script) {
		p.Press(":").Type("daybatch backfill drain x").Press("enter").ExpectPage(page.Palette).Expect("read-only: backfill drain is not there")
	})
}
