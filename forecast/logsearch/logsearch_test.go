package logsearch_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/forecast/logsearch"
)

func jan(day int) calendar.Date { return calendar.Of(2026, time.January, day) }

// engine has a week: a date that failed and was made again, one that nobody ran,
// one whose steps are silent, and one that runs.
func engine() *enginetest.Fake {
	f := enginetest.NewFake(enginetest.FakeOptions{})
	for d := jan(13); d <= jan(20); d++ {
		switch d {
		case jan(15):
			failed := enginetest.FailedAt(forecast.Train, "KeyError: price_lag_7")
			failed.Steps[forecast.Extract] = enginetest.Behaviour{Log: []string{
				"one \x1b[31mneedle\x1b[0m", "password=needle", "hay", "needle two", "Needle three",
			}}
			f.Seed(d, failed, enginetest.Made())
		case jan(16):
		case jan(17):
			f.Seed(d, enginetest.Past{Steps: map[forecast.StepName]enginetest.Behaviour{forecast.Predict: {Log: []string{}}}})
		case jan(20):
			f.Seed(d, enginetest.RunningAt(forecast.Train))
		default:
			f.Seed(d, enginetest.Made())
		}
	}
	return f
}

func holds(text string) func() logsearch.Find {
	return func() logsearch.Find {
		return func(line forecast.LogLine) int { return strings.Index(line.Text, text) }
	}
}

// find searches and returns what was told.
func find(t *testing.T, reader logsearch.Reader, query logsearch.Query) (days []logsearch.Day, err error) {
	t.Helper()
	if query.Range == (calendar.Range{}) {
		query.Range = calendar.Range{From: jan(13), To: jan(20)}
	}
	err = logsearch.Search(t.Context(), reader, query, func(day logsearch.Day, of int) {
		if want := query.Range.Len(); of != want {
			t.Errorf("%s is told as one of %d days; want %d", day.Date, of, want)
		}
		days = append(days, day)
	})
	return days, err
}

// summary says what was found, a line for each day.
func summary(days []logsearch.Day) []string {
	var all []string
	for _, day := range days {
		words := []string{day.Date.String()[8:]}
		for _, attempt := range day.Attempts {
			words = append(words, fmt.Sprintf("#%d", attempt.Attempt))
			for _, step := range attempt.Steps {
				words = append(words, fmt.Sprintf("%s %d/%d", step.Name, len(step.Lines), step.Count))
			}
			for _, name := range attempt.Silent {
				words = append(words, "-"+string(name))
			}
		}
		if day.Err != nil {
			words = append(words, day.Err.Error())
		}
		all = append(all, strings.Join(words, " "))
	}
	return all
}

func TestSearch(t *testing.T) {
	t.Parallel()
	whole := calendar.Range{From: jan(13), To: jan(20)}
	for _, c := range []struct {
		name  string
		query logsearch.Query
		want  []string
	}{
		{"all", logsearch.Query{New: holds("needle")}, []string{"20 #1", "19 #1", "18 #1", "17 #1 -Predict", "16", "15 #1 Extract 2/2 #2", "14 #1", "13 #1"}},
		{"a step", logsearch.Query{Step: forecast.Train, New: holds("6 series")}, []string{
			"20 #1 Train 1/1", "19 #1 Train 1/1", "18 #1 Train 1/1", "17 #1 Train 1/1", "16", "15 #1 Train 1/1 #2 Train 1/1", "14 #1 Train 1/1", "13 #1 Train 1/1",
		}},
		{"few", logsearch.Query{New: holds("a"), Keep: 1, Range: calendar.Range{From: jan(15), To: jan(15)}}, []string{
			"15 #1 Extract 1/2 PreProc 1/1 Train 1/8 #2 Extract 1/1 PreProc 1/1 Train 1/7 TrainEvaluation 1/2 Predict 1/1",
		}},
		{"parallel", logsearch.Query{New: holds("needle"), Parallel: 4, Range: whole}, []string{"20 #1", "19 #1", "18 #1", "17 #1 -Predict", "16", "15 #1 Extract 2/2 #2", "14 #1", "13 #1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			days, err := find(t, engine(), c.query)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, summary(days)); diff != "" {
				t.Errorf("Search found (-want +got):\n%s", diff)
			}
		})
	}
}

