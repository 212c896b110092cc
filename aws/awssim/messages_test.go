package awssim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/quicksight"
	quicktypes "github.com/aws/aws-sdk-go-v2/service/quicksight/types"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/daybatch/daybatch/aws/awssim"
)

// inbox is a subscriber on the loopback interface that confirms.
type inbox struct {
	mu       sync.Mutex
	messages []string
}

func (b *inbox) serve(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var m struct{ Type, SubscribeURL, Message string }
		if json.Unmarshal(body, &m) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if m.Type == "SubscriptionConfirmation" {
			response, err := http.Get(m.SubscribeURL)
			if err == nil {
				response.Body.Close()
			}
			return
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		b.messages = append(b.messages, m.Message)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// TestScheduleToMessage goes the whole way: the schedule fires at six in Tokyo,
// the execution fails, its event matches a rule, and the topic's subscriber
// hears of it, once the topic's policy allows that.
func TestScheduleToMessage(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	a := open(t, awssim.Options{Script: func(awssim.Job) awssim.Play { return awssim.Play{Exit: awssim.Exit{Code: 1}} }})
	a.checked(t)
	a.pipeline(ctx, t, six())
	box := &inbox{}
	topics, rules, schedules := sns.NewFromConfig(a.config), eventbridge.NewFromConfig(a.config), scheduler.NewFromConfig(a.config)
	topic, err := topics.CreateTopic(ctx, &sns.CreateTopicInput{Name: awssdk.String("alerts")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := topics.Subscribe(ctx, &sns.SubscribeInput{TopicArn: topic.TopicArn, Protocol: awssdk.String("http"), Endpoint: awssdk.String(box.serve(t))}); err != nil {
		t.Fatal(err)
	}
	a.Settle()
	attributes, err := topics.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: topic.TopicArn})
	if err != nil || attributes.Attributes["SubscriptionsConfirmed"] != "1" {
		t.Fatalf("attributes %v, %v", attributes, err)
	}
	if _, err := rules.PutRule(ctx, &eventbridge.PutRuleInput{Name: awssdk.String("failed"), EventPattern: awssdk.String(
		`{"source":["aws.sagemaker"],"detail-type":["SageMaker Model Building Pipeline Execution Status Change"],` +
			`"detail":{"currentPipelineExecutionStatus":["Failed"],"pipelineArn":[{"suffix":"pipeline/demand-daily"}]}}`,
	)}); err != nil {
		t.Fatal(err)
	}
	if _, err := rules.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: awssdk.String("failed"), Targets: []eventtypes.Target{
		{Id: awssdk.String("topic"), Arn: topic.TopicArn, InputTransformer: &eventtypes.InputTransformer{
			InputPathsMap: map[string]string{"status": "$.detail.currentPipelineExecutionStatus", "arn": "$.detail.pipelineExecutionArn"},
			InputTemplate: awssdk.String(`"<status>: <arn>"`),
		}},
	}}); err != nil {
		t.Fatal(err)
	}
	if _, err := schedules.CreateSchedule(ctx, &scheduler.CreateScheduleInput{
		Name: awssdk.String("demand-daily"), ScheduleExpression: awssdk.String("cron(0 6 * * ? *)"), ScheduleExpressionTimezone: awssdk.String("Asia/Tokyo"),
		FlexibleTimeWindow: &types.FlexibleTimeWindow{Mode: types.FlexibleTimeWindowModeOff},
		Target: &types.Target{
			Arn: awssdk.String("arn:aws:scheduler:::aws-sdk:sagemaker:startPipelineExecution"), RoleArn: awssdk.String("arn:aws:iam::123456789012:role/daybatch-scheduler"),
			Input: awssdk.String(`{"PipelineName":"demand-daily","ClientRequestToken":"daybatch/demand-daily/<aws.scheduler.scheduled-time>",` +
				`"PipelineParameters":[{"Name":"Date","Value":"<aws.scheduler.scheduled-time>"}]}`),
		},
	}); err != nil {
		t.Fatal(err)
	}
	a.Advance(24 * time.Hour)
	a.Settle()
	e := a.Executions(demand)
	if len(e) != 1 || e[0].Status != "Failed" || e[0].Parameters["Date"] != "2026-01-01T21:00:00Z" || !strings.HasPrefix(e[0].Name, "execution-") {
		t.Fatalf("executions %+v", e)
	}
	if failed := a.FailedDeliveries(); len(failed) != 1 || !strings.Contains(failed[0], "policy") || len(a.Messages()) != 0 {
		t.Errorf("failed deliveries %v, messages %v; want the policy in the way", failed, a.Messages())
	}
	if _, err := topics.SetTopicAttributes(ctx, &sns.SetTopicAttributesInput{TopicArn: topic.TopicArn, AttributeName: awssdk.String("Policy"), AttributeValue: awssdk.String(
		`{"Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sns:Publish","Resource":"*"}]}`,
	)}); err != nil {
		t.Fatal(err)
	}
	a.SetQuirks(awssim.Quirks{Events: awssim.EventQuirks{Repeat: true}})
	a.Advance(24 * time.Hour)
	a.Settle()
	box.mu.Lock()
	defer box.mu.Unlock()
	if len(box.messages) != 2 || !strings.HasPrefix(box.messages[0], `"Failed: arn:aws:sagemaker:`) {
		t.Errorf("the subscriber got %q; want the failure twice", box.messages)
	}
	if f := a.Firings(); len(f) != 2 || f[0].Error != "" {
		t.Errorf("firings %+v", f)
	}
}

