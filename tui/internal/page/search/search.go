// Package search is the page of a search over the logs of many days: what was
// found, by day and step, with counts, and which days had no log to search.
package search

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/logsearch"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
	"github.com/daybatch/daybatch/tui/internal/widget/input"
	"github.com/daybatch/daybatch/tui/internal/widget/logview"
)

// Bounds of a search.
const (
	kept     = 200    // lines of a step of an attempt
	most     = 20_000 // lines of all days
	width    = 1000   // bytes of a line
	parallel = 4      // days that are read at a time
)

// spans returns how many days can be searched at once.
func spans() []int { return []int{7, 28, 90, 365} }

// Page shows what a search has found.
type Page struct {
	page.Frame

	env *page.Env

	field  input.Input
	typing bool
	cursor int // of the text
	regex  bool
	wrong  error // of what is typed

	query   logview.Query // that was searched for; without a text: none yet
	matcher *logview.Matcher
	step    forecast.StepName // of the log that the search began from
	all     bool              // all steps, and not that one
	span    int               // days
	to      calendar.Date     // the newest date; zero: the pipeline's

	days    []logsearch.Day
	of      int
	busy    bool
	stopped bool // by the reader, before the end
	begun   time.Time
	at      time.Time // of the last days
	failed  *effects.Failed

	unfolded bool // all lines and days are shown
	only     bool // days without a match are not
	list     []row
	row, top int
	moved    bool // the reader has moved the cursor
}

// New returns the page of the place's search, or one in which it is typed.
func New(env *page.Env, place page.Place) page.Page {
	const usual = 1
	p := &Page{
		Frame: page.NewFrame(env), env: env, step: place.Step, all: place.Step == "", span: spans()[usual],
		regex: place.Find.Regex, typing: place.Find.Text == "" || place.Unasked,
	}
	if newest := env.Pipeline.Newest; !place.Date.IsZero() && place.Date <= newest-calendar.Date(p.span) {
		p.to = place.Date
	}
	p.field.Set(place.Find.Text)
	return p
}

// Keys returns what keys do.
func (p *Page) Keys() keys.Map {
	if p.typing {
		return keys.TypingSearch()
	}
	return keys.SearchPage()
}

// Focused reports whether the text is typed.
func (p *Page) Focused() bool { return p.typing }

// Cursor returns where it is typed.
func (p *Page) Cursor() (x, y int) { return p.cursor, max(0, p.Height-1) }

// Busy reports whether the search goes on.
func (p *Page) Busy() bool { return p.busy }

// Back ends the search that goes on; what it has found stays.
func (p *Page) Back() bool {
	if !p.busy {
		return false
	}
	p.stop()
	p.stopped = true
	return true
}

func (p *Page) stop() {
	p.Scope().Cancel(effects.KindHunt)
	p.busy = false
}

// Date returns the date of the row under the cursor.
func (p *Page) Date() calendar.Date {
	if p.row < len(p.list) {
		return p.days[p.list[p.row].day].Date
	}
	return p.newest()
}

// newest returns the newest date that is searched.
func (p *Page) newest() calendar.Date {
	if p.to.IsZero() {
		return p.env.Pipeline.Newest
	}
	return p.to
}

// dates returns the dates that are searched.
func (p *Page) dates() calendar.Range {
	to := p.newest()
	return calendar.Range{From: min(to, max(p.env.Pipeline.Start, to-calendar.Date(p.span-1))), To: to}
}

// only one step is searched if the search began from its log.
func (p *Page) searched() forecast.StepName {
	if p.all {
		return ""
	}
	return p.step
}

// Init begins the search, if there is a text.
func (p *Page) Init() tea.Cmd {
	if p.typing {
		return nil
	}
	return p.search()
}

