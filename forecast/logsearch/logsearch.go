// Package logsearch searches what the steps of many days wrote. It reads the logs
// through the contract of engines, so that a search finds the same on each: whole,
// and not by a filter of the service that holds them. A service knows lines, but not
// which step a line belongs to where several share a stream, nor what a line says
// once control sequences and credentials are out of it.
package logsearch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/scrub"
)

// Reader is what is read of an engine.
type Reader interface {
	Days(ctx context.Context, query forecast.DayQuery) ([]forecast.Day, error)
	Executions(ctx context.Context, date calendar.Date) ([]forecast.Execution, error)
	Logs(ctx context.Context, query forecast.LogQuery) (forecast.LogStream, error)
}

// Find returns where in the text of a line the first match begins, in bytes, and
// -1 if the line has none. It is asked about each line of an attempt's log, in
// order; texts are safe to show.
type Find func(line forecast.LogLine) int

// Query selects what is searched. New and a Range whose ends are dates are
// required.
type Query struct {
	Range calendar.Range
	Step  forecast.StepName // empty: all steps
	// New returns what finds lines. It is called once for the log of each attempt,
	// from several goroutines.
	New func() Find
	// Keep is how many lines are kept of a step of an attempt; the others are
	// counted. 0: all.
	Keep int
	// Most is how many lines are kept of all days together. 0: all.
	Most int
	// Width is how many bytes are kept of the text of a line, around its match.
	// 0: all.
	Width int
	// Each takes the lines that match as they are found, the newest day first, some at
	// a time, from the goroutine that tells of the days. Those of a day come before it
	// is told, without them: however many there are, few are held. Nil: lines are kept.
	Each func(date calendar.Date, attempt int, lines []forecast.LogLine)
	// Parallel is how many days are read at a time. 0: one.
	Parallel int
}

// Day is what was found on a date.
type Day struct {
	Date     calendar.Date
	State    forecast.DayState
	Attempts []Attempt // oldest first; none: nobody has run the date, so that it has no log
	// Err is why the attempts of the date, or the rest of a log, could not be read.
	// What was found before it is in Attempts.
	Err error
}

// Count returns how many lines of the day match.
func (d Day) Count() int {
	count := 0
	for _, a := range d.Attempts {
		for _, s := range a.Steps {
			count += s.Count
		}
	}
	return count
}

// Lines returns how many lines were looked at.
func (d Day) Lines() int {
	lines := 0
	for _, a := range d.Attempts {
		lines += a.Lines
	}
	return lines
}

// Attempt is what was found in the log of an attempt.
type Attempt struct {
	ID      forecast.ExecutionID
	Attempt int
	Steps   []Step // those with matches, in the order of their first lines
	Lines   int    // looked at
	// Silent are the steps that ran and of which there is no line: they wrote
	// nothing, or their log was removed.
	Silent []forecast.StepName
}

// Step is what was found in what a step wrote.
type Step struct {
	Name  forecast.StepName  // empty: the lines belong to no step
	Lines []forecast.LogLine // the first, whose texts are safe to show
	Count int                // of all lines that match
}

// Search reads the logs of the days of a query, the newest first, and tells each
// day in that order, from one goroutine. A day that can't be read is told with its
// reason, and the search goes on; where the next day would fail for the same
// reason, as after a login that has expired, it ends with the error.
func Search(ctx context.Context, reader Reader, query Query, tell func(day Day, of int)) error {
	days, err := reader.Days(ctx, forecast.DayQuery{Range: query.Range})
	if err != nil {
		return fmt.Errorf("search logs: %w", err)
	}
	days = slices.DeleteFunc(days, func(d forecast.Day) bool { return d.State == forecast.DayNotDue && d.Attempts == 0 })
	ctx, cancel := context.WithCancel(ctx)
	s := &search{reader: reader, query: query, days: days, found: make([]chan found, len(days))}
	for i := range s.found {
		s.found[i] = make(chan found, parts+restAndDay)
	}
	workers := min(max(1, query.Parallel), len(days))
	s.ahead = make(chan struct{}, 2*workers)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	for range workers {
		running.Go(func() { s.work(ctx) })
	}
	return s.tell(ctx, tell)
}

// search is a search that runs.
type search struct {
	reader Reader
	query  Query
	days   []forecast.Day
	found  []chan found  // of each of the days
	next   atomic.Int64  // how many of them were begun
	ahead  chan struct{} // holds as many as were begun and not told yet
	kept   atomic.Int64  // lines
}

// found is a part of what is found on a day: lines for whoever takes each, or the day
// itself, which comes last.
type found struct {
	attempt int
	lines   []forecast.LogLine
	day     *Day
}

// Of a day that is not told yet so many parts wait, of about so many bytes each; few
// lines never keep a day from being read to its end.
const (
	parts     = 4
	partBytes = 64 << 10

	restAndDay = 2 // what comes behind them
)

// work reads days until none is left.
func (s *search) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case s.ahead <- struct{}{}:
		}
		i := int(s.next.Add(1)) - 1
		if i >= len(s.days) {
			return
		}
		day := s.day(ctx, i)
		s.put(ctx, i, found{day: &day})
	}
}

// put hands on a part of a day, once there is room for it.
func (s *search) put(ctx context.Context, i int, part found) {
	select {
	case s.found[i] <- part:
	case <-ctx.Done():
	}
}

