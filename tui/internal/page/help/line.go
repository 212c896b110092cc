package help

import (
	"slices"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/fuzzy"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// line is a line of the list.
type line struct {
	key  string
	role theme.Role // of the key
	help string
	runs keys.Binding // what enter runs; no action: the line is to be read only
}

// lines returns what matches a search: the keys that work now, then those of other pages
// and what the signs mean. Without a search the keys of other pages are left out.
func (p *Page) lines() []line {
	typed := p.field.Text()
	var all []line
	for _, b := range p.all.Matching(typed) {
		all = append(all, line{key: b.Shown(), role: theme.Accent, help: b.Help, runs: b})
	}
	if strings.TrimSpace(typed) != "" {
		all = append(all, fuzzy.Sort(p.elsewhere(), typed, line.words)...)
	}
	return append(all, fuzzy.Sort(p.signs(), typed, line.words)...)
}

func (l line) words() string { return l.help + " " + l.key }

// elsewhere returns the keys that work on other pages only, each action once for what it
// does.
func (p *Page) elsewhere() []line {
	var found []line
	seen := make(map[string]bool)
	for _, b := range p.all {
		seen[b.Help] = true
	}
	for _, table := range keys.Tables() {
		if keys.Textual(table.Page) || table.Page == keys.GlobalName {
			continue
		}
		for _, b := range p.env.Chosen.On(table.Page, table.Map) {
			if !seen[b.Help] && p.may(table.Page, b) {
				seen[b.Help] = true
				found = append(found, line{key: b.Shown(), role: theme.Faint, help: "on " + table.Page + ": " + b.Help})
			}
		}
	}
	return found
}

// may reports whether a key of another page does something for this person and project.
func (p *Page) may(table string, b keys.Binding) bool {
	alone := len(p.env.Beside) < 2
	beside := table == string(page.Overview) || b.Action == keys.Pipeline || b.Action == keys.Overview
	return (!alone || !beside) && (!p.env.ReadOnly || !b.Changes)
}

// signs returns what the glyphs of days and steps mean.
func (p *Page) signs() []line {
	t := p.env.Theme
	var found []line
	sign := func(mark theme.Mark, meaning string) {
		found = append(found, line{key: mark.Glyph, role: mark.Role, help: meaning})
	}
	for _, one := range []struct {
		state   forecast.DayState
		meaning string
	}{
		{forecast.DaySucceeded, "its own forecast is published"},
		{forecast.DayFailed, "a step ended with an error"},
		{forecast.DayGated, "the metrics did not meet the criteria: nothing was published"},
		{forecast.DayRunning, "an attempt executes"},
		{forecast.DayWaiting, "the source has no rows for the date yet"},
		{forecast.DayMissing, "owed, and nobody has run it"},
		{forecast.DayNotDue, "not owed, or its time has not come"},
		{forecast.DayStopping, "an attempt is being stopped"},
		{forecast.DayStopped, "the last attempt was stopped"},
		{forecast.DayUnknown, "nobody is known to run its open attempt"},
	} {
		sign(t.Day(one.state, 0), string(one.state)+": "+one.meaning)
	}
	for _, one := range []struct {
		status  forecast.StepStatus
		meaning string
	}{
		{forecast.StepStarting, "the step's machine is being made ready"},
		{forecast.StepReused, "the step was taken over from an earlier attempt"},
		{forecast.StepSkipped, "the step was never reached"},
	} {
		sign(t.Step(one.status, 0), string(one.status)+": "+one.meaning)
	}
	return found
}

// chosen returns what enter runs at the cursor; false if that line is to be read only.
func (p *Page) chosen() (keys.Binding, bool) {
	lines := p.lines()
	if p.cursor >= len(lines) || lines[p.cursor].runs.Action == "" {
		return keys.Binding{}, false
	}
	return lines[p.cursor].runs, true
}

// runnable counts the lines that enter runs.
func runnable(lines []line) int {
	if at := slices.IndexFunc(lines, func(l line) bool { return l.runs.Action == "" }); at >= 0 {
		return at
	}
	return len(lines)
}
