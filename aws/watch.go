package aws

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/plan"
	"github.com/daybatch/daybatch/forecast/pulse"
)

var errClosed = errors.New("closed")

// kept is how many events are remembered for subscriptions that resume.
const kept = 1000

// besideTime is how long what is done beside may take.
const besideTime = time.Minute

// hub looks for changes while anybody is subscribed, compares with what it saw
// last, and remembers what it told. Its cursors are of this engine: one of another
// has lagged, and its reader takes a fresh snapshot.
type hub struct {
	engine *Engine
	closed chan struct{}
	close  func()

	mu     sync.Mutex // held while it looks
	events []forecast.Event
	number int // of the last event
	days   map[calendar.Date]forecast.Day
	plans  map[forecast.PlanID]forecast.Plan
	// looked is when it looked last, by the clock of the person: that of the
	// account is another where it is simulated.
	looked atomic.Pointer[time.Time]

	begun sync.Mutex // held while something begins, or nothing any more
	works sync.WaitGroup
}

func newHub(e *Engine) *hub {
	h := &hub{engine: e, closed: make(chan struct{})}
	h.close = sync.OnceFunc(func() { close(h.closed) })
	return h
}

// beside does something that may take its time, until the engine is closed.
func (h *hub) beside(ctx context.Context, do func(context.Context)) {
	h.begun.Lock()
	defer h.begun.Unlock()
	select {
	case <-h.closed:
		return
	default:
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), besideTime)
	h.works.Go(func() {
		defer cancel()
		done := make(chan struct{})
		go func() {
			defer close(done)
			do(ctx)
		}()
		select {
		case <-h.closed:
			cancel()
			<-done
		case <-done:
		}
	})
}

// end closes the hub, and waits for what is done beside.
func (h *hub) end() {
	h.begun.Lock()
	h.close()
	h.begun.Unlock()
	h.works.Wait()
}

func (h *hub) cursor(n int) forecast.Cursor {
	return forecast.Cursor(h.engine.id + "-" + strconv.Itoa(n))
}

// Watch subscribes to the events after a cursor, of all engines and jobs.
func (e *Engine) Watch(ctx context.Context, after forecast.Cursor) (forecast.Subscription, error) {
	s := &subscription{hub: e.hub, closed: make(chan struct{})}
	s.close = sync.OnceFunc(func() { close(s.closed) })
	if after == "" {
		if err := e.hub.look(ctx); err != nil {
			return nil, fmt.Errorf("watch: %w", err)
		}
		e.hub.mu.Lock()
		defer e.hub.mu.Unlock()
		s.seen = e.hub.number
		return s, nil
	}
	of, number, ok := strings.Cut(string(after), "-")
	n, err := strconv.Atoi(number)
	switch {
	case !ok || err != nil:
		return nil, fmt.Errorf("watch: %w: cursor %q", forecast.ErrInvalid, after)
	case of != e.id:
		s.lagged = true
	default:
		s.seen = n
	}
	return s, nil
}

// look compares what is now with what was seen last.
func (h *hub) look(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	days, plans, err := h.read(ctx)
	if err != nil {
		return err
	}
	first := h.days == nil
	event := forecast.Event{At: h.engine.options.Now()}
	for d := range days {
		if !reflect.DeepEqual(h.days[d], days[d]) {
			event.Days = append(event.Days, days[d])
		}
	}
	for id := range plans {
		if !reflect.DeepEqual(h.plans[id], plans[id]) {
			event.Plans = append(event.Plans, plans[id])
		}
	}
	h.days, h.plans = days, plans
	h.looked.Store(new(h.engine.options.Wall()))
	if first || len(event.Days)+len(event.Plans) == 0 {
		return nil
	}
	slices.SortFunc(event.Days, func(a, b forecast.Day) int { return int(b.Date - a.Date) })
	slices.SortFunc(event.Plans, func(a, b forecast.Plan) int { return b.Created.Compare(a.Created) })
	h.number++
	event.Cursor = h.cursor(h.number)
	h.events = append(h.events, event)
	if len(h.events) > kept {
		h.events = slices.Delete(h.events, 0, len(h.events)-kept)
	}
	return nil
}

