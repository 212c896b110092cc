package logs_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/internal/logs"
	"github.com/daybatch/daybatch/forecast"
)

// client is a client of functions. It panics where one is called that a test has
// not set.
type client struct {
	describe func(*cloudwatchlogs.DescribeLogStreamsInput) (*cloudwatchlogs.DescribeLogStreamsOutput, error)
	filter   func(*cloudwatchlogs.FilterLogEventsInput) (*cloudwatchlogs.FilterLogEventsOutput, error)
	get      func(*cloudwatchlogs.GetLogEventsInput) (*cloudwatchlogs.GetLogEventsOutput, error)
}

func (c client) DescribeLogStreams(_ context.Context, in *cloudwatchlogs.DescribeLogStreamsInput, _ ...options) (*cloudwatchlogs.DescribeLogStreamsOutput, error) {
	return c.describe(in)
}

func (c client) FilterLogEvents(_ context.Context, in *cloudwatchlogs.FilterLogEventsInput, _ ...options) (*cloudwatchlogs.FilterLogEventsOutput, error) {
	return c.filter(in)
}

func (c client) GetLogEvents(_ context.Context, in *cloudwatchlogs.GetLogEventsInput, _ ...options) (*cloudwatchlogs.GetLogEventsOutput, error) {
	return c.get(in)
}

// jobsOf returns a query's Jobs of which all are there.
func jobsOf(jobs ...logs.Job) func(context.Context) ([]logs.Job, bool, error) {
	return func(context.Context) ([]logs.Job, bool, error) { return jobs, true, nil }
}

var (
	endedJob   = logs.Job{Name: "pipelines-x-Train-1", Kind: logs.Training, Step: forecast.Train, Start: began, Ended: true, End: began.Add(time.Hour)}
	runningJob = logs.Job{Name: "pipelines-x-Train-1", Kind: logs.Training, Account: account, Step: forecast.Train, Start: began}
)

const streamName = "pipelines-x-Train-1/algo-1-1768456800"

// filtered is one page of events a second apart.
func filtered(stream string, from time.Duration, messages ...string) *cloudwatchlogs.FilterLogEventsOutput {
	out := &cloudwatchlogs.FilterLogEventsOutput{}
	for i, message := range messages {
		at := from + time.Duration(i)*time.Second
		out.Events = append(out.Events, types.FilteredLogEvent{
			EventId: awssdk.String(fmt.Sprintf("%s-%d", at, i)), LogStreamName: &stream,
			Timestamp: awssdk.Int64(began.Add(at).UnixMilli()), Message: &message,
		})
	}
	return out
}

// later is a clock long after all jobs.
func later() logs.Options {
	c := newClock()
	c.now = began.Add(100 * time.Hour)
	return logs.Options{Now: c.Now, Sleep: c.Sleep}
}

func texts(all []forecast.LogLine) []string {
	out := make([]string, 0, len(all))
	for _, line := range all {
		out = append(out, string(line.Step)+": "+line.Text)
	}
	return out
}

// TestRequest checks what is asked for: the job's own streams, from a little
// before its start.
func TestRequest(t *testing.T) {
	t.Parallel()
	var asked []*cloudwatchlogs.FilterLogEventsInput
	c := client{filter: func(in *cloudwatchlogs.FilterLogEventsInput) (*cloudwatchlogs.FilterLogEventsOutput, error) {
		asked = append(asked, in)
		return filtered(streamName, 0, "one", "two"), nil
	}}
	log := logs.New(c, later()).Open(logs.Query{Jobs: jobsOf(endedJob)})
	want := []forecast.LogLine{
		{At: began, Step: forecast.Train, Stream: streamName, Text: "one"},
		{At: began.Add(time.Second), Step: forecast.Train, Stream: streamName, Seq: 1, Text: "two"},
	}
	if diff := cmp.Diff(want, readAll(t, log)); diff != "" {
		t.Errorf("lines (-want +got): %s", diff)
	}
	if _, err := log.Next(t.Context()); !errors.Is(err, io.EOF) || len(asked) != 1 {
		t.Fatalf("Next after the end = %v after %d calls; want io.EOF after one", err, len(asked))
	}
	in := asked[0]
	if got := awssdk.ToString(in.LogGroupName); got != "/aws/sagemaker/TrainingJobs" || in.LogGroupIdentifier != nil {
		t.Errorf("group = %q, identifier %v; want the training jobs' by name", got, in.LogGroupIdentifier)
	}
	if got := awssdk.ToString(in.LogStreamNamePrefix); got != "pipelines-x-Train-1/" || in.LogStreamNames != nil {
		t.Errorf("prefix = %q, names %v; want the job's with its slash, since one name can begin another", got, in.LogStreamNames)
	}
	if got, want := awssdk.ToInt64(in.StartTime), began.Add(-time.Hour).UnixMilli(); got != want || in.EndTime != nil {
		t.Errorf("from %d to %v; want from %d", got, in.EndTime, want)
	}
}

