package awssim_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/awssim"
)

// six is a pipeline as the engine deploys it: six steps and a gate.
func six() string {
	step := func(name string, inputs ...string) map[string]any {
		s := processing(name)
		arguments := s["Arguments"].(map[string]any)
		var in []any
		for _, from := range inputs {
			in = append(in, map[string]any{"InputName": from, "AppManaged": false, "S3Input": map[string]any{
				"S3Uri":     get("Steps." + from + ".ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri"),
				"LocalPath": "/opt/ml/processing/input/" + from, "S3DataType": "S3Prefix", "S3InputMode": "File",
			}})
		}
		if in != nil {
			arguments["ProcessingInputs"] = in
		}
		return s
	}
	evaluation := step("TrainEvaluation", "PreProc", "Train")
	evaluation["PropertyFiles"] = []any{map[string]any{"PropertyFileName": "Metrics", "OutputName": "out", "FilePath": "metrics.json"}}
	gate := map[string]any{"Name": "Gate", "Type": "Condition", "Arguments": map[string]any{
		"Conditions": []any{map[string]any{
			"Type":       "LessThanOrEqualTo",
			"LeftValue":  map[string]any{"Std:JsonGet": map[string]any{"PropertyFile": get("Steps.TrainEvaluation.PropertyFiles.Metrics"), "Path": "gate.wape"}},
			"RightValue": get("Parameters.MaxWape"),
		}},
		"IfSteps": []any{step("Predict", "PreProc", "Train"), step("PostProc", "Predict")},
		"ElseSteps": []any{map[string]any{"Name": "GateFailed", "Type": "Fail", "Arguments": map[string]any{
			"ErrorMessage": map[string]any{"Std:Join": map[string]any{"On": " ", "Values": []any{"wape above", get("Parameters.MaxWape")}}},
		}}},
	}}
	text, err := json.Marshal(map[string]any{
		"Version": "2020-12-01",
		"Parameters": []any{
			map[string]any{"Name": "Date", "Type": "String", "DefaultValue": "auto"},
			map[string]any{"Name": "MaxWape", "Type": "Float", "DefaultValue": 0.35},
		},
		"Steps": []any{step("Extract"), step("PreProc", "Extract"), step("Train", "PreProc"), evaluation, gate},
	})
	if err != nil {
		panic(err)
	}
	return string(text)
}

func get(path string) map[string]any { return map[string]any{"Get": path} }

