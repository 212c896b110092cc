package metrics

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
	"github.com/daybatch/daybatch/tui/internal/widget/lineplot"
)

const (
	tableWidth = 71  // of the measures, where the history is beside them
	broadest   = 120 // from here on it is
	lowest     = 4   // lines of the history
	tallest    = 12
	month      = 28 // days of it are shown at least, where there is room
)

// beside reports whether there is room for the history beside the measures.
func (p *Page) beside() bool { return p.Width >= broadest && !p.compact() && !p.alone() }

// chartLines returns how many lines the history of a measure takes, its title among
// them; 0: there is none to show.
func (p *Page) chartLines() int {
	const low, usual, high = 7, 9, 45
	switch points := p.points(); {
	case len(points) < 2:
		return 0
	case p.compact():
		return lowest
	case p.alone():
		return layout.Clamp(p.Height-1-len(p.shown())-p.checkLines(), low, tallest)
	case p.Height >= high:
		return tallest
	case p.beside():
		return layout.Clamp(1+len(p.shown()), usual, tallest)
	case p.low():
		return layout.Clamp(p.Height/3, low, usual)
	default:
		return usual
	}
}

// charted returns the measure whose history is shown: the one that was chosen, else
// wape, else the first that there is.
func (p *Page) charted() string {
	names := p.all()
	for _, name := range []string{p.env.Choice(page.Metrics, "history"), "wape"} {
		if slices.Contains(names, name) {
			return name
		}
	}
	if len(names) > 0 {
		return names[0]
	}
	return "wape"
}

// chartNext shows the history of the next measure.
func (p *Page) chartNext() tea.Cmd {
	names := p.all()
	if len(names) == 0 {
		return nil
	}
	return page.Keep(page.Metrics, "history", names[(slices.Index(names, p.charted())+1)%len(names)])
}

// points returns the dates from the first with a value on, oldest first.
func (p *Page) points() []lineplot.Point {
	name := p.charted()
	oldest := len(p.days)
	for oldest > 0 && p.days[oldest-1].Date != p.date && !has(p.days[oldest-1], name) {
		oldest--
	}
	points := make([]lineplot.Point, 0, oldest)
	for _, day := range slices.Backward(p.days[:oldest]) {
		point := lineplot.Point{Date: day.Date, Value: math.NaN(), Why: p.env.Theme.Day(day.State, p.env.Frame)}
		if value, ok := p.measured(day)[name]; ok {
			point.Value = value
		}
		points = append(points, point)
	}
	return points
}

// measured returns the measures of a day: of the date itself those of the attempt that is
// shown, which need not be the last.
func (p *Page) measured(day forecast.Day) forecast.Measures {
	if day.Date == p.date && p.evaluated {
		return p.evaluation.Measures
	}
	return day.Metrics
}

func has(day forecast.Day, name string) bool {
	_, ok := day.Metrics[name]
	return ok
}

// history draws a measure with a column for each date, so that no bad day is averaged
// away, against the limit of the gate and what the date is compared with. Dates without
// a value are gaps.
func (p *Page) history(c *draw.Canvas, height int) {
	points := p.points()
	if len(points) < 2 || height < lowest {
		return
	}
	name := p.charted()
	plot := lineplot.Plot{
		Points: points, Limit: math.NaN(), Baseline: math.NaN(), Name: shortName(name), Versus: shortBaseline(p.evaluation.Versus),
		Format: func(value float64) string { return number(name, value) },
	}
	if limit, ok := p.limit(name); ok {
		plot.Limit = limit
	}
	if base, ok := p.evaluation.Baseline[name]; ok && p.evaluated {
		plot.Baseline = base
	}
	if height > lowest {
		height--
		plot.Points = points[max(0, len(points)-max(month, plot.Fit(c.Left()))):]
		p.title(c, plot)
	}
	plot.Draw(c, p.env.Theme, c.Left(), height)
}

// title says what the plot shows, and how many of its dates are over the gate.
func (p *Page) title(c *draw.Canvas, plot lineplot.Plot) {
	valued, over := 0, 0
	shown := plot.Points[max(0, len(plot.Points)-plot.Fit(c.Left())):]
	for _, point := range shown {
		if !math.IsNaN(point.Value) {
			valued++
		}
		if point.Value > plot.Limit {
			over++
		}
	}
	c.Skip(1)
	c.Put(theme.Strong, p.charted())
	c.Put(theme.Faint, fmt.Sprintf("  %d of %s", valued, draw.Counted(len(shown), "date")))
	if over > 0 {
		c.Put(theme.Gate, fmt.Sprintf("  %d over the gate", over))
	}
	if c.Left() > len("   h other measures") && len(p.all()) > 1 {
		c.Put(theme.Faint, "   h other measures")
	}
	c.End()
}

// shortName is a measure in the cells that the values of the plot have.
func shortName(name string) string {
	if level, ok := levelOf(name); ok {
		return fmt.Sprintf("cov %d", level)
	}
	return name
}

func levelOf(name string) (level int, ok bool) {
	_, err := fmt.Sscanf(name, "coverage_%d", &level)
	return level, err == nil
}

// shortBaseline is the name of a baseline beside its value.
func shortBaseline(name string) string {
	if name == "seasonal_naive" {
		return "naive"
	}
	return cmp.Or(name, "baseline")
}

// toOver goes to the date before or after that the gate refused, or whose measure is
// over its limit.
func (p *Page) toOver(action keys.Action) tea.Cmd {
	by := calendar.Date(-1)
	where := "before"
	if action == keys.LastBad {
		by, where = 1, "after"
	}
	for date := p.date + by; date <= p.env.Pipeline.Newest; date += by {
		day, known := p.known(date)
		if !known {
			break
		}
		if p.over(day) {
			return p.show(date)
		}
	}
	return page.Say(theme.Faint, "no date "+where+" is over the gate, as far as was read")
}

// known returns a date as it was read here, or by the home page.
func (p *Page) known(date calendar.Date) (forecast.Day, bool) {
	if len(p.days) > 0 {
		if at := int(p.days[0].Date - date); at >= 0 && at < len(p.days) {
			return p.days[at], true
		}
	}
	if p.env.Known == nil {
		return forecast.Day{}, false
	}
	return p.env.Known(date)
}

// over reports whether the gate refused a date, or would by the measure that is shown.
func (p *Page) over(day forecast.Day) bool {
	name := p.charted()
	limit, limited := p.limit(name)
	return day.State == forecast.DayGated || limited && has(day, name) && day.Metrics[name] > limit
}
