package sagemaker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/daybatch/daybatch/aws/awssim/internal/definition"
	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

// The statuses of jobs that steps don't share.
const (
	inProgress = "InProgress"
	completed  = "Completed"
)

// job is a job of a step, or a trial of one.
type job struct {
	kind      kind
	name, arn string
	execution *execution
	step      *step
	arguments map[string]any // as resolved
	spec      *spec          // of a tuning job nil
	search    *search        // of a tuning job
	trial     *trial         // of a training job that a tuning job began
	play      Play

	status                            string
	created, started, ended, modified time.Time
	message, reason                   string
	lost                              string // the exception type that ended it
	timedOut                          bool
	transitions                       []transition
	metrics                           map[string]metric
	cancels                           []func() // of the events that come next
	kill                              context.CancelFunc
}

type transition struct {
	Status        string
	StartTime     *wire.Seconds
	EndTime       *wire.Seconds `json:",omitempty"`
	StatusMessage string        `json:",omitempty"`
}

func (j *job) over() bool { return j.status == completed || j.status == failed || j.status == stopped }

// createJob makes the job of a step; it is called again for each try. The lock
// is held.
func (s *Service) createJob(e *execution, st *step) {
	old := st.status
	call := "Create" + kindOf(st.node.Type).title + "Job"
	refused := func(err error) {
		s.endStep(e, st, failed, fmt.Sprintf("ClientError: Failed to invoke sagemaker:%s. Error Details: %v", call, err))
	}
	st.job = nil
	j := s.newJob(e, st)
	st.job = j // so that its own name can be referred to
	resolved, err := definition.Eval(st.node.Arguments, &scope{service: s, execution: e, step: st})
	st.job = nil
	if err != nil {
		refused(err)
		return
	}
	if err := j.take(resolved); err != nil {
		refused(err)
		return
	}
	j.play = s.play(j.public())
	if j.play.Create != "" {
		s.infrastructure(e, st, j.play.Create, fmt.Sprintf("Failed to invoke sagemaker:%s. Error Details: %s", call, detail(j.play.Create)))
		return
	}
	st.job = j
	s.jobs[j.kind.arn+"/"+j.name] = j
	st.status = executing
	j.enter(s.now(), "Starting")
	if j.search != nil {
		j.next(s.after(0, func() { s.search(j) }))
	} else {
		j.next(s.after(j.play.StartUp, func() { s.machine(j) }))
	}
	s.stepChanged(e, st, old)
}

func (s *Service) newJob(e *execution, st *step) *job {
	const longest = 20
	short := strings.Trim(wire.Cut(strings.ReplaceAll(st.node.Name, "_", "-"), longest), "-")
	kind := kindOf(st.node.Type)
	name := "pipelines-" + e.id + "-" + short + "-" + s.identifier(10)
	if kind.arn == tuning { // at most 32 characters; what becomes of them in a pipeline is a guess (?): nobody may depend on it
		const left = 8
		name = e.id + "-" + strings.Trim(wire.Cut(short, left), "-") + "-" + s.identifier(10)
	}
	return &job{
		kind: kind, name: name, arn: s.arn(kind.arn + "/" + name), execution: e, step: st, status: inProgress,
		created: s.now(), modified: s.now(), metrics: map[string]metric{},
	}
}

// take reads the arguments of the Create call.
func (j *job) take(resolved any) error {
	arguments, ok := resolved.(map[string]any)
	if !ok {
		return errors.New("the step has no arguments")
	}
	text, err := json.Marshal(arguments)
	if err != nil {
		return fmt.Errorf("encode the arguments: %w", err)
	}
	j.arguments = arguments
	switch j.kind.arn {
	case training:
		j.spec, err = readTraining(text)
	case transform:
		j.spec, err = readTransform(text)
	case tuning:
		j.search, err = readTuning(text)
	default:
		j.spec, err = readProcessing(text)
	}
	return err
}

