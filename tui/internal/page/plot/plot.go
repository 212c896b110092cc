// Package plot is the page of a forecast: the values that came, the forecast
// with its intervals, and which series there are to look at, the worst first.
package plot

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
	"github.com/daybatch/daybatch/tui/internal/widget/bandplot"
)

// Kinds of this page's requests for forecasts: of the series shown, of all
// series for the list, and of another date to compare with.
const (
	kindList  effects.Kind = "series"
	kindOther effects.Kind = "other"
)

// histories are the days of history to choose from.
func histories() []int { return []int{28, 90, 365} }

// entry is a series of the list.
type entry struct {
	series series.Key
	share  float64 // of the panel's error
	wape   float64
	class  string
	model  string
}

// Page shows one series of one date.
type Page struct {
	page.Filtered

	env *page.Env

	date    calendar.Date
	day     forecast.Day
	read    bool // the day was
	failed  *effects.Failed
	taken   time.Time // when the forecast was read
	list    []entry   // the worst first
	judged  bool      // the list is ordered by what the gate saw
	rows    []int     // of list, filtered
	top     int
	history int // index of histories

	wanted  series.Key // asked for, or shown
	chosen  bool       // wanted was chosen, if only by the place
	shown   forecast.SeriesForecast
	loaded  bool
	other   *forecast.SeriesForecast
	compare bool
	cursor  calendar.Date
	drawn   struct{ from, to int } // lines of the plot on the screen
}

// New returns the page of the place's date and series.
func New(env *page.Env, place page.Place) page.Page {
	p := &Page{
		env: env, date: place.Date,
		wanted: place.Series, chosen: place.Series != "",
	}
	p.history = max(0, slices.Index(histories(), place.History))
	p.Filtered = page.NewFiltered(env, p.arrange)
	return p
}

// Keys returns what keys do.
func (p *Page) Keys() keys.Map {
	if p.Filter.Typing() {
		return keys.Typing()
	}
	return keys.PlotPage()
}

// Busy reports whether the page waits.
func (p *Page) Busy() bool {
	return p.failed == nil && (!p.read || !p.loaded && p.day.Partition.Generation != "")
}

// Back ends the filter, then takes the date cursor away.
func (p *Page) Back() bool {
	switch {
	case p.Filtered.Back():
	case !p.cursor.IsZero():
		p.cursor = 0
	default:
		return false
	}
	return true
}

// Init reads the day, which says whose forecast is published.
func (p *Page) Init() tea.Cmd {
	return p.Scope().Days(forecast.DayQuery{Range: calendar.Range{From: p.date, To: p.date}})
}

// Update takes keys, text and replies.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	if p.Typed(msg) {
		return nil
	}
	switch msg := msg.(type) {
	case keys.Pressed:
		return p.press(msg.Action)
	case effects.Reply[[]forecast.Day]:
		return p.show(msg.Value)
	case effects.Reply[forecast.Evaluation]:
		return p.judge(msg.Value)
	case effects.Reply[[]forecast.SeriesForecast]:
		return p.take(msg)
	case effects.Failed:
		return p.fail(msg)
	case effects.Changed:
		for _, day := range msg.Days {
			if day.Date == p.date && day.Partition.Generation != p.day.Partition.Generation {
				return p.Init()
			}
		}
	case effects.Watching:
		return p.Init()
	}
	return nil
}

// show asks for what the gate saw in the attempt that made the partition; it
// tells which series are the worst.
func (p *Page) show(days []forecast.Day) tea.Cmd {
	p.read, p.failed = true, nil
	if len(days) == 0 {
		p.day = forecast.Day{Date: p.date, State: forecast.DayNotDue}
		return nil
	}
	p.day = days[0]
	partition := p.day.Partition
	switch {
	case partition.Generation == "":
		return nil
	case partition.Execution == "":
		return p.load(p.listAll())
	default:
		return p.load(p.Scope().Evaluation(partition.Execution))
	}
}

// listAll asks for the names of the series where no evaluation has them.
func (p *Page) listAll() tea.Cmd {
	return p.Scope().Forecasts(kindList, forecast.SeriesQuery{Date: p.date})
}

// nothing reports whether the date is known to have no forecast: then the page says why,
// and there is nothing to choose.
func (p *Page) nothing() bool { return p.read && p.day.Partition.Generation == "" }

