// Package request is the form of a plan, and the plan it gives. The plan is
// made again as the form changes; nothing happens before it is confirmed.
package request

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
	"github.com/daybatch/daybatch/tui/internal/widget/input"
)

// Page is the form and the plan.
type Page struct {
	env           *page.Env
	scope         *effects.Scope
	width, height int

	request forecast.PlanRequest // as the form says now
	fields  []*field
	at      int // focused field; len(fields): the word to type
	word    input.Input
	wrong   error // of the form

	plan     forecast.Plan
	planned  bool // plan answers request
	applying bool
	failed   *effects.Failed
	scroll   int
	overflow int
	x, y     int // text cursor
}

// New returns the form filled in as the place says.
func New(env *page.Env, place page.Place) page.Page {
	p := &Page{env: env, scope: env.Effects.Scope(), request: place.Request}
	p.fields = fields(place.Request, env.Pipeline)
	return p
}

// Scope returns the page's requests.
func (p *Page) Scope() *effects.Scope { return p.scope }

// Keys returns what keys do. While a text is typed, left and right move in it.
func (p *Page) Keys() keys.Map {
	form := keys.Form()
	if !p.Focused() {
		return form
	}
	return slices.DeleteFunc(form, func(b keys.Binding) bool { return b.Action == keys.Left || b.Action == keys.Right })
}

// key returns the key of an action, as the person has chosen it.
func (p *Page) key(action keys.Action) string { return p.env.Key(keys.FormName, keys.Form(), action) }

// Resize sets the size in cells.
func (p *Page) Resize(width, height int) { p.width, p.height = width, height }

// Init asks for the plan.
func (p *Page) Init() tea.Cmd { return p.ask() }

// Equivalent returns the command that asks for the same plan.
func (p *Page) Equivalent() string { return page.Command(p.request) }

// Busy reports whether the plan is being made or started.
func (p *Page) Busy() bool { return p.applying || !p.planned && p.failed == nil && p.wrong == nil }

// Focused reports whether text is typed.
func (p *Page) Focused() bool { return p.focus() != nil }

// Cursor returns where it is typed.
func (p *Page) Cursor() (x, y int) { return p.x, p.y }

// focus returns the input that is typed in, nil if the focus is on a choice.
func (p *Page) focus() *input.Input {
	if p.at == len(p.fields) {
		return &p.word
	}
	return p.fields[p.at].input
}

// stops returns how many places the focus has.
func (p *Page) stops() int {
	if p.env.Pipeline.Production {
		return len(p.fields) + 1
	}
	return len(p.fields)
}

// ask reads the form and asks for its plan.
func (p *Page) ask() tea.Cmd {
	p.wrong = nil
	for _, field := range p.fields {
		if err := field.put(&p.request, strings.TrimSpace(field.answer())); err != nil {
			p.wrong = err
			p.planned = false
			p.scope.Cancel(effects.KindPlan)
			return nil
		}
	}
	p.planned, p.failed, p.scroll = false, nil, 0
	return p.scope.Plan(p.request)
}

// Update takes keys, text and the plan.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case keys.Pressed:
		return p.press(msg.Action)
	case tea.KeyPressMsg:
		return p.typed(msg)
	case tea.PasteMsg:
		if field := p.focus(); field != nil {
			field.Insert(msg.Content)
			return p.edited()
		}
	case effects.Reply[forecast.Plan]:
		if msg.Kind == effects.KindApply {
			return p.applied(msg.Value)
		}
		p.plan, p.planned, p.failed = msg.Value, true, nil
	case effects.Failed:
		p.failed, p.applying = &msg, false
	case effects.Watching:
		return p.ask()
	}
	return nil
}

// applied leads to the progress of the plan.
func (p *Page) applied(plan forecast.Plan) tea.Cmd {
	place := page.Place{Kind: page.Progress, Plan: plan.ID, Unasked: true}
	return tea.Batch(
		func() tea.Msg { return page.Applied{Plan: plan} },
		func() tea.Msg { return page.Replace{Place: place} },
	)
}

// edited follows a change of a text.
func (p *Page) edited() tea.Cmd {
	if p.at == len(p.fields) {
		return nil
	}
	return p.ask()
}

// typed takes a key while a text has the focus.
func (p *Page) typed(msg tea.KeyPressMsg) tea.Cmd {
	if field := p.focus(); field != nil && field.Key(msg) {
		return p.edited()
	}
	return nil
}

// press does what a key means.
func (p *Page) press(action keys.Action) tea.Cmd {
	switch action {
	case keys.NextField:
		p.at = (p.at + 1) % p.stops()
	case keys.LastField:
		p.at = (p.at + p.stops() - 1) % p.stops()
	case keys.Left, keys.Right:
		by := 1
		if action == keys.Left {
			by = -1
		}
		p.fields[p.at].turn(by)
		return p.ask()
	case keys.PageDown:
		p.scroll = min(p.scroll+max(1, p.height/2), p.scroll+p.overflow)
	case keys.PageUp:
		p.scroll = max(0, p.scroll-max(1, p.height/2))
	case keys.Confirm:
		return p.confirm()
	case keys.Back:
		return func() tea.Msg { return page.Back{} }
	case keys.Export:
		return func() tea.Msg { return page.Export{} }
	default:
	}
	return nil
}

// confirm starts the plan that is shown, and no other.
func (p *Page) confirm() tea.Cmd {
	switch {
	case p.env.ReadOnly:
		return page.Say(theme.Gate, "read-only: nothing can be started from here")
	case p.applying:
		return nil
	case p.wrong != nil:
		return page.Say(theme.Gate, p.wrong.Error())
	case !p.planned:
		return page.Say(theme.Gate, "the plan is still being made")
	case p.idle():
		return page.Say(theme.Gate, "this plan runs nothing: change the form, or "+p.key(keys.Back))
	case p.env.Pipeline.Production && p.word.Text() != p.env.Pipeline.Name:
		p.at = len(p.fields)
		return page.Say(theme.Gate, "production: type "+p.env.Pipeline.Name+", then "+p.key(keys.Confirm))
	}
	p.applying = true
	return p.scope.Apply(p.plan.ID, page.Command(p.request))
}

// idle reports whether the plan would do nothing.
func (p *Page) idle() bool {
	return !slices.ContainsFunc(p.plan.Rows, func(r forecast.PlanRow) bool { return r.Action != forecast.ActionSkip })
}

// Name draws what is asked for.
func (p *Page) Name(c *draw.Canvas) {
	c.Put(theme.Strong, string(p.request.Kind))
	c.Put(theme.Faint, " only a plan so far")
}

// Position counts the dates.
func (p *Page) Position() string {
	if !p.planned {
		return ""
	}
	return counted(len(p.plan.Rows))
}

// Rows returns the rows of the plan.
func (p *Page) Rows() effects.Rows {
	if !p.planned {
		return effects.Rows{}
	}
	return page.PlanRows(p.plan, p.plan.Rows)
}
