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

// StopPlace returns the question before attempts are stopped; one without a number is
// the one that runs. Once it is answered, done is told the dates.
func StopPlace(env *Env, scope *effects.Scope, running []forecast.Execution, done func([]calendar.Date)) Place {
	dates := make([]calendar.Date, len(running))
	for i, execution := range running {
		dates[i] = execution.Date
	}
	ask := Ask{
		Title: fmt.Sprintf("Stop %s?", Dates(dates)),
		Text: "Its running step is ended and nothing of it is published. Steps that have finished " +
			"stay and can be reused by a rerun. What is published for the date now stays as it is.",
		Yes: "stops it",
		Do: func() tea.Cmd {
			done(dates)
			return scope.Stop(dates, env.Actor)
		},
	}
	if env.Pipeline.Foreign != "" {
		ask.Text = "Its running jobs are ended. What its steps have published already stays: only the team of " +
			env.Pipeline.Foreign + " knows what that is. A rerun starts from the first step."
	}
	if len(running) == 1 {
		which := "the running attempt"
		if running[0].Attempt > 0 {
			which = fmt.Sprintf("attempt %d", running[0].Attempt)
		}
		ask.Title = fmt.Sprintf("Stop %s, %s?", Weekday(dates[0]), which)
	} else {
		ask.Text = List(dates) + ". Of each: " + lower(ask.Text)
		ask.Yes = "stops them"
	}
	ask.Text += same(env, "stop", dates)
	if env.Pipeline.Production {
		ask.Type = env.Pipeline.Name
	}
	return Place{Kind: Confirm, Ask: ask}
}

// Alone is told dates where nothing but what is asked hangs on them.
func Alone([]calendar.Date) {}

// lower returns a sentence to go on with.
func lower(sentence string) string { return strings.ToLower(sentence[:1]) + sentence[1:] }

// same says which command does the same to dates: it takes one.
func same(env *Env, verb string, dates []calendar.Date) string {
	text := env.SameAs(verb + " " + dates[0].String())
	if more := len(dates) - 1; more > 0 {
		text += fmt.Sprintf(" and so for %d more", more)
	}
	return text
}

// Dates says how many dates there are, or which it is.
func Dates(dates []calendar.Date) string {
	if len(dates) == 1 {
		return Weekday(dates[0])
	}
	return fmt.Sprintf("%d dates", len(dates))
}

// List names dates, each as far as a question has room for them.
func List(dates []calendar.Date) string {
	const most = 14
	var words []string
	for _, date := range dates[:min(len(dates), most)] {
		words = append(words, date.String())
	}
	if more := len(dates) - most; more > 0 {
		words = append(words, fmt.Sprintf("and %d more to %s", more, dates[len(dates)-1]))
	}
	return strings.Join(words, " ")
}

// Stopped says what stops achieved.
func Stopped(answers []forecast.StopAnswer) tea.Cmd {
	if len(answers) == 1 {
		return stopped(answers[0])
	}
	late := 0
	for _, answer := range answers {
		if answer.TooLate {
			late++
		}
	}
	if late > 0 {
		return Say(theme.Gate, fmt.Sprintf("too late for %d of %d: they were published already", late, len(answers)))
	}
	return Say(theme.Good, fmt.Sprintf("stopped: the attempts of %d dates publish nothing any more", len(answers)))
}

func stopped(answer forecast.StopAnswer) tea.Cmd {
	if answer.Note != "" {
		return Say(theme.Good, answer.Note)
	}
	if answer.TooLate {
		return Say(theme.Gate, "too late to stop: generation "+answer.Generation+" was already published")
	}
	return Say(theme.Good, "stopped: the attempt publishes nothing any more")
}