// TestLines checks how events become lines.
func TestLines(t *testing.T) {
	t.Parallel()
	tagged := func(text string) string { return "[" + run + " Extract 2026-01-15] " + text }
	for _, c := range []struct {
		name     string
		step     forecast.StepName
		query    forecast.StepName
		messages []string // at 06:00:00, :01 and so on
		want     []string
	}{
		{"several lines", forecast.Train, "", []string{"a\nb\n", "c\r\n\r\nd", "\n", "e\n\n"}, []string{
			"Train: a", "Train: b", "Train: c", "Train: ", "Train: d", "Train: ", "Train: e", "Train: ",
		}},
		{"own times", forecast.Train, "", []string{
			"2026-01-15T05:59:58.123456Z   INFO fitted", "2026-01-15T06:00:01.000000Z", "2026-01-15T06:00:00.999999Z ",
			"2025-12-31T23:00:00.000000Z is when the holiday began", "2026-01-15T06:00:04.000000Zulu", "2026-01-15 06:00:05 INFO",
		}, []string{
			"Train:   INFO fitted", "Train: ", "Train: ",
			"Train: 2025-12-31T23:00:00.000000Z is when the holiday began", "Train: 2026-01-15T06:00:04.000000Zulu", "Train: 2026-01-15 06:00:05 INFO",
		}},
		{"tags", "", "", []string{
			"starting", tagged("2026-01-15T06:00:01.000000Z INFO read") + "\n" + tagged("x"), "panic: out of memory",
			"[" + run + " Train 2026-01-14] another date", "its second half", tagged(""),
		}, []string{": starting", "Extract: INFO read", "Extract: x", "Extract: panic: out of memory", "Extract: "}},
		{"tags of a step", "", forecast.Train, []string{
			"starting", tagged("one"), "[" + run + " Train 2026-01-15] " + tagged("two"), "[000000000000 Extract 2026-01-15] three",
		}, []string{"Train: " + tagged("two"), "Train: [000000000000 Extract 2026-01-15] three"}},
		{"no tags in a step's own job", forecast.Train, forecast.Train, []string{tagged("one")}, []string{"Train: " + tagged("one")}},
		{"another step's job", forecast.Train, forecast.Extract, []string{"one"}, []string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			fake := client{filter: func(*cloudwatchlogs.FilterLogEventsInput) (*cloudwatchlogs.FilterLogEventsOutput, error) {
				return filtered(streamName, 0, c.messages...), nil
			}}
			job := endedJob
			job.Step = c.step
			log := logs.New(fake, later()).Open(logs.Query{Jobs: jobsOf(job), Run: run, Date: date, Step: c.query})
			if diff := cmp.Diff(c.want, texts(readAll(t, log))); diff != "" {
				t.Errorf("lines (-want +got): %s", diff)
			}
		})
	}
}

