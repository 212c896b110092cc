package app_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

var update = flag.Bool("update", false, "write the golden screens anew")

// view is a screen of the program: what there is, and how to get there.
type view struct {
	name  string
	scene scene
	get   func(*script)
}

func keysTo(keys string) func(*script) { return func(p *script) { p.Press(keys) } }

// production is the pipeline of production, and one that is long.
func production() enginetest.FakeOptions {
	definition := enginetest.DemoDefinition()
	definition.Production = true
	return enginetest.FakeOptions{Definition: definition}
}

// simulated is a pipeline whose attempts wait for machines that are paid, in an
// account that is none.
func simulated() scene {
	return scene{seed: month, engine: enginetest.FakeOptions{
		Mark: "SIMULATED", Machine: enginetest.Machine{Start: 5 * time.Minute, Price: 0.23},
	}}
}

// unborn is a pipeline that owes no date yet.
func unborn() enginetest.FakeOptions {
	definition := enginetest.DemoDefinition()
	definition.Start = jan(29)
	return enginetest.FakeOptions{Definition: definition}
}

// views returns the pages as they are on a working day.
func views() []view {
	busy := scene{seed: month}
	return []view{
		{"days", busy, keysTo("2*j")},
		{"days_range", busy, keysTo("j space 2*j V 2*j")},
		{"day", busy, keysTo("2*j enter")},
		{"day_running", busy, keysTo("enter")},
		{"day_gated", busy, keysTo("j enter")},
		{"day_fallback", busy, keysTo("3*j enter")},
		{"day_two_attempts", busy, keysTo("7*j enter")},
		{"day_parameters", busy, keysTo("j enter p")},
		{"logs", busy, keysTo("2*j l")},
		{"logs_all_steps", busy, keysTo("2*j L")},
		{"logs_search", busy, func(p *script) { p.Press("2*j L /").Type("series").Press("enter n") }},
		{"logs_paused", busy, func(p *script) { p.Press("l p").Advance(10 * time.Second) }},
		{"metrics", busy, keysTo("j m")},
		{"metrics_filter", busy, func(p *script) { p.Press("j m s /").Type("kei") }},
		{"logs_typing", busy, func(p *script) { p.Press("2*j L /").Type("ser") }},
		{"plan", busy, keysTo("j V 3*j R")},
		{"plan_backfill", busy, keysTo("B 2*tab 2*right")},
		{"plan_machines", simulated(), keysTo("B 2*tab 2*right")},
		{"plan_assumed", scene{engine: simulated().engine}, keysTo("B 2*tab 2*right")},
		{"day_machines", simulated(), keysTo("2*j enter")},
		{"plan_production", scene{engine: production(), seed: month}, keysTo("2*j R")},
		{"progress", scene{seed: month, drive: true}, func(p *script) { p.Press("j V 3*j R enter").Advance(20 * time.Second) }},
		{"help", busy, keysTo("?")},
		{"help_search", busy, func(p *script) { p.Press("enter ?").Type("attempt") }},
		{"palette", busy, keysTo("j :")},
		{"palette_dates", busy, func(p *script) { p.Press("j :").Type("logs 2026-01-1") }},
		{"palette_wrong", busy, func(p *script) { p.Press(":").Type("backfill --mode some").Press("enter") }},
		{"pipelines", morning(), keysTo("0 2*j")},
		{"confirm", busy, keysTo("X")},
		{"confirm_production", scene{engine: production(), seed: month}, keysTo("X")},
		{"confirm_fallback", busy, keysTo("2*j F")},
	}
}