// load asks for the wanted series beside something else, once one is chosen.
func (p *Page) load(beside tea.Cmd) tea.Cmd {
	if !p.chosen || p.nothing() {
		return beside
	}
	query := forecast.SeriesQuery{Date: p.date, Series: p.wanted, History: slices.Max(histories())}
	commands := []tea.Cmd{beside, p.Scope().Forecasts(effects.KindForecasts, query)}
	if p.compare {
		commands = append(commands, p.Scope().Forecasts(kindOther, forecast.SeriesQuery{Date: p.date - 7, Series: p.wanted}))
	}
	return tea.Batch(commands...)
}

// judge takes the list of series from an evaluation.
func (p *Page) judge(evaluation forecast.Evaluation) tea.Cmd {
	p.list, p.judged = p.list[:0], true
	for _, one := range evaluation.Series {
		p.list = append(p.list, entry{one.Series, one.Share, one.Measures["wape"], one.Class, one.Model})
	}
	slices.SortStableFunc(p.list, func(a, b entry) int { return cmp.Compare(b.share, a.share) })
	return p.settle()
}

// settle chooses the first series unless one is.
func (p *Page) settle() tea.Cmd {
	p.arrange()
	if p.chosen || len(p.list) == 0 {
		return nil
	}
	p.wanted, p.chosen = p.list[0].series, true
	return p.load(nil)
}

// take takes forecasts in, by what they were asked for.
func (p *Page) take(reply effects.Reply[[]forecast.SeriesForecast]) tea.Cmd {
	switch reply.Kind {
	case kindList:
		p.list, p.judged = p.list[:0], false
		sums := make(map[series.Key]float64, len(reply.Value))
		for _, f := range reply.Value {
			for _, at := range f.Points {
				sums[f.Series] += at.Mean
			}
			p.list = append(p.list, entry{series: f.Series, model: f.Model})
		}
		slices.SortStableFunc(p.list, func(a, b entry) int { return cmp.Compare(sums[b.series], sums[a.series]) })
		return p.settle()
	case kindOther:
		if len(reply.Value) > 0 {
			p.other = &reply.Value[0]
		}
	default:
		if len(reply.Value) > 0 {
			p.shown, p.loaded, p.taken, p.failed = reply.Value[0], true, reply.At, nil
		}
	}
	return nil
}

func (p *Page) fail(failed effects.Failed) tea.Cmd {
	switch failed.Kind {
	case effects.KindEvaluation:
		return p.listAll()
	case kindOther:
		p.compare, p.other = false, nil
		if errors.Is(failed.Err, forecast.ErrNotFound) {
			return page.Say(theme.Faint, (p.date-7).String()+" has no forecast of this series to compare with")
		}
		return page.Say(theme.Bad, failed.Err.Error())
	default:
		p.failed = &failed
	}
	return nil
}

// arrange filters the list.
func (p *Page) arrange() {
	words := strings.Fields(strings.ToLower(p.Filter.Text()))
	p.rows = p.rows[:0]
	for i, one := range p.list {
		text := strings.ToLower(one.series.String() + " " + one.model + " " + one.class)
		if !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) }) {
			p.rows = append(p.rows, i)
		}
	}
}

// at returns the row of the wanted series, -1 if it is not listed.
func (p *Page) at() int {
	return slices.IndexFunc(p.rows, func(i int) bool { return p.list[i].series == p.wanted })
}

func (p *Page) press(action keys.Action) tea.Cmd {
	needs := action == keys.History || action == keys.Compare || action == keys.Search
	if needs && p.nothing() {
		return page.Say(theme.Faint, p.date.String()+" has no forecast to plot")
	}
	switch action {
	case keys.Refresh:
		return p.Init()
	case keys.LastDay:
		return p.turn(-1)
	case keys.NextDay:
		return p.turn(1)
	case keys.Search:
		p.Filter.Open()
	case keys.History:
		p.history = (p.history + 1) % len(histories())
		return p.sayHistory()
	case keys.Compare:
		p.compare, p.other = !p.compare, nil
		if p.compare {
			return p.load(nil)
		}
	case keys.Left, keys.Right:
		p.point(action)
	case keys.Larger, keys.Smaller:
		return p.widen(action)
	case keys.Partitions:
		return page.Go(page.Place{Kind: page.Partition, Date: p.date})
	case keys.Metrics:
		return page.Go(page.Place{Kind: page.Metrics, Date: p.date})
	case keys.Copy:
		return page.Copy(p.wanted.String())
	default:
		return p.choose(action)
	}
	return nil
}