// TestReadsNoFurtherThanNeeded reads two jobs of which the second began after the
// end of the first: the first lines are there before the second is asked for.
func TestReadsNoFurtherThanNeeded(t *testing.T) {
	t.Parallel()
	var asked []string
	second := logs.Job{Name: "pipelines-x-Predict-1", Kind: logs.Processing, Step: forecast.Predict, Start: began.Add(time.Hour), Ended: true}
	fake := client{filter: func(in *cloudwatchlogs.FilterLogEventsInput) (*cloudwatchlogs.FilterLogEventsOutput, error) {
		asked = append(asked, *in.LogStreamNamePrefix+awssdk.ToString(in.NextToken))
		if *in.LogStreamNamePrefix == second.Name+"/" {
			return filtered(second.Name+"/algo-1", 2*time.Hour, "three"), nil
		}
		if in.NextToken == nil {
			page := filtered(streamName, 0, "one", "two")
			page.NextToken = awssdk.String("more")
			return page, nil
		}
		return filtered(streamName, time.Minute, "two and a half"), nil
	}}
	options := later()
	log := logs.New(fake, options).Open(logs.Query{Jobs: jobsOf(endedJob, second)})
	lines, err := log.Next(t.Context())
	if got := texts(lines); err != nil || !slices.Equal(got, []string{"Train: one"}) || len(asked) != 1 {
		t.Errorf("Next = %q, %v after %d calls; want the line before the page's last time, after one call", got, err, len(asked))
	}
	want := []string{"Train: two", "Train: two and a half", "Predict: three"}
	if diff := cmp.Diff(want, texts(readAll(t, log))); diff != "" {
		t.Errorf("lines (-want +got): %s", diff)
	}
	if want := []string{"pipelines-x-Train-1/", "pipelines-x-Train-1/more", "pipelines-x-Predict-1/"}; !slices.Equal(asked, want) {
		t.Errorf("calls = %q; want %q", asked, want)
	}
}

// TestErrors checks what ends a reading and what doesn't.
func TestErrors(t *testing.T) {
	t.Parallel()
	refused := &types.InvalidParameterException{Message: awssdk.String("The specified nextToken is invalid.")}
	denied := &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "not authorized to perform: logs:FilterLogEvents"}
	for _, c := range []struct {
		name      string
		err       error
		want      error
		mostCalls int
	}{
		{"no group yet", &types.ResourceNotFoundException{}, io.EOF, 1},
		{"denied", denied, forecast.ErrUnauthorised, 1},
		{"refused without a token", refused, forecast.ErrUnauthorised, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			fake := client{filter: func(*cloudwatchlogs.FilterLogEventsInput) (*cloudwatchlogs.FilterLogEventsOutput, error) {
				calls++
				return nil, c.err
			}}
			options := later()
			options.Error = func(err error) error { return fmt.Errorf("%w: %s", forecast.ErrUnauthorised, err.Error()) }
			_, err := logs.New(fake, options).Open(logs.Query{Jobs: jobsOf(endedJob)}).Next(t.Context())
			if !errors.Is(err, c.want) || calls > c.mostCalls {
				t.Errorf("Next = %v after %d calls; want %v after at most %d", err, calls, c.want, c.mostCalls)
			}
			if !errors.Is(c.want, io.EOF) && !strings.Contains(err.Error(), "FilterLogEvents") {
				t.Errorf("Next = %v; want the operation in it", err)
			}
		})
	}
}

// TestCancelledCall cancels while a call is under way: that is the reader's wish
// and no error of the service.
func TestCancelledCall(t *testing.T) {
	t.Parallel()
	for _, failure := range []error{
		&smithy.CanceledError{Err: errors.New("in flight")}, &smithy.GenericAPIError{Code: "ThrottlingException"},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		fake := client{filter: func(*cloudwatchlogs.FilterLogEventsInput) (*cloudwatchlogs.FilterLogEventsOutput, error) {
			cancel()
			return nil, failure
		}}
		options := later()
		options.Error = func(error) error { return forecast.ErrUnavailable }
		log := logs.New(fake, options).Open(logs.Query{Jobs: jobsOf(endedJob)})
		if _, err := log.Next(ctx); !errors.Is(err, context.Canceled) || errors.Is(err, forecast.ErrUnavailable) {
			t.Errorf("Next cancelled in a call that fails with %v = %v; want context.Canceled", failure, err)
		}
	}
}

