package day

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// Widths of the columns of steps.
const (
	stepWidth   = 17
	statusWidth = 14
	timeWidth   = 9
	labelWidth  = 11 // of what stands before the texts
)

// View draws the attempt shown.
func (p *Page) View() string {
	c := p.Canvas(p.env.Theme, p.Width)
	execution, ok := p.execution()
	switch {
	case ok:
		if p.failed != nil {
			p.env.Stale(c, p.failed, p.env.AsOf(p.at))
		}
		p.attempted(c, execution)
	case p.failed != nil:
		page.Blank(c, p.Height, "The attempts can't be read", p.failed.Err.Error(), page.Remedy(p.failed))
	case !p.read:
		page.Blank(c, p.Height, "Reading "+page.Weekday(p.date)+" ...", "", "esc goes back")
	default:
		p.untried(c)
	}
	return p.fitted(c)
}

// fitted cuts the page to its height.
func (p *Page) fitted(c *draw.Canvas) string {
	lines := strings.Split(c.String(), "\n")
	if len(lines) > p.Height {
		lines = lines[:max(0, p.Height)]
	}
	return strings.Join(lines, "\n")
}

func (p *Page) untried(c *draw.Canvas) {
	why := "Nobody has run this date."
	if day, ok := p.day(); ok && day.Reason.Text != "" {
		why = day.Reason.Text
	}
	if day, ok := p.day(); ok && !day.Fallback().IsZero() {
		why += "\nIts partition is a fallback: " + page.FallbackSource(day.Partition) + "."
	}
	press := "R runs it (shows a plan first)   B on the days backfills a range   esc goes back"
	if p.env.ReadOnly {
		press = "esc goes back"
	}
	page.Blank(c, p.Height, page.Weekday(p.date)+" has no attempt", why, press)
}

func (p *Page) attempted(c *draw.Canvas, execution forecast.Execution) {
	p.tabs(c, execution)
	p.steps(c, execution)
	texts := draw.New(p.env.Theme, p.Width)
	p.texts(texts, execution)
	lines := strings.Split(texts.String(), "\n")
	p.textAt = c.Lines()
	room := max(0, p.Height-c.Lines())
	over := len(lines) > room
	if over { // the last line says so
		room = max(0, room-1)
	}
	p.overflow = max(0, len(lines)-room)
	p.scroll = layout.Clamp(p.scroll, 0, p.overflow)
	c.Append(lines[p.scroll:min(len(lines), p.scroll+room)])
	if below := p.overflow - p.scroll; over && below > 0 {
		c.Put(theme.Accent, " "+draw.Counted(below, "further line")+" (pgdn)")
	} else if over {
		c.Put(theme.Accent, " "+draw.Counted(p.scroll, "line")+" above (pgup)")
	}
}

// roomy reports whether there is room for lines that only set things apart.
func (p *Page) roomy() bool { return p.Height > 18 }

// tabs draws the attempts, and who asked for the one shown.
func (p *Page) tabs(c *draw.Canvas, execution forecast.Execution) {
	c.Put(theme.Faint, " attempt ")
	attempts := p.attempts
	if len(attempts) == 0 { // not read yet
		attempts = []forecast.Execution{execution}
	}
	for i, attempt := range attempts {
		p.Spot(c, page.Item{List: attemptTabs, At: i})
		role, left, right := theme.Faint, " ", " "
		if attempt.Attempt == execution.Attempt {
			role, left, right = theme.Strong, "<", ">"
		}
		c.Put(role, left+strconv.Itoa(attempt.Attempt)+right)
	}
	p.SpotEnd(c)
	c.Skip(2)
	status := execution.Word()
	if !execution.UnknownSince.IsZero() {
		status += " since " + p.env.Clock(execution.UnknownSince)
	}
	c.Put(roleOf(execution), status)
	c.Put(theme.Plain, "  "+draw.Took(execution.Took(p.env.Now)))
	c.Put(theme.Faint, "  started "+p.env.Clock(execution.Started))
	c.Put(theme.Faint, "  by "+asked(execution))
	c.End()
	if p.roomy() {
		c.End()
	}
}

// asked says who asked for an attempt and why. The scheduler's name is its cause
// too, and is said once.
func asked(execution forecast.Execution) string {
	switch cause := string(execution.Cause); execution.Actor {
	case cause, "":
		return cause
	default:
		return execution.Actor + " (" + cause + ")"
	}
}

func roleOf(execution forecast.Execution) theme.Role {
	switch {
	case !execution.UnknownSince.IsZero():
		return theme.Unsure
	case execution.Word() == string(forecast.DayGated):
		return theme.Gate
	case execution.Word() == string(forecast.DayWaiting):
		return theme.Unsure
	case execution.Status == forecast.Failed:
		return theme.Bad
	case execution.Status == forecast.Succeeded:
		return theme.Good
	case execution.Status == forecast.Executing:
		return theme.Busy
	default:
		return theme.Halted
	}
}

// axis is the time that a chart shows.
type axis struct {
	from  time.Time
	total time.Duration
	width int
}

