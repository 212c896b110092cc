package awssim_test

import (
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/smithy-go"

	"github.com/daybatch/daybatch/aws/awssim"
)

// TestLostReply is the worst fault: the execution was started, the client does
// not know. The same token finds it.
func TestLostReply(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	a := open(t, awssim.Options{})
	a.pipeline(ctx, t, six())
	a.Inject(awssim.Fault{Operation: "sagemaker.StartPipelineExecution", When: awssim.First(1), Effect: awssim.Effect{DropReply: true}})
	in := &sagemaker.StartPipelineExecutionInput{PipelineName: awssdk.String(demand), ClientRequestToken: awssdk.String(token + "x")}
	_, err := a.sagemaker.StartPipelineExecution(ctx, in)
	var api smithy.APIError
	if err == nil || errors.As(err, &api) {
		t.Errorf("a lost reply gives %v; want an error of the transport", err)
	}
	if n := len(a.Executions(demand)); n != 1 {
		t.Fatalf("%d executions after a lost reply", n)
	}
	out, err := a.sagemaker.StartPipelineExecution(ctx, in)
	if err != nil || *out.PipelineExecutionArn != a.Executions(demand)[0].ARN || len(a.Executions(demand)) != 1 {
		t.Errorf("the same token again: %v, %v", out, err)
	}

	a.Inject(awssim.Fault{Operation: "sagemaker.Start*", Effect: awssim.Effect{DropRequest: true}})
	in.ClientRequestToken = awssdk.String(token + "y")
	if _, err := a.sagemaker.StartPipelineExecution(ctx, in); err == nil || len(a.Executions(demand)) != 1 {
		t.Errorf("a lost request: %v, %d executions", err, len(a.Executions(demand)))
	}
}

func TestErrorsOfEachKind(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	a := open(t, awssim.Options{})
	a.pipeline(ctx, t, six())
	list := func() error {
		_, err := a.sagemaker.ListPipelines(ctx, &sagemaker.ListPipelinesInput{})
		return err
	}
	remove := a.Inject(awssim.Fault{
		Operation: "*.*", When: awssim.Between(a.Now(), a.Now().Add(10*time.Minute)), Effect: awssim.Effect{Code: "ExpiredTokenException"},
	})
	wantCode(t, "an expired login", list(), "ExpiredTokenException")
	a.Advance(11 * time.Minute)
	if err := list(); err != nil {
		t.Errorf("after the login: %v", err)
	}
	remove()
	a.Inject(awssim.Fault{Operation: "sagemaker.List*", When: awssim.Nth(1), Effect: awssim.Effect{HTML: true}})
	var deserialization *smithy.DeserializationError
	if err := list(); err == nil || !errors.As(err, &deserialization) && !strings.Contains(err.Error(), "502") {
		t.Errorf("an HTML page gives %v", err)
	}
	a.Inject(awssim.Fault{Operation: "sagemaker.ListPipelines", Effect: awssim.Effect{Rate: 2}})
	for range 2 {
		if err := list(); err != nil {
			t.Errorf("within the rate: %v", err)
		}
	}
	wantCode(t, "beyond the rate", list(), "ThrottlingException")
	a.Advance(time.Second)
	if err := list(); err != nil {
		t.Errorf("a second later: %v", err)
	}
	if n := a.Calls()["sagemaker.ListPipelines"]; n != 7 {
		t.Errorf("%d calls counted; want 7", n)
	}
}

// TestRetriesSurviveThrottling has the SDK try again by itself.
func TestRetriesSurviveThrottling(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	a := open(t, awssim.Options{Faults: []awssim.Fault{{
		Operation: "sagemaker.List*", When: awssim.Every(2), Effect: awssim.Effect{Code: "ThrottlingException", Message: "Rate exceeded"},
	}}})
	a.pipeline(ctx, t, six())
	config := a.config
	config.Retryer = func() awssdk.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = time.Millisecond })
	}
	client := sagemaker.NewFromConfig(config)
	for range 10 {
		if _, err := client.ListPipelines(ctx, &sagemaker.ListPipelinesInput{}); err != nil {
			t.Error(err)
		}
	}
}

