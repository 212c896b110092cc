package foreign_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/aws/internal/foreign"
	"github.com/daybatch/daybatch/forecast"
)

func ids(attempts []foreign.Attempt) string {
	var text []string
	for _, a := range attempts {
		id := a.Run.ID()
		if id == "" {
			id = "-"
		}
		text = append(text, id+" "+string(a.Status()))
	}
	return strings.Join(text, ", ")
}

func TestNumber(t *testing.T) {
	t.Parallel()
	first, second := execution("first", 1, forecast.Failed), execution("second", 5, forecast.Executing)
	named := second
	named.Name = "2026-01-19-a2"
	again := first
	again.Changed = at(3)
	note := func(change func(*foreign.Note)) foreign.Notes {
		n := foreign.Note{ID: "n", Way: foreign.Fresh, Name: "2026-01-19-a2", Created: at(4), Actor: "aki"}
		change(&n)
		return foreign.Notes{Date: jan(19)}.Add(n)
	}
	tests := []struct {
		name       string
		executions []foreign.Execution
		notes      foreign.Notes
		want       string
	}{
		{"none", nil, foreign.Notes{}, ""},
		{"by their starts", []foreign.Execution{second, first}, foreign.Notes{}, "first Failed, second Executing"},
		{"asked for", []foreign.Execution{first}, note(func(*foreign.Note) {}), "first Failed, - Executing"},
		{"started, and not listed yet", []foreign.Execution{first}, note(func(n *foreign.Note) { n.Run = second.ARN }), "first Failed, second Executing"},
		{"started, and not written down", []foreign.Execution{first, named}, note(func(*foreign.Note) {}), "first Failed, second Executing"},
		{"somebody was in between", []foreign.Execution{first, second}, note(func(*foreign.Note) {}), "first Failed, - Executing, second Executing"},
		{"refused", []foreign.Execution{first}, note(func(n *foreign.Note) { n.Refused.Class = forecast.ReasonConfig }), "first Failed, - Failed"},
		{"gave way", []foreign.Execution{first, second}, note(func(n *foreign.Note) { n.Run, n.Withdrawn = second.ARN, true }), "first Failed"},
		{"asked to go on", []foreign.Execution{again}, note(func(n *foreign.Note) { n.Way, n.Run, n.Name, n.Seen = foreign.Retry, first.ARN, "", at(3) }), "first Executing"},
		{"went on, and failed again", []foreign.Execution{again}, note(func(n *foreign.Note) { n.Way, n.Run, n.Name, n.Seen = foreign.Retry, first.ARN, "", at(2) }), "first Failed"},
		{"was not let go on", []foreign.Execution{again}, note(func(n *foreign.Note) {
			n.Way, n.Run, n.Name, n.Seen, n.Refused.Class = foreign.Retry, first.ARN, "", at(3), forecast.ReasonConfig
		}), "first Failed"},
	}
	for _, tt := range tests {
		attempts := foreign.Number(tt.executions, tt.notes)
		if got := ids(attempts); got != tt.want {
			t.Errorf("%s: attempts = %s; want %s", tt.name, got, tt.want)
		}
		for i, a := range attempts {
			if a.Number != i+1 {
				t.Errorf("%s: attempt %d has the number %d", tt.name, i+1, a.Number)
			}
		}
	}
}

// TestNumbersStay: whatever is listed later, and in which order, an attempt keeps
// its number, also if the clock of whoever asked for one goes wrong.
func TestNumbersStay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var listed []foreign.Execution
		var notes foreign.Notes
		numbers := map[string]int{}
		for minute := range rapid.IntRange(1, 8).Draw(t, "attempts") {
			id := string(rune('a' + minute))
			x := execution(id, minute, forecast.Failed)
			if rapid.Bool().Draw(t, "ours") {
				wrong := at(minute + rapid.IntRange(-30, 0).Draw(t, "clock"))
				notes = notes.Add(foreign.Note{ID: id, Way: foreign.Fresh, Run: x.ARN, Created: foreign.After(foreign.Number(listed, notes), wrong)})
			}
			listed = append(listed, x)
			for _, a := range foreign.Number(rapid.Permutation(listed).Draw(t, "order"), notes) {
				if n, known := numbers[a.Run.ID()]; known && n != a.Number {
					t.Fatalf("execution %s was attempt %d and is %d", a.Run.ID(), n, a.Number)
				}
				numbers[a.Run.ID()] = a.Number
			}
		}
	})
}
