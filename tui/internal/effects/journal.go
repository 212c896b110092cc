package effects

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/journal"
)

// KindActivity is the request for what was done.
const KindActivity Kind = "activity"

// Keep makes what is changed from here known to others, in a file of package journal.
// Call it before anything else; an empty path keeps it for this process only.
func (e *Effects) Keep(path, actor string) { e.journal = journal.New(path, actor) }

// noted returns a change whose outcome is kept.
func (s *Scope) noted(act journal.Act, change tea.Cmd) tea.Cmd {
	return func() tea.Msg {
		msg := change()
		switch msg := msg.(type) {
		case Failed:
			s.note(act, nil, msg.Err)
		case interface{ value() any }:
			s.note(act, msg.value(), nil)
		default:
			s.note(act, nil, nil)
		}
		return msg
	}
}

// note keeps what came of a change.
func (s *Scope) note(act journal.Act, answer any, err error) {
	act.At = s.effects.now()
	s.effects.journal.Add(act.With(answer, err))
}

// toDate is something that is done to a date.
func toDate(what, line string, date calendar.Date) journal.Act {
	return journal.Act{What: what, Command: kept(line), Date: date}
}

// kept returns a line as the journal has it: as a shell in the project's directory takes
// it, wherever daybatch was started.
func kept(line string) string { return "daybatch " + line }

// Activity reads what was done from screens and by commands. It replies with
// []journal.Act, newest first.
func (s *Scope) Activity() tea.Cmd {
	return ask(s, call{KindActivity, "read what was done", deadline, once}, func(context.Context) ([]journal.Act, error) {
		return s.effects.journal.Read()
	})
}
