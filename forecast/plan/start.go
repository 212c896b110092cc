package plan

import (
	"fmt"
	"slices"

	"github.com/daybatch/daybatch/forecast"
)

// startOf returns where a new attempt of a date starts if from is asked for. A
// step is taken over only if all before it are, the last attempt finished it,
// and its outputs still prove good; otherwise the start moves back to it.
func startOf(from forecast.StartFrom, f Facts) Restart {
	if f.Restart != nil {
		return *f.Restart
	}
	whole := Restart{Step: forecast.Extract}
	if from == forecast.StartWhole || from == forecast.StartFrom(forecast.Extract) {
		return whole
	}
	if f.Last.Attempt == 0 {
		if from != forecast.StartFailedStep { // where it is, nobody has asked for less
			whole.Why = fmt.Sprintf("it never ran, so that there is nothing for %s: whole date", from)
		}
		return whole
	}
	want := forecast.StepName(from)
	if from == forecast.StartFailedStep {
		want = firstOpenStep(f.Last)
	}
	if want == "" {
		whole.Why = fmt.Sprintf("no step of a%d failed: whole date", f.Last.Attempt)
		return whole
	}
	return reuse(want, f)
}

// firstOpenStep returns the first step of e whose outputs can't be used, empty
// if there is none.
func firstOpenStep(e forecast.Execution) forecast.StepName {
	i := slices.IndexFunc(e.Steps, func(s forecast.Step) bool { return !s.Status.Done() })
	if i < 0 {
		return ""
	}
	return e.Steps[i].Name
}

func reuse(want forecast.StepName, f Facts) Restart {
	var s Restart
	for _, name := range forecast.StepNames() {
		s.Step = name
		if name == want {
			return s
		}
		if why := unusable(name, f); why != "" {
			s.Why = fmt.Sprintf("%s: %s, so it starts there", name, why)
			if name == forecast.Extract {
				s.Why = fmt.Sprintf("%s: %s -> whole date", name, why)
			}
			return s
		}
		s.Reused = append(s.Reused, name)
	}
	return s
}

// unusable returns why the outputs of a step of the last attempt can't be taken
// over, empty if they can.
func unusable(name forecast.StepName, f Facts) string {
	i := slices.IndexFunc(f.Last.Steps, func(s forecast.Step) bool { return s.Name == name })
	if i < 0 || !f.Last.Steps[i].Status.Done() {
		return fmt.Sprintf("a%d did not finish it", f.Last.Attempt)
	}
	j := slices.IndexFunc(f.Reusable, func(p StepProof) bool { return p.Step == name })
	switch {
	case j < 0:
		return "nothing proves its outputs"
	case f.Reusable[j].Good:
		return ""
	case f.Reusable[j].Why == "":
		return "its outputs changed"
	default:
		return f.Reusable[j].Why
	}
}
