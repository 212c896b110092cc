package partitions_test

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
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/page/partitions"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

func open(t *testing.T, pipeline forecast.Pipeline) page.Page {
	t.Helper()
	fake := enginetest.NewFake(enginetest.FakeOptions{})
	p := partitions.New(&page.Env{
		Effects: effects.New(t.Context(), fake, fake.Time), Zone: time.UTC, Now: fake.Time(), Pipeline: pipeline, Width: 140, Height: 20,
		Theme: theme.New(theme.Options{Profile: colorprofile.ASCII, Charset: theme.ASCII}),
	}, page.Place{Kind: page.Partitions})
	p.Resize(140, 18)
	return p
}

// days are ten with 1,344 rows each, of which the third newest has rows of its own.
func days(rows int64) []forecast.Day {
	newest := calendar.Of(2026, time.January, 20)
	var all []forecast.Day
	for d := newest; d > newest-10; d-- {
		made := forecast.Partition{Date: d, Generation: "g" + d.String(), Kind: forecast.GenerationOwn, Current: true, Attempt: 1, Rows: 1344, Series: 48}
		if d == newest-2 {
			made.Rows = rows
		}
		all = append(all, forecast.Day{Date: d, State: forecast.DaySucceeded, Partition: made})
	}
	return all
}

// TestThin marks a date with far fewer rows than others have, and finds it; one that
// lacks a few series is as usual.
func TestThin(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rows  int64
		shown string // of the date's row
		thin  bool
	}{{1008, "1,008!", true}, {1316, "1,316 ", false}, {0, "0!", true}} {
		p := open(t, forecast.Pipeline{})
		p.Update(effects.Reply[[]forecast.Day]{Value: days(tt.rows)})
		p.Update(keys.Pressed{Action: keys.NextBad})
		line := ""
		for text := range strings.SplitSeq(ansi.Strip(p.View()), "\n") {
			if strings.Contains(text, "2026-01-18 +") {
				line = text
			}
		}
		if found := strings.HasPrefix(line, ">"); found != tt.thin || strings.Contains(line, "fewer rows than usual") != tt.thin || !strings.Contains(line, tt.shown) {
			t.Errorf("%d rows of usually 1,344: %q; want %q and thin %t", tt.rows, line, tt.shown, tt.thin)
		}
	}
}

// TestForeign says of another team's pipeline that nothing is known.
func TestForeign(t *testing.T) {
	t.Parallel()
	p := open(t, forecast.Pipeline{Foreign: "ChurnScore"})
	p.Update(effects.Reply[[]forecast.Day]{Value: days(1344)})
	if screen := ansi.Strip(p.View()); !strings.Contains(screen, "only the team of ChurnScore knows") || strings.Contains(screen, "1,344") {
		t.Errorf("screen = %s; want that nothing is known", screen)
	}
}
