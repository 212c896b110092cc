// Package runs starts, stops and reads executions of a SageMaker pipeline. It
// knows nothing of dates: what an execution is for, its name and its parameters
// are the caller's.
package runs

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"

	"github.com/daybatch/daybatch/aws/internal/cloud"
	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/forecast"
)

// ExecutionAPI are the calls about executions.
type ExecutionAPI interface {
	StartPipelineExecution(ctx context.Context, in *sagemaker.StartPipelineExecutionInput, options ...func(*sagemaker.Options)) (*sagemaker.StartPipelineExecutionOutput, error)
	StopPipelineExecution(ctx context.Context, in *sagemaker.StopPipelineExecutionInput, options ...func(*sagemaker.Options)) (*sagemaker.StopPipelineExecutionOutput, error)
	DescribePipelineExecution(ctx context.Context, in *sagemaker.DescribePipelineExecutionInput, options ...func(*sagemaker.Options)) (*sagemaker.DescribePipelineExecutionOutput, error)
	ListPipelineExecutions(ctx context.Context, in *sagemaker.ListPipelineExecutionsInput, options ...func(*sagemaker.Options)) (*sagemaker.ListPipelineExecutionsOutput, error)
	ListPipelineExecutionSteps(ctx context.Context, in *sagemaker.ListPipelineExecutionStepsInput, options ...func(*sagemaker.Options)) (*sagemaker.ListPipelineExecutionStepsOutput, error)
	ListPipelineParametersForExecution(ctx context.Context, in *sagemaker.ListPipelineParametersForExecutionInput, options ...func(*sagemaker.Options)) (*sagemaker.ListPipelineParametersForExecutionOutput, error)
}

// PipelineAPI are the calls about definitions, and the one that reopens an
// execution.
type PipelineAPI interface {
	DescribePipeline(ctx context.Context, in *sagemaker.DescribePipelineInput, options ...func(*sagemaker.Options)) (*sagemaker.DescribePipelineOutput, error)
	DescribePipelineDefinitionForExecution(ctx context.Context, in *sagemaker.DescribePipelineDefinitionForExecutionInput, options ...func(*sagemaker.Options)) (*sagemaker.DescribePipelineDefinitionForExecutionOutput, error)
	RetryPipelineExecution(ctx context.Context, in *sagemaker.RetryPipelineExecutionInput, options ...func(*sagemaker.Options)) (*sagemaker.RetryPipelineExecutionOutput, error)
}

// Runs are the executions of a pipeline.
type Runs struct {
	API       ExecutionAPI
	Jobs      JobAPI
	Pipelines PipelineAPI // of pipelines that daybatch did not define
	Pipeline  string
}

// Run is an execution of the pipeline.
type Run struct {
	ARN     string
	Name    string // display name; of one that the schedule started execution-<ms>
	Status  forecast.Status
	Reason  string // rarely more than that a step failed
	Started time.Time
	Changed time.Time // zero if it is from a listing
	// By is the ARN of who started it; empty if it is from a listing, or not known.
	By string `json:",omitempty"`
	// Source and Selected are those of a selective execution: see [Start]. A listing
	// does not tell them.
	Source   string   `json:",omitempty"`
	Selected []string `json:",omitempty"`
}

// ID returns the identity of the run.
func (r Run) ID() string { return naming.RunID(r.ARN) }

// Start asks for an execution.
type Start struct {
	Name       string
	Token      string
	Parameters map[string]string
	// Source is the execution whose steps before Selected are taken over; empty:
	// all steps run.
	Source   string
	Selected []string
}

// Start starts an execution and returns its ARN. The same token gives the same
// execution, and nothing tells whether it is a new one.
func (r Runs) Start(ctx context.Context, s Start) (string, error) {
	in := &sagemaker.StartPipelineExecutionInput{
		PipelineName: &r.Pipeline, PipelineExecutionDisplayName: &s.Name, ClientRequestToken: &s.Token,
	}
	for _, name := range slices.Sorted(maps.Keys(s.Parameters)) {
		in.PipelineParameters = append(in.PipelineParameters, types.Parameter{Name: &name, Value: awssdk.String(s.Parameters[name])})
	}
	if len(s.Selected) > 0 {
		in.SelectiveExecutionConfig = &types.SelectiveExecutionConfig{SourcePipelineExecutionArn: &s.Source}
		for _, name := range s.Selected {
			in.SelectiveExecutionConfig.SelectedSteps = append(in.SelectiveExecutionConfig.SelectedSteps, types.SelectedStep{StepName: &name})
		}
	}
	out, err := r.API.StartPipelineExecution(ctx, in)
	if err != nil {
		return "", r.fail("start execution "+s.Name, err)
	}
	return awssdk.ToString(out.PipelineExecutionArn), nil
}

