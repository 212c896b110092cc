//go:build unix

package local

import (
	"context"
	"time"
)

// AfterSwap has f called between the rename of a publish and the commit of its
// records.
func (e *Engine) AfterSwap(f func()) { e.afterSwap = f }

// Deliver sends what is to be sent now.
func (e *Engine) Deliver(ctx context.Context) error { return e.outbox().Deliver(ctx) }

// Turn does what a server does at an instant that serves since an instant.
func (e *Engine) Turn(ctx context.Context, since time.Time) time.Time {
	s := &server{engine: e, since: since, up: since}
	return s.turn(ctx)
}

// KeepEvery has realised accuracy kept so often.
func (e *Engine) KeepEvery(every time.Duration) { e.keepEvery = every }

// CheckSource looks at the source as a server does.
func (e *Engine) CheckSource(ctx context.Context) error { return e.checkSource(ctx) }