// processing is a Processing step with one output, "out".
func processing(name string) map[string]any {
	return map[string]any{
		"Name": name, "Type": "Processing",
		"Arguments": map[string]any{
			"ProcessingResources": map[string]any{"ClusterConfig": map[string]any{"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}},
			"AppSpecification":    map[string]any{"ImageUri": "daybatch:1.0", "ContainerEntrypoint": []any{"daybatch", "step", name}},
			"RoleArn":             "arn:aws:iam::123456789012:role/daybatch-job",
			"ProcessingOutputConfig": map[string]any{"Outputs": []any{map[string]any{
				"OutputName": "out", "AppManaged": false, "S3Output": map[string]any{
					"S3Uri": map[string]any{"Std:Join": map[string]any{"On": "/", "Values": []any{
						"s3://example-forecast/runs", get("Execution.PipelineExecutionId"), name, "out",
					}}},
					"LocalPath": "/opt/ml/processing/output/out", "S3UploadMode": "EndOfJob",
				},
			}}},
			"StoppingCondition": map[string]any{"MaxRuntimeInSeconds": 3600},
			"Environment":       map[string]any{"DAYBATCH_DATE": get("Parameters.Date"), "DAYBATCH_STEP": name},
		},
		"RetryPolicies": []any{map[string]any{
			"ExceptionType": []any{"SageMaker.CAPACITY_ERROR", "SageMaker.JOB_INTERNAL_ERROR"}, "IntervalSeconds": 60, "BackoffRate": 2.0, "MaxAttempts": 2,
		}},
	}
}

// script plays the six steps: the metrics, and whatever a test adds to a step.
func script(wape float64, more map[string]awssim.Play) func(awssim.Job) awssim.Play {
	return func(j awssim.Job) awssim.Play {
		p := more[j.Step]
		if p.Outputs == nil {
			p.Outputs = map[string]map[string]string{"out": {
				"data.txt": "from " + j.Step, "metrics.json": fmt.Sprintf(`{"gate":{"wape":%g}}`, wape),
			}}
		}
		return p
	}
}

func statuses(e awssim.Execution) string {
	var out []string
	for _, st := range e.Steps {
		out = append(out, st.Name+" "+st.Status)
	}
	return strings.Join(out, ", ")
}

func TestExecution(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	a := open(t, awssim.Options{Script: script(0.2, nil)})
	a.checked(t)
	a.pipeline(ctx, t, six())
	arn := a.start(ctx, t, "2026-01-15")

	a.Advance(2 * time.Second)
	steps, err := a.sagemaker.ListPipelineExecutionSteps(ctx, &sagemaker.ListPipelineExecutionStepsInput{PipelineExecutionArn: &arn})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(steps.PipelineExecutionSteps); n != 1 {
		t.Fatalf("%d steps are listed; want Extract only", n)
	}
	name := jobName(*steps.PipelineExecutionSteps[0].Metadata.ProcessingJob.Arn)
	job, err := a.sagemaker.DescribeProcessingJob(ctx, &sagemaker.DescribeProcessingJobInput{ProcessingJobName: &name})
	if err != nil {
		t.Fatal(err)
	}
	if job.ProcessingStartTime != nil || job.ProcessingJobStatus != types.ProcessingJobStatusInProgress {
		t.Errorf("a job without a machine started at %v with status %s", job.ProcessingStartTime, job.ProcessingJobStatus)
	}
	a.advanceTo(t, a.ended)
	want := "Extract Succeeded, PreProc Succeeded, Train Succeeded, TrainEvaluation Succeeded, Gate Succeeded, Predict Succeeded, PostProc Succeeded"
	if got := statuses(a.Executions(demand)[0]); got != want {
		t.Errorf("steps:\n%s; want\n%s", got, want)
	}
	job, err = a.sagemaker.DescribeProcessingJob(ctx, &sagemaker.DescribeProcessingJobInput{ProcessingJobName: &name})
	if err != nil {
		t.Fatal(err)
	}
	if d := job.ProcessingStartTime.Sub(*job.CreationTime); d != 5*time.Minute {
		t.Errorf("start-up = %v; want 5m", d)
	}
	if d := job.ProcessingEndTime.Sub(*job.ProcessingStartTime); d != time.Minute {
		t.Errorf("compute = %v; want 1m", d)
	}
	e, err := a.sagemaker.DescribePipelineExecution(ctx, &sagemaker.DescribePipelineExecutionInput{PipelineExecutionArn: &arn})
	if err != nil {
		t.Fatal(err)
	}
	if e.PipelineExecutionStatus != "Succeeded" || *e.CreatedBy.IamIdentity.Arn != "arn:aws:iam::123456789012:user/aki" {
		t.Errorf("execution is %s, by %s", e.PipelineExecutionStatus, *e.CreatedBy.IamIdentity.Arn)
	}
}

func jobName(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

func TestGateFailsAndCannotBeRetried(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	a := open(t, awssim.Options{Script: script(0.5, nil)})
	a.pipeline(ctx, t, six())
	arn := a.start(ctx, t, "2026-01-15")
	a.advanceTo(t, a.ended)

	e := a.Executions(demand)[0]
	last := e.Steps[len(e.Steps)-1]
	if e.Status != "Failed" || last.Name != "GateFailed" || last.Reason != "wape above 0.35" {
		t.Errorf("execution %s, last step %s: %q; want Failed, GateFailed, the limit", e.Status, last.Name, last.Reason)
	}
	_, err := a.sagemaker.RetryPipelineExecution(ctx, &sagemaker.RetryPipelineExecutionInput{
		PipelineExecutionArn: &arn, ClientRequestToken: awssdk.String(token + "retry"),
	})
	wantCode(t, "retry after a Fail step", err, "ValidationException")
}

func wantCode(t *testing.T, doing string, err error, code string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != code {
		t.Errorf("%s: %v; want %s", doing, err, code)
	}
}

func TestTokensAreIdempotent(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	a := open(t, awssim.Options{Script: script(0.2, nil)})
	a.pipeline(ctx, t, six())
	first := a.start(ctx, t, "2026-01-15")
	a.Advance(time.Hour)
	if again := a.start(ctx, t, "2026-01-15"); again != first {
		t.Errorf("the same token made %s after %s", again, first)
	}
	other := &sagemaker.StartPipelineExecutionInput{
		PipelineName: awssdk.String(demand), ClientRequestToken: awssdk.String(token + "2026-01-15"),
		PipelineParameters: []types.Parameter{{Name: awssdk.String("Date"), Value: awssdk.String("2026-01-16")}},
	}
	out, err := a.sagemaker.StartPipelineExecution(ctx, other)
	if err != nil || *out.PipelineExecutionArn != first {
		t.Errorf("the same token with another body: %v, %v; want the first execution", out, err)
	}
	a.SetQuirks(awssim.Quirks{SageMaker: awssim.SageMakerQuirks{TokenConflict: true}})
	_, err = a.sagemaker.StartPipelineExecution(ctx, other)
	wantCode(t, "the same token with another body", err, "ConflictException")

	a.SetQuirks(awssim.Quirks{Lists: awssim.ListQuirks{TokenMemory: time.Minute}})
	if again := a.start(ctx, t, "2026-01-15"); again == first {
		t.Error("a forgotten token answered the first execution")
	}
}

// date is the parameter Date.
func date(value string) []types.Parameter {
	return []types.Parameter{{Name: awssdk.String("Date"), Value: &value}}
}

func TestStartIsChecked(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	a := open(t, awssim.Options{})
	a.pipeline(ctx, t, six())
	tests := []struct {
		name, code, message string
		in                  sagemaker.StartPipelineExecutionInput
	}{
		{"colon in name", "ValidationException", "PipelineExecutionDisplayName", sagemaker.StartPipelineExecutionInput{PipelineExecutionDisplayName: awssdk.String("2026-01-15T06:00")}},
		{"underscore in name", "ValidationException", "PipelineExecutionDisplayName", sagemaker.StartPipelineExecutionInput{PipelineExecutionDisplayName: awssdk.String("2026-01-15_a1")}},
		{"short token", "ValidationException", "ClientRequestToken", sagemaker.StartPipelineExecutionInput{ClientRequestToken: awssdk.String("too-short")}},
		{"unknown pipeline", "ResourceNotFound", "does not exist", sagemaker.StartPipelineExecutionInput{PipelineName: awssdk.String("nothing")}},
		{"unknown parameter", "ValidationException", "Unknown parameter 'Day'", sagemaker.StartPipelineExecutionInput{PipelineParameters: []types.Parameter{{Name: awssdk.String("Day"), Value: awssdk.String("x")}}}},
		{"empty value", "ValidationException", `Parameter Date value "" is too short (length: 0, required minimum: 1).`, sagemaker.StartPipelineExecutionInput{PipelineParameters: date("")}},
		{"long value", "ValidationException", "PipelineParameters", sagemaker.StartPipelineExecutionInput{PipelineParameters: date(strings.Repeat("x", 1025))}},
		{"not a float", "ValidationException", "MaxWape", sagemaker.StartPipelineExecutionInput{PipelineParameters: []types.Parameter{{Name: awssdk.String("MaxWape"), Value: awssdk.String("low")}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := tt.in
			if in.PipelineName == nil {
				in.PipelineName = awssdk.String(demand)
			}
			if in.ClientRequestToken == nil {
				in.ClientRequestToken = awssdk.String(token + strings.ReplaceAll(tt.name, " ", "-"))
			}
			_, err := a.sagemaker.StartPipelineExecution(ctx, &in)
			wantCode(t, tt.name, err, tt.code)
			if err != nil && !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(tt.message)) {
				t.Errorf("error %q; want %q in it", err, tt.message)
			}
		})
	}
}

func TestStop(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	a := open(t, awssim.Options{Script: script(0.2, map[string]awssim.Play{"PreProc": {Duration: time.Hour}})})
	a.checked(t)
	a.pipeline(ctx, t, six())
	arn := a.start(ctx, t, "2026-01-16")
	a.Advance(15 * time.Minute)
	stop := &sagemaker.StopPipelineExecutionInput{PipelineExecutionArn: &arn, ClientRequestToken: awssdk.String(token + "stop")}
	for range 2 { // the second is the first one's repetition
		if _, err := a.sagemaker.StopPipelineExecution(ctx, stop); err != nil {
			t.Fatal(err)
		}
	}
	if e := a.Executions(demand)[0]; e.Status != "Stopping" || statuses(e) != "Extract Succeeded, PreProc Stopping" {
		t.Errorf("after the stop: %s, %s", e.Status, statuses(e))
	}
	a.Advance(time.Minute)
	e := a.Executions(demand)[0]
	if e.Status != "Stopped" || statuses(e) != "Extract Succeeded, PreProc Stopped" {
		t.Errorf("a minute later: %s, %s", e.Status, statuses(e))
	}
	_, err := a.sagemaker.StopPipelineExecution(ctx, &sagemaker.StopPipelineExecutionInput{
		PipelineExecutionArn: &arn, ClientRequestToken: awssdk.String(token + "stop-again"),
	})
	wantCode(t, "stop of a stopped execution", err, "ConflictException")
}

func TestRetryReopens(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	var mu sync.Mutex
	broken := true
	a := open(t, awssim.Options{Script: func(j awssim.Job) awssim.Play {
		mu.Lock()
		defer mu.Unlock()
		if j.Step == "Train" && broken {
			return awssim.Play{Exit: awssim.Exit{Code: 1, Message: "12 series are too short"}}
		}
		return script(0.2, nil)(j)
	}})
	a.checked(t)
	a.pipeline(ctx, t, six())
	arn := a.start(ctx, t, "2026-01-15")
	a.advanceTo(t, a.ended)
	e := a.Executions(demand)[0]
	if e.Status != "Failed" || !strings.Contains(e.Steps[2].Reason, "exit code: 1") {
		t.Fatalf("%s: %s, %q", e.Status, statuses(e), e.Steps[2].Reason)
	}
	job, err := a.sagemaker.DescribeProcessingJob(ctx, &sagemaker.DescribeProcessingJobInput{ProcessingJobName: &e.Steps[2].Job})
	if err != nil || *job.ExitMessage != "12 series are too short" {
		t.Errorf("exit message %v, %v", job, err)
	}
	mu.Lock()
	broken = false
	mu.Unlock()
	for range 2 {
		out, err := a.sagemaker.RetryPipelineExecution(ctx, &sagemaker.RetryPipelineExecutionInput{
			PipelineExecutionArn: &arn, ClientRequestToken: awssdk.String(token + "retry"),
		})
		if err != nil || *out.PipelineExecutionArn != arn {
			t.Fatalf("retry answers %v, %v; want the same ARN", out, err)
		}
	}
	a.Advance(2 * time.Second)
	if e := a.Executions(demand)[0]; e.Status != "Executing" || statuses(e) != "Extract Succeeded, PreProc Succeeded, Train Executing" {
		t.Errorf("after the retry: %s, %s", e.Status, statuses(e))
	}
	a.advanceTo(t, a.ended)
	if e := a.Executions(demand); len(e) != 1 || e[0].Status != "Succeeded" {
		t.Errorf("executions %+v", e)
	}
}

func TestRetryPolicies(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	a := open(t, awssim.Options{Script: func(j awssim.Job) awssim.Play {
		switch {
		case j.Step == "Extract" && j.Attempt == 1:
			return awssim.Play{Create: "SageMaker.CAPACITY_ERROR"}
		case j.Step == "Extract" && j.Attempt == 2:
			return awssim.Play{Lost: "SageMaker.JOB_INTERNAL_ERROR"}
		case j.Step == "PreProc":
			return awssim.Play{Create: "SageMaker.RESOURCE_LIMIT"} // no policy covers it
		}
		return script(0.2, nil)(j)
	}})
	a.checked(t)
	a.pipeline(ctx, t, six())
	arn := a.start(ctx, t, "2026-01-15")
	a.advanceTo(t, a.ended)
	e := a.Executions(demand)[0]
	if e.Steps[0].Attempts != 3 || e.Steps[0].Status != "Succeeded" {
		t.Errorf("Extract: %+v; want 3 attempts", e.Steps[0])
	}
	if !strings.Contains(e.Steps[1].Reason, "\nRetry not appropriate") || !strings.HasSuffix(e.Steps[1].Reason, "SAGEMAKER_RESOURCE_LIMIT.") {
		t.Errorf("PreProc: %q", e.Steps[1].Reason)
	}
	steps, err := a.sagemaker.ListPipelineExecutionSteps(ctx, &sagemaker.ListPipelineExecutionStepsInput{PipelineExecutionArn: &arn})
	if err != nil {
		t.Fatal(err)
	}
	if m := steps.PipelineExecutionSteps[0].Metadata; m == nil || m.ProcessingJob != nil {
		t.Errorf("metadata of a step whose job was never created: %+v; want {}", m)
	}
}

func TestSelectiveExecution(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	wape := 0.5
	var mu sync.Mutex
	a := open(t, awssim.Options{Script: func(j awssim.Job) awssim.Play {
		mu.Lock()
		defer mu.Unlock()
		return script(wape, nil)(j)
	}})
	a.checked(t)
	a.pipeline(ctx, t, six())
	source := a.start(ctx, t, "2026-01-15")
	request := func(source *string, steps ...string) error {
		config := &types.SelectiveExecutionConfig{SourcePipelineExecutionArn: source}
		for _, name := range steps {
			config.SelectedSteps = append(config.SelectedSteps, types.SelectedStep{StepName: &name})
		}
		_, err := a.sagemaker.StartPipelineExecution(ctx, &sagemaker.StartPipelineExecutionInput{
			PipelineName: awssdk.String(demand), ClientRequestToken: awssdk.String(token + strings.Join(steps, "-")),
			SelectiveExecutionConfig: config,
		})
		return err
	}
	tail := []string{"TrainEvaluation", "Gate", "Predict", "PostProc", "GateFailed"}
	wantCode(t, "a source that runs", request(&source, tail...), "ValidationException")
	a.advanceTo(t, a.ended)

	wantCode(t, "no source", request(nil, "Train"), "ValidationException")
	wantCode(t, "a hole in the path", request(&source, "PreProc", "TrainEvaluation"), "ValidationException")
	wantCode(t, "a step that did not run", request(&source, "PostProc"), "ValidationException")
	wantCode(t, "an unknown step", request(&source, "Nothing"), "ValidationException")
	mu.Lock()
	wape = 0.2
	mu.Unlock()
	if err := request(&source, tail...); err != nil {
		t.Fatal(err)
	}
	a.advanceTo(t, a.ended)
	e := a.Executions(demand)[1]
	want := "PreProc Succeeded, Train Succeeded, TrainEvaluation Succeeded, Gate Succeeded, Predict Succeeded, PostProc Succeeded"
	if e.Status != "Succeeded" || statuses(e) != want {
		t.Errorf("%s: %s; want %s", e.Status, statuses(e), want)
	}
	var reused []string
	for _, st := range e.Steps {
		if st.Reused {
			reused = append(reused, st.Name)
		}
	}
	if diff := cmp.Diff([]string{"PreProc", "Train"}, reused); diff != "" {
		t.Errorf("reused steps (-want +got):\n%s", diff)
	}
}
