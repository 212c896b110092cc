//go:build unix

package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/local/internal/process"
	"github.com/daybatch/daybatch/forecast/local/internal/store"
	"github.com/daybatch/daybatch/forecast/logkey"
)

// reconcile ends the attempts whose process is gone, so that their dates are
// free: their children are killed first, and what they published is recorded.
// Two processes may do it at once: the fence lets one through.
func (e *Engine) reconcile(ctx context.Context) error {
	leases, err := e.store.Leases(ctx)
	if err != nil {
		return err //nolint:wrapcheck // the store says what was read
	}
	for _, lease := range leases {
		if !e.gone(lease.Fence, lease.Holder, lease.Expires) {
			continue
		}
		if err := e.takeOver(ctx, lease); err != nil && !errors.Is(err, store.ErrFenced) {
			return err
		}
	}
	return nil
}

// gone reports whether the holder of a lease or of a plan's drive is gone. The
// holder of another host is judged by the end of its time alone.
func (e *Engine) gone(fence int64, holder store.Holder, until time.Time) bool {
	e.mu.Lock()
	givenUp := e.givenUp[fence]
	e.mu.Unlock()
	if givenUp {
		return true
	}
	switch process.Look(holder.ID, e.options.Host) {
	case process.Gone:
		return true
	case process.Alive:
		return false
	default:
		return e.options.Now().After(until)
	}
}

// takeOver ends the attempt of a lease whose holder is gone.
func (e *Engine) takeOver(ctx context.Context, lease store.Lease) error {
	claim, err := e.store.Adopt(ctx, lease, e.holder, e.options.Now().Add(leaseTime))
	if err != nil || claim == (store.Claim{}) {
		return err //nolint:wrapcheck // the store names the date
	}
	if err := e.endAbandoned(ctx, lease, claim); err != nil {
		e.giveUp(claim.Fence)
		return err
	}
	return nil
}

// endAbandoned ends what an adopted attempt still runs, and then the attempt.
func (e *Engine) endAbandoned(ctx context.Context, lease store.Lease, claim store.Claim) error {
	tries, err := e.store.Tries(ctx, claim.Execution())
	if err != nil {
		return err //nolint:wrapcheck // the store names the execution
	}
	for _, try := range tries {
		if !try.Ended && try.Process.Host == e.options.Host {
			if err := process.KillGroup(ctx, try.Process); err != nil {
				return fmt.Errorf("end what is left of %s: %w", claim.Execution(), err)
			}
		}
	}
	text := fmt.Sprintf("interrupted: the process that ran it (pid %d, %s) is gone", lease.Holder.Pid, lease.Holder)
	e.options.Log.WarnContext(ctx, "attempt interrupted", slog.String(logkey.Execution, string(claim.Execution())), slog.String(logkey.Reason, text))
	return e.store.EndAttempt(ctx, claim, store.End{ //nolint:wrapcheck // the store names the execution
		Status: forecast.Failed, Reason: forecast.Reason{Class: forecast.ReasonLost, Text: text}, Interrupted: true,
	})
}
