// Package clock is the time of the simulated account: one queue of events,
// run one after another in the order of their times.
//
// With a host clock the simulated time runs along with it, Speed times as
// fast, and one goroutine runs the events as they fall due. Without one, time
// stands still until [Clock.Advance] moves it; then every event in between is
// run at its own time, also those that earlier events add. Either way an event
// never runs beside another, and never under the clock's lock, so it may ask
// the time and add events.
package clock

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// Clock tells simulated time and runs what falls due. Make it with [New].
type Clock struct {
	host  func() time.Time
	speed float64
	base  time.Time // simulated time at origin
	start time.Time // host time at origin

	mu      sync.Mutex
	manual  time.Time
	queue   queue
	counter int
	wake    chan struct{}

	running sync.Mutex // held while an event runs
}

// Options say how time passes.
type Options struct {
	Host  func() time.Time // the host's clock; nil: time moves by Advance only
	Speed float64          // simulated seconds in a second of the host; 0 is 1
	Start time.Time        // simulated time at the beginning; zero: the host's time, or 2026-01-01 UTC
}

// New makes a clock.
func New(o Options) *Clock {
	c := &Clock{host: o.Host, speed: o.Speed, base: o.Start.UTC(), wake: make(chan struct{}, 1)}
	if c.speed <= 0 {
		c.speed = 1
	}
	if c.host != nil {
		c.start = c.host()
	}
	switch {
	case !o.Start.IsZero():
	case c.host != nil:
		c.base = c.start.UTC()
	default:
		c.base = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	c.manual = c.base
	return c
}

// Now is the simulated time, in UTC.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time {
	if c.host == nil {
		return c.manual
	}
	return c.base.Add(time.Duration(float64(c.host().Sub(c.start)) * c.speed))
}

// Real is how long the host waits for a span of simulated time; zero when time
// is moved by hand.
func (c *Clock) Real(d time.Duration) time.Duration {
	if c.host == nil {
		return 0
	}
	return time.Duration(float64(d) / c.speed)
}

// After runs f once d of simulated time has passed. The answer cancels it; it
// is harmless later on.
func (c *Clock) After(d time.Duration, f func()) (cancel func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counter++
	e := &event{at: c.now().Add(max(d, 0)), seq: c.counter, run: f}
	heap.Push(&c.queue, e)
	c.poke()
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		e.run = nil
	}
}

// Run runs events as they fall due until the context ends. It returns at once
// when time is moved by hand.
func (c *Clock) Run(ctx context.Context) {
	if c.host == nil {
		return
	}
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		timer.Reset(c.wait())
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
		case <-timer.C:
		}
		for c.step(c.Now()) {
			if ctx.Err() != nil {
				return
			}
		}
	}
}

// wait is the host's time until the next event.
func (c *Clock) wait() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 {
		return time.Hour
	}
	d := time.Duration(float64(c.queue[0].at.Sub(c.now())) / c.speed)
	return max(d, 0)
}

// Advance moves a clock without a host by d and runs what falls due.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	until := c.manual.Add(d)
	c.mu.Unlock()
	for c.step(until) {
		continue
	}
	c.mu.Lock()
	if c.manual.Before(until) {
		c.manual = until
	}
	c.mu.Unlock()
}

// step runs the first event that is due at t, and says whether there was one.
func (c *Clock) step(t time.Time) bool {
	c.running.Lock()
	defer c.running.Unlock()
	c.mu.Lock()
	if len(c.queue) == 0 || c.queue[0].at.After(t) {
		c.mu.Unlock()
		return false
	}
	e, ok := heap.Pop(&c.queue).(*event)
	if c.host == nil && c.manual.Before(e.at) {
		c.manual = e.at
	}
	run := e.run
	c.mu.Unlock()
	if ok && run != nil {
		run()
	}
	return true
}

func (c *Clock) poke() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

type event struct {
	at  time.Time
	seq int
	run func()
}

// queue is a heap by time, then by the order of adding.
type queue []*event

func (q *queue) Len() int { return len(*q) }

func (q *queue) Less(i, j int) bool {
	a, b := (*q)[i], (*q)[j]
	if a.at.Equal(b.at) {
		return a.seq < b.seq
	}
	return a.at.Before(b.at)
}

func (q *queue) Swap(i, j int) { (*q)[i], (*q)[j] = (*q)[j], (*q)[i] }

func (q *queue) Push(x any) {
	if e, ok := x.(*event); ok {
		*q = append(*q, e)
	}
}

func (q *queue) Pop() any {
	old := *q
	e := old[len(old)-1]
	*q = old[:len(old)-1]
	return e
}
