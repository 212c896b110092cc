package aws_test

import (
	"math"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sagemaker"

	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/forecast"
)

// ofKinds returns an account with a pipeline of steps of many kinds.
func ofKinds(t *testing.T, o theirOptions, change func(string) string) *theirAccount {
	t.Helper()
	o.speed = 2000
	a := newTheirAccount(t, o)
	text, err := os.ReadFile("testdata/kinds-pipeline.json")
	must(t, err)
	definition := string(text)
	if change != nil {
		definition = change(definition)
	}
	a.define(t, definition)
	a.set.Foreign.EvaluationStep = ""
	a.plan("Tune", awssim.Play{Duration: 2 * time.Minute, Lines: []awssim.Line{{Text: "trial"}, {After: time.Minute, Text: "auc:0.8"}}})
	a.plan("Score", awssim.Play{Outputs: map[string]map[string]string{"transform": {"rows.csv.out": "1"}}, Lines: []awssim.Line{{Text: "scored"}}})
	a.plan("Spread", awssim.Play{Metadata: map[string]any{"EMR": map[string]any{
		"ClusterId": "j-2AXXXXXXGAPLF", "StepId": "s-1", "StepName": "spread", "LogFilePath": "s3://ops-bucket/emr/",
	}}})
	a.plan("Approve", awssim.Play{Metadata: map[string]any{"Callback": map[string]any{
		"CallbackToken": "abcdefghij", "SqsQueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/approvals",
	}}})
	a.plan("Tell", awssim.Play{Metadata: map[string]any{"Lambda": map[string]any{"Arn": "arn:aws:lambda:eu-west-1:123456789012:function:tell-sales"}}})
	a.plan("CreateModel", awssim.Play{Metadata: map[string]any{"Model": map[string]any{"Arn": "arn:aws:sagemaker:eu-west-1:123456789012:model/revenue"}}})
	return a
}

// withoutEMR leaves out the step whose bill daybatch can't read.
func withoutEMR(definition string) string {
	lines := strings.Split(definition, "\n")
	return strings.Join(slices.DeleteFunc(lines, func(line string) bool { return strings.Contains(line, `"Type": "EMR"`) }), "\n")
}

func TestTheirKinds(t *testing.T) {
	t.Parallel()
	kindsDay(t, ofKinds(t, theirOptions{}, withoutEMR))
}

// TestWirecheckTheirKinds is TestTheirKinds with every call and answer checked, in
// pages of one, and spot machines, whose bill each job has to be asked for.
func TestWirecheckTheirKinds(t *testing.T) {
	t.Parallel()
	kindsDay(t, ofKinds(t, theirOptions{front: checked, quirks: awssim.Quirks{Lists: awssim.ListQuirks{PageSize: 1}}}, func(definition string) string {
		return strings.ReplaceAll(withoutEMR(definition), `"EnableManagedSpotTraining": false`, `"EnableManagedSpotTraining": true`)
	}))
}

func kindsDay(t *testing.T, a *theirAccount) {
	t.Helper()
	e := a.open(t, nil)
	a.begin(t, "", map[string]string{"ProcessDate": "2026-01-18"})
	got := dayOf(t, e, day(18), forecast.DaySucceeded)
	if words := stepWords(got.Steps); words != "Tune Succeeded, CreateModel Succeeded, Score Succeeded, Drift Succeeded, Approve Succeeded, Tell Succeeded" {
		t.Errorf("steps = %s", words)
	}
	if auc := got.Metrics["validation:auc"]; auc != 0.8 {
		t.Errorf("metrics = %v; want the best objective 0.8", got.Metrics)
	}
	for name, want := range map[forecast.StepName]string{"Tune": "3 training jobs", "CreateModel": "model revenue", "Tell": "Lambda function tell-sales", "Approve": ""} {
		if text := stepOf(got, name).Reason.Text; text != want {
			t.Errorf("%s says %q; want %q", name, text, want)
		}
	}
	cost, trials := a.kindsBill(t)
	if math.Abs(cost-got.Last.Cost) > cost*0.01 || len(trials) != 3 { // seconds are billed whole
		t.Errorf("cost = %g of %d trials; want %g of 3", got.Last.Cost, len(trials), cost)
	}
	for _, name := range []forecast.StepName{"Tune", "Score", "Drift"} {
		if wait := stepOf(got, name).StartUp(a.sim.Now()); wait < 30*time.Second {
			t.Errorf("%s waited %s for its machine; want at least 30s", name, wait)
		}
	}
	if worked := stepOf(got, "Tune"); worked.Ended.Sub(worked.Started) < 4*time.Minute+30*time.Second { // of three, two at once
		t.Errorf("Tune worked from %s to %s; want from the first machine to the last end", worked.Started, worked.Ended)
	}
	tuned := strings.Repeat("trial auc:0.8 ", 3)
	for step, want := range map[forecast.StepName]string{
		"": tuned + "MaxConcurrentTransforms scored this is Drift", "Tune": tuned, "Score": "MaxConcurrentTransforms scored", "Tell": "",
	} {
		stream, err := e.Logs(t.Context(), forecast.LogQuery{Execution: got.Last.ID, Step: step, Follow: step == "Tune"})
		must(t, err)
		var texts []string
		for _, line := range readAll(t, stream) {
			if _, settings, own := strings.Cut(line.Text, "[sagemaker logs]: "); own { // of the batch transform's second stream
				line.Text, _, _ = strings.Cut(settings, "=")
			}
			texts = append(texts, line.Text)
			if line.Text == "trial" && line.Step != "Tune" {
				t.Errorf("the line of a trial is of step %q", line.Step)
			}
		}
		words := strings.Fields(strings.Join(texts, " "))
		wanted := strings.Fields(want)
		slices.Sort(words)
		slices.Sort(wanted)
		if !slices.Equal(words, wanted) {
			t.Errorf("log of %q = %v; want %v", step, words, wanted)
		}
	}
}

