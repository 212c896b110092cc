package cli

import (
	"fmt"
	"time"

	"github.com/daybatch/daybatch/forecast"
)

// choiceItem is a way to run dates, for programs.
type choiceItem struct {
	Layout  string   `json:"layout"`
	Needs   *string  `json:"needs"` // what has to be changed before dates run so
	Chunk   int      `json:"chunk"`
	Starts  int      `json:"starts"`
	Wall    *seconds `json:"wall_s"`
	AtMost  bool     `json:"at_most"`
	Cost    *float64 `json:"cost_usd"`
	Days    int      `json:"days"` // good days that tell of it
	Assumed *string  `json:"assumed"`
}

func choiceItems(choices []forecast.Choice) []choiceItem {
	var items []choiceItem
	for _, c := range choices {
		items = append(items, choiceItem{
			Layout: c.Layout, Needs: given(c.Needs), Chunk: c.Chunk, Starts: c.Starts, Wall: estimateOf(c.Estimate), AtMost: c.AtMost,
			Cost: costOf(c.Cost), Days: c.Days, Assumed: given(c.Assumed),
		})
	}
	return items
}

// choiceLines compare the ways to run the dates of a draft. The one that it takes
// is marked.
func choiceLines(p forecast.Plan) []string {
	if p.State != forecast.PlanDraft {
		return nil
	}
	lines := make([]string, 0, len(p.Choices)+1)
	for _, c := range p.Choices {
		mark := " "
		if p.Takes(c) {
			mark = "*"
		}
		lines = append(lines, choiceLine(c, mark))
	}
	if p.Estimate.Assumed != "" && p.Count(forecast.ActionRun) > 0 {
		lines = append(lines, "  assumed: "+p.Estimate.Assumed)
	}
	return lines
}

func choiceLine(c forecast.Choice, mark string) string {
	way := "a job for each date"
	if c.Machines > 1 {
		way = "a job for each step of each date"
	}
	if c.Chunk > 1 {
		way = fmt.Sprintf("up to %d dates a job (--chunk %d)", c.Chunk, c.Chunk)
	}
	if c.Layout != "" {
		way = c.Layout + ": " + way
	}
	line := fmt.Sprintf("%s %-40s %10s", mark, way, count(c.Starts, "start"))
	if c.Wall > 0 {
		line += fmt.Sprintf("  %s %7s", roughly(c.Estimate), took(max(c.Wall, time.Second)))
	}
	if c.Cost > 0 {
		line += "  " + money(c.Cost)
	}
	if c.Needs != "" {
		line += "  (" + c.Needs + ")"
	}
	return line
}

// roughly says how far an estimate can be trusted.
func roughly(e forecast.Estimate) string {
	if e.AtMost {
		return "up to"
	}
	return "about"
}

// estimateOf is in seconds, nil if unknown.
func estimateOf(e forecast.Estimate) *seconds {
	if e.Wall == 0 {
		return nil
	}
	wall := seconds(e.Wall)
	return &wall
}

// about shows an estimate, or nothing.
func (s *session) about(e forecast.Estimate) string {
	if e.Wall == 0 {
		return ""
	}
	wall, by := took(max(e.Wall, time.Second)), "the last "+count(e.Days, "good day")
	switch {
	case e.Days == 0:
		return fmt.Sprintf(", about %s if assumed right (no good day yet)", wall)
	case e.AtMost && s.pipeline.Engine == "sagemaker":
		return fmt.Sprintf(", up to about %s by %s, which shared no job", wall, by)
	case e.AtMost:
		return fmt.Sprintf(", up to about %s by %s, whose steps had a process each", wall, by)
	default:
		return fmt.Sprintf(", about %s by %s", wall, by)
	}
}
