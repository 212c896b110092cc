package awssim_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	smithymiddleware "github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/awssim"
)

const jobs = "/aws/sagemaker/ProcessingJobs"

// logging is an account whose Extract step writes n lines, one a second.
func logging(t *testing.T, n int) *account {
	t.Helper()
	var lines []awssim.Line
	for i := range n {
		lines = append(lines, awssim.Line{After: time.Duration(i) * time.Second, Text: fmt.Sprintf("line %03d", i)})
	}
	a := open(t, awssim.Options{Script: func(j awssim.Job) awssim.Play {
		if j.Step == "Extract" {
			return awssim.Play{Lines: lines, Duration: time.Duration(n) * time.Second}
		}
		return awssim.Play{}
	}})
	a.checked(t)
	a.pipeline(t.Context(), t, six())
	return a
}

func (a *account) stream(t *testing.T) (name string) {
	t.Helper()
	job := a.Executions(demand)[0].Steps[0].Job
	out, err := a.logs.DescribeLogStreams(t.Context(), &cloudwatchlogs.DescribeLogStreamsInput{
		LogGroupName: awssdk.String(jobs), LogStreamNamePrefix: awssdk.String(job + "/"),
	})
	if err != nil || len(out.LogStreams) != 1 {
		t.Fatalf("streams of %s: %+v, %v", job, out, err)
	}
	return *out.LogStreams[0].LogStreamName
}

func TestNoLogsYet(t *testing.T) {
	t.Parallel()
	a := logging(t, 3)
	_, err := a.logs.DescribeLogStreams(t.Context(), &cloudwatchlogs.DescribeLogStreamsInput{LogGroupName: awssdk.String(jobs)})
	wantCode(t, "streams before the first job", err, "ResourceNotFoundException")
}

// TestTail follows a stream while it grows: each line once, and the forward
// token stays the same at the end.
func TestTail(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	a := logging(t, 40)
	a.start(ctx, t, "2026-01-15")
	a.Advance(5*time.Minute + 3*time.Second)
	name := a.stream(t)
	a.SetQuirks(awssim.Quirks{Logs: awssim.LogQuirks{PageSize: 3, EmptyEvery: 4}})
	calm := a.Inject(awssim.Fault{Operation: "logs.GetLogEvents", When: awssim.Chance(0.3, 7), Effect: awssim.Effect{Code: "ThrottlingException"}})
	var got []string
	var next *string
	same, throttled := 0, 0
	for range 200 {
		out, err := a.logs.GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{
			LogGroupName: awssdk.String(jobs), LogStreamName: &name, StartFromHead: awssdk.Bool(true), NextToken: next,
		})
		if err != nil {
			wantCode(t, "a call that is not throttled", err, "ThrottlingException")
			throttled++
			continue
		}
		for _, e := range out.Events {
			got = append(got, *e.Message)
		}
		if next != nil && *out.NextForwardToken == *next {
			same++
			a.Advance(7 * time.Second)
		}
		next = out.NextForwardToken
		if len(got) == 40 && same > 3 {
			break
		}
	}
	var want []string
	for i := range 40 {
		want = append(want, fmt.Sprintf("line %03d", i))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	if throttled == 0 {
		t.Error("no call was throttled")
	}
	calm()
	a.Advance(25 * time.Hour)
	_, err := a.logs.GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{
		LogGroupName: awssdk.String(jobs), LogStreamName: &name, StartFromHead: awssdk.Bool(true), NextToken: next,
	})
	wantCode(t, "a token a day later", err, "InvalidParameterException")
}

