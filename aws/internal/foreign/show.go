package foreign

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/daybatch/daybatch/aws/internal/definition"
	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/runs"
	"github.com/daybatch/daybatch/forecast"
)

// Look is what SageMaker tells of one execution.
type Look struct {
	Run   runs.Run // described, not only listed
	Graph definition.Graph
	Steps []runs.Step
	Jobs  map[string]runs.Detail // by step; those that have a job
}

// Shown is an execution as operators see it.
type Shown struct {
	Steps  []forecast.Step
	Reason forecast.Reason
	// Gate is what a gate said that refused; empty: none did. Passed says that there
	// is one, and it let the execution pass.
	Gate   string
	Passed bool
	Ended  time.Time     // zero while it is open
	Idle   time.Duration // in which no step of it ran: it had ended, and somebody retried it
}

// Show returns an execution with all steps of its definition, in their order: the
// ones that it has not reached too, which SageMaker does not list. Sources tells
// which attempt another execution was.
func Show(l Look, sources func(run string) forecast.ExecutionID) Shown {
	listed := make(map[string]runs.Step, len(l.Steps))
	for _, s := range l.Steps {
		listed[s.Name] = s
	}
	var x Shown
	for _, s := range l.Graph.Steps {
		reached, ok := listed[s.Name]
		if !ok {
			x.Steps = append(x.Steps, l.absent(s, sources))
			continue
		}
		delete(listed, s.Name)
		x.Steps = append(x.Steps, l.reached(reached, sources))
		switch {
		case s.Judges() && reached.Status == forecast.StepFailed:
			x.Gate = failMessage(s, reached)
		case s.Decides() && reached.Status.Done() && judges(l.Graph, s.Name):
			x.Passed = true
		}
	}
	for _, s := range l.Steps { // that the definition does not have: whatever that is, it ran
		if _, left := listed[s.Name]; left {
			x.Steps = append(x.Steps, l.reached(s, sources))
		}
	}
	x.Passed, x.Idle = x.Passed && x.Gate == "", l.idle()
	if l.Run.Status.Open() {
		return x
	}
	x.Ended = l.ended()
	x.Reason = l.reason(x)
	return x
}

// judges reports whether a Condition is a gate.
func judges(g definition.Graph, condition string) bool {
	return slices.ContainsFunc(g.Steps, func(s definition.Step) bool { return s.Condition == condition && s.Judges() })
}

// absent returns a step that the execution has not reached.
func (l Look) absent(s definition.Step, sources func(string) forecast.ExecutionID) forecast.Step {
	step := forecast.Step{Name: forecast.StepName(s.Name), Status: forecast.StepWaiting, Unlogged: s.Unlogged()}
	switch {
	case l.takenOver(s.Name):
		step.Status, step.ReusedFrom = forecast.StepReused, sources(naming.RunID(l.Run.Source))
	case !l.Run.Status.Open(), l.otherwise(s), len(l.Run.Selected) > 0 && !slices.Contains(l.Run.Selected, s.Name):
		step.Status = forecast.StepSkipped
	}
	return step
}

// takenOver reports whether a selective execution uses a step that it does not
// list: one before those that were selected.
func (l Look) takenOver(name string) bool {
	if l.Run.Source == "" || slices.Contains(l.Run.Selected, name) {
		return false
	}
	return slices.ContainsFunc(l.Run.Selected, func(selected string) bool { return l.Graph.Before(selected)[name] })
}

// otherwise reports whether a step is in the branch that its Condition did not
// take.
func (l Look) otherwise(s definition.Step) bool {
	i := slices.IndexFunc(l.Steps, func(other runs.Step) bool { return other.Name == s.Condition })
	if s.Condition == "" || i < 0 || l.Steps[i].Outcome == "" {
		return false
	}
	return (l.Steps[i].Outcome == "True") != (s.Branch == definition.Then)
}

// reached returns a step that SageMaker lists.
func (l Look) reached(s runs.Step, sources func(string) forecast.ExecutionID) forecast.Step {
	step := forecast.Step{
		Name: forecast.StepName(s.Name), Status: s.Status, Tries: s.Tries, Created: s.Started, Started: s.Started, Ended: s.Ended,
	}
	g, _ := l.Graph.Step(s.Name)
	step.Unlogged = g.Unlogged()
	job, hasJob := l.Jobs[s.Name]
	if hasJob {
		step.Started = job.Started
		step.Measures = len(job.Metrics) > 0
	}
	switch {
	case s.Status == forecast.StepReused:
		step.Started, step.Created, step.ReusedFrom = s.Started, s.Started, sources(naming.RunID(s.Source))
	case hasJob && s.Status == forecast.StepExecuting && job.Started.IsZero():
		step.Status = forecast.StepStarting
	case s.Status == forecast.StepFailed:
		step.Reason = l.whyFailed(s, job)
	case s.Status == forecast.StepStopped:
		step.Reason = forecast.Reason{Class: forecast.ReasonStopped, Text: "stopped"}
	case s.Outcome != "":
		step.Reason.Text = "it came out " + strings.ToLower(s.Outcome)
		if g.Criteria != "" {
			step.Reason.Text += ": " + g.Criteria
		}
	default:
		step.Reason.Text = cmp.Or(progress(job), s.Note)
	}
	if job.Estimated > 0 {
		estimate := fmt.Sprintf("its cost is an estimate, by the bill of %d training jobs", len(job.Parts)-job.Estimated)
		if step.Status == forecast.StepFailed || step.Reason.Text == "" {
			step.Reason.Text = lines(step.Reason.Text, estimate)
		} else {
			step.Reason.Text += "; " + estimate // in the first line, which tables show
		}
	}
	return step
}

