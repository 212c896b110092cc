// Package partitions is the page of what readers see of all dates: the current
// generation of each, who made it and when, and the dates that have none.
package partitions

import (
	"cmp"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// firstRead is how many days are read at first; moving to their end reads more.
const firstRead = 400

// at is where the cursor is: at a date, or at an older generation of it.
type at struct {
	date       calendar.Date
	generation string // empty: the current one, whichever that is
}

// Page lists dates, newest first. Days carry their current generation, so that one
// read of them tells of all; older generations are one more, when they are asked for.
type Page struct {
	page.Filtered

	env *page.Env

	span   calendar.Range // of the dates; zero ends are open
	days   []forecast.Day // newest first
	read   time.Time      // zero: they are those of the home page
	failed *effects.Failed
	limit  int

	all   bool // older generations are shown
	older map[calendar.Date][]forecast.Partition

	usual  int64 // rows that a date's own generation usually has; 0: not known
	rows   []row // filtered and sorted
	order  page.Order
	cursor at
	top    int
}

// New returns the page; the cursor begins at the place's date.
func New(env *page.Env, place page.Place) page.Page {
	p := &Page{env: env, limit: firstRead, span: place.Span, all: place.All, cursor: at{date: place.Date, generation: place.Generation}}
	p.Filtered = page.NewFiltered(env, p.arrange)
	p.Filter.Set(place.Filter)
	p.order = page.ReadOrder(cmp.Or(env.Choice(page.Partitions, "sort"), byDate))
	return p
}

// Keys returns what keys do.
func (p *Page) Keys() keys.Map {
	if p.Filter.Typing() {
		return keys.Typing()
	}
	return keys.PartitionsPage()
}

// Busy reports whether the page waits, or a date that is shown runs.
func (p *Page) Busy() bool {
	if p.read.IsZero() && p.failed == nil {
		return true
	}
	for _, one := range p.window() {
		if one.older == nil && one.day.State == forecast.DayRunning {
			return true
		}
	}
	return false
}

// Init shows the days that the home page has, and reads them.
func (p *Page) Init() tea.Cmd {
	if len(p.days) == 0 {
		p.known()
	}
	return p.refresh()
}

func (p *Page) refresh() tea.Cmd {
	days := p.Scope().Days(forecast.DayQuery{Range: p.span, Last: p.limit})
	if !p.all || len(p.days) == 0 {
		return days
	}
	return tea.Batch(days, p.readOlder())
}

// known takes the days that the home page has.
func (p *Page) known() {
	if p.env.Known == nil {
		return
	}
	newest := p.env.Pipeline.Newest
	if !p.span.To.IsZero() {
		newest = min(newest, p.span.To)
	}
	for date := newest; date >= p.span.From; date-- {
		day, ok := p.env.Known(date)
		if !ok {
			break
		}
		p.days = append(p.days, day)
	}
	p.arrange()
}

// Update takes keys, text, replies and events.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	if p.Typed(msg) {
		return nil
	}
	switch msg := msg.(type) {
	case keys.Pressed:
		return p.press(msg.Action)
	case effects.Reply[[]forecast.Day]:
		p.days, p.read, p.failed = msg.Value, msg.At, nil
		p.arrange()
		if p.all && p.older == nil {
			return p.readOlder()
		}
	case effects.Reply[[]forecast.Partition]:
		return p.take(msg.Value)
	case effects.Failed:
		p.failed = &msg
	case effects.Changed:
		return p.merge(msg.Days)
	case effects.Watching:
		return p.refresh()
	}
	return nil
}

// take takes the generations that are kept, but for the current ones, which the days
// have.
func (p *Page) take(list []forecast.Partition) tea.Cmd {
	p.older, p.failed = make(map[calendar.Date][]forecast.Partition), nil
	for _, g := range list {
		if !g.Current {
			p.older[g.Date] = append(p.older[g.Date], g)
		}
	}
	p.arrange()
	if len(p.older) == 0 {
		return page.Say(theme.Faint, "no date has an older generation that is kept")
	}
	return nil
}

// merge takes changed days in. Days beyond the newest are read with those between, and
// older generations if a date has another current one now.
func (p *Page) merge(changed []forecast.Day) tea.Cmd {
	if len(changed) == 0 {
		return nil
	}
	beyond, published := false, false
	for _, day := range changed {
		index := p.index(day.Date)
		switch {
		case day.Date < p.span.From || !p.span.To.IsZero() && day.Date > p.span.To:
		case index < 0:
			beyond = true
		case index < len(p.days):
			published = published || p.days[index].Partition.Generation != day.Partition.Generation
			p.days[index] = day
		}
	}
	p.arrange()
	switch {
	case beyond:
		return p.refresh()
	case published && p.all:
		return p.readOlder()
	default:
		return nil
	}
}

// index returns which of the days is of a date; it may be none of them.
func (p *Page) index(date calendar.Date) int {
	if len(p.days) == 0 {
		return -1
	}
	return int(p.days[0].Date - date)
}

func (p *Page) readOlder() tea.Cmd {
	if len(p.days) == 0 {
		return nil
	}
	return p.Scope().Generations(calendar.Range{From: p.days[len(p.days)-1].Date, To: p.days[0].Date})
}