// TestRefusedTokens reads where each token is refused: that ends, and with the
// service's error.
func TestRefusedTokens(t *testing.T) {
	t.Parallel()
	refused := &types.InvalidParameterException{Message: awssdk.String("The specified nextToken is invalid.")}
	calls := 0
	fake := client{
		filter: func(in *cloudwatchlogs.FilterLogEventsInput) (*cloudwatchlogs.FilterLogEventsOutput, error) {
			if calls++; in.NextToken != nil || calls > 100 {
				return nil, refused
			}
			page := filtered(streamName, 0, "one", "two")
			page.NextToken = awssdk.String("more")
			return page, nil
		},
		describe: oneStream,
		get: func(in *cloudwatchlogs.GetLogEventsInput) (*cloudwatchlogs.GetLogEventsOutput, error) {
			if calls++; in.NextToken != nil || calls > 100 {
				return nil, refused
			}
			return &cloudwatchlogs.GetLogEventsOutput{NextForwardToken: awssdk.String("f/1")}, nil
		},
	}
	for _, query := range []logs.Query{{Jobs: jobsOf(endedJob)}, {Jobs: jobsOf(runningJob), Follow: true}} {
		calls = 0
		log := logs.New(fake, later()).Open(query)
		var err error
		var lines []forecast.LogLine
		for err == nil {
			var more []forecast.LogLine
			more, err = log.Next(t.Context())
			lines = append(lines, more...)
		}
		if _, ok := errors.AsType[*types.InvalidParameterException](err); !ok || calls > 10 || len(lines) > 1 {
			t.Errorf("Next = %v after %d calls and %d lines; want the refusal after a few, and no line twice", err, calls, len(lines))
		}
	}
}

func oneStream(in *cloudwatchlogs.DescribeLogStreamsInput) (*cloudwatchlogs.DescribeLogStreamsOutput, error) {
	if *in.LogStreamNamePrefix != "pipelines-x-Train-1/" {
		return nil, fmt.Errorf("prefix %q, want the job's with its slash", *in.LogStreamNamePrefix)
	}
	return &cloudwatchlogs.DescribeLogStreamsOutput{LogStreams: []types.LogStream{{LogStreamName: awssdk.String(streamName)}}}, nil
}

// TestLateStream follows a job of which streams appear, on the second page of
// the list too: their lines come while the job runs.
func TestLateStream(t *testing.T) {
	t.Parallel()
	events := []written{{stream: streamName, message: "first"}}
	for i := range 4 {
		at := time.Duration(i+1) * time.Minute
		events = append(events, written{stream: fmt.Sprintf("pipelines-x-Train-1/algo-%d", i+2), at: at, arrives: at, message: "late"})
	}
	s := newService(newClock(), logs.Training.Group(), 1, events)
	log := logs.New(s, logs.Options{Now: s.clock.Now, Sleep: s.clock.Sleep}).Open(logs.Query{Jobs: jobsOf(runningJob), Follow: true})
	for i := range events {
		lines, err := log.Next(t.Context())
		if err != nil || len(lines) != 1 || lines[0].Stream != events[i].stream {
			t.Fatalf("Next = %v, %v; want the line of %s", lines, err, events[i].stream)
		}
		if delay := s.clock.since() - events[i].at; delay > 15*time.Second {
			t.Errorf("the line of %s came after %s; want it within some looks", events[i].stream, delay)
		}
	}
}

// TestLateLine follows a log of which a line arrives after a later one.
func TestLateLine(t *testing.T) {
	t.Parallel()
	s := newService(newClock(), logs.Training.Group(), 1, []written{
		{stream: streamName, message: "one"},
		{stream: streamName, at: time.Second, arrives: 25 * time.Second, message: "two"},
		{stream: streamName, at: 20 * time.Second, arrives: 20 * time.Second, message: "three"},
	})
	job := func(context.Context) ([]logs.Job, bool, error) {
		job := runningJob
		job.Ended = s.clock.since() >= 21*time.Second
		return []logs.Job{job}, true, nil
	}
	reader := logs.New(s, logs.Options{Now: s.clock.Now, Sleep: s.clock.Sleep})
	followed := readAll(t, reader.Open(logs.Query{Jobs: job, Follow: true}))
	if want := []string{"Train: one", "Train: three", "Train: two"}; !slices.Equal(texts(followed), want) {
		t.Errorf("followed lines = %q; want %q", texts(followed), want)
	}
	if last := followed[len(followed)-1]; last.At != began.Add(time.Second) || last.Seq != 2 {
		t.Errorf("late line = %+v; want its own time and the next number", last)
	}
	read := readAll(t, reader.Open(logs.Query{Jobs: job}))
	if want := []string{"Train: one", "Train: two", "Train: three"}; !slices.Equal(texts(read), want) {
		t.Errorf("lines read afresh = %q; want %q", texts(read), want)
	}
}

