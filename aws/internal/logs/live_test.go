package logs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go/eventstream"
	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/internal/logs"
	"github.com/daybatch/daybatch/forecast"
)

const account = "arn:aws:logs:eu-west-1:123456789012"

// frame writes a message of an event stream.
func frame(t *testing.T, w io.Writer, kind, name string, payload any) {
	t.Helper()
	body, err := json.Marshal(payload)
	if err != nil {
		t.Fatalf("Marshal(%v) = %v", payload, err)
	}
	msg := eventstream.Message{Payload: body}
	msg.Headers.Set(":message-type", eventstream.StringValue(kind))
	msg.Headers.Set(":"+kind+"-type", eventstream.StringValue(name))
	msg.Headers.Set(":content-type", eventstream.StringValue("application/json"))
	if err := eventstream.NewEncoder().Encode(w, msg); err != nil {
		t.Errorf("Encode = %v", err)
	}
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}

// update is a second of a live tail.
func update(sampled bool, messages ...string) map[string]any {
	results := []map[string]any{}
	for i, message := range messages {
		results = append(results, map[string]any{
			"logStreamName": streamName, "timestamp": began.UnixMilli() + int64(i), "message": message,
		})
	}
	return map[string]any{"sessionMetadata": map[string]any{"sampled": sampled}, "sessionResults": results}
}

// liveClient returns the SDK's client of a server, by the server's own address:
// with "stream-" before it there is no such host.
func liveClient(t *testing.T, handler http.HandlerFunc) *cloudwatchlogs.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return cloudwatchlogs.New(cloudwatchlogs.Options{
		Region: "eu-west-1", BaseEndpoint: awssdk.String(server.URL), RetryMaxAttempts: 1,
		Credentials: awssdk.CredentialsProviderFunc(func(context.Context) (awssdk.Credentials, error) {
			return awssdk.Credentials{AccessKeyID: "AKID", SecretAccessKey: "SECRET"}, nil
		}),
	})
}

func liveQuery() logs.LiveQuery {
	return logs.LiveQuery{Jobs: []logs.Job{runningJob}}
}

// TestLive watches a session over the SDK until its time is over.
func TestLive(t *testing.T) {
	t.Parallel()
	asked := make(chan map[string]any, 1)
	client := liveClient(t, func(w http.ResponseWriter, r *http.Request) {
		var in map[string]any
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Errorf("request: %v", err)
		}
		asked <- in
		w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
		frame(t, w, "event", "initial-response", map[string]any{})
		frame(t, w, "event", "sessionStart", map[string]any{"sessionId": "1"})
		frame(t, w, "event", "sessionUpdate", update(false))
		frame(t, w, "event", "sessionUpdate", update(false, "2026-01-15T06:00:00.000000Z one", "two\nthree"))
		frame(t, w, "event", "sessionUpdate", update(true, "four"))
		frame(t, w, "exception", "SessionTimeoutException", map[string]any{"message": "The session has timed out."})
	})
	live, err := logs.New(nil, later()).Live(t.Context(), client, liveQuery())
	if err != nil {
		t.Fatalf("Live = %v; want a session", err)
	}
	defer func() { _ = live.Close() }()
	want := map[string]any{
		"logGroupIdentifiers":   []any{account + ":log-group:/aws/sagemaker/TrainingJobs"},
		"logStreamNamePrefixes": []any{runningJob.Name + "/"},
	}
	if diff := cmp.Diff(want, <-asked); diff != "" {
		t.Errorf("request (-want +got): %s", diff)
	}
	for _, want := range []struct {
		texts   []string
		sampled bool
	}{{[]string{"Train: one", "Train: two", "Train: three"}, false}, {[]string{"Train: four"}, true}} {
		got, nextErr := live.Next(t.Context())
		if nextErr != nil || !slices.Equal(texts(got.Lines), want.texts) || got.Sampled != want.sampled {
			t.Errorf("Next = %+v, %v; want %+v", got, nextErr, want)
		}
	}
	if _, err = live.Next(t.Context()); !errors.Is(err, forecast.ErrUnavailable) {
		t.Errorf("Next after three hours = %v; want ErrUnavailable", err)
	}
}