// TestPages goes through a list one item at a time while it grows, with page
// tokens that expire.
func TestPages(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	a := open(t, awssim.Options{Quirks: awssim.Quirks{
		Lists:     awssim.ListQuirks{PageSize: 1, TokenLife: time.Minute, Lag: 30 * time.Second},
		SageMaker: awssim.SageMakerQuirks{ARNCase: true, EmptyCacheHit: true},
	}})
	a.pipeline(ctx, t, six())
	for n := range 5 {
		a.start(ctx, t, fmt.Sprintf("2026-01-%02d", n+1))
		a.Advance(time.Second)
	}
	in := &sagemaker.ListPipelineExecutionsInput{PipelineName: awssdk.String(demand), SortBy: "CreationTime", SortOrder: "Ascending"}
	out, err := a.sagemaker.ListPipelineExecutions(ctx, in)
	if err != nil || len(out.PipelineExecutionSummaries) != 0 {
		t.Errorf("executions are listed at once: %v, %v", out, err)
	}
	a.Advance(time.Minute)
	var names, cases []string
	pages := sagemaker.NewListPipelineExecutionsPaginator(a.sagemaker, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range page.PipelineExecutionSummaries {
			names = append(names, *s.PipelineExecutionDisplayName)
			cases = append(cases, strconv.FormatBool(strings.Contains(*s.PipelineExecutionArn, "DEMAND-DAILY")))
		}
	}
	if len(names) != 5 || !slices.IsSorted(names) || !slices.Contains(cases, "true") || !slices.Contains(cases, "false") {
		t.Errorf("names %v, in upper case %v", names, cases)
	}
	first, err := a.sagemaker.ListPipelineExecutions(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	a.Advance(2 * time.Minute)
	in.NextToken = first.NextToken
	_, err = a.sagemaker.ListPipelineExecutions(ctx, in)
	wantCode(t, "an expired page token", err, "ValidationException")
	steps, err := a.sagemaker.ListPipelineExecutionSteps(ctx, &sagemaker.ListPipelineExecutionStepsInput{PipelineExecutionArn: &a.Executions(demand)[0].ARN})
	if err != nil || len(steps.PipelineExecutionSteps) != 1 || *steps.PipelineExecutionSteps[0].CacheHitResult.SourcePipelineExecutionArn != "" {
		t.Errorf("steps %+v, %v; want an empty cache hit", steps, err)
	}
}

// TestSecondClient has the aws command line parse the answers.
func TestSecondClient(t *testing.T) {
	t.Parallel()
	path, err := exec.LookPath("aws")
	if err != nil {
		t.Skip("no aws command line")
	}
	ctx := t.Context()
	a := open(t, awssim.Options{Script: script(0.2, map[string]awssim.Play{"Extract": {Lines: []awssim.Line{{Text: "a line"}}}})})
	a.checked(t)
	a.pipeline(ctx, t, six())
	arn := a.start(ctx, t, "2026-01-15")
	a.advanceTo(t, a.ended)
	for _, tt := range []struct{ command, want string }{
		{"sts get-caller-identity", `"Account": "123456789012"`},
		{"sagemaker list-pipelines", `"PipelineName": "demand-daily"`},
		{"sagemaker list-pipeline-execution-steps --pipeline-execution-arn " + arn, `"StepName": "PostProc"`},
		{"sagemaker describe-pipeline-execution --pipeline-execution-arn " + arn, `"PipelineExecutionStatus": "Succeeded"`},
		{"sagemaker describe-processing-job --processing-job-name " + a.Executions(demand)[0].Steps[0].Job, `"ProcessingJobStatus": "Completed"`},
		{"logs filter-log-events --log-group-name " + jobs, `"message": "a line"`},
		{"s3api list-objects-v2 --bucket example-forecast", `"Key": "runs/`},
		{"s3 cp s3://example-forecast/runs/" + a.Executions(demand)[0].ID + "/Train/out/data.txt -", "from Train"},
	} {
		cmd := exec.CommandContext(ctx, path, strings.Fields(tt.command)...)
		cmd.Env = append(cmd.Environ(), "AWS_ENDPOINT_URL="+a.endpoint, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
			"AWS_REGION=ap-northeast-1", "AWS_DEFAULT_REGION=ap-northeast-1", "AWS_PAGER=", "AWS_CONFIG_FILE=/dev/null", "AWS_MAX_ATTEMPTS=1")
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), tt.want) {
			t.Errorf("aws %s: %v\n%s\nwant %s", tt.command, err, out, tt.want)
		}
	}
}
