package deploy_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	sagemakertypes "github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
	schedulertypes "github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/internal/deploy"
	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
)

const (
	tableName    = "daybatch.demand_forecast"
	scheduleName = "daybatch-demand-daily"
	ruleName     = "daybatch-demand-daily-failed"
	topicARN     = "arn:aws:sns:ap-northeast-1:123456789012:alerts"
)

// options are a project that has everything.
func options() deploy.Options {
	return deploy.Options{
		Salt: "2026-11-25T06:00:00Z",
		Settings: settings.Settings{
			Region: "ap-northeast-1", Bucket: "example-forecast", Prefix: "daybatch/demand-daily",
			Role: "arn:aws:iam::123456789012:role/daybatch-job", SchedulerRole: "arn:aws:iam::123456789012:role/daybatch-scheduler",
			Image: "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/daybatch:1.0", Layout: settings.LayoutSteps,
			Machine:  settings.Machine{Instance: "ml.m5.xlarge", VolumeGB: 30, MaxRuntime: 6 * time.Hour},
			Database: "daybatch", Workgroup: "primary", Topic: "alerts", Prices: settings.Prices(),
		},
		Definition: forecast.Definition{
			Pipeline: "demand-daily", Timezone: "Asia/Tokyo", Schedule: "cron(0 6 * * ? *)", LagDays: 1,
			Source: forecast.Source{
				Files: map[string]string{"orders": "raw.orders"}, Query: "SELECT * FROM orders WHERE ds <= {{.Date}}",
				Series: []string{"vehicle", "Region"}, Time: "ds", Value: "orders",
			},
			Forecast: forecast.Settings{Horizon: 28, Levels: []int{80, 95}},
			Gate:     forecast.Gate{WAPE: 0.35},
			Target:   forecast.Target{Table: "demand_forecast"},
		},
	}
}

