package palette

import (
	"regexp"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/loglevel"
	"github.com/daybatch/daybatch/forecast/series"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/widget/logview"
)

// logs shows the log of a date, or searches those of many.
func logs() command {
	levels := []string{"debug", "info", "warn", "error"}
	return command{
		name: "logs", args: "[DATE] [STEP]", help: "the log of a step, or of all steps merged by time", values: logWords,
		options: []option{
			{"step", steps},
			{"attempt", none},
			{"grep", none},
			{name: "invert"},
			{"level", fixed(levels...)},
			{"from", datesOnly},
			{"to", datesOnly},
			{"last", none},
			{name: "follow"},
		},
		run: func(r *reader, around calendar.Date) tea.Msg {
			_, from := r.option("from")
			_, to := r.option("to")
			if _, last := r.option("last"); from || to || last {
				return r.hunt()
			}
			return r.log(around, levels)
		},
	}
}

// log reads whose log is meant, and what is shown of it.
func (r *reader) log(around calendar.Date, levels []string) tea.Msg {
	to := page.Place{Kind: page.Logs, Date: around, Attempt: r.number("attempt")}
	if len(r.w.alone) > 0 {
		if date, err := r.env.ReadDate(r.w.alone[0]); err == nil {
			to.Date = date
			_, _ = r.next()
		}
	}
	if word, ok := r.next(); ok {
		to.Step = r.step(word)
	}
	if word, ok := r.option("step"); ok {
		to.Step = r.step(word)
	}
	if to.Date.IsZero() {
		r.fail("give a date, such as logs latest")
	}
	if _, ok := r.option("level"); ok {
		to.Level, _ = loglevel.Parse(r.oneOf("level", levels))
	}
	if to.Level == loglevel.Debug {
		to.Level = loglevel.None // no line is of less
	}
	to.Filter, to.Regex = r.pattern()
	if _, not := r.option("invert"); not {
		to.Filter = "!" + to.Filter
	}
	return page.OpenLog{Place: to}
}

// pattern reads what lines are to match: as text, if it is only that.
func (r *reader) pattern() (text string, regex bool) {
	pattern, _ := r.option("grep")
	compiled, err := regexp.Compile(pattern)
	if err != nil {
		r.fail("--grep %s: %s", pattern, strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		return "", false
	}
	if literal, whole := compiled.LiteralPrefix(); whole {
		return literal, false
	}
	return pattern, true
}

// hunt reads a search over many dates.
func (r *reader) hunt() tea.Msg {
	text, regex := r.pattern()
	to := page.Place{Kind: page.Search, Date: r.span().To, Find: page.Find{Query: logview.Query{Text: text, Regex: regex}}}
	if word, ok := r.option("step"); ok {
		to.Step = r.step(word)
	}
	return page.Navigate{Place: to}
}

// plotted reads which forecast is plotted.
func plotted(r *reader, around calendar.Date) tea.Msg {
	to := page.Place{Kind: page.Plot, Date: r.date(around), History: r.number("history")}
	if parts, ok := r.option("series"); ok {
		to.Series = series.MakeKey(strings.Split(parts, ",")...)
	}
	return page.Navigate{Place: to}
}
