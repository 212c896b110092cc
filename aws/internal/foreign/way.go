package foreign

import (
	"fmt"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/aws/internal/definition"
	"github.com/daybatch/daybatch/forecast"
)

// Way is how an attempt begins.
type Way string

// Ways.
const (
	Fresh     Way = "fresh"     // a new execution of all steps
	Selective Way = "selective" // a new one of some steps, which takes the others over
	Retry     Way = "retry"     // the execution that failed goes on: the same attempt
)

// mostSelected is how many steps a selective execution may have.
const mostSelected = 50

// Before is the last attempt of a date, as far as the next one depends on it.
type Before struct {
	Attempt int
	Status  forecast.Status
	Steps   []forecast.Step
	Graph   definition.Graph // that it ran
	// Definition and Now are hashes of the definition that it ran, and of the one that
	// runs now.
	Definition, Now string
	// Changed names a parameter that would be sent with another value now; empty: none.
	Changed string
	// Expired says that SageMaker does not know its execution, or has none.
	Expired bool
}

// Choice is how the next attempt begins, and why so.
type Choice struct {
	Way      Way
	Start    forecast.StepName
	Reused   []forecast.StepName // taken over, or finished already
	Selected []string            // of a selective execution
	Because  string              // why it is not a cheaper way; empty: none is, or none was asked for
}

// Text says in a plan how an attempt begins, the way first. Last is the attempt
// before, and date what a new execution is told of its date.
func (c Choice) Text(last int, date string) string {
	var text string
	switch c.Way {
	case Retry:
		return fmt.Sprintf("retry from %s: SageMaker reopens the execution of a%d, which stays attempt %d and keeps its finished steps", c.Start, last, last)
	case Selective:
		text = fmt.Sprintf("selective execution from %s with %s, the rest taken over from a%d", c.Start, date, last)
	case Fresh:
		text = "fresh execution of all steps with " + date
	}
	if c.Because != "" {
		text += ", as " + c.Because
	}
	return text
}

// Choose returns how the next attempt of a date begins for what is asked for: the
// cheapest way that SageMaker has for it. Before is the zero value for a date
// without an attempt, and now the definition that runs now.
//
//   - Retry keeps the execution, its parameters and its definition. A Fail step and a
//     stop rule it out.
//   - A selective execution takes finished steps over from one that Failed or
//     Succeeded, and may have another definition and other parameters.
//   - A fresh execution needs nothing.
func Choose(from forecast.StartFrom, b Before, now definition.Graph) Choice {
	fresh := Choice{Way: Fresh, Start: forecast.StepName(now.Steps[0].Name)}
	switch {
	case from == forecast.StartWhole:
		return fresh
	case b.Attempt == 0:
		fresh.Because = "it never ran"
		return fresh
	case b.Expired:
		fresh.Because = fmt.Sprintf("SageMaker has no execution of a%d", b.Attempt)
		return fresh
	case b.Status == forecast.Stopped:
		fresh.Because = fmt.Sprintf("a%d was stopped, and SageMaker takes nothing over from it", b.Attempt)
		return fresh
	}
	if from != forecast.StartFailedStep {
		return b.selective([]string{string(from)}, now, "")
	}
	wanted := b.unfinished()
	if len(wanted) == 0 {
		fresh.Because = fmt.Sprintf("no step of a%d failed", b.Attempt)
		return fresh
	}
	var because string
	switch gate, judged, gated := b.gate(); {
	case gated:
		wanted = append(judged, wanted...)
		because = fmt.Sprintf("SageMaker does not retry what ended in a Fail step (%s)", gate)
	case b.Definition != b.Now:
		because = "the definition has changed, and a retry would keep the old one"
	case b.Changed != "":
		because = fmt.Sprintf("the parameter %s is another now, and a retry would keep the old one", b.Changed)
	default:
		return b.retry()
	}
	return b.selective(wanted, now, because)
}

