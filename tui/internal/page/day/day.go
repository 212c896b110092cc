// Package day is the page of one date: its attempts as tabs, the steps of one
// of them on a time axis, why it ended as it did, and what it published.
package day

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
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// before is how many days before the date are read, to compare with.
const before = 30

// Page shows a day. It stays with the last attempt until another is chosen.
type Page struct {
	page.Frame

	env *page.Env

	date     calendar.Date
	days     []forecast.Day // the date and some around it, newest first
	attempts []forecast.Execution
	read     bool
	at       time.Time // when
	failed   *effects.Failed

	attempt  int // shown; 0: the last
	step     forecast.StepName
	pane     pane
	scroll   int // lines of the text below the steps
	textAt   int // the line where that begins
	overflow int // how many lines did not fit when it was drawn last

	// What the gate saw in the attempt shown and on the last good day before, to
	// tell what changed; each with the execution it was asked for.
	now, then judged
	redefined effects.Redefined // between their definitions
}

// pane is what lies below the steps.
type pane int

const (
	paneReasons pane = iota
	paneParameters
	paneTree
)

// judged is what the gate saw in an execution, once it was asked for.
type judged struct {
	of    forecast.ExecutionID
	value forecast.Evaluation
	read  bool
}

// New returns the page of the place's date.
func New(env *page.Env, place page.Place) page.Page {
	p := &Page{Frame: page.NewFrame(env), env: env, date: place.Date, attempt: place.Attempt, step: place.Step}
	p.settle()
	return p
}

// Date returns the date that is shown.
func (p *Page) Date() calendar.Date { return p.date }

// Link leads to the step of the attempt that is shown.
func (p *Page) Link() (forecast.LinkQuery, bool) {
	return forecast.LinkQuery{Kind: forecast.LinkStep, Date: p.date, Attempt: p.attempt, Step: p.step}, true
}

// Keys returns what keys do.
func (p *Page) Keys() keys.Map {
	m := keys.Day()
	execution, ok := p.execution()
	if !execution.Status.Open() {
		m = m.Quiet(keys.Stop)
	}
	if !ok {
		m = m.Quiet(keys.StepLog, keys.DayLog, keys.Metrics, keys.Tree, keys.Params)
	}
	if len(p.attempts) < 2 {
		m = m.Quiet(keys.Previous)
	}
	return m
}

// Init reads the attempts and the days around.
func (p *Page) Init() tea.Cmd {
	return tea.Batch(
		p.Scope().Executions(p.date),
		p.Scope().Days(forecast.DayQuery{Range: calendar.Range{From: p.date - before, To: max(p.date, min(p.date+before, p.env.Pipeline.Newest))}}),
	)
}

// Busy reports whether the attempt shown runs.
func (p *Page) Busy() bool {
	execution, ok := p.execution()
	return !p.read && p.failed == nil || ok && execution.Status.Open()
}

// Update takes keys, replies and events.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case keys.Pressed:
		return p.press(msg)
	case effects.Reply[[]forecast.Execution]:
		p.attempts, p.read, p.at, p.failed = msg.Value, true, msg.At, nil
		p.settle()
		return p.judge()
	case effects.Reply[[]forecast.Day]:
		p.days = msg.Value
		return p.judge()
	case effects.Reply[forecast.Evaluation]:
		p.now.value, p.now.read = msg.Value, true
	case effects.Reply[effects.Redefined]:
		p.redefined = msg.Value
	case effects.Reply[effects.WeekBefore]:
		p.then.value, p.then.read = msg.Value.Evaluation, msg.Value.Found
	case effects.Reply[[]forecast.StopAnswer]:
		return page.Stopped(msg.Value)
	case effects.Reply[[]forecast.FallbackPlan]:
		return page.AskFallback(p.env, p.Scope(), msg.Value, page.Alone)
	case effects.Reply[[]forecast.Partition]:
		return page.Filled(msg.Value)
	case effects.Failed:
		if msg.Kind == effects.KindExecutions {
			p.failed = &msg
		}
	case effects.Changed:
		for _, day := range msg.Days {
			if day.Date == p.date {
				return p.Init()
			}
		}
	case effects.Watching:
		return p.Init()
	}
	return nil
}

// settle chooses the step that tells most, once there is one to choose.
func (p *Page) settle() {
	execution, ok := p.execution()
	if !ok {
		return
	}
	known := slices.ContainsFunc(execution.Steps, func(s forecast.Step) bool { return s.Name == p.step })
	if !known && len(execution.Steps) > 0 {
		p.step = page.Telling(execution.Steps)
		if p.step == "" {
			p.step = execution.Steps[0].Name
		}
	}
}

// execution returns the attempt shown.
func (p *Page) execution() (forecast.Execution, bool) {
	for _, execution := range p.attempts {
		if execution.Attempt == p.attempt {
			return execution, true
		}
	}
	if len(p.attempts) > 0 {
		return p.attempts[len(p.attempts)-1], true
	}
	if !p.read {
		return p.known()
	}
	return forecast.Execution{}, false
}

// known returns the last attempt as the home page has it, until the attempts are read:
// an engine that does not answer takes nothing away that was on the screen before.
func (p *Page) known() (forecast.Execution, bool) {
	if p.env.Known == nil {
		return forecast.Execution{}, false
	}
	day, ok := p.env.Known(p.date)
	if !ok || day.Last.Attempt == 0 || p.attempt != 0 && p.attempt != day.Last.Attempt {
		return forecast.Execution{}, false
	}
	execution := day.Last
	execution.Steps = day.Steps
	return execution, true
}