// Date returns the date shown.
func (p *Page) Date() calendar.Date { return p.date }

// Place leads to the date and the series.
func (p *Page) Place() page.Place {
	return page.Place{Kind: page.Plot, Date: p.date, Series: p.wanted}
}

// Equivalent returns the command that plots the same.
func (p *Page) Equivalent() string {
	command := "forecast " + p.date.String()
	if p.wanted != "" {
		command += " --series " + page.Quote(strings.Join(p.wanted.Parts(), ","))
	}
	return command + " --history " + strconv.Itoa(histories()[p.history])
}

// sayHistory says how many days are shown if not all fit.
func (p *Page) sayHistory() tea.Cmd {
	wanted := histories()[p.history]
	if fit := p.plot().Fit(p.plotWidth()); fit < wanted {
		return page.Say(theme.Faint, fmt.Sprintf("%d of %d days of history fit: each date has a column", fit, wanted))
	}
	return page.Say(theme.Faint, fmt.Sprintf("%d days of history", wanted))
}

// point moves the date cursor over the plot.
func (p *Page) point(action keys.Action) {
	if !p.loaded || len(p.shown.Points) == 0 {
		return
	}
	first := p.shown.Points[0].Date
	last := p.shown.Points[len(p.shown.Points)-1].Date
	by := calendar.Date(1)
	if action == keys.Left {
		by = -1
	}
	if p.cursor.IsZero() {
		p.cursor = first
		return
	}
	p.cursor = min(max(p.cursor+by, first-calendar.Date(p.plot().Fit(p.plotWidth()))), last)
}

// choose moves over the series.
func (p *Page) choose(action keys.Action) tea.Cmd {
	at := p.at()
	switch action {
	case keys.Previous:
		action = keys.Up
	case keys.Next:
		action = keys.Down
	default:
	}
	to, ok := page.Move(action, max(0, at), len(p.rows), max(1, p.listRows()))
	if !ok || len(p.rows) == 0 {
		return nil
	}
	if at < 0 {
		to = 0
	}
	return p.turnTo(p.list[p.rows[to]].series)
}

// turnTo shows another series.
func (p *Page) turnTo(key series.Key) tea.Cmd {
	if key == p.wanted && p.loaded {
		return nil
	}
	p.wanted, p.chosen, p.other = key, true, nil
	return p.load(nil)
}

// turn shows the date before or after; the series and the choices stay.
func (p *Page) turn(by calendar.Date) tea.Cmd {
	to := p.date + by
	if by > 0 && to > p.env.Pipeline.Newest {
		return page.Say(theme.Faint, to.String()+" is not due yet")
	}
	p.date, p.day = to, forecast.Day{}
	p.read, p.loaded, p.failed, p.other, p.cursor = false, false, nil, nil, 0
	p.Scope().Cancel(effects.KindEvaluation)
	p.Scope().Cancel(effects.KindForecasts)
	p.Scope().Cancel(kindList)
	return p.Init()
}

// plot is what is drawn now.
func (p *Page) plot() bandplot.Plot {
	return bandplot.Plot{Forecast: p.shown, Other: p.other, History: histories()[p.history], Cursor: p.cursor}
}

// Name draws the date and the series.
func (p *Page) Name(c *draw.Canvas) {
	c.Put(theme.Strong, page.Weekday(p.date))
	if what := "  forecast"; draw.Width(what) <= c.Left() {
		c.Put(theme.Faint, what)
	}
}

// Position counts the series.
func (p *Page) Position() string {
	if len(p.rows) == 0 {
		return ""
	}
	return fmt.Sprintf("series %d/%d", layout.Clamp(p.at()+1, 1, len(p.rows)), len(p.rows))
}

// Stalled returns why what is shown was not read again.
func (p *Page) Stalled() (failed *effects.Failed, told bool) { return p.failed, !p.loaded }
