package metrics

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// Widths of columns.
const (
	nameWidth   = 13
	numberWidth = 9
	seriesWidth = 26
	shareWidth  = 16
	modelWidth  = 15
)

// View draws the measures, their history and the series.
func (p *Page) View() string {
	c := p.Canvas(p.env.Theme, p.Width)
	switch {
	case p.realised.shown:
		p.realisedView(c)
	case p.evaluated:
		p.evaluatedView(c)
	case p.missing():
		p.none(c)
	case p.failed != nil:
		page.Blank(c, p.Height, "The evaluation can't be read", p.failed.Err.Error(), page.Remedy(p.failed))
	default:
		page.Blank(c, p.Height, "Reading the evaluation of "+page.Weekday(p.date)+" ...", "", "esc goes back")
	}
	if !p.evaluated || p.realised.shown {
		return p.Screen(c, nil)
	}
	return p.Screen(c, func(bar *draw.Canvas) {
		p.Filter.Draw(bar, p.Width, fmt.Sprintf("%d of %d series", len(p.rows), len(p.evaluation.Series)))
	})
}

// none says why there is no evaluation, and shows the history all the same.
func (p *Page) none(c *draw.Canvas) {
	why := "Nobody has run this date, so nothing was evaluated."
	if day, ok := p.day(); ok && day.Last.ID != "" {
		why = "The attempt did not get as far as its evaluation."
		if cause := page.Cause(day); cause != "" {
			why += "\n" + cause
		}
	}
	page.Blank(c, p.Height-6, page.Weekday(p.date)+" has no evaluation", why, "[ ] other dates   l log   R rerun   esc goes back")
	c.End()
	if height := layout.Clamp(p.Height-c.Lines(), 0, tallest); height >= lowest {
		p.history(c, height)
	}
}

func (p *Page) evaluatedView(c *draw.Canvas) {
	p.env.Stale(c, p.failed, p.env.AsOf(p.taken))
	if p.beside() {
		p.above(c)
		p.apart(c)
		p.checks(c)
	} else {
		p.measures(c)
		p.checks(c)
		p.history(c, p.chartLines())
	}
	if !p.alone() {
		p.seriesTable(c)
	}
}

// alone reports whether there are no series below: daybatch knows none of another team's.
func (p *Page) alone() bool { return p.env.Pipeline.Foreign != "" }

// above draws the measures, and their history beside them.
func (p *Page) above(c *draw.Canvas) {
	left, right := draw.New(p.env.Theme, tableWidth), draw.New(p.env.Theme, p.Width-tableWidth-1)
	p.measures(left)
	p.history(right, p.chartLines())
	c.Beside(strings.Split(left.String(), "\n"), strings.Split(right.String(), "\n"), tableWidth)
}

// known are the measures in the order they are shown; coverage follows.
func known() []string { return []string{"wape", "mase", "rmsse", "smape", "bias", "pinball", "msis"} }

// upper is the pane of measures.
func (p *Page) upper() page.Pane {
	all := len(p.all())
	usual := min(all, p.most())
	return page.Pane{Kind: page.Metrics, Name: "measures", Least: min(0, 1-usual), Most: all - usual}
}

// most is how many measures are shown at most, unless the pane was made larger.
func (p *Page) most() int {
	const few, some, most = 3, 5, 7
	switch {
	case p.alone():
		return max(few, p.Height/2)
	case p.compact():
		return few
	case p.low():
		return layout.Clamp(p.Height/4, some, most)
	default:
		return p.Height / 3
	}
}

// shown returns the measures that are shown, as many as fit.
func (p *Page) shown() []string {
	names := p.all()
	return names[:min(len(names), p.most()+p.env.Pane(p.upper()))]
}

// all returns the measures that the evaluation has.
func (p *Page) all() []string {
	var names []string
	for _, name := range known() {
		if _, ok := p.evaluation.Measures[name]; ok {
			names = append(names, name)
		}
	}
	for _, level := range p.env.Pipeline.Levels {
		if _, ok := p.evaluation.Measures[forecast.CoverageName(level)]; ok {
			names = append(names, forecast.CoverageName(level))
		}
	}
	if p.env.Pipeline.Foreign != "" { // it has measures of its own
		names = slices.Sorted(maps.Keys(p.evaluation.Measures))
	}
	return names
}

// nameWidth is what the names of measures take: those of another team may be long.
func (p *Page) nameWidth() int {
	const columns = 4
	longest := nameWidth
	for _, name := range p.shown() {
		longest = max(longest, draw.Width(name)+1)
	}
	return max(nameWidth, min(longest, p.Width-columns*numberWidth-nameWidth))
}

