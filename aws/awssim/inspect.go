package awssim

import (
	"maps"
	"sync"

	"github.com/daybatch/daybatch/aws/awssim/internal/s3"
	"github.com/daybatch/daybatch/aws/awssim/internal/sagemaker"
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
	Outcome   string // "ok", "dropped", or the words of the HTTP status
}

func (j *journal) add(operation, outcome string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.calls == nil {
		j.calls = map[string]int{}
	}
	j.calls[operation]++
	j.log = append(j.log, Call{Operation: operation, Outcome: outcome})
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
)

// Executions lists a pipeline's executions, oldest first.
func (s *Sim) Executions(pipeline string) []Execution { return s.sagemaker.Executions(pipeline) }

// JobLog is what a job has logged, all instances together, in the order of the
// time stamps.
func (s *Sim) JobLog(job string) []string {
	lines := s.logs.Lines("/aws/sagemaker/ProcessingJobs", job+"/")
	return append(lines, s.logs.Lines("/aws/sagemaker/TrainingJobs", job+"/")...)
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
