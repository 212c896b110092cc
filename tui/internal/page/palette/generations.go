package palette

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/rowfilter"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// generationOption is the option whose values are asked for when it is typed.
const generationOption = "generation"

// offers are the generations of a date, which are asked for when one is to be typed.
type offers struct {
	date        calendar.Date // zero: none were asked for
	generations []forecast.Partition
}

// ask asks for the generations that the line is about, unless it did.
func (p *Page) ask() tea.Cmd {
	c, rest, ok := p.meantBy(strings.TrimLeft(p.field.Text(), " "))
	at := strings.LastIndexByte(rest, ' ')
	if !ok || at < 0 {
		return nil
	}
	before := strings.Fields(rest[:at])
	if len(before) == 0 || before[len(before)-1] != "--"+generationOption {
		return nil
	}
	if _, ok := c.option(before[len(before)-1]); !ok {
		return nil
	}
	date, ok := p.dateOf(c.alone(before[:len(before)-1]))
	if !ok || date == p.offers.date {
		return nil
	}
	p.offers = offers{date: date}
	return p.Scope().Partitions(date)
}

// dateOf returns the date that a line is about, by its words that stand alone.
func (p *Page) dateOf(alone []string) (calendar.Date, bool) {
	if len(alone) == 0 {
		return p.around, !p.around.IsZero()
	}
	date, err := p.env.ReadDate(alone[0])
	return date, err == nil
}

// offer takes the generations that were asked for.
func (p *Page) offer(reply effects.Reply[[]forecast.Partition]) {
	p.offers.generations = reply.Value
	p.list = p.suggest(p.field.Text())
	p.cursor = min(p.cursor, max(0, len(p.list)-1))
	if len(reply.Value) == 0 {
		p.wrong = fmt.Errorf("%s has no partition", p.offers.date)
	}
}

// generations offers those of the date of the line.
func generations(p *Page, before []string) []string {
	date, ok := p.dateOf(before)
	if !ok || date != p.offers.date {
		return nil
	}
	ids := make([]string, len(p.offers.generations))
	for i, g := range p.offers.generations {
		ids[i] = g.Generation
	}
	return ids
}

// generationNote says which a generation is.
func generationNote(p *Page, _ []string, word string) string {
	at := slices.IndexFunc(p.offers.generations, func(g forecast.Partition) bool { return g.Generation == word })
	if at < 0 {
		return ""
	}
	g := p.offers.generations[at]
	note := page.Maker(g) + ", " + g.Written.In(p.env.Zone).Format("01-02 15:04")
	if g.Current {
		return "current: " + note
	}
	return note
}

// columns offers the columns whose values rows are picked by.
func columns(p *Page, _ []string) []string {
	var names []string
	for _, name := range rowfilter.Columns(p.env.Pipeline.Series) {
		names = append(names, name+"=")
	}
	return names
}
