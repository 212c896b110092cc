// Package logs is the page of a log: of one step, or of all steps of an
// attempt merged by time.
package logs

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/loglevel"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
	"github.com/daybatch/daybatch/tui/internal/widget/logview"
)

// Page shows a log. It reads on until the log is complete, whether or not the
// view follows.
type Page struct {
	page.Frame

	env *page.Env

	date      calendar.Date
	execution forecast.ExecutionID
	attempt   int
	step      forecast.StepName // empty: all
	of        forecast.Step     // what is known of that step, where one may have no log

	view        *logview.View
	first, last time.Time // of the lines
	at          time.Time // when lines came last
	opened      bool
	complete    bool
	kept        time.Duration // how long ago it was read that is shown from where it was kept
	unasked     error         // why it is; nil: it was read just now
	failed      *effects.Failed
	full        error // why reading ended early

	search, filter seek
	typing         *seek        // the one that is typed; nil: none
	begun          logview.Spot // where the reader was when the search began
	jump           bool         // the first match is still to be gone to
	goal           page.Find    // what the page was opened for, until the reader moves
	cursor         int
}

// New returns the page of the place's execution and step.
func New(env *page.Env, place page.Place) page.Page {
	p := &Page{
		Frame: page.NewFrame(env), env: env, date: place.Date, execution: place.Execution,
		attempt: place.Attempt, step: place.Step, view: logview.New(env.Zone), goal: place.Find,
	}
	p.search = seek{kind: effects.KindSearch, sign: "/", set: p.view.Search, pending: p.view.Pending, look: p.Scope().Search}
	p.filter = seek{kind: effects.KindFilter, sign: "&", set: p.view.Filter, pending: p.view.Unkept, look: p.Scope().Filter}
	p.aim()
	for level := p.view.Level(); level < place.Level; {
		level = p.view.NextLevel()
	}
	p.filter.query.Regex = place.Regex
	p.filter.field.Set(place.Filter)
	p.find(&p.filter) // there is no line yet to look at
	return p
}

// Place leads to the log, with what is searched for and what is shown of it.
func (p *Page) Place() page.Place {
	return page.Place{
		Kind: page.Logs, Date: p.date, Attempt: p.attempt, Step: p.step,
		Find: page.Find{Query: p.search.query}, Filter: p.filter.field.Text(), Regex: p.filter.query.Regex, Level: p.view.Level(),
	}
}

// Date returns the date whose log is shown.
func (p *Page) Date() calendar.Date { return p.date }

// Equivalent returns the command that writes the same lines.
func (p *Page) Equivalent() string {
	command := "logs " + p.date.String()
	if p.step != "" {
		command += " --step " + string(p.step)
	}
	if p.attempt > 0 {
		command += fmt.Sprintf(" --attempt %d", p.attempt)
	}
	if level := p.view.Level(); level != loglevel.None {
		command += " --level " + strings.ToLower(level.String())
	}
	query := p.filter.query
	if p.view.Only() {
		query = p.search.query
	}
	if query.Text == "" {
		return command
	}
	pattern := query.Text
	if !query.Regex {
		pattern = regexp.QuoteMeta(pattern)
	}
	command += " --grep " + page.Quote(pattern)
	if query.Not {
		command += " --invert"
	}
	return command
}

// Link leads to the streams of the log.
func (p *Page) Link() (forecast.LinkQuery, bool) {
	return forecast.LinkQuery{Kind: forecast.LinkLog, Date: p.date, Attempt: p.attempt, Step: p.step}, true
}

// Keys returns what keys do.
func (p *Page) Keys() keys.Map {
	if p.typing != nil {
		return keys.TypingLogs()
	}
	return keys.Logs()
}

// Resize sets the size in cells: a line above and one below are not the log's.
func (p *Page) Resize(width, height int) {
	p.Frame.Resize(width, height)
	p.view.Resize(width, p.body())
}

func (p *Page) body() int { return max(1, p.Height-2) }

// Init opens the log.
func (p *Page) Init() tea.Cmd {
	p.view.Reset()
	p.view.End(false)
	p.view.Resize(p.Width, p.body())
	p.opened, p.complete, p.failed, p.full, p.unasked = false, false, nil, nil, nil
	for _, s := range p.seeks() {
		p.Scope().Cancel(s.kind)
		s.busy = false
	}
	p.Scope().Cancel(effects.KindSpill)
	p.first, p.last, p.of = time.Time{}, time.Time{}, forecast.Step{}
	open := p.Scope().Log(forecast.LogQuery{Execution: p.execution, Step: p.step, Follow: true})
	if p.env.Pipeline.Foreign == "" || p.step == "" { // its steps are of other kinds too
		return open
	}
	return tea.Batch(open, p.Scope().Executions(p.date))
}

