package page

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// AskFallback opens the question before a date is filled, with what it would be
// filled with, or says why it is not.
func AskFallback(env *Env, scope *effects.Scope, plan forecast.FallbackPlan) tea.Cmd {
	if plan.Action != forecast.ActionRun {
		return Say(theme.Faint, plan.Date.String()+": "+plan.Reason)
	}
	if env.ReadOnly {
		return Say(theme.Gate, "read-only: "+plan.Date.String()+" can't be filled from here")
	}
	ask := Ask{
		Title: fmt.Sprintf("Fill %s?", Weekday(plan.Date)),
		Text: "With " + plan.Reason + ". Every row and every screen says so. The date stays owed, and its own forecast " +
			"replaces this one. Same as daybatch fallback " + plan.Date.String(),
		Yes: "fill it",
		Do: func() tea.Cmd {
			return scope.Fallback(forecast.FallbackRequest{Date: plan.Date, Source: plan.Source.Generation, Actor: env.Actor})
		},
	}
	if env.Pipeline.Production {
		ask.Type = env.Pipeline.Name
	}
	return Go(Place{Kind: Confirm, Ask: ask})
}

// Filled says what a date was filled with.
func Filled(p forecast.Partition) tea.Cmd {
	return Say(theme.Good, p.Date.String()+" is filled with "+FallbackSource(p))
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