// Stop stops an execution that was seen as it is in run. It goes on until its
// jobs have ended. One that has ended already is no error.
func (r Runs) Stop(ctx context.Context, run Run) error {
	_, err := r.API.StopPipelineExecution(ctx, &sagemaker.StopPipelineExecutionInput{
		PipelineExecutionArn: &run.ARN, ClientRequestToken: awssdk.String(naming.ActionToken("stop", run.ID(), run.Changed)),
	})
	if err == nil {
		return nil
	}
	now, seen := r.Describe(ctx, run.ARN)
	if seen == nil && (now.Status == forecast.Stopping || !now.Status.Open()) {
		return nil
	}
	return r.fail("stop execution "+run.Name, err)
}

// Describe reads an execution.
func (r Runs) Describe(ctx context.Context, arn string) (Run, error) {
	out, err := r.API.DescribePipelineExecution(ctx, &sagemaker.DescribePipelineExecutionInput{PipelineExecutionArn: &arn})
	if err != nil {
		return Run{}, r.fail("read execution "+naming.RunID(arn), err)
	}
	run := Run{
		ARN: arn, Name: awssdk.ToString(out.PipelineExecutionDisplayName), Status: forecast.Status(out.PipelineExecutionStatus),
		Reason: said(out.FailureReason), Started: awssdk.ToTime(out.CreationTime).UTC(), Changed: awssdk.ToTime(out.LastModifiedTime).UTC(),
		By: startedBy(out.CreatedBy),
	}
	if c := out.SelectiveExecutionConfig; c != nil {
		run.Source = awssdk.ToString(c.SourcePipelineExecutionArn)
		for _, selected := range c.SelectedSteps {
			run.Selected = append(run.Selected, awssdk.ToString(selected.StepName))
		}
	}
	return run, nil
}

func startedBy(user *types.UserContext) string {
	switch {
	case user == nil:
		return ""
	case user.IamIdentity != nil && user.IamIdentity.Arn != nil:
		return *user.IamIdentity.Arn
	default:
		return awssdk.ToString(user.UserProfileArn)
	}
}

// List returns the executions that were created after an instant, newest first;
// zero: all there are.
func (r Runs) List(ctx context.Context, after time.Time) ([]Run, error) {
	in := &sagemaker.ListPipelineExecutionsInput{
		PipelineName: &r.Pipeline, SortBy: types.SortPipelineExecutionsByCreationTime, SortOrder: types.SortOrderDescending,
		MaxResults: awssdk.Int32(100),
	}
	if !after.IsZero() {
		in.CreatedAfter = &after
	}
	var all []Run
	for {
		out, err := r.API.ListPipelineExecutions(ctx, in)
		if err != nil {
			return nil, r.fail("list executions", err)
		}
		for _, s := range out.PipelineExecutionSummaries {
			all = append(all, Run{
				ARN: awssdk.ToString(s.PipelineExecutionArn), Name: awssdk.ToString(s.PipelineExecutionDisplayName),
				Status: forecast.Status(s.PipelineExecutionStatus), Reason: said(s.PipelineExecutionFailureReason),
				Started: awssdk.ToTime(s.StartTime).UTC(),
			})
		}
		if in.NextToken = out.NextToken; awssdk.ToString(out.NextToken) == "" {
			return all, nil
		}
	}
}

// Parameters returns the parameters that an execution was given. One that is not
// among them had its default.
func (r Runs) Parameters(ctx context.Context, arn string) (map[string]string, error) {
	in := &sagemaker.ListPipelineParametersForExecutionInput{PipelineExecutionArn: &arn}
	all := make(map[string]string)
	for {
		out, err := r.API.ListPipelineParametersForExecution(ctx, in)
		if err != nil {
			return nil, r.fail("read parameters of execution "+naming.RunID(arn), err)
		}
		for _, p := range out.PipelineParameters {
			all[awssdk.ToString(p.Name)] = awssdk.ToString(p.Value)
		}
		if in.NextToken = out.NextToken; awssdk.ToString(out.NextToken) == "" {
			return all, nil
		}
	}
}

func (r Runs) fail(doing string, err error) error {
	return fmt.Errorf("%s of pipeline %s: %w", doing, r.Pipeline, cloud.Error(err))
}