// states returns the pages when there is nothing to show, or it can't be read.
func states() []view {
	lost := errors.New("read state: no route to host")
	fails := func(method string) scene {
		return scene{seed: func(f *enginetest.Fake) {
			month(f)
			f.FailNext(method, lost)
		}}
	}
	holds := func(method string) scene {
		return scene{seed: func(f *enginetest.Fake) {
			month(f)
			f.Hold(method)
		}}
	}
	silent := scene{seed: func(f *enginetest.Fake) {
		f.Seed(jan(20), enginetest.Past{Steps: map[forecast.StepName]enginetest.Behaviour{forecast.Extract: {Log: []string{}}}})
	}}
	return []view{
		{"days_empty", scene{engine: unborn()}, keysTo("")},
		{"days_loading", holds("Days"), keysTo("")},
		{"days_error", scene{seed: func(f *enginetest.Fake) {
			f.FailNext("Days", lost) // the first read
			f.FailNext("Days", lost) // and the one when the subscription begins
		}}, keysTo("")},
		{"days_stale", scene{seed: month}, func(p *script) {
			p.fake.FailNext("Days", lost)
			p.Press("r")
		}},
		{"days_read_only", scene{seed: month, readOnly: true}, keysTo("")},
		{"days_dashboard", scene{seed: month, engine: enginetest.FakeOptions{Dashboard: forecast.Dashboard{Name: "demand", Behind: 2}}}, keysTo("")},
		{"days_drift", scene{seed: month, engine: enginetest.FakeOptions{Drift: forecast.Drift{Since: jan(14), Last: jan(20)}}}, keysTo("")},
		{"day_untried", scene{}, keysTo("enter")},
		{"day_loading", holds("Executions"), func(p *script) { p.Press(":").Type("2025-06-01").Press("enter") }},
		{"day_error", fails("Executions"), func(p *script) { p.Press(":").Type("2025-06-01").Press("enter") }},
		{"day_known_loading", holds("Executions"), keysTo("enter")},
		{"day_known_error", fails("Executions"), keysTo("enter")},
		{"logs_loading", holds("Logs"), keysTo("l")},
		{"logs_error", fails("Logs"), keysTo("l")},
		{"logs_broken", scene{seed: month}, func(p *script) {
			p.Press("l")
			p.fake.FailNext("LogStream.Next", lost)
			p.Advance(10 * time.Second)
		}},
		{"logs_empty", silent, keysTo("right l")},
		{"metrics_untried", scene{}, keysTo("m")},
		{"metrics_none", scene{seed: month}, keysTo("2*j m")},
		{"metrics_loading", holds("Evaluation"), keysTo("j m")},
		{"metrics_error", fails("Evaluation"), keysTo("j m")},
		{"plan_loading", holds("Plan"), keysTo("j R")},
		{"plan_error", fails("Plan"), keysTo("j R")},
		{"plan_nothing", scene{seed: month}, keysTo("7*j V j B")},
		{"plan_wrong", scene{seed: month}, func(p *script) { p.Press("B").Type("x") }},
		{"progress_empty", scene{}, keysTo("P")},
		{"link_lost", scene{seed: func(f *enginetest.Fake) {
			f.Seed(jan(20), enginetest.Made())
			f.FailNext("Watch", lost)
		}}, keysTo("")},
	}
}

type size struct{ width, height int }

func (s size) String() string { return fmt.Sprintf("%dx%d", s.width, s.height) }

// TestScreens compares every page in every size with what a person has looked
// at. With -update it writes them.
func TestScreens(t *testing.T) {
	t.Parallel()
	charsets := []struct {
		name    string
		charset theme.Charset
	}{{"utf8", theme.Unicode}, {"ascii", theme.ASCII}}
	all := slices.Concat(views(), daysViews(), partitionViews(), partitionsViews(), plotViews(), realisedViews(), actViews(), dayViews(), planViews(), queryViews(), searchViews(), states())
	for _, v := range all {
		for _, c := range charsets {
			t.Run(v.name+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				var out strings.Builder
				for _, s := range []size{{60, 16}, {80, 24}, {120, 40}, {200, 60}} {
					out.WriteString("-- " + s.String() + " --\n" + visible(shoot(t, v, s, theme.Options{Charset: c.charset}, looksAlike)))
				}
				golden(t, v.name+"."+c.name, out.String())
			})
		}
	}
}

// TestColours compares the roles that colours stand for. What a role looks like
// is the theme's own matter.
func TestColours(t *testing.T) {
	t.Parallel()
	look := theme.Options{Profile: colorprofile.TrueColor}
	for _, v := range slices.Concat(views(), daysViews(), partitionViews(), partitionsViews(), plotViews(), realisedViews(), actViews(), dayViews(), planViews(), queryViews(), searchViews()) {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			frame := shoot(t, v, size{80, 24}, look, nil)
			golden(t, v.name+".colour", visible(roles(frame, theme.New(look))))
		})
	}
}

