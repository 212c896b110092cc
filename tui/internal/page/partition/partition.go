// Package partition is the page of what readers see of a date: its
// generations, the rows of the current one, how two of them differ, and the way
// back to an older one.
package partition

import (
	"cmp"
	"fmt"
	"slices"
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

// pane is what lies below the generations.
type pane int

const (
	panePreview pane = iota
	paneDiff
)

// Page shows one date. The cursor is a generation, or a row of the pane below.
type Page struct {
	page.Filtered

	env *page.Env

	date        calendar.Date
	generations []forecast.Partition // the current one first, then the newest
	read        bool
	taken       time.Time // when they were read
	failed      *effects.Failed
	attempts    []forecast.Execution
	day         forecast.Day

	cursor string // generation; empty: the first
	seen   string // the generation under the cursor, if it was the current one when it came there
	pane   pane
	below  bool // the cursor is in the pane

	preview preview
	diff    diff
}

// diff is how two generations differ.
type diff struct {
	query  forecast.CompareQuery
	value  forecast.Comparison
	read   bool
	failed *effects.Failed
	at     int // row
	top    int
}

// New returns the page of the place's date.
func New(env *page.Env, place page.Place) page.Page {
	p := &Page{env: env, date: place.Date, cursor: place.Generation}
	p.preview.generation = place.Generation
	p.Filtered = page.NewFiltered(env, p.arrange)
	p.Filter.Set(place.Filter)
	if place.Against != "" {
		p.pane, p.diff.query = paneDiff, forecast.CompareQuery{Date: place.Date, From: place.Against, To: place.Generation}
	}
	p.preview.order = page.ReadOrder(cmp.Or(env.Choice(page.Partition, "sort"), bySeries))
	return p
}

// Keys returns what keys do.
func (p *Page) Keys() keys.Map {
	if p.Filter.Typing() {
		return keys.Typing()
	}
	return keys.Partition()
}

// Busy reports whether the page waits.
func (p *Page) Busy() bool { return !p.read && p.failed == nil }

// Back ends the filter, then leaves the pane, then the comparison.
func (p *Page) Back() bool {
	switch {
	case p.Filtered.Back():
	case p.below:
		p.below = false
	case p.pane != panePreview:
		p.pane = panePreview
	default:
		return false
	}
	return true
}

// Init reads the generations, who made them, and the rows of one, which never change.
func (p *Page) Init() tea.Cmd {
	commands := []tea.Cmd{
		p.Scope().Partitions(p.date),
		p.Scope().Executions(p.date),
		p.Scope().Days(forecast.DayQuery{Range: calendar.Range{From: p.date, To: p.date}}),
	}
	if !p.preview.read {
		commands = append(commands, p.readRows())
	}
	if p.pane == paneDiff && !p.diff.read {
		commands = append(commands, p.Scope().Compare(p.diff.query))
	}
	return tea.Batch(commands...)
}

// Update takes keys, text and replies.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	if p.Typed(msg) {
		p.below = p.below || !p.Filter.Typing() && p.Filter.Shown()
		return nil
	}
	switch msg := msg.(type) {
	case keys.Pressed:
		return p.press(msg.Action)
	case effects.Failed:
		return p.fail(msg)
	case effects.Changed:
		for _, day := range msg.Days {
			if day.Date == p.date {
				return p.Init()
			}
		}
	case effects.Watching:
		return p.Init()
	default:
		return p.take(msg)
	}
	return nil
}

// take takes what was asked for.
func (p *Page) take(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case effects.Reply[[]forecast.Partition]:
		p.generations, p.read, p.taken, p.failed = msg.Value, true, msg.At, nil
		follow := p.settle()
		if p.pane == paneDiff {
			return tea.Batch(follow, p.compare())
		}
		return follow
	case effects.Reply[[]forecast.Execution]:
		p.attempts = msg.Value
	case effects.Reply[[]forecast.Day]:
		if len(msg.Value) == 1 {
			p.day = msg.Value[0]
		}
	case effects.Reply[[]forecast.SeriesForecast]:
		p.preview.set(msg.Value)
		p.arrange()
		return p.follow()
	case effects.Reply[forecast.Comparison]:
		p.diff.value, p.diff.read, p.diff.failed = msg.Value, true, nil
		p.diff.at = layout.Clamp(p.diff.at, 0, len(msg.Value.Series)-1)
	case effects.Reply[forecast.Partition]:
		p.cursor, p.seen = msg.Value.Generation, msg.Value.Generation
		return tea.Batch(p.Init(), page.Say(theme.Good, "readers see generation "+msg.Value.Generation+" of "+p.date.String()+" now"))
	}
	return nil
}

func (p *Page) fail(failed effects.Failed) tea.Cmd {
	switch failed.Kind {
	case effects.KindPartitions:
		p.failed = &failed
	case effects.KindForecasts:
		p.preview.failed = &failed
		return p.follow()
	case effects.KindCompare:
		p.diff.failed = &failed
	case effects.KindRollback:
		return p.Init()
	default:
	}
	return nil
}

