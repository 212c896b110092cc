package day_test

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/page/day"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// TestRetried shows an attempt that failed, and was retried six days later: how long it
// took leaves the days out, and the chart has room for the steps since.
func TestRetried(t *testing.T) {
	t.Parallel()
	fake := enginetest.NewFake(enginetest.FakeOptions{})
	env := &page.Env{
		Effects: effects.New(t.Context(), fake, fake.Time), Zone: time.UTC, Now: fake.Time(), Width: 120,
		Theme: theme.New(theme.Options{Profile: colorprofile.ASCII, Charset: theme.ASCII}),
	}
	begun := fake.Time().Add(-7 * 24 * time.Hour)
	step := func(name forecast.StepName, from, to time.Duration) forecast.Step {
		return forecast.Step{Name: name, Status: forecast.StepSucceeded, Tries: 1, Created: begun.Add(from), Started: begun.Add(from), Ended: begun.Add(to)}
	}
	const idle = 6 * 24 * time.Hour
	p := day.New(env, page.Place{Kind: page.Day, Date: calendar.Of(2026, time.January, 19)})
	p.Resize(120, 30)
	p.Init()
	p.Update(effects.Reply[[]forecast.Execution]{Tag: effects.Tag{Kind: effects.KindExecutions}, Value: []forecast.Execution{{
		ID: "2026-01-19-a1", Attempt: 1, Status: forecast.Succeeded, Started: begun, Ended: begun.Add(idle + 40*time.Minute), Idle: idle,
		Steps: []forecast.Step{
			step("Ingest", 0, 10*time.Minute), step("Train", idle+10*time.Minute, idle+25*time.Minute), step("Publish", idle+25*time.Minute, idle+40*time.Minute),
		},
	}}})
	view := ansi.Strip(p.View())
	if !strings.Contains(view, "Succeeded  40m00s") || !strings.Contains(view, "before the retry") {
		t.Errorf("it lacks how long it took, or what was before:\n%s", view)
	}
	for line := range strings.SplitSeq(view, "\n") {
		if (strings.Contains(line, "Train ") || strings.Contains(line, "Publish ")) && strings.Count(line, "#") < 15 {
			t.Errorf("a step of 15 of 40 minutes is drawn as %q", line)
		}
	}
}
