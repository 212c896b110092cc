package runs

import (
	"context"
	"errors"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"

	"github.com/daybatch/daybatch/aws/internal/cloud"
	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/forecast"
)

// Definition returns the definition of the pipeline as it is now, and when it was
// changed last.
func (r Runs) Definition(ctx context.Context) (text string, changed time.Time, err error) {
	out, err := r.Pipelines.DescribePipeline(ctx, &sagemaker.DescribePipelineInput{PipelineName: &r.Pipeline})
	if err != nil {
		return "", time.Time{}, r.fail("read the definition", err)
	}
	return awssdk.ToString(out.PipelineDefinition), utc(out.LastModifiedTime), nil
}

// DefinitionOf returns the definition that an execution runs. It never changes.
func (r Runs) DefinitionOf(ctx context.Context, arn string) (string, error) {
	out, err := r.Pipelines.DescribePipelineDefinitionForExecution(ctx, &sagemaker.DescribePipelineDefinitionForExecutionInput{PipelineExecutionArn: &arn})
	if err != nil {
		return "", r.fail("read the definition of execution "+naming.RunID(arn), err)
	}
	return awssdk.ToString(out.PipelineDefinition), nil
}

// Retry reopens an execution that was seen as it is in run: it goes on where it
// failed, with the parameters that it has. Two who saw the same reopen it once, and
// one that is at work already is no error.
func (r Runs) Retry(ctx context.Context, run Run) error {
	_, err := r.Pipelines.RetryPipelineExecution(ctx, &sagemaker.RetryPipelineExecutionInput{
		PipelineExecutionArn: &run.ARN, ClientRequestToken: awssdk.String(naming.ActionToken("retry", run.ID(), run.Changed)),
	})
	if err == nil {
		return nil
	}
	if errors.Is(cloud.Error(err), forecast.ErrConflict) {
		now, seen := r.Describe(ctx, run.ARN)
		if seen == nil && (now.Status.Open() || now.Changed.After(run.Changed)) {
			return nil
		}
	}
	return r.fail("retry execution "+run.Name, err)
}
