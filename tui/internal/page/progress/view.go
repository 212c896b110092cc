package progress

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

const (
	headLines = 4 // above the rows
	whyLines  = 2 // below them and a rule: of the selected date in full
)

func (p *Page) body() int {
	body := p.Height - headLines - p.foot()
	if p.Filter.Shown() {
		body--
	}
	if p.failed != nil {
		body--
	}
	return max(1, body)
}

// foot returns how many lines lie below the rows.
func (p *Page) foot() int {
	const low = 12
	if p.Height < low {
		return 0
	}
	return 1 + whyLines
}

// View draws the plan shown.
func (p *Page) View() string {
	c := p.Canvas(p.env.Theme, p.Width)
	plan, ok := p.plan()
	switch {
	case ok:
		p.env.Stale(c, p.failed, p.env.AsOf(p.taken))
		p.head(c, plan)
		p.rows(c, plan)
	case p.failed != nil:
		page.Blank(c, p.Height, "The plans can't be read", p.failed.Err.Error(), page.Remedy(p.failed))
	case !p.read:
		page.Blank(c, p.Height, "Reading plans ...", "", "esc goes back")
	default:
		page.Blank(c, p.Height, "No plan was started yet", "A rerun or a backfill becomes a plan, and its progress is shown here.",
			"esc goes back   then R reruns the selected dates   B backfills a range")
	}
	if !ok {
		return p.Screen(c, nil)
	}
	return p.Screen(c, func(bar *draw.Canvas) {
		p.Filter.Draw(bar, p.Width, fmt.Sprintf("%d of %s", len(p.listed(plan)), draw.Counted(len(shown(plan)), "date")))
	})
}

func (p *Page) head(c *draw.Canvas, plan forecast.Plan) {
	role := theme.Busy
	switch {
	case plan.State == forecast.PlanPaused, plan.State == forecast.PlanReview:
		role = theme.Gate
	case plan.State == forecast.PlanEnded && plan.Outcome == forecast.OutcomeSucceeded:
		role = theme.Good
	case plan.State == forecast.PlanEnded:
		role = theme.Bad
	}
	c.Put(role, " "+string(plan.State))
	if plan.Outcome != "" {
		c.Put(role, " "+string(plan.Outcome))
	}
	c.Put(theme.Faint, fmt.Sprintf("  asked for by %s at %s", plan.Request.Actor, p.env.Clock(plan.Created)))
	if plan.Driver != "" {
		c.Put(theme.Faint, "  driven by "+plan.Driver)
	}
	c.End()
	c.Skip(1)
	hint := p.hint(plan)
	switch {
	case plan.State == forecast.PlanReview:
		c.Put(theme.Accent, hint)
	case plan.Reason != "" && hint != "":
		c.Put(role, plan.Reason+"   ")
		c.Put(theme.Accent, hint)
	case plan.Reason != "":
		c.Put(role, plan.Reason)
	case hint != "":
		c.Put(theme.Accent, hint)
	default:
		c.Put(theme.Faint, fmt.Sprintf("at most %s at once, pauses at %s", draw.Counted(plan.MaxActive, "date"), draw.Counted(plan.MaxFailures, "failed date")))
	}
	c.End()
	p.bar(c, plan)
	c.Skip(2)
	c.Cell(theme.Faint, "date", 15)
	c.Cell(theme.Faint, "state", 12)
	for _, head := range p.stepHeads() {
		c.Cell(theme.Faint, head, 4)
	}
	c.Right(theme.Faint, "took", 7)
	c.Put(theme.Faint, "  why")
	c.End()
}

func (p *Page) stepHeads() []string {
	if p.Width < 80 {
		return nil
	}
	return page.Heads(p.env.Pipeline.Steps)
}

// bar draws how many of the dates to run have ended, and how.
func (p *Page) bar(c *draw.Canvas, plan forecast.Plan) {
	total := len(plan.Rows) - count(plan, forecast.RowSkipped)
	good := count(plan, forecast.RowSucceeded)
	waiting := count(plan, forecast.RowWaiting)
	bad := count(plan, forecast.RowFailed, forecast.RowGated, forecast.RowStopped, forecast.RowDrifted, forecast.RowCancelled)
	busy := count(plan, forecast.RowRunning, forecast.RowJoined)
	width := layout.Clamp(p.Width/3, 10, 60)
	cells := func(n int) int { return n * width / max(1, total) }
	c.Put(theme.Plain, " [")
	left := p.Width - c.Left()
	c.Repeat(theme.Good, p.env.Theme.Compute, cells(good))
	c.Repeat(theme.Bad, "x", cells(good+bad)-cells(good))
	c.Repeat(theme.Unsure, "w", cells(good+bad+waiting)-cells(good+bad))
	c.Repeat(theme.Busy, p.env.Theme.Startup, cells(good+bad+waiting+busy)-cells(good+bad+waiting))
	c.To(left + width)
	c.Put(theme.Plain, fmt.Sprintf("] %d of %d ended", good+bad+waiting, total))
	if remains := remaining(plan, p.days, p.env.Now); remains > 0 {
		c.Put(theme.Plain, "  ~"+draw.Took(remains)+" left")
	}
	for _, part := range []struct {
		n    int
		role theme.Role
		word string
	}{
		{good, theme.Good, "succeeded"},
		{bad, theme.Bad, "not succeeded"},
		{waiting, theme.Unsure, forecast.RowWaiting.Word()},
		{busy, theme.Busy, "running"},
		{count(plan, forecast.RowStaged), theme.Busy, "staged"},
		{count(plan, forecast.RowRolledBack), theme.Halted, forecast.RowRolledBack.Word()},
		{count(plan, forecast.RowQueued), theme.Faint, "queued"},
		{count(plan, forecast.RowBlocked), theme.Unsure, "blocked"},
		{count(plan, forecast.RowSkipped), theme.Faint, "skipped"},
	} {
		if part.n > 0 {
			c.Put(part.role, fmt.Sprintf("  %d %s", part.n, part.word))
		}
	}
	c.End()
}

