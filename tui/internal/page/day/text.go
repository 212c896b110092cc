package day

import (
	"fmt"
	"strings"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// texts draws what is said about an attempt in words.
func (p *Page) texts(c *draw.Canvas, execution forecast.Execution) {
	switch p.pane {
	case paneParameters:
		p.parameterTexts(c, execution)
		return
	case paneTree:
		p.tree(c, execution)
		return
	case paneReasons:
	}
	p.why(c, execution)
	p.text(c, "result", theme.Plain, p.result(execution))
	p.notes(c, execution)
	p.text(c, "stale", theme.Gate, p.stale(execution))
	p.changed(c, execution)
	p.text(c, "time", theme.Faint, p.split(execution))
}

// text draws a labelled text, wrapped in full; an empty one is left out.
func (p *Page) text(c *draw.Canvas, label string, role theme.Role, text string) {
	for i, line := range draw.Wrap(text, p.Width-labelWidth-2) {
		c.Skip(1)
		if i > 0 {
			label = ""
		}
		c.Cell(theme.Faint, label, labelWidth)
		c.Put(role, line)
		c.End()
	}
}

// why says how the attempt ended, and what each step that failed said.
func (p *Page) why(c *draw.Canvas, execution forecast.Execution) {
	role := theme.Plain
	if execution.Status == forecast.Failed {
		role = theme.Bad
		if execution.Reason.Class == forecast.ReasonGate {
			role = theme.Gate
		}
	}
	said := p.reason(execution)
	p.text(c, "why", role, said)
	for _, step := range execution.Steps {
		text := strings.TrimSpace(step.Reason.Text)
		if text == "" || step.Status.Done() || strings.Contains(said, text) {
			continue
		}
		p.text(c, "why", role, string(step.Name)+": "+text)
	}
	if hint := p.hint(execution.Reason.Class); hint != "" && execution.Status == forecast.Failed {
		p.text(c, "", theme.Faint, hint)
	}
	if execution.Status == forecast.Failed || execution.Status == forecast.Stopped {
		c.End()
	}
}

// notes says what a reader has to know of the attempt, and what steps said that did
// their work: those of another team's pipeline do.
func (p *Page) notes(c *draw.Canvas, execution forecast.Execution) {
	p.text(c, "note", theme.Gate, execution.Note)
	for _, step := range execution.Steps {
		if text := strings.TrimSpace(step.Reason.Text); text != "" && step.Status.Done() {
			p.text(c, "note", theme.Faint, string(step.Name)+": "+text)
		}
	}
}

// reason returns why the attempt ended as it did. Of the last attempt it is the
// day's, which knows too how the source has changed since.
func (p *Page) reason(execution forecast.Execution) string {
	said := strings.TrimSpace(execution.Reason.Text)
	day, ok := p.day()
	if ok && said != "" && day.Last.ID == execution.ID && strings.Contains(day.Reason.Text, said) {
		return strings.TrimSpace(day.Reason.Text)
	}
	return said
}

// stale says how the inputs of what this attempt published have changed since.
func (p *Page) stale(execution forecast.Execution) string {
	day, ok := p.day()
	switch {
	case !ok || !day.Stale || day.Partition.Execution != execution.ID:
		return ""
	case day.State == forecast.DaySucceeded && day.Reason.Text != "":
		return day.Reason.Text + ": a rerun may differ"
	default:
		return "the inputs of what is published changed since: a rerun may differ"
	}
}

// hint says what helps against a class of failures of this pipeline.
func (p *Page) hint(class forecast.ReasonClass) string {
	switch {
	case p.env.Pipeline.Foreign == "":
		return hintFor(class)
	case class == forecast.ReasonGate:
		return "Its gate refused what was trained. m shows the numbers; R runs the steps again that it judges."
	default:
		return "l shows the log of the step. R starts again where that is possible: its plan says how, and why so."
	}
}

// hintFor says what helps against a class of failures.
func hintFor(class forecast.ReasonClass) string {
	switch class {
	case forecast.ReasonStep:
		return "The step's own code ended with an error: l shows its log; after a correction R starts again from this step, or earlier if the source or the definition changed: its plan says."
	case forecast.ReasonGate:
		return "The gate refused what was trained; nothing was published. m shows the numbers and the series behind them."
	case forecast.ReasonUpstream:
		return "The source has no rows for the date yet. R tries again once they are there."
	case forecast.ReasonData:
		return "The source's rows are wrong. Correct them, then R; steps that are still good are reused."
	case forecast.ReasonTimeout:
		return "The step ran out of its time. R tries again; its timeout is set in daybatch.yaml."
	case forecast.ReasonLost, forecast.ReasonInfrastructure:
		return "The machine failed, not the step. R starts again from this step, or earlier if the source or the definition changed: its plan says."
	case forecast.ReasonConfig:
		return "Correct the configuration that the reason names, then R."
	case forecast.ReasonRefused:
		return "Nothing ran: once what the reason names is allowed, R."
	default:
		return ""
	}
}

// result says what the date's partition is, and whether this attempt made it.
func (p *Page) result(execution forecast.Execution) string {
	day, ok := p.day()
	if !ok {
		return ""
	}
	partition := day.Partition
	switch {
	case p.env.Pipeline.Foreign != "":
		return "what it has published only the team of " + p.env.Pipeline.Foreign + " knows"
	case partition.Generation == "":
		return "no partition: nothing is published for this date"
	case !day.Fallback().IsZero():
		return "the partition is a fallback: " + page.FallbackSource(day.Partition)
	case partition.Execution == execution.ID:
		return fmt.Sprintf("published generation %s: %s rows of %d series, %s, %s", partition.Generation,
			draw.Count(partition.Rows), partition.Series, draw.Bytes(partition.Bytes), p.env.Clock(partition.Published))
	default:
		return fmt.Sprintf("published is generation %s of attempt %d, not of this one", partition.Generation, partition.Attempt)
	}
}

// split says how much of the time was start-up.
func (*Page) split(execution forecast.Execution) string {
	var waited, computed time.Duration
	for _, step := range execution.Steps {
		if step.Started.IsZero() || step.Ended.IsZero() || step.Status == forecast.StepReused {
			continue
		}
		waited += step.Started.Sub(step.Created)
		computed += step.Ended.Sub(step.Started)
	}
	if waited+computed <= 0 {
		return ""
	}
	text := fmt.Sprintf("%s start-up and %s compute in the steps", draw.Took(waited), draw.Took(computed))
	if execution.Cost > 0 {
		text += "; billed " + draw.Money(execution.Cost)
	}
	return text
}

func (p *Page) parameterTexts(c *draw.Canvas, execution forecast.Execution) {
	c.Put(theme.Strong, " parameters")
	c.Put(theme.Faint, "  (p goes back to the reasons)")
	c.End()
	p.text(c, "date", theme.Plain, page.Weekday(execution.Date))
	p.text(c, "id", theme.Plain, string(execution.ID))
	cause := string(execution.Cause)
	if execution.Actor != cause {
		cause += " by " + execution.Actor
	}
	p.text(c, "cause", theme.Plain, cause+" on "+execution.Host)
	p.text(c, "definition", theme.Plain, execution.Definition)
	p.text(c, "starts at", theme.Plain, string(execution.StartStep))
	p.text(c, "reuses", theme.Plain, string(execution.Parent))
	p.text(c, "plan", theme.Plain, string(execution.Plan))
	p.text(c, "built", theme.Plain, execution.Generation)
	p.text(c, "created", theme.Plain, p.env.Clock(execution.Created))
	p.text(c, "ended", theme.Plain, p.env.Clock(execution.Ended))
	for _, step := range execution.Steps {
		if len(step.Command) > 0 {
			p.text(c, "command", theme.Plain, string(step.Name)+": "+strings.Join(step.Command, " "))
		}
	}
}