// axisOf spans the steps that ran in this attempt, from when the first was ready; of
// one that was retried much later those of its last stretch.
func (p *Page) axisOf(execution forecast.Execution) axis {
	from, to := execution.Started, execution.Ended
	if from.IsZero() {
		from = execution.Created
	}
	for _, step := range execution.Steps {
		if step.Status != forecast.StepReused && !step.Created.IsZero() && step.Created.Before(from) {
			from = step.Created
		}
	}
	if to.IsZero() {
		to = p.env.Now
	}
	if execution.Idle > 0 { // as long as it took, to its end: a retry days later would leave no room for the steps
		from = to.Add(-execution.Took(p.env.Now))
	}
	used := 1 + stepWidth + statusWidth + 2*timeWidth + 2
	return axis{from: from, total: max(time.Millisecond, to.Sub(from)), width: max(0, p.Width-used-1)}
}

func (p *Page) steps(c *draw.Canvas, execution forecast.Execution) {
	axis := p.axisOf(execution)
	if axis.width < 10 {
		axis.width = 0
	}
	c.Skip(1)
	c.Cell(theme.Faint, "step", stepWidth)
	c.Cell(theme.Faint, "status", statusWidth)
	p.times(c, theme.Faint, "start-up", "compute")
	c.Skip(2)
	p.scale(c, axis)
	c.End()
	for i, step := range execution.Steps {
		p.Spot(c, page.Item{List: stepRows, At: i})
		p.stepRow(c, step, axis)
	}
	if p.roomy() {
		c.End()
	}
}

// times draws how long a step waited and worked, as far as there is a whole column for
// it: what it worked comes first.
func (*Page) times(c *draw.Canvas, role theme.Role, waited, worked string) {
	if c.Left() >= 2*timeWidth {
		c.Right(theme.Faint, waited, timeWidth)
	}
	if c.Left() >= timeWidth {
		c.Right(role, worked, timeWidth)
	}
}

// scale draws the times of the axis.
func (p *Page) scale(c *draw.Canvas, axis axis) {
	if axis.width == 0 {
		return
	}
	left := p.Width - c.Left()
	const label = 6
	for _, tick := range layout.Ticks(axis.total, axis.width, label) {
		at := int(float64(tick) / float64(axis.total) * float64(axis.width))
		if at+len(draw.Took(tick)) > axis.width {
			break
		}
		c.To(left + at)
		text := draw.Took(tick)
		if tick == 0 {
			text = "0"
		}
		c.Put(theme.Faint, text)
	}
}

func (p *Page) stepRow(c *draw.Canvas, step forecast.Step, axis axis) {
	c.Pointer(step.Name == p.step)
	c.Cell(theme.Plain, string(step.Name), stepWidth)
	c.Mark(p.env.Theme.Step(step.Status, p.env.Frame))
	c.Skip(1)
	c.Cell(theme.Plain, string(step.Status), statusWidth-2)
	c.Deselect()
	compute := ""
	if took := step.Took(p.env.Now); took > 0 && step.Status != forecast.StepReused {
		compute = draw.Took(took)
	}
	p.times(c, theme.Plain, p.startUp(step), compute)
	c.Skip(2)
	p.chart(c, step, axis)
	if step.Tries > 1 {
		c.Put(theme.Gate, fmt.Sprintf(" %d tries", step.Tries))
	}
	c.End()
}

// startUp is how long a step waited for its process.
func (p *Page) startUp(step forecast.Step) string {
	switch {
	case step.Created.IsZero() || step.Status == forecast.StepReused:
		return ""
	case !step.Started.IsZero():
		return draw.Took(step.Started.Sub(step.Created))
	case step.Status == forecast.StepStarting:
		return draw.Took(p.env.Now.Sub(step.Created))
	default:
		return ""
	}
}

// chart draws a step's start-up and compute time on the axis.
func (p *Page) chart(c *draw.Canvas, step forecast.Step, axis axis) {
	if axis.width == 0 || step.Created.IsZero() {
		return
	}
	if step.Status == forecast.StepReused {
		c.Put(theme.Faint, "taken over from "+string(step.ReusedFrom))
		return
	}
	left := p.Width - c.Left()
	started, ended := step.Started, step.Ended
	if ended.IsZero() {
		ended = p.env.Now
	}
	if started.IsZero() {
		started = ended
	}
	if !step.Status.Open() && step.Started.IsZero() {
		return
	}
	if ended.Before(axis.from) {
		c.Put(theme.Faint, "before the retry")
		return
	}
	waiting := layout.Place(step.Created.Sub(axis.from), started.Sub(axis.from), axis.total, axis.width)
	running := layout.Place(started.Sub(axis.from), ended.Sub(axis.from), axis.total, axis.width)
	if waiting.Cells > 0 && waiting.At < running.At {
		c.To(left + waiting.At)
		c.Repeat(theme.Faint, p.env.Theme.Startup, min(waiting.Cells, running.At-waiting.At))
	}
	c.To(left + running.At)
	c.Repeat(barRole(step.Status), p.env.Theme.Compute, running.Cells)
}

func barRole(status forecast.StepStatus) theme.Role {
	switch status {
	case forecast.StepFailed:
		return theme.Bad
	case forecast.StepStopped, forecast.StepStopping:
		return theme.Halted
	case forecast.StepSucceeded:
		return theme.Good
	default:
		return theme.Busy
	}
}
