package palette

import (
	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// partitions are the verbs that show or change what readers see of a date.
func partitions() []command {
	open := func(r *reader, around calendar.Date) tea.Msg {
		to := page.Place{Kind: page.Partition}
		to.Generation, _ = r.option(generationOption)
		to.Filter, _ = r.option("filter")
		to.Date = r.date(around)
		return page.Navigate{Place: to}
	}
	listed := func(r *reader, around calendar.Date) tea.Msg {
		to := page.Place{Kind: page.Partitions, Date: around}
		_, to.All = r.option("all")
		if text, ok := r.option("from"); ok {
			to.Span.From = r.read(text)
		}
		if text, ok := r.option("to"); ok {
			to.Span.To = r.read(text)
		}
		if !to.Span.To.IsZero() && to.Span.From > to.Span.To {
			r.fail("--from %s is after --to %s", to.Span.From, to.Span.To)
		}
		return page.Navigate{Place: to}
	}
	generation, filter := option{generationOption, generations}, option{"filter", columns}
	return []command{
		{
			name: "partition", args: "[DATE]", help: "what readers see of a date: generations, rows, the way back", values: dateWords,
			options: []option{generation, filter}, note: generationNote, run: open,
		},
		{
			name: "partition list", help: "what readers see of all dates: which have a forecast, and whose",
			options: []option{{"from", datesOnly}, {"to", datesOnly}, {name: "all"}}, run: listed,
		},
		{name: "partition show", args: "[DATE]", help: "the generations of a date", values: dateWords, run: open},
		{
			name: "partition preview", args: "[DATE]", help: "the rows of a generation", values: dateWords,
			options: []option{generation, filter}, note: generationNote, run: open,
		},
		{
			name: "partition diff", args: "[DATE]", help: "how two generations of a date differ", values: dateWords,
			options: []option{{"from", generations}, {"to", generations}}, note: generationNote,
			run: func(r *reader, around calendar.Date) tea.Msg {
				to := page.Place{Kind: page.Partition, Date: r.date(around)}
				to.Against, _ = r.option("from")
				to.Generation, _ = r.option("to")
				return page.Navigate{Place: to}
			},
		},
		{
			name: "partition rollback", args: "[DATE]", help: "the generation to go back to: U publishes it, and asks first", changes: true, values: dateWords,
			options: []option{generation}, note: generationNote, run: open,
		},
		{
			name: "partition export", args: "[DATE]", help: "the rows of a date: export FILE.parquet writes them then", values: dateWords, run: open,
		},
	}
}

// plans are the verbs that show or change a plan that was made.
func plans() []command {
	shown := func(kind page.Kind, verb forecast.PlanVerb) func(*reader, calendar.Date) tea.Msg {
		return func(r *reader, _ calendar.Date) tea.Msg {
			id, _ := r.next()
			return page.Navigate{Place: page.Place{Kind: kind, Plan: forecast.PlanID(id), Verb: verb}}
		}
	}
	all := []command{
		{name: "backfill list", help: "plans that were applied", run: shown(page.Progress, "")},
		{name: "backfill show", args: "[ID]", help: "how far a plan is", run: shown(page.Progress, "")},
		{name: "backfill diff", args: "[ID]", help: "what a staged plan has built: d compares a date", run: shown(page.Progress, "")},
		{name: "backfill retry", args: "[ID]", help: "a plan whose dates did not all succeed: R asks for these again", changes: true, run: shown(page.Progress, "")},
		{name: "backfill publish", args: "[ID]", help: "what a staged plan has built: U publishes it, and asks first", changes: true, run: shown(page.Progress, "")},
		{name: "backfill rollback", args: "[ID]", help: "what a staged plan has published: U takes it back, and asks first", changes: true, run: shown(page.Progress, "")},
		{
			name: "backfill apply", args: "ID", help: "a plan that was saved, before it begins", changes: true, values: savedPlans,
			run: func(r *reader, around calendar.Date) tea.Msg {
				if len(r.w.alone) == 0 {
					r.fail("give the id of a plan: s in its form saves one")
				}
				return shown(page.Request, "")(r, around)
			},
		},
	}
	for _, control := range []struct {
		verb forecast.PlanVerb
		help string
	}{
		{forecast.VerbPause, "start no more dates of a plan"},
		{forecast.VerbResume, "go on with a plan that was paused"},
		{forecast.VerbDrain, "let a plan end with what runs; asks first"},
		{forecast.VerbStop, "end a plan and what runs of it; asks first"},
	} {
		all = append(all, command{
			name: "backfill " + string(control.verb), args: "[ID]", help: control.help, changes: true, run: shown(page.Progress, control.verb),
		})
	}
	return all
}
