// Package activity is the page of what was done: who asked for it, the command
// that does the same, and what came of it. It stands on the plans of the engine,
// on the attempts that no plan asked for, and on what this and earlier sessions
// did, from screens and by commands.
package activity

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/journal"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// recent is of how many days the attempts are listed.
const recent = 60

// entry is one thing that was done.
type entry struct {
	at      time.Time
	who     string
	what    string
	command string
	outcome string
	role    theme.Role // of the outcome
	plan    forecast.PlanID
	saved   bool // the plan was kept for later
	date    calendar.Date
}

// same reports whether two entries are of the same deed, so that a cursor stays.
func (e entry) same(other entry) bool {
	return e.at.Equal(other.at) && e.what == other.what && e.plan == other.plan && e.date == other.date
}

// Page lists entries, the newest first.
type Page struct {
	page.Filtered

	env *page.Env

	acts  []journal.Act
	plans []forecast.Plan
	days  []forecast.Day
	read  map[effects.Kind]bool

	failed  *effects.Failed
	all     []entry
	rows    []int // of all, filtered
	at, top int
}

// New returns the page.
func New(env *page.Env, _ page.Place) page.Page {
	p := &Page{env: env, read: make(map[effects.Kind]bool)}
	p.Filtered = page.NewFiltered(env, p.arrange)
	return p
}

// Keys returns what keys do.
func (p *Page) Keys() keys.Map {
	if p.Filter.Typing() {
		return keys.Typing()
	}
	return keys.ActivityPage()
}

// Busy reports whether the page waits.
func (p *Page) Busy() bool { return p.failed == nil && len(p.read) < len(sources()) }

func sources() []effects.Kind {
	return []effects.Kind{effects.KindActivity, effects.KindPlans, effects.KindDays}
}

// Init reads acts, plans and attempts.
func (p *Page) Init() tea.Cmd {
	return tea.Batch(p.Scope().Activity(), p.Scope().Plans(), p.Scope().Days(forecast.DayQuery{Last: recent}))
}

// Update takes keys, text, replies and events.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	if p.Typed(msg) {
		return nil
	}
	switch msg := msg.(type) {
	case keys.Pressed:
		return p.press(msg.Action)
	case effects.Reply[[]journal.Act]:
		p.acts = msg.Value
		p.collect(msg.Kind)
	case effects.Reply[[]forecast.Plan]:
		p.plans = msg.Value
		p.collect(msg.Kind)
	case effects.Reply[[]forecast.Day]:
		p.days = msg.Value
		p.collect(msg.Kind)
	case effects.Failed:
		p.failed = &msg
	case effects.Changed:
		if len(msg.Plans)+len(msg.Days) > 0 {
			return p.Init()
		}
	case effects.Watching:
		return p.Init()
	}
	return nil
}

// collect makes the entries anew, once all was read; the cursor stays on its
// entry.
func (p *Page) collect(kind effects.Kind) {
	p.read[kind], p.failed = true, nil
	if len(p.read) < len(sources()) {
		return
	}
	under, had := p.selected()
	p.all = p.all[:0]
	known := make(map[forecast.PlanID]bool)
	for _, plan := range p.plans {
		known[plan.ID] = true
		p.all = append(p.all, ofPlan(plan))
	}
	for _, act := range p.acts {
		// A plan that was started is listed with how far it is.
		if act.What != journal.StartedPlan || !known[act.Plan] {
			p.all = append(p.all, ofAct(act))
		}
	}
	for _, day := range p.days {
		if day.Last.ID != "" && day.Last.Plan == "" {
			p.all = append(p.all, ofAttempt(day))
		}
	}
	slices.SortStableFunc(p.all, func(a, b entry) int { return b.at.Compare(a.at) })
	p.arrange()
	if had {
		if at := slices.IndexFunc(p.rows, func(i int) bool { return p.all[i].same(under) }); at >= 0 {
			p.at = at
		}
	}
}

