package plan

import (
	"time"

	"github.com/daybatch/daybatch/forecast"
)

const (
	// firstBackoff is what a step that names none waits for at most before its
	// second try.
	firstBackoff = time.Second
	// MostBackoff bounds how long a step waits for a try: a daily forecast has no
	// more time than that.
	MostBackoff = 5 * time.Minute
)

// Retries returns how many further tries follow a failure of a class. A process
// that vanished gets one without being asked for: nothing speaks against the
// step itself.
func Retries(class forecast.ReasonClass, options forecast.StepOptions) int {
	switch {
	case !class.Retryable():
		return 0
	case class == forecast.ReasonLost:
		return max(1, options.Retries)
	default:
		return options.Retries
	}
}

// Backoff returns how long a step waits after its try k failed: anything up to
// its back-off doubled with every try, as jitter says, which is from 0 to 1.
// Dates that fail together, of one full disk, thus don't come back together.
func Backoff(options forecast.StepOptions, k int, jitter float64) time.Duration {
	first := options.Backoff
	if first <= 0 {
		first = firstBackoff
	}
	most := MostBackoff
	if doublings := k - 1; doublings < 16 {
		most = min(most, min(first, MostBackoff)<<doublings)
	}
	return time.Duration(jitter * float64(most))
}
