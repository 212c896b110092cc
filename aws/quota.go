package aws

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/logkey"
)

// quotaCode is SageMaker's answer to a start beyond what the account may have at a
// time: it passes when others end.
const quotaCode = "ResourceLimitExceeded"

// errPostponed says that a start waits for the account's quota. Who drives drops it, as
// it does one that comes too late, and decides it again.
var errPostponed error = postponed{}

// postponed is the kind of errPostponed.
type postponed struct{}

// Error says what is waited for.
func (postponed) Error() string { return "the account's quota is exhausted: it is started later" }

// Unwrap returns ErrConflict.
func (postponed) Unwrap() error { return forecast.ErrConflict }

// mostQuotaWait is the longest wait until a start is tried again.
const mostQuotaWait = 5 * time.Minute

// quota remembers that the account's was exhausted, so that nothing is started for a
// while, longer from time to time.
type quota struct {
	mu    sync.Mutex
	wait  time.Duration
	until time.Time
}

// check returns errPostponed if it is too early for a start.
func (q *quota) check(now time.Time) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if now.Before(q.until) {
		return errPostponed
	}
	return nil
}

// exhausted notes that a start was refused.
func (q *quota) exhausted(now time.Time, first time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.wait = min(max(2*q.wait, first), mostQuotaWait)
	q.until = now.Add(q.wait)
}

// passed notes that something was started.
func (q *quota) passed() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.wait, q.until = 0, time.Time{}
}

// postpone takes an attempt back that the quota has no room for. Nothing ran, and a date
// that is taken for as long as others run would seem to be lost.
func (e *Engine) postpone(ctx context.Context, a record.Attempt, why error) error {
	e.quota.exhausted(e.options.Wall(), e.options.Poll)
	e.options.Log.WarnContext(ctx, "a start waits for the quota", slog.String(logkey.Execution, string(a.ID)), slog.String(logkey.Error, why.Error()))
	r, err := e.dates.Change(ctx, a.Date.String(), func(r record.Date) (record.Date, error) { return r.Withdraw(a.Attempt, a.Fence) })
	e.pulse.Beat()
	if err != nil {
		return fmt.Errorf("postpone %s: %w", a.ID, err)
	}
	if left, err := r.Attempt(a.Attempt); err == nil && left.Token == a.Token {
		return nil // somebody has started or stopped it since
	}
	return errPostponed
}