// search begins to search for what was typed; what was found before is gone.
func (p *Page) search() tea.Cmd {
	p.stop()
	p.query, p.wrong = logview.Query{Text: p.field.Text(), Regex: p.regex}, nil
	p.days, p.of, p.stopped, p.failed, p.list, p.row, p.top = nil, 0, false, nil, nil, 0, 0
	p.moved = false
	if p.query.Text == "" {
		return nil
	}
	matcher, err := logview.Compile(p.query)
	if err != nil {
		p.wrong, p.query.Text = err, ""
		return nil
	}
	p.matcher, p.busy, p.begun = matcher, true, p.env.Effects.Now()
	return p.Scope().Hunt(logsearch.Query{
		Range: p.dates(), Step: p.searched(), Keep: kept, Most: most, Width: width, Parallel: parallel,
		New: func() logsearch.Find {
			return func(line forecast.LogLine) int {
				if spans := matcher.Spans(line.Text); len(spans) > 0 {
					return spans[0].From
				}
				return -1
			}
		},
	})
}

// Update takes keys, text and what was found.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case keys.Pressed:
		if p.typing {
			return p.pressTyping(msg.Action)
		}
		return p.press(msg.Action)
	case tea.KeyPressMsg:
		if p.typing {
			p.field.Key(msg)
			p.wrong = nil
		}
	case tea.PasteMsg:
		if p.typing {
			p.field.Insert(msg.Content)
			p.wrong = nil
		}
	case effects.Reply[effects.Hunted]:
		p.at, p.of = msg.At, msg.Value.Of
		p.days = append(p.days, msg.Value.Days...)
		p.arrange()
		if p.busy = !msg.Value.Done; p.busy {
			return p.Scope().MoreHunted(msg.Value)
		}
	case effects.Failed:
		if msg.Kind != effects.KindHunt {
			return page.Say(theme.Bad, msg.Text())
		}
		p.failed, p.busy = &msg, false
	case effects.Reply[effects.Exported]:
		return page.Written(msg.Value, "lines")
	}
	return nil
}

func (p *Page) pressTyping(action keys.Action) tea.Cmd {
	switch action {
	case keys.Confirm:
		if p.field.Text() == "" {
			return nil
		}
		command := p.search()
		p.typing = p.wrong != nil
		return command
	case keys.Back:
		if p.query.Text == "" { // nothing was searched for: there is nothing here to stay for
			return func() tea.Msg { return page.Back{} }
		}
		p.typing, p.wrong, p.regex = false, nil, p.query.Regex
		p.field.Set(p.query.Text)
	case keys.Regex:
		p.regex, p.wrong = !p.regex, nil
	default:
	}
	return nil
}

func (p *Page) press(action keys.Action) tea.Cmd {
	switch action {
	case keys.Open:
		return p.open()
	case keys.Search:
		p.typing = true
	case keys.Folds:
		p.unfolded = !p.unfolded
		p.arrange()
	case keys.OnlyMatch:
		p.only = !p.only
		p.arrange()
	case keys.NextMatch:
		return p.next(1)
	case keys.LastMatch:
		return p.next(-1)
	case keys.Copy:
		if line, ok := p.line(); ok {
			return page.Copy(line.Text)
		}
		return page.Say(theme.Faint, "no line is under the cursor")
	default:
		if to, ok := page.Move(action, p.row, len(p.list), p.body()); ok {
			p.row, p.moved = to, true
			return nil
		}
		return p.change(action)
	}
	return nil
}

// change searches for the same elsewhere, or in another way.
func (p *Page) change(action keys.Action) tea.Cmd {
	switch action {
	case keys.Refresh:
	case keys.Regex:
		p.regex = !p.regex
	case keys.History:
		all := spans()
		at := 0
		for at < len(all) && all[at] != p.span {
			at++
		}
		p.span = all[(at+1)%len(all)]
	case keys.Previous:
		before := p.dates().From - 1
		if before < p.env.Pipeline.Start {
			return page.Say(theme.Faint, "the pipeline has no day before "+p.env.Pipeline.Start.String())
		}
		p.to = before
	case keys.Next:
		newest := p.env.Pipeline.Newest
		if p.newest() >= newest {
			return page.Say(theme.Faint, newest.String()+" is the newest day")
		}
		if p.to += calendar.Date(p.span); p.to >= newest {
			p.to = 0
		}
	case keys.DayLog:
		if p.step == "" {
			return page.Say(theme.Faint, "all steps are searched")
		}
		p.all = !p.all
	default:
		return nil
	}
	return p.search()
}

