// Package progress is the page of the plans that were applied: how far each is,
// and what holds it up.
package progress

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

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

// Page shows one plan at a time.
type Page struct {
	page.Filtered

	env *page.Env

	plans  []forecast.Plan // newest first
	read   bool
	taken  time.Time // when they were read
	failed *effects.Failed
	chosen forecast.PlanID   // empty: the newest
	opened forecast.PlanID   // that the page was opened for; empty: the newest
	verb   forecast.PlanVerb // what is to be done with it then; empty: nothing
	days   map[calendar.Date]forecast.Day
	asked  map[forecast.ExecutionID]bool // whose days were read again: see catchUp

	cursor calendar.Date
	moved  bool // the reader has moved the cursor
	order  page.Order
	top    int
}

// New returns the page of the place's plan, or of the newest.
func New(env *page.Env, place page.Place) page.Page {
	p := &Page{
		env: env, chosen: place.Plan, opened: place.Plan, verb: place.Verb, order: page.ReadOrder(cmp.Or(env.Choice(page.Progress, "sort"), byPlan)),
		days: make(map[calendar.Date]forecast.Day), asked: make(map[forecast.ExecutionID]bool),
	}
	p.Filtered = page.NewFiltered(env, p.narrow)
	return p
}

// Keys returns what keys do.
func (p *Page) Keys() keys.Map {
	if p.Filter.Typing() {
		return keys.Typing()
	}
	m := keys.Progress()
	plan, ok := p.plan()
	if ok && plan.State == forecast.PlanEnded {
		m = m.Quiet(keys.Pause, keys.Drain, keys.Stop)
	}
	if ok && !staged(plan) {
		m = m.Quiet(keys.Rollback)
	}
	return m
}

// Init reads the plans.
func (p *Page) Init() tea.Cmd { return p.Scope().Plans() }

// Busy reports whether the plan shown goes on.
func (p *Page) Busy() bool {
	plan, ok := p.plan()
	return !p.read && p.failed == nil || ok && plan.State != forecast.PlanEnded && plan.State != forecast.PlanPaused
}

// plan returns the one shown.
func (p *Page) plan() (forecast.Plan, bool) {
	at := p.at()
	if at < 0 {
		return forecast.Plan{}, false
	}
	return p.plans[at].Shown(), true
}

func (p *Page) at() int {
	if len(p.plans) == 0 {
		return -1
	}
	return max(0, slices.IndexFunc(p.plans, func(plan forecast.Plan) bool { return plan.ID == p.chosen }))
}

// Update takes keys, replies and events.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	if p.Typed(msg) {
		return nil
	}
	switch msg := msg.(type) {
	case keys.Pressed:
		return p.press(msg.Action)
	case effects.Reply[[]forecast.Plan]:
		p.plans, p.read, p.taken, p.failed = msg.Value, true, msg.At, nil
		settle := p.settle()
		plan, _ := p.plan()
		return tea.Batch(settle, p.wanted(plan))
	case effects.Reply[[]forecast.Day]:
		for _, day := range msg.Value {
			p.days[day.Date] = day
		}
	case effects.Reply[forecast.Plan]:
		p.merge(msg.Value)
		p.follow()
		return page.Say(theme.Good, "the plan is "+strings.ToLower(string(msg.Value.State)))
	case effects.Failed:
		return p.fail(msg)
	case effects.Changed:
		for _, plan := range msg.Plans {
			p.merge(plan)
		}
		for _, day := range msg.Days {
			p.days[day.Date] = day
		}
		p.follow()
		return p.catchUp()
	case effects.Watching:
		return p.Init()
	}
	return nil
}

func (p *Page) fail(failed effects.Failed) tea.Cmd {
	if failed.Kind == effects.KindControl {
		if errors.Is(failed.Err, forecast.ErrConflict) {
			return p.Init()
		}
		return nil
	}
	p.failed = &failed
	return nil
}

// settle chooses a plan and a row, and reads the days of its rows.
func (p *Page) settle() tea.Cmd {
	plan, ok := p.plan()
	if !ok {
		return nil
	}
	p.chosen = plan.ID
	rows := p.listed(plan)
	if len(rows) == 0 {
		rows = shown(plan) // the filter hides all
	}
	if len(rows) == 0 {
		return nil
	}
	if !slices.ContainsFunc(rows, func(r forecast.PlanRow) bool { return r.Date == p.cursor }) {
		p.cursor, p.top = rows[0].Date, 0
	}
	p.follow()
	span := calendar.Range{From: plan.Rows[0].Date, To: plan.Rows[0].Date}
	for _, row := range plan.Rows {
		span.From, span.To = min(span.From, row.Date), max(span.To, row.Date)
	}
	return p.Scope().Days(forecast.DayQuery{Range: span})
}

// catchUp reads the days again that are behind the plan, which is read apart from
// them: each once, as what has ended stays so.
func (p *Page) catchUp() tea.Cmd {
	plan, _ := p.plan()
	var span calendar.Range
	for _, row := range plan.Rows {
		if !behind(row, p.days[row.Date]) || p.asked[row.Execution] {
			continue
		}
		p.asked[row.Execution] = true
		if span.From.IsZero() {
			span = calendar.Range{From: row.Date, To: row.Date}
		}
		span.From, span.To = min(span.From, row.Date), max(span.To, row.Date)
	}
	if span.From.IsZero() {
		return nil
	}
	return p.Scope().Days(forecast.DayQuery{Range: span})
}

// mine reports whether a day's last attempt is that of a row.
func mine(row forecast.PlanRow, day forecast.Day) bool {
	return row.Execution != "" && day.Last.ID == row.Execution
}

