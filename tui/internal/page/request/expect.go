package request

import (
	"fmt"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// low is a height below which the dates need the room of what is only good to know.
const low = 20

// expect ends the line of the counts with what the plan is expected to take, and
// compares the layouts below.
func (p *Page) expect(c *draw.Canvas) {
	words := p.estimate()
	if p.plan.Calls != "" {
		words += "   " + p.plan.Calls
	}
	if draw.Width(words) > c.Left() && p.Height >= low {
		c.End()
		c.Skip(1)
	}
	c.Put(theme.Faint, words)
	c.End()
	p.choices(c)
	if assumed := p.plan.Estimate.Assumed; assumed != "" && p.Height >= low && p.plan.Count(forecast.ActionRun) > 0 {
		p.note(c, theme.Faint, "assumed: "+assumed)
	}
}

// choices compares the layouts: the one of the form is marked.
func (p *Page) choices(c *draw.Canvas) {
	if p.Height < low { // the estimate says what the form's takes
		return
	}
	for _, choice := range p.plan.Choices {
		role, mark := theme.Faint, "  "
		if p.plan.Takes(choice) {
			role, mark = theme.Plain, p.env.Theme.Cursor+" "
		}
		starts := fmt.Sprintf("%d starts", choice.Starts)
		if choice.Starts == 1 {
			starts = "1 start"
		}
		c.Put(role, " "+mark)
		c.Cell(role, way(choice), 22)
		c.Right(role, starts, 10)
		c.Right(role, about(choice.Estimate)+draw.Took(choice.Wall), 14)
		if choice.Cost > 0 {
			c.Right(role, draw.Money(choice.Cost), 10)
		}
		if choice.Needs != "" && draw.Width(choice.Needs)+2 <= c.Left() {
			c.Put(theme.Faint, "  "+choice.Needs)
		}
		c.End()
	}
}

// way names a choice.
func way(choice forecast.Choice) string {
	name := ""
	if choice.Layout != "" {
		name = choice.Layout + ": "
	}
	switch {
	case choice.Chunk > 1:
		return name + fmt.Sprintf("%d dates a job", choice.Chunk)
	case choice.Machines > 1:
		return name + fmt.Sprintf("%d jobs a date", choice.Machines)
	default:
		return name + "a job a date"
	}
}

// about says how far an estimate can be trusted.
func about(e forecast.Estimate) string {
	if e.AtMost {
		return "up to "
	}
	return "about "
}

// estimate says what the plan is expected to take. Where the choices say it, it is
// not said twice.
func (p *Page) estimate() string {
	e, compared := p.plan.Estimate, len(p.plan.Choices) > 0 && p.Height >= low
	switch {
	case p.plan.Count(forecast.ActionRun) == 0:
		return "nothing to run"
	case e.Wall <= 0:
		return "time unknown: no good day yet"
	case compared && e.Days == 0:
		return "estimates: no good day yet"
	case compared:
		return "by the median of " + good(e.Days)
	}
	cost := ""
	if e.Hours > 0 {
		cost = fmt.Sprintf(", %.2g instance-hours", e.Hours)
	}
	if e.Cost > 0 {
		cost += ", " + draw.Money(e.Cost)
	}
	switch {
	case e.Days == 0:
		return "about " + draw.Took(e.Wall) + cost + " if assumed right: no good day yet"
	case e.AtMost && p.env.Pipeline.Engine == "sagemaker":
		return "up to about " + draw.Took(e.Wall) + " by " + good(e.Days) + ", which shared no job" + cost
	case e.AtMost:
		return "up to about " + draw.Took(e.Wall) + " by " + good(e.Days) + ", whose steps had a process each" + cost
	default:
		return "about " + draw.Took(e.Wall) + " by the median of " + good(e.Days) + cost
	}
}

func good(days int) string {
	if days == 1 {
		return "1 good day"
	}
	return fmt.Sprintf("%d good days", days)
}
