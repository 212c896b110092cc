// Package logs is the page of a log: of one step, or of all steps of an
// attempt merged by time.
package logs

import (
	"errors"
	"fmt"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
	"github.com/daybatch/daybatch/tui/internal/widget/input"
	"github.com/daybatch/daybatch/tui/internal/widget/logview"
)

// Page shows a log. It reads on until the log is complete, whether or not the
// view follows.
type Page struct {
	env           *page.Env
	scope         *effects.Scope
	width, height int

	date      calendar.Date
	execution forecast.ExecutionID
	attempt   int
	step      forecast.StepName // empty: all

	view        *logview.View
	first, last time.Time // of the lines
	at          time.Time // when lines came last
	opened      bool
	complete    bool
	failed      *effects.Failed
	full        error // why reading ended early

	typing    bool
	field     input.Input
	query     logview.Query
	wrong     error // of the query
	searching bool
	jump      bool // the first match is still to be gone to
	cursor    int
}

// New returns the page of the place's execution and step.
func New(env *page.Env, place page.Place) page.Page {
	return &Page{
		env: env, scope: env.Effects.Scope(), date: place.Date, execution: place.Execution,
		attempt: place.Attempt, step: place.Step, view: logview.New(env.Zone),
	}
}

// Scope returns the page's requests.
func (p *Page) Scope() *effects.Scope { return p.scope }

// Date returns the date whose log is shown.
func (p *Page) Date() calendar.Date { return p.date }

// Keys returns what keys do.
func (p *Page) Keys() keys.Map {
	if p.typing {
		regex := keys.Binding{Action: keys.Regex, Keys: []string{"ctrl+r"}, Help: "search by regular expression, or by text", Hint: "regex"}
		return append(keys.Typing(), regex)
	}
	return keys.Logs()
}

// Resize sets the size in cells: a line above and one below are not the log's.
func (p *Page) Resize(width, height int) {
	p.width, p.height = width, height
	p.view.Resize(width, p.body())
}

func (p *Page) body() int { return max(1, p.height-2) }

// Init opens the log.
func (p *Page) Init() tea.Cmd {
	p.view.Reset()
	p.view.Resize(p.width, p.body())
	p.opened, p.complete, p.failed, p.full = false, false, nil, nil
	p.first, p.last = time.Time{}, time.Time{}
	return p.scope.Log(forecast.LogQuery{Execution: p.execution, Step: p.step, Follow: true})
}

// Focused reports whether a search is being typed.
func (p *Page) Focused() bool { return p.typing }

// Cursor returns where it is typed.
func (p *Page) Cursor() (x, y int) { return 2 + p.cursor, p.height - 1 }

// Busy reports whether time passes on the page.
func (p *Page) Busy() bool { return !p.opened && p.failed == nil }

// Back ends the search.
func (p *Page) Back() bool {
	if p.query.Text == "" {
		return false
	}
	p.field.Set("")
	p.query, p.wrong = logview.Query{Regex: p.query.Regex}, nil
	p.scope.Cancel(effects.KindSearch)
	p.view.Search(nil)
	return true
}

// Update takes keys, text and replies.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case keys.Pressed:
		return p.press(msg)
	case tea.KeyPressMsg:
		return p.typed(msg)
	case tea.PasteMsg:
		p.field.Insert(msg.Content)
		return p.find()
	case effects.Reply[effects.Lines]:
		return p.add(msg)
	case effects.Reply[effects.Matches]:
		return p.found(msg.Value)
	case effects.Failed:
		p.failed = &msg
	}
	return nil
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
		p.scope.Cancel(effects.KindLog)
		return page.Say(theme.Bad, p.full.Error())
	}
	p.complete = reply.Value.Done
	var more tea.Cmd
	if !p.complete {
		more = p.scope.More(reply.Value)
	}
	return tea.Batch(more, p.searchOn())
}

// searchOn looks at the lines that the search has not seen, unless it is at it.
func (p *Page) searchOn() tea.Cmd {
	matcher, from, to := p.view.Pending()
	if matcher == nil || p.searching || from >= to {
		return nil
	}
	p.searching = true
	return p.scope.Search(matcher, p.view.Snapshot(), from)
}

func (p *Page) found(matches effects.Matches) tea.Cmd {
	p.searching = false
	p.view.Found(matches.Lines, matches.UpTo)
	if p.jump && len(matches.Lines) > 0 {
		p.jump = false
		p.view.NextMatch(1)
	}
	return p.searchOn()
}

