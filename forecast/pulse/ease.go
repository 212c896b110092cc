package pulse

import "sync"

// Ease says how much less often than usual somebody looks for changes. The zero
// Ease is as usual.
type Ease struct {
	mu      sync.Mutex
	times   int
	changed chan struct{}
}

// Set looks times less often from now on; up to 1: as usual.
func (e *Ease) Set(times int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.times = times
	if e.changed != nil {
		close(e.changed)
		e.changed = nil
	}
}

// Times returns how much less often it is, at least 1.
func (e *Ease) Times() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return max(1, e.times)
}

// Changed returns a channel that the next Set closes.
func (e *Ease) Changed() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.changed == nil {
		e.changed = make(chan struct{})
	}
	return e.changed
}