func (p *Page) press(action keys.Action) tea.Cmd {
	switch action {
	case keys.Refresh:
		return p.refresh()
	case keys.Search:
		p.Filter.Open()
		return nil
	case keys.Sort:
		return p.Sort(p.order.Next(columnNames()))
	case keys.Generations:
		return p.turnAll()
	default:
	}
	one, ok := p.selected()
	if !ok {
		return nil
	}
	switch action {
	case keys.Open:
		return page.Go(page.Place{Kind: page.Partition, Date: one.day.Date, Generation: p.cursor.generation})
	case keys.StepLog:
		to := page.Place{Kind: page.Logs, Date: one.day.Date, Attempt: one.made().Attempt}
		return func() tea.Msg { return page.OpenLog{Place: to} }
	case keys.Plot:
		return page.Go(page.Place{Kind: page.Plot, Date: one.day.Date})
	case keys.Metrics:
		return page.Go(page.Place{Kind: page.Metrics, Date: one.day.Date})
	case keys.NextBad:
		return p.toWanting(1)
	case keys.LastBad:
		return p.toWanting(-1)
	case keys.Copy:
		return page.Copy(one.made().Generation)
	case keys.CopyAll:
		return page.Copy(one.made().Path)
	default:
		return p.move(action)
	}
}

// turnAll shows older generations too, or hides them.
func (p *Page) turnAll() tea.Cmd {
	p.all = !p.all
	if p.all {
		return p.readOlder()
	}
	p.older = nil
	p.cursor.generation = ""
	p.arrange()
	return nil
}

// move moves the cursor; at the end it reads more days.
func (p *Page) move(action keys.Action) tea.Cmd {
	to, ok := page.Move(action, p.row(), len(p.rows), p.body())
	if !ok {
		return nil
	}
	p.cursor = p.rows[to].at()
	if to == len(p.rows)-1 && action != keys.Up && len(p.days) == p.limit {
		p.limit *= 4
		return p.refresh()
	}
	return nil
}

// toWanting goes to the next date whose readers lack something, or to the one before.
func (p *Page) toWanting(direction int) tea.Cmd {
	for to := p.row() + direction; to >= 0 && to < len(p.rows); to += direction {
		if p.wants(p.rows[to]) {
			p.cursor = p.rows[to].at()
			return nil
		}
	}
	return page.Say(theme.Faint, "no further date lacks a whole forecast of its own")
}

// row returns the row under the cursor; 0 if it is gone.
func (p *Page) row() int {
	for i, one := range p.rows {
		if one.at() == p.cursor {
			return i
		}
	}
	return 0
}

func (p *Page) selected() (row, bool) {
	if len(p.rows) == 0 {
		return row{}, false
	}
	return p.rows[p.row()], true
}

// Date returns the date under the cursor.
func (p *Page) Date() calendar.Date { return p.cursor.date }

// Place leads to the list, at the date under the cursor.
func (p *Page) Place() page.Place {
	return page.Place{Kind: page.Partitions, Date: p.cursor.date, Span: p.span, All: p.all, Filter: p.Filter.Text()}
}

// Link leads to the files of the generation under the cursor.
func (p *Page) Link() (forecast.LinkQuery, bool) {
	one, ok := p.selected()
	made := one.made()
	return forecast.LinkQuery{Kind: forecast.LinkPartition, Date: made.Date, Generation: made.Generation}, ok && made.Generation != ""
}

// Stored returns the generation under the cursor.
func (p *Page) Stored() (query forecast.ExportQuery, ok bool) {
	one, _ := p.selected()
	made := one.made()
	return forecast.ExportQuery{Date: one.day.Date, Generation: made.Generation}, made.Generation != ""
}

// Equivalent returns the command that lists the same.
func (p *Page) Equivalent() string {
	command := "partition list"
	if !p.span.From.IsZero() {
		command += " --from " + p.span.From.String()
	}
	if !p.span.To.IsZero() {
		command += " --to " + p.span.To.String()
	}
	if p.all {
		command += " --all"
	}
	return command
}

// Position says which row is selected.
func (p *Page) Position() string {
	if len(p.rows) == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", p.row()+1, len(p.rows))
}

// Name draws how many dates have what.
func (p *Page) Name(c *draw.Canvas) {
	if what := "partitions"; draw.Width(what) <= c.Left() {
		c.Put(theme.Strong, what)
	}
	if p.env.Pipeline.Foreign != "" {
		return
	}
	own, fallback, none := 0, 0, 0
	for _, day := range p.days {
		switch {
		case day.Partition.Generation == "" && owed(day):
			none++
		case day.Partition.Generation == "":
		case day.Partition.Kind == forecast.GenerationFallback:
			fallback++
		default:
			own++
		}
	}
	for _, part := range []struct {
		n    int
		role theme.Role
		word string
	}{{none, theme.Absent, "none"}, {fallback, theme.Gate, "fallback"}, {own, theme.Good, "own"}} {
		text := fmt.Sprintf("  %d %s", part.n, part.word)
		if part.n > 0 && draw.Width(text) <= c.Left() {
			c.Put(part.role, text)
		}
	}
}

// Stalled returns why what is shown was not read again.
func (p *Page) Stalled() (failed *effects.Failed, told bool) { return p.failed, len(p.rows) == 0 }
