package days

import (
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// Rows returns the days that the filter lets pass, in their order, with the fields
// of `daybatch days -o csv`.
func (p *Page) Rows() effects.Rows {
	days := make([]forecast.Day, len(p.rows))
	for at, index := range p.rows {
		days[at] = p.days[index]
	}
	now := p.env.Now
	measures := []string{"wape", "mase", "smape", "bias", "coverage_80", "coverage_95"}
	rows := effects.Rows{
		Name:   "days-" + calendar.In(now, p.env.Home).String(),
		Fields: []string{"date", "state", "flags", "attempts", "execution", "started", "duration_s"},
		Len:    len(days),
	}
	rows.Fields = append(append(rows.Fields, measures...),
		"rows", "bytes", "generation", "failed_step", "reason_class", "reason", "start_up_s", "cost_usd")
	rows.At = func(i int) []any {
		day := days[i]
		values := []any{day.Date, day.State, strings.Join(flags(day), " "), day.Attempts, day.Last.ID, day.Last.Started.UTC(), nil}
		if !day.Last.Started.IsZero() {
			values[len(values)-1] = day.Last.Took(now).Seconds()
		}
		values = append(values, page.Measured(day.Evaluated(), measures)...)
		failed, _ := day.FailedStep()
		values = append(values, day.Partition.Rows, day.Partition.Bytes, day.Partition.Generation,
			failed.Name, day.Reason.Class, day.Reason.Text, day.StartUp(now).Seconds(), nil)
		if day.Last.Cost > 0 {
			values[len(values)-1] = day.Last.Cost
		}
		return values
	}
	return rows
}

// flags returns the words of what is special about a day.
func flags(day forecast.Day) []string {
	var words []string
	if day.Late > 0 {
		words = append(words, "late")
	}
	if day.Stale {
		words = append(words, "stale")
	}
	if !day.Fallback().IsZero() {
		words = append(words, "fallback")
	}
	return words
}