// TestTemplates puts the templates of EventBridge's user guide, and some that it does
// not take.
func TestTemplates(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		template string
		want     string // what the topic gets
		refused  string // a part of the answer; empty: it is taken
	}{
		"a text":                    {template: `"instance <instance> is in <state>"`, want: `"instance i-1 is in RUNNING"`},
		"a text with quotes":        {template: `"instance \"<instance>\" is in <state>"`, want: `"instance \"i-1\" is in RUNNING"`},
		"several lines":             {template: "\"FAILED <instance>\"\n\"\"\n  \"<state>\"\n", want: "\"FAILED i-1\"\n\"\"\n  \"RUNNING\"\n"},
		"an object":                 {template: `{"instance": <instance>, "said": "<instance> is <state>"}`, want: `{"instance": "i-1", "said": "i-1 is RUNNING"}`},
		"a list, static values too": {template: `{"state": [9, <state>, true]}`, want: `{"state": [9, "RUNNING", true]}`},
		"what the event lacks":      {template: `"<state> <gone>."`, want: `"RUNNING ."`},
		"names of EventBridge's":    {template: `"<aws.events.rule-name> triggered"`, want: `"instances triggered"`},
		"a comparison":              {template: `"1 < 2"`, want: `"1 < 2"`},

		"a text without quotes":      {template: `instance <instance>`, refused: "Invalid InputTemplate"},
		"a line without quotes":      {template: "\"FAILED\"\n<state>", refused: "Invalid InputTemplate"},
		"two texts in a line":        {template: `"FAILED" "again"`, refused: "Invalid InputTemplate"},
		"lines of objects":           {template: "{\"a\": 1}\n{\"b\": 2}", refused: "Invalid InputTemplate"},
		"a quote that is open":       {template: `"FAILED`, refused: "Invalid InputTemplate"},
		"a placeholder without path": {template: `"<nothing>"`, refused: "invalid placeholder nothing"},
		"a text that is longer":      {template: `"` + strings.Repeat("x", 8192) + `"`, refused: "Invalid InputTransformer"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			a := open(t, awssim.Options{})
			topics, rules := sns.NewFromConfig(a.config), eventbridge.NewFromConfig(a.config)
			topic, err := topics.CreateTopic(ctx, &sns.CreateTopicInput{Name: awssdk.String("alerts"), Attributes: map[string]string{
				"Policy": `{"Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sns:Publish","Resource":"*"}]}`,
			}})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := rules.PutRule(ctx, &eventbridge.PutRuleInput{Name: awssdk.String("instances"), EventPattern: awssdk.String(`{"source":["team"]}`)}); err != nil {
				t.Fatal(err)
			}
			_, err = rules.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: awssdk.String("instances"), Targets: []eventtypes.Target{
				{Id: awssdk.String("topic"), Arn: topic.TopicArn, InputTransformer: &eventtypes.InputTransformer{
					InputPathsMap: map[string]string{"instance": "$.detail.instance-id", "state": "$.detail.state", "gone": "$.detail.gone"},
					InputTemplate: &tt.template,
				}},
			}})
			if tt.refused != "" {
				wantCode(t, name, err, "ValidationException")
				if err != nil && !strings.Contains(err.Error(), tt.refused) {
					t.Errorf("%v; want one that says %s", err, tt.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := rules.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []eventtypes.PutEventsRequestEntry{
				{Source: awssdk.String("team"), DetailType: awssdk.String("state"), Detail: awssdk.String(`{"instance-id": "i-1", "state": "RUNNING"}`)},
			}}); err != nil {
				t.Fatal(err)
			}
			if got := a.Messages(); len(got) != 1 || got[0].Text != tt.want {
				t.Errorf("%s makes %+v; want %s", tt.template, got, tt.want)
			}
		})
	}
}

