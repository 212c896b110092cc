package day

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/series"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// good returns the last succeeded day before the date.
func (p *Page) good() (forecast.Day, bool) {
	for _, before := range p.days {
		if before.Date < p.date && before.State == forecast.DaySucceeded {
			return before, true
		}
	}
	return forecast.Day{}, false
}

// judge asks for what the gate saw in the attempt shown and on the last good
// day, once both are known and unless that was asked for.
func (p *Page) judge() tea.Cmd {
	execution, ok := p.execution()
	before, found := p.good()
	if !ok || !found {
		return nil
	}
	var commands []tea.Cmd
	if p.now.of != execution.ID && evaluated(execution) {
		p.now = judged{of: execution.ID}
		commands = append(commands, p.Scope().Evaluation(execution.ID))
	}
	if p.then.of != before.Last.ID {
		p.then = judged{of: before.Last.ID}
		commands = append(commands, p.Scope().History(before.Last.ID))
	}
	was, is := before.Last.Definition, execution.Definition
	if was != is && (p.redefined.From != was || p.redefined.To != is) {
		p.redefined = effects.Redefined{From: was, To: is}
		commands = append(commands, p.Scope().Redefined(was, is))
	}
	return tea.Batch(commands...)
}

// evaluated reports whether an attempt got as far as numbers.
func evaluated(execution forecast.Execution) bool {
	return slices.ContainsFunc(execution.Steps, func(step forecast.Step) bool {
		return step.Name == forecast.TrainEvaluation && (step.Status.Done() || step.Reason.Class == forecast.ReasonGate)
	})
}

// changed draws what differs from the last good day: first what a person may
// have done, then what came of it.
func (p *Page) changed(c *draw.Canvas, execution forecast.Execution) {
	before, ok := p.good()
	if !ok {
		return
	}
	changes := slices.Concat(p.changedInputs(execution, before), p.changedResults(execution, before))
	against := "against " + page.Weekday(before.Date) + ", the last good day"
	if len(changes) == 0 {
		p.text(c, "changed", theme.Plain, "nothing "+against)
		return
	}
	p.text(c, "changed", theme.Faint, against+":")
	for _, change := range changes {
		p.text(c, "", theme.Plain, change)
	}
}

// changedInputs tells what was run in another way.
func (p *Page) changedInputs(execution forecast.Execution, before forecast.Day) []string {
	was := before.Last
	var changes []string
	add := func(name, then, now string) {
		if then != now {
			changes = append(changes, fmt.Sprintf("%s %s -> %s", name, orNone(then), orNone(now)))
		}
	}
	if was.Definition != execution.Definition {
		changes = append(changes, fmt.Sprintf("definition %s -> %s", was.Definition, execution.Definition))
		if p.redefined.From == was.Definition && p.redefined.To == execution.Definition {
			changes = append(changes, p.redefined.Changes...)
		}
	}
	add("cause", string(was.Cause), string(execution.Cause))
	add("host", was.Host, execution.Host)
	for _, step := range execution.Steps {
		at := slices.IndexFunc(before.Steps, func(s forecast.Step) bool { return s.Name == step.Name })
		if at < 0 {
			changes = append(changes, "step "+string(step.Name)+" is new")
			continue
		}
		add("command of "+string(step.Name), strings.Join(before.Steps[at].Command, " "), strings.Join(step.Command, " "))
	}
	for _, step := range before.Steps {
		if !slices.ContainsFunc(execution.Steps, func(s forecast.Step) bool { return s.Name == step.Name }) {
			changes = append(changes, "step "+string(step.Name)+" is gone")
		}
	}
	return changes
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// changedResults tells what came out otherwise.
func (p *Page) changedResults(execution forecast.Execution, before forecast.Day) []string {
	var changes []string
	day, ok := p.day()
	if ok && day.Partition.Execution == execution.ID && before.Partition.Generation != "" {
		changes = append(changes, counts("rows published", before.Partition.Rows, day.Partition.Rows)...)
	}
	if slow := slower(execution, before, p.env.Now); slow != "" {
		changes = append(changes, slow)
	}
	if p.now.read && p.now.of == execution.ID {
		for _, text := range p.now.value.Input {
			changes = append(changes, "input: "+text)
		}
	}
	if !p.now.read || !p.then.read || p.now.of != execution.ID || p.then.of != before.Last.ID {
		return changes
	}
	then, now := p.then.value, p.now.value
	changes = append(changes, counts("series", int64(len(then.Series)), int64(len(now.Series)))...)
	changes = append(changes, counts("rows compared by the gate", int64(then.Rows), int64(now.Rows))...)
	for _, name := range []string{"wape", "mase"} {
		was, had := then.Measures[name]
		if is, has := now.Measures[name]; had && has && fmt.Sprintf("%.3f", was) != fmt.Sprintf("%.3f", is) {
			changes = append(changes, fmt.Sprintf("%s %.3f -> %.3f", name, was, is))
		}
	}
	changes = append(changes, models(then, now)...)
	for _, warning := range now.Warnings {
		if !slices.Contains(then.Warnings, warning) {
			changes = append(changes, "new warning: "+warning)
		}
	}
	return changes
}

// counts tells how a number changed.
func counts(what string, then, now int64) []string {
	if then == now {
		return nil
	}
	text := fmt.Sprintf("%s %s -> %s", what, draw.Count(then), draw.Count(now))
	if then > 0 {
		text += fmt.Sprintf(" (%+.0f %%)", 100*(float64(now)/float64(then)-1))
	}
	return []string{text}
}

// slower tells which steps took more than twice as long, and at least a minute
// more.
func slower(execution forecast.Execution, before forecast.Day, now time.Time) string {
	const twice, least = 2, time.Minute
	var slow []string
	for _, step := range execution.Steps {
		for _, then := range before.Steps {
			if then.Name != step.Name || step.Status == forecast.StepReused || then.Status == forecast.StepReused {
				continue
			}
			if was, is := then.Took(now), step.Took(now); is > twice*was && is-was >= least {
				slow = append(slow, fmt.Sprintf("%s took %s, was %s", step.Name, draw.Took(is), draw.Took(was)))
			}
		}
	}
	return strings.Join(slow, "; ")
}

// models tells for how many series another model was chosen, and for which.
func models(then, now forecast.Evaluation) []string {
	const named = 3
	was := make(map[series.Key]string, len(then.Series))
	for _, one := range then.Series {
		was[one.Series] = one.Model
	}
	var moved []string
	count := 0
	for _, one := range now.Series {
		model, had := was[one.Series]
		if !had || model == one.Model {
			continue
		}
		if count++; count <= named {
			moved = append(moved, fmt.Sprintf("%s %s -> %s", one.Series, model, one.Model))
		}
	}
	if count == 0 {
		return nil
	}
	text := fmt.Sprintf("another model for %d of %d series: %s", count, len(now.Series), strings.Join(moved, ", "))
	if count > named {
		text += ", ..."
	}
	return []string{text}
}
