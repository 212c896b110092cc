package page

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// AskFallback opens the question before dates are filled, with what they would be
// filled with, or says why none is. Once it is answered, done is told the dates.
func AskFallback(env *Env, scope *effects.Scope, plans []forecast.FallbackPlan, done func([]calendar.Date)) tea.Cmd {
	var dates []calendar.Date
	var requests []forecast.FallbackRequest
	var lines, left []string
	for _, plan := range plans {
		if plan.Action != forecast.ActionRun {
			left = append(left, plan.Date.String()+": "+plan.Reason)
			continue
		}
		dates = append(dates, plan.Date)
		requests = append(requests, forecast.FallbackRequest{Date: plan.Date, Source: plan.Source.Generation, Actor: env.Actor})
		lines = append(lines, plan.Date.String()+" with "+plan.Reason)
	}
	switch {
	case len(dates) == 0 && len(left) == 1:
		return Say(theme.Faint, left[0])
	case len(dates) == 0:
		return Say(theme.Faint, fmt.Sprintf("none of the %d dates is filled. %s", len(left), left[0]))
	case env.ReadOnly:
		return Say(theme.Gate, "read-only: "+Dates(dates)+" can't be filled from here")
	}
	ask := Ask{
		Title: fmt.Sprintf("Fill %s?", Dates(dates)),
		Text: "With " + plans[0].Reason + ". Every row and every screen says so. The date stays owed, and its own forecast " +
			"replaces this one." + same(env, "fallback", dates),
		Yes: "fills it",
		Do: func() tea.Cmd {
			done(dates)
			return scope.Fallback(requests)
		},
	}
	if len(plans) > 1 {
		ask.Text = strings.Join(few(lines), "\n")
		if len(left) > 0 {
			ask.Text += "\nNot filled:\n" + strings.Join(few(left), "\n")
		}
		ask.Text += "\nEvery row and every screen says so. The dates stay owed, and their own forecasts replace these." + same(env, "fallback", dates)
		ask.Yes = "fills them"
	}
	if env.Pipeline.Production {
		ask.Type = env.Pipeline.Name
	}
	return Go(Place{Kind: Confirm, Ask: ask})
}

// few returns lines as far as a question has room for them.
func few(lines []string) []string {
	const most = 5
	if len(lines) <= most {
		return lines
	}
	return append(lines[:most-1:most-1], fmt.Sprintf("and %d more", len(lines)-most+1))
}

// Filled says what dates were filled with.
func Filled(filled []forecast.Partition) tea.Cmd {
	if len(filled) == 1 {
		return Say(theme.Good, filled[0].Date.String()+" is filled with "+FallbackSource(filled[0]))
	}
	return Say(theme.Good, fmt.Sprintf("%d dates are filled", len(filled)))
}

// FallbackSource says what fills a date.
func FallbackSource(p forecast.Partition) string {
	switch {
	case p.FallbackModel != "":
		return "the same weekdays of the data up to " + Weekday(p.FallbackOf)
	case p.Age() == 1:
		return "the forecast of " + Weekday(p.FallbackOf) + ", 1 day old"
	default:
		return fmt.Sprintf("the forecast of %s, %d days old", Weekday(p.FallbackOf), p.Age())
	}
}

// Maker says what made a generation: which attempt, or what else.
func Maker(g forecast.Partition) string {
	switch g.Kind {
	case forecast.GenerationFallback:
		return "fallback of " + g.FallbackOf.String()[5:]
	case forecast.GenerationAdopted:
		return "adopted from disk"
	default:
		return fmt.Sprintf("attempt %d", g.Attempt)
	}
}