// day returns the date's day, as far as it has been read.
func (p *Page) day() (forecast.Day, bool) {
	at := slices.IndexFunc(p.days, func(day forecast.Day) bool { return day.Date == p.date })
	if at < 0 {
		return forecast.Day{}, false
	}
	return p.days[at], true
}

func (p *Page) press(pressed keys.Pressed) tea.Cmd {
	switch pressed.Action {
	case keys.Refresh:
		return p.Init()
	case keys.NextBad:
		return p.toBad(-1)
	case keys.LastBad:
		return p.toBad(1)
	case keys.LastDay:
		return p.turn(p.date - 1)
	case keys.NextDay:
		return p.turn(p.date + 1)
	case keys.Fallback:
		return p.Scope().PlanFallback([]calendar.Date{p.date})
	case keys.Params:
		p.open(paneParameters)
	case keys.Tree:
		p.open(paneTree)
	case keys.Metrics:
		execution, _ := p.execution()
		return page.Go(page.Place{Kind: page.Metrics, Date: p.date, Execution: execution.ID})
	case keys.Plot:
		return page.Go(page.Place{Kind: page.Plot, Date: p.date})
	case keys.Partitions:
		return page.Go(page.Place{Kind: page.Partition, Date: p.date})
	case keys.Rerun:
		return page.Go(page.Place{Kind: page.Request, Request: page.Rerun(p.env, []calendar.Date{p.date})})
	case keys.PageDown, keys.HalfDown:
		p.scroll = min(p.scroll+5, p.scroll+p.overflow)
	case keys.PageUp, keys.HalfUp:
		p.scroll = max(0, p.scroll-5)
	case keys.SearchDays:
		return page.Go(page.Place{Kind: page.Search, Date: p.date})
	default:
		return p.pressAttempt(pressed)
	}
	return nil
}

// pressAttempt does what needs an attempt.
func (p *Page) pressAttempt(pressed keys.Pressed) tea.Cmd {
	execution, ok := p.execution()
	if !ok {
		return nil
	}
	at := slices.IndexFunc(execution.Steps, func(s forecast.Step) bool { return s.Name == p.step })
	place := page.Place{Kind: page.Logs, Date: p.date, Execution: execution.ID, Attempt: execution.Attempt}
	switch pressed.Action {
	case keys.Down:
		p.choose(execution, at+1)
	case keys.Up:
		p.choose(execution, at-1)
	case keys.Top:
		p.choose(execution, 0)
	case keys.Bottom:
		p.choose(execution, len(execution.Steps)-1)
	case keys.StepLog:
		place.Step = p.step
		return page.Go(place)
	case keys.DayLog:
		return page.Go(place)
	case keys.Stop:
		if !execution.Status.Open() {
			return page.Say(theme.Faint, "attempt "+strconv.Itoa(execution.Attempt)+" is not running")
		}
		return page.Go(page.StopPlace(p.env, p.Scope(), []forecast.Execution{execution}, page.Alone))
	case keys.Copy:
		return page.Copy(execution.Reason.Text)
	case keys.CopyAll:
		return page.Copy(string(execution.ID))
	case keys.Previous:
		return p.show(execution.Attempt - 1)
	case keys.Next:
		return p.show(execution.Attempt + 1)
	case keys.Tab:
		return p.show(pressed.Digit)
	default:
	}
	return nil
}

// open shows a pane, or the reasons again if it is open.
func (p *Page) open(wanted pane) {
	if p.pane == wanted {
		wanted = paneReasons
	}
	p.pane, p.scroll = wanted, 0
}

// Back closes the pane.
func (p *Page) Back() bool {
	if p.pane == paneReasons {
		return false
	}
	p.open(paneReasons)
	return true
}

func (p *Page) choose(execution forecast.Execution, at int) {
	if len(execution.Steps) == 0 {
		return
	}
	p.step = execution.Steps[layout.Clamp(at, 0, len(execution.Steps)-1)].Name
}

// show changes to another attempt, if there is one.
func (p *Page) show(attempt int) tea.Cmd {
	for _, execution := range p.attempts {
		if execution.Attempt == attempt {
			p.attempt, p.scroll, p.step = attempt, 0, ""
			p.settle()
			return p.judge()
		}
	}
	return nil
}

func (p *Page) shown() int {
	execution, _ := p.execution()
	return execution.Attempt
}

// Place leads to the date and the attempt; to the last, whichever it is by then.
func (p *Page) Place() page.Place {
	place := page.Place{Kind: page.Day, Date: p.date, Step: p.step}
	if shown := p.shown(); shown != len(p.attempts) {
		place.Attempt = shown
	}
	return place
}

// Equivalent returns the command that shows the same.
func (p *Page) Equivalent() string {
	command := "steps " + p.date.String()
	if shown := p.shown(); shown != len(p.attempts) {
		command += " --attempt " + strconv.Itoa(shown)
	}
	return command
}

// Name draws the date.
func (p *Page) Name(c *draw.Canvas) {
	c.Put(theme.Strong, page.Weekday(p.date))
	if day, ok := p.day(); ok {
		c.Skip(1)
		c.Mark(p.env.Theme.Day(day.State, p.env.Frame))
		const least = 5 // of a word, to be one
		if word := " " + string(day.State); c.Left() >= min(least, draw.Width(word)) {
			c.Put(theme.Plain, word)
		}
	}
}

// Position says which attempt is shown.
func (p *Page) Position() string {
	if len(p.attempts) == 0 {
		return ""
	}
	return fmt.Sprintf("attempt %d/%d", p.shown(), len(p.attempts))
}

// Stalled returns why what is shown was not read again.
func (p *Page) Stalled() (failed *effects.Failed, told bool) {
	_, ok := p.execution()
	return p.failed, !ok
}
