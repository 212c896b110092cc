package days

import (
	"fmt"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// cause says why the selected day is what it is.
func (p *Page) cause(c *draw.Canvas) {
	day, ok := p.selected()
	if !ok || p.causeLines() == 0 {
		return
	}
	lines := draw.Wrap(p.sentence(day), max(1, p.Width-2))
	shown := min(len(lines), p.causeLines())
	if len(lines) > shown {
		lines[shown-1] += " " + lines[shown] // too long: cut with an ellipsis
	}
	blank := p.causeLines() - shown
	if blank > 0 {
		c.Repeat(theme.Faint, p.env.Theme.Rule, p.Width)
		c.End()
		blank--
	}
	for i, line := range lines[:shown] {
		c.Skip(1)
		if date, rest, found := strings.Cut(line, string(day.State)); i == 0 && found {
			c.Put(theme.Strong, date)
			c.Put(page.StateRole(day.State), string(day.State))
			line = rest
		}
		c.Put(theme.Plain, line)
		c.End()
	}
	for range blank {
		c.End()
	}
}

func (p *Page) sentence(day forecast.Day) string {
	text := string(day.State)
	if p.across { // the row that has the date is not on screen
		text = day.Date.String() + " " + text
	}
	if cause := page.Cause(day); cause != "" {
		return text + "  " + strings.ReplaceAll(cause, "\n", "  ")
	}
	switch day.State {
	case forecast.DaySucceeded:
		if day.Partition.Generation == "" { // what it has published only another team knows
			return fmt.Sprintf("%s  attempt %d, asked for by %s, ended %s", text, day.Last.Attempt, day.Last.Actor, p.env.Clock(day.Last.Ended))
		}
		return fmt.Sprintf("%s  %s rows of %d series, generation %s, published %s", text, draw.Count(day.Partition.Rows),
			day.Partition.Series, day.Partition.Generation, p.env.Clock(day.Partition.Published))
	case forecast.DayRunning, forecast.DayStopping:
		if step := page.Telling(day.Steps); step != "" {
			return fmt.Sprintf("%s  %s, attempt %d, asked for by %s", text, step, day.Last.Attempt, day.Last.Actor)
		}
	case forecast.DayNotDue:
		if !day.Due.IsZero() {
			return text + "  due " + p.env.Clock(day.Due)
		}
	default:
	}
	return text
}