func (p *Page) measures(c *draw.Canvas) {
	baseline := p.evaluation.Versus
	if baseline == "" {
		baseline = "baseline"
	}
	c.Skip(1)
	c.Cell(theme.Faint, "measure", p.nameWidth())
	for _, head := range []string{"value", "7 d ago", "med 28d", "gate"} {
		c.Right(theme.Faint, head, numberWidth)
	}
	c.Skip(2)
	if draw.Width(baseline) > c.Left() {
		baseline = shortBaseline(baseline)
	}
	c.Put(theme.Faint, baseline)
	c.End()
	for _, name := range p.shown() {
		p.measure(c, name)
	}
	if !p.low() && !p.beside() {
		c.End()
	}
}

func (p *Page) measure(c *draw.Canvas, name string) {
	value := p.evaluation.Measures[name]
	gate, limited := p.limit(name)
	role := theme.Strong
	sign := ""
	if limited && value > gate {
		role, sign = theme.Gate, "!"
	}
	c.Skip(1)
	c.Ends(theme.Plain, strings.Replace(name, "_", " ", 1), p.nameWidth()-1)
	c.To(1 + p.nameWidth())
	c.Right(role, number(name, value), numberWidth)
	week := "-"
	if at := slices.IndexFunc(p.days, func(d forecast.Day) bool { return d.Date == p.date-7 }); at >= 0 {
		if v, ok := p.days[at].Metrics[name]; ok {
			week = number(name, v)
		}
	}
	c.Right(theme.Faint, week, numberWidth)
	median := "-"
	if v, ok := p.median(name); ok {
		median = number(name, v)
	}
	c.Right(theme.Faint, median, numberWidth)
	limit := "-"
	if limited {
		limit = number(name, gate) + sign
	}
	c.Right(role, limit, numberWidth)
	c.Skip(2)
	if base, ok := p.evaluation.Baseline[name]; ok {
		c.Put(theme.Plain, number(name, base))
		if compared := "  " + versus(name, value, base); draw.Width(compared) <= c.Left() {
			c.Put(theme.Faint, compared)
		}
	}
	c.End()
}

// limit returns the gate's limit of a measure.
func (p *Page) limit(name string) (limit float64, ok bool) {
	for _, check := range p.evaluation.Checks {
		if check.Name == name {
			return check.Limit, true
		}
	}
	switch name {
	case "wape":
		limit = p.env.Pipeline.Gate.WAPE
	case "mase":
		limit = p.env.Pipeline.Gate.MASE
	}
	return limit, limit > 0
}