func open(t *testing.T, a *account, o deploy.Options) *deploy.Deployment {
	t.Helper()
	d, err := deploy.New(o, a.clients())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func plan(t *testing.T, a *account, o deploy.Options) deploy.Plan {
	t.Helper()
	p, err := open(t, a, o).Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// apply plans and applies, and wants it to succeed.
func apply(t *testing.T, a *account, o deploy.Options) {
	t.Helper()
	if err := open(t, a, o).Apply(t.Context(), plan(t, a, o), nil); err != nil {
		t.Fatal(err)
	}
}

// actions returns a plan as words.
func actions(p deploy.Plan) []string {
	var words []string
	for _, c := range p.Changes {
		words = append(words, string(c.Kind)+" "+c.Name+" "+string(c.Action))
	}
	return words
}

// change returns the change of a kind that is not a pipeline.
func change(t *testing.T, p deploy.Plan, kind deploy.Kind) deploy.Change {
	t.Helper()
	i := slices.IndexFunc(p.Changes, func(c deploy.Change) bool { return c.Kind == kind })
	if i < 0 {
		t.Fatalf("plan %v has no %s", actions(p), kind)
	}
	return p.Changes[i]
}

// TestFirstAndSecond: the first deployment makes everything in an order in which
// nothing refers to what is not there; the second finds nothing to do.
func TestFirstAndSecond(t *testing.T) {
	t.Parallel()
	a, o := newAccount(), options()
	hash, err := o.Definition.Hash()
	if err != nil {
		t.Fatal(err)
	}
	key := "daybatch/demand-daily/projects/" + hash + ".json"
	first := plan(t, a, o)
	want := []string{
		"bucket example-forecast keep", "project " + key + " create", "database daybatch create", "table " + tableName + " create",
		"pipeline demand-daily-range create", "pipeline demand-daily create", "topic alerts create",
		"rule " + ruleName + " create", "schedule " + scheduleName + " create",
	}
	if diff := cmp.Diff(want, actions(first)); diff != "" {
		t.Errorf("plan of an empty account (-want +got):\n%s", diff)
	}
	if len(a.writes) > 0 {
		t.Errorf("a plan wrote %v", a.writes)
	}
	var told []string
	if err := open(t, a, o).Apply(t.Context(), first, func(c deploy.Change) { told = append(told, string(c.Kind)) }); err != nil {
		t.Fatal(err)
	}
	if want := []string{"project", "database", "table", "pipeline", "pipeline", "topic", "rule", "schedule"}; !slices.Equal(told, want) {
		t.Errorf("told of %v; want %v", told, want)
	}
	writes := []string{
		"PutObject", "CreateDatabase", "CreateTable", "CreatePipeline demand-daily-range", "CreatePipeline demand-daily",
		"CreateTopic", "SetTopicAttributes", "PutRule", "PutTargets", "CreateSchedule",
	}
	if diff := cmp.Diff(writes, a.writes); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	again := plan(t, a, o)
	if n := again.Count(deploy.ActionKeep); n != len(again.Changes) {
		t.Errorf("second plan = %v; want everything kept", again.Changes)
	}
	a.writes = nil
	apply(t, a, o)
	if len(a.writes) > 0 {
		t.Errorf("the second deployment wrote %v", a.writes)
	}
	var d forecast.Definition
	if err := json.Unmarshal([]byte(a.objects["example-forecast/"+key]), &d); err != nil {
		t.Fatal(err)
	}
	if got, err := d.Hash(); got != hash || err != nil {
		t.Errorf("hash of the definition in S3 = %s, %v; want %s", got, err, hash)
	}
}

// TestLayoutFused: the pipeline of ranges is left behind, and the plan says so.
func TestLayoutFused(t *testing.T) {
	t.Parallel()
	a, o := newAccount(), options()
	apply(t, a, o)
	o.Settings.Layout = settings.LayoutFused
	c := change(t, plan(t, a, o), deploy.KindPipeline)
	if c.Action != deploy.ActionUpdate || !strings.Contains(c.Reason, "demand-daily-range is used no more") {
		t.Errorf("change of the layout = %s, %q; want a word on the pipeline of ranges", c.Action, c.Reason)
	}
	// What it comes to leads, and counts each of the many fields once.
	var got []string
	fields := 0
	for _, g := range c.Gists() {
		got = append(got, string(g.Action)+" "+g.Field.Name)
		fields += g.Fields
	}
	want := []string{
		"update Metadata.layout", "delete Steps.Extract", "delete Steps.Gate", "delete Steps.PreProc", "create Steps.Run", // Gate has the others
		"delete Steps.Train", "delete Steps.TrainEvaluation", "create Parameters.Carrier", "create Parameters.Dates",
	}
	if diff := cmp.Diff(want, got); diff != "" || fields != len(c.Fields) {
		t.Errorf("gists of %d fields, which has %d (-want +got):\n%s", fields, len(c.Fields), diff)
	}
}

// TestWhatIsMade looks at what other services read.
func TestWhatIsMade(t *testing.T) {
	t.Parallel()
	a, o := newAccount(), options()
	apply(t, a, o)
	table := a.tables[tableName]
	var columns []string
	for _, c := range table.StorageDescriptor.Columns {
		columns = append(columns, *c.Name+" "+*c.Type)
	}
	want := []string{
		"vehicle string", "region string", "ds date", "yhat double", "lo80 double", "hi80 double", "lo95 double", "hi95 double",
		"horizon bigint", "model string", "made_for date", "forecast_kind string", "forecast_age bigint", "generation string",
	}
	if diff := cmp.Diff(want, columns); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	if got, want := *table.StorageDescriptor.Location, "s3://example-forecast/daybatch/demand-daily/tables/demand_forecast/"; got != want {
		t.Errorf("location of the table = %s; want %s", got, want)
	}
	if got := table.PartitionKeys; len(got) != 1 || *got[0].Name != "dt" || *got[0].Type != "date" {
		t.Errorf("partition keys = %v; want dt, a date", got)
	}
	s := a.schedules[scheduleName]
	input := `{"PipelineName":"demand-daily","ClientRequestToken":"daybatch/demand-daily/<aws.scheduler.scheduled-time>",` +
		`"PipelineParameters":[{"Name":"ScheduledTime","Value":"<aws.scheduler.scheduled-time>"}]}`
	if *s.Target.Input != input || *s.Target.Arn != "arn:aws:scheduler:::aws-sdk:sagemaker:startPipelineExecution" {
		t.Errorf("target of the schedule = %s with %s; want the call with %s", *s.Target.Arn, *s.Target.Input, input)
	}
	if *s.ScheduleExpression != "cron(0 6 * * ? *)" || *s.ScheduleExpressionTimezone != "Asia/Tokyo" || *s.Target.RoleArn != o.Settings.SchedulerRole {
		t.Errorf("schedule = %s in %s as %s", *s.ScheduleExpression, *s.ScheduleExpressionTimezone, *s.Target.RoleArn)
	}
	pattern := `{"detail":{"currentPipelineExecutionStatus":["Failed"],"pipelineArn":["arn:aws:sagemaker:ap-northeast-1:123456789012:pipeline/demand-daily",` +
		`"arn:aws:sagemaker:ap-northeast-1:123456789012:pipeline/demand-daily-range"]},"detail-type":["SageMaker Model Building Pipeline Execution Status Change"],"source":["aws.sagemaker"]}`
	if got := *a.rules[ruleName].EventPattern; got != pattern {
		t.Errorf("pattern = %s; want %s", got, pattern)
	}
	if policy := a.topics[topicARN]["Policy"]; !strings.Contains(policy, "__default_statement_ID") || !strings.Contains(policy, "events.amazonaws.com") {
		t.Errorf("policy of the topic = %s; want its own statement and ours", policy)
	}
}

// TestLostReplies: an answer that gets lost after the work was done counts as
// done, for each operation.
func TestLostReplies(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{
		"PutObject", "CreateDatabase", "CreateTable", "CreatePipeline demand-daily", "CreateTopic", "SetTopicAttributes", "PutRule", "PutTargets", "CreateSchedule",
	} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			a, o := newAccount(), options()
			lost := 0
			a.lose = func(done string) error {
				if done != operation {
					return nil
				}
				lost++
				return errors.New("connection reset by peer")
			}
			err := open(t, a, o).Apply(t.Context(), plan(t, a, o), nil)
			if lost == 0 {
				t.Fatalf("%s was never called", operation)
			}
			if whole := operation != "CreateTopic" && operation != "PutRule"; (err == nil) != whole {
				t.Fatalf("apply with the answer of %s lost: %v; want success %v", operation, err, whole)
			}
			// What takes two calls is not whole after the first: the next one goes on.
			a.lose = nil
			apply(t, a, o)
			if p := plan(t, a, o); p.Count(deploy.ActionKeep) != len(p.Changes) {
				t.Errorf("plan afterwards = %v; want everything kept", actions(p))
			}
		})
	}
}