// at returns the row of the generation under the cursor; 0 if it is gone.
func (p *Page) at() int {
	return max(0, slices.IndexFunc(p.generations, func(g forecast.Partition) bool { return g.Generation == p.cursor }))
}

// selected returns the generation under the cursor.
func (p *Page) selected() (forecast.Partition, bool) {
	if len(p.generations) == 0 {
		return forecast.Partition{}, false
	}
	return p.generations[p.at()], true
}

// current returns the generation that readers see; none if a date has only ones
// that were never published.
func (p *Page) current() (forecast.Partition, bool) {
	for _, g := range p.generations {
		if g.Current {
			return g, true
		}
	}
	return forecast.Partition{}, false
}

// pair returns the two generations to compare: the one under the cursor with the
// current one, or the current one with the one before.
func (p *Page) pair() (older, newer forecast.Partition, ok bool) {
	chosen, _ := p.selected()
	current, published := p.current()
	if !published || len(p.generations) < 2 {
		return older, newer, false
	}
	if !chosen.Current {
		return chosen, current, true
	}
	return p.generations[(p.at()+1)%len(p.generations)], current, true
}

// compare asks how the pair differs.
func (p *Page) compare() tea.Cmd {
	older, newer, ok := p.pair()
	if !ok {
		p.pane = panePreview
		return page.Say(theme.Faint, p.date.String()+" has no second generation to compare with")
	}
	p.pane = paneDiff
	query := forecast.CompareQuery{Date: p.date, From: older.Generation, To: newer.Generation}
	if p.diff.read && p.diff.query == query {
		return nil
	}
	p.diff = diff{query: query}
	return p.Scope().Compare(query)
}

func (p *Page) press(action keys.Action) tea.Cmd {
	switch action {
	case keys.Refresh:
		p.diff.read = false
		if newer, ok := p.newer(); ok {
			return tea.Batch(p.point(newer), p.Init())
		}
		return p.Init()
	case keys.LastDay:
		return p.turn(-1)
	case keys.NextDay:
		return p.turn(1)
	case keys.AllDates:
		return page.Go(page.Place{Kind: page.Partitions, Date: p.date})
	case keys.Compare:
		if p.pane == paneDiff {
			p.pane = panePreview
			return nil
		}
		return p.compare()
	case keys.Tab:
		p.below = !p.below
	case keys.Open:
		p.below = true
	case keys.Search:
		p.pane = panePreview
		p.Filter.Open()
	case keys.Sort:
		return p.Sort(p.preview.order.Next([]string{bySeries, byDate, byMean}))
	case keys.Larger, keys.Smaller:
		cells := 1
		if p.below == (action == keys.Larger) {
			cells = -1
		}
		return p.env.Widen(p.upper(), cells)
	case keys.Left:
		p.preview.scroll(p.Width, -1)
	case keys.Right:
		p.preview.scroll(p.Width, 1)
	default:
		return p.pressGeneration(action)
	}
	return nil
}

// pressGeneration does what needs a generation.
func (p *Page) pressGeneration(action keys.Action) tea.Cmd {
	chosen, ok := p.selected()
	if !ok {
		return nil
	}
	switch action {
	case keys.Rollback:
		return p.rollback(chosen)
	case keys.Copy:
		return page.Copy(chosen.Generation)
	case keys.CopyAll:
		return page.Copy(chosen.Path)
	case keys.Plot:
		return page.Go(page.Place{Kind: page.Plot, Date: p.date, Series: p.preview.seriesAt()})
	default:
		return p.move(action)
	}
}

// Columns returns what the rows can be sorted by.
func (*Page) Columns() []string { return []string{bySeries, byDate, byMean, byModel} }

// Sort sorts the rows.
func (p *Page) Sort(order page.Order) tea.Cmd {
	p.preview.order, p.pane = order, panePreview
	p.arrange()
	return tea.Batch(page.Keep(page.Partition, "sort", order.String()), page.Say(theme.Faint, "rows by "+said(order)))
}

// Date returns the date shown.
func (p *Page) Date() calendar.Date { return p.date }

// Link leads to the files of the generation under the cursor.
func (p *Page) Link() (forecast.LinkQuery, bool) {
	chosen, ok := p.selected()
	return forecast.LinkQuery{Kind: forecast.LinkPartition, Date: p.date, Generation: chosen.Generation}, ok
}

// Place leads to the date, to the generation if it is not the current one, and to the
// rows that the filter lets pass.
func (p *Page) Place() page.Place {
	place := page.Place{Kind: page.Partition, Date: p.date, Filter: p.Filter.Text()}
	if chosen, ok := p.selected(); ok && !chosen.Current {
		place.Generation = chosen.Generation
	}
	return place
}

// Equivalent returns the command that shows the same.
func (p *Page) Equivalent() string {
	if p.pane != paneDiff {
		return p.previewed()
	}
	return "partition diff " + p.date.String() + " --from " + p.diff.query.From + " --to " + p.diff.query.To
}

