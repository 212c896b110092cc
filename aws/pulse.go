package aws

import (
	"context"
	"sync"
	"time"
)

// pulse wakes those in this process who wait for a change.
type pulse struct {
	mu   sync.Mutex
	next chan struct{}
}

func newPulse() *pulse { return &pulse{next: make(chan struct{})} }

// beat wakes everybody who waits.
func (p *pulse) beat() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.next)
	p.next = make(chan struct{})
}

// wait returns a channel that the next beat closes. Ask for it before looking,
// or a beat between the two is missed.
func (p *pulse) wait() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.next
}

// pause waits for a beat, or until it is time to look again.
func (e *Engine) pause(ctx context.Context, beat <-chan struct{}) error {
	timer := time.NewTimer(e.options.Poll)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err() //nolint:wrapcheck // callers wrap
	case <-beat:
	case <-timer.C:
	}
	return nil
}
