package sagemaker

import (
	"cmp"
	"context"
	"time"

	"github.com/daybatch/daybatch/aws/awssim/internal/definition"
	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

// step is a step that an execution has reached.
type step struct {
	node                  *definition.Node
	status                string
	began, ended, visible time.Time
	attempts              int
	tries                 map[int]int // per retry policy
	reason                string
	outcome               string // of a Condition
	message               string // of a Fail step
	job                   *job
	properties            map[string]any // of steps without a job
	metadataGiven         map[string]any // by the script, of steps without a job
	reusedFrom            string
	cancel                func() // the event that comes next
}

type stepEntry struct {
	StepName                 string
	StepDisplayName          string        `json:",omitempty"`
	StepDescription          string        `json:",omitempty"`
	StartTime                *wire.Seconds `json:",omitempty"`
	EndTime                  *wire.Seconds `json:",omitempty"`
	StepStatus               string
	CacheHitResult           *sourceExecution `json:",omitempty"`
	FailureReason            string           `json:",omitempty"`
	Metadata                 map[string]any
	AttemptCount             int
	SelectiveExecutionResult *sourceExecution `json:",omitempty"`
}

type sourceExecution struct {
	SourcePipelineExecutionArn string
}

type stepsOutput struct {
	PipelineExecutionSteps []stepEntry
	NextToken              *string `json:",omitempty"`
}

// listSteps gives the steps that were reached, the newest first by default.
// There are no others: whoever wants those that wait reads the definition.
func (s *Service) listSteps(_ context.Context, in *executionInput) (*stepsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, err := s.findExecution(in.PipelineExecutionArn)
	if err != nil {
		return nil, err
	}
	size, err := pageSize(in.MaxResults)
	if err != nil {
		return nil, err
	}
	var found []*step
	for _, st := range e.steps {
		if !st.visible.After(s.now()) {
			found = append(found, st)
		}
	}
	arrange(found, in.SortOrder, func(a, b *step) int {
		return cmp.Or(a.began.Compare(b.began), cmp.Compare(a.node.Name, b.node.Name))
	})
	page, err := wire.Paginate(s.pager, found, func(st *step) string { return st.node.Name }, size, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &stepsOutput{PipelineExecutionSteps: []stepEntry{}, NextToken: page.Next}
	for _, st := range page.Items {
		out.PipelineExecutionSteps = append(out.PipelineExecutionSteps, s.stepEntry(st))
	}
	return out, nil
}

func (s *Service) stepEntry(st *step) stepEntry {
	const longest = 1024
	entry := stepEntry{
		StepName: st.node.Name, StepDisplayName: st.node.DisplayName, StepDescription: st.node.Description,
		StartTime: wire.At(st.began), EndTime: wire.At(st.ended), StepStatus: st.status, FailureReason: wire.Cut(st.reason, longest),
		Metadata: st.metadata(), AttemptCount: st.attempts,
	}
	if s.o.Quirks().EmptyCacheHit {
		entry.CacheHitResult = &sourceExecution{}
	}
	if st.reusedFrom != "" {
		entry.SelectiveExecutionResult = &sourceExecution{SourcePipelineExecutionArn: st.reusedFrom}
	}
	return entry
}
