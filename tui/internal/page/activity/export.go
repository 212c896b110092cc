package activity

import (
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/effects"
)

// Rows returns the entries that the filter lets pass, newest first.
func (p *Page) Rows() effects.Rows {
	entries := make([]entry, len(p.rows))
	for at, index := range p.rows {
		entries[at] = p.all[index]
	}
	return effects.Rows{
		Name:   "activity-" + calendar.In(p.env.Now, p.env.Home).String(),
		Fields: []string{"at", "who", "what", "date", "plan", "command", "outcome"},
		Len:    len(entries),
		At: func(i int) []any {
			e := entries[i]
			values := []any{e.at.UTC(), e.who, e.what, nil, e.plan, p.env.Shell(e.command), e.outcome}
			if !e.date.IsZero() {
				values[3] = e.date
			}
			return values
		},
	}
}