// typed takes a key while the search is typed.
func (p *Page) typed(msg tea.KeyPressMsg) tea.Cmd {
	switch msg.String() {
	case "enter":
		p.typing = false
		return nil
	case "esc", "ctrl+c":
		p.typing = false
		p.Back()
		return nil
	case "ctrl+r":
		p.query.Regex = !p.query.Regex
		return p.find()
	default:
		if p.field.Key(msg) {
			return p.find()
		}
		return nil
	}
}

// find begins a search for what is typed; one that was running is cancelled.
func (p *Page) find() tea.Cmd {
	p.query.Text = p.field.Text()
	p.scope.Cancel(effects.KindSearch)
	p.searching, p.wrong = false, nil
	if p.query.Text == "" {
		p.view.Search(nil)
		return nil
	}
	matcher, err := logview.Compile(p.query)
	if err != nil {
		p.wrong = err
		p.view.Search(nil)
		return nil
	}
	p.view.Search(matcher)
	p.jump = true
	return p.searchOn()
}

// press does what a key means.
func (p *Page) press(pressed keys.Pressed) tea.Cmd {
	if rows, ok := p.distance(pressed.Action); ok {
		p.view.Scroll(rows)
		return nil
	}
	switch pressed.Action {
	case keys.Top:
		p.view.Top()
	case keys.Bottom, keys.Follow:
		p.view.Follow()
	case keys.Hold:
		p.hold()
	case keys.Wrap:
		p.view.ToggleWrap()
	case keys.Stamps:
		p.view.NextStamps()
	case keys.Left:
		p.view.Sideways(-p.width / 4)
	case keys.Right:
		p.view.Sideways(p.width / 4)
	case keys.Refresh:
		return p.Init()
	case keys.DayLog:
		return p.to("")
	case keys.Previous:
		return p.beside(-1)
	case keys.Next:
		return p.beside(1)
	case keys.Copy:
		if line, ok := p.view.Current(); ok {
			return page.Copy(line.Text)
		}
	default:
		return p.pressSearch(pressed.Action)
	}
	return nil
}

func (p *Page) hold() {
	if p.view.Following() {
		p.view.Pause()
	} else {
		p.view.Follow()
	}
}

// pressSearch does what belongs to searching.
func (p *Page) pressSearch(action keys.Action) tea.Cmd {
	switch action {
	case keys.Search:
		p.typing = true
	case keys.Regex:
		p.query.Regex = !p.query.Regex
		return p.find()
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
	default:
	}
	return nil
}

func (p *Page) nextMatch(direction int) tea.Cmd {
	if p.view.NextMatch(direction) {
		return nil
	}
	if p.query.Text == "" {
		return page.Say(theme.Faint, "nothing is searched for: / begins a search")
	}
	return page.Say(theme.Faint, "no line matches")
}

func (p *Page) nextError(direction int) tea.Cmd {
	if p.view.NextError(direction) {
		return nil
	}
	return page.Say(theme.Faint, "no further line says ERROR")
}

func (p *Page) distance(action keys.Action) (rows int, ok bool) {
	switch action {
	case keys.Down:
		return 1, true
	case keys.Up:
		return -1, true
	case keys.HalfDown:
		return max(1, p.body()/2), true
	case keys.HalfUp:
		return -max(1, p.body()/2), true
	case keys.PageDown:
		return p.body(), true
	case keys.PageUp:
		return -p.body(), true
	default:
		return 0, false
	}
}

// to shows the log of another step of the attempt; empty: of all.
func (p *Page) to(step forecast.StepName) tea.Cmd {
	p.step = step
	return p.Init()
}

// beside shows the log of the step before or after.
func (p *Page) beside(direction int) tea.Cmd {
	steps := p.env.Pipeline.Steps
	at := slices.Index(steps, p.step) + direction
	if p.step == "" && direction < 0 {
		at = len(steps) - 1
	}
	if at < 0 || at >= len(steps) {
		return page.Say(theme.Faint, "no further step")
	}
	return p.to(steps[at])
}

// Name draws whose log it is.
func (p *Page) Name(c *draw.Canvas) {
	step := string(p.step)
	if step == "" {
		step = "all steps"
	}
	c.Put(theme.Strong, page.Weekday(p.date))
	c.Put(theme.Faint, fmt.Sprintf(" attempt %d ", p.attempt))
	c.Put(theme.Strong, step)
}

// Position says how many lines there are.
func (p *Page) Position() string {
	return draw.Count(p.view.Snapshot().Len()) + " lines"
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