// TestSomebodyElse: what another deployment makes just before counts as done.
func TestSomebodyElse(t *testing.T) {
	t.Parallel()
	for operation, code := range map[string]string{
		"PutObject": "PreconditionFailed", "CreateDatabase": "AlreadyExistsException", "CreateTable": "AlreadyExistsException",
		"CreatePipeline demand-daily": "ConflictException", "CreateSchedule": "ConflictException",
	} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			a, o := newAccount(), options()
			p := plan(t, a, o)
			a.refuse = func(asked string) error {
				if asked != operation {
					return nil
				}
				a.refuse = nil
				apply(t, a, o)
				return answer(code)
			}
			if err := open(t, a, o).Apply(t.Context(), p, nil); err != nil {
				t.Errorf("apply while another one is faster at %s: %v", operation, err)
			}
			if p := plan(t, a, o); p.Count(deploy.ActionKeep) != len(p.Changes) {
				t.Errorf("plan afterwards = %v; want everything kept", actions(p))
			}
		})
	}
}

// TestRefusals: what fails is told with its kind, what comes later is not done,
// and the next deployment goes on.
func TestRefusals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		operation, code string
		want            error
	}{
		{"PutObject", "AccessDenied", forecast.ErrUnauthorised},
		{"CreateTable", "AlreadyExistsException", forecast.ErrConflict},
		{"CreatePipeline demand-daily", "ResourceLimitExceeded", forecast.ErrUnavailable},
		{"PutRule", "InvalidEventPatternException", forecast.ErrInvalid},
		{"CreateSchedule", "ThrottlingException", forecast.ErrUnavailable},
		// Of PutTargets, in an answer that is a success.
		{"FailedEntry", "", forecast.ErrUnavailable},
		{"FailedEntry", "ConcurrentModificationException", forecast.ErrUnavailable},
		{"FailedEntry", "ValidationException", forecast.ErrInvalid},
		{"FailedEntry", "AccessDeniedException", forecast.ErrUnauthorised},
	}
	for _, test := range tests {
		t.Run(test.operation+" "+test.code, func(t *testing.T) {
			t.Parallel()
			a, o := newAccount(), options()
			a.refuse = func(asked string) error {
				if asked == test.operation {
					return answer(test.code)
				}
				return nil
			}
			err := open(t, a, o).Apply(t.Context(), plan(t, a, o), nil)
			if !errors.Is(err, test.want) {
				t.Fatalf("apply with %s answered by %q: %v; want %v", test.operation, test.code, err, test.want)
			}
			if a.schedules[scheduleName] != nil {
				t.Error("there is a schedule although something before it failed")
			}
			a.refuse = nil
			apply(t, a, o)
		})
	}
}

