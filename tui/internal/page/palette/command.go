package palette

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/page/query"
	"github.com/daybatch/daybatch/tui/internal/widget/logview"
)

// command is what the first word of a line can be.
type command struct {
	name    string
	args    string // as they are shown
	help    string
	changes bool // leads to a change of what runs
	whole   bool // what follows is one word, as it is typed
	options []option
	// values are the words that can stand alone after those before.
	values func(p *Page, before []string) []string
	// note says what a value is, beside it; nil: nothing.
	note func(p *Page, before []string, value string) string
	// run returns the message that does what the line says. around is the date
	// that the screen is about, zero if it is about none.
	run func(r *reader, around calendar.Date) tea.Msg
}

// option is --name with the values that it can have; nil: it has none.
type option struct {
	name   string
	values func(p *Page, before []string) []string
}

// commands are the verbs of the command line that the screen has, with the same
// arguments, and what concerns the screen itself.
func commands() []command {
	return slices.Concat(places(), partitions(), changes(), plans(), screen())
}

func places() []command {
	return []command{
		{
			name: "goto", args: "DATE", help: "to a date in the list of days", values: dateWords,
			run: func(r *reader, _ calendar.Date) tea.Msg { return page.Goto{Date: r.date(0)} },
		},
		{
			name: "days", help: "the list of days", run: func(*reader, calendar.Date) tea.Msg { return page.Goto{} },
		},
		{
			name: "steps", args: "[DATE]", help: "a day: its attempts, steps and reasons", values: dateWords,
			options: []option{{"attempt", none}},
			run: func(r *reader, around calendar.Date) tea.Msg {
				return page.Navigate{Place: page.Place{Kind: page.Day, Date: r.date(around), Attempt: r.number("attempt")}}
			},
		},
		{
			name: "diagnose", args: "[DATE]", help: "why a day is what it is: the same as steps", values: dateWords,
			run: func(r *reader, around calendar.Date) tea.Msg { return place(page.Day, r.date(around)) },
		},
		logs(),
		{
			name: "search", args: "[TEXT]", help: "what the logs of many days hold, by day and step", whole: true,
			run: func(r *reader, around calendar.Date) tea.Msg {
				text, _ := r.next()
				return page.Navigate{Place: page.Place{Kind: page.Search, Date: around, Find: page.Find{Query: logview.Query{Text: strings.TrimSpace(text)}}}}
			},
		},
		{
			name: "metrics", args: "[DATE]", help: "accuracy; --realised: what came true", values: dateWords,
			options: []option{{name: "realised"}},
			run: func(r *reader, around calendar.Date) tea.Msg {
				_, realised := r.option("realised")
				if realised && around.IsZero() {
					around = r.env.Pipeline.Newest
				}
				return page.Navigate{Place: page.Place{Kind: page.Metrics, Date: r.date(around), Realised: realised}}
			},
		},
		{
			name: "forecast", args: "[DATE]", help: "a forecast against what came, for any series", values: dateWords,
			options: []option{{"series", none}, {"history", none}}, run: plotted,
		},
		{
			name: "query", args: "SQL", help: "forecasts and sources by a query that only reads", whole: true, run: runQuery,
		},
		{
			name: "activity", help: "what was done: who, the command, the outcome",
			run: func(*reader, calendar.Date) tea.Msg { return place(page.Activity, 0) },
		},
		{
			name: "pipelines", help: "all pipelines side by side: which is fresh, which needs a person",
			run: func(*reader, calendar.Date) tea.Msg { return place(page.Overview, 0) },
		},
		{
			name: "doctor", help: "what is not as the records say; M mends what can be",
			options: []option{{name: "mend"}}, run: func(*reader, calendar.Date) tea.Msg { return place(page.Doctor, 0) },
		},
		{
			name: "plan", args: "ID", help: "a plan that was saved, or its progress once it has begun", values: savedPlans,
			run: func(r *reader, _ calendar.Date) tea.Msg {
				id, ok := r.next()
				if !ok {
					r.fail("give the id of a plan: s in its form saves one")
				}
				return page.Navigate{Place: page.Place{Kind: page.Request, Plan: forecast.PlanID(id)}}
			},
		},
		{
			name: "plans", help: "plans that were applied: progress, pause, drain, stop",
			run: func(*reader, calendar.Date) tea.Msg { return place(page.Progress, 0) },
		},
	}
}

