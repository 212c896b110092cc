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
	"github.com/daybatch/daybatch/tui/internal/page"
)

// firstRead is how many days are read at first; scrolling to their end reads
// more.
const firstRead = 400

// Page shows days. The cursor is a date, not a row: it stays where it is when
// days come.
type Page struct {
	page.Filtered

	env *page.Env

	days    []forecast.Day // newest first, without holes
	paid    bool           // some day is known to have cost something
	read    time.Time      // when they were read; of days of another start when that read them
	early   bool           // they are of another start, as nothing was read since
	kept    bool           // for the next start, as they are now
	failed  *effects.Failed
	again   bool // they are to be read once more when they have come
	limit   int
	typical time.Duration

	rows  []int // indices of days in the order they are shown
	order page.Order

	across  bool // dates are columns
	cursor  calendar.Date
	top     int
	step    int           // chosen step, from 1; 0: none
	stepTop int           // first step shown, when dates are columns
	anchor  calendar.Date // other end of the range; zero: none
	marked  map[calendar.Date]bool
}

// New returns the page; a date in the place is where the cursor begins.
func New(env *page.Env, place page.Place) page.Page {
	p := &Page{
		env: env, limit: firstRead, cursor: place.Date,
		marked: make(map[calendar.Date]bool),
	}
	p.Filtered = page.NewFiltered(env, p.narrow)
	return p
}

// Keys returns what keys do.
func (p *Page) Keys() keys.Map {
	switch {
	case p.Filter.Typing():
		return keys.Typing()
	case p.across:
		return keys.DaysAcross()
	default:
		return keys.Days()
	}
}

// Init reads the days. Until they come, those are shown that were read last.
func (p *Page) Init() tea.Cmd { return tea.Batch(p.refresh(), p.Scope().Snapshot()) }

// Known returns a date as it was when it was read last.
func (p *Page) Known(date calendar.Date) (forecast.Day, bool) {
	if at := p.index(date); at >= 0 && at < len(p.days) {
		return p.days[at], true
	}
	return forecast.Day{}, false
}

func (p *Page) refresh() tea.Cmd {
	return p.Scope().Days(forecast.DayQuery{Last: p.limit})
}

// Busy reports whether a day on screen runs.
func (p *Page) Busy() bool {
	if (p.early || p.read.IsZero()) && p.failed == nil {
		return true
	}
	for _, index := range p.window() {
		if day := p.days[index]; day.State == forecast.DayRunning || day.State == forecast.DayStopping {
			return true
		}
	}
	return false
}

// Back ends a range, then the filter, then takes off the marks.
func (p *Page) Back() bool {
	switch {
	case !p.anchor.IsZero():
		p.anchor = 0
	case p.Filter.Clear():
		p.arrange()
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
	if p.Typed(msg) {
		return nil
	}
	switch msg := msg.(type) {
	case keys.Pressed:
		return p.press(msg)
	case page.Goto:
		return p.goTo(msg.Date)
	case page.Applied:
		p.unmark(msg.Plan.Dates())
	case effects.Reply[[]forecast.Day]:
		p.show(msg.Value)
		p.read, p.failed, p.early, p.kept = msg.At, nil, false, false
		return tea.Batch(p.keep(), p.anew())
	case effects.Reply[effects.Snapshot]:
		if kept := msg.Value; p.read.IsZero() && len(kept.Days) > 0 {
			p.show(kept.Days)
			p.read, p.early = kept.At, true
		}
	case effects.Minute:
		if due := p.env.Pipeline.NextDue; !due.IsZero() && !due.After(p.env.Now) {
			return tea.Batch(p.keep(), p.refresh()) // nobody may have done anything that is told
		}
		return p.keep()
	case effects.Reply[[]forecast.StopAnswer]:
		return page.Stopped(msg.Value)
	case effects.Reply[[]forecast.FallbackPlan]:
		return page.AskFallback(p.env, p.Scope(), msg.Value, p.unmark)
	case effects.Reply[[]forecast.Partition]:
		return page.Filled(msg.Value)
	case effects.Failed:
		if msg.Kind == effects.KindDays {
			p.failed = &msg
			return p.anew()
		}
	case effects.Changed:
		return p.merge(msg)
	case effects.Watching:
		p.again = true
		if !p.early && !p.read.IsZero() || p.failed != nil {
			return p.anew()
		}
	}
	return nil
}

// anew reads the days again, if what was read may be from before changes were heard
// of. The first days are shown before that: they are what is waited for.
func (p *Page) anew() tea.Cmd {
	if !p.again {
		return nil
	}
	p.again = false
	return p.refresh()
}

// show replaces the days. The cursor's date and the first one on screen stay,
// unless the newest was the first: then it is again.
func (p *Page) show(days []forecast.Day) {
	first := p.firstShown()
	p.days = slices.Clone(days)
	p.measure()
	if len(days) == 0 {
		p.rows, p.top = nil, 0
		return
	}
	if p.cursor.IsZero() {
		p.cursor = days[0].Date
	}
	p.cursor = min(max(p.cursor, days[len(days)-1].Date), days[0].Date)
	p.arrange()
	if !first.IsZero() {
		p.top = max(0, p.row(first))
	}
}

// firstShown returns the first date on screen; zero if it is the first of all.
func (p *Page) firstShown() calendar.Date {
	if p.top == 0 || p.top >= len(p.rows) {
		return 0
	}
	return p.days[p.rows[p.top]].Date
}

// merge takes changed days in. A day beyond the newest is read with those
// between.
func (p *Page) merge(changed effects.Changed) tea.Cmd {
	beyond := false
	for _, day := range changed.Days {
		at := p.index(day.Date)
		switch {
		case at >= 0 && at < len(p.days):
			p.days[at] = day
		case at < 0 && len(p.days) > 0 || p.read.IsZero() || len(p.days) == 0:
			beyond = true
		}
	}
	if !p.early && !p.read.IsZero() && changed.Seen.After(p.read) {
		p.read = changed.Seen
	}
	if len(changed.Days) > 0 {
		p.kept = false
		p.measure()
		p.arrange()
	}
	if beyond {
		return p.Scope().Days(forecast.DayQuery{Last: p.limit})
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

// measure finds how long a day typically takes, the median of the last
// succeeded ones, and whether anything is paid.
func (p *Page) measure() {
	p.typical = Typical(p.days, p.env.Now)
	p.paid = slices.ContainsFunc(p.days, func(day forecast.Day) bool { return day.Last.Cost > 0 })
}

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
	if at < 0 || at >= len(p.days) || len(p.rows) == 0 {
		return forecast.Day{}, false
	}
	return p.days[at], true
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
		c.Put(page.StateRole(state), text)
	}
}

// Position says which day is selected.
func (p *Page) Position() string {
	if len(p.days) == 0 {
		return ""
	}
	if p.selecting() {
		return p.counted()
	}
	if len(p.rows) < len(p.days) {
		return fmt.Sprintf("%d/%d of %d", p.row(p.cursor)+1, len(p.rows), len(p.days))
	}
	return fmt.Sprintf("%d/%d", p.row(p.cursor)+1, len(p.rows))
}
