// Package request is the form of a plan, and the plan it gives. The plan is
// made again as the form changes; nothing happens before it is confirmed.
package request

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
	"github.com/daybatch/daybatch/tui/internal/widget/input"
)

// Page is the form and the plan.
type Page struct {
	page.Frame

	env *page.Env

	request forecast.PlanRequest // as the form says now
	marked  []calendar.Date      // dates that the range was made of
	fields  []*field
	at      int // focused field; len(fields): the word to type
	word    input.Input
	wrong   error // of the form

	plan     forecast.Plan
	planned  bool            // plan answers request
	nothing  bool            // the plan that was made last runs nothing
	saved    bool            // plan was made before, and the form is as it was then
	keep     func()          // lets the draft that is shown stay in the store
	opens    forecast.PlanID // that is to be read first
	applying bool
	failed   *effects.Failed
	scroll   int
	overflow int
	listed   int // lines of dates on the screen, as it was drawn last
	x, y     int // text cursor
}

// New returns the form filled in as the place says.
func New(env *page.Env, place page.Place) page.Page {
	p := &Page{Frame: page.NewFrame(env), env: env, request: place.Request, marked: place.Marked, opens: place.Plan, keep: func() {}}
	p.fields = fields(place.Request, env)
	return p
}

// Keys returns what keys do. While a text is typed, left and right move in it. Where a
// name has to be typed no letter does anything else.
func (p *Page) Keys() keys.Map {
	form := keys.Form()
	if !p.Focused() {
		return form
	}
	if p.guarded() || p.fields[p.at].worded() { // letters are text, also those that were chosen for saving
		letter := func(key string) bool { return utf8.RuneCountInString(key) == 1 || key == "space" }
		chosen := slices.ContainsFunc(p.env.Chosen, func(r keys.Rebinding) bool {
			return r.Page == keys.FormName && r.Action == keys.Save && slices.ContainsFunc(r.Keys, letter)
		})
		form = slices.DeleteFunc(form, func(b keys.Binding) bool { return b.Action == keys.Save && chosen })
		for i := range form {
			form[i].Keys = slices.DeleteFunc(form[i].Keys, letter)
		}
	}
	if p.focus() == nil {
		return form
	}
	return slices.DeleteFunc(form, func(b keys.Binding) bool { return b.Action == keys.Left || b.Action == keys.Right })
}

// key returns the key of an action, as the person has chosen it.
func (p *Page) key(action keys.Action) string { return p.env.Key(keys.FormName, keys.Form(), action) }

// Init asks for the plan, or for the one that was saved.
func (p *Page) Init() tea.Cmd {
	if p.opens != "" {
		return p.Scope().Draft(p.opens)
	}
	return p.ask()
}

// Equivalent returns the command that asks for the same plan, or starts the one that
// was saved.
func (p *Page) Equivalent() string {
	switch {
	case p.saved:
		return effects.ApplyLine(p.plan.ID)
	case p.opens != "":
		return ""
	default:
		return page.Command(p.request)
	}
}

// Busy reports whether the plan is being made or started.
func (p *Page) Busy() bool {
	return p.applying || !p.planned && p.failed == nil && p.wrong == nil
}

// Focused reports whether text is typed. Where a name has to be, it can be from every
// field.
func (p *Page) Focused() bool { return p.guarded() || p.focus() != nil }

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
	if p.guarded() {
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
			p.Scope().Cancel(effects.KindPlan)
			return nil
		}
	}
	p.planned, p.failed, p.scroll, p.saved = false, nil, 0, false
	return p.Scope().Plan(p.request)
}

// Update takes keys, text and the plan.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case keys.Pressed:
		return p.press(msg.Action)
	case tea.KeyPressMsg:
		return p.typed(msg)
	case tea.PasteMsg:
		if p.guarded() && p.focus() == nil {
			p.at = len(p.fields)
		}
		if field := p.focus(); field != nil {
			field.Insert(msg.Content)
			return p.edited()
		}
	case effects.Reply[forecast.Plan]:
		return p.take(msg)
	case effects.Failed:
		if msg.Kind == effects.KindSave {
			return page.Say(theme.Bad, msg.Text())
		}
		p.failed, p.applying = &msg, false
	case effects.Watching:
		if p.opens != "" {
			return p.Init()
		}
		if !p.saved {
			return p.ask()
		}
	}
	return nil
}