// What is found is safe to show, credentials are not found, and of long lines the
// part around the match is kept.
func TestSearchKeepsWhatCanBeShown(t *testing.T) {
	t.Parallel()
	f := enginetest.NewFake(enginetest.FakeOptions{})
	long := strings.Repeat("\u3042", 1000) + "needle" + strings.Repeat("\u3042", 1000)
	f.Seed(jan(20), enginetest.Past{Steps: map[forecast.StepName]enginetest.Behaviour{forecast.Extract: {Log: []string{
		"\x1b[31mneedle\x1b[0m", "password=needle", long,
	}}}})
	days, err := find(t, f, logsearch.Query{Range: calendar.Range{From: jan(20), To: jan(20)}, New: holds("needle"), Width: 100})
	if err != nil || len(days) != 1 || len(days[0].Attempts) != 1 || len(days[0].Attempts[0].Steps) != 1 {
		t.Fatalf("Search = %+v, %v; want a step of one day", days, err)
	}
	lines := days[0].Attempts[0].Steps[0].Lines
	if len(lines) != 2 || lines[0].Text != "needle" {
		t.Fatalf("lines = %v; want the one without its colour, and the long one", lines)
	}
	if text := lines[1].Text; len(text) > 100 || !utf8.ValidString(text) || !strings.Contains(text, "needle") {
		t.Errorf("of the long line is kept %q (%d bytes); want 100 whole ones around the match", text, len(text))
	}
	if days[0].Count() != 2 || days[0].Lines() < 3 {
		t.Errorf("Count, Lines = %d, %d; want 2, and all that were looked at", days[0].Count(), days[0].Lines())
	}
}

// Lines beyond those of all days are counted, and not held.
func TestSearchHoldsNoMoreThanMost(t *testing.T) {
	t.Parallel()
	days, err := find(t, engine(), logsearch.Query{New: holds(""), Most: 10})
	if err != nil {
		t.Fatal(err)
	}
	count, kept := 0, 0
	for _, day := range days {
		count += day.Count()
		for _, attempt := range day.Attempts {
			for _, step := range attempt.Steps {
				kept += len(step.Lines)
			}
		}
	}
	if kept != 10 || count < 50 {
		t.Errorf("%d of %d lines are kept; want 10 of all", kept, count)
	}
}

// A day that can't be read is said, and the others are searched.
func TestSearchGoesOnAfterADayThatFails(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"Executions", "Logs", "LogStream.Next"} {
		f := engine()
		f.FailNext(method, errors.New("throttled"))
		days, err := find(t, f, logsearch.Query{New: holds("needle")})
		if err != nil || len(days) != 8 {
			t.Fatalf("%s fails: Search = %d days, %v; want all 8", method, len(days), err)
		}
		if days[0].Err == nil || !strings.Contains(days[0].Err.Error(), "throttled") || days[5].Count() != 2 {
			t.Errorf("%s fails: days = %q; want the first with its error, and what the others have", method, summary(days))
		}
	}
}

// Where every day would fail alike the search ends.
func TestSearchEndsWhenNoDayCanBeRead(t *testing.T) {
	t.Parallel()
	f := engine()
	f.FailNext("Logs", fmt.Errorf("read log: %w", forecast.ErrLogin))
	days, err := find(t, f, logsearch.Query{New: holds("needle")})
	if !errors.Is(err, forecast.ErrLogin) || len(days) != 0 || !strings.Contains(err.Error(), "2026-01-20") {
		t.Errorf("Search = %d days, %v; want none, and the login that has expired", len(days), err)
	}
	f.FailNext("Days", errors.New("no route to host"))
	if _, err := find(t, f, logsearch.Query{New: holds("needle")}); err == nil || !strings.Contains(err.Error(), "no route to host") {
		t.Errorf("Search = %v; want why days can't be read", err)
	}
}

// counting counts how many logs are open at a time.
type counting struct {
	*enginetest.Fake

	mu         sync.Mutex
	open, most int
}

func (c *counting) Executions(ctx context.Context, date calendar.Date) ([]forecast.Execution, error) {
	c.mu.Lock()
	c.open++
	c.most = max(c.most, c.open)
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.open--
	}()
	return c.Fake.Executions(ctx, date) //nolint:wrapcheck // it is the engine
}

