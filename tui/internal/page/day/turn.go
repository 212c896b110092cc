package day

import (
	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// turn leads to another date; the step stays.
func (p *Page) turn(to calendar.Date) tea.Cmd {
	pipeline := p.env.Pipeline
	switch {
	case to > pipeline.Newest && to > p.date:
		return page.Say(theme.Faint, page.Weekday(to)+" is not due yet")
	case to < pipeline.Start && to < p.date:
		return page.Say(theme.Faint, "the pipeline begins with "+page.Weekday(pipeline.Start))
	}
	place := page.Place{Kind: page.Day, Date: to, Step: p.step}
	return func() tea.Msg { return page.Replace{Place: place} }
}

// toBad leads to the nearest date that needs a person, earlier if the direction is -1.
func (p *Page) toBad(direction calendar.Date) tea.Cmd {
	var found calendar.Date
	for _, day := range p.days {
		ahead := (day.Date - p.date) * direction
		if ahead > 0 && (day.State.Bad() || day.Late > 0) && (found.IsZero() || ahead < (found-p.date)*direction) {
			found = day.Date
		}
	}
	switch {
	case !found.IsZero():
		place := page.Place{Kind: page.Day, Date: found}
		return func() tea.Msg { return page.Replace{Place: place} }
	case direction < 0:
		return page.Say(theme.Faint, "no earlier day within a month needs a person")
	default:
		return page.Say(theme.Faint, "no later day within a month needs a person")
	}
}