// take takes a plan, by what it was asked for.
func (p *Page) take(reply effects.Reply[forecast.Plan]) tea.Cmd {
	plan := reply.Value
	switch {
	case reply.Kind == effects.KindApply:
		return p.applied(plan)
	case reply.Kind == effects.KindSave:
		return tea.Batch(
			func() tea.Msg { return page.Saved{Plan: plan} },
			p.told(plan.ID),
		)
	case reply.Kind == effects.KindDraft && plan.State != forecast.PlanDraft: // it has begun since
		return func() tea.Msg { return page.Replace{Place: page.Place{Kind: page.Progress, Plan: plan.ID}} }
	case reply.Kind == effects.KindDraft:
		p.opens, p.saved = "", true
		p.request = plan.Request
		p.request.Actor = p.env.Actor
		p.fields = fields(plan.Request, p.env)
		p.at = 0
	}
	p.plan, p.planned, p.failed = plan, true, nil
	p.settle()
	p.nothing = p.idle()
	p.at = min(p.at, p.stops()-1) // the word to type may be gone
	if p.saved {
		return nil
	}
	var hold tea.Cmd
	p.keep, hold = p.Scope().Hold(plan.ID, p.env.Actor)
	return hold
}

// settle takes the choice away where attempts start, if the plan leaves none. A plan of
// whole dates tells nothing of the step that failed: what was known before stays.
func (p *Page) settle() {
	for _, field := range p.fields {
		if why := wholeOnly(p.plan); field.name == startAt && (why != "" || p.plan.Request.Start == forecast.StartFailedStep) {
			field.settled = why
		}
	}
}

// told says how a plan that was saved is come back to.
func (p *Page) told(id forecast.PlanID) tea.Cmd {
	again := "saved: :plan " + string(id) + " opens it again"
	return func() tea.Msg {
		return page.Notify{Role: theme.Good, Text: again + ", " + p.env.Shell(effects.ApplyLine(id)) + " starts it", Brief: again}
	}
}

// save keeps the plan that is shown for later.
func (p *Page) save() tea.Cmd {
	switch {
	case p.env.ReadOnly:
		return page.Say(theme.Gate, "read-only: the plan is not kept; ctrl+y copies the command that makes it")
	case p.wrong != nil:
		return page.Say(theme.Gate, p.wrong.Error())
	case !p.planned:
		return page.Say(theme.Gate, "the plan is still being made")
	case p.idle():
		return page.Say(theme.Gate, "this plan runs nothing: there is nothing to keep")
	default:
		p.keep()
		return p.Scope().SavePlan(p.plan.ID)
	}
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
	if p.guarded() && p.at < len(p.fields) && msg.Text != "" && !p.fields[p.at].takes(msg.Text, p.env.Pipeline.Name) {
		p.at = len(p.fields) // what is typed is the name
	}
	if p.at < len(p.fields) {
		p.fields[p.at].begin(msg.Text)
	}
	if field := p.focus(); field != nil && field.Key(msg) {
		return p.edited()
	}
	return nil
}

// press does what a key means.
func (p *Page) press(action keys.Action) tea.Cmd {
	if p.opens != "" && action != keys.Back {
		return nil // there is no form yet
	}
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
		p.scroll += p.listed // as far as there is more: see rows
	case keys.PageUp:
		p.scroll = max(0, p.scroll-p.listed)
	case keys.Confirm:
		return p.confirm()
	case keys.Save:
		return p.save()
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
	p.keep()
	return p.Scope().Apply(p.plan.ID, p.Equivalent())
}

// idle reports whether the plan would do nothing.
func (p *Page) idle() bool {
	return !slices.ContainsFunc(p.plan.Rows, func(r forecast.PlanRow) bool { return r.Action != forecast.ActionSkip })
}

// Name draws what is asked for.
func (p *Page) Name(c *draw.Canvas) {
	if p.opens != "" {
		c.Put(theme.Strong, "plan "+string(p.opens))
		return
	}
	c.Put(theme.Strong, string(p.request.Kind))
	c.Put(theme.Faint, " only a plan so far")
}

// Position counts the dates that run.
func (p *Page) Position() string {
	if !p.planned {
		return ""
	}
	return draw.Count(p.plan.Count(forecast.ActionRun)) + " to run"
}

// counted says how many dates a range has, and how many of them run.
func (p *Page) counted(dates int) string {
	if !p.planned {
		return draw.Count(dates) + " in range"
	}
	return fmt.Sprintf("%s in range, %s to run", draw.Count(dates), draw.Count(p.plan.Count(forecast.ActionRun)))
}

// Rows returns the rows of the plan.
func (p *Page) Rows() effects.Rows {
	if !p.planned {
		return effects.Rows{}
	}
	return page.PlanRows(p.plan, p.plan.Rows)
}
