package runs

import (
	"context"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"

	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/forecast"
)

// JobKind is the kind of a step's job.
type JobKind string

// Kinds of jobs that have logs.
const (
	NoJob      JobKind = "" // none was made, or it is of a kind without logs of its own
	Processing JobKind = "processing"
	Training   JobKind = "training"
	Transform  JobKind = "transform"
	Tuning     JobKind = "tuning" // its log is that of its training jobs
)

// Step is a step of an execution that was reached.
type Step struct {
	Name    string
	Status  forecast.StepStatus
	Reason  string
	Started time.Time
	Ended   time.Time
	Tries   int
	Kind    JobKind
	Job     string // its name
	// Source is the execution that the step was taken over from, by selection or
	// from the cache.
	Source string
	// Outcome is what a Condition came to: True or False.
	Outcome string `json:",omitempty"`
	// Message is that of a Fail step.
	Message string `json:",omitempty"`
	// Note is what a step of another type made, or where it works.
	Note string `json:",omitempty"`
	// Elsewhere says that what the step costs is on a bill that no job here tells.
	Elsewhere bool `json:",omitempty"`
}

// Steps returns the steps of an execution that were reached, in the order in
// which they were. A step that was not reached is absent.
func (r Runs) Steps(ctx context.Context, arn string) ([]Step, error) {
	in := &sagemaker.ListPipelineExecutionStepsInput{
		PipelineExecutionArn: &arn, SortOrder: types.SortOrderAscending, MaxResults: awssdk.Int32(100),
	}
	var all []Step
	for {
		var more []newer
		out, err := r.API.ListPipelineExecutionSteps(ctx, in, reading(&more))
		if err != nil {
			return nil, r.fail("list steps of execution "+naming.RunID(arn), err)
		}
		more = append(more, make([]newer, len(out.PipelineExecutionSteps))...) // of those that the reply said nothing of
		for i, s := range out.PipelineExecutionSteps {
			all = append(all, stepOf(s, more[i]))
		}
		if in.NextToken = out.NextToken; awssdk.ToString(out.NextToken) == "" {
			return all, nil
		}
	}
}

func stepOf(s types.PipelineExecutionStep, more newer) Step {
	step := Step{
		Name: awssdk.ToString(s.StepName), Status: forecast.StepStatus(s.StepStatus), Reason: said(s.FailureReason),
		Started: utc(s.StartTime), Ended: utc(s.EndTime), Tries: max(1, int(awssdk.ToInt32(s.AttemptCount))),
	}
	if s.CacheHitResult != nil {
		step.Source = awssdk.ToString(s.CacheHitResult.SourcePipelineExecutionArn) // empty: no hit
	}
	if s.SelectiveExecutionResult != nil && step.Source == "" {
		step.Source = awssdk.ToString(s.SelectiveExecutionResult.SourcePipelineExecutionArn)
	}
	if step.Source != "" && step.Status == forecast.StepSucceeded {
		step.Status = forecast.StepReused
	}
	if m := s.Metadata; m != nil {
		switch {
		case m.Condition != nil:
			step.Outcome = string(m.Condition.Outcome)
		case m.Fail != nil:
			step.Message = awssdk.ToString(m.Fail.ErrorMessage)
		default:
			step.Kind, step.Job = jobIn(m)
		}
		step.Note, step.Elsewhere = noteOf(m, more, step.Status.Open()), billedElsewhere(m, more)
	}
	return step
}

func utc(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}