// previewed is the command for the generations, or for the rows if the cursor is there.
func (p *Page) previewed() string {
	if !p.below {
		return "partition show " + p.date.String()
	}
	command := "partition preview " + p.date.String()
	if chosen, ok := p.selected(); ok && !chosen.Current {
		command += " --generation " + chosen.Generation
	}
	if text := p.Filter.Text(); text != "" {
		command += " --filter " + page.Quote(text)
	}
	return command
}

// move moves the cursor over the generations, or over the rows of the pane.
func (p *Page) move(action keys.Action) tea.Cmd {
	at, count, body := p.lies()
	to, ok := page.Move(action, at, count, body)
	if !ok || count == 0 {
		return nil
	}
	return p.to(to)
}

// lies returns the row of the cursor in its list, how many there are, and how many of
// them are shown.
func (p *Page) lies() (at, count, body int) {
	if p.below {
		at, count = p.rowAt()
		return at, count, p.paneRows()
	}
	return p.at(), len(p.generations), p.listRows()
}

// to moves the cursor to a row of its list.
func (p *Page) to(to int) tea.Cmd {
	switch {
	case p.below && p.pane == paneDiff:
		p.diff.at = to
	case p.below:
		p.preview.at = to
	default:
		follow := p.point(p.generations[to])
		if p.pane == paneDiff {
			return tea.Batch(follow, p.compare())
		}
		return follow
	}
	return nil
}

// rowAt returns the row under the cursor of the pane, and how many there are.
func (p *Page) rowAt() (at, count int) {
	if p.pane == paneDiff {
		return p.diff.at, len(p.diff.value.Series)
	}
	return p.preview.at, len(p.preview.rows)
}

// rollback asks before readers see another generation.
func (p *Page) rollback(chosen forecast.Partition) tea.Cmd {
	current, ok := p.current()
	if chosen.Current || !ok {
		older, _, found := p.pair()
		if !found {
			return page.Say(theme.Faint, p.date.String()+" has no older generation to go back to")
		}
		chosen = older
	}
	command := "partition rollback " + p.date.String() + " --generation " + chosen.Generation
	ask := page.Ask{
		Title: "Publish an older generation of " + page.Weekday(p.date) + "?",
		Text: fmt.Sprintf("Readers will see %s (%s, %s rows, written %s)\nin the place of %s (%s, %s rows).\n%sNothing is deleted: the same way leads back.%s",
			chosen.Generation, page.Maker(chosen), draw.Count(chosen.Rows), p.env.Clock(chosen.Written),
			current.Generation, page.Maker(current), draw.Count(current.Rows), p.moved(chosen, current), p.env.SameAs(command)),
		Yes: "publishes it",
		Do: func() tea.Cmd {
			return p.Scope().Rollback(forecast.RollbackRequest{
				Date: p.date, Generation: chosen.Generation, Expected: current.Generation, Actor: p.env.Actor,
			})
		},
	}
	if p.env.Pipeline.Production {
		ask.Type = p.env.Pipeline.Name
	}
	return page.Go(page.Place{Kind: page.Confirm, Ask: ask})
}

// moved says how the forecasts would change, if that was compared.
func (p *Page) moved(chosen, current forecast.Partition) string {
	d := p.diff
	if !d.read || d.query.From != chosen.Generation || d.query.To != current.Generation || d.value.TotalTo == 0 {
		return ""
	}
	return fmt.Sprintf("The sum of the forecasts changes by %+.1f %%, in %s series.\n",
		100*(d.value.TotalFrom/d.value.TotalTo-1), draw.Count(d.value.Changed))
}

// turn shows the date before or after.
func (p *Page) turn(by calendar.Date) tea.Cmd {
	to := p.date + by
	if by > 0 && to > p.env.Pipeline.Newest {
		return page.Say(theme.Faint, to.String()+" is not due yet")
	}
	place := page.Place{Kind: page.Partition, Date: to}
	return func() tea.Msg { return page.Replace{Place: place} }
}

func (p *Page) arrange() { p.preview.arrange(p.Filter.Text(), p.env.Pipeline.Series) }

// Name draws the date and its table.
func (p *Page) Name(c *draw.Canvas) {
	c.Put(theme.Strong, page.Weekday(p.date))
	if what := "  partition"; draw.Width(what) <= c.Left() {
		c.Put(theme.Faint, what)
	}
}

// Position counts the generations or the rows.
func (p *Page) Position() string {
	if len(p.generations) == 0 {
		return ""
	}
	if p.below {
		at, count := p.rowAt()
		return fmt.Sprintf("row %s/%s", draw.Count(min(at+1, count)), draw.Count(count))
	}
	return fmt.Sprintf("generation %d/%d", p.at()+1, len(p.generations))
}

// Stalled returns why what is shown was not read again.
func (p *Page) Stalled() (failed *effects.Failed, told bool) {
	return p.failed, len(p.generations) == 0
}
