package logs_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/internal/logs"
)

// bubble returns options over the bubble's clock.
func bubble(settle time.Duration) logs.Options {
	return logs.Options{Now: time.Now, Settle: settle, Sleep: func(ctx context.Context, d time.Duration) error { //nolint:forbidigo // the clock of the bubble
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(d):
			return nil
		}
	}}
}

// quiet is a job that has written one line and writes no other.
func quiet() client {
	return client{describe: oneStream, get: func(in *cloudwatchlogs.GetLogEventsInput) (*cloudwatchlogs.GetLogEventsOutput, error) {
		out := &cloudwatchlogs.GetLogEventsOutput{NextForwardToken: awssdk.String("f/1")}
		if in.NextToken == nil {
			out.Events = []types.OutputLogEvent{{Timestamp: awssdk.Int64(began.UnixMilli()), Message: awssdk.String("one")}}
		}
		return out, nil
	}}
}

func TestCloseEndsWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := logs.New(quiet(), bubble(settle)).Open(logs.Query{Jobs: jobsOf(runningJob), Follow: true})
		if lines, err := log.Next(t.Context()); err != nil || len(lines) != 1 {
			t.Fatalf("Next = %v, %v; want the line", lines, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := log.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Next with a context that ended = %v; want context.DeadlineExceeded", err)
		}
		done := make(chan error)
		go func() {
			_, err := log.Next(t.Context())
			done <- err
		}()
		synctest.Wait()
		for range 2 {
			if err := log.Close(); err != nil {
				t.Errorf("Close = %v; want nil", err)
			}
		}
		synctest.Wait()
		select {
		case err := <-done:
			if err == nil || errors.Is(err, io.EOF) || errors.Is(err, context.Canceled) {
				t.Errorf("Next of a closed log = %v; want an error that says so", err)
			}
		default:
			t.Fatal("Next still waits; want an error at once")
		}
		if _, err := log.Next(t.Context()); err == nil || !strings.Contains(err.Error(), "closed") {
			t.Errorf("Next of a closed log = %v; want an error that says so", err)
		}
	})
}

// TestBackoff reads while the service throttles for minutes.
func TestBackoff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var at []int        // seconds
		start := time.Now() //nolint:forbidigo // the clock of the bubble
		fake := client{filter: func(*cloudwatchlogs.FilterLogEventsInput) (*cloudwatchlogs.FilterLogEventsOutput, error) {
			if at = append(at, int(time.Since(start).Seconds())); len(at) < 9 {
				return nil, &smithy.OperationError{ServiceID: "CloudWatch Logs", Err: &smithy.GenericAPIError{Code: "ThrottlingException"}}
			}
			return filtered(streamName, 0, "one"), nil
		}}
		job := endedJob
		job.End = start.Add(-time.Hour)
		options := bubble(settle)
		options.Error = func(error) error { return errors.New("mapped") }
		if got := readAll(t, logs.New(fake, options).Open(logs.Query{Jobs: jobsOf(job)})); len(got) != 1 {
			t.Errorf("lines = %v; want one", got)
		}
		if diff := cmp.Diff([]int{0, 1, 3, 7, 15, 31, 61, 91, 121}, at); diff != "" {
			t.Errorf("calls at (-want +got): %s", diff)
		}
	})
}

// TestSettle checks how long a reading waits for the last events.
func TestSettle(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		ended  time.Duration // before the reading; negative: by another clock, after it
		follow bool
		want   time.Duration
	}{
		{"long ago", time.Hour, false, 0},
		{"just now", 4 * time.Second, false, 6 * time.Second},
		{"our clock is behind", -time.Hour, false, 10 * time.Second},
		{"followed, long ago", time.Hour, true, 0},
		{"followed, just now", 4 * time.Second, true, 6 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now() //nolint:forbidigo // the clock of the bubble
				fake := quiet()
				var at []time.Duration
				fake.filter = func(*cloudwatchlogs.FilterLogEventsInput) (*cloudwatchlogs.FilterLogEventsOutput, error) {
					at = append(at, time.Since(start))
					return filtered(streamName, 0, "one"), nil
				}
				job := endedJob
				job.End = start.Add(-c.ended)
				lines := readAll(t, logs.New(fake, bubble(settle)).Open(logs.Query{Jobs: jobsOf(job), Follow: c.follow}))
				if len(lines) != 1 || !slices.Equal(at, []time.Duration{c.want}) {
					t.Errorf("%d lines, whole log read at %v; want one line, read once at %v", len(lines), at, c.want)
				}
			})
		})
	}
}