// TestNotOurs: a pipeline without our tag is refused, and nothing is done.
func TestNotOurs(t *testing.T) {
	t.Parallel()
	a, o := newAccount(), options()
	apply(t, a, o)
	a.tags["arn:aws:sagemaker:ap-northeast-1:123456789012:pipeline/demand-daily"] = []sagemakertypes.Tag{{Key: awssdk.String("team"), Value: awssdk.String("x")}}
	a.writes = nil
	o.Settings.Image = "other"
	p := plan(t, a, o)
	if p.Count(deploy.ActionRefuse) != 1 {
		t.Errorf("plan = %v; want demand-daily refused", actions(p))
	}
	err := open(t, a, o).Apply(t.Context(), p, nil)
	if !errors.Is(err, forecast.ErrConflict) || !strings.Contains(err.Error(), "daybatch did not make it") {
		t.Errorf("apply: %v; want that daybatch did not make it", err)
	}
	if len(a.writes) > 0 {
		t.Errorf("a refused plan wrote %v", a.writes)
	}
}

// TestUpdate: fields that differ are told by their names, and what changes
// meanwhile is not overwritten.
func TestUpdate(t *testing.T) {
	t.Parallel()
	a, o := newAccount(), options()
	apply(t, a, o)
	a.pipelines["demand-daily"].ParallelismConfiguration = &sagemakertypes.ParallelismConfiguration{MaxParallelExecutionSteps: awssdk.Int32(3)}
	o.Settings.Steps = map[forecast.StepName]settings.Machine{forecast.Train: {Instance: "ml.m5.4xlarge"}}
	p := plan(t, a, o)
	var got deploy.Change
	for _, c := range p.Changes {
		if c.Name == "demand-daily" {
			got = c
		}
	}
	want := []deploy.Field{{Name: "Steps.Train.Arguments.ResourceConfig.InstanceType", From: "ml.m5.xlarge", To: "ml.m5.4xlarge"}}
	if diff := cmp.Diff(want, got.Fields); diff != "" || got.Action != deploy.ActionUpdate {
		t.Errorf("change of demand-daily = %s (-want +got):\n%s", got.Action, diff)
	}
	// Somebody else deploys in between.
	other := o
	other.Settings.Image = "other"
	apply(t, a, other)
	if err := open(t, a, o).Apply(t.Context(), p, nil); !errors.Is(err, forecast.ErrConflict) {
		t.Errorf("apply of an old plan: %v; want a conflict", err)
	}
	apply(t, a, o)
	if got := a.pipelines["demand-daily"]; *got.ParallelismConfiguration.MaxParallelExecutionSteps != 3 || !strings.Contains(*got.PipelineDefinition, "ml.m5.4xlarge") {
		t.Errorf("pipeline = %+v; want the new instance and the parallelism as it was", got)
	}
}

