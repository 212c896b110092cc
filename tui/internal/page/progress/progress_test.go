package progress_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/page/progress"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// TestBehind shows nothing of steps as running on a date whose attempt has ended, and
// reads such a day again, once: the plan and the days are read apart.
func TestBehind(t *testing.T) {
	t.Parallel()
	fake := enginetest.NewFake(enginetest.FakeOptions{})
	pipeline, err := fake.Pipeline(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	env := &page.Env{
		Effects: effects.New(t.Context(), fake, fake.Time), Zone: time.UTC, Now: fake.Time(), Pipeline: pipeline,
		Theme: theme.New(theme.Options{Profile: colorprofile.ASCII, Charset: theme.ASCII}),
	}
	p := progress.New(env, page.Place{Kind: page.Progress})
	p.Resize(100, 10)
	date := pipeline.Newest
	day := func(status forecast.Status, steps forecast.StepStatus) []forecast.Day {
		day := forecast.Day{Date: date, Last: forecast.Execution{ID: "x", Date: date, Status: status, Started: fake.Time().Add(-time.Minute)}}
		for _, name := range forecast.StepNames() {
			day.Steps = append(day.Steps, forecast.Step{Name: name, Status: steps})
		}
		return []forecast.Day{day}
	}
	plan := func(state forecast.RowState) []forecast.Plan {
		return []forecast.Plan{{ID: "p", State: forecast.PlanActive, Rows: []forecast.PlanRow{{Date: date, Action: forecast.ActionRun, State: state, Execution: "x"}}}}
	}
	shows := func(want string) {
		t.Helper()
		lines := strings.Split(ansi.Strip(p.View()), "\n")
		at := slices.IndexFunc(lines, func(line string) bool { return strings.Contains(line, date.String()) })
		if at < 0 || strings.Join(strings.Fields(lines[at]), " ") != want {
			t.Errorf("screen = %q; want a line %q", lines, want)
		}
	}
	head := "> " + page.Weekday(date) // the cursor is at what runs
	p.Update(effects.Changed{Event: forecast.Event{Plans: plan(forecast.RowRunning), Days: day(forecast.Executing, forecast.StepWaiting)}})
	shows(head + " > Running . . . . . . 1m00s")
	if cmd := p.Update(effects.Changed{Event: forecast.Event{Plans: plan(forecast.RowFailed)}}); cmd == nil {
		t.Error("a day that is behind its plan is not read again")
	}
	shows(head + " X Failed")
	if cmd := p.Update(effects.Changed{Event: forecast.Event{Plans: plan(forecast.RowFailed)}}); cmd != nil {
		t.Error("a day that is behind its plan is read more than once")
	}
	p.Update(effects.Changed{Event: forecast.Event{Days: day(forecast.Failed, forecast.StepSkipped)}})
	shows(head + " X Failed" + strings.Repeat(" s", 6) + " 1m00s")
}
