package awssim_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/awssim"
)

// answers are what the account says of its pipeline, of what it ran, and of the logs.
func (a *account) answers(t *testing.T) []string {
	t.Helper()
	ctx := t.Context()
	var all []string
	add := func(answer any, err error) {
		t.Helper()
		text, encoded := json.MarshalIndent(answer, "", " ")
		if err != nil || encoded != nil {
			t.Fatal(err, encoded)
		}
		for line := range strings.SplitSeq(string(text), "\n") {
			if !strings.Contains(line, `"LastRunTime"`) && !strings.Contains(line, `"LastExecutionPipelineExecutionArn"`) { // that is of what was running
				all = append(all, line)
			}
		}
	}
	pipeline, err := a.sagemaker.DescribePipeline(ctx, &sagemaker.DescribePipelineInput{PipelineName: awssdk.String(demand)})
	add(pipeline, err)
	add(a.sagemaker.ListTags(ctx, &sagemaker.ListTagsInput{ResourceArn: pipeline.PipelineArn}))
	add(a.sagemaker.ListPipelineVersions(ctx, &sagemaker.ListPipelineVersionsInput{PipelineName: awssdk.String(demand)}))
	list, err := a.sagemaker.ListPipelineExecutions(ctx, &sagemaker.ListPipelineExecutionsInput{PipelineName: awssdk.String(demand)})
	add(list, err)
	for _, x := range list.PipelineExecutionSummaries {
		arn := x.PipelineExecutionArn
		add(a.sagemaker.DescribePipelineExecution(ctx, &sagemaker.DescribePipelineExecutionInput{PipelineExecutionArn: arn}))
		add(a.sagemaker.ListPipelineParametersForExecution(ctx, &sagemaker.ListPipelineParametersForExecutionInput{PipelineExecutionArn: arn}))
		add(a.sagemaker.DescribePipelineDefinitionForExecution(ctx, &sagemaker.DescribePipelineDefinitionForExecutionInput{PipelineExecutionArn: arn}))
		steps, err := a.sagemaker.ListPipelineExecutionSteps(ctx, &sagemaker.ListPipelineExecutionStepsInput{PipelineExecutionArn: arn})
		add(steps, err)
		for _, step := range steps.PipelineExecutionSteps {
			switch m := step.Metadata; {
			case m != nil && m.ProcessingJob != nil:
				add(a.sagemaker.DescribeProcessingJob(ctx, &sagemaker.DescribeProcessingJobInput{ProcessingJobName: awssdk.String(jobName(*m.ProcessingJob.Arn))}))
			case m != nil && m.TrainingJob != nil:
				add(a.sagemaker.DescribeTrainingJob(ctx, &sagemaker.DescribeTrainingJobInput{TrainingJobName: awssdk.String(jobName(*m.TrainingJob.Arn))}))
			}
		}
	}
	groups, err := a.logs.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{})
	add(groups, err)
	for _, group := range groups.LogGroups {
		add(a.logs.FilterLogEvents(ctx, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: group.LogGroupName}))
	}
	return all
}

// TestKept ends an account and makes another: that answers as the first did, but for
// what was running, and goes on from there.
func TestKept(t *testing.T) {
	t.Parallel()
	for name, definition := range map[string]string{"gate": six(), "training": training()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			o := awssim.Options{Dir: t.TempDir(), Kept: t.TempDir()}
			wape, code := 0.2, 0
			o.Script = func(j awssim.Job) awssim.Play {
				p := script(wape, nil)(j)
				p.Lines = []awssim.Line{{Text: "this is " + j.Step}, {After: time.Second, Text: "wape=0.5 \x1b[31m日本語"}, {After: time.Second, Text: "this is " + j.Step}}
				if j.Type == "Training" {
					p.Outputs, p.Exit.Code = map[string]map[string]string{"model": {"model.bin": "1"}}, code
				}
				return p
			}
			first := open(t, o)
			first.checked(t)
			first.pipeline(ctx, t, definition)
			arn := awssdk.String("arn:aws:sagemaker:ap-northeast-1:123456789012:pipeline/" + demand)
			_, err := first.sagemaker.AddTags(ctx, &sagemaker.AddTagsInput{ResourceArn: arn, Tags: []types.Tag{{Key: awssdk.String("team"), Value: awssdk.String("ops")}}})
			if err != nil {
				t.Fatal(err)
			}
			first.start(ctx, t, "2026-01-15")
			first.advanceTo(t, first.ended)
			wape, code = 0.5, 3
			failed := first.start(ctx, t, "2026-01-16")
			first.advanceTo(t, first.ended)
			want := first.answers(t)
			running := first.start(ctx, t, "2026-01-17")
			first.Advance(time.Minute)

			wape, code, o.Start, o.Seed = 0.2, 0, first.Now(), 1_800_000_000_000
			second := open(t, o)
			second.checked(t)
			if diff := cmp.Diff(want, second.answers(t)); diff != "" {
				t.Errorf("the account after another answers otherwise (-want +got):\n%s", diff)
			}
			_, err = second.sagemaker.DescribePipelineExecution(ctx, &sagemaker.DescribePipelineExecutionInput{PipelineExecutionArn: &running})
			wantCode(t, "what was running", err, "ResourceNotFound")
			_, err = second.sagemaker.RetryPipelineExecution(ctx, &sagemaker.RetryPipelineExecutionInput{
				PipelineExecutionArn: &failed, ClientRequestToken: awssdk.String(token + "again"),
			})
			if name == "gate" {
				wantCode(t, "a retry after a Fail step", err, "ValidationException")
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			second.advanceTo(t, second.ended)
			for _, x := range second.Executions(demand) {
				if x.Status != "Succeeded" {
					t.Errorf("%s is %s (%s); want it to have succeeded", x.ARN, x.Status, statuses(x))
				}
			}
		})
	}
}