// read returns the dates that have a record, and the plans that were applied.
// What passes with time alone, such as by how much a date is late, is no change.
func (h *hub) read(ctx context.Context) (map[calendar.Date]forecast.Day, map[forecast.PlanID]forecast.Plan, error) {
	e := h.engine
	records, err := e.records(ctx, everything())
	if err != nil {
		return nil, nil, err
	}
	rules, err := e.rules(ctx)
	if err != nil {
		return nil, nil, err
	}
	if e.theirs != nil {
		records = e.theirs.watched(records, h.days)
	}
	now := e.options.Now()
	days := make(map[calendar.Date]forecast.Day, len(records))
	for d, r := range records {
		facts, err := e.merge(ctx, e.calendar.Facts(d), r)
		if err != nil {
			return nil, nil, err
		}
		day := plan.Day(facts, rules, now)
		if day.State != forecast.DaySucceeded && day.Late > 0 {
			day.Late = time.Minute
		}
		days[d] = day
	}
	list, err := e.Plans(ctx)
	if err != nil {
		return nil, nil, err
	}
	plans := make(map[forecast.PlanID]forecast.Plan, len(list))
	for _, p := range list {
		plans[p.ID] = p
	}
	return days, plans, nil
}

// after returns the changes since the event with a number in one event.
func (h *hub) after(n int) (forecast.Event, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	first := h.number - len(h.events) // number of the event before the first that is kept
	if n < first || n > h.number {
		return forecast.Event{Cursor: h.cursor(h.number)}, forecast.ErrLagged
	}
	var merged forecast.Event
	for _, event := range h.events[n-first:] {
		merged.Cursor, merged.At = event.Cursor, event.At
		for _, day := range event.Days {
			merged.Days = slices.DeleteFunc(merged.Days, func(d forecast.Day) bool { return d.Date == day.Date })
			merged.Days = append(merged.Days, day)
		}
		for _, p := range event.Plans {
			merged.Plans = slices.DeleteFunc(merged.Plans, func(other forecast.Plan) bool { return other.ID == p.ID })
			merged.Plans = append(merged.Plans, p)
		}
	}
	return merged, nil
}

// subscription is a Watch.
type subscription struct {
	hub    *hub
	closed chan struct{}
	close  func()

	ease pulse.Ease

	mu     sync.Mutex
	seen   int
	lagged bool
}

// Next waits for the next event.
func (s *subscription) Next(ctx context.Context) (forecast.Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.hub.engine
	for {
		select {
		case <-s.closed:
			return forecast.Event{}, fmt.Errorf("wait for an event: subscription %w", errClosed)
		case <-s.hub.closed:
			return forecast.Event{}, fmt.Errorf("wait for an event: engine %w", errClosed)
		default:
		}
		beat := e.pulse.Wait()
		if err := s.hub.look(ctx); err != nil {
			return forecast.Event{}, fmt.Errorf("wait for an event: %w", err)
		}
		event, err := s.hub.after(s.seen)
		if s.lagged || err != nil {
			s.lagged = false
			s.hub.mu.Lock()
			s.seen = s.hub.number
			s.hub.mu.Unlock()
			return forecast.Event{}, fmt.Errorf("wait for an event: %w", forecast.ErrLagged)
		}
		if event.Cursor != "" {
			_, number, _ := strings.Cut(string(event.Cursor), "-")
			s.seen, _ = strconv.Atoi(number) // it is this hub's
			return event, nil
		}
		e.glance(ctx)
		if err := s.wait(ctx, beat); err != nil {
			return forecast.Event{}, err
		}
	}
}

func (s *subscription) wait(ctx context.Context, beat <-chan struct{}) error {
	eased := s.ease.Changed()
	timer := time.NewTimer(s.hub.engine.options.Poll * time.Duration(s.ease.Times()))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return fmt.Errorf("wait for an event: %w", ctx.Err())
	case <-s.closed:
	case <-s.hub.closed:
	case <-beat:
	case <-eased:
	case <-timer.C:
	}
	return nil
}

// Ease implements [forecast.Easer].
func (s *subscription) Ease(times int) { s.ease.Set(times) }

// Looked implements [forecast.Polled].
func (s *subscription) Looked() time.Time {
	if at := s.hub.looked.Load(); at != nil {
		return *at
	}
	return time.Time{}
}

// Close ends the subscription.
func (s *subscription) Close() error {
	s.close()
	return nil
}
