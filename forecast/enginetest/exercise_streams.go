package enginetest

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// streamCases are about logs and events.
func streamCases() []exercise {
	d := jan(10)
	lines := []string{"one", "  two\t2", "", "三", "five"}
	return []exercise{
		{"logs are complete", Script{d: {
			forecast.Extract: {{Log: lines}}, forecast.Train: {{Log: lines, End: Fail, Text: "boom"}},
		}}, func(t *testing.T, x *bench) { checkLogs(t, x, lines) }},
		{"follow a log", Script{
			d: {forecast.Extract: {{Log: lines}}, forecast.Train: {Hangs()}},
		}, func(t *testing.T, x *bench) { checkFollow(t, x, lines) }},
		{"watch", nil, checkWatch},
		{"watch another engine", nil, func(t *testing.T, x *bench) {
			if x.Peer == nil {
				t.Skip("the engine has no peers")
			}
			peer := x.Peer(t)
			news, err := peer.Watch(within(t), "")
			if err != nil {
				t.Fatalf("Watch = %v; want nil", err)
			}
			defer news.Close()
			x.run(t, runOf(d))
			seeSucceeded(t, news, d)
		}},
	}
}

// read reads a log to its end.
func (x *bench) read(t *testing.T, query forecast.LogQuery) []forecast.LogLine {
	t.Helper()
	ctx := within(t)
	log, err := x.Engine.Logs(ctx, query)
	if err != nil {
		t.Fatalf("Logs(%+v) = %v; want a log", query, err)
	}
	defer func() { _ = log.Close() }()
	return readAll(ctx, t, log)
}

func readAll(ctx context.Context, t *testing.T, log forecast.LogStream) []forecast.LogLine {
	t.Helper()
	var all []forecast.LogLine
	for {
		lines, err := log.Next(ctx)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil || len(lines) == 0 {
			t.Fatalf("LogStream.Next = %d lines, %v; want lines or io.EOF", len(lines), err)
		}
		all = append(all, lines...)
	}
}

// wantLines checks that the texts of want come in all, in order and each once.
func wantLines(t *testing.T, all []forecast.LogLine, want []string) {
	t.Helper()
	var got []string
	for _, line := range all {
		if slices.Contains(want, line.Text) {
			got = append(got, line.Text)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got): %s", diff)
	}
}

func checkLogs(t *testing.T, x *bench, lines []string) {
	d := jan(10)
	x.run(t, runOf(d))
	id := x.attempts(t, d)[0].ID
	for _, step := range []forecast.StepName{forecast.Extract, forecast.Train} {
		for _, follow := range []forecast.LogQuery{{Execution: id, Step: step}, {Execution: id, Step: step, Follow: true}} {
			wantLines(t, x.read(t, follow), lines)
		}
	}
	if got := x.read(t, forecast.LogQuery{Execution: id, Step: forecast.Predict}); len(got) != 0 {
		t.Errorf("a step that never began has %d lines; want none", len(got))
	}
	all := x.read(t, forecast.LogQuery{Execution: id})
	wantLines(t, all, slices.Concat(lines, lines))
	type stream struct {
		step forecast.StepName
		name string
	}
	next := map[stream]int64{}
	for i, line := range all {
		s := stream{line.Step, line.Stream}
		if line.Seq != next[s] {
			t.Errorf("line %d of %s %s has Seq %d; want %d", i, s.step, s.name, line.Seq, next[s])
		}
		next[s] = line.Seq + 1
		if i > 0 && line.At.Before(all[i-1].At) {
			t.Errorf("line %d is of %s, the one before of %s; want them ordered", i, line.At, all[i-1].At)
		}
	}
	if _, err := x.Engine.Logs(within(t), forecast.LogQuery{Execution: "nobody"}); !errors.Is(err, forecast.ErrNotFound) {
		t.Errorf("Logs of an unknown execution = %v; want ErrNotFound", err)
	}
}

func checkFollow(t *testing.T, x *bench, lines []string) {
	d := jan(10)
	driver := x.start(t, runOf(d))
	day := x.awaitStep(t, d, forecast.Train)
	ctx := within(t)
	log, err := x.Engine.Logs(ctx, forecast.LogQuery{Execution: day.Last.ID, Follow: true})
	if err != nil {
		t.Fatalf("Logs = %v; want a log", err)
	}
	defer func() { _ = log.Close() }()
	var all []forecast.LogLine
	for count := 0; count < len(lines); {
		more, nextErr := log.Next(ctx)
		if nextErr != nil {
			t.Fatalf("Next = %v; want the lines of Extract", nextErr)
		}
		all = append(all, more...)
		for _, line := range more {
			if line.Step == forecast.Extract && slices.Contains(lines, line.Text) {
				count++
			}
		}
	}
	x.Release(d, forecast.Train)
	all = append(all, readAll(ctx, t, log)...)
	x.wait(t, driver)
	wantLines(t, all, lines)
	if diff := cmp.Diff(x.read(t, forecast.LogQuery{Execution: day.Last.ID}), all); diff != "" {
		t.Errorf("followed and read logs differ: %s", diff)
	}
}

// seeSucceeded reads events until one shows the date Succeeded, and returns it.
func seeSucceeded(t *testing.T, news forecast.Subscription, d calendar.Date) forecast.Event {
	t.Helper()
	ctx := within(t)
	for {
		event, err := news.Next(ctx)
		if err != nil {
			t.Fatalf("Next = %v; want an event that shows %s Succeeded", err, d)
		}
		if len(event.Days)+len(event.Plans) == 0 || event.Cursor == "" {
			t.Errorf("event = %+v; want what changed, and a cursor", event)
		}
		for _, day := range event.Days {
			if day.Date == d && day.State == forecast.DaySucceeded {
				return event
			}
		}
	}
}

func checkWatch(t *testing.T, x *bench) {
	ctx := within(t)
	news, err := x.Engine.Watch(ctx, "")
	if err != nil {
		t.Fatalf("Watch = %v; want a subscription", err)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err = news.Next(cancelled); !errors.Is(err, context.Canceled) {
		t.Errorf("Next with a context that ended = %v; want context.Canceled", err)
	}
	x.run(t, runOf(jan(10)))
	event := seeSucceeded(t, news, jan(10))
	x.run(t, runOf(jan(11)))
	seeSucceeded(t, news, jan(11))

	again, err := x.Engine.Watch(ctx, event.Cursor)
	if err != nil {
		t.Fatalf("Watch after %s = %v; want a subscription", event.Cursor, err)
	}
	seeSucceeded(t, again, jan(11))

	waiting := make(chan error, 1)
	go func() {
		for {
			if _, nextErr := news.Next(ctx); nextErr != nil {
				waiting <- nextErr
				return
			}
		}
	}()
	for _, s := range []forecast.Subscription{news, again, again} {
		if err = s.Close(); err != nil {
			t.Errorf("Close = %v; want nil", err)
		}
	}
	if err = <-waiting; err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Next of a closed subscription = %v; want an error at once", err)
	}
}
