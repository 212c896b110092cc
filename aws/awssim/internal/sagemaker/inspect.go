package sagemaker

import (
	"sort"
	"strings"
)

// Execution is an execution as a test sees it.
type Execution struct {
	ID, ARN    string
	Name       string // its display name
	Status     string
	Parameters map[string]string // as given
	CreatedBy  string
	Steps      []StepRun // in the order of their starts
}

// StepRun is a step of an execution.
type StepRun struct {
	Name, Status, Reason string
	Job                  string // the name of its last job, if it had one
	Attempts             int
	Reused               bool
}

// Executions lists a pipeline's executions, oldest first.
func (s *Service) Executions(pipelineName string) []Execution {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []*execution
	for _, e := range s.executions {
		if strings.EqualFold(e.pipeline.name, pipelineName) {
			found = append(found, e)
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].number < found[j].number })
	out := make([]Execution, len(found))
	for i, e := range found {
		out[i] = s.inspect(e)
	}
	return out
}

func (s *Service) inspect(e *execution) Execution {
	out := Execution{
		ID: e.id, ARN: s.arn("pipeline/" + e.pipeline.name + "/execution/" + e.id), Name: e.display, Status: e.status,
		Parameters: map[string]string{}, CreatedBy: e.createdBy,
	}
	for _, p := range e.given {
		out.Parameters[p.Name] = p.Value
	}
	var steps []*step
	for _, st := range e.steps {
		steps = append(steps, st)
	}
	sort.Slice(steps, func(i, j int) bool {
		if steps[i].began.Equal(steps[j].began) {
			return steps[i].node.Name < steps[j].node.Name
		}
		return steps[i].began.Before(steps[j].began)
	})
	for _, st := range steps {
		run := StepRun{Name: st.node.Name, Status: st.status, Reason: st.reason, Attempts: st.attempts, Reused: st.reusedFrom != ""}
		if st.job != nil {
			run.Job = st.job.name
		}
		out.Steps = append(out.Steps, run)
	}
	return out
}
