package calls

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
)

// SageMaker are the calls of SageMaker that the program makes. OfSageMaker takes them from a client.
type SageMaker struct {
	createPipeline                             call[sagemaker.CreatePipelineInput, sagemaker.CreatePipelineOutput, sagemaker.Options]
	updatePipeline                             call[sagemaker.UpdatePipelineInput, sagemaker.UpdatePipelineOutput, sagemaker.Options]
	describePipeline                           call[sagemaker.DescribePipelineInput, sagemaker.DescribePipelineOutput, sagemaker.Options]
	listTags                                   call[sagemaker.ListTagsInput, sagemaker.ListTagsOutput, sagemaker.Options]
	startPipelineExecution                     call[sagemaker.StartPipelineExecutionInput, sagemaker.StartPipelineExecutionOutput, sagemaker.Options]
	retryPipelineExecution                     call[sagemaker.RetryPipelineExecutionInput, sagemaker.RetryPipelineExecutionOutput, sagemaker.Options]
	stopPipelineExecution                      call[sagemaker.StopPipelineExecutionInput, sagemaker.StopPipelineExecutionOutput, sagemaker.Options]
	updatePipelineExecution                    call[sagemaker.UpdatePipelineExecutionInput, sagemaker.UpdatePipelineExecutionOutput, sagemaker.Options]
	listPipelineExecutions                     call[sagemaker.ListPipelineExecutionsInput, sagemaker.ListPipelineExecutionsOutput, sagemaker.Options]
	describePipelineExecution                  call[sagemaker.DescribePipelineExecutionInput, sagemaker.DescribePipelineExecutionOutput, sagemaker.Options]
	describePipelineDefinitionForExecution     call[sagemaker.DescribePipelineDefinitionForExecutionInput, sagemaker.DescribePipelineDefinitionForExecutionOutput, sagemaker.Options]
	listPipelineParametersForExecution         call[sagemaker.ListPipelineParametersForExecutionInput, sagemaker.ListPipelineParametersForExecutionOutput, sagemaker.Options]
	listPipelineExecutionSteps                 call[sagemaker.ListPipelineExecutionStepsInput, sagemaker.ListPipelineExecutionStepsOutput, sagemaker.Options]
	describeProcessingJob                      call[sagemaker.DescribeProcessingJobInput, sagemaker.DescribeProcessingJobOutput, sagemaker.Options]
	describeTrainingJob                        call[sagemaker.DescribeTrainingJobInput, sagemaker.DescribeTrainingJobOutput, sagemaker.Options]
	describeTransformJob                       call[sagemaker.DescribeTransformJobInput, sagemaker.DescribeTransformJobOutput, sagemaker.Options]
	describeHyperParameterTuningJob            call[sagemaker.DescribeHyperParameterTuningJobInput, sagemaker.DescribeHyperParameterTuningJobOutput, sagemaker.Options]
	listTrainingJobsForHyperParameterTuningJob call[sagemaker.ListTrainingJobsForHyperParameterTuningJobInput, sagemaker.ListTrainingJobsForHyperParameterTuningJobOutput, sagemaker.Options]
}

// OfSageMaker returns the calls of a client.
func OfSageMaker(client *sagemaker.Client) *SageMaker {
	return &SageMaker{
		createPipeline:                             client.CreatePipeline,
		updatePipeline:                             client.UpdatePipeline,
		describePipeline:                           client.DescribePipeline,
		listTags:                                   client.ListTags,
		startPipelineExecution:                     client.StartPipelineExecution,
		retryPipelineExecution:                     client.RetryPipelineExecution,
		stopPipelineExecution:                      client.StopPipelineExecution,
		updatePipelineExecution:                    client.UpdatePipelineExecution,
		listPipelineExecutions:                     client.ListPipelineExecutions,
		describePipelineExecution:                  client.DescribePipelineExecution,
		describePipelineDefinitionForExecution:     client.DescribePipelineDefinitionForExecution,
		listPipelineParametersForExecution:         client.ListPipelineParametersForExecution,
		listPipelineExecutionSteps:                 client.ListPipelineExecutionSteps,
		describeProcessingJob:                      client.DescribeProcessingJob,
		describeTrainingJob:                        client.DescribeTrainingJob,
		describeTransformJob:                       client.DescribeTransformJob,
		describeHyperParameterTuningJob:            client.DescribeHyperParameterTuningJob,
		listTrainingJobsForHyperParameterTuningJob: client.ListTrainingJobsForHyperParameterTuningJob,
	}
}

// CreatePipeline makes a pipeline.
func (c *SageMaker) CreatePipeline(ctx context.Context, in *sagemaker.CreatePipelineInput, options ...func(*sagemaker.Options)) (*sagemaker.CreatePipelineOutput, error) {
	return c.createPipeline(ctx, in, options...)
}

// UpdatePipeline changes a pipeline.
func (c *SageMaker) UpdatePipeline(ctx context.Context, in *sagemaker.UpdatePipelineInput, options ...func(*sagemaker.Options)) (*sagemaker.UpdatePipelineOutput, error) {
	return c.updatePipeline(ctx, in, options...)
}

// DescribePipeline reads a pipeline.
func (c *SageMaker) DescribePipeline(ctx context.Context, in *sagemaker.DescribePipelineInput, options ...func(*sagemaker.Options)) (*sagemaker.DescribePipelineOutput, error) {
	return c.describePipeline(ctx, in, options...)
}

