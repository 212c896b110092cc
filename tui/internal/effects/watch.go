package effects

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
)

// Messages of the subscription. They belong to no page: all see them.
type (
	// Changed carries what changed.
	Changed struct {
		forecast.Event
		Seen time.Time
	}
	// Watching says that the subscription begins here, or begins again: what was
	// read before may lack changes.
	Watching struct{ At time.Time }
	// WatchLost says that changes do not arrive, and when it is tried again.
	WatchLost struct {
		Err     error
		At      time.Time
		RetryIn time.Duration
	}
)

// Feed pulls the events of the engine, one command at a time.
type Feed struct {
	effects *Effects
	sub     forecast.Subscription
	tries   int
	failed  bool
	hurry   chan struct{} // holds a turn: try now

	mu     sync.Mutex
	times  int             // how much less often than usual
	easer  forecast.Easer  // the subscription, if it can
	polled forecast.Polled // as above
}

// Feed returns the engine's events. Its commands must not overlap.
func (e *Effects) Feed() *Feed { return &Feed{effects: e, hurry: make(chan struct{}, 1)} }

// Hurry looks for changes now, also where it would be waited after a failure.
func (f *Feed) Hurry() tea.Cmd {
	return func() tea.Msg {
		select { // it may wait after a failure
		case f.hurry <- struct{}{}:
		default:
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.easer != nil {
			f.easer.Ease(max(1, f.times))
		}
		return nil
	}
}

// Looked returns when the engine last looked for changes, by the person's clock; the
// zero time where it is told of them, or has not looked yet.
func (f *Feed) Looked() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.polled == nil {
		return time.Time{}
	}
	return f.polled.Looked()
}

// pause waits after a failure.
func (f *Feed) pause(ctx context.Context) {
	timer := time.NewTimer(delay(f.tries))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-f.hurry:
	case <-timer.C:
	}
}

// Ease looks for changes that many times less often than usual, where the
// engine can do that; 1: as usual.
func (f *Feed) Ease(times int) tea.Cmd {
	return func() tea.Msg {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.times = times
		if f.easer != nil {
			f.easer.Ease(times)
		}
		return nil
	}
}

// eases takes note of a new subscription.
func (f *Feed) eases(sub forecast.Subscription) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.easer, _ = sub.(forecast.Easer)
	f.polled, _ = sub.(forecast.Polled)
	if f.easer != nil && f.times > 1 {
		f.easer.Ease(f.times)
	}
}

// Next waits for the next message of the subscription: Changed, Watching or
// WatchLost. After each of them call it again.
func (f *Feed) Next() tea.Cmd { return f.next }

func (f *Feed) next() tea.Msg {
	ctx := f.effects.ctx
	if f.failed {
		f.pause(ctx)
		f.failed = false
	}
	if f.sub == nil {
		return f.open(ctx)
	}
	event, err := f.sub.Next(ctx)
	switch {
	case ctx.Err() != nil:
		return nil
	case errors.Is(err, forecast.ErrLagged):
		return Watching{At: f.effects.now()}
	case err != nil:
		return f.lose(err)
	}
	rest(ctx, pace)
	return Changed{Event: event, Seen: f.effects.now()}
}

func (f *Feed) open(ctx context.Context) tea.Msg {
	sub, err := f.effects.engine.Watch(ctx, "")
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return f.lose(err)
	}
	f.sub, f.tries = sub, 0
	f.eases(sub)
	return Watching{At: f.effects.now()}
}

func (f *Feed) lose(err error) tea.Msg {
	if f.sub != nil {
		_ = f.sub.Close()
	}
	f.sub, f.failed = nil, true
	f.tries++
	if errors.Is(err, forecast.ErrLogin) {
		f.tries = max(f.tries, longestWait) // only a person can help
	}
	return WatchLost{Err: err, At: f.effects.wall(), RetryIn: delay(f.tries)}
}

// longestWait is after how many failures in a row the longest is waited.
const longestWait = 7

// delay is the wait after failures in a row: it doubles with each, up to a minute.
func delay(failures int) time.Duration {
	return min(time.Minute, time.Second<<(min(failures, longestWait)-1))
}

// Tick is a turn of the spinner: time has passed and something on screen runs.
type Tick struct{ At time.Time }

// Minute says that time has passed although nothing runs: days become late.
type Minute struct{ At time.Time }

// Tick waits for the next turn of the spinner.
func (e *Effects) Tick() tea.Cmd {
	const turn = 125 * time.Millisecond
	return func() tea.Msg {
		rest(e.ctx, turn)
		return Tick{At: e.now()}
	}
}

// Minute waits for the next minute.
func (e *Effects) Minute() tea.Cmd {
	return func() tea.Msg {
		rest(e.ctx, time.Minute)
		return Minute{At: e.now()}
	}
}

// Driven says that driving plans has ended.
type Driven struct {
	Err error
	At  time.Time
}

// Drive carries out applied plans until the program ends.
func (e *Effects) Drive() tea.Cmd {
	return func() tea.Msg {
		err := e.engine.Drive(e.ctx, "")
		if e.ctx.Err() != nil {
			return nil
		}
		return Driven{Err: err, At: e.now()}
	}
}

// DriveAgain drives plans after a while.
func (e *Effects) DriveAgain(after time.Duration) tea.Cmd {
	drive := e.Drive()
	return func() tea.Msg {
		rest(e.ctx, after)
		if e.ctx.Err() != nil {
			return nil
		}
		return drive()
	}
}

// Started says how the work that began with the program has ended.
type Started struct{ Err error }

// Start runs work of the program's caller beside the screen.
func (e *Effects) Start(work func(context.Context) error) tea.Cmd {
	if work == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer func() {
			if cause := recover(); cause != nil {
				msg = Started{Err: fmt.Errorf("start: %v", cause)}
			}
		}()
		return Started{Err: work(e.ctx)}
	}
}

// Now returns the time by the clock of the engine's records.
func (e *Effects) Now() time.Time { return e.now() }

// Wall returns the time by the clock of the person at the terminal.
func (e *Effects) Wall() time.Time { return e.wall() }
