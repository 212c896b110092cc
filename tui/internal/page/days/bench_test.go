package days_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/page/days"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// decade returns a page of ten years with forty steps a day.
func decade(tb testing.TB) page.Page {
	tb.Helper()
	const count, steps = 3650, 40
	fake := enginetest.NewFake(enginetest.FakeOptions{})
	env := &page.Env{
		Effects: effects.New(tb.Context(), fake, fake.Time), Now: fake.Time(), Zone: time.UTC,
		Theme: theme.New(theme.Options{Profile: colorprofile.TrueColor, Charset: theme.Unicode}),
		Width: 200, Height: 60,
	}
	for i := range steps {
		env.Pipeline.Steps = append(env.Pipeline.Steps, forecast.StepName(fmt.Sprintf("Step%02d", i)))
	}
	newest := calendar.Of(2026, time.January, 20)
	all := make([]forecast.Day, 0, count)
	for i := range count {
		day := forecast.Day{
			Date: newest - calendar.Date(i), State: forecast.DaySucceeded, Attempts: 1,
			Metrics: forecast.Measures{"wape": 0.2},
		}
		for _, name := range env.Pipeline.Steps {
			day.Steps = append(day.Steps, forecast.Step{Name: name, Status: forecast.StepSucceeded})
		}
		all = append(all, day)
	}
	p := days.New(env, page.Place{Kind: page.Days})
	p.Resize(200, 58)
	p.Update(effects.Reply[[]forecast.Day]{Value: all, At: fake.Time()})
	return p
}

// BenchmarkPaint paints a window of 3,650 days with 40 steps each.
func BenchmarkPaint(b *testing.B) {
	for _, form := range []struct {
		name  string
		press []keys.Action
	}{
		{"rows/newest", nil},
		{"rows/oldest", []keys.Action{keys.Bottom}},
		{"columns/newest", []keys.Action{keys.Transpose}},
		{"columns/oldest", []keys.Action{keys.Transpose, keys.Bottom}},
	} {
		b.Run(form.name, func(b *testing.B) {
			p := decade(b)
			for _, action := range form.press {
				p.Update(keys.Pressed{Action: action})
			}
			b.ReportAllocs()
			for b.Loop() {
				p.View()
			}
		})
	}
}

// BenchmarkMove moves the cursor and paints.
func BenchmarkMove(b *testing.B) {
	p := decade(b)
	b.ReportAllocs()
	for down := true; b.Loop(); down = !down {
		action := keys.Down
		if !down {
			action = keys.Up
		}
		p.Update(keys.Pressed{Action: action})
		p.View()
	}
}
