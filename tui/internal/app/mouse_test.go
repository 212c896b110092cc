package app_test

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/daybatch/daybatch/tui/internal/app"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// Find returns where a text is on the screen, in the first line that has it.
func (p *script) Find(text string) (x, y int) {
	p.t.Helper()
	for y, line := range strings.Split(p.Screen(), "\n") {
		if before, _, ok := strings.Cut(line, text); ok {
			return ansi.StringWidth(before), y
		}
	}
	p.t.Fatalf("the screen of %s lacks %q, which was to be clicked at:\n%s", p.model.Top(), text, p.Screen())
	return 0, 0
}

// Click clicks at a text.
func (p *script) Click(text string) *script {
	p.t.Helper()
	x, y := p.Find(text)
	return p.ClickAt(x, y)
}

// ClickAt clicks at a cell.
func (p *script) ClickAt(x, y int) *script {
	p.t.Helper()
	p.update(tea.MouseClickMsg{Button: tea.MouseLeft, X: x, Y: y})
	p.settle()
	return p
}

// Wheel turns the wheel over a cell, down if it turns by more than 0.
func (p *script) Wheel(x, y, turns int) *script {
	p.t.Helper()
	button := tea.MouseWheelDown
	if turns < 0 {
		button, turns = tea.MouseWheelUp, -turns
	}
	for range turns {
		p.update(tea.MouseWheelMsg{Button: button, X: x, Y: y})
		p.settle()
	}
	return p
}

// ExpectUnder fails if no line under a cursor has the text: one that is reversed, or
// that the sign of a cursor stands in.
func (p *script) ExpectUnder(text string) *script {
	p.t.Helper()
	for line := range strings.SplitSeq(p.model.View().Content, "\n") {
		if marked := strings.Contains(line, "\x1b[7m") || strings.Contains(line, "\u25b8"); marked && strings.Contains(ansi.Strip(line), text) {
			return p
		}
	}
	p.t.Errorf("no line of %s under a cursor has %q:\n%s", p.model.Top(), text, p.Screen())
	return p
}

// pointed is a page, a text on it that is clicked at, and what must come of it.
type pointed struct {
	name  string
	kind  page.Kind
	scene scene
	get   func(*script)
	click string
	want  func(*script) // nil: the cursor is on the line
}

func pointedAt() []pointed {
	busy := scene{seed: month}
	expect := func(texts ...string) func(*script) { return func(p *script) { p.Expect(texts...) } }
	line := func(texts ...string) func(*script) { return func(p *script) { p.ExpectLine(texts...) } }
	return []pointed{
		{"days", page.Days, busy, keysTo(""), "2026-01-13", nil},
		{"days scrolled", page.Days, busy, keysTo("40*j"), "2025-12-18", nil},
		{"days filtered", page.Days, busy, func(p *script) { p.Press("/").Type("succeeded").Press("enter") }, "2026-01-07", nil},
		{"days, its filter being typed", page.Days, busy, func(p *script) { p.Press("/").Type("succeeded") }, "2026-01-07", func(p *script) {
			p.ExpectUnder("2026-01-07").Press("j").ExpectUnder("2026-01-06").Expect("/succeeded")
		}},
		{"days, a step", page.Days, busy, keysTo(""), "\u2717   \u2298   \u2298      1     56s", func(p *script) { p.ExpectUnder("2026-01-19").Press("l").Expect("TrainEvaluation") }},
		{"days as columns", page.Days, busy, keysTo("T"), "\u2717 \u2713 \u2713", func(p *script) { p.Expect("2026-01-18 Failed").Press("l").Expect("PreProc") }},
		{"steps", page.Day, busy, keysTo("2*j enter"), "TrainEvaluation", nil},
		{"attempts", page.Day, busy, keysTo("7*j enter"), "1 <2>", line("<1>", "Failed")},
		{"log", page.Logs, busy, keysTo("2*j L"), "6,570 rows", nil},
		{"traceback", page.Logs, scene{seed: wordy}, keysTo("right l"), "2 lines folded", func(p *script) { p.ExpectUnder("Traceback").Expect("features.py") }},
		{"log, a search being typed", page.Logs, busy, func(p *script) { p.Press("2*j L /").Type("zz") }, "6,570 rows", func(p *script) {
			p.ExpectUnder("6,570 rows").Press("k").ExpectUnder("open orders").Expect("/zz")
		}},
		{"series", page.Metrics, busy, keysTo("j m"), "kei kanto", nil},
		{"generations", page.Partition, scene{seed: twice}, keysTo("8*j d tab"), "attempt 1", nil},
		{"rows", page.Partition, scene{seed: twice}, keysTo("8*j d"), "2026-01-16", nil},
		{"partitions", page.Partitions, scene{seed: twice}, keysTo("2*d"), "2026-01-17", nil},
		{"differences", page.Partition, scene{seed: twice}, keysTo("8*j d c"), "kei kanto", nil},
		{"query", page.Query, scene{seed: asked}, runs(byDay), "T06:07:00Z", nil},
		{"plotted series", page.Plot, scene{seed: month}, keysTo("8*j f"), "kei kansai", nil},
		{"plotted date", page.Plot, busy, keysTo("8*j f 3*right"), "  01-19", expect("2026-01-17  ")},
		{"form", page.Request, busy, keysTo("B"), "max active", func(p *script) { p.ExpectUnder("max active").Type("3").Expect("--max-active 23") }},
		{"choice", page.Request, busy, keysTo("B"), ") all  ", func(p *script) { p.ExpectUnder("(o) all").Expect("--mode all") }},
		{"name to type", page.Request, scene{seed: month, engine: production()}, keysTo("2*j R"), "to start:", func(p *script) { p.Type("demand").Expect("to start: demand") }},
		{"plan", page.Progress, scene{seed: month, drive: true}, func(p *script) { p.Press("j V 3*j R enter").Advance(20 * time.Second) }, "2026-01-17", nil},
		{"activity", page.Activity, busy, keysTo("@"), "2026-01-18", nil},
		{"search", page.Search, scene{seed: chatty}, seeks("kanto"), "2026-01-18", nil},
		{"help", page.Help, busy, keysTo("?"), "copy the date", nil},
		{"palette", page.Palette, busy, func(p *script) { p.Press("j :").Type("logs 2026-01-1") }, "2026-01-13", nil},
		{"doctor", page.Doctor, scene{seed: ill}, keysTo("!"), "2026-01-12", nil},
		{"pipelines", page.Overview, morning(), keysTo("0"), "returns", nil},
	}
}