// retry goes on with the execution where it failed.
func (b Before) retry() Choice {
	c := Choice{Way: Retry}
	for _, step := range b.Steps {
		switch {
		case step.Status.Done():
			c.Reused = append(c.Reused, step.Name)
		case c.Start == "" && step.Status != forecast.StepSkipped:
			c.Start = step.Name
		}
	}
	return c
}

// gate returns the Fail step in which the attempt ended, and the steps that its
// Condition judged.
func (b Before) gate() (name string, judged []string, gated bool) {
	for _, step := range b.Steps {
		s, ok := b.Graph.Step(string(step.Name))
		if !ok || !s.Fails() || step.Status != forecast.StepFailed {
			continue
		}
		if condition, ok := b.Graph.Step(s.Condition); ok {
			judged = slices.Clone(condition.After)
		}
		return s.Name, judged, true
	}
	return "", nil, false
}

// unfinished are the steps that did not finish and would have to run: those of
// the branch that a Condition did not take are none.
func (b Before) unfinished() []string {
	var names []string
	for _, step := range b.Steps {
		if !step.Status.Done() && !b.untaken(step) {
			names = append(names, string(step.Name))
		}
	}
	return names
}

// untaken reports whether a step was skipped because its Condition came out
// otherwise.
func (b Before) untaken(step forecast.Step) bool {
	s, _ := b.Graph.Step(string(step.Name))
	return step.Status == forecast.StepSkipped && s.Condition != "" && slices.ContainsFunc(b.Steps, func(other forecast.Step) bool {
		return string(other.Name) == s.Condition && other.Status.Done()
	})
}

// selective selects steps with all that follows, if SageMaker lets it; else all
// steps run. Because says why it has to be one of the two.
func (b Before) selective(wanted []string, now definition.Graph, because string) Choice {
	c := Choice{Way: Selective, Selected: now.From(wanted...), Because: because}
	var lacking []string
	for _, s := range now.Steps {
		step := forecast.StepName(s.Name)
		before, known := b.step(step)
		switch {
		case slices.Contains(c.Selected, s.Name):
			if c.Start == "" {
				c.Start = step
			}
		case known && before.Status.Done():
			c.Reused = append(c.Reused, step)
		case !known || !b.untaken(before):
			lacking = append(lacking, s.Name)
		}
	}
	if why := b.unfit(c, lacking, now); why != "" {
		if because != "" {
			why = because + ", and " + why
		}
		return Choice{Way: Fresh, Start: forecast.StepName(now.Steps[0].Name), Because: why}
	}
	return c
}

// Selected returns the steps of a selective execution that takes others over, in
// their order: all others, but those in branches of Conditions that are taken over.
func Selected(g definition.Graph, reused []forecast.StepName) []string {
	var names []string
	for _, s := range g.Steps {
		if slices.Contains(reused, forecast.StepName(s.Name)) || slices.Contains(reused, forecast.StepName(s.Condition)) {
			continue
		}
		names = append(names, s.Name)
	}
	return names
}

// unfit returns why SageMaker would not take a selection, empty if it would.
func (b Before) unfit(c Choice, lacking []string, now definition.Graph) string {
	switch {
	case len(c.Selected) == 0:
		return "the definition of now has other steps"
	case len(lacking) > 0:
		return fmt.Sprintf("a%d did not finish %s, which would be taken over", b.Attempt, strings.Join(lacking, ", "))
	case len(c.Reused) == 0:
		return "no finished step is left to take over"
	case len(c.Selected) > mostSelected:
		return fmt.Sprintf("SageMaker selects at most %d steps", mostSelected)
	case !now.Connected(c.Selected):
		return "the steps to run do not hang together: " + strings.Join(c.Selected, ", ")
	default:
		return ""
	}
}

func (b Before) step(name forecast.StepName) (forecast.Step, bool) {
	i := slices.IndexFunc(b.Steps, func(s forecast.Step) bool { return s.Name == name })
	if i < 0 {
		return forecast.Step{}, false
	}
	return b.Steps[i], true
}
