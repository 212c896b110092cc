package partition

import (
	"errors"
	"fmt"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// Widths of the columns of generations, the space after each included.
const (
	generationWidth = 20
	makerWidth      = 18
	countWidth      = 10
	stateWidth      = 13
	labelWidth      = 11
)

// View draws the generations and the pane below them.
func (p *Page) View() string {
	c := p.Canvas(p.env.Theme, p.Width)
	c.Grow(p.Height)
	switch {
	case len(p.generations) > 0:
		p.env.Stale(c, p.failed, p.env.AsOf(p.taken))
		p.list(c)
		p.provenance(c)
		p.drawPane(c)
	case p.failed != nil:
		page.Blank(c, p.Height, "The generations can't be read", p.failed.Err.Error(), page.Remedy(p.failed))
	case !p.read:
		page.Blank(c, p.Height, "Reading the partition of "+page.Weekday(p.date)+" ...", "", "esc goes back")
	default:
		p.none(c)
	}
	return p.Screen(c, p.filterBar)
}

// none says why the date has no partition.
func (p *Page) none(c *draw.Canvas) {
	why := "Nothing was ever published for this date."
	if p.day.State != "" {
		why += "\nThe day is " + string(p.day.State)
		if cause := page.Cause(p.day); cause != "" {
			why += ": " + cause
		}
	}
	press := "R on the day runs it (shows a plan first)   { } other dates   esc goes back"
	if p.env.ReadOnly {
		press = "{ } other dates   esc goes back"
	}
	page.Blank(c, p.Height, page.Weekday(p.date)+" has no partition", why, press)
}

// usualRows returns how many generations are shown unless another number was chosen.
func (p *Page) usualRows() int {
	const share = 4
	return layout.Clamp(len(p.generations), 1, max(1, p.Height/share))
}

// upper is the pane of the generations. At its smallest it leaves out where they come
// from, too.
func (p *Page) upper() page.Pane {
	const rest = 12 // lines that are not generations
	usual := p.usualRows()
	most := max(usual, min(len(p.generations), p.Height-rest))
	return page.Pane{Kind: page.Partition, Name: "generations", Least: -usual, Most: most - usual}
}

// listRows returns how many generations are shown.
func (p *Page) listRows() int { return max(1, p.usualRows()+p.env.Pane(p.upper())) }

// told reports whether there is room for where the generation under the cursor comes
// from.
func (p *Page) told() bool {
	const least = 14
	upper := p.upper()
	return p.Height >= least && p.env.Pane(upper) > upper.Least
}

// roomy reports whether there is room for more than the rows of a generation.
func (p *Page) roomy() bool {
	const least = 80
	return p.Width >= least
}

// list draws the generations.
func (p *Page) list(c *draw.Canvas) {
	c.Skip(1)
	c.Cell(theme.Faint, "generation", generationWidth)
	c.Cell(theme.Faint, "by", makerWidth)
	c.Right(theme.Faint, "rows", countWidth)
	if p.roomy() {
		c.Right(theme.Faint, "series", countWidth-2)
		c.Right(theme.Faint, "bytes", countWidth)
	}
	c.Skip(2)
	c.Cell(theme.Faint, "state", stateWidth)
	c.Put(theme.Faint, "written")
	c.End()
	rows := p.listRows()
	top := layout.Scroll(0, p.at(), len(p.generations), rows)
	for i, g := range p.generations[top:min(len(p.generations), top+rows)] {
		p.Spot(c, page.Item{List: generations, At: top + i})
		p.generation(c, g, top+i == p.at())
	}
}

func (p *Page) generation(c *draw.Canvas, g forecast.Partition, selected bool) {
	switch {
	case selected && !p.below:
		c.Pointer(true)
	case selected:
		c.Put(theme.Accent, p.env.Theme.Marked)
	default:
		c.Skip(1)
	}
	role := theme.Faint
	if g.Current {
		role = theme.Strong
	}
	c.Cell(role, g.Generation, generationWidth-1)
	c.Deselect()
	c.Skip(1)
	c.Cell(theme.Plain, page.Maker(g), makerWidth-1)
	c.Skip(1)
	c.Right(theme.Plain, draw.Count(g.Rows), countWidth)
	if p.roomy() {
		c.Right(theme.Plain, draw.Count(g.Series), countWidth-2)
		c.Right(theme.Plain, draw.Bytes(g.Bytes), countWidth)
	}
	c.Skip(2)
	switch {
	case g.Current:
		c.Cell(theme.Good, "current", stateWidth)
	case g.Published.IsZero():
		c.Cell(theme.Gate, "unpublished", stateWidth)
	default:
		c.Cell(theme.Faint, "was current", stateWidth)
	}
	c.Put(theme.Faint, p.env.Clock(g.Written))
	c.End()
}

// provenance says where the generation under the cursor comes from.
func (p *Page) provenance(c *draw.Canvas) {
	if !p.told() {
		return
	}
	g, _ := p.selected()
	c.Repeat(theme.Faint, p.env.Theme.Rule, p.Width)
	c.End()
	from := "nobody is on record: it was found on disk"
	for _, e := range p.attempts {
		if e.ID != g.Execution {
			continue
		}
		from = fmt.Sprintf("attempt %d, %s, asked for by %s on %s, definition %s", e.Attempt, e.Cause, e.Actor, e.Host, e.Definition)
		if e.Plan != "" {
			from += ", plan " + string(e.Plan)
		}
	}
	if g.Kind == forecast.GenerationFallback {
		from = "the forecast of " + page.Weekday(g.FallbackOf) + ", as a fallback"
	}
	p.fact(c, "from", from)
	published := "never: readers have not seen it"
	if !g.Published.IsZero() {
		published = p.env.Clock(g.Published)
	}
	p.fact(c, "published", published+"   table "+p.env.Pipeline.Table)
	path := g.Path
	if path == "" {
		path = "the engine does not say"
	}
	c.Skip(1)
	c.Cell(theme.Faint, "at", labelWidth)
	path = p.env.Effects.Tilde(path)
	c.Ends(theme.Plain, path, min(draw.Width(path), c.Left()-1))
	c.End()
}

func (p *Page) fact(c *draw.Canvas, label, text string) {
	c.Skip(1)
	c.Cell(theme.Faint, label, labelWidth)
	c.Put(theme.Plain, text)
	c.End()
}

// drawPane draws the tabs of the pane, and the one that is open.
func (p *Page) drawPane(c *draw.Canvas) {
	c.Repeat(theme.Faint, p.env.Theme.Rule, p.Width)
	c.End()
	if p.pane == paneDiff {
		p.drawDiff(c)
		return
	}
	p.drawPreview(c)
}

// paneRows returns how many rows of the pane are shown.
func (p *Page) paneRows() int {
	const provenance, heads = 4, 4
	used := heads + p.listRows()
	if p.told() {
		used += provenance
	}
	if p.failed != nil {
		used++
	}
	if p.pane == paneDiff {
		used++
	}
	if p.Filter.Shown() {
		used++
	}
	return max(1, p.Height-used)
}

func (p *Page) drawPreview(c *draw.Canvas) {
	v := &p.preview
	chosen, _ := p.selected()
	newer, moved := p.newer()
	switch {
	case moved:
		c.Put(theme.Strong, " rows of generation "+chosen.Generation)
		c.Put(theme.Gate, ": readers see "+newer.Generation+" now (r)")
	case chosen.Current:
		c.Put(theme.Strong, " rows of the current generation")
	default:
		c.Put(theme.Strong, " rows of generation "+chosen.Generation)
		c.Put(theme.Faint, ", not the current one")
	}
	switch {
	case v.failed != nil && chosen.Current && errors.Is(v.failed.Err, forecast.ErrNotFound):
		c.Put(theme.Faint, ": none, readers see no partition of this date")
		c.End()
		return
	case v.failed != nil:
		c.End()
		for _, line := range draw.Wrap(v.failed.Err.Error()+" (r tries again)", p.Width-2) {
			c.Skip(1)
			c.Put(theme.Bad, line)
			c.End()
		}
		return
	case !v.read:
		c.Put(theme.Faint, ": reading ...")
		c.End()
		return
	}
	c.Put(theme.Faint, fmt.Sprintf("  %s of %s, by %s", draw.Count(len(v.rows)), draw.Count(v.total), said(v.order)))
	c.End()
	v.name(p.env.Pipeline.Series)
	v.drawRows(c, p.paneRows(), func(at int) { p.pointer(c, at, v.at) })
	if len(v.rows) == 0 {
		c.Put(theme.Faint, "  no row has these words (esc shows all)")
		c.End()
	}
}

// drawDiff draws how the forecasts of two generations differ, series by series.
func (p *Page) drawDiff(c *draw.Canvas) {
	d := &p.diff
	c.Put(theme.Strong, fmt.Sprintf(" %s -> %s", d.query.From, d.query.To))
	switch {
	case d.failed != nil:
		c.End()
		for _, line := range draw.Wrap(d.failed.Err.Error()+" (r tries again, c back to the rows)", p.Width-2) {
			c.Skip(1)
			c.Put(theme.Bad, line)
			c.End()
		}
		return
	case !d.read:
		c.Put(theme.Faint, "  comparing ...")
		c.End()
		return
	}
	c.Put(theme.Plain, fmt.Sprintf("  %s series differ, the sum of the forecasts %s -> %s", draw.Count(d.value.Changed), decimal(d.value.TotalFrom), decimal(d.value.TotalTo)))
	c.Put(theme.Strong, "  "+percent(&d.value.TotalFrom, &d.value.TotalTo))
	c.End()
	c.Skip(1)
	c.Put(theme.Faint, p.measures())
	c.End()
	p.changes(c)
}

// changes lists the series whose forecasts differ.
func (p *Page) changes(c *draw.Canvas) {
	d := &p.diff
	if len(d.value.Series) == 0 {
		c.Put(theme.Faint, " the forecasts of the two are the same, in every series and on every date")
		c.End()
		return
	}
	const name, number = 30, 14
	c.Skip(1)
	c.Cell(theme.Faint, "series, largest change first", name)
	c.Right(theme.Faint, "before", number)
	c.Right(theme.Faint, "now", number)
	c.Right(theme.Faint, "change", number)
	c.End()
	body := p.paneRows()
	d.top = layout.Scroll(d.top, d.at, len(d.value.Series), body)
	for i, change := range d.value.Series[d.top:min(len(d.value.Series), d.top+body)] {
		p.pointer(c, d.top+i, d.at)
		c.Cell(theme.Plain, change.Series.String(), name)
		c.Deselect()
		c.Right(theme.Plain, optional(change.From), number)
		c.Right(theme.Plain, optional(change.To), number)
		c.Right(theme.Strong, percent(change.From, change.To), number)
		c.End()
	}
}

// measures says how the accuracy of the two differs.
func (p *Page) measures() string {
	var words []string
	for _, name := range []string{"wape", "mase", "bias"} {
		from, had := p.diff.value.MetricsFrom[name]
		to, has := p.diff.value.MetricsTo[name]
		if had && has {
			words = append(words, fmt.Sprintf("%s %.3f -> %.3f", name, from, to))
		}
	}
	if len(words) == 0 {
		return "what the gate saw is not known of both"
	}
	return strings.Join(words, "   ")
}

func optional(value *float64) string {
	if value == nil {
		return "-"
	}
	return decimal(*value)
}

// percent says by how much a sum changed.
func percent(from, to *float64) string {
	switch {
	case from == nil:
		return "new"
	case to == nil:
		return "gone"
	case *from == 0:
		return "-"
	default:
		return fmt.Sprintf("%+.1f %%", 100*(*to / *from - 1))
	}
}

func (p *Page) filterBar(c *draw.Canvas) {
	p.Filter.Draw(c, p.Width, fmt.Sprintf("%s of %s rows", draw.Count(len(p.preview.rows)), draw.Count(p.preview.total)))
}