// behind reports whether a day was read before the attempt of its row ended.
func behind(row forecast.PlanRow, day forecast.Day) bool {
	ended := !row.State.Open() || row.State == forecast.RowStaged
	return mine(row, day) && ended && day.Last.Status.Open()
}

func (p *Page) merge(plan forecast.Plan) {
	at := slices.IndexFunc(p.plans, func(have forecast.Plan) bool { return have.ID == plan.ID })
	switch {
	case at >= 0:
		p.plans[at] = plan
	case plan.State != forecast.PlanDraft:
		p.plans = slices.Insert(p.plans, 0, plan)
	}
}

// press does what a key means.
func (p *Page) press(action keys.Action) tea.Cmd {
	plan, ok := p.plan()
	if action == keys.Refresh || !ok {
		return p.Init()
	}
	rows := p.listed(plan)
	at := slices.IndexFunc(rows, func(r forecast.PlanRow) bool { return r.Date == p.cursor })
	switch action {
	case keys.Search:
		p.Filter.Open()
	case keys.Sort:
		return p.Sort(p.order.Next(p.Columns()))
	case keys.NextBad:
		return p.toBad(rows, at, 1)
	case keys.LastBad:
		return p.toBad(rows, at, -1)
	case keys.Previous:
		return p.turn(1)
	case keys.Next:
		return p.turn(-1)
	case keys.Copy:
		return page.Copy(string(plan.ID))
	case keys.Rollback:
		return p.publish(plan)
	case keys.Rerun:
		return p.rerun(plan)
	case keys.Pause, keys.Drain, keys.Stop:
		return p.control(plan, verb(plan, action))
	case keys.Open, keys.StepLog, keys.Partitions:
		return p.open(plan, action)
	default:
		if to, ok := page.Move(action, at, len(rows), p.body()); ok {
			p.move(rows, to)
		}
	}
	return nil
}

func (p *Page) move(rows []forecast.PlanRow, to int) {
	if len(rows) == 0 {
		return
	}
	to = layout.Clamp(to, 0, len(rows)-1)
	p.cursor, p.moved = rows[to].Date, true
	p.top = layout.Scroll(p.top, to, len(rows), p.body())
}

// shown returns the rows that have something to do. A plan without any shows
// why.
func shown(plan forecast.Plan) []forecast.PlanRow {
	var rows []forecast.PlanRow
	for _, row := range plan.Rows {
		if row.Action != forecast.ActionSkip {
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		return plan.Rows
	}
	return rows
}

// turn shows an older or newer plan.
func (p *Page) turn(by int) tea.Cmd {
	to := p.at() + by
	if to < 0 || to >= len(p.plans) {
		return page.Say(theme.Faint, "no further plan")
	}
	p.chosen, p.moved = p.plans[to].ID, false
	return p.settle()
}

func (p *Page) open(plan forecast.Plan, action keys.Action) tea.Cmd {
	row, ok := plan.Row(p.cursor)
	if !ok {
		return nil
	}
	if action == keys.Open {
		return page.Go(page.Place{Kind: page.Day, Date: row.Date})
	}
	if action == keys.Partitions {
		return page.Go(page.Place{Kind: page.Partition, Date: row.Date, Generation: row.Generation})
	}
	day, ok := p.days[row.Date]
	if !ok || row.Execution == "" {
		return page.Say(theme.Faint, row.Date.String()+" has not been started by this plan")
	}
	return page.Go(page.Place{
		Kind: page.Logs, Date: row.Date, Execution: row.Execution, Attempt: day.Last.Attempt, Step: page.Telling(day.Steps),
	})
}

// Place leads to the plan.
func (p *Page) Place() page.Place { return page.Place{Kind: page.Progress, Plan: p.chosen} }

// Equivalent returns the command that shows the plan.
func (p *Page) Equivalent() string {
	plan, ok := p.plan()
	if !ok {
		return ""
	}
	return "backfill show " + string(plan.ID)
}

func count(plan forecast.Plan, states ...forecast.RowState) int {
	n := 0
	for _, row := range plan.Rows {
		if slices.Contains(states, row.State) {
			n++
		}
	}
	return n
}

// Name draws which plan it is.
func (p *Page) Name(c *draw.Canvas) {
	if plan, ok := p.plan(); ok {
		c.Put(theme.Strong, string(plan.Request.Kind))
		c.Put(theme.Faint, " plan "+string(plan.ID))
	}
}

// Link leads to what the date under the cursor runs or ran.
func (p *Page) Link() (forecast.LinkQuery, bool) {
	return forecast.LinkQuery{Kind: forecast.LinkStep, Date: p.cursor}, !p.cursor.IsZero()
}

// Position counts the dates and the plans.
func (p *Page) Position() string {
	if len(p.plans) == 0 {
		return ""
	}
	position := fmt.Sprintf("plan %d/%d", p.at()+1, len(p.plans))
	if plan, _ := p.plan(); len(plan.Rows) > 1 {
		rows := p.listed(plan)
		at := slices.IndexFunc(rows, func(r forecast.PlanRow) bool { return r.Date == p.cursor })
		position = fmt.Sprintf("%d/%d  ", at+1, len(rows)) + position
	}
	return position
}

// Rows returns the rows of the plan that is shown.
func (p *Page) Rows() effects.Rows {
	plan, _ := p.plan()
	return page.PlanRows(plan, p.listed(plan))
}

// Stalled returns why what is shown was not read again.
func (p *Page) Stalled() (failed *effects.Failed, told bool) { return p.failed, len(p.plans) == 0 }
