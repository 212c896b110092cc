package search

import (
	"slices"
	"sort"

	"github.com/daybatch/daybatch/forecast/logsearch"
)

// kind is what a row of the list is.
type kind int

const (
	rowHead kind = iota // a step of an attempt that has matches
	rowLine             // one of its lines
	rowMore             // how many lines are not shown
	rowNote             // a day, or a part of one, without a log
	rowRun              // several days, one after the other, that nobody has run
)

// While rows are folded, shortly is how many lines of a step are shown, and several
// how many days without a log, one after the other, take one row together.
const (
	shortly = 3
	several = 3
)

// row is a row of the list, by the indexes of what it shows. Days are only added
// behind others, so that they stay.
type row struct {
	kind               kind
	day, attempt, step int
	line               int
	note               string
	last               int // of a run: the index of its oldest day; day is its newest
}

// before reports whether a row stands before another one.
func (r row) before(other row) bool {
	for _, pair := range [][2]int{{r.day, other.day}, {r.attempt, other.attempt}, {r.step, other.step}, {r.line, other.line}} {
		if pair[0] != pair[1] {
			return pair[0] < pair[1]
		}
	}
	return r.kind < other.kind
}

// arrange makes the rows anew. The cursor stays on its row, or goes to the one
// before where it stood; until it was moved it is on the first match.
func (p *Page) arrange() {
	var under row
	had := p.row < len(p.list)
	if had {
		under = p.list[p.row]
	}
	p.list = p.list[:0]
	for at := 0; at < len(p.days); {
		if n := p.run(at); n >= several && !p.unfolded {
			if !p.only {
				p.list = append(p.list, row{kind: rowRun, day: at, attempt: -1, last: at + n - 1})
			}
			at += n
			continue
		}
		p.addDay(at, p.days[at])
		at++
	}
	at := slices.IndexFunc(p.list, func(r row) bool { return r.kind == rowHead })
	if had && (p.moved || at < 0) {
		behind := sort.Search(len(p.list), func(i int) bool { return under.before(p.list[i]) })
		at = behind - 1
	}
	p.row = max(0, at)
}

// run returns how many days from one on, which are alike, nobody has run.
func (p *Page) run(at int) int {
	n := 0
	for _, day := range p.days[at:] {
		if !never(day) || day.State != p.days[at].State {
			break
		}
		n++
	}
	return n
}

// never reports whether nobody has run a day, so that it has no log.
func never(day logsearch.Day) bool { return len(day.Attempts) == 0 && day.Err == nil }

// addDay adds the rows of a day.
func (p *Page) addDay(at int, day logsearch.Day) {
	note := func(attempt, step int, text string) {
		if !p.only {
			p.list = append(p.list, row{kind: rowNote, day: at, attempt: attempt, step: step, note: text})
		}
	}
	if never(day) {
		note(-1, 0, "no log: nobody has run it")
		return
	}
	for i, attempt := range day.Attempts {
		for j, step := range attempt.Steps {
			p.addStep(row{day: at, attempt: i, step: j}, step)
		}
		switch {
		case len(attempt.Silent) > 0:
			note(i, len(attempt.Steps), "no line of "+names(attempt.Silent)+": it wrote none, or its log was removed")
		case attempt.Lines == 0 && (day.Err == nil || i < len(day.Attempts)-1):
			note(i, len(attempt.Steps), "its log is empty")
		}
	}
	if day.Err != nil {
		failed := len(day.Attempts) - 1
		p.list = append(p.list, row{kind: rowNote, day: at, attempt: failed, step: most, note: "not read: " + day.Err.Error()})
	}
}

// addStep adds a step, and its lines as far as they are shown.
func (p *Page) addStep(head row, step logsearch.Step) {
	p.list = append(p.list, head)
	shown := len(step.Lines)
	if !p.unfolded {
		shown = min(shown, shortly)
	}
	for i := range shown {
		r := head
		r.kind, r.line = rowLine, i
		p.list = append(p.list, r)
	}
	if step.Count > shown {
		r := head
		r.kind, r.line = rowMore, shown
		p.list = append(p.list, r)
	}
}
