package logview

import (
	"fmt"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// stepWidth returns the width of a step's name where several are shown.
func (v *View) stepWidth() int {
	if v.width < 90 {
		return len("PreProc")
	}
	return len("TrainEvaluation")
}

// Render draws the window, exactly as high as the view's size.
func (v *View) Render(c *draw.Canvas) {
	bottom := c.Lines() + v.height
	row, part := v.top, v.part
	if !v.paused {
		row, part = v.end()
	}
	for ; row < v.rows() && c.Lines() < bottom; row++ {
		v.row(c, row, part, bottom)
		part = 0
	}
	c.Fill(bottom)
}

// row draws the parts of a row from one on.
func (v *View) row(c *draw.Canvas, row, part, bottom int) {
	number := v.line(row)
	line := v.buffer.Line(number)
	width := v.width - v.gutter()
	from, offsets := skip(line.Text, v.shift), []int(nil)
	if v.wrap {
		from = 0
		offsets = breaks(line.Text, width, part+v.height)
	}
	spans := v.spans(line.Text, number)
	for i := 0; i <= len(offsets) && c.Lines() < bottom; i++ {
		to := len(line.Text)
		if i < len(offsets) {
			to = offsets[i]
		}
		if i >= part {
			v.head(c, line, i)
			v.text(c, line, piece{from, to}, spans)
			c.End()
		}
		from = to
	}
}

type piece struct{ from, to int }

// mark is a span in a role.
type mark struct {
	Span
	role theme.Role
}

func (v *View) spans(text string, number int) []mark {
	if v.search == nil {
		return nil
	}
	role := theme.Match
	if number == v.current {
		role = theme.Hit
	}
	var marks []mark
	for _, span := range v.search.Spans(text) {
		marks = append(marks, mark{span, role})
	}
	return marks
}

// text draws a piece of a line with its matches.
func (v *View) text(c *draw.Canvas, line Line, p piece, marks []mark) {
	role := roleOf(line.Level)
	at := p.from
	for _, m := range marks {
		from, to := max(m.From, at), min(m.To, p.to)
		if from >= to {
			continue
		}
		c.Put(role, line.Text[at:from])
		c.Put(m.role, line.Text[from:to])
		at = to
	}
	if at < p.to {
		c.Put(role, line.Text[at:p.to])
	}
}

func roleOf(level Level) theme.Role {
	switch level {
	case LevelError:
		return theme.Bad
	case LevelWarn:
		return theme.Gate
	case LevelDebug:
		return theme.Faint
	default:
		return theme.Plain
	}
}

// head draws what stands before a line: its time and, if there are several,
// its step. Further parts of a wrapped line are indented.
func (v *View) head(c *draw.Canvas, line Line, part int) {
	width := v.gutter()
	if width == 0 {
		return
	}
	start := v.width - c.Left()
	if part > 0 {
		c.To(start + width)
		return
	}
	if v.stamps != StampNone {
		c.Put(theme.Faint, v.stamp(line.At))
		c.Skip(1)
	}
	if v.severalSteps() {
		c.Cell(theme.Faint, string(line.Step), v.stepWidth())
		c.Skip(1)
	}
	c.To(start + width)
}

func (v *View) severalSteps() bool { return len(v.buffer.steps) > 1 }

// gutter returns the width of what stands before lines; on narrow screens
// nothing does.
func (v *View) gutter() int {
	const least = 50 // cells that the text keeps
	width := 0
	switch v.stamps {
	case StampTime:
		width = len("15:04:05.000 ")
	case StampFull:
		width = len("2006-01-02 15:04:05.000 ")
	case StampElapsed:
		width = len("+00:00:00.000 ")
	case StampNone, stampForms:
	}
	if v.severalSteps() {
		width += v.stepWidth() + 1
	}
	if v.width-width < least/2 {
		return 0
	}
	return width
}

func (v *View) stamp(at time.Time) string {
	zone := v.zone
	if zone == nil {
		zone = time.UTC
	}
	switch v.stamps {
	case StampFull:
		return at.In(zone).Format("2006-01-02 15:04:05.000")
	case StampElapsed:
		since := max(0, at.Sub(time.Unix(0, v.buffer.meta[0].at)))
		return fmt.Sprintf("+%02d:%02d:%06.3f", int(since.Hours()), int(since.Minutes())%60, (since % time.Minute).Seconds())
	default:
		return at.In(zone).Format("15:04:05.000")
	}
}

// Steps returns the steps that wrote lines, in the order they came.
func (v *View) Steps() []forecast.StepName { return v.buffer.steps }
