//go:build unix

package local

import (
	"context"
	"fmt"
	"time"

	"github.com/daybatch/daybatch/forecast"
)

const (
	// firstBackoff is what a step that names none waits for at most before its
	// second try.
	firstBackoff = time.Second
	// mostBackoff bounds how long a step waits for a try: a daily forecast has no
	// more time than that.
	mostBackoff = 5 * time.Minute
)

// retries returns how many further tries follow a failure of a class. A process
// that vanished gets one without being asked for: nothing speaks against the
// step itself.
func retries(class forecast.ReasonClass, options forecast.StepOptions) int {
	switch {
	case !class.Retryable():
		return 0
	case class == forecast.ReasonLost:
		return max(1, options.Retries)
	default:
		return options.Retries
	}
}

// backoff returns how long a step waits after its try k failed: anything up to
// its back-off doubled with every try, as jitter says, which is from 0 to 1.
// Dates that fail together, of one full disk, thus don't come back together.
func backoff(options forecast.StepOptions, k int, jitter float64) time.Duration {
	first := options.Backoff
	if first <= 0 {
		first = firstBackoff
	}
	most := mostBackoff
	if doublings := k - 1; doublings < 16 {
		most = min(most, min(first, mostBackoff)<<doublings)
	}
	return time.Duration(jitter * float64(most))
}

// waitText says what a step waits for after its try k failed.
func waitText(reason forecast.Reason, k, tries int, wait time.Duration) string {
	return fmt.Sprintf("try %d of %d in %s: %s", k+1, tries, wait.Round(100*time.Millisecond), reason.Text)
}

// sleep waits, unless ctx ends first.
func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx) //nolint:wrapcheck // end tells the causes apart
	case <-timer.C:
		return nil
	}
}
