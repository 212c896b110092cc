package page

import (
	"errors"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// Blank draws the body of a page that has nothing to show yet: a headline, the
// reason, and what to press.
func Blank(c *draw.Canvas, height int, headline, why, press string) {
	top := max(0, (height-5)/3)
	c.Fill(c.Lines() + top)
	c.Skip(3)
	c.Put(theme.Strong, headline)
	c.End()
	if why != "" {
		for _, line := range draw.Wrap(why, c.Left()-6) {
			c.Skip(3)
			c.Put(theme.Plain, line)
			c.End()
		}
	}
	c.End()
	for _, line := range hints(press, c.Left()-6) {
		c.Skip(3)
		c.Put(theme.Accent, line)
		c.End()
	}
}

// hints returns what to press as lines: what stands apart by three spaces stays
// whole, as long as it fits at all.
func hints(press string, width int) []string {
	const gap = "   "
	var lines []string
	line := ""
	for hint := range strings.SplitSeq(press, gap) {
		switch {
		case line == "":
			line = hint
		case draw.Width(line+gap+hint) <= width:
			line += gap + hint
		default:
			lines, line = append(lines, draw.Wrap(line, width)...), hint
		}
	}
	return append(lines, draw.Wrap(line, width)...)
}

// Remedy says what to do about a failed request.
func Remedy(failed *effects.Failed) string {
	switch err := failed.Err; {
	case failed.Again:
		return "it is tried again by itself   r tries now, esc goes back"
	case errors.Is(err, forecast.ErrLogin):
		return "I logs in again   r tries again"
	case errors.Is(err, forecast.ErrUnauthorised):
		return "somebody has to allow it; then r tries again"
	case errors.Is(err, forecast.ErrReadOnly):
		return "start daybatch without --read-only to change something"
	case errors.Is(err, forecast.ErrInvalid):
		return "correct what it says, then press r"
	default:
		return "r tries again, esc goes back"
	}
}
