package days

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// Selection returns the dates that an action is for, newest first: the marked
// ones, also where the filter hides them, and the range, else the one under the
// cursor.
func (p *Page) Selection() []calendar.Date {
	chosen := make(map[calendar.Date]bool, len(p.marked))
	for date := range p.marked {
		chosen[date] = true
	}
	for at, index := range p.rows {
		if p.inRange(at) {
			chosen[p.days[index].Date] = true
		}
	}
	if len(chosen) == 0 && len(p.rows) > 0 {
		return []calendar.Date{p.cursor}
	}
	return slices.SortedFunc(maps.Keys(chosen), func(a, b calendar.Date) int { return cmp.Compare(b, a) })
}

// inRange reports whether a row lies between the anchor and the cursor.
func (p *Page) inRange(at int) bool {
	if p.anchor.IsZero() {
		return false
	}
	one, other := p.row(p.anchor), p.row(p.cursor)
	return at >= min(one, other) && at <= max(one, other)
}

// selecting reports whether dates are marked or in a range: then an action is for
// these, wherever the cursor is.
func (p *Page) selecting() bool { return !p.anchor.IsZero() || len(p.marked) > 0 }

// counted says how many dates an action is for, and how many of them are not listed.
func (p *Page) counted() string {
	dates := p.Selection()
	text := fmt.Sprintf("%d marked", len(dates))
	if !p.anchor.IsZero() {
		text = fmt.Sprintf("%d selected", len(dates))
	}
	hidden := 0
	for _, date := range dates {
		if p.row(date) < 0 {
			hidden++
		}
	}
	if hidden > 0 {
		text += fmt.Sprintf(", %d hidden", hidden)
	}
	return text
}

// unmark takes off the marks of dates that something was done about, and ends a range
// that has one of them: what follows is for other dates.
func (p *Page) unmark(dates []calendar.Date) {
	for _, date := range dates {
		delete(p.marked, date)
		if at := p.row(date); at >= 0 && p.inRange(at) {
			p.anchor = 0
		}
	}
}

// choose changes the range and the marks.
func (p *Page) choose(action keys.Action) tea.Cmd {
	switch action {
	case keys.Range:
		if !p.anchor.IsZero() {
			// The range becomes marks, so that another can begin.
			for _, date := range p.Selection() {
				p.marked[date] = true
			}
			p.anchor = 0
			return nil
		}
		p.anchor = p.cursor
	case keys.Mark:
		if p.marked[p.cursor] {
			delete(p.marked, p.cursor)
		} else {
			p.marked[p.cursor] = true
		}
	default:
		return p.markFailed()
	}
	return nil
}

// markFailed marks the listed dates that failed.
func (p *Page) markFailed() tea.Cmd {
	found := false
	for _, index := range p.rows {
		if day := p.days[index]; day.State == forecast.DayFailed {
			p.marked[day.Date], found = true, true
		}
	}
	if !found {
		return page.Say(theme.Faint, "no date that is listed has Failed: nothing is marked")
	}
	return nil
}
