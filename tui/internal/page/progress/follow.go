package progress

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// follow keeps the cursor on the row that runs, until the reader moves it.
func (p *Page) follow() {
	plan, ok := p.plan()
	if p.moved || !ok {
		return
	}
	runs := func(r forecast.PlanRow) bool { return r.State == forecast.RowRunning }
	rows := p.listed(plan)
	if at := slices.IndexFunc(rows, func(r forecast.PlanRow) bool { return r.Date == p.cursor }); at >= 0 && runs(rows[at]) {
		return // of several it stays at one
	}
	if at := slices.IndexFunc(rows, runs); at >= 0 {
		p.cursor = rows[at].Date
	}
}

// bad reports whether a row is not well: a person has to look at it, or its data are not
// there.
func bad(row forecast.PlanRow) bool {
	switch row.State {
	case forecast.RowFailed, forecast.RowGated, forecast.RowStopped, forecast.RowDrifted, forecast.RowBlocked, forecast.RowWaiting, forecast.RowCancelled:
		return true
	default:
		return false
	}
}

// toBad goes to the next row that is not well, or to the one before.
func (p *Page) toBad(rows []forecast.PlanRow, at, direction int) tea.Cmd {
	for to := at + direction; to >= 0 && to < len(rows); to += direction {
		if bad(rows[to]) {
			p.move(rows, to)
			return nil
		}
	}
	if direction > 0 {
		return page.Say(theme.Faint, "all dates below are well")
	}
	return page.Say(theme.Faint, "all dates above are well")
}

// remaining returns how long the plan is expected to go on, 0 if that is not known: what its
// dates still take, on as many lanes as it may use, by how the whole plan was expected
// to compare with that.
func remaining(plan forecast.Plan, days map[calendar.Date]forecast.Day, now time.Time) time.Duration {
	switch plan.State {
	case forecast.PlanActive, forecast.PlanDraining, forecast.PlanPublishing:
	default:
		return 0
	}
	var all, rest []time.Duration
	for _, row := range plan.Rows {
		if row.Action == forecast.ActionSkip {
			continue
		}
		if row.Estimate <= 0 {
			return 0
		}
		all = append(all, row.Estimate)
		switch {
		case !row.State.Open() || row.State == forecast.RowStaged:
		case row.State == forecast.RowRunning && mine(row, days[row.Date]):
			rest = append(rest, max(0, row.Estimate-days[row.Date].Last.Took(now)))
		case row.State == forecast.RowQueued && plan.State == forecast.PlanDraining:
		default:
			rest = append(rest, row.Estimate)
		}
	}
	whole, remains := lanes(all, plan.MaxActive), lanes(rest, plan.MaxActive)
	if wall := plan.Estimate.Wall; wall > 0 && whole > 0 {
		remains = time.Duration(float64(remains) * float64(wall) / float64(whole))
	}
	return remains
}

// lanes returns when the last of some works ends, if so many go on at once, each begun
// when there is a lane for it.
func lanes(works []time.Duration, most int) time.Duration {
	ends := make([]time.Duration, max(1, most))
	for _, work := range works {
		at := slices.Index(ends, slices.Min(ends))
		ends[at] += work
	}
	return slices.Max(ends)
}
