package aws_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// second asks the account through the aws command, a client that is not ours.
func (a *account) second(t *testing.T, answer any, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "aws", append(
		[]string{"--output", "json", "--region", a.settings.Region, "--endpoint-url", a.address}, args...)...)
	cmd.Env = append(os.Environ(), "AWS_PAGER=")
	var problems strings.Builder
	cmd.Stderr = &problems
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("aws %s: %v: %s", strings.Join(args, " "), err, problems.String())
	}
	if err := json.Unmarshal(text, answer); err != nil {
		t.Fatalf("aws %s answers %s: %v", strings.Join(args, " "), text, err)
	}
}

// TestSecondClient runs a date, and reads what came of it with the aws command:
// it parses the account's answers, and shows what the engine shows.
func TestSecondClient(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("aws"); err != nil {
		t.Skip("there is no aws command")
	}
	d := day(10)
	a := newAccount(t, enginetest.Definition(), enginetest.Script{d: {forecast.Train: {{Log: []string{"mark"}}}}}, accountOptions{speed: 10})
	e := a.open(t, nil)
	must(t, run(t.Context(), e, d))
	executions(t, a, d)
	attempt := recordsOf(t, a)[d.String()+".json"].Attempts[0]

	var listed struct {
		PipelineExecutionSummaries []struct{ PipelineExecutionArn, PipelineExecutionDisplayName, PipelineExecutionStatus string }
	}
	a.second(t, &listed, "sagemaker", "list-pipeline-executions", "--pipeline-name", a.def.Pipeline)
	if all := listed.PipelineExecutionSummaries; len(all) != 1 || all[0].PipelineExecutionArn != attempt.ARN ||
		all[0].PipelineExecutionDisplayName != string(attempt.ID) || all[0].PipelineExecutionStatus != "Succeeded" {
		t.Errorf("executions %+v; want %s, %s, Succeeded", all, attempt.ARN, attempt.ID)
	}
	var described struct{ PipelineExecutionStatus string }
	a.second(t, &described, "sagemaker", "describe-pipeline-execution", "--pipeline-execution-arn", attempt.ARN)
	if described.PipelineExecutionStatus != "Succeeded" {
		t.Errorf("the execution is %q; want Succeeded", described.PipelineExecutionStatus)
	}
	var steps struct {
		PipelineExecutionSteps []struct {
			StepName, StepStatus string
			Metadata             struct{ ProcessingJob struct{ Arn string } }
		}
	}
	a.second(t, &steps, "sagemaker", "list-pipeline-execution-steps", "--pipeline-execution-arn", attempt.ARN)
	if all := steps.PipelineExecutionSteps; len(all) != 1 || all[0].StepStatus != "Succeeded" {
		t.Fatalf("steps %+v; want one that succeeded", all)
	}
	arn := steps.PipelineExecutionSteps[0].Metadata.ProcessingJob.Arn
	a.secondLog(t, arn[strings.LastIndex(arn, "/")+1:])
	a.secondPartition(t, e, d)
}

// secondLog checks that the log of a job has the line that its step wrote.
func (a *account) secondLog(t *testing.T, job string) {
	t.Helper()
	var described struct{ ProcessingJobStatus string }
	a.second(t, &described, "sagemaker", "describe-processing-job", "--processing-job-name", job)
	if described.ProcessingJobStatus != "Completed" {
		t.Errorf("the job is %q; want Completed", described.ProcessingJobStatus)
	}
	const group = "/aws/sagemaker/ProcessingJobs"
	var streams struct {
		LogStreams []struct{ LogStreamName string }
	}
	a.second(t, &streams, "logs", "describe-log-streams", "--log-group-name", group, "--log-stream-name-prefix", job+"/")
	if len(streams.LogStreams) != 1 {
		t.Fatalf("streams %+v; want one", streams)
	}
	var log struct{ Events []struct{ Message string } }
	a.second(t, &log, "logs", "get-log-events", "--log-group-name", group, "--log-stream-name", streams.LogStreams[0].LogStreamName, "--start-from-head")
	found := 0
	for _, event := range log.Events {
		if strings.HasSuffix(event.Message, "] mark") {
			found++
		}
	}
	if found != 1 {
		t.Errorf("%d of the events %+v are the step's line; want one", found, log.Events)
	}
}

// secondPartition checks that the catalogue and the bucket have the partition
// that the engine shows.
func (a *account) secondPartition(t *testing.T, e forecast.Engine, d calendar.Date) {
	t.Helper()
	partitions, err := e.Partitions(t.Context(), forecast.PartitionQuery{Range: calendar.Range{From: d, To: d}})
	if err != nil || len(partitions) != 1 {
		t.Fatalf("Partitions = %+v, %v; want one", partitions, err)
	}
	var catalogue struct {
		Partitions []struct {
			Values            []string
			StorageDescriptor struct{ Location string }
			Parameters        map[string]string
		}
	}
	a.second(t, &catalogue, "glue", "get-partitions", "--database-name", a.settings.Database, "--table-name", a.def.Target.Table,
		"--expression", "dt = '"+d.String()+"'")
	if all := catalogue.Partitions; len(all) != 1 || all[0].Values[0] != d.String() || all[0].Parameters["daybatch.generation"] != partitions[0].Generation {
		t.Fatalf("partitions %+v; want generation %s of %s", all, partitions[0].Generation, d)
	}
	prefix := strings.TrimPrefix(catalogue.Partitions[0].StorageDescriptor.Location, "s3://bucket/")
	var objects struct{ Contents []struct{ Key string } }
	a.second(t, &objects, "s3api", "list-objects-v2", "--bucket", "bucket", "--prefix", prefix)
	if len(objects.Contents) != 2 {
		t.Errorf("objects %+v below %s; want the part and its manifest", objects.Contents, prefix)
	}
}