// TestTheirLiveTail follows the log of a job by a live tail, whose group has to be
// named by the account too: of another team's pipeline no setting tells which that is.
func TestTheirLiveTail(t *testing.T) {
	t.Parallel()
	a := newTheirAccount(t, theirOptions{speed: 100})
	a.set.LiveTail = true
	a.plan("Ingest", awssim.Play{Duration: 2 * time.Minute, Lines: []awssim.Line{{Text: "begun"}, {After: time.Minute, Text: "half"}}})
	e := a.open(t, nil)
	a.begin(t, "", map[string]string{"ProcessDate": "2026-01-18"})
	got := dayOf(t, e, day(18), forecast.DayRunning)
	stream, err := e.Logs(t.Context(), forecast.LogQuery{Execution: got.Last.ID, Step: "Ingest", Follow: true})
	must(t, err)
	var texts []string
	for _, line := range readAll(t, stream) {
		texts = append(texts, line.Text)
	}
	if !slices.Equal(texts, []string{"begun", "half"}) {
		t.Errorf("log = %q; want begun, half", texts)
	}
	opened := slices.ContainsFunc(a.sim.Log(), func(c awssim.Call) bool { return c.Operation == "logs.StartLiveTail" && c.Outcome == "ok" })
	if !opened {
		t.Errorf("no live tail was opened: %v", a.sim.Calls())
	}
}

func stepOf(d forecast.Day, name forecast.StepName) forecast.Step {
	i := slices.IndexFunc(d.Steps, func(s forecast.Step) bool { return s.Name == name })
	return d.Steps[max(i, 0)]
}

// kindsBill is what SageMaker's jobs were billed, asked one by one.
func (a *theirAccount) kindsBill(t *testing.T) (cost float64, trials []string) {
	t.Helper()
	all := a.sim.Executions(theirPipeline)
	for _, run := range all[len(all)-1].Steps {
		switch run.Name {
		case "Tune":
			in := &sagemaker.ListTrainingJobsForHyperParameterTuningJobInput{HyperParameterTuningJobName: &run.Job}
			pages := sagemaker.NewListTrainingJobsForHyperParameterTuningJobPaginator(a.client, in)
			for pages.HasMorePages() {
				page, err := pages.NextPage(t.Context())
				must(t, err)
				for _, s := range page.TrainingJobSummaries {
					job, err := a.client.DescribeTrainingJob(t.Context(), &sagemaker.DescribeTrainingJobInput{TrainingJobName: s.TrainingJobName})
					must(t, err)
					trials = append(trials, *s.TrainingJobName)
					cost += float64(*job.BillableTimeInSeconds) / 3600 * 0.23 * 2
				}
			}
		case "Score":
			job, err := a.client.DescribeTransformJob(t.Context(), &sagemaker.DescribeTransformJobInput{TransformJobName: &run.Job})
			must(t, err)
			cost += job.TransformEndTime.Sub(*job.TransformStartTime).Hours() * 0.115 * 2
		case "Drift":
			job, err := a.client.DescribeProcessingJob(t.Context(), &sagemaker.DescribeProcessingJobInput{ProcessingJobName: &run.Job})
			must(t, err)
			cost += job.ProcessingEndTime.Sub(*job.ProcessingStartTime).Hours() * 0.115
		}
	}
	return cost, trials
}