// TestRepeatedPage follows a log of which a page gives again what the one before
// gave. Equal lines of one page are several.
func TestRepeatedPage(t *testing.T) {
	t.Parallel()
	event := func(arrived int64, message string) types.OutputLogEvent {
		return types.OutputLogEvent{Timestamp: awssdk.Int64(began.UnixMilli()), IngestionTime: &arrived, Message: &message}
	}
	pages := map[string]*cloudwatchlogs.GetLogEventsOutput{
		"":  {NextForwardToken: awssdk.String("1"), Events: []types.OutputLogEvent{event(1, "a"), event(1, "a")}},
		"1": {NextForwardToken: awssdk.String("2"), Events: []types.OutputLogEvent{event(1, "a"), event(1, "b"), event(2, "a")}},
		"2": {NextForwardToken: awssdk.String("2"), Events: []types.OutputLogEvent{event(2, "a")}},
	}
	fake := client{describe: oneStream, get: func(in *cloudwatchlogs.GetLogEventsInput) (*cloudwatchlogs.GetLogEventsOutput, error) {
		return pages[awssdk.ToString(in.NextToken)], nil
	}}
	log := logs.New(fake, later()).Open(logs.Query{Jobs: jobsOf(runningJob), Follow: true})
	lines, err := log.Next(t.Context())
	if want := []string{"Train: a", "Train: a", "Train: b", "Train: a"}; err != nil || !slices.Equal(texts(lines), want) {
		t.Errorf("Next = %q, %v; want %q", texts(lines), err, want)
	}
}

// TestStepEndsBeforeItsJob follows a step in a job that goes on with the next.
func TestStepEndsBeforeItsJob(t *testing.T) {
	t.Parallel()
	var events []written
	for i, step := range []forecast.StepName{forecast.Extract, forecast.Extract, forecast.PreProc, forecast.PreProc} {
		at := time.Duration(i) * 15 * time.Second
		tag := logs.Tag{Run: run, Step: step, Date: date}
		events = append(events, written{stream: streamName, at: at, arrives: at, message: tag.String() + " line"})
	}
	s := newService(newClock(), logs.Training.Group(), 1, events)
	query := logs.Query{Run: run, Date: date, Step: forecast.Extract, Follow: true}
	query.Jobs = func(context.Context) ([]logs.Job, bool, error) {
		job := runningJob
		job.Step, job.Ended = "", s.clock.since() >= 16*time.Second
		return []logs.Job{job}, true, nil
	}
	log := logs.New(s, logs.Options{Now: s.clock.Now, Sleep: s.clock.Sleep}).Open(query)
	if got, want := texts(readAll(t, log)), []string{"Extract: line", "Extract: line"}; !slices.Equal(got, want) {
		t.Errorf("lines = %q; want %q", got, want)
	}
	if at := s.clock.since(); at > 40*time.Second {
		t.Errorf("the log of the step was complete after %s; want it soon after its end at 16s", at)
	}
}

// TestJobsFail passes on what Jobs returns.
func TestJobsFail(t *testing.T) {
	t.Parallel()
	log := logs.New(client{}, later()).Open(logs.Query{Jobs: func(context.Context) ([]logs.Job, bool, error) {
		return nil, false, forecast.ErrUnavailable
	}})
	if _, err := log.Next(t.Context()); !errors.Is(err, forecast.ErrUnavailable) {
		t.Errorf("Next = %v; want ErrUnavailable", err)
	}
	none := logs.New(client{}, later()).Open(logs.Query{Jobs: jobsOf(), Follow: true})
	if _, err := none.Next(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("Next of a step without a job = %v; want io.EOF", err)
	}
}