// TestLateEvents shows what a tail by tokens loses, and that FilterLogEvents
// has it: equal time stamps, repeated events and empty pages included.
func TestLateEvents(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	a := logging(t, 60)
	a.SetQuirks(awssim.Quirks{Logs: awssim.LogQuirks{
		LateEvery: 5, Late: time.Minute, PageSize: 4, EmptyEvery: 3, RepeatEvery: 4, Coarse: 2 * time.Second, RotateEvery: 25,
	}})
	a.start(ctx, t, "2026-01-15")
	a.Advance(5*time.Minute + 40*time.Second)
	job := a.Executions(demand)[0].Steps[0].Job
	read := func() (lines []string, repeated int) {
		seen := map[string]bool{}
		var next *string
		for {
			out, err := a.logs.FilterLogEvents(ctx, &cloudwatchlogs.FilterLogEventsInput{
				LogGroupName: awssdk.String(jobs), LogStreamNamePrefix: awssdk.String(job + "/"), NextToken: next,
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range out.Events {
				if seen[*e.EventId] {
					repeated++
					continue
				}
				seen[*e.EventId] = true
				lines = append(lines, *e.Message)
			}
			if next = out.NextToken; next == nil {
				return lines, repeated
			}
		}
	}
	early, _ := read()
	a.Advance(10 * time.Minute)
	lines, repeated := read()
	if len(lines) != 60 || !slices.IsSorted(lines) {
		t.Errorf("%d lines in the end: %v", len(lines), lines)
	}
	if repeated == 0 {
		t.Error("no event came twice")
	}
	if len(early) >= 39 || slices.ContainsFunc(early, func(line string) bool { return !slices.Contains(lines, line) }) {
		t.Errorf("while it ran, %d lines: %v", len(early), early)
	}
	streams, err := a.logs.DescribeLogStreams(ctx, &cloudwatchlogs.DescribeLogStreamsInput{
		LogGroupName: awssdk.String(jobs), LogStreamNamePrefix: awssdk.String(job + "/"),
	})
	if err != nil || len(streams.LogStreams) != 3 {
		t.Errorf("streams %+v, %v; want 3 after two rotations", streams, err)
	}
}

func TestFilterPattern(t *testing.T) {
	t.Parallel()
	a := logging(t, 20)
	a.start(t.Context(), t, "2026-01-15")
	a.Advance(10 * time.Minute)
	for pattern, want := range map[string]int{"": 20, "line": 20, "013": 1, `"line 01"`: 10, "?003 ?004": 2, "line -01": 9} {
		out, err := a.logs.FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{
			LogGroupName: awssdk.String(jobs), FilterPattern: &pattern, LogStreamNames: []string{a.stream(t)},
		})
		if err != nil || len(out.Events) != want {
			t.Errorf("pattern %s: %d events, %v; want %d", pattern, len(out.Events), err, want)
		}
	}
}

func TestLiveTail(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	a := logging(t, 30)
	a.start(ctx, t, "2026-01-15")
	a.Advance(5*time.Minute + 3*time.Second)
	out, err := a.logs.StartLiveTail(ctx, &cloudwatchlogs.StartLiveTailInput{
		LogGroupIdentifiers: []string{"arn:aws:logs:ap-northeast-1:123456789012:log-group:" + jobs},
	}, samehost)
	if err != nil {
		t.Fatal(err)
	}
	stream := out.GetStream()
	defer stream.Close()
	var got []string
	for event := range stream.Events() {
		switch e := event.(type) {
		case *types.StartLiveTailResponseStreamMemberSessionStart:
			a.Advance(time.Minute)
		case *types.StartLiveTailResponseStreamMemberSessionUpdate:
			for _, r := range e.Value.SessionResults {
				got = append(got, *r.Message)
			}
		}
		if len(got) >= 27 {
			break
		}
	}
	if len(got) != 28 && len(got) != 27 || !strings.HasPrefix(got[0], "line 00") || !slices.IsSorted(got) {
		t.Errorf("lines %v", got)
	}
}

// samehost keeps the SDK from putting "stream-" before the address.
func samehost(o *cloudwatchlogs.Options) {
	o.APIOptions = append(o.APIOptions, func(stack *smithymiddleware.Stack) error {
		return stack.Initialize.Add(smithymiddleware.InitializeMiddlewareFunc("samehost",
			func(ctx context.Context, in smithymiddleware.InitializeInput, next smithymiddleware.InitializeHandler) (
				smithymiddleware.InitializeOutput, smithymiddleware.Metadata, error,
			) {
				return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
			}), smithymiddleware.Before)
	})
}
