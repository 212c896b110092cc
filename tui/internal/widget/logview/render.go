package logview

import (
	"fmt"
	"strings"
	"time"

	"github.com/daybatch/daybatch/forecast"

	"github.com/daybatch/daybatch/forecast/loglevel"
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
	from, to := v.span()
	at := -1
	if v.marked() {
		at = v.cursor()
	}
	for ; row < v.rows() && c.Lines() < bottom; row++ {
		sign := unmarked
		switch {
		case v.line(row) == at:
			sign = atCursor
		case row >= from && row < to:
			sign = inRange
		}
		v.row(c, row, part, rowFrame{bottom, sign})
		part = 0
	}
	c.Fill(bottom)
}

// rowSign says what is marked of a row.
type rowSign int

const (
	unmarked rowSign = iota
	atCursor
	inRange
)

// rowFrame is the room of a row, which ends at the line bottom, and its mark.
type rowFrame struct {
	bottom int
	sign   rowSign
}

// row draws the parts of a row from one on.
func (v *View) row(c *draw.Canvas, row, part int, frame rowFrame) {
	number := v.line(row)
	line := v.buffer.Line(number)
	shown := v.layout(number)
	line.Text = shown.text
	marks := v.marks(shown, number)
	end := len(shown.text)
	wraps := v.wraps(number)
	if !wraps && shown.own < end {
		end = shown.own
	}
	for i := part; i <= len(shown.rows) && c.Lines() < frame.bottom; i++ {
		p := piece{0, end}
		if i > 0 {
			p.from = shown.rows[i-1]
		}
		if i < len(shown.rows) {
			p.to = shown.rows[i]
		}
		v.head(c, line, i)
		v.mark(c, frame.sign, i == part)
		if !wraps {
			p.from += skip(line.Text[p.from:p.to], v.shift)
			v.clip(c, line, p, marks, shown.text[shown.own:])
		} else {
			if p.to > p.from && line.Text[p.to-1] == ' ' {
				p.to -= max(0, draw.Width(line.Text[p.from:p.to])-c.Left()) // beyond the width are blanks
			}
			v.text(c, line, p, marks)
		}
		c.End()
	}
}

// clip draws a piece of a line that is not wrapped, and behind it what the view
// adds, for which there is always room.
func (v *View) clip(c *draw.Canvas, line Line, p piece, marks []mark, added string) {
	if added == "" {
		v.text(c, line, p, marks)
		return
	}
	room := max(0, c.Left()-len(added))
	p.to = p.from + skip(line.Text[p.from:p.to], room)
	v.text(c, line, p, marks)
	c.Put(theme.Accent, added)
}

type piece struct{ from, to int }

// mark is a span in a role.
type mark struct {
	Span
	role theme.Role
}

// marks returns what is found in a line, and what the view adds to it.
func (v *View) marks(shown layout, number int) []mark {
	var marks []mark
	if v.search.matcher != nil {
		role := theme.Match
		if number == v.current {
			role = theme.Hit
		}
		for _, span := range v.search.matcher.Spans(shown.text[:shown.own]) {
			marks = append(marks, mark{span, role})
		}
	}
	if shown.own < len(shown.text) {
		marks = append(marks, mark{Span{shown.own, len(shown.text)}, theme.Accent})
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
		v.put(c, role, line.Text[at:from])
		v.put(c, m.role, line.Text[from:to])
		at = to
	}
	if at < p.to {
		v.put(c, role, line.Text[at:p.to])
	}
}

// put draws text without the line feed that ends a row of laid out JSON.
func (v *View) put(c *draw.Canvas, role theme.Role, text string) {
	c.Put(role, strings.TrimSuffix(text, "\n"))
}

func roleOf(level loglevel.Level) theme.Role {
	switch level {
	case loglevel.Error:
		return theme.Bad
	case loglevel.Warn:
		return theme.Gate
	case loglevel.Debug:
		return theme.Faint
	default:
		return theme.Plain
	}
}

// head draws what stands before a line: its time and, if there are several,
// its step. Further parts of a wrapped line are indented. The last cell is left to the
// mark of the line.
func (v *View) head(c *draw.Canvas, line Line, part int) {
	width := v.gutter()
	start := v.width - c.Left()
	if part == 0 && width > 1 {
		if v.stamps != StampNone {
			c.Put(theme.Faint, v.stamp(line.At))
		}
		step, process := v.nameWidths()
		for _, name := range []struct {
			text  string
			width int
		}{{string(line.Step), step}, {forecast.ProcessName(line.Stream), process}} {
			if name.width == 0 {
				continue
			}
			if v.width-c.Left() > start {
				c.Skip(1)
			}
			c.Cell(theme.Faint, name.text, name.width)
		}
	}
	c.To(start + width - 1)
}

// mark draws the cell before a text.
func (v *View) mark(c *draw.Canvas, sign rowSign, first bool) {
	switch {
	case sign == atCursor && first && c.Theme().Coloured(): // see draw.Canvas.Pointer
		c.Put(theme.Band, " ")
	case sign == atCursor && first:
		c.Put(theme.Accent, c.Theme().Cursor)
	case sign == inRange, sign == atCursor && v.anchor >= 0:
		c.Put(theme.Accent, c.Theme().Marked)
	default:
		c.Skip(1)
	}
}

// nameWidths returns the widths of the columns of steps and of processes; 0: there
// is none.
func (v *View) nameWidths() (step, process int) {
	const (
		short  = len("algo-10") + 1
		narrow = 80 // narrower screens keep their room for the text
	)
	if v.names == NamesNone {
		return 0, 0
	}
	several := v.severalSteps()
	if several {
		step = v.stepWidth()
	}
	switch {
	case v.names == NamesStreams && !several:
		process = 2 * short
	case v.names == NamesStreams, v.buffer.crowded && v.width >= narrow:
		process = short
	}
	return step, process
}

// severalSteps reports whether lines of more than one step came. A step's
// streams come together, so looking at few sources is enough.
func (v *View) severalSteps() bool {
	for _, source := range v.buffer.sources {
		if source.Step != v.buffer.sources[0].Step {
			return true
		}
	}
	return false
}

// gutter returns the width of what stands before lines; on narrow screens that is the
// mark alone.
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
	step, process := v.nameWidths()
	for _, name := range []int{step, process} {
		if name > 0 {
			width += name + 1
		}
	}
	if v.width-width < least/2 {
		return 1
	}
	return max(1, width)
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
		since := max(0, at.Sub(time.Unix(0, v.buffer.meta(0).at)))
		return fmt.Sprintf("+%02d:%02d:%06.3f", int(since.Hours()), int(since.Minutes())%60, (since % time.Minute).Seconds())
	default:
		return at.In(zone).Format("15:04:05.000")
	}
}
