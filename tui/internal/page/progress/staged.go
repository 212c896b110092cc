package progress

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// staged reports whether a plan publishes all its dates together.
func staged(plan forecast.Plan) bool { return plan.Request.Publish == forecast.PublishStaged }

// publish asks before what a staged plan has built is published, or before what
// it published is taken back.
func (p *Page) publish(plan forecast.Plan) tea.Cmd {
	verb, ask := forecast.VerbPublish, page.Ask{}
	switch {
	case !staged(plan):
		return page.Say(theme.Faint, "this plan published each date when it was done: U on a partition goes back")
	case plan.State == forecast.PlanReview:
		replaced := 0
		for _, row := range plan.Rows {
			if row.State == forecast.RowStaged && row.ExpectedGeneration != "" {
				replaced++
			}
		}
		ask.Title = "Publish what this plan has built?"
		ask.Text = fmt.Sprintf("%s built and checked; %s seen by readers today %s replaced, the oldest first. U takes all of it back afterwards.",
			draw.Counted(count(plan, forecast.RowStaged), "date"), draw.Counted(replaced, "date"), plural(replaced, "is", "are"))
		ask.Yes = "publishes it"
	case plan.State == forecast.PlanEnded && count(plan, forecast.RowSucceeded) > 0:
		verb = forecast.VerbRollback
		ask.Title = "Take back what this plan published?"
		ask.Text = fmt.Sprintf("Of %s readers see again what they saw before, the newest first. What was built stays on disk.", draw.Counted(count(plan, forecast.RowSucceeded), "date"))
		ask.Yes = "takes it back"
	default:
		return page.Say(theme.Faint, "the plan is "+string(plan.State)+": there is nothing to publish or to take back")
	}
	ask.Text += p.env.SameAs(effects.ControlLine(plan.ID, verb))
	ask.Do = func() tea.Cmd { return p.Scope().Control(plan.ID, verb, p.env.Actor) }
	if p.env.Pipeline.Production {
		ask.Type = p.env.Pipeline.Name
	}
	return page.Go(page.Place{Kind: page.Confirm, Ask: ask})
}

// rerun leads to the plan that runs the dates again that did not succeed.
func (p *Page) rerun(plan forecast.Plan) tea.Cmd {
	if plan.State != forecast.PlanEnded {
		return page.Say(theme.Faint, "the plan is "+string(plan.State)+": wait for its end, or X")
	}
	retry, err := plan.Retry()
	if err != nil {
		return page.Say(theme.Faint, err.Error())
	}
	return page.Go(page.Place{Kind: page.Request, Request: page.Rerun(p.env, retry.Dates)})
}

// hint says what a plan waits for that only a person can do.
func (p *Page) hint(plan forecast.Plan) string {
	switch {
	case plan.State == forecast.PlanReview && p.env.ReadOnly:
		return "it waits to be published"
	case plan.State == forecast.PlanReview:
		return "d compares a date, U publishes all, X discards all"
	case plan.State == forecast.PlanPaused && !p.env.ReadOnly:
		return "P resumes"
	default:
		return ""
	}
}