// know takes what is known of the step.
func (p *Page) know(executions ...forecast.Execution) {
	for _, x := range executions {
		for _, step := range x.Steps {
			if x.ID == p.execution && step.Name == p.step {
				p.of = step
			}
		}
	}
}

// Focused reports whether a search or filter is being typed.
func (p *Page) Focused() bool { return p.typing != nil }

// Cursor returns where it is typed.
func (p *Page) Cursor() (x, y int) { return 2 + p.cursor, p.Height - 1 }

// Busy reports whether time passes on the page.
func (p *Page) Busy() bool { return !p.opened && p.failed == nil && p.of.Unlogged == "" }

// Back ends a range, then the search, then the filter.
func (p *Page) Back() bool {
	if p.view.Unselect() {
		return true
	}
	for _, s := range p.seeks() {
		if s.query.Text != "" || s.wrong != nil {
			p.end(s)
			return true
		}
	}
	return false
}

// Update takes keys, text and replies.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case keys.Pressed:
		if p.typing != nil {
			return p.pressTyping(msg.Action)
		}
		return p.press(msg)
	case tea.KeyPressMsg:
		return p.typed(msg)
	case tea.PasteMsg:
		if p.typing == nil {
			return nil
		}
		p.typing.field.Insert(msg.Content)
		return p.find(p.typing)
	case effects.Reply[effects.Lines]:
		return p.add(msg)
	case effects.Reply[[]forecast.Execution]:
		p.know(msg.Value...)
	case effects.Changed:
		for _, day := range msg.Days {
			if day.Date == p.date {
				last := day.Last
				last.Steps = day.Steps
				p.know(last)
			}
		}
	case effects.Reply[effects.Matches]:
		return p.found(msg)
	case effects.Reply[logview.File]:
		p.view.Moved(msg.Value)
		return p.spill()
	case effects.Reply[effects.Exported]:
		return page.Written(msg.Value, "lines")
	case effects.Failed:
		return p.fail(msg)
	}
	return nil
}

// fail takes what went wrong. Only what concerns the reading itself stays on
// the screen.
func (p *Page) fail(failed effects.Failed) tea.Cmd {
	switch failed.Kind {
	case effects.KindSpill:
		p.view.Moved(logview.File{})
		return page.Say(theme.Gate, "old lines stay in memory: "+failed.Err.Error())
	case effects.KindExport:
		return page.Say(theme.Bad, failed.Text())
	case effects.KindExecutions: // the log itself tells
		return nil
	default:
		p.failed = &failed
		return nil
	}
}

// add takes lines in and asks for more.
func (p *Page) add(reply effects.Reply[effects.Lines]) tea.Cmd {
	p.opened, p.failed, p.at = true, nil, reply.At
	lines := reply.Value.Lines
	if len(lines) > 0 {
		if p.first.IsZero() {
			p.first = lines[0].At
		}
		p.last = lines[len(lines)-1].At
	}
	if p.full = p.view.Append(lines); p.full != nil {
		p.Scope().Cancel(effects.KindLog)
		p.view.End(true)
		return page.Say(theme.Bad, p.full.Error())
	}
	p.complete, p.kept, p.unasked = reply.Value.Done, reply.Value.Kept, reply.Value.Why
	p.view.End(p.complete)
	missed := p.goThere(p.view.Len() - len(lines))
	var more tea.Cmd
	if !p.complete {
		more = p.Scope().More(reply.Value)
	}
	return tea.Batch(missed, more, p.lookOn(&p.search), p.lookOn(&p.filter), p.spill())
}

// spill moves old lines to a file if memory holds too many.
func (p *Page) spill() tea.Cmd {
	old, ok := p.view.Old()
	if !ok {
		return nil
	}
	return p.Scope().Spill(old)
}

// press does what a key means.
func (p *Page) press(pressed keys.Pressed) tea.Cmd {
	rows, scrolls := p.distance(pressed.Action)
	if scrolls || leaves(pressed.Action) { // whoever moves is not moved any more
		p.jump, p.goal = false, page.Find{}
	}
	if scrolls {
		p.scroll(rows)
		return nil
	}
	switch pressed.Action {
	case keys.Top:
		p.view.Top()
	case keys.Bottom:
		p.view.Follow()
	case keys.Follow, keys.Hold:
		return p.follow(pressed.Action)
	case keys.Wrap:
		p.view.ToggleWrap()
	case keys.Stamps:
		p.view.NextStamps()
	case keys.Streams:
		p.view.NextNames()
	case keys.Left:
		p.view.Sideways(-p.Width / 4)
	case keys.Right:
		p.view.Sideways(p.Width / 4)
	case keys.Refresh:
		return p.Init()
	case keys.DayLog:
		return p.to("")
	case keys.Previous:
		return p.beside(-1)
	case keys.Next:
		return p.beside(1)
	case keys.Range:
		p.view.Select()
	case keys.Copy:
		return p.copy()
	case keys.Export:
		return p.Export("")
	default:
		return p.pressShown(pressed)
	}
	return nil
}