func (j *job) public() Job {
	given := Job{
		Name: j.name, Type: j.step.node.Type, Pipeline: j.execution.pipeline.name, Execution: j.execution.id, Step: j.step.node.Name,
		Attempt: j.step.attempts,
	}
	if j.search != nil {
		return given
	}
	if j.trial != nil {
		given.Type = "Training"
	}
	given.Image, given.Entrypoint, given.Arguments = j.spec.image, j.spec.entrypoint, j.spec.arguments
	given.Environment, given.HyperParameters, given.Instances = j.spec.environment, j.spec.hyper, j.spec.instances
	return given
}

func (j *job) next(cancel func()) { j.cancels = append(j.cancels, cancel) }

func (j *job) cancelAll() {
	for _, cancel := range j.cancels {
		cancel()
	}
	j.cancels = nil
}

// enter notes a training job's secondary status.
func (j *job) enter(now time.Time, status string) {
	j.modified = now
	j.transitions = slices.Clone(j.transitions) // answers on their way have the old ones
	if n := len(j.transitions); n > 0 {
		j.transitions[n-1].EndTime = wire.At(now)
	}
	j.transitions = append(j.transitions, transition{Status: status, StartTime: wire.At(now), StatusMessage: status})
}

// machine begins the container: the job has its machine.
func (s *Service) machine(j *job) {
	now := s.now()
	j.started = now
	j.enter(now, "Downloading")
	j.enter(now, "Training")
	if j.spec.maxRuntime > 0 {
		j.next(s.after(j.spec.maxRuntime, func() {
			if !j.over() {
				j.timedOut = true
				s.stopJob(j)
			}
		}))
	}
	if s.o.Container != nil && !j.play.Alone && j.play.Lost == "" && j.contained() {
		s.runContainer(j)
		return
	}
	stream := j.stream(1)
	if j.kind.arn == transform { // what SageMaker itself says has a stream beside the container's
		const settings = ":[sagemaker logs]: MaxConcurrentTransforms=1, MaxPayloadInMB=6, BatchStrategy=MULTI_RECORD"
		s.line(j, stream+"/data-log", now.UTC().Format("2006-01-02T15:04:05.000")+settings)
	}
	for _, line := range j.play.Lines {
		j.next(s.after(line.After, func() { s.line(j, stream, line.Text) }))
	}
	j.next(s.after(j.play.Duration, func() { s.playedOut(j) }))
}

// line adds a line to the job's log and looks for metrics in it.
func (s *Service) line(j *job, stream, text string) {
	s.o.Logs.Append(j.kind.group, stream, text)
	for _, d := range j.spec.metrics {
		if value, ok := d.find(text); ok {
			j.metrics[d.Name] = metric{MetricName: d.Name, Value: value, Timestamp: wire.At(s.now())}
		}
	}
}

// playedOut ends a scripted job as its script says.
func (s *Service) playedOut(j *job) {
	if j.play.Lost != "" {
		j.lost = j.play.Lost
		s.jobOver(j, failed, "InternalServerError: "+detail(j.lost))
		return
	}
	if j.play.Exit.Code == 0 {
		if err := s.playOutputs(j); err != nil {
			s.jobOver(j, failed, "ClientError: "+err.Error())
			return
		}
	}
	s.exited(j, j.play.Exit)
}

// exited turns a container's exit into the end of its job.
func (s *Service) exited(j *job, exit Exit) {
	const longest = 1024
	j.message = wire.Cut(exit.Message, longest)
	if exit.Code == 0 {
		s.jobOver(j, completed, "")
		return
	}
	text := j.message
	if j.kind.arn != training {
		text = "See job logs for more information" // its message is a member of its own
	}
	s.jobOver(j, failed, fmt.Sprintf("AlgorithmError: %s, exit code: %d", wire.Cut(text, 900), exit.Code))
}

