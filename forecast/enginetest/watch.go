package enginetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// errClosed says that a stream was closed by its reader.
var errClosed = errors.New("closed")

// record is one change: which date or plan, and when.
type record struct {
	seq  int64
	at   time.Time
	date calendar.Date // zero: none
	plan forecast.PlanID
}

// note records that a date or a plan changed.
func (w *world) note(d calendar.Date, id forecast.PlanID) {
	w.seq++
	w.events = append(w.events, record{seq: w.seq, at: w.now(), date: d, plan: id})
	if drop := len(w.events) - w.retain; drop > 0 {
		w.events = slices.Delete(w.events, 0, drop)
	}
	w.wake()
}

// wake tells all who wait that something changed.
func (w *world) wake() {
	close(w.changed)
	w.changed = make(chan struct{})
}

// Watch subscribes to the events after a cursor.
func (f *Fake) Watch(ctx context.Context, after forecast.Cursor) (forecast.Subscription, error) {
	if err := f.enter(ctx, "Watch"); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	s := &subscription{fake: f, seen: f.seq, closed: make(chan struct{})}
	s.close = sync.OnceFunc(func() { close(s.closed) })
	if after == "" {
		return s, nil
	}
	seen, err := strconv.ParseInt(string(after), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("watch: %w: cursor %q", forecast.ErrInvalid, after)
	}
	s.seen = seen
	return s, nil
}

// subscription is a Watch. Changes that its reader has not fetched yet come in
// one event.
type subscription struct {
	fake   *Fake
	closed chan struct{}
	close  func()
	seen   int64 // guarded by the world's lock
}

// Next waits for the next event.
func (s *subscription) Next(ctx context.Context) (forecast.Event, error) {
	if err := s.fake.enter(ctx, "Subscription.Next"); err != nil {
		return forecast.Event{}, err
	}
	for {
		event, wait, err := s.poll()
		if wait == nil {
			return event, err
		}
		select {
		case <-ctx.Done():
			return forecast.Event{}, fmt.Errorf("wait for an event: %w", ctx.Err())
		case <-s.closed:
		case <-wait:
		}
	}
}

// poll returns the next event, or what to wait for.
func (s *subscription) poll() (forecast.Event, <-chan struct{}, error) {
	f := s.fake
	f.mu.Lock()
	defer f.mu.Unlock()
	select {
	case <-s.closed:
		return forecast.Event{}, nil, fmt.Errorf("wait for an event: subscription %w", errClosed)
	default:
	}
	oldest := f.seq - int64(len(f.events))
	if s.seen < oldest || s.seen > f.seq {
		s.seen = f.seq
		return forecast.Event{}, nil, fmt.Errorf("wait for an event: %w", forecast.ErrLagged)
	}
	if s.seen == f.seq {
		return forecast.Event{}, f.changed, nil
	}
	news := f.events[s.seen-oldest:]
	s.seen = f.seq
	return f.event(news), nil, nil
}

// event returns the days and plans that changed, as they are now.
func (w *world) event(news []record) forecast.Event {
	latest := news[len(news)-1]
	event := forecast.Event{Cursor: forecast.Cursor(strconv.FormatInt(latest.seq, 10)), At: latest.at}
	var dates []calendar.Date
	var ids []forecast.PlanID
	for _, r := range news {
		if !r.date.IsZero() && !slices.Contains(dates, r.date) {
			dates = append(dates, r.date)
		}
		if r.plan != "" && !slices.Contains(ids, r.plan) {
			ids = append(ids, r.plan)
		}
	}
	slices.Sort(dates)
	for _, d := range slices.Backward(dates) {
		event.Days = append(event.Days, cloneDay(w.day(d)))
	}
	for _, id := range ids {
		event.Plans = append(event.Plans, clonePlan(w.plans[id]))
	}
	return event
}

// Close ends the subscription.
func (s *subscription) Close() error {
	s.close()
	return nil
}

// Logs opens a log.
func (f *Fake) Logs(ctx context.Context, query forecast.LogQuery) (forecast.LogStream, error) {
	if err := f.enter(ctx, "Logs"); err != nil {
		return nil, err
	}
	if query.Step != "" && !slices.Contains(forecast.StepNames(), query.Step) {
		return nil, fmt.Errorf("read log: %w: step %q is unknown", forecast.ErrInvalid, query.Step)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.find(query.Execution) == nil {
		return nil, fmt.Errorf("read log of execution %s: %w", query.Execution, forecast.ErrNotFound)
	}
	s := &logStream{fake: f, query: query, closed: make(chan struct{})}
	s.close = sync.OnceFunc(func() { close(s.closed) })
	return s, nil
}

// logStream is a log being read.
type logStream struct {
	fake   *Fake
	query  forecast.LogQuery
	closed chan struct{}
	close  func()
	read   int // lines of the execution seen; guarded by the world's lock
}

// Next returns the next lines.
func (s *logStream) Next(ctx context.Context) ([]forecast.LogLine, error) {
	if err := s.fake.enter(ctx, "LogStream.Next"); err != nil {
		return nil, err
	}
	for {
		lines, wait, err := s.poll()
		if wait == nil {
			return lines, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for log lines: %w", ctx.Err())
		case <-s.closed:
		case <-wait:
		}
	}
}

// poll returns the next lines, or what to wait for.
func (s *logStream) poll() ([]forecast.LogLine, <-chan struct{}, error) {
	f := s.fake
	f.mu.Lock()
	defer f.mu.Unlock()
	select {
	case <-s.closed:
		return nil, nil, fmt.Errorf("read log: stream %w", errClosed)
	default:
	}
	all := f.logs[s.query.Execution]
	var lines []forecast.LogLine
	for _, line := range all[min(s.read, len(all)):] {
		if s.query.Step == "" || line.Step == s.query.Step {
			lines = append(lines, line)
		}
	}
	s.read = len(all)
	if len(lines) > 0 {
		return lines, nil, nil
	}
	if !s.query.Follow || s.complete() {
		return nil, nil, io.EOF
	}
	return nil, f.changed, nil
}

// complete reports whether nothing can be added to what the query selects.
func (s *logStream) complete() bool {
	e := s.fake.find(s.query.Execution)
	if e == nil || !e.Status.Open() {
		return true
	}
	i := slices.IndexFunc(e.Steps, func(step forecast.Step) bool { return step.Name == s.query.Step })
	return i >= 0 && !e.Steps[i].Status.Open()
}

// Close ends the reading.
func (s *logStream) Close() error {
	s.close()
	return nil
}