// TestDoubts: an instance type that is misspelt is said before the first job
// fails by it.
func TestDoubts(t *testing.T) {
	t.Parallel()
	o := options()
	o.Settings.Steps = map[forecast.StepName]settings.Machine{forecast.Train: {Instance: "ml.m5.4xlage"}, forecast.Predict: {Instance: "ml.m5.4xlage"}}
	c := change(t, plan(t, newAccount(), o), deploy.KindPipeline)
	if want := "it runs the dates of a backfill that share a job; not known as instance types of processing jobs: ml.m5.4xlage; not known as instance types of training jobs: ml.m5.4xlage"; c.Reason != want || c.Action != deploy.ActionCreate {
		t.Errorf("change = %+v; want %q", c, want)
	}
	if c := change(t, plan(t, newAccount(), options()), deploy.KindPipeline); c.Reason != "it runs the dates of a backfill that share a job" {
		t.Errorf("change = %+v; want no doubts", c)
	}
}

// TestSchedule: an update sends back what an operator has set, and a project
// without a schedule switches off what it had, and on again.
func TestSchedule(t *testing.T) {
	t.Parallel()
	a, o := newAccount(), options()
	apply(t, a, o)
	s := a.schedules[scheduleName]
	s.State = schedulertypes.ScheduleStateDisabled
	s.FlexibleTimeWindow = &schedulertypes.FlexibleTimeWindow{Mode: schedulertypes.FlexibleTimeWindowModeFlexible, MaximumWindowInMinutes: awssdk.Int32(5)}
	s.Target.RetryPolicy = &schedulertypes.RetryPolicy{MaximumRetryAttempts: awssdk.Int32(7)}
	s.Target.DeadLetterConfig = &schedulertypes.DeadLetterConfig{Arn: awssdk.String("arn:aws:sqs:ap-northeast-1:123456789012:dead")}
	c := change(t, plan(t, a, o), deploy.KindSchedule)
	if c.Action != deploy.ActionKeep || !c.Wrong || !strings.Contains(c.Reason, "disabled") {
		t.Errorf("a schedule that an operator disabled: %+v; want it kept, and said", c)
	}
	o.Definition.Schedule = "cron(30 7 * * ? *)"
	apply(t, a, o)
	got := a.schedules[scheduleName]
	if *got.ScheduleExpression != o.Definition.Schedule || got.State != schedulertypes.ScheduleStateDisabled ||
		*got.FlexibleTimeWindow.MaximumWindowInMinutes != 5 || *got.Target.RetryPolicy.MaximumRetryAttempts != 7 || got.Target.DeadLetterConfig == nil {
		t.Errorf("schedule after an update = %+v; want only the expression changed", got)
	}
	got.State = schedulertypes.ScheduleStateEnabled
	off := o
	off.Definition.Schedule = ""
	apply(t, a, off)
	if got := a.schedules[scheduleName]; got.State != schedulertypes.ScheduleStateDisabled {
		t.Errorf("state of the schedule of a project without one = %s; want disabled", got.State)
	}
	apply(t, a, o)
	if got := a.schedules[scheduleName]; got.State != schedulertypes.ScheduleStateEnabled {
		t.Errorf("state of the schedule once the project has one again = %s; want enabled", got.State)
	}
	a.schedules[scheduleName].Target.Input = awssdk.String(`{"PipelineName":"theirs"}`)
	if c := change(t, plan(t, a, o), deploy.KindSchedule); c.Action != deploy.ActionRefuse {
		t.Errorf("a schedule that starts another pipeline: %+v; want it refused", c)
	}
}

func TestNoScheduler(t *testing.T) {
	t.Parallel()
	o := options()
	o.Settings.SchedulerRole, o.Settings.Topic = "", ""
	p := plan(t, newAccount(), o)
	if c := change(t, p, deploy.KindSchedule); c.Action != deploy.ActionKeep || !strings.Contains(c.Reason, "scheduler_role") {
		t.Errorf("schedule without a role: %+v; want none, and why", c)
	}
	if slices.ContainsFunc(p.Changes, func(c deploy.Change) bool { return c.Kind == deploy.KindTopic || c.Kind == deploy.KindRule }) {
		t.Errorf("plan without a topic = %v; want neither topic nor rule", actions(p))
	}
}
