//go:build unix

package local

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/local/internal/store"
	"github.com/daybatch/daybatch/forecast/plan"
	"github.com/daybatch/daybatch/forecast/pulse"
)

// Watch subscribes to the events after a cursor, of all processes.
func (e *Engine) Watch(ctx context.Context, after forecast.Cursor) (forecast.Subscription, error) {
	s := &subscription{engine: e, closed: make(chan struct{})}
	s.close = sync.OnceFunc(func() { close(s.closed) })
	var err error
	if after == "" {
		s.seen, err = e.store.LastEvent(ctx)
		return s, err //nolint:wrapcheck // the store says what was read
	}
	if s.seen, err = strconv.ParseInt(string(after), 10, 64); err != nil {
		return nil, fmt.Errorf("watch: %w: cursor %q", forecast.ErrInvalid, after)
	}
	return s, nil
}

// subscription is a Watch: events of this process come at once, those of others
// when the records are looked at again. Changes that its reader has not fetched
// yet come in one event.
type subscription struct {
	engine *Engine
	closed chan struct{}
	close  func()
	ease   pulse.Ease

	mu   sync.Mutex
	seen int64
}

// Next waits for the next event.
func (s *subscription) Next(ctx context.Context) (forecast.Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		select {
		case <-s.closed:
			return forecast.Event{}, fmt.Errorf("wait for an event: subscription %w", errClosed)
		default:
		}
		beat, news := s.engine.pulse.Wait(), s.engine.news.Wait()
		events, last, err := s.engine.store.Events(ctx, s.seen)
		if err == nil || errors.Is(err, forecast.ErrLagged) {
			s.seen = last
		}
		if err != nil {
			return forecast.Event{}, fmt.Errorf("wait for an event: %w", err)
		}
		if len(events) > 0 {
			return s.engine.event(ctx, events)
		}
		if err := s.wait(ctx, beat, news); err != nil {
			return forecast.Event{}, err
		}
	}
}

// wait waits until there may be an event. It looks by itself unless somebody else in
// this process does, and tells.
func (s *subscription) wait(ctx context.Context, beat, news <-chan struct{}) error {
	eased := s.ease.Changed()
	pause := s.engine.options.Poll * time.Duration(s.ease.Times())
	if s.engine.news.told() {
		pause = max(pause, lookTime)
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return fmt.Errorf("wait for an event: %w", ctx.Err())
	case <-s.closed:
	case <-beat:
	case <-news:
	case <-eased:
	case <-timer.C:
	}
	return nil
}

// Ease implements [forecast.Easer].
func (s *subscription) Ease(times int) { s.ease.Set(times) }

// Close ends the subscription.
func (s *subscription) Close() error {
	s.close()
	return nil
}

// event returns the days and plans that changed, as they are now.
func (e *Engine) event(ctx context.Context, events []store.Event) (forecast.Event, error) {
	latest := events[len(events)-1]
	result := forecast.Event{Cursor: forecast.Cursor(strconv.FormatInt(latest.ID, 10)), At: time.UnixMicro(latest.At).UTC()}
	var dates []calendar.Date
	var ids []forecast.PlanID
	for _, event := range events {
		if !event.Date.IsZero() {
			dates = append(dates, event.Date)
		}
		if event.Plan != "" && !slices.Contains(ids, event.Plan) {
			ids = append(ids, event.Plan)
		}
	}
	slices.Sort(dates)
	dates = slices.Compact(dates)
	facts, err := e.facts(ctx, dates, e.look())
	if err != nil {
		return forecast.Event{}, err
	}
	now, rules := e.options.Now(), e.rules()
	for _, d := range slices.Backward(dates) {
		result.Days = append(result.Days, plan.Day(facts[d], rules, now))
	}
	for _, id := range ids {
		p, err := e.store.Plan(ctx, id)
		if err != nil {
			return forecast.Event{}, err //nolint:wrapcheck // the store names the plan
		}
		result.Plans = append(result.Plans, p)
	}
	return result, nil
}