// TestTheirKindsFail fails steps of single kinds: the reason is theirs, and what is
// not known to have cost nothing is not said to.
func TestTheirKindsFail(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		step string
		play awssim.Play
		want string
	}{
		{"Tune", awssim.Play{Exit: awssim.Exit{Code: 1, Message: "no rows"}}, "Tune: ClientError: No training job succeeded"},
		{"Score", awssim.Play{Exit: awssim.Exit{Code: 1}}, "Score: AlgorithmError"},
		{
			"Drift",
			awssim.Play{Exit: awssim.Exit{Code: 1}, Metadata: map[string]any{"QualityCheck": map[string]any{"ViolationReport": "s3://ops-bucket/violations.json"}}},
			"violation report s3://ops-bucket/violations.json",
		},
		{
			"Spread",
			awssim.Play{Exit: awssim.Exit{Code: 1, Message: "step failed"}, Metadata: map[string]any{"EMR": map[string]any{"ClusterId": "j-1", "StepName": "spread", "LogFilePath": "s3://ops-bucket/emr/"}}},
			"Spread: ClientError: step failed\nstep spread of EMR cluster j-1, its log in s3://ops-bucket/emr/",
		},
		{ // which the SDK's client drops
			"Spread",
			awssim.Play{Exit: awssim.Exit{Code: 1, Message: "step failed"}, Metadata: map[string]any{"EMRServerless": map[string]any{"ApplicationId": "00f", "JobRunId": "00g"}}},
			"Spread: ClientError: step failed\nrun 00g of EMR Serverless application 00f",
		},
	} {
		t.Run(test.step, func(t *testing.T) {
			t.Parallel()
			a := ofKinds(t, theirOptions{}, nil)
			a.plan(test.step, test.play)
			a.begin(t, "", map[string]string{"ProcessDate": "2026-01-18"})
			got := dayOf(t, a.open(t, nil), day(18), forecast.DayFailed)
			if !strings.Contains(got.Reason.Text, test.want) {
				t.Errorf("reason = %q; want %q in it", got.Reason.Text, test.want)
			}
			if known := got.Last.Cost > 0; known == (test.step == "Spread") {
				t.Errorf("cost = %g; want none only where EMR has worked", got.Last.Cost)
			}
		})
	}
}

// TestTheirKindsAtWork looks at jobs while they run, stops them, and reads what a
// right is lacking for.
func TestTheirKindsAtWork(t *testing.T) {
	t.Parallel()
	a := ofKinds(t, theirOptions{}, nil)
	a.plan("Tune", awssim.Play{Duration: 12 * time.Hour, Lines: []awssim.Line{{Text: "trial"}}})
	e := a.open(t, nil)
	a.begin(t, "", map[string]string{"ProcessDate": "2026-01-18"})
	var got forecast.Day
	await(t, "the trials run", func() (forecast.Day, error) { return dayOf(t, e, day(18), forecast.DayRunning), nil }, func(d forecast.Day) bool {
		got = d
		return stepOf(d, "Tune").Reason.Text == "0 of 2 training jobs have ended" && stepOf(d, "Tune").Status == forecast.StepExecuting
	})
	stream, err := e.Logs(t.Context(), forecast.LogQuery{Execution: got.Last.ID, Step: "Tune", Follow: true})
	must(t, err)
	lines, err := stream.Next(t.Context())
	if err != nil || len(lines) == 0 || lines[0].Text != "trial" {
		t.Errorf("log = %v, %v; want the line of a trial that runs", lines, err)
	}
	must(t, stream.Close())
	a.sim.Inject(awssim.Fault{Operation: "sagemaker.DescribeHyperParameterTuningJob", Effect: awssim.Effect{
		Code: "AccessDeniedException", Status: http.StatusBadRequest, Message: "not authorized to perform: sagemaker:DescribeHyperParameterTuningJob",
	}})
	_, err = e.Stop(t.Context(), day(18), "aki")
	must(t, err)
	got = dayOf(t, a.open(t, nil), day(18), forecast.DayStopped)
	if stepOf(got, "Tune").Status != forecast.StepStopped || got.Last.Cost != 0 || !strings.Contains(got.Last.Note, "DescribeHyperParameterTuningJob") {
		t.Errorf("%s, cost %g, note %q; want it stopped, its cost not known, and the right that is lacking", stepWords(got.Steps), got.Last.Cost, got.Last.Note)
	}
}