// median returns the median of a measure over the 28 days before the date.
func (p *Page) median(name string) (value float64, ok bool) {
	var values []float64
	for _, day := range p.days {
		if v, had := day.Metrics[name]; had && day.Date < p.date && day.Date >= p.date-28 {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		return 0, false
	}
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2, true
}

func number(name string, value float64) string {
	if strings.HasPrefix(name, "coverage") {
		return fmt.Sprintf("%.0f %%", 100*value)
	}
	const wide = 1e12 // by its power of ten: it has no room
	if math.Abs(value) >= wide {
		return strconv.FormatFloat(value, 'g', 4, 64)
	}
	return strconv.FormatFloat(value, 'f', 3, 64)
}

// versus says how a value compares with the baseline's; smaller is better but
// for coverage and bias, which have no better.
func versus(name string, value, base float64) string {
	switch {
	case strings.HasPrefix(name, "coverage") || name == "bias" || base <= 0:
		return ""
	case value <= base:
		return fmt.Sprintf("%.0f %% better", 100*(1-value/base))
	default:
		return fmt.Sprintf("%.0f %% worse", 100*(value/base-1))
	}
}

// checks draws what the gate said, as it said it.
func (p *Page) checks(c *draw.Canvas) {
	for _, check := range p.evaluation.Checks {
		lines := draw.Wrap(check.Text, p.Width-14)
		if p.low() {
			lines = []string{check.Text} // as far as it fits: the day's page has it in full
		}
		for i, line := range lines {
			word := ""
			if i == 0 {
				word = string(check.Verdict)
			}
			c.Skip(1)
			c.Cell(verdictRole(check.Verdict), word, 11)
			c.Put(theme.Plain, line)
			c.End()
		}
	}
	input := len(p.evaluation.Input)
	for i, remark := range p.remarks() {
		word := "warning"
		if i < input {
			word = "input"
		}
		c.Skip(1)
		c.Cell(theme.Unsure, word, 11)
		c.Put(theme.Plain, remark)
		c.End()
	}
	p.apart(c)
}

// checkLines returns how many lines checks draws.
func (p *Page) checkLines() int {
	lines := len(p.evaluation.Checks) + len(p.remarks())
	if !p.low() {
		for _, check := range p.evaluation.Checks {
			lines += max(1, len(draw.Wrap(check.Text, p.Width-14))) - 1
		}
	}
	if !p.compact() {
		lines++
	}
	return lines
}

// remarks are how the data are unlike before, and warnings, as many as there is room
// for.
func (p *Page) remarks() []string {
	all := slices.Concat(p.evaluation.Input, p.evaluation.Warnings)
	return all[:min(2, len(all))]
}

// compact reports whether there is no room for lines that only set things apart.
func (p *Page) compact() bool { return p.Height < 18 }

// low reports whether there is room for one line of each thing only.
func (p *Page) low() bool { return p.Height < 34 }

// apart leaves a line empty, where there is room for that.
func (p *Page) apart(c *draw.Canvas) {
	if !p.compact() {
		c.End()
	}
}

// seriesRows returns how many series are shown.
func (p *Page) seriesRows() int {
	const heads, detail = 1, 3
	used := heads + p.checkLines()
	if p.beside() {
		used += max(1+len(p.shown()), p.chartLines()) + 1
	} else {
		used += 1 + len(p.shown()) + p.chartLines()
	}
	if !p.low() {
		used += detail
		if !p.beside() {
			used += 2
		}
	}
	if p.Filter.Shown() {
		used++
	}
	if p.failed != nil {
		used++
	}
	return max(1, p.Height-used)
}

func (p *Page) seriesTable(c *draw.Canvas) {
	if !p.low() && !p.beside() {
		c.End()
	}
	c.Skip(1)
	c.Cell(theme.Faint, "series by "+p.order.String(), seriesWidth)
	c.Cell(theme.Faint, "share of error", shareWidth)
	c.Right(theme.Faint, "wape", 7)
	c.Right(theme.Faint, "7 d ago", numberWidth)
	c.Skip(2)
	c.Cell(theme.Faint, "model", modelWidth)
	c.Put(theme.Faint, "class, why this model")
	c.End()
	if len(p.rows) == 0 {
		c.Put(theme.Faint, "  no series has this text (esc shows all)")
		c.End()
		return
	}
	rows := p.seriesRows()
	p.top = layout.Scroll(p.top, max(0, p.at()), len(p.rows), rows)
	for i, one := range p.rows[p.top:min(len(p.rows), p.top+rows)] {
		p.Spot(c, page.Item{At: p.top + i})
		p.series(c, one)
	}
	p.detail(c)
}

func (p *Page) series(c *draw.Canvas, one forecast.SeriesAccuracy) {
	c.Pointer(one.Series == p.cursor)
	c.Cell(theme.Plain, one.Series.String(), seriesWidth-1)
	c.Deselect()
	c.Skip(1)
	c.Right(theme.Plain, fmt.Sprintf("%.1f %%", 100*one.Share), 7)
	c.Skip(1)
	bar := layout.Bar(one.Share, p.largest(), shareWidth-9)
	c.Repeat(theme.Busy, p.env.Theme.Bar, bar)
	c.Skip(shareWidth - 8 - bar)
	p.score(c, one)
	c.Skip(2)
	c.Cell(theme.Plain, one.Model, modelWidth)
	words := one.Class
	if one.Why != "" {
		words += ": " + one.Why
	}
	c.Put(theme.Faint, draw.First(words))
	c.End()
}

func (p *Page) score(c *draw.Canvas, one forecast.SeriesAccuracy) {
	role, text := theme.Plain, "-"
	if v, ok := one.Measures["wape"]; ok {
		text = fmt.Sprintf("%.3f", v)
		if limit, limited := p.limit("wape"); limited && v > limit {
			role = theme.Gate
		}
	}
	c.Right(role, text, 7)
	before := "-"
	if v, ok := p.week[one.Series].Measures["wape"]; ok {
		before = fmt.Sprintf("%.3f", v)
	}
	c.Right(theme.Faint, before, numberWidth)
}

func (p *Page) largest() float64 {
	largest := 0.0
	for _, one := range p.evaluation.Series {
		largest = max(largest, one.Share)
	}
	return largest
}

// detail draws what the selected series' row has no room for.
func (p *Page) detail(c *draw.Canvas) {
	at := p.at()
	if at < 0 || p.Height-c.Lines() < 2 {
		return
	}
	one := p.rows[at]
	c.Repeat(theme.Faint, p.env.Theme.Rule, p.Width)
	c.End()
	text := one.Series.String() + ": " + one.Form
	for _, name := range known() {
		if v, ok := one.Measures[name]; ok {
			text += fmt.Sprintf("  %s %.3f", name, v) //nolint:modernize,perfsprint // a handful of measures
		}
	}
	if one.Why != "" {
		text += "  " + one.Why
	}
	if len(one.Warnings) > 0 {
		text += "  warning: " + strings.Join(one.Warnings, "; ")
	}
	for _, line := range draw.Wrap(text, p.Width-2) {
		c.Skip(1)
		c.Put(theme.Faint, line)
		c.End()
	}
}