// asksFor is a network that says for which host it was asked, and answers nobody.
type asksFor chan string

// Do implements the SDK's client.
func (hosts asksFor) Do(r *http.Request) (*http.Response, error) {
	hosts <- r.URL.Host
	return nil, io.ErrUnexpectedEOF
}

// TestLiveHost: AWS answers live tails at a host of their own, and who set an endpoint
// means that very one.
func TestLiveHost(t *testing.T) {
	t.Parallel()
	endpoint := "http://127.0.0.1:4566"
	for want, base := range map[string]*string{"stream-logs.eu-west-1.amazonaws.com": nil, "127.0.0.1:4566": &endpoint} {
		hosts := make(asksFor, 1)
		client := cloudwatchlogs.New(cloudwatchlogs.Options{
			Region: "eu-west-1", BaseEndpoint: base, RetryMaxAttempts: 1, HTTPClient: hosts,
			Credentials: awssdk.CredentialsProviderFunc(func(context.Context) (awssdk.Credentials, error) {
				return awssdk.Credentials{AccessKeyID: "AKID", SecretAccessKey: "SECRET"}, nil
			}),
		})
		if _, err := logs.New(nil, later()).Live(t.Context(), client, liveQuery()); err == nil {
			t.Errorf("Live without an answer = nil; want an error")
		}
		if got := <-hosts; got != want {
			t.Errorf("a live tail asks %s; want %s", got, want)
		}
	}
}

// TestLiveEnds waits for lines that don't come.
func TestLiveEnds(t *testing.T) {
	t.Parallel()
	gone := make(chan struct{})
	client := liveClient(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
		frame(t, w, "event", "initial-response", map[string]any{})
		<-r.Context().Done()
		close(gone)
	})
	live, err := logs.New(nil, later()).Live(t.Context(), client, liveQuery())
	if err != nil {
		t.Fatalf("Live = %v; want a session", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = live.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Next with a context that ended = %v; want context.Canceled", err)
	}
	waiting := make(chan error)
	go func() {
		_, nextErr := live.Next(t.Context())
		waiting <- nextErr
	}()
	for range 2 {
		if err = live.Close(); err != nil {
			t.Errorf("Close = %v; want nil", err)
		}
	}
	if err = <-waiting; err == nil {
		t.Error("Next of a closed session = nil; want an error")
	}
	<-gone // the service bills until then
}

func TestLiveRefused(t *testing.T) {
	t.Parallel()
	client := liveClient(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"__type":"ResourceNotFoundException","message":"The specified log group does not exist."}`)
	})
	options := later()
	options.Error = func(err error) error {
		if _, ok := errors.AsType[*types.ResourceNotFoundException](err); !ok {
			t.Errorf("Error got %v; want the SDK's", err)
		}
		return forecast.ErrNotFound
	}
	reader := logs.New(nil, options)
	if _, err := reader.Live(t.Context(), client, liveQuery()); !errors.Is(err, forecast.ErrNotFound) {
		t.Errorf("Live without a group = %v; want ErrNotFound", err)
	}
	two := liveQuery()
	two.Jobs = append(two.Jobs, logs.Job{Name: "pipelines-x-Predict-1", Kind: logs.Processing})
	many := logs.LiveQuery{Jobs: slices.Repeat([]logs.Job{runningJob}, 11)}
	for _, query := range []logs.LiveQuery{two, many, {}} {
		if _, err := reader.Live(t.Context(), client, query); !errors.Is(err, forecast.ErrInvalid) {
			t.Errorf("Live of %d jobs = %v; want ErrInvalid", len(query.Jobs), err)
		}
	}
}
