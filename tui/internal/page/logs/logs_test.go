package logs_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/page/logs"
	"github.com/daybatch/daybatch/tui/internal/theme"
	"github.com/daybatch/daybatch/tui/internal/widget/logview"
)

// searching is a page of 100 lines, the 42nd at the top, on which "row" was
// searched for and nothing found yet.
func searching(t *testing.T, charset theme.Charset) page.Page {
	t.Helper()
	fake := enginetest.NewFake(enginetest.FakeOptions{})
	env := &page.Env{
		Effects: effects.New(t.Context(), fake, fake.Time), Zone: time.UTC, Now: fake.Time(),
		Theme: theme.New(theme.Options{Profile: colorprofile.ASCII, Charset: charset}),
	}
	p := logs.New(env, page.Place{Kind: page.Logs, Step: forecast.Train, Attempt: 1})
	p.Resize(100, 12)
	p.Init()
	var lines []forecast.LogLine
	for i := range 100 {
		lines = append(lines, forecast.LogLine{At: fake.Time(), Step: forecast.Train, Text: fmt.Sprintf("row %d", i)})
	}
	p.Update(effects.Reply[effects.Lines]{Value: effects.Lines{Lines: lines, Done: true}})
	for _, action := range []keys.Action{keys.Top, keys.PageDown, keys.PageDown, keys.PageDown, keys.PageDown} {
		p.Update(keys.Pressed{Action: action})
	}
	if wheeler, ok := p.(page.Wheeler); ok {
		wheeler.Wheel(0, 2)
	}
	p.Update(keys.Pressed{Action: keys.Search})
	p.Update(tea.KeyPressMsg{Code: 'r', Text: "r"})
	return p
}

// find gives a page every line from one to another as a match.
func find(p page.Page, from, to int) {
	var found []uint32
	for i := from; i < to; i++ {
		found = append(found, uint32(i))
	}
	p.Update(effects.Reply[effects.Matches]{Tag: effects.Tag{Kind: effects.KindSearch}, Value: effects.Matches{Lines: found, UpTo: to}})
}

func shows(t *testing.T, p page.Page, top, bar string) {
	t.Helper()
	lines := strings.Split(ansi.Strip(p.View()), "\n")
	last := strings.TrimSpace(lines[len(lines)-1])
	if !strings.Contains(lines[1]+" ", top+" ") || !strings.HasSuffix(last, bar) {
		t.Errorf("at the top %q, below %q; want %q and %q", lines[1], last, top, bar)
	}
}

// TestSearchGoesOn marks a count that is not the last.
func TestSearchGoesOn(t *testing.T) {
	t.Parallel()
	for charset, mark := range map[theme.Charset]string{theme.Unicode: "\u2026", theme.ASCII: ".."} {
		p := searching(t, charset)
		shows(t, p, "row 42", "searching")
		find(p, 0, 30) // above the reader
		shows(t, p, "row 42", "30"+mark+" matches")
		find(p, 30, 50)
		shows(t, p, "row 42", "match 43 of 50"+mark)
		find(p, 50, 100)
		shows(t, p, "row 42", "match 43 of 100")
	}
}

// TestSearchIsLeft does not move whoever has moved on while it went on.
func TestSearchIsLeft(t *testing.T) {
	t.Parallel()
	p := searching(t, theme.Unicode)
	p.Update(keys.Pressed{Action: keys.Confirm})
	p.Update(keys.Pressed{Action: keys.Up})
	find(p, 90, 100)
	shows(t, p, "row 41", "10 matches")
	p.Update(keys.Pressed{Action: keys.NextMatch})
	shows(t, p, "row 87", "match 1 of 10")
}

