package sagemaker

import (
	"cmp"
	"context"
	"time"

	"github.com/daybatch/daybatch/aws/awssim/internal/definition"
	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

// The statuses of executions and steps.
const (
	starting  = "Starting" // steps only
	executing = "Executing"
	stopping  = "Stopping"
	stopped   = "Stopped"
	failed    = "Failed"
	succeeded = "Succeeded"
)

func terminal(status string) bool {
	return status == stopped || status == failed || status == succeeded
}

// execution is one run of a pipeline.
type execution struct {
	id                   string
	number               int // in the order of starting
	pipeline             *pipeline
	version              int64
	def                  *definition.Definition
	text                 string
	display, description string
	given                []parameter
	parallelism          *parallelism
	selective            *selectiveConfig
	selected             map[string]bool

	status                     string
	reason                     string
	created, modified, visible time.Time
	ended                      time.Time
	createdBy, modifiedBy      string
	steps                      map[string]*step
	failStep                   bool // a Fail step was reached
}

type executionInput struct {
	PipelineExecutionArn string
	NextToken            *string
	MaxResults           *int
	SortOrder            string
}

type listExecutionsInput struct {
	PipelineName  string
	CreatedAfter  *wire.Seconds
	CreatedBefore *wire.Seconds
	SortBy        string
	SortOrder     string
	NextToken     *string
	MaxResults    *int
}

type executionSummary struct {
	PipelineExecutionArn           string
	StartTime                      *wire.Seconds
	PipelineExecutionStatus        string
	PipelineExecutionDescription   string `json:",omitempty"`
	PipelineExecutionDisplayName   string
	PipelineExecutionFailureReason string `json:",omitempty"`
}

type listExecutionsOutput struct {
	PipelineExecutionSummaries []executionSummary
	NextToken                  *string `json:",omitempty"`
}

func (s *Service) listExecutions(_ context.Context, in *listExecutionsInput) (*listExecutionsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.findPipeline(in.PipelineName)
	if err != nil {
		return nil, err
	}
	size, err := pageSize(in.MaxResults)
	if err != nil {
		return nil, err
	}
	var found []*execution
	for _, e := range s.executions {
		if e.pipeline == p && !e.visible.After(s.now()) && between(e.created, in.CreatedAfter, in.CreatedBefore) {
			found = append(found, e)
		}
	}
	arrange(found, in.SortOrder, func(a, b *execution) int {
		if in.SortBy == "PipelineExecutionArn" {
			return cmp.Compare(a.id, b.id)
		}
		return cmp.Or(a.created.Compare(b.created), cmp.Compare(a.id, b.id))
	})
	page, err := wire.Paginate(s.pager, found, func(e *execution) string { return e.id }, size, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &listExecutionsOutput{PipelineExecutionSummaries: []executionSummary{}, NextToken: page.Next}
	for _, e := range page.Items {
		out.PipelineExecutionSummaries = append(out.PipelineExecutionSummaries, executionSummary{
			PipelineExecutionArn: s.executionARN(e), StartTime: wire.At(e.created), PipelineExecutionStatus: e.status,
			PipelineExecutionDescription: e.description, PipelineExecutionDisplayName: e.display, PipelineExecutionFailureReason: e.reason,
		})
	}
	return out, nil
}

type describeExecutionOutput struct {
	PipelineArn                  string
	PipelineExecutionArn         string
	PipelineExecutionDisplayName string
	PipelineExecutionStatus      string
	PipelineExecutionDescription string `json:",omitempty"`
	FailureReason                string `json:",omitempty"`
	CreationTime                 *wire.Seconds
	LastModifiedTime             *wire.Seconds
	CreatedBy                    *userContext
	LastModifiedBy               *userContext
	ParallelismConfiguration     *parallelism     `json:",omitempty"`
	SelectiveExecutionConfig     *selectiveConfig `json:",omitempty"`
	PipelineVersionID            int64            `json:"PipelineVersionId"`
}

func (s *Service) describeExecution(_ context.Context, in *executionInput) (*describeExecutionOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, err := s.findExecution(in.PipelineExecutionArn)
	if err != nil {
		return nil, err
	}
	return &describeExecutionOutput{
		PipelineArn: s.pipelineARN(e.pipeline), PipelineExecutionArn: s.executionARN(e), PipelineExecutionDisplayName: e.display,
		PipelineExecutionStatus: e.status, PipelineExecutionDescription: e.description, FailureReason: e.reason,
		CreationTime: wire.At(e.created), LastModifiedTime: wire.At(e.modified), CreatedBy: user(e.createdBy), LastModifiedBy: user(e.modifiedBy),
		ParallelismConfiguration: e.parallelism, SelectiveExecutionConfig: e.selective, PipelineVersionID: e.version,
	}, nil
}

type updateExecutionInput struct {
	PipelineExecutionArn         string
	PipelineExecutionDescription *string
	PipelineExecutionDisplayName *string
	ParallelismConfiguration     *parallelism
}

func (s *Service) updateExecution(_ context.Context, call *wire.Call, in *updateExecutionInput) (*executionOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, err := s.findExecution(in.PipelineExecutionArn)
	if err != nil {
		return nil, err
	}
	if d := in.PipelineExecutionDisplayName; d != nil {
		if err := named("pipelineExecutionDisplayName", *d, longestDisplay); err != nil {
			return nil, err
		}
		e.display = *d
	}
	if in.PipelineExecutionDescription != nil {
		e.description = *in.PipelineExecutionDescription
	}
	if in.ParallelismConfiguration != nil {
		e.parallelism = in.ParallelismConfiguration
	}
	e.modified, e.modifiedBy = s.now(), call.Caller
	return &executionOutput{PipelineExecutionArn: s.executionARN(e)}, nil
}

type parametersOutput struct {
	PipelineParameters []parameter
	NextToken          *string `json:",omitempty"`
}

// listParameters gives what the start gave: defaults are in the definition.
func (s *Service) listParameters(_ context.Context, in *executionInput) (*parametersOutput, error) {
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
	page, err := wire.Paginate(s.pager, e.given, func(p parameter) string { return p.Name }, size, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &parametersOutput{PipelineParameters: append([]parameter{}, page.Items...), NextToken: page.Next}, nil
}

type definitionOutput struct {
	PipelineDefinition string
	CreationTime       *wire.Seconds
}

func (s *Service) describeDefinition(_ context.Context, in *executionInput) (*definitionOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, err := s.findExecution(in.PipelineExecutionArn)
	if err != nil {
		return nil, err
	}
	return &definitionOutput{PipelineDefinition: e.text, CreationTime: wire.At(e.created)}, nil
}
