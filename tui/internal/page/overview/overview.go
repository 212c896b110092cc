// Package overview is the page of all pipelines that lie side by side: which of them
// is fresh, which needs a person, and the states of their newest dates.
package overview

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// days are how many of each pipeline are read.
const days = 28

// pipeline is one row: what was read last, and what went wrong since.
type pipeline struct {
	number   int
	name     string
	glance   effects.Glance
	standing forecast.Standing
	read     time.Time // zero: not yet
	failed   *effects.Failed
}

// Page lists the pipelines by their numbers.
type Page struct {
	page.Filtered

	env     *page.Env
	all     []pipeline
	rows    []int // of all, filtered
	at, top int
}

// New returns the page; each pipeline is read by itself, so that one that does not
// answer holds up no other.
func New(env *page.Env, _ page.Place) page.Page {
	p := &Page{env: env}
	p.Filtered = page.NewFiltered(env, p.arrange)
	for i, name := range env.Beside {
		p.all = append(p.all, pipeline{number: i + 1, name: name})
	}
	p.arrange()
	return p
}

// Keys returns what keys do.
func (p *Page) Keys() keys.Map {
	if p.Filter.Typing() {
		return keys.Typing()
	}
	return keys.OverviewPage()
}

// Init reads all pipelines.
func (p *Page) Init() tea.Cmd {
	var reads []tea.Cmd
	for _, one := range p.all {
		reads = append(reads, p.Scope().Glance(one.name, days))
	}
	return tea.Batch(reads...)
}

// Busy reports whether there is a pipeline that was not read yet, or that runs.
func (p *Page) Busy() bool {
	return slices.ContainsFunc(p.all, func(one pipeline) bool {
		return one.read.IsZero() && one.failed == nil || one.standing.Newest.State == forecast.DayRunning
	})
}

// Update takes keys, text and replies.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	if p.Typed(msg) {
		return nil
	}
	switch msg := msg.(type) {
	case keys.Pressed:
		return p.press(msg.Action)
	case effects.Reply[effects.Glance]:
		p.take(msg.Kind, func(one *pipeline) {
			one.glance, one.read, one.failed = msg.Value, msg.At, nil
			one.standing = forecast.StandingOf(msg.Value.Days)
		})
	case effects.Failed:
		p.take(msg.Kind, func(one *pipeline) { one.failed = &msg })
	case effects.Minute:
		return p.Init()
	}
	return nil
}

// take takes in what was read of a pipeline.
func (p *Page) take(kind effects.Kind, in func(*pipeline)) {
	at := slices.IndexFunc(p.all, func(one pipeline) bool { return effects.KindGlance(one.name) == kind })
	if at < 0 {
		return
	}
	in(&p.all[at])
	p.arrange()
}

// arrange filters the rows; the cursor stays on its pipeline.
func (p *Page) arrange() {
	under := 0
	if one, ok := p.selected(); ok {
		under = one.number
	}
	words := strings.Fields(strings.ToLower(p.Filter.Text()))
	p.rows = p.rows[:0]
	for i := range p.all {
		one := &p.all[i]
		how, _ := one.freshness()
		text := strings.ToLower(strings.Join([]string{one.name, one.glance.Pipeline.Name, one.glance.Pipeline.Engine, string(one.standing.Newest.State), how}, " "))
		if !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) }) {
			p.rows = append(p.rows, i)
		}
	}
	if at := slices.IndexFunc(p.rows, func(i int) bool { return p.all[i].number == under }); at >= 0 {
		p.at = at
	}
	p.at = layout.Clamp(p.at, 0, len(p.rows)-1)
}

// freshness says in two words whether the newest date that is due has its forecast.
func (p *pipeline) freshness() (string, theme.Role) {
	s := p.standing
	switch {
	case p.read.IsZero() && p.failed != nil:
		return "not read", theme.Unsure
	case p.read.IsZero():
		return "reading", theme.Idle
	case s.Newest.Date.IsZero():
		return s.String(), theme.Idle
	case s.Fresh():
		return s.String(), theme.Good
	case s.Newest.State.Bad() || s.Newest.Late > 0 || s.Good.IsZero():
		return s.String(), theme.Bad
	default: // it is being made, or waits within its time
		return s.String(), theme.Busy
	}
}

func (p *Page) selected() (*pipeline, bool) {
	if p.at >= len(p.rows) {
		return nil, false
	}
	return &p.all[p.rows[p.at]], true
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
	one, ok := p.selected()
	if !ok {
		return nil
	}
	switch action {
	case keys.Open:
		if one.name == p.env.Shown {
			return func() tea.Msg { return page.Goto{} }
		}
		return func() tea.Msg { return page.Switch{Pipeline: one.name} }
	case keys.NextBad:
		return p.next(1)
	case keys.LastBad:
		return p.next(-1)
	case keys.Copy:
		return page.Copy(one.name)
	default:
		if to, moves := page.Move(action, p.at, len(p.rows), p.listRows()); moves {
			p.at = to
		}
	}
	return nil
}

// next goes to the next pipeline that was read and is not fresh, or can't be read; to the
// one before if by is -1.
func (p *Page) next(by int) tea.Cmd {
	for step := 1; step <= len(p.rows); step++ {
		at := (p.at + (step*by)%len(p.rows) + len(p.rows)) % len(p.rows)
		one := &p.all[p.rows[at]]
		due := !one.standing.Newest.Date.IsZero()
		if one.failed != nil || due && !one.standing.Fresh() {
			p.at = at
			return nil
		}
	}
	return page.Say(theme.Good, "all that were read are fresh")
}

// Name draws what the page is.
func (*Page) Name(c *draw.Canvas) { c.Put(theme.Strong, "pipelines") }

// Position says which pipeline is selected.
func (p *Page) Position() string {
	if len(p.rows) == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", p.at+1, len(p.rows))
}

// Place leads to the page.
func (*Page) Place() page.Place { return page.Place{Kind: page.Overview} }

// Equivalent returns the command that lists the same.
func (*Page) Equivalent() string { return "pipelines" }

// Rows returns the pipelines that the filter lets pass.
func (p *Page) Rows() effects.Rows {
	shown := make([]pipeline, len(p.rows))
	for at, index := range p.rows {
		shown[at] = p.all[index]
	}
	return effects.Rows{
		Name:   "pipelines",
		Fields: []string{"name", "pipeline", "engine", "newest", "state", "good", "bad", "reason"},
		Len:    len(shown),
		At: func(i int) []any {
			one := shown[i]
			s := one.standing
			values := []any{one.name, one.glance.Pipeline.Name, one.glance.Pipeline.Engine, nil, s.Newest.State, nil, s.Bad, one.why()}
			if !s.Newest.Date.IsZero() {
				values[3] = s.Newest.Date
			}
			if !s.Good.IsZero() {
				values[5] = s.Good
			}
			return values
		},
	}
}

// why says what is wrong with the newest day, or with reading it.
func (p *pipeline) why() string {
	day := p.standing.Newest
	switch {
	case p.failed != nil:
		return p.failed.Text()
	case day.State == forecast.DaySucceeded || day.Date.IsZero():
		return ""
	default:
		return page.Cause(day)
	}
}
