// Package days is the home page: dates as rows, newest first, with a cell per
// step and the first cause of what went wrong.
package days

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// firstRead is how many days are read at first; scrolling to their end reads
// more.
const firstRead = 400

// Page shows days. The cursor is a date, not a row: it stays where it is when
// days come.
type Page struct {
	env           *page.Env
	scope         *effects.Scope
	width, height int

	days    []forecast.Day // newest first, without holes
	read    time.Time      // when they were read
	failed  *effects.Failed
	limit   int
	plans   map[forecast.PlanID]forecast.Plan // applied and not ended
	typical time.Duration

	cursor calendar.Date
	top    int
	step   int           // chosen step, from 1; 0: none
	anchor calendar.Date // other end of the range; zero: none
	marked map[calendar.Date]bool
}

// New returns the page; a date in the place is where the cursor begins.
func New(env *page.Env, place page.Place) page.Page {
	return &Page{
		env: env, scope: env.Effects.Scope(), limit: firstRead, cursor: place.Date,
		plans: make(map[forecast.PlanID]forecast.Plan), marked: make(map[calendar.Date]bool),
	}
}

// Scope returns the page's requests.
func (p *Page) Scope() *effects.Scope { return p.scope }

// Keys returns what keys do.
func (*Page) Keys() keys.Map { return keys.Days() }

// Resize sets the size in cells.
func (p *Page) Resize(width, height int) { p.width, p.height = width, height }

// Init reads the days.
func (p *Page) Init() tea.Cmd { return p.refresh() }

func (p *Page) refresh() tea.Cmd {
	return tea.Batch(p.scope.Days(forecast.DayQuery{Last: p.limit}), p.scope.Plans())
}

// Busy reports whether a day on screen runs.
func (p *Page) Busy() bool {
	if p.read.IsZero() && p.failed == nil {
		return true
	}
	for _, day := range p.window() {
		if day.State == forecast.DayRunning || day.State == forecast.DayStopping {
			return true
		}
	}
	return false
}

// Back ends a range, then takes off the marks.
func (p *Page) Back() bool {
	switch {
	case !p.anchor.IsZero():
		p.anchor = 0
	case len(p.marked) > 0:
		clear(p.marked)
	case p.step > 0:
		p.step = 0
	default:
		return false
	}
	return true
}

// Update takes keys, replies and events.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case keys.Pressed:
		return p.press(msg)
	case effects.Reply[[]forecast.Day]:
		p.show(msg.Value)
		p.read, p.failed = msg.At, nil
	case effects.Reply[[]forecast.Plan]:
		clear(p.plans)
		p.notePlans(msg.Value)
	case effects.Reply[forecast.StopAnswer]:
		return page.Stopped(msg.Value)
	case effects.Failed:
		if msg.Kind == effects.KindDays {
			p.failed = &msg
		}
	case effects.Changed:
		p.notePlans(msg.Plans)
		return p.merge(msg.Days)
	case effects.Watching:
		return p.refresh()
	}
	return nil
}

func (p *Page) notePlans(plans []forecast.Plan) {
	for _, plan := range plans {
		if plan.State == forecast.PlanEnded {
			delete(p.plans, plan.ID)
			continue
		}
		p.plans[plan.ID] = plan
	}
}

// show replaces the days and keeps the cursor's date.
func (p *Page) show(days []forecast.Day) {
	atTop := p.top == 0
	var first calendar.Date
	if len(p.days) > 0 {
		first = p.days[min(p.top, len(p.days)-1)].Date
	}
	p.days = slices.Clone(days)
	p.measure()
	if len(days) == 0 {
		p.top = 0
		return
	}
	if p.cursor.IsZero() {
		p.cursor = days[0].Date
	}
	p.cursor = min(max(p.cursor, days[len(days)-1].Date), days[0].Date)
	if !atTop {
		p.top = layout.Clamp(int(days[0].Date-first), 0, len(days)-1)
	}
}

// merge takes changed days in. A day beyond the newest is read with those
// between.
func (p *Page) merge(days []forecast.Day) tea.Cmd {
	beyond := false
	for _, day := range days {
		at := p.index(day.Date)
		switch {
		case at >= 0 && at < len(p.days):
			p.days[at] = day
		case at < 0 && len(p.days) > 0 || p.read.IsZero() || len(p.days) == 0:
			beyond = true
		}
	}
	if len(days) > 0 {
		p.measure()
	}
	if beyond {
		return p.scope.Days(forecast.DayQuery{Last: p.limit})
	}
	return nil
}

// index returns the row of a date; it may lie outside of the days.
func (p *Page) index(date calendar.Date) int {
	if len(p.days) == 0 {
		return 0
	}
	return int(p.days[0].Date - date)
}

// measure finds how long a day typically takes: the median of the last
// succeeded ones.
func (p *Page) measure() { p.typical = Typical(p.days, p.env.Now) }

// Typical returns the median of how long the newest 14 succeeded days took; 0
// if there are none. The days come newest first.
func Typical(days []forecast.Day, now time.Time) time.Duration {
	const newest = 14
	took := make([]time.Duration, 0, newest)
	for _, day := range days {
		if day.State == forecast.DaySucceeded && !day.Last.Started.IsZero() {
			took = append(took, day.Last.Took(now))
		}
		if len(took) == newest {
			break
		}
	}
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[len(took)/2]
}

// selected returns the day under the cursor.
func (p *Page) selected() (forecast.Day, bool) {
	at := p.index(p.cursor)
	if at < 0 || at >= len(p.days) {
		return forecast.Day{}, false
	}
	return p.days[at], true
}

// Selection returns the dates that an action is for, newest first: the marked
// ones and the range, else the one under the cursor.
func (p *Page) Selection() []calendar.Date {
	var dates []calendar.Date
	for _, day := range p.days {
		if p.marked[day.Date] || p.inRange(day.Date) {
			dates = append(dates, day.Date)
		}
	}
	if len(dates) == 0 && len(p.days) > 0 {
		dates = append(dates, p.cursor)
	}
	return dates
}

func (p *Page) inRange(date calendar.Date) bool {
	if p.anchor.IsZero() {
		return false
	}
	return calendar.Range{From: min(p.anchor, p.cursor), To: max(p.anchor, p.cursor)}.Contains(date)
}

// Name draws how many days are in which state, worst first.
func (p *Page) Name(c *draw.Canvas) {
	counts := make(map[forecast.DayState]int)
	for _, day := range p.days {
		counts[day.State]++
	}
	var shown []forecast.DayState
	words := 0
	for _, state := range forecast.DayStates() {
		if counts[state] > 0 && state != forecast.DayNotDue {
			shown = append(shown, state)
			words += len("x 000 ") + len(state)
		}
	}
	room := c.Left()
	for i, state := range shown {
		text := fmt.Sprintf(" %d %s", counts[state], state)
		if words > room {
			text = strconv.Itoa(counts[state])
		}
		if c.Left() < draw.Width(text)+3 {
			return
		}
		if i > 0 {
			c.Skip(2)
		}
		c.Mark(p.env.Theme.Day(state, p.env.Frame))
		c.Put(roleOf(state), text)
	}
}

// Position says which day is selected.
func (p *Page) Position() string {
	if len(p.days) == 0 {
		return ""
	}
	if n := len(p.Selection()); n > 1 {
		return fmt.Sprintf("%d selected", n)
	}
	return fmt.Sprintf("%d/%d", p.index(p.cursor)+1, len(p.days))
}