func ofPlan(plan forecast.Plan) entry {
	e := entry{
		at: plan.Created, who: plan.Request.Actor, command: page.Command(plan.Request), plan: plan.ID,
		what: string(plan.Request.Kind) + " of " + datesOf(plan),
	}
	e.outcome, e.role = string(plan.State), theme.Busy
	switch {
	case plan.Outcome == "":
	case plan.State == forecast.PlanEnded: // as an outcome says
		e.outcome = string(plan.Outcome)
	default:
		e.outcome += " " + string(plan.Outcome)
	}
	switch {
	case plan.State == forecast.PlanEnded && plan.Outcome == forecast.OutcomeSucceeded:
		e.role = theme.Good
	case plan.State == forecast.PlanEnded:
		e.role = theme.Bad
	case plan.State == forecast.PlanPaused:
		e.role = theme.Gate
	}
	if plan.Reason != "" {
		e.outcome += ": " + plan.Reason
	}
	return e
}

// datesOf names the date of a plan, or counts its dates.
func datesOf(plan forecast.Plan) string {
	var dates []calendar.Date
	for _, row := range plan.Rows {
		if row.Action != forecast.ActionSkip {
			dates = append(dates, row.Date)
		}
	}
	if len(dates) == 1 {
		return dates[0].String()
	}
	return draw.Counted(len(dates), "date")
}

func ofAct(act journal.Act) entry {
	e := entry{at: act.At, who: act.Actor, what: act.What, command: page.Bare(act.Command), outcome: act.Outcome, role: theme.Good, plan: act.Plan, date: act.Date, saved: act.What == journal.SavedPlan}
	if act.Failed {
		e.outcome, e.role = "failed: "+act.Outcome, theme.Bad
	}
	return e
}

// ofAttempt is an attempt that the schedule or a command started.
func ofAttempt(day forecast.Day) entry {
	last := day.Last
	e := entry{
		at: last.Created, who: last.Actor, date: day.Date, outcome: last.Word(), role: theme.Good,
		what: fmt.Sprintf("%s, attempt %d (%s)", day.Date, last.Attempt, last.Cause), command: "run " + day.Date.String(),
	}
	switch {
	case !last.UnknownSince.IsZero():
		e.role = theme.Unsure
	case last.Status == forecast.Executing:
		e.role = theme.Busy
	case last.Status != forecast.Succeeded:
		e.role = theme.Bad
		if last.Word() == string(forecast.DayGated) {
			e.role = theme.Gate
		}
		if cause := page.Cause(day); cause != "" {
			e.outcome += ": " + cause
		}
	}
	return e
}

// arrange filters the entries.
func (p *Page) arrange() {
	words := strings.Fields(strings.ToLower(p.Filter.Text()))
	p.rows = p.rows[:0]
	for i, e := range p.all {
		text := strings.ToLower(e.who + " " + e.what + " " + e.command + " " + e.outcome)
		if !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) }) {
			p.rows = append(p.rows, i)
		}
	}
	p.at = layout.Clamp(p.at, 0, len(p.rows)-1)
}

func (p *Page) selected() (entry, bool) {
	if p.at >= len(p.rows) {
		return entry{}, false
	}
	return p.all[p.rows[p.at]], true
}

func (p *Page) press(action keys.Action) tea.Cmd {
	switch action {
	case keys.Refresh:
		return p.Init()
	case keys.Search:
		p.Filter.Open()
		return nil
	default:
	}
	e, ok := p.selected()
	if !ok {
		return nil
	}
	switch action {
	case keys.Open:
		switch {
		case e.saved && e.plan != "":
			return page.Go(page.Place{Kind: page.Request, Plan: e.plan})
		case e.plan != "":
			return page.Go(page.Place{Kind: page.Progress, Plan: e.plan})
		case !e.date.IsZero():
			return page.Go(page.Place{Kind: page.Day, Date: e.date})
		}
		return page.Say(theme.Faint, "this has no page of its own: all of it is below the list")
	case keys.Copy:
		return page.Copy(p.env.Shell(e.command))
	default:
		if to, moves := page.Move(action, p.at, len(p.rows), p.listRows()); moves {
			p.at = to
		}
	}
	return nil
}

// Place leads to the page.
func (*Page) Place() page.Place { return page.Place{Kind: page.Activity} }

// Equivalent returns the command of the selected entry.
func (p *Page) Equivalent() string {
	e, _ := p.selected()
	return e.command
}

// Name draws what the page is.
func (*Page) Name(c *draw.Canvas) {
	c.Put(theme.Strong, "activity")
	c.Put(theme.Faint, "  newest first")
}

// Position says which entry is selected.
func (p *Page) Position() string {
	if len(p.rows) == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", p.at+1, len(p.rows))
}