// TestSearchOfAPlace goes to the first match of what the page was opened for, also where
// it comes with later lines, and once it is known that the filter shows it.
func TestSearchOfAPlace(t *testing.T) {
	t.Parallel()
	fake := enginetest.NewFake(enginetest.FakeOptions{})
	env := &page.Env{
		Effects: effects.New(t.Context(), fake, fake.Time), Zone: time.UTC, Now: fake.Time(),
		Theme: theme.New(theme.Options{Profile: colorprofile.ASCII, Charset: theme.Unicode}),
	}
	p := logs.New(env, page.Place{
		Kind: page.Logs, Step: forecast.Train, Attempt: 1, Filter: "row", Find: page.Find{Query: logview.Query{Text: "row 7"}},
	})
	p.Resize(100, 12)
	p.Init()
	add := func(from, to int, done bool) {
		var lines []forecast.LogLine
		for i := from; i < to; i++ {
			lines = append(lines, forecast.LogLine{At: fake.Time(), Step: forecast.Train, Text: fmt.Sprintf("row %d", i)})
		}
		p.Update(effects.Reply[effects.Lines]{Value: effects.Lines{Lines: lines, Done: done}})
	}
	answer := func(kind effects.Kind, upTo int, lines ...uint32) {
		p.Update(effects.Reply[effects.Matches]{Tag: effects.Tag{Kind: kind}, Value: effects.Matches{Lines: lines, UpTo: upTo}})
	}
	all := make([]uint32, 100)
	for i := range all {
		all[i] = uint32(i)
	}
	add(0, 60, false)
	answer(effects.KindSearch, 60)
	answer(effects.KindFilter, 60, all[:60]...)
	shows(t, p, "row 50", "no match")
	add(60, 100, true)
	answer(effects.KindSearch, 100, 70, 71)
	shows(t, p, "row 50", "2 matches") // whether the filter shows them is not known yet
	answer(effects.KindFilter, 100, all[60:]...)
	shows(t, p, "row 67", "match 1 of 2")
}

// TestUnlogged opens the log of steps that have none: nothing is waited for, and what
// there is of them is shown, also as it changes.
func TestUnlogged(t *testing.T) {
	t.Parallel()
	fake := enginetest.NewFake(enginetest.FakeOptions{})
	env := &page.Env{
		Effects: effects.New(t.Context(), fake, fake.Time), Zone: time.UTC, Now: fake.Time(),
		Theme:    theme.New(theme.Options{Profile: colorprofile.ASCII, Charset: theme.Unicode}),
		Pipeline: forecast.Pipeline{Foreign: "ChurnScore"},
	}
	date := calendar.Of(2026, time.January, 19)
	p := logs.New(env, page.Place{Kind: page.Logs, Step: "QualityGate", Date: date, Execution: "2026-01-19-a1", Attempt: 1})
	p.Resize(80, 20)
	p.Init()
	step := forecast.Step{Name: "QualityGate", Status: forecast.StepWaiting, Unlogged: "Condition"}
	p.Update(effects.Reply[[]forecast.Execution]{
		Tag: effects.Tag{Kind: effects.KindExecutions}, Value: []forecast.Execution{{ID: "2026-01-19-a1", Steps: []forecast.Step{step}}},
	})
	view := func() string { return strings.Join(strings.Fields(ansi.Strip(p.View())), " ") }
	if got := view(); !strings.Contains(got, "which has no log: it has not begun") || strings.Contains(got, "WAITING for lines") {
		t.Errorf("before it began:\n%s", got)
	}
	if worker, ok := p.(page.Worker); !ok || worker.Busy() {
		t.Error("the page waits for lines that never come")
	}
	step.Status, step.Reason.Text = forecast.StepSucceeded, "it came out false: auc >= {MinAuc}"
	step.Started, step.Ended = fake.Time(), fake.Time().Add(8*time.Second)
	day := forecast.Day{Date: date, Last: forecast.Execution{ID: "2026-01-19-a1"}, Steps: []forecast.Step{step}}
	p.Update(effects.Changed{Event: forecast.Event{Days: []forecast.Day{day}}})
	for _, want := range []string{"NO LOG", "No log: Condition", "Succeeded, it came out false: auc >= {MinAuc}.", "took 8.0s"} {
		if got := view(); !strings.Contains(got, want) {
			t.Errorf("afterwards it lacks %q:\n%s", want, got)
		}
	}
}
