package aws_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// The infrastructure fails, for longer than retry policies try.
func TestInfrastructureFails(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		play  awssim.Play
		class forecast.ReasonClass
		text  string
	}{
		{"no machine", awssim.Play{Lost: "SageMaker.CAPACITY_ERROR", Duration: time.Minute}, forecast.ReasonInfrastructure, "SageMaker lost its job: ClientError: InternalServerError: Unable to provision requested ML compute capacity"},
		{"internal error", awssim.Play{Lost: "SageMaker.JOB_INTERNAL_ERROR", Duration: time.Minute}, forecast.ReasonInfrastructure, "SageMaker lost its job"},
		{"quota", awssim.Play{Create: "SageMaker.RESOURCE_LIMIT"}, forecast.ReasonInfrastructure, "SageMaker made no job for it: ClientError: Failed to invoke sagemaker:CreateKINDJob. Error Details: The account-level service limit"},
		{"throttled", awssim.Play{Create: "Step.THROTTLING"}, forecast.ReasonInfrastructure, "SageMaker made no job for it"},
		{"killed", awssim.Play{Exit: awssim.Exit{Code: 137}, Lost: "none"}, forecast.ReasonLost, "its job ended without saying why: AlgorithmError"},
		{"message alone", awssim.Play{Exit: awssim.Exit{Code: 1, Message: "read the job's environment: DAYBATCH_BUCKET: it is missing"}, Lost: "none"}, forecast.ReasonInfrastructure, "its job failed: read the job's environment"},
	} {
		for _, layout := range []settings.Layout{settings.LayoutFused, settings.LayoutSteps} {
			t.Run(tt.name+" "+string(layout), func(t *testing.T) {
				t.Parallel()
				wantInfrastructure(t, layout, tt.play, forecast.Reason{Class: tt.class, Text: tt.text})
			})
		}
	}
}

func wantInfrastructure(t *testing.T, layout settings.Layout, play awssim.Play, want forecast.Reason) {
	t.Helper()
	kind := "Processing"
	at, steps := "Run", "Failed/Skipped/Skipped/Skipped/Skipped/Skipped"
	if layout == settings.LayoutSteps {
		kind = "Training"
		at, steps = "Train", "Succeeded/Succeeded/Failed/Skipped/Skipped/Skipped"
	}
	want.Text = strings.Replace(want.Text, "CreateKINDJob", "Create"+kind+"Job", 1)
	o := accountOptions{layout: layout, speed: 3600, play: func(j awssim.Job) awssim.Play {
		if j.Step == at && play.Lost != "none" {
			return play
		}
		return awssim.Play{}
	}}
	if play.Lost == "none" {
		o.broken = func(j awssim.Job) (awssim.Exit, bool) { return play.Exit, j.Step == at }
	}
	a := newAccount(t, enginetest.Definition(), nil, o)
	_, x := carryOut(t, a.open(t, nil), runRequest())
	if got := statuses(x); got != steps {
		t.Errorf("steps = %s; want %s", got, steps)
	}
	failed := x.Steps[strings.Count(steps[:strings.Index(steps, "Failed")], "/")]
	if failed.Reason.Class != want.Class || !strings.HasPrefix(failed.Reason.Text, want.Text) || strings.Contains(failed.Reason.Text, "Retry not appropriate") {
		t.Errorf("%s failed for %+v; want %+v", failed.Name, failed.Reason, want)
	}
	if x.Status != forecast.Failed || x.Reason.Class != want.Class {
		t.Errorf("the attempt is %s %+v; want Failed, %s", x.Status, x.Reason, want.Class)
	}
}

// TestGateOfAnotherProject runs a project whose gate is not that of the pipeline
// that was deployed. The stricter of the two decides.
func TestGateOfAnotherProject(t *testing.T) {
	t.Parallel()
	refusal := enginetest.Script{theDay(): {forecast.TrainEvaluation: {enginetest.Gates("wape 0.412 > 0.350")}}}
	for _, tt := range []struct {
		name            string
		deployed, asked float64
		script          enginetest.Script
		text            string
	}{
		{"stricter pipeline", 0.1, 50, nil, "gate not met: wape at most 0.1 (of the deployed pipeline"},
		{"lax pipeline", 100, 50, refusal, "wape 0.412 > 0.350"},
		{"pipeline without one", 0, 50, refusal, "wape 0.412 > 0.350"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			def := enginetest.Definition()
			def.Gate.WAPE = tt.deployed
			a := newAccount(t, def, tt.script, accountOptions{layout: settings.LayoutSteps, bare: true})
			def.Gate.WAPE = tt.asked
			e := a.open(t, func(o *aws.Options) { o.Definition = def })
			_, x := carryOut(t, e, runRequest())
			// What comes after a refusal does not change it.
			awaitEnd(t, a)
			x, err := e.Execution(t.Context(), x.ID)
			if err != nil || x.Status != forecast.Failed || x.Reason.Class != forecast.ReasonGate || statuses(x) != "Succeeded/Succeeded/Succeeded/Failed/Skipped/Skipped" {
				t.Errorf("the attempt is %s %+v: %s, %v", x.Status, x.Reason, statuses(x), err)
			}
			if !strings.HasPrefix(x.Steps[3].Reason.Text, tt.text) {
				t.Errorf("it was refused for %q; want %q", x.Steps[3].Reason.Text, tt.text)
			}
			if all, err := e.Partitions(t.Context(), forecast.PartitionQuery{All: true}); err != nil || len(all) > 0 {
				t.Errorf("Partitions = %+v, %v; want none", all, err)
			}
		})
	}
}

