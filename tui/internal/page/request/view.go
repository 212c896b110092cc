package request

import (
	"fmt"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

const (
	nameWidth = 12
	sameAs    = " same as  "
)

// View draws the form, the plan and what enter does.
func (p *Page) View() string {
	c := p.Canvas(p.env.Theme, p.Width)
	if p.opens != "" {
		p.opening(c)
		return c.String()
	}
	p.title(c)
	p.form(c)
	p.rule(c)
	below := p.below()
	room := max(1, p.Height-c.Lines()-below)
	p.drawPlan(c, room)
	p.foot(c)
	lines := strings.Split(c.String(), "\n")
	return strings.Join(lines[:min(len(lines), max(1, p.Height))], "\n")
}

func (p *Page) drawField(c *draw.Canvas, at int) {
	field := p.fields[at]
	focused := at == p.at
	role := theme.Faint
	p.Spot(c, page.Item{List: at, At: asked})
	c.Skip(1)
	if focused {
		role = theme.Accent
		c.Put(theme.Accent, p.env.Theme.Cursor)
	} else {
		c.Skip(1)
	}
	c.Cell(role, field.name, nameWidth)
	if field.input != nil {
		left := p.Width - c.Left()
		cursor := field.input.Render(c, theme.Strong, 14)
		if focused {
			p.x, p.y = left+cursor, c.Lines()
		}
		c.Put(theme.Faint, p.aside(field))
		c.End()
		return
	}
	if field.settled != "" {
		c.Put(theme.Plain, field.options[len(field.options)-1].label)
		c.Put(theme.Faint, "   "+field.settled)
		c.End()
		return
	}
	p.options(c, at)
	c.End()
}

// options draws those that fit, the chosen one among them, and that there are others. All
// are drawn, on further lines, while they have the focus.
func (p *Page) options(c *draw.Canvas, at int) {
	field := p.fields[at]
	more := p.env.Theme.Ellipsis
	sides := 2 * (draw.Width(more) + 1)
	first, all := 0, at == p.at
	if !all {
		first = firstOption(field, c.Left()-sides)
	}
	if first > 0 {
		c.Put(theme.Faint, more+" ")
	}
	for i := first; i < len(field.options); i++ {
		sign, look := "( ) ", theme.Faint
		if i == field.chosen {
			sign, look = "(o) ", theme.Plain
			if at == p.at {
				look = theme.Strong
			}
		}
		const telling = len("( ) all t") // what is shorter tells nothing
		switch {
		case all && i > 0 && c.Left() < draw.Width(sign+field.options[i].label):
			c.End()
			c.Skip(2 + nameWidth)
		case !all && i > first && c.Left() < telling:
			c.Put(theme.Faint, more)
			return
		}
		text, room := sign+field.options[i].label, c.Left()
		if i < len(field.options)-1 && !all {
			room -= 1 + draw.Width(more)
		}
		p.Spot(c, page.Item{List: at, At: i})
		c.Cell(look, text, min(draw.Width(text), room))
		p.SpotEnd(c)
		c.Skip(min(len("   "), max(0, c.Left()-draw.Width(more))))
	}
}

// firstOption returns the first option to draw, so that the chosen one fits.
func firstOption(field *field, width int) int {
	const around = len("(o) ") + 3
	first, cells := 0, 0
	for i, option := range field.options {
		if i > field.chosen {
			break
		}
		for cells += draw.Width(option.label) + around; cells > width && first < i; first++ {
			cells -= draw.Width(field.options[first].label) + around
		}
	}
	return first
}

// aside says what a typed date is: its weekday, and the date itself if it was
// written in short.
func (p *Page) aside(field *field) string {
	switch field.name {
	case "from", "to":
		date, err := p.env.ReadDate(strings.TrimSpace(field.answer()))
		switch {
		case err != nil:
			return ""
		case date.String() != strings.TrimSpace(field.answer()):
			return page.Weekday(date)
		default:
			return date.Weekday().String()
		}
	case "max active":
		return "dates at once"
	case "chunk":
		if p.env.Pipeline.Engine == "sagemaker" {
			return "dates that one job works through"
		}
		return "dates that one process works through"
	}
	return ""
}

// below returns how many lines lie under the plan.
func (p *Page) below() int {
	n := 1 + max(1, len(p.command()))
	if p.Height >= low {
		n++
	}
	if p.guarded() {
		n++
	}
	return n
}

// command returns the lines of the command that does the same, as a shell takes
// them. On a low screen it is one line, which may be cut: the plan matters more.
func (p *Page) command() []string {
	if p.wrong != nil {
		return nil
	}
	command := p.env.Shell(p.Equivalent())
	room := p.Width - draw.Width(sameAs) - len(` \`)
	if p.Height < low || draw.Width(command) <= room+len(` \`) {
		return []string{command}
	}
	lines := draw.Wrap(command, room)
	for i := range lines[:len(lines)-1] {
		lines[i] += ` \`
	}
	return lines
}

// drawPlan draws the plan in room lines.
func (p *Page) drawPlan(c *draw.Canvas, room int) {
	end := c.Lines() + room
	switch {
	case p.wrong != nil:
		p.note(c, theme.Bad, p.wrong.Error())
	case p.failed != nil:
		p.note(c, theme.Bad, p.failed.Text())
		p.note(c, theme.Faint, "change the form to try again, or "+p.key(keys.Back))
	case !p.planned:
		c.Skip(1)
		c.Mark(p.env.Theme.Spinner(p.env.Frame))
		c.Put(theme.Faint, " making the plan")
		c.End()
	default:
		p.rows(c, room)
	}
	c.Fill(end)
}

func (p *Page) note(c *draw.Canvas, role theme.Role, text string) {
	for _, line := range draw.Wrap(text, p.Width-2) {
		c.Skip(1)
		c.Put(role, line)
		c.End()
	}
}

// rows draws how many dates get which action, and then each of them.
func (p *Page) rows(c *draw.Canvas, room int) {
	c.Skip(1)
	for _, action := range []forecast.Action{forecast.ActionRun, forecast.ActionJoin, forecast.ActionSkip, forecast.ActionBlock} {
		role := theme.Strong
		if p.plan.Count(action) == 0 {
			role = theme.Faint
		}
		c.Put(role, fmt.Sprintf("%s %d   ", action, p.plan.Count(action)))
	}
	first := c.Lines()
	p.expect(c)
	room -= c.Lines() - first - 1
	room -= p.warn(c)
	lines := p.list(1)
	if len(lines) < room-1 { // then there may be room for all that a reason says
		if wrapped := p.list(room); len(wrapped) <= room-1 {
			lines = wrapped
		}
	}
	p.overflow = max(0, len(lines)-(room-1))
	p.scroll = layout.Clamp(p.scroll, 0, p.overflow)
	p.listed = max(1, room-2) // the last may say that there are more
	shown := lines[p.scroll:min(len(lines), p.scroll+max(1, room-1))]
	if p.overflow > 0 && p.scroll < p.overflow && len(shown) > 1 {
		more := draw.New(p.env.Theme, p.Width)
		more.Put(theme.Faint, fmt.Sprintf("  %d further lines (pgdn)", len(lines)-p.scroll-len(shown)+1))
		shown = append(slices.Clone(shown[:len(shown)-1]), more.String())
	}
	c.Append(shown)
}

// list draws each date, with so many lines of its reason at most.
func (p *Page) list(most int) []string {
	c := draw.New(p.env.Theme, p.Width)
	for _, row := range p.plan.Rows {
		if row.Action != forecast.ActionSkip {
			p.row(c, row, most)
		}
	}
	p.skipped(c)
	return strings.Split(c.String(), "\n")
}

// warn says what readers will see otherwise, and what can't run now; it returns
// how many lines that took.
func (p *Page) warn(c *draw.Canvas) (lines int) {
	const room = 4 // lines that the rows need
	if p.Height < 2*room {
		return 0
	}
	replaced, staged := 0, p.plan.Request.Publish == forecast.PublishStaged
	for _, row := range p.plan.Rows {
		if row.Action == forecast.ActionRun && row.ExpectedGeneration != "" {
			replaced++
		}
	}
	say := func(text string) {
		if p.Height < low && lines > 0 { // one is worth a row, and what is blocked has rows
			return
		}
		c.Put(theme.Gate, " ! ")
		c.Put(theme.Plain, text)
		c.End()
		lines++
	}
	if more := p.between(); more > 0 {
		say(isOrAre(more) + " in the range not marked; R on the days plans the marked alone")
	}
	switch {
	case replaced > 0 && staged:
		say("replaces what readers see of " + draw.Counted(replaced, "date") + ", once you publish it")
	case replaced > 0:
		say("replaces what readers see of " + draw.Counted(replaced, "date") + "; U on a partition goes back")
	}
	if blocked := p.plan.Count(forecast.ActionBlock); blocked > 0 {
		say(draw.Counted(blocked, "date") + " can't run now, and will be looked at again until the plan ends")
	}
	return lines
}

// between returns how many dates of the range were not marked, although it was made of
// dates that were.
func (p *Page) between() int {
	if len(p.marked) == 0 {
		return 0
	}
	span := p.request.Range
	inside := 0
	for _, date := range p.marked {
		if date >= span.From && date <= span.To {
			inside++
		}
	}
	return span.Len() - inside
}

func (p *Page) row(c *draw.Canvas, row forecast.PlanRow, most int) {
	const before, after, all, widest = 1 + 6 + 16, 9, 100, 120 // a line beyond it has no end in sight
	width := min(p.Width-before-after, widest)
	role := theme.Busy
	if row.Action == forecast.ActionBlock {
		role, most = theme.Unsure, all // why it can't run is what is looked for; the list scrolls
	}
	c.Skip(1)
	c.Cell(role, string(row.Action), 6)
	c.Cell(theme.Plain, page.Weekday(row.Date), 16)
	words := row.Reason
	if row.StartStep != "" && len(row.Reused) > 0 {
		words += fmt.Sprintf("; starts at %s, reuses %s", row.StartStep, draw.Counted(len(row.Reused), "step"))
	}
	estimate := ""
	if row.Estimate > 0 {
		estimate = draw.Took(row.Estimate)
	}
	first, more := words, []string(nil)
	if wrapped := draw.Wrap(words, width); most > 1 && len(wrapped) > 1 {
		first, more = wrapped[0], wrapped[1:min(len(wrapped), most)]
	}
	c.Cell(theme.Plain, first, max(0, width))
	c.Right(theme.Faint, estimate, after-1)
	c.End()
	for _, line := range more {
		c.Skip(before)
		c.Put(theme.Plain, line)
		c.End()
	}
}

// skipped draws the dates that need nothing, by their reason.
func (p *Page) skipped(c *draw.Canvas) {
	groups := make(map[string][]string)
	var reasons []string
	for _, row := range p.plan.Rows {
		if row.Action != forecast.ActionSkip {
			continue
		}
		if groups[row.Reason] == nil {
			reasons = append(reasons, row.Reason)
		}
		groups[row.Reason] = append(groups[row.Reason], row.Date.String()[5:])
	}
	for _, reason := range reasons {
		dates := groups[reason]
		text := fmt.Sprintf("%s: %s  (%s)", draw.Counted(len(dates), "date"), reason, strings.Join(dates, " "))
		for i, line := range draw.Wrap(text, p.Width-8) {
			action := ""
			if i == 0 {
				action = string(forecast.ActionSkip)
			}
			c.Skip(1)
			c.Cell(theme.Faint, action, 6)
			c.Put(theme.Faint, line)
			c.End()
		}
	}
}

// foot says what enter does, and which command does the same.
func (p *Page) foot(c *draw.Canvas) {
	p.rule(c)
	lead := sameAs
	for _, line := range p.command() {
		c.Put(theme.Faint, lead)
		c.Put(theme.Plain, line)
		c.End()
		lead = strings.Repeat(" ", len(sameAs))
	}
	if p.wrong != nil {
		c.End()
	}
	if p.guarded() {
		p.prompt(c)
	}
	switch {
	case p.applying:
		c.Skip(1)
		c.Mark(p.env.Theme.Spinner(p.env.Frame))
		c.Put(theme.Plain, " starting the plan")
	case p.planned && p.idle():
		c.Put(theme.Gate, " nothing to do: this plan runs no date")
		c.Put(theme.Faint, "   "+p.key(keys.Back)+" goes back")
	case p.planned:
		c.Put(theme.Accent, " "+p.key(keys.Confirm))
		c.Put(theme.Plain, " starts "+draw.Counted(p.plan.Count(forecast.ActionRun), "date"))
		c.Put(theme.Faint, "   "+p.key(keys.Back)+" leaves everything as it is")
		key := p.env.Key(keys.FormName, p.Keys(), keys.Save) // another where a name is typed, or none
		save := "   " + key + " saves the plan"
		if key != "" && !p.saved && !p.env.ReadOnly && draw.Width(save) <= c.Left() {
			c.Put(theme.Faint, save)
		}
	default:
		c.Put(theme.Faint, " "+p.key(keys.Back)+" leaves everything as it is")
	}
	c.End()
}

func isOrAre(n int) string {
	if n == 1 {
		return "1 date is"
	}
	return draw.Counted(n, "date") + " are"
}
