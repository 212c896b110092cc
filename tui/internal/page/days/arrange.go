package days

import (
	"cmp"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// sorting is an order of the days.
type sorting int

const (
	byDate sorting = iota
	byState
	byTook
	byWAPE
	byCost
	sortings
)

// String says what comes first.
func (s sorting) String() string {
	return [...]string{"date, newest first", "state, worst first", "time, longest first", "wape, largest first", "cost, most first"}[s]
}

// sort changes to the next order that the days have values for. Dates as columns
// stay in their order.
func (p *Page) sort() tea.Cmd {
	p.sorting = (p.sorting + 1) % sortings
	if p.sorting == byCost && !p.paid {
		p.sorting = byDate
	}
	p.anchor, p.top = 0, 0
	p.arrange()
	return page.Say(theme.Faint, "sorted by "+p.sorting.String())
}

// arrange finds which days are shown, and in which order. The cursor stays on
// its date; if that is not shown any more, it goes to the nearest that is.
func (p *Page) arrange() {
	words := strings.Fields(strings.ToLower(p.filter.Text()))
	p.rows = p.rows[:0]
	for i, day := range p.days {
		if matches(day, words) {
			p.rows = append(p.rows, i)
		}
	}
	if p.sorting != byDate && !p.across {
		slices.SortStableFunc(p.rows, func(a, b int) int { return p.compare(p.days[a], p.days[b]) })
	}
	if len(p.rows) > 0 && p.row(p.cursor) < 0 {
		nearest := slices.MinFunc(p.rows, func(a, b int) int {
			return cmp.Compare(p.distanceTo(a), p.distanceTo(b))
		})
		p.cursor = p.days[nearest].Date
	}
	if p.row(p.anchor) < 0 {
		p.anchor = 0
	}
}

func (p *Page) distanceTo(index int) calendar.Date {
	distance := p.days[index].Date - p.cursor
	return max(distance, -distance)
}

// compare puts what needs a look first. Days without a value come last.
func (p *Page) compare(a, b forecast.Day) int {
	switch p.sorting {
	case byState:
		return cmp.Compare(slices.Index(forecast.DayStates(), a.State), slices.Index(forecast.DayStates(), b.State))
	case byTook:
		return cmp.Compare(b.Last.Took(p.env.Now), a.Last.Took(p.env.Now))
	case byWAPE:
		return cmp.Compare(b.Evaluated()["wape"], a.Evaluated()["wape"])
	case byCost:
		return cmp.Compare(b.Last.Cost, a.Last.Cost)
	default:
		return 0
	}
}

// row returns the row of a date, -1 if it is not shown.
func (p *Page) row(date calendar.Date) int {
	index := p.index(date)
	if index < 0 || index >= len(p.days) || date.IsZero() {
		return -1
	}
	if len(p.rows) == len(p.days) && (p.sorting == byDate || p.across) {
		return index
	}
	return slices.Index(p.rows, index)
}

// matches reports whether a day has all words, and none of those after a "!".
func matches(day forecast.Day, words []string) bool {
	if len(words) == 0 {
		return true
	}
	text := strings.ToLower(searchable(day))
	for _, word := range words {
		word, not := strings.CutPrefix(word, "!")
		if word != "" && strings.Contains(text, word) == not {
			return false
		}
	}
	return true
}

// searchable is what the filter looks at: what a row says, and who asked for it.
func searchable(day forecast.Day) string {
	text := page.Weekday(day.Date) + " " + string(day.State) + " " + page.Cause(day) + " " + day.Last.Actor + " " + string(day.Last.Cause)
	if day.Late > 0 {
		text += " Late"
	}
	if day.Stale {
		text += " Stale"
	}
	if of := day.Fallback(); !of.IsZero() {
		text += " Fallback " + of.String()
	}
	return text
}

// Focused reports whether the filter is typed.
func (p *Page) Focused() bool { return p.filter.Typing() }

// Cursor returns where it is typed.
func (p *Page) Cursor() (x, y int) { return p.filter.Column(), max(0, p.height-1) }

func (p *Page) typed(msg tea.Msg) {
	if p.filter.Take(msg) {
		p.narrow()
	}
}

// narrow follows a change of the filter.
func (p *Page) narrow() {
	p.top = 0
	p.arrange()
	p.window()
}
