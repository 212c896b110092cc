package sagemaker

import (
	"time"

	"github.com/daybatch/daybatch/aws/awssim/internal/definition"
)

// maxSteps run at once, unless ParallelismConfiguration says less.
const maxSteps = 50

// overhead is what the pipeline itself takes beside its jobs.
type overhead struct {
	launch  time.Duration // from the start of a step to the creation of its job
	landing time.Duration // from the end of a job to the end of its step
	decide  time.Duration // a Condition
	halting time.Duration // stopping a job that has no machine yet
	giveUp  time.Duration // a Fail step
}

// overheadOf returns an overhead of which a start and an end take unit each.
func overheadOf(unit time.Duration) overhead {
	const tenth = 10
	return overhead{launch: unit, landing: unit, decide: 8 * unit / tenth, halting: unit, giveUp: 5 * unit / tenth}
}

// advance starts what can start, and ends the execution when nothing runs any
// more. The lock is held.
func (s *Service) advance(e *execution) {
	if terminal(e.status) {
		return
	}
	active := e.active()
	limit := maxSteps
	if e.parallelism != nil && e.parallelism.MaxParallelExecutionSteps > 0 {
		limit = e.parallelism.MaxParallelExecutionSteps
	}
	for _, n := range e.def.Nodes {
		if active < limit && e.ready(n) {
			s.startStep(e, n)
			active++
		}
	}
	if active == 0 {
		s.finish(e)
	}
}

func (e *execution) active() int {
	n := 0
	for _, st := range e.steps {
		if !terminal(st.status) {
			n++
		}
	}
	return n
}

// ready says whether a step can start now.
func (e *execution) ready(n *definition.Node) bool {
	if e.steps[n.Name] != nil || e.status != executing || e.failStep || e.selected != nil && !e.selected[n.Name] {
		return false
	}
	for _, need := range n.Needs {
		if st := e.steps[need]; st == nil || st.status != succeeded {
			return false
		}
	}
	return n.Parent == "" || e.steps[n.Parent].outcome == n.Branch
}

func (s *Service) finish(e *execution) {
	old := e.status
	e.status = succeeded
	for _, st := range e.steps {
		if st.status == failed {
			e.status = failed
			e.reason = "Step failure: One or multiple steps failed."
		}
	}
	if old == stopping {
		e.status, e.reason = stopped, ""
	}
	e.modified, e.ended = s.now(), s.now()
	s.keepExecution(e)
	s.changed(e, old)
}

func (s *Service) startStep(e *execution, n *definition.Node) {
	now := s.now()
	st := &step{node: n, status: executing, began: now, visible: now.Add(s.o.Pages().Lag), attempts: 1, tries: map[int]int{}}
	e.steps[n.Name] = st
	switch n.Type {
	case "Condition":
		st.cancel = s.after(s.takes.decide, func() { s.decide(e, st) })
	case "Fail":
		st.cancel = s.after(s.takes.giveUp, func() { s.fail(e, st) })
	default:
		if kindOf(n.Type) == (kind{}) {
			s.startOther(e, st)
			break
		}
		st.status = starting
		st.cancel = s.after(s.takes.launch, func() { s.createJob(e, st) })
	}
	s.stepChanged(e, st, "")
}

// endStep ends a step and goes on with the execution.
func (s *Service) endStep(e *execution, st *step, status, reason string) {
	if terminal(st.status) {
		return
	}
	old := st.status
	st.status, st.reason, st.ended = status, reason, s.now()
	st.cancel = nil
	s.stepChanged(e, st, old)
	s.advance(e)
}

func (s *Service) decide(e *execution, st *step) {
	ok, err := st.node.Holds(&scope{service: s, execution: e, step: st})
	if err != nil {
		s.endStep(e, st, failed, "ClientError: "+err.Error())
		return
	}
	st.outcome = "False"
	if ok {
		st.outcome = "True"
	}
	s.endStep(e, st, succeeded, "")
}

func (s *Service) fail(e *execution, st *step) {
	st.message = "the Fail step has no message"
	if arguments, ok := st.node.Arguments.(map[string]any); ok {
		message, err := definition.Eval(arguments["ErrorMessage"], &scope{service: s, execution: e, step: st})
		if err != nil {
			message = err.Error()
		}
		st.message = definition.Text(message)
	}
	e.failStep = true
	s.endStep(e, st, failed, st.message)
}

// startOther plays a step of a type that has no job here: Lambda, Callback,
// EMR, Model and so on take as long as the script says, and end as it says.
func (s *Service) startOther(e *execution, st *step) {
	play := s.play(Job{
		Name: e.id + "-" + st.node.Name, Pipeline: e.pipeline.name, Execution: e.id, Step: st.node.Name, Type: st.node.Type, Attempt: st.attempts,
	})
	st.metadataGiven = play.Metadata
	st.cancel = s.after(play.Duration, func() {
		if play.Exit.Code != 0 {
			s.endStep(e, st, failed, "ClientError: "+play.Exit.Message)
			return
		}
		st.properties = map[string]any{}
		var list []any
		for name, value := range play.Parameters {
			list = append(list, map[string]any{"Name": name, "Value": value})
		}
		if list != nil {
			st.properties["OutputParameters"] = list
		}
		s.endStep(e, st, succeeded, "")
	})
}
