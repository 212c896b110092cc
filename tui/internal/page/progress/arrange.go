package progress

import (
	"cmp"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// Columns that rows can be sorted by, the usual one first: the order in which the plan
// starts them.
const (
	byPlan  = "plan"
	byDate  = "date"
	byState = "state"
	byTook  = "took"
)

// said says what comes first by a column.
func said(column string) string {
	return map[string]string{
		byPlan: "as the plan starts them", byDate: "by date, newest first", byState: "by state, what is not well first", byTook: "by time, longest first",
	}[column]
}

// Columns returns what the rows can be sorted by.
func (*Page) Columns() []string { return []string{byPlan, byDate, byState, byTook} }

// Sort sorts the rows.
func (p *Page) Sort(order page.Order) tea.Cmd {
	p.order = order
	p.narrow()
	text := "dates " + said(order.Column)
	if order.Reverse {
		text += ", turned around"
	}
	return tea.Batch(page.Keep(page.Progress, "sort", order.String()), page.Say(theme.Faint, text))
}

// listed returns the rows that the filter lets pass, in their order.
func (p *Page) listed(plan forecast.Plan) []forecast.PlanRow {
	rows := shown(plan)
	if words := strings.Fields(strings.ToLower(p.Filter.Text())); len(words) > 0 {
		rows = slices.DeleteFunc(slices.Clone(rows), func(row forecast.PlanRow) bool { return !matches(row, words) })
	}
	switch {
	case p.order.Column != "" && p.order.Column != byPlan:
		rows = slices.Clone(rows)
		slices.SortStableFunc(rows, func(a, b forecast.PlanRow) int { return p.order.Turn(p.compare(a, b)) })
	case p.order.Reverse:
		rows = slices.Clone(rows)
		slices.Reverse(rows)
	}
	return rows
}

func (p *Page) compare(a, b forecast.PlanRow) int {
	switch p.order.Column {
	case byDate:
		return cmp.Compare(b.Date, a.Date)
	case byTook:
		return cmp.Compare(p.took(b), p.took(a))
	default:
		return cmp.Compare(urgency(a.State), urgency(b.State))
	}
}

// took returns how long the attempt of a row has taken, 0 without one.
func (p *Page) took(row forecast.PlanRow) time.Duration {
	if day := p.days[row.Date]; mine(row, day) {
		return day.Last.Took(p.env.Now)
	}
	return 0
}

// urgency puts states in order: what needs a person, what runs, what waits, what is done.
func urgency(state forecast.RowState) int {
	return slices.Index([]forecast.RowState{
		forecast.RowFailed, forecast.RowGated, forecast.RowStopped, forecast.RowDrifted, forecast.RowBlocked, forecast.RowWaiting,
		forecast.RowRunning, forecast.RowJoined, forecast.RowQueued, forecast.RowPlanned, forecast.RowStaged, forecast.RowSucceeded,
		forecast.RowRolledBack, forecast.RowCancelled, forecast.RowSkipped,
	}, state)
}

// matches reports whether a row has all words, and none of those after a "!".
func matches(row forecast.PlanRow, words []string) bool {
	text := strings.ToLower(page.Weekday(row.Date) + " " + string(row.State) + " " + row.State.Word() + " " + why(row))
	for _, word := range words {
		word, not := strings.CutPrefix(word, "!")
		if word != "" && strings.Contains(text, word) == not {
			return false
		}
	}
	return true
}

// narrow follows a change of the filter or of the order: the cursor stays on its date,
// or goes to the first that is shown.
func (p *Page) narrow() {
	plan, ok := p.plan()
	if !ok {
		return
	}
	rows := p.listed(plan)
	if len(rows) > 0 && !slices.ContainsFunc(rows, func(r forecast.PlanRow) bool { return r.Date == p.cursor }) {
		p.cursor, p.top = rows[0].Date, 0
	}
	p.moved = p.moved || p.Filter.Shown()
}