// runQuery opens the rows of a query, and asks first where all dates would be read
// and that is paid for.
func runQuery(r *reader, _ calendar.Date) tea.Msg {
	sql, _ := r.next()
	if words, err := split(sql); err == nil && len(words) == 1 && strings.ContainsAny(sql[:1], `'"`) {
		sql = words[0] // as a shell takes it
	}
	if strings.TrimSpace(sql) == "" {
		r.fail("give a query, such as query SELECT * FROM %s", r.env.Pipeline.Table)
	}
	to := page.Place{Kind: page.Query, SQL: sql}
	if r.env.Pipeline.Engine == local || !query.Unbounded(sql) {
		return page.Navigate{Place: to}
	}
	return page.Navigate{Place: page.Place{Kind: page.Confirm, Ask: page.Ask{
		Title: "A query over all dates",
		Text:  "It names neither dt nor made_for, so that all dates may be read, and what is read is billed.",
		Yes:   "runs it",
		Do:    func() tea.Cmd { return page.Go(to) },
	}}}
}

// local is the engine whose queries cost nothing.
const local = "local"

func place(kind page.Kind, date calendar.Date) tea.Msg {
	return page.Navigate{Place: page.Place{Kind: kind, Date: date}}
}

func changes() []command {
	orders := []string{string(forecast.NewestFirst), string(forecast.OldestFirst)}
	modes := []string{string(forecast.ModeMissing), string(forecast.ModeMissingAndFailed), string(forecast.ModeAll)}
	selections := []string{string(forecast.SelectFailed), string(forecast.SelectGated), string(forecast.SelectStale)}
	from, to := option{"from", datesOnly}, option{"to", datesOnly}
	active, order := option{"max-active", none}, option{"order", fixed(orders...)}
	return []command{
		{
			name: "run", args: "[DATE]", help: "make a date; shows a plan first", changes: true, values: dateWords,
			options: []option{active, order},
			run: func(r *reader, around calendar.Date) tea.Msg {
				return form(forecast.PlanRequest{
					Kind: forecast.PlanRun, Dates: []calendar.Date{r.date(around)}, Cause: forecast.CauseManual,
					Order: forecast.Order(r.oneOf("order", orders)), MaxActive: r.number("max-active"), Actor: r.env.Actor,
				})
			},
		},
		{
			name: "rerun", args: "[DATE or FROM..TO ...]", help: "repeat dates from the step that failed; shows a plan first", changes: true, values: dateWords,
			options: []option{{name: "failed"}, {name: "gated"}, {name: "stale"}, from, to, {name: "whole"}, {"from-step", steps}, active, order},
			run: func(r *reader, around calendar.Date) tea.Msg {
				start := forecast.StartFailedStep
				if _, whole := r.option("whole"); whole {
					start = forecast.StartWhole
				}
				if step, ok := r.option("from-step"); ok {
					start = forecast.StartFrom(r.step(step))
				}
				return form(forecast.PlanRequest{
					Kind: forecast.PlanRerun, Dates: r.chosen(around), Start: start, Cause: forecast.CauseRerun,
					Order: forecast.Order(r.oneOf("order", orders)), MaxActive: r.number("max-active"), Actor: r.env.Actor,
				})
			},
		},
		{
			name: "backfill", args: "", help: "make the missing dates of a range; shows a plan first", changes: true,
			options: []option{from, to, {"last", none}, {"mode", fixed(modes...)}, {"select", fixed(selections...)}, active, {"chunk", none}, order, {name: "staged"}},
			run: func(r *reader, _ calendar.Date) tea.Msg {
				request := forecast.PlanRequest{
					Kind: forecast.PlanBackfill, Range: r.span(), Mode: forecast.Mode(r.oneOf("mode", modes)), Cause: forecast.CauseBackfill,
					Order: forecast.Order(r.oneOf("order", orders)), MaxActive: r.number("max-active"), Chunk: r.number("chunk"), Actor: r.env.Actor,
				}
				if _, ok := r.option("select"); ok {
					request.Mode, request.Select = "", forecast.Selection(r.oneOf("select", selections))
				}
				if _, staged := r.option("staged"); staged {
					request.Publish = forecast.PublishStaged
				}
				return form(request)
			},
		},
		{
			name: "stop", args: "[DATE]", help: "stop the running attempt of a date; asks first", changes: true, values: dateWords,
			run: func(r *reader, around calendar.Date) tea.Msg { return page.StopDate{Date: r.date(around)} },
		},
		{
			name: "fallback", args: "[DATE]", help: "fill a date with the last good forecast; shows which first", changes: true, values: dateWords,
			run: func(r *reader, around calendar.Date) tea.Msg { return page.FillDate{Date: r.date(around)} },
		},
	}
}

