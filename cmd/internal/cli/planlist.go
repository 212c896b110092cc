package cli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// rowLimit is how many rows of a plan are shown before it is applied.
const rowLimit = 40

// planRowItem is a row of a plan.
type planRowItem struct {
	Date      calendar.Date         `json:"date"`
	Action    forecast.Action       `json:"action"`
	Reason    string                `json:"reason"`
	StartStep *forecast.StepName    `json:"start_step"`
	Reopens   forecast.ExecutionID  `json:"reopens,omitempty"` // the attempt that goes on in the place of a new one
	State     forecast.RowState     `json:"state"`
	Execution *forecast.ExecutionID `json:"execution"`
	Outcome   *string               `json:"outcome"`
}

// planItem is a plan without its rows.
type planItem struct {
	ID          forecast.PlanID    `json:"id"`
	Kind        forecast.PlanKind  `json:"kind"`
	Mode        forecast.Mode      `json:"mode"`
	State       forecast.PlanState `json:"state"`
	Outcome     *forecast.Outcome  `json:"outcome"`
	Reason      *string            `json:"reason"`
	Order       forecast.Order     `json:"order"`
	MaxActive   int                `json:"max_active"`
	MaxFailures int                `json:"max_failures"`
	Chunk       int                `json:"chunk"` // dates that one process, or one machine, works through
	Actor       string             `json:"actor"`
	Driver      *string            `json:"driver"`
	Created     string             `json:"created"`
	Dates       int                `json:"dates"`
	Estimate    struct {
		Wall *seconds `json:"wall_s"`
		Cost *float64 `json:"cost_usd"`
		// Hours are those of machines, of several added.
		Hours *float64 `json:"instance_hours"`
		// Assumed is what is taken for granted where no good day tells.
		Assumed *string `json:"assumed"`
	} `json:"estimate"`
	Calls   *string      `json:"calls"`             // of a service that the engine asks
	Choices []choiceItem `json:"choices,omitempty"` // where machines have to start: the layouts
}

func makePlanItem(p forecast.Plan) planItem {
	item := planItem{
		ID: p.ID, Kind: p.Request.Kind, Mode: p.Request.Mode, State: p.State, Outcome: given(p.Outcome), Reason: given(p.Reason),
		Order: p.Request.Order, MaxActive: p.MaxActive, MaxFailures: p.MaxFailures, Chunk: max(1, p.Chunk), Actor: p.Request.Actor,
		Driver: given(p.Driver), Created: stamp(p.Created), Dates: len(p.Rows),
	}
	item.Estimate.Wall, item.Estimate.Cost = estimateOf(p.Estimate), costOf(p.Estimate.Cost)
	if p.Estimate.Hours > 0 {
		item.Estimate.Hours = new(p.Estimate.Hours)
	}
	item.Calls = given(p.Calls)
	item.Estimate.Assumed = given(p.Estimate.Assumed)
	item.Choices = choiceItems(p.Choices)
	return item
}

// planListing shows all of a plan.
func (s *session) planListing(p forecast.Plan) listing {
	p = p.Shown()
	l := listing{
		header: []string{"DATE", "ACTION", "FROM STEP", "STATE", "REASON"},
		empty:  "no dates",
		notes:  []string{"", s.planHead(p)},
		plan:   makePlanItem(p),
		fields: []string{"date", "action", "start_step", "state", "execution", "reason", "outcome"},
	}
	items := make([]planRowItem, 0, len(p.Rows))
	for _, row := range p.Rows {
		items = append(items, planRowItem{
			Date: row.Date, Action: row.Action, Reason: row.Reason, StartStep: given(row.StartStep), Reopens: row.Reopens,
			State: row.State, Execution: given(row.Execution), Outcome: given(row.Outcome),
		})
		l.rows = append(l.rows, s.planRow(row))
		l.records = append(l.records, []string{
			row.Date.String(), string(row.Action), string(row.StartStep), string(row.State), string(row.Execution), row.Reason, row.Outcome,
		})
	}
	l.items = items
	l.notes = append(l.notes, choiceLines(p)...)
	switch {
	case p.State != forecast.PlanDraft:
	case idle(p):
		l.notes = append(l.notes, "nothing to run: each date is left as it is, for the reason beside it")
	case p.Request.Kind == forecast.PlanBackfill:
		l.notes = append(l.notes, fmt.Sprintf("nothing was changed; `daybatch backfill apply %s` runs this very plan", p.ID))
	}
	return l
}

func (s *session) planRow(row forecast.PlanRow) []string {
	from := string(row.StartStep)
	reason := row.Reason
	if row.Outcome != "" && row.Outcome != row.Reason {
		reason = row.Outcome
	}
	return []string{row.Date.String(), s.app.style.paint(actionRole(row.Action), string(row.Action)), from, string(row.State), firstLine(reason)}
}

func actionRole(action forecast.Action) role {
	switch action {
	case forecast.ActionRun:
		return running
	case forecast.ActionJoin:
		return good
	case forecast.ActionBlock:
		return missing
	default:
		return faint
	}
}

// planSummary shows a plan before the question: what runs and why, and how much
// is left alone.
func (s *session) planSummary(p forecast.Plan) listing {
	l := listing{header: []string{"DATE", "ACTION", "FROM STEP", "REASON"}}
	more := 0
	for _, row := range p.Rows {
		if row.Action == forecast.ActionSkip && p.Count(forecast.ActionRun) > 0 && len(p.Rows) > 1 {
			continue // counted in the head
		}
		if len(l.rows) == rowLimit {
			more++
			continue
		}
		cells := s.planRow(row)
		l.rows = append(l.rows, []string{cells[0], cells[1], cells[2], cells[4]})
	}
	if more > 0 {
		l.notes = append(l.notes, "... and "+count(more, "more date"))
	}
	l.notes = append(l.notes, s.planHead(p))
	l.notes = append(l.notes, choiceLines(p)...)
	if s.pipeline.Foreign != "" {
		l.notes = append(l.notes, "what that replaces is up to the steps of "+s.pipeline.Foreign+": daybatch does not know what they publish")
	}
	return l
}

// worker is what works through several dates of a plan.
func (s *session) worker() string {
	if s.pipeline.Engine == "sagemaker" {
		return "job"
	}
	return "process"
}

// planHead says in one line what a plan does.
func (s *session) planHead(p forecast.Plan) string {
	var counts []string
	for _, action := range []forecast.Action{forecast.ActionRun, forecast.ActionJoin, forecast.ActionBlock, forecast.ActionSkip} {
		if n := p.Count(action); n > 0 {
			counts = append(counts, strconv.Itoa(n)+" "+string(action))
		}
	}
	chunk := ""
	if p.Chunk > 1 {
		chunk = fmt.Sprintf(", %d a %s", p.Chunk, s.worker())
	}
	cost := ""
	if p.Estimate.Hours > 0 {
		cost = fmt.Sprintf(", %.2g instance-hours", p.Estimate.Hours)
	}
	if p.Estimate.Cost > 0 {
		cost += ", " + money(p.Estimate.Cost)
	}
	if p.Calls != "" {
		cost += "; " + p.Calls
	}
	return fmt.Sprintf("plan %s: %s, at most %d at once%s%s%s", p.ID, strings.Join(counts, ", "), p.MaxActive, chunk, s.about(p.Estimate), cost)
}