// leaves reports whether an action leads to another place of the log.
func leaves(action keys.Action) bool {
	return slices.Contains([]keys.Action{
		keys.Top, keys.Bottom, keys.Follow, keys.Hold, keys.NextMatch, keys.LastMatch, keys.NextBad, keys.LastBad,
	}, action)
}

// pressShown does what changes which lines are shown, and how.
func (p *Page) pressShown(pressed keys.Pressed) tea.Cmd {
	switch pressed.Action {
	case keys.Open:
		return p.open()
	case keys.Folds:
		return p.folds()
	case keys.Pretty:
		if p.view.TogglePretty() {
			return page.Say(theme.Faint, "lines that are JSON are laid out, if there are any")
		}
	case keys.Level:
		p.view.NextLevel()
	case keys.LookBack:
		p.view.Back(lookBack(pressed.Digit))
	default:
		return p.pressSearch(pressed.Action)
	}
	return nil
}

func (p *Page) folds() tea.Cmd {
	traces := p.view.ToggleFolds()
	switch {
	case traces == 0:
		return page.Say(theme.Faint, "no tracebacks are in this log")
	case p.view.Unfolded():
		return page.Say(theme.Faint, "all tracebacks are open: "+draw.Count(traces))
	default:
		return page.Say(theme.Faint, "all tracebacks are folded: "+draw.Count(traces))
	}
}

// lookBack returns how far back a digit looks; 0: to the first line.
func lookBack(digit int) time.Duration {
	return [...]time.Duration{
		0, time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute,
		time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
	}[digit]
}

// Export writes the lines that are shown to a file.
func (p *Page) Export(name string) tea.Cmd {
	lines := p.view.Shown()
	if lines.Len() == 0 {
		return page.Say(theme.Faint, "no line is shown that could be written to a file")
	}
	step := "all"
	if p.step != "" {
		step = string(p.step)
	}
	if name == "" {
		name = fmt.Sprintf("log-%s-attempt%d-%s.log", p.date, p.attempt, step)
	}
	return tea.Sequence(page.Say(theme.Faint, "writing "+draw.Counted(lines.Len(), "line")), p.Scope().Export(name, lines, p.env.Zone))
}

// follow goes to the newest line and stays there, or pauses; of a log that has ended
// none comes.
func (p *Page) follow(action keys.Action) tea.Cmd {
	if action == keys.Hold && p.view.Following() && !p.complete {
		p.view.Pause()
		return nil
	}
	p.view.Follow()
	if p.complete {
		return page.Say(theme.Faint, "the log has ended: no line comes any more")
	}
	return nil
}

// pressSearch does what belongs to searching.
func (p *Page) pressSearch(action keys.Action) tea.Cmd {
	switch action {
	case keys.Search:
		p.typing, p.begun = &p.search, p.view.Spot()
	case keys.Filter:
		p.typing = &p.filter
	case keys.Regex:
		p.begun = p.view.Spot()
		return p.toggleRegex(&p.search)
	case keys.OnlyMatch:
		p.view.ToggleOnly()
	case keys.NextMatch:
		return p.nextMatch(1)
	case keys.LastMatch:
		return p.nextMatch(-1)
	case keys.NextBad:
		return p.nextError(1)
	case keys.LastBad:
		return p.nextError(-1)
	case keys.SearchDays:
		return page.Go(page.Place{Kind: page.Search, Date: p.date, Step: p.step, Find: page.Find{Query: p.search.query}})
	default:
	}
	return nil
}

// Name draws whose log it is.
func (p *Page) Name(c *draw.Canvas) {
	step := string(p.step)
	if step == "" {
		step = "all steps"
	}
	date, attempt := page.Weekday(p.date), fmt.Sprintf(" attempt %d ", p.attempt)
	if draw.Width(date+attempt+step) > c.Left() {
		date, attempt = p.date.String(), fmt.Sprintf(" a%d ", p.attempt)
	}
	c.Put(theme.Strong, date)
	c.Put(theme.Faint, attempt)
	c.Put(theme.Strong, step)
}

// why returns why nothing is shown, once that is known.
func (p *Page) why() string {
	if p.failed != nil && errors.Is(p.failed.Err, forecast.ErrNotFound) {
		return "There is no such attempt, or its log was deleted."
	}
	if p.failed != nil {
		return p.failed.Err.Error()
	}
	return ""
}
