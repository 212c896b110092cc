package awssim

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/daybatch/daybatch/aws/awssim/internal/s3"
	"github.com/daybatch/daybatch/aws/awssim/internal/sagemaker"
	"github.com/daybatch/daybatch/aws/awssim/internal/scheduler"
	"github.com/daybatch/daybatch/aws/awssim/internal/sns"
)

// journal counts the calls.
type journal struct {
	mu    sync.Mutex
	calls map[string]int
	log   []Call
}

// Call is one request that reached the account.
type Call struct {
	Operation string // "sagemaker.StartPipelineExecution"
	Caller    string // the ARN of who signed it
	Path      string // of the URL: in S3 the bucket and the key
	Outcome   string // "ok", "dropped", or an error's code
}

func (j *journal) add(r Request, outcome string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.calls == nil {
		j.calls = map[string]int{}
	}
	j.calls[r.Operation]++
	j.log = append(j.log, Call{Operation: r.Operation, Caller: r.Caller, Path: r.Path, Outcome: outcome})
}

// Calls says how often each operation was called, also when it was broken by a
// fault.
func (s *Sim) Calls() map[string]int {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	return maps.Clone(s.journal.calls)
}

// Log lists the calls in their order.
func (s *Sim) Log() []Call {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	return append([]Call(nil), s.journal.log...)
}

type (
	// Execution is a pipeline execution as a test sees it.
	Execution = sagemaker.Execution
	// StepRun is a step of an execution.
	StepRun = sagemaker.StepRun
	// Message is what was published to a topic.
	Message = sns.Message
	// Firing is one invocation by a schedule.
	Firing = scheduler.Firing
)

// Executions lists a pipeline's executions, oldest first.
func (s *Sim) Executions(pipeline string) []Execution { return s.sagemaker.Executions(pipeline) }

// JobLog is what a job has logged, all instances together, in the order of the
// time stamps.
func (s *Sim) JobLog(job string) []string {
	lines := s.logs.Lines("/aws/sagemaker/ProcessingJobs", job+"/")
	return append(lines, s.logs.Lines("/aws/sagemaker/TrainingJobs", job+"/")...)
}

// LogLines is what the streams of a log group hold, in the order of the time
// stamps.
func (s *Sim) LogLines(group string) []string { return s.logs.Lines(group, "") }

// Messages is all that was published, to any topic, in order.
func (s *Sim) Messages() []Message { return s.sns.Messages() }

// Firings lists what the schedules have invoked.
func (s *Sim) Firings() []Firing { return s.scheduler.Firings() }

// FailedDeliveries lists the events that a rule's target did not get, and why:
// on AWS no more than a metric.
func (s *Sim) FailedDeliveries() []string { return s.events.Failures() }

// AddDataSet makes a QuickSight data set.
func (s *Sim) AddDataSet(d DataSet) { s.quick.Add(d) }

// Ingestions lists the ids of a data set's refreshes, oldest first.
func (s *Sim) Ingestions(dataSet string) []string { return s.quick.Ingestions(dataSet) }

// Locations says where the partitions of a table of the catalogue are, by the
// values of their keys joined by a slash; nil if there is no such table.
func (s *Sim) Locations(database, table string) map[string]string {
	return s.glue.Locations(database, table)
}

// AddTable makes a table of Glue over the files at a location, s3://..., and its
// database, unless they are there.
func (s *Sim) AddTable(database, name, location string) { s.glue.AddTable(database, name, location) }

// AddPipeline makes a pipeline of SageMaker, as a user of the account would who has
// nothing to do with daybatch, unless it is there.
func (s *Sim) AddPipeline(name, definition, user string) error {
	if err := s.sagemaker.Add(s.o.Identity(user), name, definition); err != nil {
		return fmt.Errorf("make pipeline %s: %w", name, err)
	}
	return nil
}

// RunPipeline starts an execution of a pipeline, as a user of the account would.
func (s *Sim) RunPipeline(name, user string, parameters map[string]string) error {
	type parameter struct{ Name, Value string }
	in := struct {
		PipelineName       string
		PipelineParameters []parameter
	}{PipelineName: name}
	for _, key := range slices.Sorted(maps.Keys(parameters)) {
		in.PipelineParameters = append(in.PipelineParameters, parameter{key, parameters[key]})
	}
	text, err := json.Marshal(in)
	if err == nil {
		err = s.sagemaker.Start(s.o.Identity(user), text)
	}
	if err != nil {
		return fmt.Errorf("start pipeline %s: %w", name, err)
	}
	return nil
}

// CreateBucket makes a bucket if it isn't there.
func (s *Sim) CreateBucket(name string) error { return s.store.CreateBucket(name) }

// PutObject writes an object.
func (s *Sim) PutObject(bucket, key string, content []byte) error {
	return s.store.Put(bucket, key, content)
}

// Object reads an object.
func (s *Sim) Object(bucket, key string) ([]byte, error) {
	content, _, err := s.store.Get(bucket, key)
	return content, err
}

// Objects lists the keys below a prefix.
func (s *Sim) Objects(bucket, prefix string) ([]string, error) {
	objects, err := s.store.List(bucket, prefix)
	if err != nil {
		return nil, err
	}
	return keys(objects), nil
}

func keys(objects []s3.Object) []string {
	out := make([]string, len(objects))
	for i, o := range objects {
		out[i] = o.Key
	}
	return out
}
