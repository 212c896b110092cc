// Package metrics is the page of accuracy: what the gate saw in an attempt,
// against the gate, a baseline and the weeks before, and the series behind it.
package metrics

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
	"github.com/daybatch/daybatch/forecast/series"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// before is how many days of history are read.
const before = 120

// Columns that series can be sorted by, the usual one first.
const (
	byShare = "share"
	byWAPE  = "wape"
	byName  = "name"
)

// Page shows the evaluation of one date's attempt.
type Page struct {
	page.Filtered

	env *page.Env

	date      calendar.Date
	execution forecast.ExecutionID // empty: the date's last
	days      []forecast.Day       // the date and those before it, newest first
	read      bool
	taken     time.Time       // when the evaluation was read
	failed    *effects.Failed // of the days or the evaluation

	evaluation forecast.Evaluation
	evaluated  bool
	week       map[series.Key]forecast.SeriesAccuracy // a week before
	rows       []forecast.SeriesAccuracy              // sorted and filtered

	order  page.Order
	cursor series.Key
	top    int

	realised realised
}

// New returns the page of the place's date, or of one of its attempts.
func New(env *page.Env, place page.Place) page.Page {
	p := &Page{
		env: env, date: place.Date, execution: place.Execution,
		realised: realised{shown: place.Realised}, order: page.ReadOrder(cmp.Or(env.Choice(page.Metrics, "sort"), byShare)),
	}
	p.Filtered = page.NewFiltered(env, p.arrange)
	return p
}

// Date returns the date that is shown.
func (p *Page) Date() calendar.Date { return p.date }

// Keys returns what keys do.
func (p *Page) Keys() keys.Map {
	switch {
	case p.Filter.Typing():
		return keys.Typing()
	case p.realised.shown:
		return keys.RealisedPage()
	case p.alone():
		return keys.MetricsPage().Quiet(keys.Sort, keys.Search, keys.Plot, keys.Realised)
	default:
		return keys.MetricsPage()
	}
}

// Table returns the name of the keys' table.
func (p *Page) Table() string {
	if p.realised.shown {
		return keys.RealisedName
	}
	return string(page.Metrics)
}

// Place leads to the date.
func (p *Page) Place() page.Place {
	return page.Place{Kind: page.Metrics, Date: p.date, Realised: p.realised.shown}
}

// Equivalent returns the command that shows the same.
func (p *Page) Equivalent() string {
	switch {
	case !p.realised.shown:
		return "metrics " + p.date.String()
	case p.query().To.IsZero():
		return "metrics --realised"
	default:
		return "metrics --realised " + p.date.String()
	}
}

// Busy reports whether the page waits.
func (p *Page) Busy() bool {
	if p.realised.shown {
		return p.realised.waits
	}
	return !p.read && p.failed == nil
}

// Back ends the filter, or what came true.
func (p *Page) Back() bool {
	if p.realised.shown {
		p.realised.shown = false
		return true
	}
	return p.Filtered.Back()
}

// Init reads the days, the evaluation of a named attempt, and what came true while
// that is shown.
func (p *Page) Init() tea.Cmd {
	if p.realised.shown {
		return tea.Batch(p.readRealised(), p.readEvaluation())
	}
	return p.readEvaluation()
}

func (p *Page) readEvaluation() tea.Cmd {
	days := p.Scope().Days(forecast.DayQuery{Range: calendar.Range{From: p.date - before, To: p.date}})
	if p.execution == "" {
		return days
	}
	return tea.Batch(days, p.Scope().Evaluation(p.execution))
}

// Update takes keys, text and replies.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	if p.Typed(msg) {
		return nil
	}
	switch msg := msg.(type) {
	case keys.Pressed:
		return p.press(msg.Action)
	case effects.Reply[[]forecast.Day]:
		return p.take(msg.Value)
	case effects.Reply[forecast.Evaluation]:
		p.evaluation, p.evaluated, p.read, p.taken, p.failed = msg.Value, true, true, msg.At, nil
		p.arrange()
	case effects.Reply[effects.WeekBefore]:
		p.week = make(map[series.Key]forecast.SeriesAccuracy)
		for _, one := range msg.Value.Evaluation.Series {
			p.week[one.Series] = one
		}
	case effects.Reply[forecast.Realised]:
		p.realised.take(msg.Value)
	case effects.Failed:
		if msg.Kind == effects.KindRealised {
			p.realised.fail(&msg)
		} else {
			p.failed = &msg
		}
	case effects.Changed:
		for _, day := range msg.Days {
			if day.Date == p.date {
				return p.Init()
			}
		}
	}
	return nil
}