// open leads to the log of the row, at its line; without a log to the day.
func (p *Page) open() tea.Cmd {
	if p.row >= len(p.list) {
		return nil
	}
	r := p.list[p.row]
	day := p.days[r.day]
	if r.kind == rowNote || r.kind == rowRun {
		return page.Go(page.Place{Kind: page.Day, Date: day.Date})
	}
	attempt := day.Attempts[r.attempt]
	to := page.Place{
		Kind: page.Logs, Date: day.Date, Execution: attempt.ID, Attempt: attempt.Attempt, Step: attempt.Steps[r.step].Name,
		Find: page.Find{Query: p.query},
	}
	if line, ok := p.line(); ok {
		to.Find.Line = line
	}
	return page.Go(to)
}

// line returns the line under the cursor.
func (p *Page) line() (forecast.LogLine, bool) {
	if p.row >= len(p.list) || p.list[p.row].kind != rowLine {
		return forecast.LogLine{}, false
	}
	r := p.list[p.row]
	return p.days[r.day].Attempts[r.attempt].Steps[r.step].Lines[r.line], true
}

// next goes to the next step that has matches, or the one before.
func (p *Page) next(direction int) tea.Cmd {
	for at := p.row + direction; at >= 0 && at < len(p.list); at += direction {
		if p.list[at].kind == rowHead {
			p.row, p.moved = at, true
			return nil
		}
	}
	return page.Say(theme.Faint, "no further step has matches")
}

// Place leads to the search, as it is typed.
func (p *Page) Place() page.Place {
	find := page.Find{Query: logview.Query{Text: p.field.Text(), Regex: p.regex}}
	return page.Place{Kind: page.Search, Date: p.to, Step: p.step, Find: find}
}

// Equivalent returns the command that finds the same.
func (p *Page) Equivalent() string {
	dates, pattern := p.dates(), p.field.Text()
	if !p.regex {
		pattern = regexp.QuoteMeta(pattern)
	}
	command := "logs --from " + dates.From.String() + " --to " + dates.To.String() + " --grep " + page.Quote(pattern)
	if step := p.searched(); step != "" {
		command += " --step " + string(step)
	}
	return command
}

// Rows returns the lines that were kept.
func (p *Page) Rows() effects.Rows {
	var lines [][]any
	for _, day := range p.days {
		for _, attempt := range day.Attempts {
			for _, step := range attempt.Steps {
				for _, line := range step.Lines {
					lines = append(lines, []any{
						day.Date.String(), attempt.Attempt, line.At.UTC().Format(time.RFC3339Nano), line.Step, line.Stream, line.Seq, line.Text,
					})
				}
			}
		}
	}
	return effects.Rows{
		Name: "logs-found", Fields: []string{"date", "attempt", "at", "step", "stream", "seq", "text"},
		Len: len(lines), At: func(i int) []any { return lines[i] },
	}
}

// Name draws what the page is.
func (*Page) Name(c *draw.Canvas) { c.Put(theme.Strong, "search logs") }

// Position says where the cursor is.
func (p *Page) Position() string {
	if len(p.list) == 0 {
		return ""
	}
	return fmt.Sprintf("%s/%s", draw.Count(p.row+1), draw.Count(len(p.list)))
}

// names joins the names of steps.
func names(steps []forecast.StepName) string {
	all := make([]string, len(steps))
	for i, step := range steps {
		all[i] = string(step)
	}
	return strings.Join(all, ", ")
}