// jobOver ends a job; its step follows.
func (s *Service) jobOver(j *job, status, reason string) {
	if j.over() {
		return
	}
	j.cancelAll()
	now := s.now()
	if status == completed && j.kind.arn == training {
		j.enter(now, "Uploading")
	}
	j.enter(now, status)
	j.transitions[len(j.transitions)-1].EndTime = wire.At(now)
	j.status, j.reason, j.ended = status, reason, now
	if j.trial != nil {
		s.search(j.trial.of)
		return
	}
	e, st := j.execution, j.step
	if st.job != j {
		return
	}
	st.cancel = s.after(s.takes.landing, func() { s.landed(e, st, j) })
}

func (s *Service) landed(e *execution, st *step, j *job) {
	switch {
	case st.status == stopping || j.status == stopped && !j.timedOut:
		s.endStep(e, st, stopped, "")
	case j.timedOut:
		s.endStep(e, st, failed, "ClientError: The job was stopped: it exceeded MaxRuntimeInSeconds.")
	case j.status == completed:
		s.endStep(e, st, succeeded, "")
	case j.lost != "":
		s.infrastructure(e, st, j.lost, j.reason)
	default:
		s.endStep(e, st, failed, s.noRetry(e, st, j.reason, "ALGORITHM_ERROR"))
	}
}

// infrastructure tries a step again if a retry policy covers the exception.
func (s *Service) infrastructure(e *execution, st *step, exception, text string) {
	for i, p := range st.node.RetryPolicies {
		if !slices.Contains(p.ExceptionType, exception) || !st.mayTry(i, p, s.now()) {
			continue
		}
		backoff := p.BackoffRate
		if backoff <= 0 {
			backoff = 2
		}
		wait := max(p.IntervalSeconds, 1) * math.Pow(backoff, float64(st.tries[i]))
		st.tries[i]++
		st.attempts++
		st.cancel = s.after(time.Duration(wait*float64(time.Second)), func() { s.createJob(e, st) })
		return
	}
	kind := strings.ToUpper(strings.ReplaceAll(exception, ".", "_"))
	s.endStep(e, st, failed, s.noRetry(e, st, "ClientError: "+text, kind))
}

func (st *step) mayTry(i int, p definition.RetryPolicy, now time.Time) bool {
	const usual = 5
	switch {
	case p.MaxAttempts > 0:
		return st.tries[i] < p.MaxAttempts
	case p.ExpireAfterMin > 0:
		return now.Sub(st.began) < time.Duration(p.ExpireAfterMin*float64(time.Minute))
	default:
		return st.tries[i] < usual
	}
}

func (s *Service) noRetry(e *execution, st *step, text, exception string) string {
	return fmt.Sprintf("%s\nRetry not appropriate on execution of step with PipelineExecutionArn %s and StepName %s. "+
		"No retry policy configured for the exception type %s.",
		text, s.arn("pipeline/"+e.pipeline.name+"/execution/"+e.id), st.node.Name, exception)
}

// detail is what a service says about an exception type.
func detail(exception string) string {
	switch exception {
	case "SageMaker.RESOURCE_LIMIT":
		return "The account-level service limit for this instance type is 0 Instances, with current utilization of 0 Instances."
	case "SageMaker.CAPACITY_ERROR":
		return "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error."
	case "Step.THROTTLING":
		return "Rate exceeded"
	default:
		return "We encountered an internal error. Please try again."
	}
}

// stopJob ends a job before its time: a signal to its container, or at once
// when it has no machine yet.
func (s *Service) stopJob(j *job) {
	const dying = 5 * time.Second
	j.status = stopping
	j.modified = s.now()
	j.cancelAll()
	switch {
	case j.search != nil && slices.ContainsFunc(j.search.trials, func(t *job) bool { return !t.over() }):
		for _, t := range j.search.trials {
			if !t.over() {
				s.stopJob(t)
			}
		}
	case j.started.IsZero():
		j.next(s.after(s.takes.halting, func() { s.jobOver(j, stopped, "") }))
	case j.kill != nil:
		j.kill()
	default:
		j.next(s.after(dying, func() { s.jobOver(j, stopped, "") }))
	}
}
