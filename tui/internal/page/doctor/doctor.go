// Package doctor is the page of what is not as the records say, and of mending
// it.
package doctor

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// Page shows findings, the worst first.
type Page struct {
	page.Frame

	env *page.Env

	findings []forecast.Finding
	rights   []forecast.Right   // folded
	vitals   []forecast.Finding // what is well, as it is listed
	read     bool
	mended   bool // findings are those that a mending found
	busy     bool
	failed   *effects.Failed
	at, top  int
}

// New returns the page.
func New(env *page.Env, _ page.Place) page.Page {
	return &Page{Frame: page.NewFrame(env), env: env}
}

// Keys returns what keys do.
func (*Page) Keys() keys.Map { return keys.DoctorPage() }

// Init examines.
func (p *Page) Init() tea.Cmd {
	p.busy = true
	return tea.Batch(p.Scope().Examine(), p.Scope().Vitals(), p.Scope().Rights())
}

// Busy reports whether the page waits.
func (p *Page) Busy() bool { return p.busy }

// Update takes keys and replies.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case keys.Pressed:
		return p.press(msg.Action)
	case effects.Reply[[]forecast.Finding]:
		p.show(msg.Value)
		p.mended = msg.Kind == effects.KindMend
		if p.mended {
			return page.Say(theme.Good, fmt.Sprintf("%d of %d findings are mended; r examines again", p.count(func(f forecast.Finding) bool { return f.Mended }), len(p.findings)))
		}
	case effects.Reply[[]forecast.Right]:
		p.rights = forecast.FoldRights(msg.Value)
		p.settle()
	case effects.Reply[[]forecast.Vital]:
		p.vitals = p.vitals[:0]
		for _, one := range msg.Value {
			p.vitals = append(p.vitals, forecast.Finding{Severity: well, Kind: one.Kind, Text: one.Text, Advice: one.Advice})
		}
		p.settle()
	case effects.Failed:
		return p.fail(msg)
	}
	return nil
}

func (p *Page) fail(failed effects.Failed) tea.Cmd {
	switch failed.Kind {
	case effects.KindRights:
		p.rights = []forecast.Right{{Who: "you", What: "act", Verdict: forecast.RightUnknown, Reason: failed.Err.Error()}}
		p.settle()
	case effects.KindVitals:
		p.vitals = []forecast.Finding{{Severity: unknown, Kind: "clock, login", Text: "not looked at: " + failed.Err.Error(), Advice: "r looks again"}}
		p.settle()
	case effects.KindExamine:
		p.busy, p.failed = false, &failed
	default:
		p.busy = false
	}
	return nil
}

// show takes findings in, the worst first.
func (p *Page) show(findings []forecast.Finding) {
	order := []forecast.Severity{forecast.SeverityError, forecast.SeverityWarning, forecast.SeverityNote}
	p.findings = slices.Clone(findings)
	slices.SortStableFunc(p.findings, func(a, b forecast.Finding) int {
		return slices.Index(order, a.Severity) - slices.Index(order, b.Severity)
	})
	p.read, p.busy, p.failed = true, false, nil
	p.settle()
}

// settle keeps the cursor within the list.
func (p *Page) settle() { p.at = layout.Clamp(p.at, 0, max(0, len(p.listed())-1)) }

func (p *Page) count(wanted func(forecast.Finding) bool) int {
	n := 0
	for _, finding := range p.findings {
		if wanted(finding) {
			n++
		}
	}
	return n
}

func (p *Page) press(action keys.Action) tea.Cmd {
	switch action {
	case keys.Refresh:
		return p.Init()
	case keys.Mend:
		return p.mend()
	case keys.Larger:
		return p.env.Widen(p.pane(), -1)
	case keys.Smaller:
		return p.env.Widen(p.pane(), 1)
	default:
	}
	listed := p.listed()
	if len(listed) == 0 {
		return nil
	}
	finding := listed[p.at]
	switch action {
	case keys.Open:
		if finding.Date.IsZero() {
			return page.Say(theme.Faint, "this is of no date")
		}
		return page.Go(page.Place{Kind: page.Day, Date: finding.Date})
	case keys.Copy:
		return page.Copy(finding.Text)
	default:
		if to, ok := page.Move(action, p.at, len(listed), p.rows()); ok {
			p.at = to
		}
	}
	return nil
}

// mend asks before anything is mended.
func (p *Page) mend() tea.Cmd {
	mendable := p.count(func(f forecast.Finding) bool { return f.Mendable && !f.Mended })
	switch {
	case p.busy:
		return page.Say(theme.Faint, "still at it")
	case mendable == 0:
		return page.Say(theme.Faint, "nothing here can be mended without a loss: the advice says what to do")
	}
	var what []string
	for _, finding := range p.findings {
		if finding.Mendable && !finding.Mended {
			what = append(what, finding.Kind)
		}
	}
	slices.Sort(what)
	ask := page.Ask{
		Title: fmt.Sprintf("Mend %s?", draw.Counted(mendable, "finding")),
		Text: fmt.Sprintf("What can be mended without a loss is: %s. What is published stays as it is, unless a finding says that readers see something wrong.%s",
			strings.Join(slices.Compact(what), ", "), p.env.SameAs("doctor --mend")),
		Yes: "mends",
		Do: func() tea.Cmd {
			p.busy = true
			return p.Scope().Mend(p.env.Actor)
		},
	}
	if p.env.Pipeline.Production {
		ask.Type = p.env.Pipeline.Name
	}
	return page.Go(page.Place{Kind: page.Confirm, Ask: ask})
}

// Place leads to the page.
func (*Page) Place() page.Place { return page.Place{Kind: page.Doctor} }

// Equivalent returns the command that finds the same.
func (*Page) Equivalent() string { return "doctor" }

// Name draws how many findings there are.
func (p *Page) Name(c *draw.Canvas) {
	c.Put(theme.Strong, "doctor")
	if p.read {
		c.Put(theme.Faint, "  "+draw.Counted(len(p.findings), "finding"))
	}
}

// Position says which finding is selected.
func (p *Page) Position() string {
	listed := len(p.listed())
	if listed == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", p.at+1, listed)
}

// detailLines are those below the list.
func (p *Page) detailLines() int { return p.usualLines() + p.env.Pane(p.pane()) }

// usualLines is a third of the screen, and on a low one what the list leaves.
func (p *Page) usualLines() int {
	const most, around = 8, 2
	third := layout.Clamp(p.Height/3, 2, most)
	return max(third, min(most, p.Height-around-max(1, len(p.listed()))))
}

// pane is that of the finding in full.
func (p *Page) pane() page.Pane {
	const least, list = 2, 5
	usual := p.usualLines()
	return page.Pane{Kind: page.Doctor, Name: "detail", Least: least - usual, Most: p.Height - list - usual}
}

// rows returns how many findings are shown.
func (p *Page) rows() int { return max(1, p.Height-p.detailLines()-2) }

// Rows returns the findings, with the fields of `daybatch doctor -o csv`.
func (p *Page) Rows() effects.Rows {
	findings := slices.Clone(p.findings)
	return effects.Rows{
		Name: "doctor-" + calendar.In(p.env.Now, p.env.Home).String(), Len: len(findings),
		Fields: []string{"severity", "kind", "date", "text", "advice", "mendable", "mended", "failure"},
		At: func(i int) []any {
			f := findings[i]
			values := []any{f.Severity, f.Kind, nil, f.Text, f.Advice, f.Mendable, f.Mended, f.Failure}
			if !f.Date.IsZero() {
				values[2] = f.Date
			}
			return values
		},
	}
}
