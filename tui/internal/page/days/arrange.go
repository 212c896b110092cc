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

// Columns that days can be sorted by. The first five are those of the key; byDate is
// the usual order.
const (
	byDate  = "date"
	byState = "state"
	byTook  = "took"
	byWAPE  = "wape"
	byCost  = "cost"
	byLate  = "late"
	byRows  = "rows"
	byTries = "attempts"
)

// said says what comes first by a column.
func said(column string) string {
	return map[string]string{
		byDate: "date, newest first", byState: "state, worst first", byTook: "time, longest first", byWAPE: "wape, largest first",
		byCost: "cost, most first", byLate: "lateness, longest first", byRows: "rows, most first", byTries: "attempts, most first",
	}[column]
}

// keyed returns the columns that the key turns through: those that have values.
func (p *Page) keyed() []string {
	columns := []string{byDate, byState, byTook, byWAPE}
	if p.paid {
		columns = append(columns, byCost)
	}
	return columns
}

// Columns returns what days can be sorted by.
func (p *Page) Columns() []string { return append(p.keyed(), byLate, byRows, byTries) }

// Sort sorts by a column. Dates as columns stay in their order.
func (p *Page) Sort(order page.Order) tea.Cmd {
	p.order = order
	if order == (page.Order{Column: byDate}) {
		p.order = page.Order{}
	}
	p.anchor, p.top = 0, 0
	p.arrange()
	text := "sorted by " + said(order.Column)
	if order.Reverse {
		text += ", turned around"
	}
	return page.Say(theme.Faint, text)
}

// sort changes to the next order.
func (p *Page) sort() tea.Cmd {
	order := p.order
	if order.Column == "" {
		order.Column = byDate
	}
	return p.Sort(order.Next(p.keyed()))
}

// arrange finds which days are shown, and in which order. The cursor stays on
// its date; if that is not shown any more, it goes to the nearest that is.
func (p *Page) arrange() {
	words := strings.Fields(strings.ToLower(p.Filter.Text()))
	p.rows = p.rows[:0]
	for i, day := range p.days {
		if matches(day, words) {
			p.rows = append(p.rows, i)
		}
	}
	if p.order.Column != "" && !p.across {
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

// compare puts what needs a look first. Days without a value come last, also when
// the order is turned around.
func (p *Page) compare(a, b forecast.Day) int {
	one, had := p.value(a)
	other, has := p.value(b)
	return p.order.Compare(cmp.Compare(other, one), had, has)
}

// value returns what a day has in the column that days are sorted by: the largest
// comes first.
func (p *Page) value(day forecast.Day) (value float64, ok bool) {
	switch p.order.Column {
	case byState:
		return -float64(slices.Index(forecast.DayStates(), day.State)), true
	case byTook:
		value = day.Last.Took(p.env.Now).Seconds()
	case byWAPE:
		value, ok = day.Evaluated()["wape"]
		return value, ok
	case byCost:
		value = day.Last.Cost
	case byLate:
		value = day.Late.Seconds()
	case byRows:
		value = float64(day.Partition.Rows)
	case byTries:
		value = float64(day.Attempts)
	default:
		return float64(day.Date), true
	}
	return value, value > 0
}

// row returns the row of a date, -1 if it is not shown.
func (p *Page) row(date calendar.Date) int {
	index := p.index(date)
	if index < 0 || index >= len(p.days) || date.IsZero() {
		return -1
	}
	if len(p.rows) == len(p.days) && (p.order.Column == "" || p.across) {
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

// narrow follows a change of the filter.
func (p *Page) narrow() {
	p.top = 0
	p.arrange()
	p.window()
}