// span reads the dates of a backfill: the last month's if nothing is said.
func (r *reader) span() calendar.Range {
	const month = 30
	pipeline := r.env.Pipeline
	last := r.number("last")
	if last == 0 {
		last = month
	}
	span := calendar.Range{To: pipeline.Newest}
	if text, ok := r.option("to"); ok {
		span.To = r.read(text)
	}
	span.From = max(pipeline.Start, span.To-calendar.Date(last-1))
	if text, ok := r.option("from"); ok {
		span.From = r.read(text)
	}
	if span.From > span.To {
		r.fail("--from %s is after --to %s", span.From, span.To)
	}
	return span
}

func form(request forecast.PlanRequest) tea.Msg {
	return page.Navigate{Place: page.Place{Kind: page.Request, Request: request}}
}

func screen() []command {
	return append(settings(), []command{
		{
			name: "export", args: "FILE.csv|.json|.parquet", help: "write what is shown to a file: rows, a log; a partition also as it is stored",
			run: func(r *reader, _ calendar.Date) tea.Msg {
				file, _ := r.next()
				return page.Export{File: file}
			},
		},
		{
			name: "sort", args: "[-]COLUMN", help: "put the rows that are shown in order; - turns it around",
			values: func(p *Page, before []string) []string { return first(p.columns...)(p, before) }, run: sortBy,
		},
		{
			name: "pipeline", args: "NAME", help: "another of the pipelines that lie side by side",
			values: func(p *Page, before []string) []string { return first(p.env.Beside...)(p, before) },
			run: func(r *reader, _ calendar.Date) tea.Msg {
				name, ok := r.next()
				if !ok {
					r.fail("give the name of a pipeline")
				}
				return page.Switch{Pipeline: name}
			},
		},
		turn("profile", "by another login of this machine", func(a forecast.Account) []string { return a.Profiles },
			func(name string) page.Turn { return page.Turn{Profile: name} }),
		turn("region", "in another region", func(a forecast.Account) []string { return a.Regions },
			func(name string) page.Turn { return page.Turn{Region: name} }),
		{name: "console", help: "open what is shown in the console of the engine", run: pressed(keys.Console)},
		{name: "login", help: "log in again, in this terminal; asks first", run: pressed(keys.LogIn)},
		{name: "refresh", help: "read everything again now", run: pressed(keys.Refresh)},
		{name: "help", help: "the keys of this page", run: pressed(keys.Help)},
		{name: "quit", help: "leave daybatch", run: func(*reader, calendar.Date) tea.Msg { return page.AskQuit{} }},
	}...)
}

// sortBy reads the name of a column, in any case; a begin that no other has is enough.
func sortBy(r *reader, _ calendar.Date) tea.Msg {
	order := page.ReadOrder(strings.Join(r.w.alone, " "))
	r.w.alone = nil
	if len(r.columns) == 0 {
		r.fail("nothing here has columns to sort by")
		return nil
	}
	var found []string
	for _, column := range r.columns {
		if strings.EqualFold(column, order.Column) {
			found = []string{column}
			break
		}
		if order.Column != "" && strings.HasPrefix(strings.ToLower(column), strings.ToLower(order.Column)) {
			found = append(found, column)
		}
	}
	if len(found) != 1 {
		r.fail("sort %s: must be %s", order, strings.Join(r.columns, ", "))
		return nil
	}
	order.Column = found[0]
	return page.Sort{Order: order}
}

// turn shows the pipeline in another account. Which there are the program asks for
// again before it turns.
func turn(name, help string, known func(forecast.Account) []string, to func(string) page.Turn) command {
	return command{
		name: name, args: "NAME", help: "the same pipeline " + help + ", until daybatch ends",
		values: func(p *Page, before []string) []string { return first(known(p.env.Account)...)(p, before) },
		run: func(r *reader, _ calendar.Date) tea.Msg {
			word, ok := r.next()
			if !ok {
				r.fail("give the name of a %s", name)
			}
			return to(word)
		},
	}
}

func pressed(action keys.Action) func(*reader, calendar.Date) tea.Msg {
	return func(*reader, calendar.Date) tea.Msg { return keys.Pressed{Action: action} }
}
