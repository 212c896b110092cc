package days

import (
	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// Date returns the date under the cursor.
func (p *Page) Date() calendar.Date { return p.cursor }

// Table names the keys: dates as columns have their own.
func (p *Page) Table() string {
	if p.across {
		return keys.AcrossName
	}
	return string(page.Days)
}

// goTo moves the cursor to a date, and reads it first if it is older than what
// was read.
func (p *Page) goTo(date calendar.Date) tea.Cmd {
	if date.IsZero() {
		return nil
	}
	if len(p.days) == 0 {
		p.cursor = date
		return nil
	}
	at := p.index(date)
	if at < 0 || date < p.env.Pipeline.Start {
		return page.Say(theme.Faint, page.Weekday(date)+" is not among the days of this pipeline")
	}
	if at >= len(p.days) {
		p.cursor, p.limit = date, max(p.limit, at+1)
		return p.Scope().Days(forecast.DayQuery{Last: p.limit})
	}
	if p.row(date) < 0 { // the filter hides it
		p.Filter.Set("")
		p.arrange()
	}
	return p.move(p.row(date) - p.row(p.cursor))
}

// Link leads to the chosen step of the day under the cursor, else to the one that
// failed or runs.
func (p *Page) Link() (forecast.LinkQuery, bool) {
	day, ok := p.selected()
	query := forecast.LinkQuery{Kind: forecast.LinkStep, Date: p.cursor, Step: p.chosen()}
	if query.Step == "" {
		query.Step = page.Telling(day.Steps)
	}
	return query, ok
}
