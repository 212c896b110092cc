package metrics

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// Widths of the columns of what came true.
const (
	aheadWidth     = 6
	datesWidth     = 6
	wapeWidth      = 10
	modelWapeWidth = 7
	rangeWidth     = 16
	driftWidth     = 7   // of the word before its reason
	broad          = 110 // from here on there are further measures
	realisedHeads  = 4   // lines above the table
)

// realised is how well published forecasts came true.
type realised struct {
	shown  bool
	waits  bool
	read   bool
	report forecast.Realised
	failed *effects.Failed
	top    int
}

func (r *realised) take(report forecast.Realised) {
	r.report, r.read, r.waits, r.failed = report, true, false, nil
}

func (r *realised) fail(failed *effects.Failed) { r.failed, r.waits = failed, false }

// forget forgets what was read: it is of another date.
func (r *realised) forget() { *r = realised{shown: r.shown} }

// move scrolls the table.
func (r *realised) move(action keys.Action, rows int) {
	switch action {
	case keys.Down:
		r.top++
	case keys.Up:
		r.top--
	case keys.PageDown, keys.HalfDown:
		r.top += rows
	case keys.PageUp, keys.HalfUp:
		r.top -= rows
	case keys.Top:
		r.top = 0
	case keys.Bottom:
		r.top = len(r.report.Horizons)
	default:
	}
	r.top = r.first(rows)
}

// first returns the first row that is shown: a page that has grown shows more.
func (r *realised) first(rows int) int {
	return layout.Clamp(r.top, 0, max(0, len(r.report.Horizons)-rows))
}

func (r *realised) position(rows int) string {
	all := len(r.report.Horizons)
	if !r.read || all <= rows {
		return ""
	}
	first := r.first(rows)
	return fmt.Sprintf("%d-%d/%d days ahead", first+1, min(all, first+rows), all)
}

// turnRealised shows what came true, or the evaluation again.
func (p *Page) turnRealised() tea.Cmd {
	p.realised.shown = !p.realised.shown
	if !p.realised.shown {
		return nil
	}
	return p.readRealised()
}

func (p *Page) readRealised() tea.Cmd {
	p.realised.waits = true
	return p.Scope().Realised(p.query())
}

// query asks for the weeks up to the date; of the newest one up to whatever has
// actuals.
func (p *Page) query() forecast.RealisedQuery {
	if newest := p.env.Pipeline.Newest; newest.IsZero() || p.date < newest { // at a start it is not known yet
		return forecast.RealisedQuery{To: p.date}
	}
	return forecast.RealisedQuery{}
}

// realisedRows returns how many days of the horizon are shown.
func (p *Page) realisedRows() int {
	used := realisedHeads - 1 + len(p.driftLines()) + len(p.signalLines()) + min(2, len(p.realised.report.Warnings))
	if p.realised.failed != nil {
		used++
	}
	return max(1, p.Height-used)
}

func (p *Page) realisedView(c *draw.Canvas) {
	r := &p.realised
	switch {
	case r.failed != nil && errors.Is(r.failed.Err, forecast.ErrNotFound):
		page.Blank(c, p.Height, "Nothing that was published has come true yet",
			"Forecasts up to "+page.Weekday(p.date)+" are compared once a later date was run: its extract has the actuals.",
			"a evaluation   [ ] other dates   esc goes back")
	case r.failed != nil && !r.read:
		page.Blank(c, p.Height, "What came true can't be read", r.failed.Err.Error(), page.Remedy(r.failed))
	case !r.read:
		page.Blank(c, p.Height, "Comparing what was published with what was observed ...", "", "esc goes back")
	default:
		p.env.Stale(c, r.failed, p.env.Clock(r.report.Read))
		p.realisedTable(c)
	}
}

func (p *Page) realisedTable(c *draw.Canvas) {
	report := p.realised.report
	c.Skip(1)
	c.Put(theme.Plain, fmt.Sprintf("wape, %s .. %s", report.Targets.From, report.Targets.To))
	c.Put(theme.Faint, "  actuals as of "+report.Read.In(p.env.Zone).Format("01-02 15:04"))
	c.End()
	p.drift(c)
	word := "signal"
	for _, line := range p.signalLines() {
		c.Skip(1)
		c.Cell(theme.Unsure, word, driftWidth)
		c.Put(theme.Plain, line)
		c.End()
		word = ""
	}
	for _, warning := range report.Warnings[:min(2, len(report.Warnings))] {
		c.Skip(1)
		c.Put(theme.Unsure, "warning  ")
		c.Put(theme.Plain, warning)
		c.End()
	}
	c.End()
	c.Right(theme.Faint, "ahead", aheadWidth)
	for _, head := range []struct {
		text  string
		width int
	}{{"dates", datesWidth}, {"published", wapeWidth}, {"model", modelWapeWidth}, {"expected", wapeWidth}} {
		c.Right(theme.Faint, head.text, head.width)
	}
	c.Skip(2)
	c.Cell(theme.Faint, "nine in ten", rangeWidth)
	if p.Width >= broad {
		c.Right(theme.Faint, "bias", numberWidth)
		for _, level := range p.levels() {
			c.Right(theme.Faint, fmt.Sprintf("%d %%", level), numberWidth)
		}
		c.Skip(2)
	}
	if c.Left() >= draw.Width("drift") {
		c.Put(theme.Faint, "drift")
	}
	c.End()
	rows := p.realisedRows()
	first := p.realised.first(rows)
	for _, h := range report.Horizons[first:min(len(report.Horizons), first+rows)] {
		p.ahead(c, h)
	}
}

