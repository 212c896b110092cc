// Package pulse wakes those in a process who wait for a change of something that
// others may change too: what this process did is seen at once, what others did
// with the next look.
package pulse

import (
	"context"
	"sync"
	"time"
)

// Pulse wakes everybody who waits. New makes one.
type Pulse struct {
	mu   sync.Mutex
	next chan struct{}
}

// New returns a pulse for which nobody waits yet.
func New() *Pulse { return &Pulse{next: make(chan struct{})} }

// Beat wakes everybody who waits.
func (p *Pulse) Beat() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.next)
	p.next = make(chan struct{})
}

// Wait returns a channel that the next beat closes. Ask for it before looking, or
// a beat between the two is missed.
func (p *Pulse) Wait() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.next
}

// Pause waits for a beat, or for the time after which it is to be looked again. It
// returns the context's error if that ends first.
func Pause(ctx context.Context, beat <-chan struct{}, most time.Duration) error {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err() //nolint:wrapcheck // callers say what they waited for
	case <-beat:
	case <-timer.C:
	}
	return nil
}
