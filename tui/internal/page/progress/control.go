package progress

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// verb returns what a key does to the plan.
func verb(plan forecast.Plan, action keys.Action) forecast.PlanVerb {
	switch {
	case action == keys.Drain:
		return forecast.VerbDrain
	case action == keys.Stop:
		return forecast.VerbStop
	case plan.State == forecast.PlanPaused:
		return forecast.VerbResume
	default:
		return forecast.VerbPause
	}
}

// wanted does what the page was opened for, once its plan is read.
func (p *Page) wanted(plan forecast.Plan) tea.Cmd {
	verb := p.verb
	p.verb = ""
	if verb == "" {
		return nil
	}
	if p.opened != "" && p.opened != plan.ID {
		return page.Say(theme.Gate, "there is no plan "+string(p.opened)+" that was started")
	}
	return p.control(plan, verb)
}

// control changes the plan. What can't be taken back is asked for first, and in
// production everything is.
func (p *Page) control(plan forecast.Plan, verb forecast.PlanVerb) tea.Cmd {
	if plan.State == forecast.PlanEnded {
		return page.Say(theme.Faint, "the plan has ended")
	}
	do := func() tea.Cmd { return p.Scope().Control(plan.ID, verb, p.env.Actor) }
	final := verb == forecast.VerbStop || verb == forecast.VerbDrain
	if !final && !p.env.Pipeline.Production {
		return do()
	}
	ask := p.question(plan, verb)
	ask.Text += p.env.SameAs(effects.ControlLine(plan.ID, verb))
	ask.Do = do
	if final && p.env.Pipeline.Production {
		ask.Type = p.env.Pipeline.Name
	}
	// Its keys lie beside those that only look: what is typed on is not its answer.
	return page.Go(page.Place{Kind: page.Confirm, Ask: ask, Unasked: true})
}

// question says what a verb does to the plan as it is now.
func (p *Page) question(plan forecast.Plan, verb forecast.PlanVerb) page.Ask {
	running := count(plan, forecast.RowRunning, forecast.RowJoined)
	queued := count(plan, forecast.RowQueued, forecast.RowBlocked)
	switch verb {
	case forecast.VerbStop:
		return page.Ask{Title: "Stop this plan?", Yes: "stops it", Text: p.stops(running, queued)}
	case forecast.VerbDrain:
		return page.Ask{
			Title: "Drain this plan?", Yes: "drains it",
			Text: fmt.Sprintf("%s cancelled for good, which nothing takes back; %s to the end. P would only pause it.",
				are(queued, "queued date"), plural(running, "1 running date goes on", draw.Counted(running, "running date")+" go on")),
		}
	case forecast.VerbResume:
		return page.Ask{
			Title: "Resume this plan?", Yes: "resumes it",
			Text: fmt.Sprintf("%s started again, at most %d at once.", are(queued, "queued date"), plan.MaxActive),
		}
	default:
		return page.Ask{
			Title: "Pause this plan?", Yes: "pauses it",
			Text: fmt.Sprintf("Nothing more is started: %s until P resumes it. What runs goes on to its end.",
				plural(queued, "1 queued date waits", draw.Counted(queued, "queued date")+" wait")),
		}
	}
}

// stops says what it means to stop a plan.
func (p *Page) stops(running, queued int) string {
	text := "It ends " + draw.Counted(running, "running date")
	if p.env.Pipeline.Foreign == "" {
		text += ": nothing of that is published."
	} else {
		text += ": what its steps have published already stays."
	}
	if queued > 0 {
		text += " " + draw.Counted(queued, "queued date") + " will not start."
	}
	return text + " What has ended stays. D would let running dates end."
}

// are says how many there are, up to the verb.
func are(n int, what string) string { return draw.Counted(n, what) + plural(n, " is", " are") }

// plural returns the word for one, or for any other number.
func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
