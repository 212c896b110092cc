package day

import (
	"fmt"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// branch is a step of the tree: it hangs below the last step whose output it
// reads.
type branch struct {
	step  forecast.Step
	depth int
	also  []forecast.StepName // it reads too, or waits for
}

// branches returns the steps in the order they run, each with its place. A step
// that is not known to need any comes after the one before it.
func branches(steps []forecast.Step) []branch {
	depths := make(map[forecast.StepName]int, len(steps))
	var tree []branch
	for i, step := range steps {
		var needs []forecast.StepName
		for _, need := range step.Name.Needs() {
			if _, runs := depths[need]; runs {
				needs = append(needs, need)
			}
		}
		if len(needs) == 0 && i > 0 {
			needs = []forecast.StepName{steps[i-1].Name}
		}
		b := branch{step: step}
		if last := len(needs) - 1; last >= 0 {
			b.depth, b.also = depths[needs[last]]+1, needs[:last]
		}
		depths[step.Name] = b.depth
		tree = append(tree, b)
	}
	return tree
}

// twigs draws what joins the first of some branches to those above it, and lets those
// below it pass.
func (p *Page) twigs(from []branch) string {
	look, depth := p.env.Theme, from[0].depth
	if depth == 0 {
		return ""
	}
	follows := make([]bool, depth+1) // a branch of that depth hangs on the same one
	least := depth
	for _, b := range from[1:] {
		if b.depth <= least {
			follows[b.depth], least = true, b.depth
		}
	}
	var line strings.Builder
	for at := 1; at < depth; at++ {
		if follows[at] {
			line.WriteString(look.Upright + "  ")
		} else {
			line.WriteString("   ")
		}
	}
	corner := look.Corners[2]
	if follows[depth] {
		corner = look.Branch
	}
	return line.String() + corner + look.Rule + " "
}

// tree draws what each step needs, and which steps one that failed kept from
// running.
func (p *Page) tree(c *draw.Canvas, execution forecast.Execution) {
	c.Put(theme.Strong, " what needs what")
	c.Put(theme.Faint, "  (t goes back to the reasons)")
	c.End()
	failed := slices.IndexFunc(execution.Steps, func(step forecast.Step) bool {
		return step.Status == forecast.StepFailed || step.Status == forecast.StepStopped
	})
	all := branches(execution.Steps)
	for i, b := range all {
		c.Skip(1)
		c.Put(theme.Faint, p.twigs(all[i:]))
		c.Mark(p.env.Theme.Step(b.step.Status, p.env.Frame))
		role := theme.Plain
		if b.step.Name == p.step {
			role = theme.Strong
		}
		c.Put(role, " "+string(b.step.Name))
		if b.step.Status == forecast.StepReused {
			c.Put(theme.Faint, "  taken over from "+string(b.step.ReusedFrom))
		} else if took := b.step.Took(p.env.Now); took > 0 {
			c.Put(theme.Plain, "  "+draw.Took(took))
		}
		if len(b.also) > 0 {
			c.Put(theme.Faint, fmt.Sprintf("  reads %s too", b.also[0]))
		}
		if b.step.Name == forecast.Predict {
			c.Put(theme.Faint, "  after the gate")
		}
		if b.step.Status == forecast.StepSkipped && failed >= 0 {
			first := execution.Steps[failed]
			c.Put(theme.Faint, fmt.Sprintf("  not reached: %s is %s", first.Name, first.Status))
		}
		c.End()
	}
}