// take takes the days in and asks for the evaluations of the date and of the
// date a week before.
func (p *Page) take(days []forecast.Day) tea.Cmd {
	p.days = days
	var commands []tea.Cmd
	for _, day := range days {
		switch {
		case day.Date == p.date && p.execution == "" && day.Last.ID != "":
			commands = append(commands, p.Scope().Evaluation(day.Last.ID))
		case day.Date == p.date && p.execution == "":
			p.read = true
		case day.Date == p.date-7 && day.Last.ID != "":
			commands = append(commands, p.Scope().History(day.Last.ID))
		}
	}
	return tea.Batch(commands...)
}

// arrange sorts and filters the series.
func (p *Page) arrange() {
	wanted := strings.ToLower(p.Filter.Text())
	p.rows = p.rows[:0]
	for _, one := range p.evaluation.Series {
		if wanted == "" || strings.Contains(strings.ToLower(one.Series.String()+" "+one.Model+" "+one.Class), wanted) {
			p.rows = append(p.rows, one)
		}
	}
	slices.SortStableFunc(p.rows, func(a, b forecast.SeriesAccuracy) int {
		switch p.order.Column {
		case byWAPE:
			return p.order.Turn(cmp.Compare(b.Measures["wape"], a.Measures["wape"]))
		case byName:
			return p.order.Turn(cmp.Compare(a.Series, b.Series))
		default:
			return p.order.Turn(cmp.Compare(b.Share, a.Share))
		}
	})
	if p.at() < 0 && len(p.rows) > 0 {
		p.cursor, p.top = p.rows[0].Series, 0
	}
}

// Columns returns what series can be sorted by; nothing while what came true is
// shown.
func (p *Page) Columns() []string {
	if p.realised.shown {
		return nil
	}
	return []string{byShare, byWAPE, byName}
}

// Sort sorts the series.
func (p *Page) Sort(order page.Order) tea.Cmd {
	p.order = order
	p.arrange()
	return page.Keep(page.Metrics, "sort", order.String())
}

// at returns the row of the cursor, -1 if it is not shown.
func (p *Page) at() int {
	return slices.IndexFunc(p.rows, func(one forecast.SeriesAccuracy) bool { return one.Series == p.cursor })
}

func (p *Page) press(action keys.Action) tea.Cmd {
	switch action {
	case keys.Refresh:
		return p.Init()
	case keys.Realised:
		return p.turnRealised()
	case keys.Previous:
		return p.turn(-1)
	case keys.Next:
		return p.turn(1)
	case keys.NextBad, keys.LastBad:
		return p.toOver(action)
	case keys.History:
		return p.chartNext()
	case keys.Sort:
		return p.Sort(p.order.Next(p.Columns()))
	case keys.Larger, keys.Smaller: // what lies above gives way
		cells := 1
		if action == keys.Larger {
			cells = -1
		}
		return p.env.Widen(p.upper(), cells)
	case keys.Search:
		p.Filter.Open()
	case keys.StepLog:
		if !p.evaluated {
			return page.Say(theme.Faint, "there is no evaluation")
		}
		return page.Go(page.Place{Kind: page.Logs, Date: p.date, Execution: p.evaluation.Execution, Step: p.evaluates()})
	case keys.Plot:
		return page.Go(page.Place{Kind: page.Plot, Date: p.date, Series: p.cursor})
	case keys.Partitions:
		return page.Go(page.Place{Kind: page.Partition, Date: p.date})
	case keys.Rerun:
		return page.Go(page.Place{Kind: page.Request, Request: page.Rerun(p.env, []calendar.Date{p.date})})
	case keys.Copy:
		return page.Copy(p.cursor.String())
	default:
		return p.move(action)
	}
	return nil
}

