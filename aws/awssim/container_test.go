package awssim_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/awssim"
)

// TestContainers runs the steps as functions over real directories: what one
// writes the next one reads.
func TestContainers(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	a := open(t, awssim.Options{Container: func(_ context.Context, j awssim.Job) awssim.Exit {
		fmt.Fprintf(j.Stdout, "%s begins\nand ends", j.Step)
		inputs, err := filepath.Glob(filepath.Join(j.Root, "opt/ml/processing/input/*/*"))
		if err != nil {
			return awssim.Exit{Code: 2, Message: err.Error()}
		}
		slices.Sort(inputs)
		words := []string{j.Environment["DAYBATCH_STEP"], "of"}
		for _, name := range inputs {
			words = append(words, filepath.Base(filepath.Dir(name)))
		}
		text := strings.Join(words, " ")
		out := filepath.Join(j.Root, "opt/ml/processing/output/out")
		if err := os.WriteFile(filepath.Join(out, "metrics.json"), []byte(`{"gate":{"wape":0.1},"from":"`+text+`"}`), 0o600); err != nil {
			return awssim.Exit{Code: 2, Message: err.Error()}
		}
		if j.Step == "PostProc" {
			err := os.WriteFile(filepath.Join(j.Root, "opt/ml/output/message"), []byte("published"), 0o600)
			return awssim.Exit{Code: map[bool]int{true: 0, false: 3}[err == nil]}
		}
		return awssim.Exit{}
	}})
	a.pipeline(ctx, t, six())
	a.start(ctx, t, "2026-01-15")
	a.advanceTo(t, a.ended)
	e := a.Executions(demand)[0]
	if e.Status != "Succeeded" {
		t.Fatalf("%s: %+v", e.Status, e.Steps)
	}
	content, err := a.Object("example-forecast", "runs/"+e.ID+"/Predict/out/metrics.json")
	if err != nil || !strings.Contains(string(content), "Predict of PreProc Train") {
		t.Errorf("Predict wrote %s, %v", content, err)
	}
	last := e.Steps[len(e.Steps)-1]
	if diff := cmp.Diff([]string{"PostProc begins", "and ends"}, a.JobLog(last.Job)); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	job, err := a.sagemaker.DescribeProcessingJob(ctx, &sagemaker.DescribeProcessingJobInput{ProcessingJobName: &last.Job})
	if err != nil || awssdk.ToString(job.ExitMessage) != "published" {
		t.Errorf("exit message %v, %v", awssdk.ToString(job.ExitMessage), err)
	}
}

// TestStopSignalsContainers sees the signal of a stop as the end of the
// container's context, and nothing uploaded.
func TestStopSignalsContainers(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	running := make(chan struct{})
	a := open(t, awssim.Options{Container: func(ctx context.Context, j awssim.Job) awssim.Exit {
		_ = os.WriteFile(filepath.Join(j.Root, "opt/ml/processing/output/out/half"), []byte("x"), 0o600)
		close(running)
		<-ctx.Done()
		return awssim.Exit{Code: 143, Message: "terminated"}
	}})
	a.pipeline(ctx, t, six())
	arn := a.start(ctx, t, "2026-01-15")
	a.Advance(10 * time.Minute)
	<-running
	if _, err := a.sagemaker.StopPipelineExecution(ctx, &sagemaker.StopPipelineExecutionInput{
		PipelineExecutionArn: &arn, ClientRequestToken: awssdk.String(token + "stop"),
	}); err != nil {
		t.Fatal(err)
	}
	a.Settle()
	a.Advance(time.Minute)
	if e := a.Executions(demand)[0]; e.Status != "Stopped" || statuses(e) != "Extract Stopped" {
		t.Errorf("%s: %s", e.Status, statuses(e))
	}
	if keys, err := a.Objects("example-forecast", "runs/"); err != nil || len(keys) > 0 {
		t.Errorf("a stopped job left %v, %v", keys, err)
	}
}