// levels are those of the intervals whose coverage there is room for.
func (p *Page) levels() []int { return p.env.Pipeline.Levels[:min(2, len(p.env.Pipeline.Levels))] }

// driftLines says why what came true is worse than expected, in more lines where
// there is room for them; without drift there is one.
func (p *Page) driftLines() []string {
	report := p.realised.report
	reason := report.Drift
	if !report.DriftSince.IsZero() {
		reason = "since " + report.DriftSince.String() + ": " + reason
	}
	if lines := draw.Wrap(reason, p.Width-driftWidth-2); len(lines) > 1 && !p.compact() {
		return lines[:2]
	}
	return []string{reason}
}

// signalLines say what single series and the newest total tell, and where there is more
// of it than there is room for.
func (p *Page) signalLines() []string {
	signals := p.realised.report.Signals
	shown := min(2, len(signals))
	if p.compact() {
		shown = min(1, len(signals))
	}
	var lines []string
	for _, text := range signals[:shown] {
		wrapped := draw.Wrap(text, p.Width-driftWidth-2)
		if p.compact() {
			wrapped = []string{text}
		}
		lines = append(lines, wrapped[:min(2, len(wrapped))]...)
	}
	if more := len(signals) - shown; more > 0 {
		lines = append(lines, fmt.Sprintf("%d more: %s", more, p.env.Shell("metrics --realised")))
	}
	return lines
}

// drift says whether what came true is worse than the backtest let expect.
func (p *Page) drift(c *draw.Canvas) {
	report := p.realised.report
	expected := slices.ContainsFunc(report.Horizons, func(h forecast.HorizonAccuracy) bool { return h.Expected != nil })
	switch {
	case report.Drift != "":
		word := "drift"
		for _, line := range p.driftLines() {
			c.Skip(1)
			c.Cell(theme.Bad, word, driftWidth)
			c.Put(theme.Strong, line)
			c.End()
			word = ""
		}
		return
	case !report.DriftSince.IsZero():
		c.Skip(1)
		c.Cell(theme.Bad, "drift", driftWidth)
		c.Put(theme.Plain, "since "+report.DriftSince.String()+": not at the newest date; three dates without end it")
	case expected:
		c.Skip(1)
		c.Put(theme.Good, "no drift  ")
		c.Put(theme.Faint, "the error is as the backtest let expect")
	default:
		c.Skip(1)
		c.Put(theme.Faint, "no evaluation says yet what error to expect")
	}
	c.End()
}

// ahead draws the accuracy so many days ahead.
func (p *Page) ahead(c *draw.Canvas, h forecast.HorizonAccuracy) {
	c.Right(theme.Plain, fmt.Sprintf("%d d", h.Horizon), aheadWidth)
	c.Right(theme.Faint, strconv.Itoa(h.Published.Targets), datesWidth)
	c.Right(theme.Strong, measured(h.Published.Measures, "wape"), wapeWidth)
	role := theme.Plain
	if h.Drift != "" {
		role = theme.Bad
	}
	c.Right(role, measured(h.Model.Measures, "wape"), modelWapeWidth)
	median, around := "-", ""
	if h.Expected != nil {
		median = number("wape", h.Expected.Median)
		around = number("wape", h.Expected.Low) + " .. " + number("wape", h.Expected.High)
	}
	c.Right(theme.Plain, median, wapeWidth)
	c.Skip(2)
	c.Cell(theme.Faint, around, rangeWidth)
	if p.Width >= broad {
		c.Right(theme.Plain, measured(h.Published.Measures, "bias"), numberWidth)
		for _, level := range p.levels() {
			c.Right(theme.Plain, measured(h.Published.Measures, forecast.CoverageName(level)), numberWidth)
		}
		c.Skip(2)
	}
	if h.Drift != "" {
		c.Put(theme.Bad, "! ")
		if c.Left() > 2*draw.Width("drift") {
			c.Put(theme.Faint, h.Drift)
		}
	}
	c.End()
}

// measured is a measure as text, a dash if there is none.
func measured(measures forecast.Measures, name string) string {
	value, ok := measures[name]
	if !ok {
		return "-"
	}
	return number(name, value)
}
