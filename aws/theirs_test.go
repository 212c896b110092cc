package aws_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

const theirPipeline = "RevenueDaily"

// theirAccount is an account with the pipeline of another team in it, and nothing
// of daybatch.
type theirAccount struct {
	sim    *awssim.Sim
	set    settings.Settings
	def    forecast.Definition
	dir    string
	client *sagemaker.Client
	guard  *guard // nil where something else stands before the account

	mu    sync.Mutex
	plays map[string]awssim.Play // by step, or step and date
	auc   float64
}

type theirOptions struct {
	front  func(t *testing.T, endpoint string) string
	quirks awssim.Quirks
	speed  float64
	// container runs the jobs' containers; nil: they are scripted, see plan.
	container func(ctx context.Context, j awssim.Job) awssim.Exit
	start     time.Time     // zero: the 20th of January
	startUp   time.Duration // 0: half a minute
}

func newTheirAccount(t *testing.T, o theirOptions) *theirAccount {
	t.Helper()
	a := &theirAccount{dir: t.TempDir(), plays: make(map[string]awssim.Play), auc: 0.81}
	if o.start.IsZero() {
		o.start = time.Date(2026, time.January, 20, 6, 0, 0, 0, time.UTC)
	}
	play := a.play
	if o.container != nil {
		play = nil
	}
	sim, err := awssim.New(awssim.Options{
		Dir: filepath.Join(a.dir, "s3"), Now: time.Now, Speed: cmp.Or(o.speed, 600), Script: play, Container: o.container, //nolint:forbidigo // the account's time runs as the host's
		Region: "eu-west-1", Start: o.start, StartUp: cmp.Or(o.startUp, 30*time.Second), Overhead: cmp.Or(o.startUp, time.Second), Quirks: o.quirks,
	})
	must(t, err)
	a.sim = sim
	t.Cleanup(func() { _ = sim.Close() })
	endpoint, err := sim.Start(t.Context())
	must(t, err)
	if o.front != nil {
		endpoint = o.front(t, endpoint)
		sim.SetEndpoint(endpoint)
	}
	must(t, sim.CreateBucket("bucket"))
	must(t, sim.CreateBucket("ops-bucket"))
	a.set = settings.Settings{
		Region: "eu-west-1", Endpoint: endpoint, Bucket: "bucket", Prefix: "daybatch/revenue", Prices: settings.Prices(),
		Foreign: settings.Foreign{
			Pipeline: theirPipeline, DateParameter: "ProcessDate", DateFormat: settings.ISODate, TimeParameter: "ScheduledTime", EvaluationStep: "Evaluate",
		},
	}
	a.def = forecast.Definition{
		Pipeline: "revenue", Timezone: "Europe/Berlin", LagDays: 1, Start: day(1), LateAfter: "09:00",
		Limits: forecast.Limits{MaxActive: 3, MaxFailures: 5},
	}
	if o.front == nil {
		a.guard = newGuard(t, sim)
		a.set.Endpoint = a.guard.door(t, "view", "operate", "rights")
	}
	a.client = sagemaker.New(sagemaker.Options{
		Region: "eu-west-1", BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("ops", "secret", ""),
	})
	text, err := os.ReadFile("testdata/their-pipeline.json")
	must(t, err)
	a.define(t, string(text))
	return a
}

// define makes the pipeline, or changes it, as its team does.
func (a *theirAccount) define(t *testing.T, text string) {
	t.Helper()
	role := awssdk.String("arn:aws:iam::123456789012:role/ops")
	_, err := a.client.CreatePipeline(t.Context(), &sagemaker.CreatePipelineInput{
		PipelineName: awssdk.String(theirPipeline), ClientRequestToken: awssdk.String("define-" + newID() + newID() + newID()), RoleArn: role, PipelineDefinition: &text,
	})
	if err != nil {
		_, err = a.client.UpdatePipeline(t.Context(), &sagemaker.UpdatePipelineInput{PipelineName: awssdk.String(theirPipeline), RoleArn: role, PipelineDefinition: &text})
	}
	must(t, err)
}

// play says how a job of the pipeline goes.
func (a *theirAccount) play(j awssim.Job) awssim.Play {
	a.mu.Lock()
	defer a.mu.Unlock()
	p, ok := a.plays[j.Step+" "+j.Environment["PROCESS_DATE"]]
	if !ok {
		p = a.plays[j.Step]
	}
	if p.Outputs == nil {
		p.Outputs = map[string]map[string]string{
			"train": {"rows.csv": "1"}, "model": {"model.bin": "2"},
			"evaluation": {"evaluation.json": fmt.Sprintf(`{"classification_metrics": {"auc": {"value": %g, "standard_deviation": 0.01}}}`, a.auc)},
		}
	}
	if p.Lines == nil {
		p.Lines = []awssim.Line{{Text: "this is " + j.Step}}
	}
	return p
}

