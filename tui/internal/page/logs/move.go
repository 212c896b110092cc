package logs

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
	"github.com/daybatch/daybatch/tui/internal/widget/logview"
)

// distance returns how far a key moves: by one line, or by so many rows of the screen.
func (p *Page) distance(action keys.Action) (rows int, ok bool) {
	switch action {
	case keys.Down:
		return 1, true
	case keys.Up:
		return -1, true
	case keys.HalfDown:
		return max(2, p.body()/2), true
	case keys.HalfUp:
		return -max(2, p.body()/2), true
	case keys.PageDown:
		return max(2, p.body()), true
	case keys.PageUp:
		return -max(2, p.body()), true
	default:
		return 0, false
	}
}

func (p *Page) scroll(rows int) {
	switch rows {
	case 1:
		p.view.Down()
	case -1:
		p.view.Up()
	default:
		p.view.Scroll(rows)
	}
}

// Wheel scrolls by rows of the screen, down if positive.
func (p *Page) Wheel(_, rows int) tea.Cmd {
	p.jump, p.goal = false, page.Find{}
	p.view.Scroll(rows)
	return nil
}

// open shows what is folded or cut at the reader's line, and of no other.
func (p *Page) open() tea.Cmd {
	if p.view.Open() {
		return nil
	}
	return page.Say(theme.Faint, "nothing is folded or cut at this line")
}

// copy copies the line that the reader is at, or those of the range, which ends.
func (p *Page) copy() tea.Cmd {
	const most = 1000 // lines: terminals take no more than a part of a megabyte
	switch n := p.view.Selected(); {
	case n > most:
		return page.Say(theme.Gate, draw.Count(n)+" lines are too many to copy: ctrl+s writes those that are shown to a file")
	case n > 0:
		texts := p.view.Texts(most)
		p.view.Unselect()
		return page.Copy(strings.Join(texts, "\n"))
	}
	line, ok := p.view.Current()
	if !ok {
		return page.Say(theme.Faint, "nothing to copy here")
	}
	return page.Copy(line.Text)
}

// Position says at which line the reader is, and how many the log has.
func (p *Page) Position() string {
	at, all := p.view.Place(), p.view.Len()
	switch n := p.view.Selected(); {
	case n > 0:
		return draw.Count(n) + " selected"
	case p.view.Quiet() || at == 0:
		return draw.Counted(all, "line")
	default:
		return fmt.Sprintf("line %s/%s %d%%", draw.Count(at), draw.Count(all), at*100/all)
	}
}

func (p *Page) nextMatch(direction int) tea.Cmd {
	sought := p.view.NextMatch(direction)
	switch {
	case sought == logview.Wrapped && direction > 0:
		return page.Say(theme.Faint, "no further match below: the first from the top")
	case sought == logview.Wrapped:
		return page.Say(theme.Faint, "no further match above: the last from the end")
	case sought == logview.Ahead:
		return nil
	case p.search.query.Text == "":
		return page.Say(theme.Faint, "nothing is searched for: / begins a search")
	case p.search.busy:
		return page.Say(theme.Faint, "no line matches so far")
	default:
		return page.Say(theme.Faint, "no line matches")
	}
}

func (p *Page) nextError(direction int) tea.Cmd {
	if p.view.NextError(direction) {
		return nil
	}
	return page.Say(theme.Faint, "no further line says ERROR")
}

// to shows the log of another step of the attempt; empty: of all.
func (p *Page) to(step forecast.StepName) tea.Cmd {
	p.step, p.goal = step, page.Find{}
	return p.Init()
}

// beside shows the log of the step before or after.
func (p *Page) beside(direction int) tea.Cmd {
	steps := p.env.Pipeline.Steps
	at := slices.Index(steps, p.step) + direction
	if p.step == "" && direction < 0 {
		at = len(steps) - 1
	}
	if at < 0 || at >= len(steps) {
		return page.Say(theme.Faint, "no further step")
	}
	return p.to(steps[at])
}
