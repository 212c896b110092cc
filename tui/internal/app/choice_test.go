package app_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/tui/internal/app"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// count counts the lines of the screen that have a text.
func (p *script) count(text string) int {
	n := 0
	for line := range strings.SplitSeq(p.Screen(), "\n") {
		if strings.Contains(line, text) {
			n++
		}
	}
	return n
}

// sortBy puts rows in order by the command.
func (p *script) sortBy(column string) *script {
	return p.Press(":").Type("sort " + column).Press("enter")
}

// Rows are sorted by any column, by its name or how that begins, and turned around.
func TestSortByColumn(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: twice}, func(p *script) {
		p.sortBy("wa").Expect("sorted by wape, largest first").Press("g").ExpectCursor("0.412")
		p.sortBy("-wape").Expect("turned around").Press("g").ExpectCursor("0.180").Press("G").ExpectCursor("Unknown")
		p.sortBy("attempts").Press("g").ExpectCursor("2026-01-13").sortBy("-date").Press("g").ExpectCursor("2025-12-01")
		p.sortBy("moon").ExpectPage(page.Palette).Expect("sort moon: must be date, state, took, wape, late").Press("esc")
		p.Press("s").Expect("sorted by state").sortBy("date").Press("g").ExpectCursor("2026-01-20")
		p.Press("enter").sortBy("date").Expect("nothing here has columns to sort by").Press("2*esc")
		p.Press("8*j d").sortBy("-yhat").Expect("by forecast, largest first, turned around").sortBy("model").Expect("by model")
	})
}

// The rows of a query are sorted by what is in them: numbers as numbers, NULL last.
func TestSortAQuery(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: asked}, func(p *script) {
		runs(byDay)(p)
		p.sortBy("yhat").Expect("rows by yhat").Press("g").ExpectCursor("12.5").Press("j").ExpectCursor(" 25.0 ").Press("G").ExpectCursor("van")
		p.sortBy("-yhat").Press("g").ExpectCursor("737.5").Press("G").ExpectCursor("van")
		p.Press("3*right s").Expect("rows by rows").Press("g").ExpectCursor("  0  ").Press("s").Expect("the largest first").Press("g").ExpectCursor("59  ")
		p.Press("s").Expect("rows as the query gives them").Press("g").ExpectCursor("  0  ")
		p.sortBy("a note that").Expect("rows by a note that is long").sortBy("as-asked").Expect("as the query gives them")
		p.sortBy("-as").Press("g").ExpectCursor("59  ").Press("/").Type("kei").ExpectCursor("59  ")
	})
}

// Panes have the sizes that were chosen, also on the next page, after a smaller
// terminal, and at the next start.
func TestPanes(t *testing.T) {
	t.Parallel()
	desk := effects.Desk{Session: filepath.Join(t.TempDir(), "demand.json")}
	play(t, scene{seed: twice, desk: desk, width: 100, height: 30}, func(p *script) {
		p.Press("8*j d")
		usual := p.count("compact  ")
		p.Press("tab 2*+").ExpectNot("published  ", "attempt 1   ")
		if more := p.count("compact  "); more <= usual {
			t.Errorf("the larger pane has %d rows of %d; want more", more, usual)
		}
		p.Press("+").Expect("no room").Press("_").Expect("published  ").ExpectNot("attempt 1   ").Press("tab +").Expect("attempt 1   ")
		p.Press("_").ExpectNot("attempt 1   ").Press("}").ExpectPage(page.Partition).Press("{").ExpectNot("attempt 1   ")
		p.Resize(40, 10).Resize(100, 30).ExpectNot("attempt 1   ").Press("esc j m")
		p.Press("20*+").Expect("no room").ExpectNot("mase  ").Press("_").Expect("mase  ").sortBy("name").Expect("series by name").Press("esc q")
	})
	var kept app.Session
	if err := desk.Recall(&kept); err != nil {
		t.Fatal(err)
	}
	play(t, scene{seed: twice, session: kept, width: 100, height: 30}, func(p *script) {
		p.Press("g 8*j d").ExpectNot("attempt 1   ").Expect("published  ").Press("esc j m").ExpectNot("rmsse  ").Expect("mase  ", "series by name")
	})
}

// The plot and the doctor have panes too, whatever the size of the terminal.
func TestPanesOfPlotAndDoctor(t *testing.T) {
	t.Parallel()
	for _, s := range []size{{60, 16}, {160, 50}, {20, 5}} {
		play(t, scene{seed: twice, width: s.width, height: s.height}, func(p *script) {
			p.Press("8*j f 3*+ 16*_").Expect("her").Press("20*+").Expect("her").Press("esc ! 4*+ 8*_")
		})
	}
	play(t, scene{seed: twice, width: 160, height: 50}, func(p *script) {
		p.Press("8*j f")
		before := strings.Index(p.Screen(), "series, worst first")
		p.Press("_")
		if after := strings.Index(p.Screen(), "series, worst first"); after >= before {
			t.Errorf("the list of series begins at %d, and at %d before; want it larger", after, before)
		}
	})
}