func TestSchedules(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	a := open(t, awssim.Options{})
	a.checked(t)
	client := scheduler.NewFromConfig(a.config)
	in := func(expression string) *scheduler.CreateScheduleInput {
		return &scheduler.CreateScheduleInput{
			Name: awssdk.String("s"), ScheduleExpression: &expression, FlexibleTimeWindow: &types.FlexibleTimeWindow{Mode: types.FlexibleTimeWindowModeOff},
			Description: awssdk.String("first"), Target: &types.Target{
				Arn: awssdk.String("arn:aws:sagemaker:ap-northeast-1:123456789012:pipeline/nothing"), RoleArn: awssdk.String("arn:aws:iam::123456789012:role/daybatch-scheduler"),
				RetryPolicy: &types.RetryPolicy{MaximumRetryAttempts: awssdk.Int32(0)},
			},
		}
	}
	if _, err := client.CreateSchedule(ctx, in("rate(1 hour)")); err != nil {
		t.Fatal(err)
	}
	_, err := client.CreateSchedule(ctx, in("rate(1 hour)"))
	wantCode(t, "create of a schedule that is there", err, "ConflictException")
	old := in("at(2026-01-03T03:00:00)")
	if _, err := client.UpdateSchedule(ctx, &scheduler.UpdateScheduleInput{
		Name: old.Name, ScheduleExpression: old.ScheduleExpression, FlexibleTimeWindow: old.FlexibleTimeWindow, Target: old.Target,
	}); err != nil {
		t.Fatal(err)
	}
	got, err := client.GetSchedule(ctx, &scheduler.GetScheduleInput{Name: old.Name})
	if err != nil || got.Description != nil || *got.ScheduleExpression != "at(2026-01-03T03:00:00)" {
		t.Errorf("after the update: %+v, %v; want no description", got, err)
	}
	list, err := client.ListSchedules(ctx, &scheduler.ListSchedulesInput{NamePrefix: awssdk.String("s")})
	if err != nil || len(list.Schedules) != 1 {
		t.Errorf("schedules %+v, %v", list, err)
	}
	a.Advance(7 * 24 * time.Hour)
	f := a.Firings()
	if len(f) != 1 || !f[0].Scheduled.Equal(time.Date(2026, 1, 3, 3, 0, 0, 0, time.UTC)) || !strings.Contains(f[0].Error, "ResourceNotFound") {
		t.Errorf("firings %+v; want one, at the pipeline that is not there", f)
	}
	if _, err := client.DeleteSchedule(ctx, &scheduler.DeleteScheduleInput{Name: old.Name}); err != nil {
		t.Fatal(err)
	}
	_, err = client.GetSchedule(ctx, &scheduler.GetScheduleInput{Name: old.Name})
	wantCode(t, "a deleted schedule", err, "ResourceNotFoundException")
}

func TestIngestions(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	a := open(t, awssim.Options{})
	a.checked(t)
	a.AddDataSet(awssim.DataSet{ID: "demand", PerDay: 2})
	a.AddDataSet(awssim.DataSet{ID: "direct", DirectQuery: true})
	client := quicksight.NewFromConfig(a.config)
	create := func(set, id string) error {
		_, err := client.CreateIngestion(ctx, &quicksight.CreateIngestionInput{
			AwsAccountId: awssdk.String("123456789012"), DataSetId: &set, IngestionId: &id, IngestionType: quicktypes.IngestionTypeFullRefresh,
		})
		return err
	}
	if err := create("demand", "one"); err != nil {
		t.Fatal(err)
	}
	status := func() quicktypes.IngestionStatus {
		out, err := client.DescribeIngestion(ctx, &quicksight.DescribeIngestionInput{
			AwsAccountId: awssdk.String("123456789012"), DataSetId: awssdk.String("demand"), IngestionId: awssdk.String("one"),
		})
		if err != nil {
			t.Fatal(err)
		}
		return out.Ingestion.IngestionStatus
	}
	for _, want := range []quicktypes.IngestionStatus{"INITIALIZED", "QUEUED", "RUNNING", "COMPLETED"} {
		if got := status(); got != want {
			t.Errorf("status %s; want %s", got, want)
		}
		a.Advance(map[quicktypes.IngestionStatus]time.Duration{"INITIALIZED": time.Second, "QUEUED": 4 * time.Second, "RUNNING": time.Minute}[want])
	}
	wantCode(t, "an id used before", create("demand", "one"), "ResourceExistsException")
	if err := create("demand", "two"); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "more than the daily limit", create("demand", "three"), "LimitExceededException")
	a.Advance(24 * time.Hour)
	if err := create("demand", "three"); err != nil {
		t.Error(err)
	}
	wantCode(t, "a data set outside SPICE", create("direct", "one"), "InvalidParameterValueException")
	wantCode(t, "no data set", create("nothing", "one"), "ResourceNotFoundException")
}
