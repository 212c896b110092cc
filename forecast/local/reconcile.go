//go:build unix

package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/local/internal/process"
	"github.com/daybatch/daybatch/forecast/local/internal/store"
	"github.com/daybatch/daybatch/forecast/logkey"
)

// takenAtOnce is how many attempts are taken over and ended together. A commit
// waits for the disk, and costs as much as the records of several attempts.
const takenAtOnce = 100

// reconcile ends the attempts whose process is gone, so that their dates are
// free: their children are killed first, and what they published is recorded.
// Two processes may do it at once: the fence lets one through.
func (e *Engine) reconcile(ctx context.Context) error {
	leases, err := e.store.Leases(ctx)
	if err != nil {
		return err //nolint:wrapcheck // the store says what was read
	}
	leases = slices.DeleteFunc(leases, func(l store.Lease) bool { return !e.gone(l.Fence, l.Holder, l.Expires) })
	for some := range slices.Chunk(leases, takenAtOnce) {
		if err := e.takeOver(ctx, some); err != nil {
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

// abandoned is an attempt that was taken over from a holder that is gone.
type abandoned struct {
	claim  store.Claim
	holder store.Holder
	runs   []process.ID // processes of steps that may be left
}

// takeOver ends the attempts of leases whose holders are gone.
func (e *Engine) takeOver(ctx context.Context, leases []store.Lease) error {
	claims, err := e.store.Adopt(ctx, leases, e.holder, e.options.Now().Add(leaseTime))
	if err != nil && len(leases) > 1 {
		// One of them stands in the way of all: the others need not wait for it.
		for i := range leases {
			if err := e.takeOver(ctx, leases[i:i+1]); err != nil {
				return err
			}
		}
		return nil
	}
	if err != nil {
		return err //nolint:wrapcheck // the store names the date
	}
	var taken []abandoned
	for i, claim := range claims {
		if claim != (store.Claim{}) {
			taken = append(taken, abandoned{claim: claim, holder: leases[i].Holder})
		}
	}
	if len(taken) == 0 {
		return nil
	}
	return e.endAbandoned(ctx, taken)
}

// endAbandoned ends what adopted attempts still run, and then the attempts. The
// lease of one whose end fails is given up.
func (e *Engine) endAbandoned(ctx context.Context, taken []abandoned) error {
	tries, err := e.store.OpenTries(ctx, calendar.Range{From: taken[0].claim.Date, To: taken[len(taken)-1].claim.Date})
	if err != nil {
		for _, a := range taken {
			e.giveUp(a.claim.Fence)
		}
		return err //nolint:wrapcheck // the store says what was read
	}
	failures := make([]error, len(taken))
	var kills sync.WaitGroup
	for i := range taken {
		taken[i].runs = tries[taken[i].claim.ID]
		kills.Go(func() { failures[i] = e.kill(ctx, taken[i]) })
	}
	kills.Wait()
	var killed []abandoned
	for i, a := range taken {
		if failures[i] == nil {
			killed = append(killed, a)
		} else {
			e.giveUp(a.claim.Fence)
		}
	}
	return errors.Join(errors.Join(failures...), e.endAll(ctx, killed))
}

// kill ends what is left of an attempt on this host.
func (e *Engine) kill(ctx context.Context, a abandoned) error {
	for _, id := range a.runs {
		if id.Host != e.options.Host {
			continue
		}
		if err := process.KillGroup(ctx, id); err != nil {
			return fmt.Errorf("end what is left of %s: %w", a.claim.Execution(), err)
		}
	}
	return nil
}

// endAll records the ends of attempts of which nothing runs any more.
func (e *Engine) endAll(ctx context.Context, list []abandoned) error {
	claims, ends := make([]store.Claim, len(list)), make([]store.End, len(list))
	for i, a := range list {
		text := fmt.Sprintf("interrupted: the process that ran it (pid %d, %s) is gone", a.holder.Pid, a.holder)
		e.options.Log.WarnContext(ctx, "attempt interrupted", slog.String(logkey.Execution, string(a.claim.Execution())), slog.String(logkey.Reason, text))
		claims[i] = a.claim
		ends[i] = store.End{Status: forecast.Failed, Reason: forecast.Reason{Class: forecast.ReasonLost, Text: text}, Interrupted: true}
	}
	if len(list) > 1 && e.store.EndAttempts(ctx, claims, ends) == nil {
		return nil
	}
	var errs []error
	for i, claim := range claims {
		err := e.store.EndAttempt(ctx, claim, ends[i])
		if err == nil || errors.Is(err, store.ErrFenced) {
			continue // or it is another's to end
		}
		e.giveUp(claim.Fence)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