// No more is read than is told, but for a few days: whoever takes them may be slow.
func TestSearchWaitsForWhoeverIsTold(t *testing.T) {
	t.Parallel()
	f := engine()
	query := logsearch.Query{Range: calendar.Range{From: jan(13), To: jan(20)}, New: holds("needle")}
	err := logsearch.Search(t.Context(), f, query, func(day logsearch.Day, _ int) {
		told := int(jan(20)-day.Date) + 1
		if read := f.Calls("Logs"); read > told+2 { // two are read ahead, the date made twice is not among them
			t.Errorf("at the %d. day %d logs were opened; want two ahead at most", told, read)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A search that is cancelled ends, opens nothing more, and leaves no goroutine.
func TestSearchIsCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	reader := &counting{Fake: engine()}
	var told []calendar.Date
	query := logsearch.Query{Range: calendar.Range{From: jan(13), To: jan(20)}, New: holds("needle"), Parallel: 2}
	err := logsearch.Search(ctx, reader, query, func(day logsearch.Day, _ int) {
		told = append(told, day.Date)
		cancel()
	})
	if !errors.Is(err, context.Canceled) || !slices.Equal(told, []calendar.Date{jan(20)}) {
		t.Errorf("Search = %v after %v; want it cancelled after the first day", err, told)
	}
	if reader.most > 2 || reader.open != 0 { // without its lock: all that read have ended
		t.Errorf("%d days were read at a time, %d are still; want 2 and none", reader.most, reader.open)
	}
}

// handed searches and returns what was handed on line by line, and the days after it.
func handed(t *testing.T, reader logsearch.Reader, query logsearch.Query) (texts []string, days []logsearch.Day, err error) {
	t.Helper()
	query.Each = func(date calendar.Date, attempt int, lines []forecast.LogLine) {
		for _, line := range lines {
			texts = append(texts, fmt.Sprintf("%s #%d %s %s", date.String()[8:], attempt, line.Step, line.Text))
		}
	}
	days, err = find(t, reader, query)
	return texts, days, err
}

// Lines are handed on as they are found, each once, those of a day before the next.
func TestSearchHandsLinesOn(t *testing.T) {
	t.Parallel()
	for _, parallel := range []int{1, 4} {
		texts, days, err := handed(t, engine(), logsearch.Query{New: holds("needle"), Parallel: parallel})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"15 #1 Extract one needle", "15 #1 Extract needle two"}, texts); diff != "" {
			t.Errorf("parallel %d: lines (-want +got):\n%s", parallel, diff)
		}
		if want := "15 #1 Extract 0/2 #2"; len(days) != 8 || summary(days)[5] != want {
			t.Errorf("parallel %d: days = %q; want the sixth %q, counted and not kept", parallel, summary(days), want)
		}
		kept, err := find(t, engine(), logsearch.Query{New: holds("a")})
		if err != nil {
			t.Fatal(err)
		}
		all, _, err := handed(t, engine(), logsearch.Query{New: holds("a"), Parallel: parallel})
		count := 0
		for _, day := range kept {
			count += day.Count()
		}
		if err != nil || len(all) != count || !slices.IsSortedFunc(all, func(a, b string) int { return strings.Compare(b[:2], a[:2]) }) {
			t.Errorf("parallel %d: %d lines, %v, in the order of their days; want %d", parallel, len(all), err, count)
		}
	}
}

// A log that breaks is said with its day, and the lines of the others are handed on.
func TestSearchHandsOnAfterADayThatFails(t *testing.T) {
	t.Parallel()
	f := engine()
	f.FailNext("LogStream.Next", errors.New("throttled"))
	texts, days, err := handed(t, f, logsearch.Query{New: holds("needle")})
	if err != nil || len(days) != 8 || len(texts) != 2 || days[0].Err == nil {
		t.Errorf("Search = %q of %d days, %v; want both lines of all 8, the first with its error", texts, len(days), err)
	}
}

// endless is a reader whose logs have many long lines that match.
type endless struct {
	*enginetest.Fake

	lines int
	mu    sync.Mutex
	read  map[forecast.ExecutionID]int // bytes
}

func (e *endless) Logs(_ context.Context, query forecast.LogQuery) (forecast.LogStream, error) {
	return &endlessStream{e, query.Execution, e.lines}, nil
}

type endlessStream struct {
	of   *endless
	id   forecast.ExecutionID
	left int
}

func (s *endlessStream) Next(ctx context.Context) ([]forecast.LogLine, error) {
	if s.left == 0 {
		return nil, io.EOF
	}
	s.left--
	line := forecast.LogLine{Step: forecast.Train, Text: fmt.Sprint("needle ", s.left, strings.Repeat(" hay", 2000))}
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	s.of.read[s.id] += len(line.Text)
	return []forecast.LogLine{line}, ctx.Err()
}

func (*endlessStream) Close() error { return nil }

// Whoever takes the lines of a day may be slow: of the days after it no more is read
// than a little, and the search still comes to its end.
func TestSearchHoldsFewLines(t *testing.T) {
	t.Parallel()
	const bound = 1 << 20 // of a day that is not told yet
	e := &endless{Fake: engine(), lines: 500, read: make(map[forecast.ExecutionID]int)}
	taken, count := make(map[calendar.Date]int), 0
	query := logsearch.Query{Range: calendar.Range{From: jan(13), To: jan(20)}, New: holds("needle"), Parallel: 4}
	query.Each = func(date calendar.Date, _ int, lines []forecast.LogLine) {
		for _, line := range lines {
			taken[date] += len(line.Text)
		}
		count += len(lines)
		e.mu.Lock()
		defer e.mu.Unlock()
		read, all := 0, 0
		for _, bytes := range e.read {
			read += bytes
		}
		for _, bytes := range taken {
			all += bytes
		}
		if ahead := read - all; ahead > 4*bound {
			t.Errorf("%s: %d bytes were read and not taken; want at most %d", date, ahead, 4*bound)
		}
	}
	if err := logsearch.Search(t.Context(), e, query, func(logsearch.Day, int) {}); err != nil {
		t.Fatal(err)
	}
	if want := 8 * e.lines; count != want { // 7 days, one of them twice
		t.Errorf("%d lines were handed on; want %d", count, want)
	}
}
