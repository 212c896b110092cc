package runs_test

import (
	"context"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"

	"github.com/daybatch/daybatch/aws/internal/runs"
)

// listing answers with the steps of an execution.
type listing struct {
	runs.ExecutionAPI

	steps []types.PipelineExecutionStep
}

func (l listing) ListPipelineExecutionSteps(
	context.Context, *sagemaker.ListPipelineExecutionStepsInput, ...func(*sagemaker.Options),
) (*sagemaker.ListPipelineExecutionStepsOutput, error) {
	return &sagemaker.ListPipelineExecutionStepsOutput{PipelineExecutionSteps: l.steps}, nil
}

// TestStepsOfEveryKind reads a step of every type that the SDK's client has metadata for:
// which has a job that daybatch can read, what is said of it, and whether its bill is
// elsewhere.
func TestStepsOfEveryKind(t *testing.T) {
	t.Parallel()
	arn := func(resource string) *string {
		return awssdk.String("arn:aws:sagemaker:eu-west-1:123456789012:" + resource)
	}
	text := awssdk.String
	type want struct {
		kind      runs.JobKind
		job, note string
		elsewhere bool
	}
	for _, tt := range []struct {
		name string
		open bool
		m    types.PipelineExecutionStepMetadata
		want want
	}{
		{"none yet", true, types.PipelineExecutionStepMetadata{}, want{}},
		{
			"processing", false,
			types.PipelineExecutionStepMetadata{ProcessingJob: &types.ProcessingJobStepMetadata{Arn: arn("processing-job/pipelines-1-a")}},
			want{kind: runs.Processing, job: "pipelines-1-a"},
		},
		{
			"training", false,
			types.PipelineExecutionStepMetadata{TrainingJob: &types.TrainingJobStepMetadata{Arn: arn("training-job/pipelines-1-b")}},
			want{kind: runs.Training, job: "pipelines-1-b"},
		},
		{
			"transform", false,
			types.PipelineExecutionStepMetadata{TransformJob: &types.TransformJobStepMetadata{Arn: arn("transform-job/pipelines-1-c")}},
			want{kind: runs.Transform, job: "pipelines-1-c"},
		},
		{
			"tuning", false,
			types.PipelineExecutionStepMetadata{TuningJob: &types.TuningJobStepMetaData{Arn: arn("hyper-parameter-tuning-job/1-d")}},
			want{kind: runs.Tuning, job: "1-d"},
		},
		{"a job that was not made", false, types.PipelineExecutionStepMetadata{ProcessingJob: &types.ProcessingJobStepMetadata{}}, want{}},
		{
			"quality check", false,
			types.PipelineExecutionStepMetadata{QualityCheck: &types.QualityCheckStepMetadata{CheckJobArn: arn("processing-job/pipelines-1-e"), ViolationReport: text("s3://b/v.json")}},
			want{kind: runs.Processing, job: "pipelines-1-e", note: "violation report s3://b/v.json"},
		},
		{
			"clarify check", false,
			types.PipelineExecutionStepMetadata{ClarifyCheck: &types.ClarifyCheckStepMetadata{
				CheckJobArn: arn("processing-job/pipelines-1-f"), CheckType: text("DATA_BIAS"), ViolationReport: text("s3://b/bias.json"),
			}},
			want{kind: runs.Processing, job: "pipelines-1-f", note: "violation report s3://b/bias.json"},
		},
		{
			"clarify check without violations", false,
			types.PipelineExecutionStepMetadata{ClarifyCheck: &types.ClarifyCheckStepMetadata{CheckJobArn: arn("processing-job/pipelines-1-g")}},
			want{kind: runs.Processing, job: "pipelines-1-g"},
		},
		{
			"clarify check that was skipped", false,
			types.PipelineExecutionStepMetadata{ClarifyCheck: &types.ClarifyCheckStepMetadata{SkipCheck: awssdk.Bool(true)}},
			want{note: "the check was skipped"},
		},
		{
			"EMR", false,
			types.PipelineExecutionStepMetadata{EMR: &types.EMRStepMetadata{ClusterId: text("j-1"), StepId: text("s-1"), StepName: text("spread"), LogFilePath: text("s3://b/emr/")}},
			want{note: "step spread of EMR cluster j-1, its log in s3://b/emr/", elsewhere: true},
		},
		{"EMR without a cluster yet", true, types.PipelineExecutionStepMetadata{EMR: &types.EMRStepMetadata{}}, want{elsewhere: true}},
		{
			"AutoML", false,
			types.PipelineExecutionStepMetadata{AutoMLJob: &types.AutoMLJobStepMetadata{Arn: arn("automl-job/best")}},
			want{note: "AutoML job best", elsewhere: true},
		},
		{"model", false, types.PipelineExecutionStepMetadata{Model: &types.ModelStepMetadata{Arn: arn("model/revenue")}}, want{note: "model revenue"}},
		{
			"model package", false,
			types.PipelineExecutionStepMetadata{RegisterModel: &types.RegisterModelStepMetadata{Arn: arn("model-package/revenue/12")}},
			want{note: "model package revenue/12"},
		},
		{"a model package that was not registered", false, types.PipelineExecutionStepMetadata{RegisterModel: &types.RegisterModelStepMetadata{}}, want{}},
		{"endpoint", false, types.PipelineExecutionStepMetadata{Endpoint: &types.EndpointStepMetadata{Arn: arn("endpoint/live")}}, want{note: "endpoint live"}},
		{
			"endpoint configuration", false,
			types.PipelineExecutionStepMetadata{EndpointConfig: &types.EndpointConfigStepMetadata{Arn: arn("endpoint-config/live-2")}},
			want{note: "endpoint configuration live-2"},
		},
		{
			"lambda", false,
			types.PipelineExecutionStepMetadata{Lambda: &types.LambdaStepMetadata{Arn: text("arn:aws:lambda:eu-west-1:123456789012:function:tell-sales")}},
			want{note: "Lambda function tell-sales"},
		},
		{
			"callback that waits", true,
			types.PipelineExecutionStepMetadata{Callback: &types.CallbackStepMetadata{SqsQueueUrl: text("https://sqs.eu-west-1.amazonaws.com/123456789012/approvals")}},
			want{note: "waits for the answer to its message in queue approvals"},
		},
		{"callback that was answered", false, types.PipelineExecutionStepMetadata{Callback: &types.CallbackStepMetadata{CallbackToken: text("abcdefghij")}}, want{}},
		{"a model of Bedrock", false, types.PipelineExecutionStepMetadata{BedrockCustomModel: &types.BedrockCustomModelMetadata{}}, want{elsewhere: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			status := types.StepStatusSucceeded
			if tt.open {
				status = types.StepStatusExecuting
			}
			begun := time.Date(2026, time.January, 20, 6, 0, 0, 0, time.UTC)
			api := listing{steps: []types.PipelineExecutionStep{{StepName: text("S"), StepStatus: status, StartTime: &begun, Metadata: &tt.m}}}
			steps, err := runs.Runs{API: api, Pipeline: "p"}.Steps(t.Context(), *arn("pipeline/p/execution/1"))
			if err != nil || len(steps) != 1 {
				t.Fatalf("Steps = %+v, %v; want one", steps, err)
			}
			s := steps[0]
			if got := (want{s.Kind, s.Job, s.Note, s.Elsewhere}); got != tt.want {
				t.Errorf("step = %+v; want %+v", got, tt.want)
			}
		})
	}
}