func (a *theirAccount) plan(step string, p awssim.Play) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.plays[step] = p
}

func (a *theirAccount) open(t *testing.T, change func(*aws.Options)) *aws.Engine {
	t.Helper()
	o := aws.Options{
		Definition: a.def, Settings: a.set, Actor: "aki", Host: "forge", Now: a.sim.Now, Version: "test",
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Cache: filepath.Join(a.dir, "cache"), Poll: 10 * time.Millisecond,
		LogSettle: 50 * time.Millisecond, Jitter: func() float64 { return 0.5 }, NewID: newID, Unlimited: true,
		Backoff: 10 * time.Millisecond,
	}
	if change != nil {
		change(&o)
	}
	if a.guard != nil {
		a.guard.learn(t, aws.DeployOptions{Settings: o.Settings, Definition: o.Definition})
	}
	e, err := aws.Open(t.Context(), o)
	must(t, err)
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// begin starts an execution as others do: the schedule, or somebody in Studio.
func (a *theirAccount) begin(t *testing.T, name string, parameters map[string]string) string {
	t.Helper()
	in := &sagemaker.StartPipelineExecutionInput{PipelineName: awssdk.String(theirPipeline), ClientRequestToken: awssdk.String("others-" + newID() + newID() + newID())}
	if name != "" {
		in.PipelineExecutionDisplayName = &name
	}
	for _, key := range slices.Sorted(maps.Keys(parameters)) {
		in.PipelineParameters = append(in.PipelineParameters, types.Parameter{Name: &key, Value: awssdk.String(parameters[key])})
	}
	out, err := a.client.StartPipelineExecution(t.Context(), in)
	must(t, err)
	return *out.PipelineExecutionArn
}

// dayOf waits until a date is in a state, and returns it.
func dayOf(t *testing.T, e forecast.Engine, d calendar.Date, states ...forecast.DayState) forecast.Day {
	t.Helper()
	var last forecast.Day
	await(t, fmt.Sprint(d, " is ", states), func() ([]forecast.Day, error) {
		return e.Days(t.Context(), forecast.DayQuery{Range: calendar.Range{From: d, To: d}})
	}, func(days []forecast.Day) bool {
		last = days[0]
		return slices.Contains(states, last.State)
	})
	return last
}

func stepWords(steps []forecast.Step) string {
	words := make([]string, len(steps))
	for i, s := range steps {
		words[i] = string(s.Name) + " " + string(s.Status)
	}
	return strings.Join(words, ", ")
}

// TestTheirDay shows a day that their own schedule made: every step in its order,
// waits and work apart, what it was billed, what it measured, its log.
func TestTheirDay(t *testing.T) {
	t.Parallel()
	a := newTheirAccount(t, theirOptions{})
	e := a.open(t, nil)
	p, err := e.Pipeline(t.Context())
	must(t, err)
	want := []forecast.StepName{"Ingest", "Train", "Evaluate", "QualityGate", "Publish", "QualityFailed"}
	if !slices.Equal(p.Steps, want) || p.Foreign != theirPipeline || p.Horizon != 0 || p.Table != "" {
		t.Errorf("pipeline = %+v; want the steps %v, and nothing of a forecast", p, want)
	}
	a.begin(t, "", map[string]string{"ScheduledTime": "2026-01-20T05:00:00Z"})
	d := day(19)
	got := dayOf(t, e, d, forecast.DaySucceeded)
	if words := stepWords(got.Steps); words != "Ingest Succeeded, Train Succeeded, Evaluate Succeeded, QualityGate Succeeded, Publish Succeeded, QualityFailed Skipped" {
		t.Errorf("steps = %s", words)
	}
	var unlogged []string
	for _, s := range got.Steps {
		if s.Unlogged != "" {
			unlogged = append(unlogged, string(s.Name)+" "+s.Unlogged+" "+s.Reason.Text)
		}
	}
	if want := []string{"QualityGate Condition it came out true: classification_metrics.auc.value >= {MinAuc}", "QualityFailed Fail "}; !slices.Equal(unlogged, want) {
		t.Errorf("without a log are %q; want %q", unlogged, want)
	}
	if got.Last.Cause != forecast.CauseSchedule || got.Last.Actor != "ops" || got.Last.ID != "2026-01-19-a1" || got.Last.Definition == "" {
		t.Errorf("attempt = %+v; want the first, by ops, of the schedule, with its definition", got.Last)
	}
	if got.Metrics["classification_metrics.auc"] != 0.81 || got.Evaluated() == nil {
		t.Errorf("metrics = %v; want the auc of the report", got.Metrics)
	}
	a.checkJobs(t, got)
	evaluation, err := e.Evaluation(t.Context(), got.Last.ID)
	must(t, err)
	if evaluation.Verdict != forecast.VerdictPassed || len(evaluation.Checks) != 1 || evaluation.Checks[0].Name != "QualityGate" {
		t.Errorf("evaluation = %+v; want that QualityGate let it pass", evaluation)
	}
	for step, want := range map[forecast.StepName]int{"": 4, "Train": 1, "QualityGate": 0} {
		stream, err := e.Logs(t.Context(), forecast.LogQuery{Execution: got.Last.ID, Step: step})
		must(t, err)
		lines := readAll(t, stream)
		if len(lines) != want || step != "" && want > 0 && (lines[0].Text != "this is Train" || lines[0].Step != step) {
			t.Errorf("log of %q = %v; want %d lines", step, lines, want)
		}
	}
}

// checkJobs compares waits, work and costs of a day with what SageMaker says of its
// jobs.
func (a *theirAccount) checkJobs(t *testing.T, got forecast.Day) {
	t.Helper()
	all := a.sim.Executions(theirPipeline)
	cost := 0.0
	for _, run := range all[len(all)-1].Steps {
		i := slices.IndexFunc(got.Steps, func(s forecast.Step) bool { return string(s.Name) == run.Name })
		step := got.Steps[i]
		switch {
		case run.Job == "":
			if step.StartUp(a.sim.Now()) != 0 {
				t.Errorf("%s waited %s for a machine that it has not", run.Name, step.StartUp(a.sim.Now()))
			}
			continue
		case run.Name == "Train":
			job, err := a.client.DescribeTrainingJob(t.Context(), &sagemaker.DescribeTrainingJobInput{TrainingJobName: &run.Job})
			must(t, err)
			cost += float64(*job.BillableTimeInSeconds) / 3600 * 0.23
			if !step.Started.Equal(*job.TrainingStartTime) {
				t.Errorf("%s started at %s; want %s, when it had its machine", run.Name, step.Started, job.TrainingStartTime)
			}
		default:
			job, err := a.client.DescribeProcessingJob(t.Context(), &sagemaker.DescribeProcessingJobInput{ProcessingJobName: &run.Job})
			must(t, err)
			cost += job.ProcessingEndTime.Sub(*job.ProcessingStartTime).Hours() * 0.115
			if !step.Started.Equal(*job.ProcessingStartTime) {
				t.Errorf("%s started at %s; want %s, when it had its machine", run.Name, step.Started, job.ProcessingStartTime)
			}
		}
		if wait := step.StartUp(a.sim.Now()); wait < 30*time.Second {
			t.Errorf("%s waited %s for its machine; want at least 30s", run.Name, wait)
		}
	}
	if math.Abs(cost-got.Last.Cost) > 1e-9 {
		t.Errorf("cost = %g; want %g", got.Last.Cost, cost)
	}
}

// readAll reads a log to its end.
func readAll(t *testing.T, stream forecast.LogStream) []forecast.LogLine {
	t.Helper()
	defer stream.Close()
	var all []forecast.LogLine
	for {
		lines, err := stream.Next(t.Context())
		if err != nil {
			return all
		}
		all = append(all, lines...)
	}
}

// carry makes a plan, applies it and drives it to its end.
func carry(ctx context.Context, e forecast.Engine, request forecast.PlanRequest) (forecast.Plan, error) {
	request.Actor = cmp.Or(request.Actor, "aki")
	p, err := e.Plan(ctx, request)
	if err != nil {
		return p, err
	}
	if p, err = e.Apply(ctx, p.ID); err != nil {
		return p, err
	}
	if err = e.Drive(ctx, p.ID); err != nil {
		return p, err
	}
	return e.PlanByID(ctx, p.ID)
}

func ofDates(kind forecast.PlanKind, start forecast.StartFrom, dates ...calendar.Date) forecast.PlanRequest {
	return forecast.PlanRequest{Kind: kind, Dates: dates, Start: start, Cause: forecast.CauseManual, Actor: "aki"}
}

// TestTheirGate: their Condition refuses. SageMaker does not retry that, so that a
// rerun takes over what was before the step that is judged.
func TestTheirGate(t *testing.T) {
	t.Parallel()
	a := newTheirAccount(t, theirOptions{})
	a.auc = 0.6
	e := a.open(t, nil)
	d := day(18)
	p, err := carry(t.Context(), e, ofDates(forecast.PlanRun, "", d))
	must(t, err)
	if row := p.Rows[0]; row.State != forecast.RowGated || !strings.Contains(row.Reason, "fresh execution of all steps with ProcessDate=2026-01-18") {
		t.Errorf("row = %+v; want it gated, and how it was started", row)
	}
	got := dayOf(t, e, d, forecast.DayGated)
	if got.Reason.Text != "QualityFailed: AUC below 0.75" || got.Last.Actor != "aki" {
		t.Errorf("day = %+v; want the words of their Fail step, and aki", got)
	}
	if words := stepWords(got.Steps); words != "Ingest Succeeded, Train Succeeded, Evaluate Succeeded, QualityGate Succeeded, Publish Skipped, QualityFailed Failed" {
		t.Errorf("steps = %s", words)
	}
	a.mu.Lock()
	a.auc = 0.9
	a.mu.Unlock()
	p, err = carry(t.Context(), e, ofDates(forecast.PlanRerun, forecast.StartFailedStep, d))
	must(t, err)
	row := p.Rows[0]
	if row.State != forecast.RowSucceeded || row.StartStep != "Evaluate" || !slices.Equal(row.Reused, []forecast.StepName{"Ingest", "Train"}) ||
		!strings.Contains(row.Reason, "selective execution from Evaluate with ProcessDate=2026-01-18, the rest taken over from a1, as SageMaker does not retry what ended in a Fail step (QualityFailed)") {
		t.Errorf("row = %+v; want a selective execution from Evaluate, and why", row)
	}
	got = dayOf(t, e, d, forecast.DaySucceeded)
	if words := stepWords(got.Steps); words != "Ingest Reused, Train Reused, Evaluate Succeeded, QualityGate Succeeded, Publish Succeeded, QualityFailed Skipped" ||
		got.Attempts != 2 || got.Steps[0].ReusedFrom != "2026-01-18-a1" || got.Last.Parent != "2026-01-18-a1" {
		t.Errorf("attempt %d of %s, steps %s; want two reused from a1", got.Attempts, got.Last.Parent, words)
	}
}

// TestTheirRetry: a job fails, and SageMaker goes on with the same execution: the
// same attempt.
func TestTheirRetry(t *testing.T) {
	t.Parallel()
	a := newTheirAccount(t, theirOptions{})
	a.plan("Train", awssim.Play{Exit: awssim.Exit{Code: 1}})
	e := a.open(t, nil)
	d := day(18)
	arn := a.begin(t, "", map[string]string{"ProcessDate": "2026-01-18"})
	got := dayOf(t, e, d, forecast.DayFailed)
	if step, _ := got.FailedStep(); step.Name != "Train" || step.Reason.Class != forecast.ReasonStep || got.Last.Ended.IsZero() {
		t.Errorf("day = %+v; want it failed at Train", got)
	}
	a.plan("Train", awssim.Play{})
	p, err := carry(t.Context(), e, ofDates(forecast.PlanRerun, forecast.StartFailedStep, d))
	must(t, err)
	if row := p.Rows[0]; row.State != forecast.RowSucceeded || row.Reopens != got.Last.ID || row.Execution != got.Last.ID || row.StartStep != "Train" ||
		!strings.Contains(row.Reason, "failed at Train (a1); retry from Train: SageMaker reopens the execution of a1") {
		t.Errorf("row = %+v; want that it reopens a1, and why", row)
	}
	got = dayOf(t, e, d, forecast.DaySucceeded)
	if got.Attempts != 1 || !strings.Contains(got.Last.Note, "retried by aki@forge") || got.Last.Plan != p.ID {
		t.Errorf("day = %+v; want one attempt, retried by aki", got)
	}
	if all := a.sim.Executions(theirPipeline); len(all) != 1 || !strings.HasSuffix(arn, all[0].ID) {
		t.Errorf("executions = %+v; want the one of before", all)
	}
}

// allowedBy returns the actions that policies allow.
func allowedBy(t *testing.T, documents []aws.Document) map[string]bool {
	t.Helper()
	text, err := json.Marshal(documents)
	must(t, err)
	var policies []struct {
		Document struct{ Statement []struct{ Action []string } }
	}
	must(t, json.Unmarshal(text, &policies))
	allowed := make(map[string]bool)
	for _, p := range policies {
		for _, s := range p.Document.Statement {
			for _, action := range s.Action {
				allowed[action] = true
			}
		}
	}
	return allowed
}
