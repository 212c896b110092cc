package logs

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
	"github.com/daybatch/daybatch/tui/internal/widget/input"
	"github.com/daybatch/daybatch/tui/internal/widget/logview"
)

// seek looks for lines: the search, or the filter.
type seek struct {
	kind  effects.Kind
	sign  string // that begins it
	field input.Input
	query logview.Query
	wrong error // of the query
	busy  bool

	set     func(*logview.Matcher)
	pending func() (matcher *logview.Matcher, from, to int)
	look    func(matcher *logview.Matcher, snapshot logview.Snapshot, from int) tea.Cmd
}

func (p *Page) seeks() [2]*seek { return [2]*seek{&p.search, &p.filter} }

// typed takes a letter while a search or filter is typed.
func (p *Page) typed(msg tea.KeyPressMsg) tea.Cmd {
	if s := p.typing; s != nil && s.field.Key(msg) {
		return p.find(s)
	}
	return nil
}

// pressTyping does what a key means while a search or filter is typed.
func (p *Page) pressTyping(action keys.Action) tea.Cmd {
	s := p.typing
	switch action {
	case keys.Confirm:
		p.typing = nil
	case keys.Back:
		p.typing = nil
		p.end(s)
		p.nothing(s)
	case keys.Regex:
		return p.toggleRegex(s)
	default:
	}
	return nil
}

func (p *Page) toggleRegex(s *seek) tea.Cmd {
	s.query.Regex = !s.query.Regex
	return p.find(s)
}

// end looks for nothing any more.
func (p *Page) end(s *seek) {
	s.field.Set("")
	s.query, s.wrong, s.busy = logview.Query{Regex: s.query.Regex}, nil, false
	p.Scope().Cancel(s.kind)
	s.set(nil)
	p.jump = p.jump && s != &p.search
}

// nothing is looked for while nothing is typed: the reader is back where the first
// letter found them.
func (p *Page) nothing(s *seek) {
	s.set(nil)
	if s == &p.search {
		p.jump = false
		p.view.Return(p.begun)
	}
}

// find begins to look for what is typed; what was looked for is cancelled. A
// filter that begins with ! is turned around.
func (p *Page) find(s *seek) tea.Cmd {
	s.query.Text = s.field.Text()
	if s == &p.filter {
		s.query.Text, s.query.Not = strings.CutPrefix(s.query.Text, "!")
	}
	p.Scope().Cancel(s.kind)
	s.busy, s.wrong = false, nil
	if s.query.Text == "" {
		p.nothing(s)
		return nil
	}
	matcher, err := logview.Compile(s.query)
	if err != nil {
		s.wrong = err
		s.set(nil)
		return nil
	}
	s.set(matcher)
	p.jump = p.jump || s == &p.search
	return p.lookOn(s)
}

// lookOn looks at the lines that were not seen yet, unless it is at it.
func (p *Page) lookOn(s *seek) tea.Cmd {
	matcher, from, to := s.pending()
	if matcher == nil || s.busy || from >= to {
		return nil
	}
	s.busy = true
	return s.look(matcher, p.view.Snapshot(), from)
}

// found takes lines that a search or filter has found.
func (p *Page) found(reply effects.Reply[effects.Matches]) tea.Cmd {
	s, matches := &p.search, reply.Value
	if reply.Kind == effects.KindFilter {
		s = &p.filter
		p.view.Kept(matches.Lines, matches.UpTo)
	} else {
		p.view.Found(matches.Lines, matches.UpTo)
	}
	s.busy = false
	return tea.Batch(p.goFirst(), p.lookOn(s))
}

// goFirst goes to the first match from where the search began, once it is known.
func (p *Page) goFirst() tea.Cmd {
	if !p.jump {
		return nil
	}
	sought := p.view.Seek(p.begun)
	coming := sought == logview.NoMatch && p.goal.Text != "" && !p.complete // the log that the page was opened for
	p.jump = sought == logview.Pending || coming
	if sought == logview.Wrapped {
		return page.Say(theme.Faint, "no match below: the first from the top")
	}
	return nil
}

// aim begins the search that the page was opened for. Where a line is known it is
// gone to, else the first match.
func (p *Page) aim() {
	if p.goal.Text == "" {
		return
	}
	p.search.query.Regex = p.goal.Regex
	p.search.field.Set(p.goal.Text)
	p.find(&p.search) // there is no line yet to look at
	p.jump = p.goal.Line.Stream == ""
}

// goThere goes to the line that the page was opened for once it has come, among
// those from a number on. It says so if the log ends without it.
func (p *Page) goThere(from int) tea.Cmd {
	switch line := p.goal.Line; {
	case line.Stream == "":
	case p.view.Visit(line, from):
		p.goal = page.Find{}
	case p.complete:
		p.goal = page.Find{}
		return page.Say(theme.Gate, "the line that was found is not in the log any more")
	}
	return nil
}
