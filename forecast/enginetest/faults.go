package enginetest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/daybatch/daybatch/forecast"
)

// faults are what was planted to go wrong, by method. They have a lock of their
// own, as a held call must not hold the world.
type faults struct {
	mu     sync.Mutex
	errs   map[string][]error
	delays map[string]time.Duration
	holds  map[string]chan struct{}
	calls  map[string]int
}

// FailNext makes the next call of a method return err: "Days", "Plan", or
// "LogStream.Next" and "Subscription.Next" for the streams. Called again, it
// plants one more error after that.
func (f *Fake) FailNext(method string, err error) {
	f.faults.mu.Lock()
	defer f.faults.mu.Unlock()
	if f.faults.errs == nil {
		f.faults.errs = map[string][]error{}
	}
	f.faults.errs[method] = append(f.faults.errs[method], err)
}

// Delay makes all calls of a method take so long before they begin.
func (f *Fake) Delay(method string, d time.Duration) {
	f.faults.mu.Lock()
	defer f.faults.mu.Unlock()
	if f.faults.delays == nil {
		f.faults.delays = map[string]time.Duration{}
	}
	f.faults.delays[method] = d
}

// Hold makes all calls of a method wait until release is called, or their
// context ends.
func (f *Fake) Hold(method string) (release func()) {
	f.faults.mu.Lock()
	defer f.faults.mu.Unlock()
	if f.faults.holds == nil {
		f.faults.holds = map[string]chan struct{}{}
	}
	held := make(chan struct{})
	f.faults.holds[method] = held
	return sync.OnceFunc(func() {
		f.faults.mu.Lock()
		defer f.faults.mu.Unlock()
		if f.faults.holds[method] == held {
			delete(f.faults.holds, method)
		}
		close(held)
	})
}

// Calls returns how often a method was called.
func (f *Fake) Calls(method string) int {
	f.faults.mu.Lock()
	defer f.faults.mu.Unlock()
	return f.faults.calls[method]
}

// enter begins a call: it counts it and lets happen what was planted.
func (f *Fake) enter(ctx context.Context, method string) error {
	held, delay, err := f.faults.next(method)
	if held != nil {
		select {
		case <-held:
		case <-ctx.Done():
		}
	}
	if delay > 0 {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", method, ctx.Err())
	}
	return err
}

// enterToChange begins a call that needs more than the right to read.
func (f *Fake) enterToChange(ctx context.Context, method string) error {
	if err := f.enter(ctx, method); err != nil {
		return err
	}
	if f.readOnly {
		return fmt.Errorf("%s: %w", method, forecast.ErrReadOnly)
	}
	return nil
}

func (f *faults) next(method string) (held chan struct{}, delay time.Duration, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.calls == nil {
		f.calls = map[string]int{}
	}
	f.calls[method]++
	if planted := f.errs[method]; len(planted) > 0 {
		err, f.errs[method] = planted[0], planted[1:]
	}
	return f.holds[method], f.delays[method], err
}
