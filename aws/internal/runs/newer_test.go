package runs_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"

	"github.com/daybatch/daybatch/aws/internal/runs"
)

// TestNewerSteps reads steps of the types that the SDK's client drops, from what is
// really answered: in pages, among steps that it knows, and after a call that failed.
func TestNewerSteps(t *testing.T) {
	t.Parallel()
	pages := []string{
		`{"PipelineExecutionSteps": [
			{"StepName": "a", "StepStatus": "Succeeded", "Metadata": {"Athena": {"QueryExecutionId": "a1b2", "ResultsS3Uri": "s3://b/r"}}},
			{"StepName": "b", "StepStatus": "Succeeded"},
			{"StepName": "c", "StepStatus": "Succeeded", "Metadata": {"Lambda": {"Arn": "arn:aws:lambda:eu-west-1:123456789012:function:tell"}}}
		], "NextToken": "more"}`,
		`{"PipelineExecutionSteps": [
			{"StepName": "d", "StepStatus": "Executing", "Metadata": {"EMRServerless": {"ApplicationId": "00f", "JobRunId": "00g", "JobRunName": "nightly", "LogFilePath": "s3://b/emrs/"}}},
			{"StepName": "e", "StepStatus": "Executing", "Metadata": {"EMRServerless": {"ApplicationId": "00f", "JobRunId": "00g"}}},
			{"StepName": "f", "StepStatus": "Executing", "Metadata": {"EMRServerless": {}}},
			{"StepName": "g", "StepStatus": "Succeeded", "Metadata": {"SomethingNew": {"Arn": "x"}}}
		]}`,
	}
	var calls atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n := int(calls.Add(1))
		if n == 2 { // between the pages
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		fmt.Fprint(w, pages[min(n, 2)-1])
	}))
	t.Cleanup(server.Close)
	client := sagemaker.New(sagemaker.Options{
		Region: "eu-west-1", BaseEndpoint: awssdk.String(server.URL), Credentials: credentials.NewStaticCredentialsProvider("aki", "secret", ""),
	})
	steps, err := runs.Runs{API: client, Pipeline: "p"}.Steps(t.Context(), "arn:aws:sagemaker:eu-west-1:123456789012:pipeline/p/execution/1")
	if err != nil {
		t.Fatal(err)
	}
	type said struct {
		name, note string
		elsewhere  bool
	}
	want := []said{
		{"a", "Athena query a1b2", true},
		{"b", "", false},
		{"c", "Lambda function tell", false},
		{"d", "run nightly of EMR Serverless application 00f, its log in s3://b/emrs/", true},
		{"e", "run 00g of EMR Serverless application 00f", true},
		{"f", "", true},
		{"g", "", false},
	}
	if len(steps) != len(want) {
		t.Fatalf("steps = %+v; want %d", steps, len(want))
	}
	for i, s := range steps {
		if got := (said{s.Name, s.Note, s.Elsewhere}); got != want[i] {
			t.Errorf("step %d = %+v; want %+v", i, got, want[i])
		}
	}
}