// On every page the cursor goes where a click points to.
func TestClick(t *testing.T) {
	t.Parallel()
	seen := map[page.Kind]bool{page.Confirm: true} // a click is no answer: see TestClicksChangeNothing
	for _, v := range pointedAt() {
		seen[v.kind] = true
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			play(t, v.scene, func(p *script) {
				v.get(p)
				p.ExpectPage(v.kind).Click(v.click).ExpectPage(v.kind)
				if v.want != nil {
					v.want(p)
					return
				}
				p.ExpectUnder(v.click)
			})
		})
	}
	for _, kind := range app.Kinds() {
		if !seen[kind] {
			t.Errorf("no click is tried on the page %s: list it in pointedAt", kind)
		}
	}
}

// Two clicks are enter, where that only opens something.
func TestDoubleClick(t *testing.T) {
	t.Parallel()
	opens := map[string]page.Kind{
		"days": page.Day, "days filtered": page.Day, "days, its filter being typed": page.Day, "steps": page.Logs, "series": page.Plot,
		"plan": page.Day, "activity": page.Day, "search": page.Logs, "palette": page.Logs, "doctor": page.Day, "help": page.Days,
		"generations": page.Partition, "partitions": page.Partition, "query": page.Query, "plotted series": page.Plot, "log": page.Logs,
		"choice": page.Request, "name to type": page.Request,
	}
	for _, v := range pointedAt() {
		want, ok := opens[v.name]
		if !ok {
			continue
		}
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			play(t, v.scene, func(p *script) {
				v.get(p)
				x, y := p.Find(v.click)
				p.ClickAt(x, y).Advance(time.Second).ClickAt(x, y).ExpectPage(v.kind)
				p.ClickAt(x, y)
				p.ExpectPage(want)
			})
		})
	}
	play(t, scene{seed: wordy}, func(p *script) { // the first opens it, and the second does not fold it again
		x, y := p.Press("right l").Find("2 lines folded")
		p.ClickAt(x, y).ClickAt(x, y).Expect("features.py").ClickAt(x, y).ExpectNot("features.py")
	})
	play(t, morning(), func(p *script) {
		p.Press("0").Click("returns").Click("returns")
		if got := p.model.Next().Pipeline; got != "returns" || !p.quit {
			t.Errorf("two clicks lead to the pipeline %q; want returns", got)
		}
	})
}

