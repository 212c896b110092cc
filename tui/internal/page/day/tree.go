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
	step forecast.Step
	// above says of the step that it hangs below, and of those above that from the
	// first on, whether further steps hang below it.
	above []bool
	also  []forecast.StepName // it reads too, or waits for
}

// branches returns the steps as a tree: each is followed by those that hang below it,
// in the order they run. A step that is not known to need any comes after the one
// before it.
func branches(steps []forecast.Step) []branch {
	parents, also := parents(steps)
	var tree []branch
	var hang func(parent int, above []bool)
	hang = func(parent int, above []bool) {
		var below []int
		for i, of := range parents {
			if of == parent {
				below = append(below, i)
			}
		}
		for n, i := range below {
			to := slices.Clone(above)
			if parent >= 0 {
				to = append(to, n < len(below)-1)
			}
			tree = append(tree, branch{steps[i], to, also[i]})
			hang(i, to)
		}
	}
	hang(-1, nil)
	return tree
}

// parents returns for each step the one that it hangs below, -1 of the first, and the
// others that it needs.
func parents(steps []forecast.Step) (parents []int, also [][]forecast.StepName) {
	parents, also = make([]int, len(steps)), make([][]forecast.StepName, len(steps))
	for i, step := range steps {
		parents[i] = i - 1
		var needs []int
		for _, need := range step.Name.Needs() {
			at := slices.IndexFunc(steps[:i], func(s forecast.Step) bool { return s.Name == need })
			if at >= 0 {
				needs = append(needs, at)
			}
		}
		if last := len(needs) - 1; last >= 0 {
			parents[i] = needs[last]
			for _, at := range needs[:last] {
				also[i] = append(also[i], steps[at].Name)
			}
		}
	}
	return parents, also
}

// lead draws the lines of the tree before a step.
func (p *Page) lead(c *draw.Canvas, above []bool) {
	look := p.env.Theme
	for i, more := range above {
		last := i == len(above)-1
		switch {
		case last && more:
			c.Put(theme.Faint, look.Tee+look.Rule+" ")
		case last:
			c.Put(theme.Faint, look.Corners[2]+look.Rule+" ")
		case more:
			c.Put(theme.Faint, look.Upright+"  ")
		default:
			c.Skip(len("   "))
		}
	}
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
	for _, b := range branches(execution.Steps) {
		c.Skip(1)
		p.lead(c, b.above)
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
			c.Put(theme.Faint, fmt.Sprintf("  reads %s too", names(b.also)))
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

// names joins the names of steps.
func names(steps []forecast.StepName) string {
	all := make([]string, len(steps))
	for i, step := range steps {
		all[i] = string(step)
	}
	return strings.Join(all, ", ")
}
