package awssim_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"

	"github.com/daybatch/daybatch/aws/awssim"
)

// TestScaledTime runs several executions by the host's clock, an hour in a
// second, served by the simulation itself. The containers write to S3 by
// themselves, under the address that they are given; one execution is stopped.
func TestScaledTime(t *testing.T) {
	t.Parallel()
	sim, err := awssim.New(awssim.Options{
		Dir: t.TempDir(), Speed: 3600,
		Now: time.Now, //nolint:forbidigo // simulated time runs along with the host's
		Container: func(ctx context.Context, j awssim.Job) awssim.Exit {
			if j.Environment["DAYBATCH_DATE"] == "stuck" {
				<-ctx.Done()
				return awssim.Exit{Code: 143}
			}
			own := &account{}
			own.connect(j.Endpoint, "job")
			for i := range 20 {
				fmt.Fprintf(j.Stdout, "%s %d\n", j.Step, i)
			}
			name := filepath.Join(j.Root, "opt/ml/processing/output/out/metrics.json")
			if err := os.WriteFile(name, []byte(`{"gate":{"wape":0.1}}`), 0o600); err != nil {
				return awssim.Exit{Code: 2, Message: err.Error()}
			}
			if _, err := own.s3.PutObject(ctx, &s3.PutObjectInput{
				Bucket: awssdk.String(bucket), Key: awssdk.String("progress/" + j.Execution + "/" + j.Step), Body: strings.NewReader("done"),
			}); err != nil {
				return awssim.Exit{Code: 2, Message: err.Error()}
			}
			return awssim.Exit{}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	endpoint, err := sim.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	a := &account{Sim: sim}
	a.connect(endpoint, "aki")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	a.pipeline(ctx, t, strings.ReplaceAll(six(), `"MaxRuntimeInSeconds":3600`, `"MaxRuntimeInSeconds":777600`)) // nine days, 216 s
	for _, date := range []string{"2026-01-15", "2026-01-16", "2026-01-17"} {
		a.start(ctx, t, date)
	}
	stuck, err := a.sagemaker.StartPipelineExecution(ctx, &sagemaker.StartPipelineExecutionInput{
		PipelineName: awssdk.String(demand), ClientRequestToken: awssdk.String(token), PipelineParameters: date("stuck"),
	})
	if err != nil {
		t.Fatal(err)
	}
	a.until(ctx, t, func(e awssim.Execution) bool { return e.Status == "Succeeded" || e.Parameters["Date"] == "stuck" })
	if _, err := a.sagemaker.StopPipelineExecution(ctx, &sagemaker.StopPipelineExecutionInput{
		PipelineExecutionArn: stuck.PipelineExecutionArn, ClientRequestToken: awssdk.String(token + "stop"),
	}); err != nil {
		t.Fatal(err)
	}
	a.until(ctx, t, func(e awssim.Execution) bool { return e.Status == "Succeeded" || e.Status == "Stopped" })
	if keys, err := a.Objects(bucket, "progress/"); err != nil || len(keys) != 3*6 {
		t.Errorf("the containers wrote %v, %v", keys, err)
	}
	for _, e := range a.Executions(demand) {
		for _, st := range e.Steps {
			if n := len(a.JobLog(st.Job)); st.Job != "" && e.Status == "Succeeded" && n != 20 {
				t.Errorf("%s of %s logged %d lines", st.Name, e.Name, n)
			}
		}
	}
}

// until asks AWS again and again until all executions are as wanted.
func (a *account) until(ctx context.Context, t *testing.T, wanted func(e awssim.Execution) bool) {
	t.Helper()
	for {
		if _, err := a.sagemaker.ListPipelineExecutions(ctx, &sagemaker.ListPipelineExecutionsInput{PipelineName: awssdk.String(demand)}); err != nil {
			t.Fatal(err)
		}
		all := true
		for _, e := range a.Executions(demand) {
			all = all && wanted(e)
		}
		if all {
			return
		}
	}
}