// tell tells the days in their order.
func (s *search) tell(ctx context.Context, tell func(day Day, of int)) error {
	for i := range s.found {
		day := s.follow(ctx, i)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("search logs: %w", ctx.Err())
		case hopeless(day.Err):
			return fmt.Errorf("search log of %s: %w", day.Date, day.Err)
		}
		tell(day, len(s.days))
		<-s.ahead
	}
	return nil
}

// follow hands on the lines of a day, and returns the day.
func (s *search) follow(ctx context.Context, i int) Day {
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case part := <-s.found[i]:
			if part.day != nil {
				return *part.day
			}
			s.query.Each(s.days[i].Date, part.attempt, part.lines)
		}
	}
	return Day{}
}

// hopeless reports whether all days would fail as one did.
func hopeless(err error) bool {
	return errors.Is(err, forecast.ErrLogin) || errors.Is(err, forecast.ErrUnauthorised)
}

// day searches the logs of all attempts of a day.
func (s *search) day(ctx context.Context, i int) (found Day) {
	day := s.days[i]
	found = Day{Date: day.Date, State: day.State}
	defer func() {
		if cause := recover(); cause != nil { // it runs on a goroutine of its own
			found.Err = fmt.Errorf("read log: %v", cause)
		}
	}()
	if day.Attempts == 0 {
		return found
	}
	attempts, err := s.reader.Executions(ctx, day.Date)
	if err != nil {
		found.Err = err
		return found
	}
	for _, execution := range attempts {
		attempt, err := s.attempt(ctx, i, execution)
		found.Attempts = append(found.Attempts, attempt)
		if err != nil {
			found.Err = err
			return found
		}
	}
	return found
}

// attempt searches the log of an attempt of a day.
func (s *search) attempt(ctx context.Context, day int, execution forecast.Execution) (Attempt, error) {
	result := Attempt{ID: execution.ID, Attempt: execution.Attempt}
	stream, err := s.reader.Logs(ctx, forecast.LogQuery{Execution: execution.ID, Step: s.query.Step})
	if err != nil {
		return result, err //nolint:wrapcheck // it says all, and the day is named beside it
	}
	defer func() { _ = stream.Close() }()
	find := s.query.New()
	heard := make(map[forecast.StepName]bool)
	part := collector{put: func(lines []forecast.LogLine) { s.put(ctx, day, found{attempt: execution.Attempt, lines: lines}) }}
	for {
		lines, err := stream.Next(ctx)
		for _, line := range lines {
			heard[line.Step] = true
			result.Lines++
			line.Text = scrub.Line(line.Text)
			if at := find(line); at >= 0 {
				s.take(&result, &part, line, at)
			}
		}
		if err != nil || len(s.found[day]) < parts {
			part.flush()
		}
		if errors.Is(err, io.EOF) {
			result.Silent = silent(execution, s.query.Step, heard)
			return result, nil
		}
		if err != nil {
			return result, err //nolint:wrapcheck // it says all, and the day is named beside it
		}
	}
}

// collector gathers lines into parts.
type collector struct {
	put   func([]forecast.LogLine)
	lines []forecast.LogLine
	bytes int
}

func (c *collector) add(line forecast.LogLine) {
	c.lines = append(c.lines, line)
	const besides = 100 // bytes that a line takes beside its text
	if c.bytes += len(line.Text) + besides; c.bytes >= partBytes {
		c.flush()
	}
}

// flush hands on what was gathered.
func (c *collector) flush() {
	if len(c.lines) > 0 {
		c.put(c.lines)
	}
	c.lines, c.bytes = nil, 0
}

// take counts a line that matches, and hands it on, or keeps it if there is room.
func (s *search) take(result *Attempt, part *collector, line forecast.LogLine, at int) {
	i := slices.IndexFunc(result.Steps, func(step Step) bool { return step.Name == line.Step })
	if i < 0 {
		i = len(result.Steps)
		result.Steps = append(result.Steps, Step{Name: line.Step})
	}
	step := &result.Steps[i]
	step.Count++
	switch {
	case s.query.Each != nil:
		part.add(line)
	case s.query.Keep > 0 && len(step.Lines) >= s.query.Keep || s.query.Most > 0 && s.kept.Add(1) > int64(s.query.Most):
	default:
		line.Text = around(line.Text, at, s.query.Width)
		step.Lines = append(step.Lines, line)
	}
}

// around returns the part of a text that begins shortly before a match, at most
// width bytes.
func around(text string, at, width int) string {
	const before = 4 // of this, one part in so many
	if width <= 0 || len(text) <= width {
		return text
	}
	from := max(0, min(at-width/before, len(text)-width))
	return strings.Clone(strings.ToValidUTF8(text[from:from+width], "")) // without halves of letters, nor the rest in memory
}

// silent returns the steps of an attempt that have run, and of which no line was
// heard.
func silent(execution forecast.Execution, only forecast.StepName, heard map[forecast.StepName]bool) []forecast.StepName {
	var steps []forecast.StepName
	for _, step := range execution.Steps {
		ran := !step.Started.IsZero() && step.Status != forecast.StepReused && !step.Status.Open()
		if ran && !heard[step.Name] && (only == "" || only == step.Name) {
			steps = append(steps, step.Name)
		}
	}
	return steps
}
