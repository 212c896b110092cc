package awssim_test

import (
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	athenatypes "github.com/aws/aws-sdk-go-v2/service/athena/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/daybatch/daybatch/aws/awssim"
)

const sample = `{"id":"1","account":"123456789012","source":"aws.sagemaker","time":"2026-01-15T00:00:00Z","region":"ap-northeast-1",
"resources":["a","b"],"detail-type":"x","detail":{"status":"Failed","n":3,"none":null,"inner":{"name":"demand-daily"}}}`

func TestEventPatterns(t *testing.T) {
	t.Parallel()
	a := open(t, awssim.Options{})
	client := eventbridge.NewFromConfig(a.config)
	for pattern, want := range map[string]bool{
		`{"source":["aws.sagemaker"]}`:                                      true,
		`{"source":["aws.glue","aws.sagemaker"],"detail":{"n":[3]}}`:        true,
		`{"resources":["b"]}`:                                               true,
		`{"resources":["c"]}`:                                               false,
		`{"detail":{"inner":{"name":[{"prefix":"demand"}]}}}`:               true,
		`{"detail":{"inner":{"name":[{"suffix":"weekly"}]}}}`:               false,
		`{"detail":{"status":[{"anything-but":["Succeeded"]}]}}`:            true,
		`{"detail":{"status":[{"anything-but":{"prefix":"Fa"}}]}}`:          false,
		`{"detail":{"status":[{"equals-ignore-case":"failed"}]}}`:           true,
		`{"detail":{"n":[{"numeric":[">",1,"<=",3]}]}}`:                     true,
		`{"detail":{"n":[{"numeric":[">",3]}]}}`:                            false,
		`{"detail":{"none":[null]}}`:                                        true,
		`{"detail":{"absent":[null]}}`:                                      false,
		`{"detail":{"absent":[{"exists":false}],"n":[{"exists":true}]}}`:    true,
		`{"detail":{"status":{"deeper":["x"]}}}`:                            false,
		`{"detail":{"status":[{"something-else":"Failed"}]}}`:               false,
		`{"detail":{"status":["Succeeded",{"prefix":"F"}],"n":[3,4,"no"]}}`: true,
	} {
		out, err := client.TestEventPattern(t.Context(), &eventbridge.TestEventPatternInput{EventPattern: &pattern, Event: awssdk.String(sample)})
		if err != nil || out.Result != want {
			t.Errorf("%s: %v, %v; want %v", pattern, out, err, want)
		}
	}
	for _, pattern := range []string{`{}`, `{"source":"aws.sagemaker"}`, `{"source":[]}`, `{"detail":{}}`, `[`} {
		_, err := client.PutRule(t.Context(), &eventbridge.PutRuleInput{Name: awssdk.String("r"), EventPattern: &pattern})
		wantCode(t, pattern, err, "InvalidEventPatternException")
	}
	out, err := client.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []eventtypes.PutEventsRequestEntry{
		{Source: awssdk.String("aws.sagemaker"), DetailType: awssdk.String("x"), Detail: awssdk.String("{}")},
		{Source: awssdk.String("daybatch"), DetailType: awssdk.String("x"), Detail: awssdk.String("{}")},
	}})
	if err != nil || out.FailedEntryCount != 1 || *out.Entries[0].ErrorCode != "NotAuthorizedForSourceException" {
		t.Errorf("put events: %+v, %v; want the source of AWS refused", out, err)
	}
}

func TestPublish(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	a := open(t, awssim.Options{})
	client := sns.NewFromConfig(a.config)
	topic, err := client.CreateTopic(ctx, &sns.CreateTopicInput{Name: awssdk.String("alerts")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Publish(ctx, &sns.PublishInput{TopicArn: topic.TopicArn, Subject: awssdk.String("FAILED demand-daily"), Message: awssdk.String("line 1\n<&> é")}); err != nil {
		t.Fatal(err)
	}
	if m := a.Messages(); len(m) != 1 || m[0].Text != "line 1\n<&> é" || m[0].Subject != "FAILED demand-daily" || !strings.HasSuffix(m[0].By, "/aki") {
		t.Errorf("messages %+v", m)
	}
	_, err = client.Publish(ctx, &sns.PublishInput{TopicArn: topic.TopicArn, Message: awssdk.String(strings.Repeat("x", 256<<10+1))})
	wantCode(t, "a message that is too long", err, "InvalidParameter")
	_, err = client.Publish(ctx, &sns.PublishInput{TopicArn: topic.TopicArn, Message: awssdk.String("x"), Subject: awssdk.String("two\nlines")})
	wantCode(t, "a subject of two lines", err, "InvalidParameter")
	_, err = client.Publish(ctx, &sns.PublishInput{TopicArn: awssdk.String(*topic.TopicArn + "x"), Message: awssdk.String("x")})
	wantCode(t, "a topic that is not there", err, "NotFound")
	_, err = client.Subscribe(ctx, &sns.SubscribeInput{TopicArn: topic.TopicArn, Protocol: awssdk.String("https"), Endpoint: awssdk.String("https://example.com/hook")})
	wantCode(t, "a subscriber elsewhere", err, "InvalidParameter")
}

func TestQueryStates(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	a := open(t, awssim.Options{QueryTime: time.Minute, Quirks: awssim.Quirks{Athena: awssim.AthenaQuirks{Requeue: true}}})
	if err := a.CreateBucket(bucket); err != nil {
		t.Fatal(err)
	}
	client := athena.NewFromConfig(a.config)
	in := &athena.StartQueryExecutionInput{
		QueryString: awssdk.String("SELECT 1"), ClientRequestToken: awssdk.String(token),
		ResultConfiguration: &athenatypes.ResultConfiguration{OutputLocation: awssdk.String("s3://" + bucket + "/results/")},
	}
	first, err := client.StartQueryExecution(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := client.StartQueryExecution(ctx, in); err != nil || *again.QueryExecutionId != *first.QueryExecutionId {
		t.Errorf("the same token: %v, %v", again, err)
	}
	in.QueryString = awssdk.String("SELECT 2")
	_, err = client.StartQueryExecution(ctx, in)
	wantCode(t, "the same token for another query", err, "InvalidRequestException")
	var states []string
	state := func() {
		out, err := client.GetQueryExecution(ctx, &athena.GetQueryExecutionInput{QueryExecutionId: first.QueryExecutionId})
		if err != nil {
			t.Fatal(err)
		}
		states = append(states, string(out.QueryExecution.Status.State))
	}
	for range 4 {
		state()
		a.Advance(200 * time.Millisecond)
		a.Settle()
	}
	_, err = client.GetQueryResults(ctx, &athena.GetQueryResultsInput{QueryExecutionId: first.QueryExecutionId})
	wantCode(t, "results of a running query", err, "InvalidRequestException")
	if _, err := client.StopQueryExecution(ctx, &athena.StopQueryExecutionInput{QueryExecutionId: first.QueryExecutionId}); err != nil {
		t.Fatal(err)
	}
	state()
	a.Advance(time.Hour)
	state()
	if got := strings.Join(states, ", "); got != "QUEUED, RUNNING, QUEUED, RUNNING, CANCELLED, CANCELLED" {
		t.Errorf("states %s", got)
	}
}