// progress says how far a job is that is made of others; nothing of any other job.
func progress(job runs.Detail) string {
	if len(job.Parts) == 0 {
		return ""
	}
	ended := 0
	for _, part := range job.Parts {
		if !part.Ended.IsZero() {
			ended++
		}
	}
	if ended == len(job.Parts) {
		return fmt.Sprintf("%d training jobs", ended)
	}
	return fmt.Sprintf("%d of %d training jobs have ended", ended, len(job.Parts))
}

// whyFailed returns why a step failed: what its container said first, if it said
// something.
func (l Look) whyFailed(s runs.Step, job runs.Detail) forecast.Reason {
	said, _, _ := strings.Cut(s.Reason, "\n")
	if g, ok := l.Graph.Step(s.Name); ok && g.Fails() {
		class := forecast.ReasonStep
		if g.Judges() {
			class = forecast.ReasonGate
		}
		return forecast.Reason{Class: class, Text: failMessage(g, s)}
	}
	reason := forecast.Reason{Class: runs.ClassOf(s.Reason, forecast.ReasonStep), Text: said}
	if s.Kind == runs.NoJob {
		reason.Text = lines(said, s.Note)
		return reason
	}
	if job.Reason != "" {
		reason.Text = strings.TrimSpace(job.Reason)
	}
	if message := strings.TrimSpace(job.Message); message != "" && !strings.Contains(reason.Text, message) {
		reason.Text = message + "\n" + reason.Text
	}
	reason.Text = lines(reason.Text, s.Note)
	return reason
}

// lines joins two texts, of which either may be empty.
func lines(first, second string) string {
	if first == "" || second == "" {
		return first + second
	}
	return first + "\n" + second
}

// failMessage returns what a Fail step says.
func failMessage(g definition.Step, s runs.Step) string {
	for _, text := range []string{s.Message, s.Reason, g.Message} {
		if text = strings.TrimSpace(text); text != "" {
			return text
		}
	}
	return "its metrics do not meet the criteria"
}

// ended is when an execution ended: with its last step, as it can be renamed
// later.
func (l Look) ended() time.Time {
	var last time.Time
	for _, s := range l.Steps {
		if s.Source == "" && s.Ended.After(last) {
			last = s.Ended
		}
	}
	if last.IsZero() {
		return l.Run.Changed
	}
	return last
}

// pauseTime is the longest time between two steps of an execution that goes on by
// itself.
const pauseTime = 10 * time.Minute

// idle is how long no step of an execution ran. What its steps were before a retry is
// listed nowhere, so that it is the gaps between them that tell.
func (l Look) idle() time.Duration {
	steps := slices.DeleteFunc(slices.Clone(l.Steps), func(s runs.Step) bool { return s.Source != "" || s.Started.IsZero() })
	slices.SortFunc(steps, func(a, b runs.Step) int { return a.Started.Compare(b.Started) })
	var idle time.Duration
	until := l.Run.Started
	for _, s := range steps {
		if gap := s.Started.Sub(until); gap > pauseTime && !until.IsZero() {
			idle += gap
		}
		if s.Ended.IsZero() {
			break
		}
		if s.Ended.After(until) {
			until = s.Ended
		}
	}
	return idle
}

// reason returns why an execution did not succeed: of its first step that failed.
func (l Look) reason(x Shown) forecast.Reason {
	switch l.Run.Status {
	case forecast.Succeeded:
		return forecast.Reason{}
	case forecast.Stopped:
		return forecast.Reason{Class: forecast.ReasonStopped, Text: "stopped"}
	default:
	}
	var first forecast.Step
	for _, step := range x.Steps {
		if step.Status == forecast.StepFailed && (first.Name == "" || step.Ended.Before(first.Ended)) {
			first = step
		}
	}
	if first.Name == "" {
		return forecast.Reason{Class: forecast.ReasonInfrastructure, Text: "the execution failed in SageMaker: " + l.Run.Reason}
	}
	return forecast.Reason{Class: first.Reason.Class, Text: string(first.Name) + ": " + first.Reason.Text}
}
