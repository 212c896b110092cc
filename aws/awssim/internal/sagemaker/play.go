package sagemaker

import (
	"io"
	"time"
)

// Job is a job, of a container or of another kind, as its container, or its script, sees
// it.
type Job struct {
	Name      string
	Type      string // Processing or Training; with a script also Transform, Tuning, Lambda, Callback, ...
	Pipeline  string
	Execution string // its id
	Step      string
	Attempt   int // from 1, under the step's retry policies

	Image           string
	Entrypoint      []string
	Arguments       []string
	Environment     map[string]string
	HyperParameters map[string]string
	Instances       int

	Host     string    // algo-1, algo-2, ...
	Root     string    // a directory that holds opt/ml/... with the inputs in place
	Stdout   io.Writer // its lines become the events of the instance's log stream
	Endpoint string    // where this simulation answers
}

// Exit is how a container ended. A message takes the place of what the
// container wrote to /opt/ml/output/message.
type Exit struct {
	Code    int
	Message string
}

// Play says how a job goes.
type Play struct {
	StartUp    time.Duration                // until it has its machine; 0: as usual
	Duration   time.Duration                // of its container; 0: a minute, or as long as a real one takes
	Lines      []Line                       // of its log
	Outputs    map[string]map[string]string // output name (Training: "model", Transform: "transform") to file to content
	Parameters map[string]string            // OutputParameters of a Lambda or Callback
	Metadata   map[string]any               // of a step that is no job, by its type: {"EMR": {"ClusterId": ...}}; of a check, what it has beside its job
	Exit       Exit
	Alone      bool // what is said here is all that happens: no container is run

	// The infrastructure's failures, by the exception types of retry policies:
	// Step.SERVICE_FAULT, Step.THROTTLING, SageMaker.JOB_INTERNAL_ERROR,
	// SageMaker.CAPACITY_ERROR, SageMaker.RESOURCE_LIMIT.
	Create string // the job can't be created
	Lost   string // the job fails when its container would have ended
}

// Line is a line of a scripted job's log.
type Line struct {
	After time.Duration // after the container's start
	Text  string
}

// play asks the script. The lock is held, so a script can't ask the service.
func (s *Service) play(j Job) Play {
	var p Play
	if s.o.Script != nil {
		p = s.o.Script(j)
	}
	if p.StartUp <= 0 {
		p.StartUp = s.o.StartUp
	}
	hasContainer := s.o.Container != nil && !p.Alone && (kindOf(j.Type).arn == processing || j.Type == "Training")
	if p.Duration <= 0 && !hasContainer {
		p.Duration = time.Minute
	}
	return p
}