// ListTags lists the tags of a resource.
func (c *SageMaker) ListTags(ctx context.Context, in *sagemaker.ListTagsInput, options ...func(*sagemaker.Options)) (*sagemaker.ListTagsOutput, error) {
	return c.listTags(ctx, in, options...)
}

// StartPipelineExecution starts an execution.
func (c *SageMaker) StartPipelineExecution(ctx context.Context, in *sagemaker.StartPipelineExecutionInput, options ...func(*sagemaker.Options)) (*sagemaker.StartPipelineExecutionOutput, error) {
	return c.startPipelineExecution(ctx, in, options...)
}

// RetryPipelineExecution goes on with an execution that failed or was stopped.
func (c *SageMaker) RetryPipelineExecution(ctx context.Context, in *sagemaker.RetryPipelineExecutionInput, options ...func(*sagemaker.Options)) (*sagemaker.RetryPipelineExecutionOutput, error) {
	return c.retryPipelineExecution(ctx, in, options...)
}

// StopPipelineExecution stops an execution.
func (c *SageMaker) StopPipelineExecution(ctx context.Context, in *sagemaker.StopPipelineExecutionInput, options ...func(*sagemaker.Options)) (*sagemaker.StopPipelineExecutionOutput, error) {
	return c.stopPipelineExecution(ctx, in, options...)
}

// UpdatePipelineExecution changes the name and the description of an execution.
func (c *SageMaker) UpdatePipelineExecution(ctx context.Context, in *sagemaker.UpdatePipelineExecutionInput, options ...func(*sagemaker.Options)) (*sagemaker.UpdatePipelineExecutionOutput, error) {
	return c.updatePipelineExecution(ctx, in, options...)
}

// ListPipelineExecutions lists the executions of a pipeline.
func (c *SageMaker) ListPipelineExecutions(ctx context.Context, in *sagemaker.ListPipelineExecutionsInput, options ...func(*sagemaker.Options)) (*sagemaker.ListPipelineExecutionsOutput, error) {
	return c.listPipelineExecutions(ctx, in, options...)
}

// DescribePipelineExecution reads an execution.
func (c *SageMaker) DescribePipelineExecution(ctx context.Context, in *sagemaker.DescribePipelineExecutionInput, options ...func(*sagemaker.Options)) (*sagemaker.DescribePipelineExecutionOutput, error) {
	return c.describePipelineExecution(ctx, in, options...)
}

// DescribePipelineDefinitionForExecution reads what an execution is of.
func (c *SageMaker) DescribePipelineDefinitionForExecution(ctx context.Context, in *sagemaker.DescribePipelineDefinitionForExecutionInput, options ...func(*sagemaker.Options)) (*sagemaker.DescribePipelineDefinitionForExecutionOutput, error) {
	return c.describePipelineDefinitionForExecution(ctx, in, options...)
}

// ListPipelineParametersForExecution lists the parameters of an execution.
func (c *SageMaker) ListPipelineParametersForExecution(ctx context.Context, in *sagemaker.ListPipelineParametersForExecutionInput, options ...func(*sagemaker.Options)) (*sagemaker.ListPipelineParametersForExecutionOutput, error) {
	return c.listPipelineParametersForExecution(ctx, in, options...)
}

// ListPipelineExecutionSteps lists the steps of an execution.
func (c *SageMaker) ListPipelineExecutionSteps(ctx context.Context, in *sagemaker.ListPipelineExecutionStepsInput, options ...func(*sagemaker.Options)) (*sagemaker.ListPipelineExecutionStepsOutput, error) {
	return c.listPipelineExecutionSteps(ctx, in, options...)
}

// DescribeProcessingJob reads a processing job.
func (c *SageMaker) DescribeProcessingJob(ctx context.Context, in *sagemaker.DescribeProcessingJobInput, options ...func(*sagemaker.Options)) (*sagemaker.DescribeProcessingJobOutput, error) {
	return c.describeProcessingJob(ctx, in, options...)
}

// DescribeTrainingJob reads a training job.
func (c *SageMaker) DescribeTrainingJob(ctx context.Context, in *sagemaker.DescribeTrainingJobInput, options ...func(*sagemaker.Options)) (*sagemaker.DescribeTrainingJobOutput, error) {
	return c.describeTrainingJob(ctx, in, options...)
}

// DescribeTransformJob reads a transform job.
func (c *SageMaker) DescribeTransformJob(ctx context.Context, in *sagemaker.DescribeTransformJobInput, options ...func(*sagemaker.Options)) (*sagemaker.DescribeTransformJobOutput, error) {
	return c.describeTransformJob(ctx, in, options...)
}

// DescribeHyperParameterTuningJob reads a tuning job.
func (c *SageMaker) DescribeHyperParameterTuningJob(ctx context.Context, in *sagemaker.DescribeHyperParameterTuningJobInput, options ...func(*sagemaker.Options)) (*sagemaker.DescribeHyperParameterTuningJobOutput, error) {
	return c.describeHyperParameterTuningJob(ctx, in, options...)
}

// ListTrainingJobsForHyperParameterTuningJob lists the trainings of a tuning job.
func (c *SageMaker) ListTrainingJobsForHyperParameterTuningJob(ctx context.Context, in *sagemaker.ListTrainingJobsForHyperParameterTuningJobInput, options ...func(*sagemaker.Options)) (*sagemaker.ListTrainingJobsForHyperParameterTuningJobOutput, error) {
	return c.listTrainingJobsForHyperParameterTuningJob(ctx, in, options...)
}