// evaluates returns the step that the measures are from: the last that has some, of
// a pipeline that another team defined.
func (p *Page) evaluates() forecast.StepName {
	name := forecast.TrainEvaluation
	if p.env.Pipeline.Foreign != "" {
		name = ""
	}
	if day, ok := p.day(); ok && day.Last.ID == p.evaluation.Execution {
		for _, step := range day.Steps {
			if step.Measures {
				name = step.Name
			}
		}
	}
	return name
}

// move moves the cursor over the series.
func (p *Page) move(action keys.Action) tea.Cmd {
	if p.realised.shown {
		p.realised.move(action, p.realisedRows())
		return nil
	}
	at, body := p.at(), max(1, p.seriesRows())
	switch action {
	case keys.Down:
		at++
	case keys.Up:
		at--
	case keys.PageDown, keys.HalfDown:
		at += body
	case keys.PageUp, keys.HalfUp:
		at -= body
	case keys.Top:
		at = 0
	case keys.Bottom:
		at = len(p.rows) - 1
	case keys.NextMatch, keys.LastMatch:
		found := p.worse(at, action)
		if found < 0 {
			return page.Say(theme.Faint, "no further series is worse than the gate")
		}
		at = found
	default:
		return nil
	}
	if len(p.rows) > 0 {
		p.cursor = p.rows[layout.Clamp(at, 0, len(p.rows)-1)].Series
	}
	return nil
}

// worse returns the next row, or the one before, whose series is worse than the gate;
// -1 if there is none.
func (p *Page) worse(from int, action keys.Action) int {
	by, limit := 1, p.env.Pipeline.Gate.WAPE
	if action == keys.LastMatch {
		by = -1
	}
	for at := from + by; at >= 0 && at < len(p.rows); at += by {
		if limit > 0 && p.rows[at].Measures["wape"] > limit {
			return at
		}
	}
	return -1
}

// turn shows the date before or after.
func (p *Page) turn(by calendar.Date) tea.Cmd {
	to := p.date + by
	if to > p.env.Pipeline.Newest && by > 0 {
		return page.Say(theme.Faint, to.String()+" is not due yet")
	}
	return p.show(to)
}

// show shows another date.
func (p *Page) show(date calendar.Date) tea.Cmd {
	p.date, p.execution = date, ""
	p.evaluated, p.read, p.failed, p.rows, p.week = false, false, nil, nil, nil
	p.realised.forget()
	return p.Init()
}

// day returns the date's day, as far as it has been read.
func (p *Page) day() (forecast.Day, bool) {
	if len(p.days) == 0 || p.days[0].Date != p.date {
		return forecast.Day{}, false
	}
	return p.days[0], true
}

// missing reports whether the attempt did not get as far as an evaluation.
func (p *Page) missing() bool {
	return p.failed != nil && errors.Is(p.failed.Err, forecast.ErrNotFound) || p.read && !p.evaluated
}

// Name draws the date and the verdict.
func (p *Page) Name(c *draw.Canvas) {
	c.Put(theme.Strong, page.Weekday(p.date))
	if p.realised.shown {
		c.Put(theme.Faint, "  came true")
		return
	}
	verdict := ""
	if p.evaluated {
		verdict = " " + string(p.evaluation.Verdict)
	}
	c.Skip(1)
	if evaluated := " evaluated"; len(evaluated+verdict) <= c.Left() || verdict == "" {
		c.Put(theme.Faint, evaluated)
	}
	if draw.Width(verdict) <= c.Left() { // else it is read in the checks
		c.Put(verdictRole(p.evaluation.Verdict), verdict)
	}
}

// Position counts the series.
func (p *Page) Position() string {
	if p.realised.shown {
		return p.realised.position(p.realisedRows())
	}
	if len(p.rows) == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d series", p.at()+1, len(p.rows))
}

func verdictRole(verdict forecast.Verdict) theme.Role {
	switch verdict {
	case forecast.VerdictPassed:
		return theme.Good
	case forecast.VerdictFailed:
		return theme.Gate
	default:
		return theme.Unsure
	}
}

// Stalled returns why what is shown was not read again.
func (p *Page) Stalled() (failed *effects.Failed, told bool) {
	if p.realised.shown {
		return p.realised.failed, !p.realised.read
	}
	return p.failed, !p.evaluated
}