// looksAlike checks the screen as it is in all other looks: its text is the same
// without the colours, but for the pointer, which is a block of colour then, and each colour stands for the role that it has in true
// colour on a dark ground. So the golden texts, and the roles of TestColours,
// hold for every profile and ground.
func looksAlike(p *script) {
	p.t.Helper()
	charset := p.model.Look().Charset
	show := func(profile colorprofile.Profile, ground theme.Ground) (string, *theme.Theme) {
		options := theme.Options{Profile: profile, Ground: ground, Charset: charset}
		p.model.SetLook(options)
		return p.model.View().Content, theme.New(options)
	}
	plain, _ := show(colorprofile.ASCII, theme.Dark)
	full, look := show(colorprofile.TrueColor, theme.Dark)
	named := roles(full, look)
	unpointed := strings.NewReplacer(look.Cursor, " ")
	if text := ansi.Strip(full); unpointed.Replace(text) != unpointed.Replace(ansi.Strip(plain)) {
		p.t.Errorf("%dx%d: the text depends on the colours:\n%s", p.width, p.height, text)
	}
	for _, other := range []struct {
		profile colorprofile.Profile
		ground  theme.Ground
	}{{colorprofile.ANSI, theme.Dark}, {colorprofile.ANSI256, theme.Dark}, {colorprofile.TrueColor, theme.Light}, {colorprofile.ANSI, theme.Light}} {
		frame, look := show(other.profile, other.ground)
		if want := styled(named, look); frame != want {
			p.t.Errorf("%dx%d, profile %s, ground %d: roles differ from those in true colour on a dark ground:\n%q\nwant\n%q",
				p.width, p.height, other.profile, other.ground, frame, want)
		}
	}
	if wrong := p.misfit(full); wrong != "" { // and so do those of the same text
		p.t.Errorf("%dx%d: %s", p.width, p.height, wrong)
	}
	show(colorprofile.ASCII, theme.Dark)
}

// styled puts the styles of a theme where roles has named them.
func styled(named string, look *theme.Theme) string {
	for i, name := range roleNames() {
		style := look.Style(theme.Role(i))
		for _, one := range []struct{ styled, name string }{{style.Wrap("\x00"), name}, {style.Chosen("\x00"), name + "|"}} {
			open, _, _ := strings.Cut(one.styled, "\x00")
			named = strings.ReplaceAll(named, "<"+one.name+">", open)
		}
	}
	return strings.ReplaceAll(named, "</>", "\x1b[m")
}

func roleNames() []string {
	return []string{
		"plain", "faint", "strong", "good", "bad", "gate", "busy", "halted", "idle", "absent", "unsure", "accent", "match", "hit", "band", "alarm",
	}
}

// roles replaces the styles of a frame by the names of their roles. A selected
// row is marked with a bar at the end of the name.
func roles(frame string, look *theme.Theme) string {
	for i, name := range roleNames() {
		style := look.Style(theme.Role(i))
		for _, one := range []struct{ styled, name string }{{style.Wrap("\x00"), name}, {style.Chosen("\x00"), name + "|"}} {
			if open, _, _ := strings.Cut(one.styled, "\x00"); open != "" {
				frame = strings.ReplaceAll(frame, open, "<"+one.name+">")
			}
		}
	}
	return strings.ReplaceAll(frame, "\x1b[m", "</>")
}

// shoot returns the frame of a view, and looks at it with a check if there is
// one.
func shoot(t *testing.T, v view, s size, look theme.Options, check func(*script)) string {
	t.Helper()
	v.scene.width, v.scene.height, v.scene.look = s.width, s.height, look
	frame := ""
	play(t, v.scene, func(p *script) {
		v.get(p)
		frame = p.Screen()
		if look.Profile != colorprofile.Unknown {
			frame = p.model.View().Content
		}
		if check != nil {
			check(p)
		}
	})
	return frame
}

// visible shows escapes, and takes away blanks at the ends of lines.
func visible(frame string) string {
	var out strings.Builder
	for line := range strings.SplitSeq(frame, "\n") {
		line = strings.ReplaceAll(line, "\x1b[", "\u241b")
		out.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return out.String()
}

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: go test -update writes it", err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s differs (-want +got); go test -update accepts it:\n%s", path, diff)
	}
}
