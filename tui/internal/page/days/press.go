package days

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// press does what a key means: first what needs no day, then moves, then what a
// day has.
func (p *Page) press(pressed keys.Pressed) tea.Cmd {
	switch pressed.Action {
	case keys.Refresh:
		return p.refresh()
	case keys.Search:
		p.Filter.Open()
		return nil
	case keys.Sort:
		return p.sort()
	case keys.Transpose:
		p.transpose()
		return nil
	default:
	}
	if place, ok := p.elsewhere(pressed.Action); ok {
		return page.Go(place)
	}
	day, ok := p.selected()
	if !ok {
		return nil
	}
	if rows, ok := p.distance(pressed.Action); ok {
		return p.move(rows)
	}
	switch pressed.Action {
	case keys.Range, keys.Mark, keys.MarkFailed:
		return p.choose(pressed.Action)
	case keys.Left:
		p.step = max(0, p.step-1)
	case keys.Right:
		p.step = min(len(p.env.Pipeline.Steps), p.step+1)
	case keys.NextBad:
		return p.moveToBad(1)
	case keys.LastBad:
		return p.moveToBad(-1)
	case keys.Rerun:
		return page.Go(page.Place{Kind: page.Request, Request: page.Rerun(p.env, p.Selection())})
	case keys.Fallback:
		return p.Scope().PlanFallback(p.Selection())
	case keys.Stop:
		return p.stop()
	default:
		return p.open(pressed.Action, day)
	}
	return nil
}

// elsewhere returns the place of a page that is of no day.
func (p *Page) elsewhere(action keys.Action) (page.Place, bool) {
	switch action {
	case keys.Backfill:
		var marked []calendar.Date
		if p.selecting() {
			marked = p.Selection()
		}
		return page.Place{Kind: page.Request, Request: page.Backfill(p.env, marked), Marked: marked}, true
	case keys.Plans:
		return page.Place{Kind: page.Progress}, true
	case keys.Activity:
		return page.Place{Kind: page.Activity}, true
	case keys.Doctor:
		return page.Place{Kind: page.Doctor}, true
	case keys.Overview:
		return page.Place{Kind: page.Overview}, true
	case keys.SearchDays:
		return page.Place{Kind: page.Search, Date: p.cursor}, true
	default:
		return page.Place{}, false
	}
}

// open leads to what a day has.
func (p *Page) open(action keys.Action, day forecast.Day) tea.Cmd {
	switch action {
	case keys.Copy:
		return page.Copy(day.Date.String())
	case keys.CopyAll:
		return page.Copy(string(day.Last.ID))
	case keys.Open:
		return page.Go(page.Place{Kind: page.Day, Date: day.Date, Step: p.chosen()})
	case keys.Metrics:
		return page.Go(page.Place{Kind: page.Metrics, Date: day.Date})
	case keys.Plot:
		return page.Go(page.Place{Kind: page.Plot, Date: day.Date})
	case keys.Partitions:
		return page.Go(page.Place{Kind: page.Partition, Date: day.Date})
	case keys.StepLog, keys.DayLog:
		if day.Last.ID == "" {
			return page.Say(theme.Faint, day.Date.String()+" has no log: nobody has run it")
		}
		place := page.Place{Kind: page.Logs, Date: day.Date, Execution: day.Last.ID, Attempt: day.Last.Attempt}
		if action == keys.StepLog {
			place.Step = p.chosen()
			if place.Step == "" {
				place.Step = page.Telling(day.Steps)
			}
		}
		return page.Go(place)
	default:
		return nil
	}
}

// distance returns how many rows a key moves, down if positive.
func (p *Page) distance(action keys.Action) (rows int, ok bool) {
	body := p.body()
	if p.across {
		body = p.columns()
	}
	switch action {
	case keys.Down, keys.Older:
		return 1, true
	case keys.Up, keys.Newer:
		return -1, true
	case keys.HalfDown:
		return max(1, body/2), true
	case keys.HalfUp:
		return -max(1, body/2), true
	case keys.PageDown:
		return max(1, body), true
	case keys.PageUp:
		return -max(1, body), true
	case keys.Top:
		return -len(p.rows), true
	case keys.Bottom:
		return len(p.rows), true
	default:
		return 0, false
	}
}

// move moves the cursor; at the end it reads more days.
func (p *Page) move(rows int) tea.Cmd {
	at := layout.Clamp(p.row(p.cursor)+rows, 0, len(p.rows)-1)
	p.cursor = p.days[p.rows[at]].Date
	p.window()
	if at == len(p.rows)-1 && rows > 0 && len(p.days) == p.limit {
		p.limit *= 4
		return p.Scope().Days(forecast.DayQuery{Last: p.limit})
	}
	return nil
}

// moveToBad goes to the next day that needs a person or is late.
func (p *Page) moveToBad(direction int) tea.Cmd {
	from := p.row(p.cursor)
	for at := from + direction; at >= 0 && at < len(p.rows); at += direction {
		if day := p.days[p.rows[at]]; day.State.Bad() || day.Late > 0 {
			return p.move(at - from)
		}
	}
	return page.Say(theme.Faint, "no further day needs a person")
}

// chosen returns the step under the cursor, empty if none is.
func (p *Page) chosen() forecast.StepName {
	if p.step == 0 || p.step > len(p.env.Pipeline.Steps) {
		return ""
	}
	return p.env.Pipeline.Steps[p.step-1]
}

// stop asks whether what runs of the selected dates is to be ended.
func (p *Page) stop() tea.Cmd {
	dates := p.Selection()
	var running []forecast.Execution
	for _, date := range dates {
		if at := p.index(date); at >= 0 && at < len(p.days) && p.days[at].Last.Status.Open() {
			running = append(running, p.days[at].Last)
		}
	}
	switch {
	case len(running) > 0:
		return page.Go(page.StopPlace(p.env, p.Scope(), running, p.unmark))
	case len(dates) == 1:
		return page.Say(theme.Faint, dates[0].String()+" is not running")
	default:
		return page.Say(theme.Faint, fmt.Sprintf("none of the %d selected dates is running", len(dates)))
	}
}
