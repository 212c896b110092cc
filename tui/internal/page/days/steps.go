package days

import (
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// steps draws the steps of a day, which stands in a row of that number.
func (p *Page) steps(c *draw.Canvas, columns layout.Days, day forecast.Day, at int) {
	end := p.Width - c.Left() + columns.Steps
	switch columns.Form {
	case layout.StepsHeaded:
		c.Skip(1)
		if len(day.Steps) == 0 {
			c.Cell(theme.Faint, p.waiting(day), columns.Steps-1)
			break
		}
		for i, name := range p.env.Pipeline.Steps {
			p.Spot(c, page.Item{List: i + 1, At: at})
			c.Skip(1)
			p.stepCell(c, &day, i, name)
			c.Skip(2)
		}
	case layout.StepsNarrow:
		for i, name := range p.env.Pipeline.Steps {
			p.Spot(c, page.Item{List: i + 1, At: at})
			p.stepCell(c, &day, i, name)
		}
	case layout.StepsFailed:
		if step, ok := day.FailedStep(); ok {
			c.Cell(theme.Plain, string(step.Name), columns.Steps)
		}
	case layout.StepsHidden:
		return
	}
	p.Spot(c, page.Item{At: at})
	c.To(end)
}

// stepCell draws the mark of a step of the pipeline, or nothing where the day's
// attempt, of an older definition, has no such step.
func (p *Page) stepCell(c *draw.Canvas, day *forecast.Day, at int, name forecast.StepName) {
	if step, ok := stepOf(day, at, name); ok {
		c.Mark(p.stepMark(day.State, step.Status))
	} else {
		c.Skip(1)
	}
}

// stepMark returns the mark of a step. Nobody is known to run an open step of a
// day that is Unknown, so it does not spin.
func (p *Page) stepMark(day forecast.DayState, step forecast.StepStatus) theme.Mark {
	if day == forecast.DayUnknown && step != forecast.StepWaiting && step.Open() {
		return p.env.Theme.Day(forecast.DayUnknown, p.env.Frame)
	}
	return p.env.Theme.Step(step, p.env.Frame)
}