// awaitEnd waits until SageMaker too says that the last execution has ended.
func awaitEnd(t *testing.T, a *account) awssim.Execution {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		all := a.sim.Executions("exercise")
		if last := all[len(all)-1]; last.Status != "Executing" && last.Status != "Stopping" {
			return last
		}
		time.Sleep(askTime)
	}
	t.Fatal("the execution does not end")
	return awssim.Execution{}
}

// TestRetriedInSageMaker has a person retry an execution in the console. Until the
// job has its machine only the engine can tell.
func TestRetriedInSageMaker(t *testing.T) {
	t.Parallel()
	for _, layout := range []settings.Layout{settings.LayoutFused, settings.LayoutSteps} {
		t.Run(string(layout), func(t *testing.T) {
			t.Parallel()
			a, e, first := failedAccount(t, layout, time.Second)
			retry(t, a)
			x := awaitExecution(t, e, "its retry", func(x forecast.Execution) bool { return x.Status == forecast.Executing })
			if x.ID != first.ID || x.Reason.Text != "" || !x.Ended.IsZero() || strings.Contains(statuses(x), "Failed") || strings.Contains(statuses(x), "Skipped") {
				t.Errorf("retried, it is %s %s %+v: %s", x.ID, x.Status, x.Reason, statuses(x))
			}
			x = awaitExecution(t, e, "its end", func(x forecast.Execution) bool { return !x.Status.Open() })
			if x.Status != forecast.Succeeded || x.ID != first.ID || statuses(x) != "Succeeded/Succeeded/Succeeded/Succeeded/Succeeded/Succeeded" {
				t.Errorf("in the end it is %s %s %+v: %s", x.ID, x.Status, x.Reason, statuses(x))
			}
		})
		t.Run(string(layout)+" without a machine", func(t *testing.T) {
			t.Parallel()
			a, e, first := failedAccount(t, layout, 24*time.Hour)
			retry(t, a)
			x := awaitExecution(t, e, "its retry", func(x forecast.Execution) bool { return x.Status == forecast.Executing })
			if got := statuses(x); got != "Succeeded/Succeeded/Starting/Waiting/Waiting/Waiting" {
				t.Errorf("without a machine its steps are %s", got)
			}
			if answer, err := e.Stop(t.Context(), theDay(), "aki"); err != nil || answer.Execution != first.ID {
				t.Errorf("Stop = %+v, %v; want that of %s", answer, err, first.ID)
			}
			x = awaitExecution(t, e, "its end", func(x forecast.Execution) bool { return !x.Status.Open() })
			if x.Status != forecast.Stopped || x.Reason.Text != "stopped by aki" {
				t.Errorf("in the end it is %s %+v: %s", x.Status, x.Reason, statuses(x))
			}
		})
	}
}

// failedAccount is an account in which Train has failed, and would not fail
// again. Jobs made from now on wait for a machine.
func failedAccount(t *testing.T, layout settings.Layout, wait time.Duration) (*account, *aws.Engine, forecast.Execution) {
	t.Helper()
	var waiting atomic.Bool
	script := enginetest.Script{theDay(): {forecast.Train: {enginetest.Fails("disk is full")}}}
	a := newAccount(t, enginetest.Definition(), script, accountOptions{layout: layout, play: func(awssim.Job) awssim.Play {
		if waiting.CompareAndSwap(true, false) {
			return awssim.Play{StartUp: wait}
		}
		return awssim.Play{}
	}})
	e := a.open(t, nil)
	_, x := carryOut(t, e, runRequest())
	if x.Status != forecast.Failed {
		t.Fatalf("the attempt is %s; want Failed", x.Status)
	}
	waiting.Store(true)
	a.fixed.Store(true)
	return a, e, x
}

// retry has a person retry the last execution as soon as it has failed.
func retry(t *testing.T, a *account) {
	t.Helper()
	last := awaitEnd(t, a)
	loaded, err := config.LoadDefaultConfig(t.Context(), config.WithRegion("ap-northeast-1"), config.WithBaseEndpoint(a.address))
	if err == nil {
		_, err = sagemaker.NewFromConfig(loaded).RetryPipelineExecution(t.Context(), &sagemaker.RetryPipelineExecutionInput{
			PipelineExecutionArn: &last.ARN, ClientRequestToken: awssdk.String(strings.Repeat("r", 32)),
		})
	}
	if err != nil {
		t.Fatal(err)
	}
}