func (p *Page) rows(c *draw.Canvas, plan forecast.Plan) {
	rows := p.listed(plan)
	at := max(0, slices.IndexFunc(rows, func(r forecast.PlanRow) bool { return r.Date == p.cursor }))
	p.top = layout.Scroll(p.top, at, len(rows), p.body())
	for i, row := range rows[p.top:min(len(rows), p.top+p.body())] {
		p.Spot(c, page.Item{At: p.top + i})
		p.row(c, row)
	}
	if len(rows) == 0 {
		c.Put(theme.Faint, "  no date of the plan has these words (esc shows all)")
		c.End()
	}
	foot := p.foot()
	if p.Filter.Shown() {
		foot++
	}
	c.Fill(p.Height - foot)
	if p.foot() > 0 && at < len(rows) {
		p.reason(c, plan, rows[at])
	}
}

// reason draws in full what a row may have no room for.
func (p *Page) reason(c *draw.Canvas, plan forecast.Plan, row forecast.PlanRow) {
	c.Repeat(theme.Faint, p.env.Theme.Rule, p.Width)
	c.End()
	date := " " + page.Weekday(row.Date) + "  "
	c.Put(theme.Strong, date)
	lines := draw.Wrap(why(row)+waits(plan, row), p.Width-draw.Width(date)-1)
	if len(lines) > whyLines {
		lines = append(lines[:whyLines-1], strings.Join(lines[whyLines-1:], " ")) // which is cut
	}
	for i, line := range lines {
		if i > 0 {
			c.End()
			c.Skip(draw.Width(date))
		}
		c.Put(theme.Plain, line)
	}
	c.End()
}

// waits says what a date waits for that is to run; empty for all others.
func waits(plan forecast.Plan, row forecast.PlanRow) string {
	busy := count(plan, forecast.RowRunning, forecast.RowJoined)
	switch {
	case row.State != forecast.RowQueued || plan.State != forecast.PlanActive:
		return ""
	case plan.Driver == "":
		return "; waits for a process that carries the plan out: a screen, or daybatch serve"
	case busy >= plan.MaxActive:
		return fmt.Sprintf("; waits until fewer than %d dates of the plan run", plan.MaxActive)
	default:
		return "; is being started by " + plan.Driver
	}
}

// why says what came of a date, or why it is in the plan: that is how it was before
// it runs.
func why(row forecast.PlanRow) string {
	if row.Outcome == "" && row.State == forecast.RowRunning && row.Reason != "" {
		return "before: " + row.Reason
	}
	return cmp.Or(row.Outcome, row.Reason)
}

func (p *Page) row(c *draw.Canvas, row forecast.PlanRow) {
	c.Pointer(row.Date == p.cursor)
	c.Skip(1)
	c.Cell(theme.Plain, page.Weekday(row.Date), 15)
	c.Mark(p.env.Theme.Row(row.State, p.env.Frame))
	c.Skip(1)
	c.Cell(theme.Plain, string(row.State), 10)
	c.Deselect()
	day := p.days[row.Date]
	old := behind(row, day)
	end := p.Width - c.Left() + 4*len(p.stepHeads())
	if mine(row, day) && len(p.stepHeads()) > 0 {
		for _, step := range page.InOrder(p.env.Pipeline.Steps, day.Steps) {
			if old && step.Status.Open() { // it has ended, and how is not known yet
				c.Skip(4)
				continue
			}
			c.Skip(1)
			c.Mark(p.env.Theme.Step(step.Status, p.env.Frame))
			c.Skip(2)
		}
	}
	c.To(end)
	took := ""
	if mine(row, day) && !old {
		took = draw.Took(day.Last.Took(p.env.Now))
	} else if row.Estimate > 0 && row.State.Open() {
		took = "~" + draw.Took(row.Estimate)
	}
	c.Right(theme.Faint, took, 7)
	c.Skip(2)
	c.Put(theme.Faint, draw.First(why(row)))
	c.End()
}