// However often one clicks, and wherever, nothing is changed by it: no plan, no question
// and no command of the palette is answered.
func TestClicksChangeNothing(t *testing.T) {
	t.Parallel()
	paused := func(p *script) { p.Press("j V 3*j R enter").Advance(2 * time.Second) }
	for name, v := range map[string]pointed{
		"form":       {scene: scene{seed: month}, get: keysTo("j R")},
		"production": {scene: scene{seed: month, engine: production()}, get: func(p *script) { p.Press("j R").Type("demand-daily") }},
		"question":   {scene: scene{seed: month}, get: keysTo("X")},
		"fallback":   {scene: scene{seed: month}, get: keysTo("2*j F")},
		"keys of a plan": {scene: scene{seed: month}, get: func(p *script) {
			paused(p)
			p.Press("?").Type("pause")
		}},
		"commands of a plan": {scene: scene{seed: month}, get: func(p *script) {
			paused(p)
			p.Press(":").Type("backfill pause")
		}},
		"mending": {scene: scene{seed: ill}, get: keysTo("! M")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, v.scene, func(p *script) {
				v.get(p)
				kind, calls := p.model.Top(), p.changes()
				for y := range p.height {
					for x := 0; x < p.width; x += 11 {
						for range 2 {
							p.update(tea.MouseClickMsg{Button: tea.MouseLeft, X: x, Y: y})
						}
					}
				}
				p.settle()
				if after := p.changes(); after != calls {
					t.Errorf("clicks led to %d calls that change something", after-calls)
				}
				p.ExpectPage(kind)
			})
		})
	}
	play(t, scene{seed: month}, func(p *script) {
		p.Press("?").Type("rerun the selected").Click("the selected dates").Click("the selected dates")
		p.ExpectPage(page.Help).Expect("a click changes nothing").Press("enter").ExpectPage(page.Request)
	})
}

// changes counts the calls that change something.
func (p *script) changes() int {
	calls := 0
	for _, method := range []string{"Apply", "Control", "Stop", "Fallback", "Rollback", "Mend"} {
		calls += p.fake.Calls(method)
	}
	return calls
}

// The wheel moves the cursor, or scrolls what it points to.
func TestWheel(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Wheel(5, 5, 1).ExpectCursor("2026-01-17").Wheel(5, 5, -1).ExpectCursor("2026-01-20")
		p.Press("2*j enter").ExpectCursor("PreProc").Wheel(5, 5, 1).ExpectCursor("Train")
		p.Wheel(5, 30, 1).ExpectCursor("Train").Press("esc k m").Wheel(5, 30, 1).Expect("4/")
		p.Press("esc g ?").Wheel(60, 20, 2).ExpectPage(page.Help).Press("esc X").Wheel(60, 20, 3).ExpectPage(page.Confirm)
	})
	play(t, scene{seed: twice}, func(p *script) {
		p.Press("8*j d").Expect("generation 1/")
		_, generations := p.Find("attempt 1")
		_, rows := p.Find("2026-01-15")
		p.Wheel(5, rows, 1).Expect("row 4/").Wheel(5, rows, 1).Expect("row 7/").Wheel(5, generations, 1).Expect("generation 2/")
	})
	play(t, scene{seed: month, height: 24, width: 80}, func(p *script) {
		p.Press("B 2*tab 2*right").ExpectNot("2025-12-24").Wheel(5, 16, 9).ExpectLine("RUN", "2025-12-24").Wheel(5, 16, -9).ExpectNot("2025-12-24")
	})
}

// The mouse is left to the terminal unless it is asked for.
func TestMouse(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		if got := p.model.View().MouseMode; got != tea.MouseModeNone {
			t.Errorf("mouse mode = %v; want it left to the terminal", got)
		}
		p.Press("ctrl+t").Expect("mouse on")
		if got := p.model.View().MouseMode; got != tea.MouseModeCellMotion {
			t.Errorf("mouse mode = %v; want clicks and wheel", got)
		}
		p.Click("2026-01-16").ExpectCursor("2026-01-16").ExpectNot("mouse on")
		p.update(tea.MouseClickMsg{Button: tea.MouseRight, X: 9, Y: 7})
		p.ClickAt(9, 0).ClickAt(9, 39).ExpectCursor("2026-01-16").ExpectPage(page.Days)
		p.Press("ctrl+t").Expect("mouse off").Press("?").Type("mouse").Expect("clicks, two open")
	})
}
